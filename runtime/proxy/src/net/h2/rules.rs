//! Which fields a request may have in HTTP/2, as Envoy's codec has it (`lib/nghttp2_http.c`: nghttp2_http_on_header,
//! http_request_on_header and nghttp2_http_on_request_headers).
//!
//! A field that cannot be a header breaks the request as one does that must not be there: Envoy has the library leave none out.
use super::hpack::{Field, Unsound};

/// What breaks a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is no block.
    Unsound,
    /// A field must not be there.
    Field,
    /// The fields do not go together, or not with the body.
    Message,
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

/// A block of headers as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Whether it is one of trailers.
    pub(super) trailers: bool,
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
    /// A block of trailers, behind a body whose length was told or not.
    pub(super) fn behind(length: Option<u64>) -> Self {
        Self { trailers: true, length, ..Self::default() }
    }

    /// Takes the next field; of more than `most` bytes nothing is kept. An extended CONNECT is only known where it was offered.
    pub(super) fn add(&mut self, field: Field, extended: bool, most: usize) -> Result<(), Broken> {
        self.judge(&field, extended)?;
        if self.size <= most {
            self.size += field.name.len() + field.value.len() + 1;
            self.fields.push(field);
        }
        Ok(())
    }

    fn judge(&mut self, Field { name, value }: &Field, extended: bool) -> Result<(), Broken> {
        if name.first() == Some(&b':') {
            let flag = pseudo(name, value).filter(|flag| *flag != PROTOCOL || extended);
            let flag = flag.filter(|_| !self.trailers && !self.regular).ok_or(Broken::Field)?;
            return self.once(flag, value);
        }
        self.regular = true;
        let sound = match name.as_ref() {
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => false,
            b"te" => value.eq_ignore_ascii_case(b"trailers"),
            b"host" if is_authority(value) => return self.once(HOST, value),
            b"host" => false,
            b"content-length" => return self.length(value),
            name => {
                let known =
                    !name.is_empty() && name.iter().all(|byte| is_token(*byte) && !byte.is_ascii_uppercase());
                known && value.iter().all(|byte| is_text(*byte))
            }
        };
        sound.then_some(()).ok_or(Broken::Field)
    }

    /// A field that has a value, once.
    fn once(&mut self, flag: u8, value: &[u8]) -> Result<(), Broken> {
        if self.seen & flag != 0 || value.is_empty() {
            return Err(Broken::Field);
        }
        self.seen |= flag;
        Ok(())
    }

    fn length(&mut self, value: &[u8]) -> Result<(), Broken> {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number =
            std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse::<u64>().ok());
        let number = number.filter(|number| i64::try_from(*number).is_ok()).ok_or(Broken::Field)?;
        match self.length.replace(number) {
            None => Ok(()),
            Some(_) => Err(Broken::Field),
        }
    }

    /// The value of a pseudo header.
    fn value(&self, name: &[u8]) -> &[u8] {
        self.fields.iter().find(|field| field.name == name).map_or(b"", |field| &field.value)
    }

    /// Judges the pseudo headers of a request that is whole.
    pub(super) fn finish(&mut self) -> Result<(), Broken> {
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
            block.add(field, extended, 1000)?;
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
        assert_eq!(Block::behind(Some(3)).add(field("content-length", "3"), false, 9), Err(Broken::Field));
        assert_eq!(Block::behind(None).add(field("content-length", "3"), false, 9), Ok(()));
        assert_eq!(Block::behind(None).add(field(":path", "/"), false, 9), Err(Broken::Field));
    }
}
