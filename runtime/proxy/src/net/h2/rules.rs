//! Which fields a request or response may have in HTTP/2, as Envoy's codec has it (`lib/nghttp2_http.c`: nghttp2_http_on_header,
//! http_request_on_header, http_response_on_header, nghttp2_http_on_request_headers and nghttp2_http_on_response_headers).
//!
//! A field that cannot be a header breaks the request as one does that must not be there: Envoy has the library leave none out.
use super::hpack::{Field, Unsound};
use super::notes::Limits;

/// What breaks a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is no block.
    Unsound,
    /// A field must not be there.
    Field,
    /// The fields do not go together, or not with the body.
    Message,
    /// A response that is too long: its stream is reset, and the connection goes on.
    Long,
}

/// Who sends what is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A client, which sends requests.
    #[default]
    Client,
    /// An endpoint, which sends responses.
    Endpoint,
}

/// What a request asks for, as far as that decides what its response may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Anything that has a body.
    #[default]
    Body,
    /// HEAD.
    Head,
    /// CONNECT, extended or not.
    Connect,
}

impl From<Unsound> for Broken {
    fn from(_: Unsound) -> Self {
        Self::Unsound
    }
}

const AUTHORITY: u8 = 1;
const METHOD: u8 = 1 << 1;
const PATH: u8 = 1 << 2;
const SCHEME: u8 = 1 << 3;
const PROTOCOL: u8 = 1 << 4;
const HOST: u8 = 1 << 5;
const STATUS: u8 = 1 << 6;

/// A block of headers as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Who sends it.
    peer: Peer,
    /// Whether it is one of trailers.
    pub(super) trailers: bool,
    /// What a response answers.
    asked: Asked,
    /// The status of a response, 0 before it is known.
    pub(super) status: u16,
    /// The fields that stay.
    pub(super) fields: Vec<Field>,
    /// The length of the body that the block or one before it has told.
    pub(super) length: Option<u64>,
    // Whether a field that is no pseudo header has come.
    regular: bool,
    seen: u8,
    /// Bytes of these.
    pub(super) size: usize,
}

impl Block {
    /// The head of a response.
    pub(super) fn answer(asked: Asked) -> Self {
        Self { peer: Peer::Endpoint, asked, ..Self::default() }
    }

    /// A block of trailers, behind a body whose length was told or not.
    pub(super) fn behind(peer: Peer, length: Option<u64>) -> Self {
        Self { peer, trailers: true, length, ..Self::default() }
    }

    /// Takes the next field. Of a request with more than `most` bytes nothing is kept, as its answer depends on what it asks for; a
    /// response ends there. An extended CONNECT is only known where it was offered.
    pub(super) fn add(
        &mut self,
        field: Field,
        Limits { extended, head, fields }: Limits,
    ) -> Result<(), Broken> {
        if !self.judge(&field, extended)? {
            return Ok(());
        }
        match self.peer {
            Peer::Client if self.size <= head => {
                self.size += field.name.len() + field.value.len() + 1;
                self.fields.push(field);
            }
            Peer::Client => {}
            Peer::Endpoint => {
                self.size += field.name.len() + field.value.len();
                self.fields.push(field);
                if self.size > head || self.fields.len() > fields {
                    return Err(Broken::Long);
                }
            }
        }
        Ok(())
    }

    /// Judges a field; whether it stays.
    fn judge(&mut self, Field { name, value }: &Field, extended: bool) -> Result<bool, Broken> {
        if name.first() == Some(&b':') {
            return self.pseudo(name, value, extended).map(|()| true);
        }
        self.regular = true;
        let client = self.peer == Peer::Client;
        let sound = match name.as_ref() {
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => false,
            b"te" => value.eq_ignore_ascii_case(b"trailers"),
            b"host" if client && is_authority(value) => return self.once(HOST, value).map(|()| true),
            b"host" if client => false,
            b"content-length" => return self.length(value),
            name => {
                let known =
                    !name.is_empty() && name.iter().all(|byte| is_token(*byte) && !byte.is_ascii_uppercase());
                known && value.iter().all(|byte| is_text(*byte))
            }
        };
        sound.then_some(true).ok_or(Broken::Field)
    }

    /// A pseudo header stands before all others, and not in trailers.
    fn pseudo(&mut self, name: &[u8], value: &[u8], extended: bool) -> Result<(), Broken> {
        let known = match self.peer {
            Peer::Client => pseudo(name, value).filter(|flag| *flag != PROTOCOL || extended),
            Peer::Endpoint => status(name, value).map(|status| {
                self.status = status;
                STATUS
            }),
        };
        self.once(known.filter(|_| !self.trailers && !self.regular).ok_or(Broken::Field)?, value)
    }

