//! gRPC-Web: browsers that cannot read trailers get them at the end of the body; after `grpc_web_filter.cc`.
use bytes::{BufMut, Bytes, BytesMut};

use crate::access::grpc::from_http;
use crate::config::encode_base64;
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

const BINARY: &[&[u8]] = &[b"application/grpc-web", b"application/grpc-web+proto"];
const TEXT: &[&[u8]] = &[b"application/grpc-web-text", b"application/grpc-web-text+proto"];

/// The mark of a frame with trailers.
const TRAILERS: u8 = 0x80;
/// A text request has at most this many bytes, as it is read at once.
const LONGEST: usize = 4 << 20;
/// So much of a body that is no gRPC becomes a message.
const LONGEST_MESSAGE: usize = 16_384;

/// What a browser wants, and the response on its way.
#[derive(Debug, Default)]
pub(crate) struct Web {
    /// Whether the response is base64.
    text: bool,
    /// A response that is no gRPC: its head and body wait for its end.
    held: Option<(Head, Vec<u8>)>,
    /// Bytes of a frame that is not complete.
    rest: BytesMut,
}

impl Exchange<'_> {
    /// Makes a request of a browser one of gRPC.
    pub(super) async fn accept_web(&mut self) -> Result<(), Stop> {
        let kind = self.head.get(b"content-type").unwrap_or_default();
        let text = TEXT.contains(&kind);
        if !text && !BINARY.contains(&kind) {
            return Ok(());
        }
        self.head.remove(b"content-length");
        self.head.set(b"content-type", b"application/grpc");
        let accept = self.head.get(b"accept").unwrap_or_default();
        self.notes.web = Some(Box::new(Web { text: TEXT.contains(&accept), ..Web::default() }));
        self.head.set(b"te", b"trailers");
        if !self.head.has(b"grpc-accept-encoding") {
            self.head.set(b"grpc-accept-encoding", b"identity");
        }
        if text { self.decode_text().await } else { Ok(()) }
    }

    async fn decode_text(&mut self) -> Result<(), Stop> {
        if !self.buffer_body(LONGEST).await? {
            let reply = Reply::new(413, "Payload Too Large".as_bytes(), "request_payload_too_large");
            return Err(reply.awaited().closing().into());
        }
        let body = std::mem::take(&mut self.buffered).concat();
        if body.is_empty() {
            return Ok(());
        }
        let refuse = |details: &'static str| {
            Reply::new(400, "Bad gRPC-web request, invalid base64 data.".as_bytes(), details).closing()
        };
        if !body.len().is_multiple_of(4) {
            return Err(refuse("grpc_base_64_decode_failed_bad_size").into());
        }
        let decoded = decode(&body).ok_or_else(|| refuse("grpc_base_64_decode_failed"))?;
        self.buffered = vec![decoded.into()];
        Ok(())
    }

    /// The head of a response as a browser gets it; `None` when it waits for the body.
    pub(crate) fn web_head(&mut self, mut head: Head, end: bool) -> Option<Head> {
        let Some(web) = &mut self.notes.web else { return Some(head) };
        let kind = head.get(b"content-type").unwrap_or_default();
        let own = kind.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        let known = BINARY.iter().any(|b| own.eq_ignore_ascii_case(b)) && head.status == 200;
        let grpc = head.is_grpc() && (head.status == 200 || end);
        head.remove(b"content-length");
        let kind: &[u8] =
            if web.text { b"application/grpc-web-text+proto" } else { b"application/grpc-web+proto" };
        head.set(b"content-type", kind);
        if end || known || grpc {
            return Some(head);
        }
        web.held = Some((head, Vec::new()));
        None
    }

    /// The head and body of an answer of the proxy as a browser gets it.
    pub(crate) fn web_reply(&self, head: &mut Head, body: &mut std::borrow::Cow<'_, [u8]>) {
        let Some(web) = &self.notes.web else { return };
        let kind: &[u8] =
            if web.text { b"application/grpc-web-text+proto" } else { b"application/grpc-web+proto" };
        let status = from_http(head.status).to_string();
        head.remove(b"content-length");
        head.set(b"content-type", kind);
        if !body.is_empty() {
            head.set(b"grpc-message", percent_encoded(body).as_bytes());
            head.set(b"grpc-status", status.as_bytes());
            head.set(b"content-length", b"0");
        }
        *body = std::borrow::Cow::Borrowed(b"");
    }

    /// A piece of a response's body as a browser gets it; `None` when it waits.
    pub(crate) fn web_data(&mut self, data: Bytes) -> Option<Bytes> {
        let Some(web) = &mut self.notes.web else { return Some(data) };
        if let Some((_, body)) = &mut web.held {
            let room = LONGEST_MESSAGE.saturating_sub(body.len()).min(data.len());
            body.extend_from_slice(data.get(..room).unwrap_or_default());
            return None;
        }
        if !web.text {
            return Some(data);
        }
        web.rest.extend_from_slice(&data);
        let mut out = String::new();
        while let Some(frame) = frame(&mut web.rest) {
            out.push_str(&encode_base64(&frame, true, false));
        }
        (!out.is_empty()).then(|| out.into_bytes().into())
    }

    /// The end of a response as a browser gets it: the head that has waited for it, or trailers in a frame.
    pub(crate) fn web_end(&mut self, trailers: Option<&Head>) -> WebEnd {
        let Some(web) = &mut self.notes.web else { return WebEnd::Plain };
        if let Some((mut head, body)) = web.held.take() {
            head.set(b"grpc-message", percent_encoded(&body).as_bytes());
            head.set(b"grpc-status", from_http(head.status).to_string().as_bytes());
            head.set(b"content-length", b"0");
            return WebEnd::Head(Box::new(head));
        }
        let Some(trailers) = trailers else { return WebEnd::Plain };
        let mut lines = Vec::new();
        for (name, value) in trailers.iter() {
            lines.extend_from_slice(&[name, b":", value, b"\r\n"].concat());
        }
        let mut frame = BytesMut::new();
        frame.put_u8(TRAILERS);
        frame.put_u32(lines.len() as u32);
        frame.extend_from_slice(&lines);
        WebEnd::Data(if web.text {
            encode_base64(&frame, true, false).into_bytes().into()
        } else {
            frame.freeze()
        })
    }
}

