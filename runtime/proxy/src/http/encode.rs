//! Writing HTTP/1 heads and chunks.
use super::framing::Framing;
use super::head::Head;
use super::status::reason;

/// How names of headers are written where the message does not bring its own spelling along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Names {
    /// `content-type`
    #[default]
    Lower,
    /// `Content-Type`
    Words,
    /// In lower case, and other messages of the same side remember how their names are spelled.
    Kept,
}

fn put_header(out: &mut Vec<u8>, head: &Head, names: Names, (name, value): (&[u8], &[u8])) {
    if head.has_spellings() {
        out.extend_from_slice(head.spelling(name));
    } else if names == Names::Words {
        let mut begins = true;
        out.extend(name.iter().map(|byte| {
            let first = std::mem::replace(&mut begins, !byte.is_ascii_alphanumeric());
            if first { byte.to_ascii_uppercase() } else { *byte }
        }));
    } else {
        out.extend_from_slice(name);
    }
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a request's head. A body of unknown length is chunked; a bodyless request with a method that usually has
/// a body says `content-length: 0`.
pub(crate) fn request_head(head: &Head, framing: Framing, names: Names, out: &mut Vec<u8>) {
    out.extend_from_slice(&head.method);
    out.push(b' ');
    let path =
        if head.method == b"CONNECT" { head.authority.as_deref().unwrap_or_default() } else { &head.path };
    out.extend_from_slice(path);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    if let Some(authority) = &head.authority {
        put_header(out, head, names, (b"host", authority));
    }
    for header in head.iter() {
        put_header(out, head, names, header);
    }
    match framing {
        Framing::Chunked | Framing::Close => put_header(out, head, names, (b"transfer-encoding", b"chunked")),
        Framing::None
            if head.get(b"content-length").is_none() && usual_body(&head.method) && !head.has(b"upgrade") =>
        {
            put_header(out, head, names, (b"content-length", b"0"));
        }
        Framing::None | Framing::Length(_) => {}
    }
    out.extend_from_slice(b"\r\n");
}

/// Methods for which a missing body is said explicitly.
fn usual_body(method: &[u8]) -> bool {
    !matches!(method, b"GET" | b"HEAD" | b"CONNECT" | b"DELETE" | b"TRACE")
}

/// How a response's body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseBody {
    /// Headers only; a missing length is not added (HEAD, 204, 304, 1xx).
    None,
    /// Headers only, and an absent length is said to be 0.
    Empty,
    /// As long as `content-length` says.
    Length,
    /// In chunks.
    Chunked,
    /// Headers only, announcing chunks (HEAD without a length).
    Announced,
    /// Until the connection is closed.
    Close,
}

/// Writes a response's head, with the version of the request.
pub(crate) fn response_head(head: &Head, old: bool, body: ResponseBody, names: Names, out: &mut Vec<u8>) {
    out.extend_from_slice(if old { b"HTTP/1.0 " } else { b"HTTP/1.1 " });
    out.extend_from_slice(itoa::Buffer::new().format(head.status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.reason.as_deref().unwrap_or_else(|| reason(head.status).as_bytes()));
    out.extend_from_slice(b"\r\n");
    for header in head.iter() {
        put_header(out, head, names, header);
    }
    match body {
        ResponseBody::Chunked | ResponseBody::Announced => {
            put_header(out, head, names, (b"transfer-encoding", b"chunked"));
        }
        ResponseBody::Empty => put_header(out, head, names, (b"content-length", b"0")),
        ResponseBody::None | ResponseBody::Length | ResponseBody::Close => {}
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes one chunk.
pub(crate) fn chunk(data: &[u8], out: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Writes the end of a chunked body.
pub(crate) fn last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n\r\n");
}