    /// A field that has a value, once.
    fn once(&mut self, flag: u8, value: &[u8]) -> Result<(), Broken> {
        if self.seen & flag != 0 || value.is_empty() {
            return Err(Broken::Field);
        }
        self.seen |= flag;
        Ok(())
    }

    /// The length of a body; whether the field stays.
    fn length(&mut self, value: &[u8]) -> Result<bool, Broken> {
        match self.status {
            // Some servers tell it where there is no body.
            204 if self.length.is_none() && value == b"0" => {
                self.length = Some(0);
                return Ok(false);
            }
            204 | 100..200 => return Err(Broken::Field),
            200..300 if self.asked == Asked::Connect => return Ok(false),
            _ => {}
        }
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number =
            std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse::<u64>().ok());
        let number = number.filter(|number| i64::try_from(*number).is_ok()).ok_or(Broken::Field)?;
        match self.length.replace(number) {
            None => Ok(true),
            Some(_) => Err(Broken::Field),
        }
    }

    /// The value of a pseudo header.
    fn value(&self, name: &[u8]) -> &[u8] {
        self.fields.iter().find(|field| field.name == name).map_or(b"", |field| &field.value)
    }

    /// Judges a head that is whole.
    pub(super) fn finish(&mut self) -> Result<(), Broken> {
        match self.peer {
            Peer::Client => self.finish_request(),
            Peer::Endpoint => self.finish_response(),
        }
    }

    /// Which length the body of a response has depends on the request as well.
    fn finish_response(&mut self) -> Result<(), Broken> {
        if self.seen & STATUS == 0 {
            return Err(Broken::Message);
        }
        match (self.status, self.asked) {
            (204 | 304, _) | (_, Asked::Head) => self.length = Some(0),
            (100..200, _) | (_, Asked::Connect) => self.length = None,
            (_, Asked::Body) => {}
        }
        Ok(())
    }

    fn finish_request(&mut self) -> Result<(), Broken> {
        let has = |flags: u8| self.seen & flags == flags;
        let connect = self.value(b":method") == b"CONNECT";
        let sound = if connect && !has(PROTOCOL) {
            !has(SCHEME) && !has(PATH) && has(AUTHORITY)
        } else {
            has(METHOD | PATH | SCHEME)
                && (has(AUTHORITY) || has(HOST))
                && (!has(PROTOCOL) || (connect && has(AUTHORITY)))
                && self.is_rooted()
        };
        if connect && !has(PROTOCOL) {
            self.length = None;
        }
        sound.then_some(()).ok_or(Broken::Message)
    }

    /// A path of the web begins with a slash, or asks for all.
    fn is_rooted(&self) -> bool {
        let (scheme, path) = (self.value(b":scheme"), self.value(b":path"));
        let web = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
        !web || path.starts_with(b"/") || (path == b"*" && self.value(b":method") == b"OPTIONS")
    }
}

/// Which pseudo header this is, if its value can be one.
fn pseudo(name: &[u8], value: &[u8]) -> Option<u8> {
    let (flag, sound) = match name {
        b":authority" => (AUTHORITY, is_authority(value)),
        b":method" => (METHOD, value.iter().all(|byte| is_token(*byte))),
        b":path" => (PATH, value.iter().all(|byte| *byte > b' ' && *byte != 0x7f)),
        b":scheme" => (SCHEME, is_scheme(value)),
        b":protocol" => (PROTOCOL, value.iter().all(|byte| is_text(*byte)) && !is_blank(value)),
        _ => return None,
    };
    sound.then_some(flag)
}