/// How a response to a browser ends.
pub(crate) enum WebEnd {
    /// As it is.
    Plain,
    /// With this head, and no body.
    Head(Box<Head>),
    /// With these bytes, and no trailers.
    Data(Bytes),
}

/// Takes a complete frame from the front.
fn frame(input: &mut BytesMut) -> Option<BytesMut> {
    let length: [u8; 4] = input.get(1..5)?.try_into().ok()?;
    let length = 5 + u32::from_be_bytes(length) as usize;
    (input.len() >= length).then(|| input.split_to(length))
}

/// Decodes base64 with padding; pieces of it may stand one after the other.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut begin = 0;
    for (at, group) in text.chunks(4).enumerate() {
        if group.ends_with(b"=") {
            let end = at * 4 + 4;
            out.extend(crate::config::decode_base64(std::str::from_utf8(text.get(begin..end)?).ok()?)?);
            begin = end;
        }
    }
    let rest = text.get(begin..)?;
    out.extend(crate::config::decode_base64(std::str::from_utf8(rest).ok()?)?);
    (!out.is_empty()).then_some(out)
}

/// `Http::Utility::PercentEncoding::encode`.
fn percent_encoded(text: &[u8]) -> String {
    let mut out = String::new();
    for byte in text {
        match byte {
            b' '..=b'~' if *byte != b'%' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_may_come_in_several_pieces() {
        assert_eq!(decode(b"AAAAAAFh").unwrap(), b"\0\0\0\0\x01a");
        assert_eq!(decode(b"YQ==Yg==").unwrap(), b"ab");
        assert_eq!(decode(b"!!!!"), None);
        assert_eq!(decode(b""), None);
    }

    #[test]
    fn frames_are_taken_whole() {
        let mut input = BytesMut::from(&b"\0\0\0\0\x02ab\0\0\0\0\x01"[..]);
        assert_eq!(&frame(&mut input).unwrap()[..], b"\0\0\0\0\x02ab");
        assert!(frame(&mut input).is_none());
        assert_eq!(percent_encoded(b"a b%\n"), "a b%25%0A");
    }
}