/// The status of a response: three digits; a switch of protocols is none here.
fn status(name: &[u8], value: &[u8]) -> Option<u16> {
    let digits = name == b":status" && value.len() == 3 && value.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()?;
    Some(number).filter(|status| *status != 101)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn is_blank(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn is_authority(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=[]_~".contains(byte))
}

fn is_scheme(value: &[u8]) -> bool {
    value.first().is_some_and(u8::is_ascii_alphabetic)
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(fields: &[(&str, &str)], extended: bool) -> Result<Block, Broken> {
        let mut block = Block::default();
        for (name, value) in fields {
            let field = Field { name: name.to_string().into(), value: value.to_string().into() };
            block.add(field, Limits { extended, head: 1000, fields: 100 })?;
        }
        block.finish().map(|()| block)
    }

    const GOOD: [(&str, &str); 4] =
        [(":method", "GET"), (":scheme", "http"), (":authority", "a.example"), (":path", "/")];

    #[test]
    fn a_request_with_one_more_field() {
        for (name, value, wanted) in [
            ("x-a", "b", true),
            ("x-a", "", true),
            ("x-a", " b ", true),
            ("x-a", "\u{e9}", true),
            ("x-a", "a\0b", false),
            ("x a", "b", false),
            ("", "b", false),
            ("X-a", "b", false),
            ("te", "Trailers", true),
            ("te", "gzip", false),
            ("connection", "close", false),
            ("host", "a b", false),
            ("host", "", false),
            ("host", "b", true),
            ("content-length", "3", true),
            ("content-length", "+3", false),
            ("content-length", "9223372036854775808", false),
            (":path", "/b", false),
            (":x", "b", false),
            (":protocol", "websocket", false),
        ] {
            let found = judged(&[&GOOD[..], &[(name, value)]].concat(), false);
            assert_eq!(found.err(), (!wanted).then_some(Broken::Field), "{name}: {value}");
        }
        let late = [&[("x-a", "b")], &GOOD[..]].concat();
        assert_eq!(judged(&late, false).err(), Some(Broken::Field));
    }

    #[test]
    fn pseudo_headers_that_go_together() {
        let with = |at: usize, value: &'static str| {
            let mut fields = GOOD;
            fields[at].1 = value;
            judged(&fields, false).is_ok()
        };
        for (at, value, wanted) in [
            (0, "FOO", true),
            (0, "a b", false),
            (0, "", false),
            (1, "HTTPS", true),
            (1, "1http", false),
            (2, "user@a", false),
            (2, "", false),
            (3, "/\u{e9}", true),
            (3, "/a b", false),
            (3, "*", false),
            (3, "x", false),
        ] {
            assert_eq!(with(at, value), wanted, "{at} {value}");
        }
        let other = [("OPTIONS", "http", "*"), ("GET", "ftp", "x")];
        for (method, scheme, path) in other {
            let fields = [(":method", method), (":scheme", scheme), (":path", path), ("host", "a")];
            assert!(judged(&fields, false).is_ok(), "{method}");
        }
        let connect = [(":method", "CONNECT"), (":authority", "a:1")];
        assert!(judged(&connect, false).is_ok());
        assert!(judged(&connect[..1], false).is_err());
        let extended = [&GOOD[1..], &[(":method", "CONNECT"), (":protocol", "websocket")]].concat();
        assert!(judged(&extended, true).is_ok());
        assert!(judged(&[&GOOD[..], &[(":protocol", "x")]].concat(), true).is_err());
    }

    #[test]
    fn trailers_tell_a_length_once() {
        let field =
            |name: &'static str, value: &'static str| Field { name: name.into(), value: value.into() };
        let limits = Limits { extended: false, head: 9, fields: 9 };
        let behind =
            |length, name, value| Block::behind(Peer::Client, length).add(field(name, value), limits);
        assert_eq!(behind(Some(3), "content-length", "3"), Err(Broken::Field));
        assert_eq!(behind(None, "content-length", "3"), Ok(()));
        assert_eq!(behind(None, ":path", "/"), Err(Broken::Field));
    }

    #[test]
    fn a_response_by_its_status() {
        let judged = |asked, fields: &[(&str, &str)]| {
            let mut block = Block::answer(asked);
            for (name, value) in fields {
                let field = Field { name: name.to_string().into(), value: value.to_string().into() };
                block.add(field, Limits { extended: false, head: 1000, fields: 4 })?;
            }
            block.finish().map(|()| (block.length, block.fields.len()))
        };
        let of = |status, name, value| judged(Asked::Body, &[(":status", status), (name, value)]);
        for status in ["20", "2000", "2x0", "", "101", "+20"] {
            assert_eq!(of(status, "x", "y"), Err(Broken::Field), "{status}");
        }
        assert_eq!(of("099", "x", "y"), Ok((None, 2)));
        assert_eq!(of("999", "host", "a b"), Ok((None, 2)));
        assert_eq!(of("200", "content-length", "3"), Ok((Some(3), 2)));
        assert_eq!(of("204", "content-length", "0"), Ok((Some(0), 1)));
        assert_eq!(of("204", "content-length", "3"), Err(Broken::Field));
        assert_eq!(of("103", "content-length", "0"), Err(Broken::Field));
        assert_eq!(of("304", "content-length", "9"), Ok((Some(0), 2)));
        assert_eq!(of("200", ":path", "/"), Err(Broken::Field));
        assert_eq!(of("200", "connection", "x"), Err(Broken::Field));
        assert_eq!(judged(Asked::Head, &[(":status", "200"), ("content-length", "3")]), Ok((Some(0), 2)));
        assert_eq!(judged(Asked::Connect, &[(":status", "200"), ("content-length", "3")]), Ok((None, 1)));
        assert_eq!(judged(Asked::Body, &[("x", "y")]), Err(Broken::Message));
        assert_eq!(judged(Asked::Body, &[("x", "y"), (":status", "200")]), Err(Broken::Field));
        let many = [(":status", "200"), ("a", ""), ("b", ""), ("c", ""), ("d", "")];
        assert_eq!(judged(Asked::Body, &many), Err(Broken::Long));
        assert!(judged(Asked::Body, &many[..4]).is_ok());
    }
}
