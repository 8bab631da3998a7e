//! Parsing the head of an HTTP/1 request.
use super::framing::{Found, Framing};
use super::head::Head;
use super::target::{set_target, valid_authority};

/// What a listener accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Largest head in bytes.
    pub(crate) max_head: usize,
    /// Largest number of headers.
    pub(crate) max_headers: usize,
    /// Whether HTTP/1.0 is served.
    pub(crate) accept_10: bool,
    /// Whether names with underscores are an error (`Some(true)`), dropped (`Some(false)`) or fine.
    pub(crate) underscores: Option<bool>,
    /// Whether spellings are kept.
    pub(crate) keep_spelling: bool,
    /// Whether the connection is plain and comes from outside: `https` URIs are refused there.
    pub(crate) plain_edge: bool,
    /// Whether nothing came on the connection before.
    pub(crate) fresh: bool,
}

/// A parsed request.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its head. `connection` and the headers it names are still there.
    pub(crate) head: Head,
    /// Its body.
    pub(crate) framing: Framing,
    /// Whether it is HTTP/1.0.
    pub(crate) old: bool,
    /// Whether the client asked for the connection to be closed.
    pub(crate) close: bool,
    /// Whether the client waits for `100 Continue`.
    pub(crate) expects: bool,
}

/// Why a head is not acceptable; the answer is fixed by the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// 400
    Bad,
    /// 400, found once the whole head was read
    Late,
    /// 403
    Forbidden,
    /// 426
    Version,
    /// 431
    TooLarge,
    /// 501
    Encoding,
}

impl Malformed {
    /// Status and body of the answer.
    pub(crate) fn answer(self) -> (u16, &'static str) {
        match self {
            Self::Bad | Self::Late => (400, "Bad Request"),
            Self::Forbidden => (403, "Forbidden"),
            Self::Version => (426, "Upgrade Required"),
            Self::TooLarge => (431, "Request Header Fields Too Large"),
            Self::Encoding => (501, "Not Implemented"),
        }
    }
}

/// Methods that Envoy's parser knows; others are an error.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "COPY",
    "LOCK",
    "MKCOL",
    "MOVE",
    "PROPFIND",
    "PROPPATCH",
    "SEARCH",
    "UNLOCK",
    "BIND",
    "REBIND",
    "UNBIND",
    "ACL",
    "REPORT",
    "MKACTIVITY",
    "CHECKOUT",
    "MERGE",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "MSEARCH",
    "PURGE",
    "MKCALENDAR",
    "LINK",
    "UNLINK",
    "SOURCE",
    "QUERY",
];

/// Most headers a head may have, whatever is configured.
const HARD_HEADERS: usize = 1024;

/// Parses a request's head. `None` asks for more bytes; else the request and the length of its head.
pub(crate) fn parse_request(buffer: &[u8], rules: &Rules) -> Result<Option<(Request, usize)>, Malformed> {
    check_line_ends(buffer)?;
    let mut small = [httparse::EMPTY_HEADER; 32];
    let mut large;
    let mut request = httparse::Request::new(&mut small);
    let mut status = request.parse(buffer);
    if matches!(status, Err(httparse::Error::TooManyHeaders)) {
        large = vec![httparse::EMPTY_HEADER; HARD_HEADERS];
        request = httparse::Request::new(&mut large);
        status = request.parse(buffer);
    }
    let length = match status {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if buffer.len() > rules.max_head => return Err(Malformed::TooLarge),
        Ok(httparse::Status::Partial) => return early(buffer, rules).map(|()| None),
        Err(httparse::Error::TooManyHeaders) => return Err(Malformed::TooLarge),
        Err(_) => return Err(if odd_version(buffer) { Malformed::Version } else { Malformed::Bad }),
    };
    if length > rules.max_head {
        return Err(Malformed::TooLarge);
    }
    if request.headers.len() > rules.max_headers {
        return Err(Malformed::TooLarge);
    }
    let old = request.version == Some(0);
    if old && !rules.accept_10 {
        return Err(Malformed::Version);
    }
    let method = request.method.unwrap_or_default();
    if !METHODS.contains(&method) {
        return Err(Malformed::Bad);
    }
    build(method, request.path.unwrap_or_default(), request.headers, old, rules).map(|r| Some((r, length)))
}

/// A connection that does not begin like a method is hopeless; later, Envoy waits for the whole line.
fn early(buffer: &[u8], rules: &Rules) -> Result<(), Malformed> {
    let first = buffer.iter().find(|b| !matches!(b, b'\r' | b'\n'));
    let method = first.is_none_or(u8::is_ascii_alphabetic);
    if method || !rules.fresh { Ok(()) } else { Err(Malformed::Bad) }
}

/// A line feed without a carriage return in the head, or a folded line, is refused: parsers disagree about both.
fn check_line_ends(buffer: &[u8]) -> Result<(), Malformed> {
    let end = memchr::memmem::find(buffer, b"\r\n\r\n").map_or(buffer.len(), |at| at + 2);
    let head = buffer.get(..end).unwrap_or_default();
    for at in memchr::memchr_iter(b'\n', head) {
        let before = at.checked_sub(1).and_then(|i| head.get(i));
        if before != Some(&b'\r') {
            return Err(Malformed::Bad);
        }
    }
    Ok(())
}

/// `GET / HTTP/1.9` and `GET /` of HTTP/0.9 are versions; everything else that fails is garbage.
fn odd_version(buffer: &[u8]) -> bool {
    let line = buffer.split(|b| *b == b'\n').find(|l| !matches!(*l, b"" | b"\r")).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut parts = line.split(|b| *b == b' ');
    let method = parts.next().unwrap_or_default();
    let known = METHODS.iter().any(|m| m.as_bytes() == method);
    let path = parts.next();
    let (version, more) = (parts.next(), parts.next());
    match version.filter(|v| !v.is_empty() || more.is_some()) {
        Some(version) => {
            let shape = version.strip_prefix(b"HTTP/").unwrap_or_default();
            let usual = shape == b"1.1" || shape == b"1.0";
            known
                && !usual
                && matches!(shape, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit())
                && more.is_none()
        }
        None => known && path.is_some_and(|p| p.starts_with(b"/")),
    }
}

fn build(
    method: &str,
    target: &str,
    headers: &[httparse::Header<'_>],
    old: bool,
    rules: &Rules,
) -> Result<Request, Malformed> {
    if !target.bytes().all(|b| (0x21..0x7f).contains(&b)) {
        return Err(Malformed::Bad);
    }
    let mut head = Head::request(method.as_bytes());
    let mut found = Found::default();
    for header in headers {
        if header.name.contains('_') {
            match rules.underscores {
                Some(true) => return Err(Malformed::Bad),
                Some(false) => continue,
                None => {}
            }
        }
        let value = header.value.trim_ascii();
        found.note(header.name, value)?;
        add(&mut head, header.name, value, rules.keep_spelling);
    }
    set_target(&mut head, target, rules)?;
    if head.authority.as_deref().is_some_and(|a| !valid_authority(a)) {
        return Err(Malformed::Bad);
    }
    if found.no_host {
        head.authority = None;
    }
    let framing = found.framing()?;
    let close = if old { !found.keep_alive } else { found.close };
    Ok(Request { head, framing, old, close, expects: found.expects })
}

/// Adds a header; repeated ones of which there can be one are joined.
fn add(head: &mut Head, name: &str, value: &[u8], keep_spelling: bool) {
    if name.eq_ignore_ascii_case("host") {
        if keep_spelling {
            head.remember_spelling(name.as_bytes());
        }
        match &mut head.authority {
            Some(first) => append(first, value),
            None => head.authority = Some(value.to_vec()),
        }
        return;
    }
    if SINGLE.iter().any(|s| name.eq_ignore_ascii_case(s)) {
        let folded = name.to_ascii_lowercase();
        if let Some(first) = head.get(folded.as_bytes()) {
            let mut first = first.to_vec();
            append(&mut first, value);
            head.set(folded.as_bytes(), &first);
            return;
        }
    }
    if keep_spelling {
        head.add_spelled(name.as_bytes(), value);
    } else {
        head.add(name.as_bytes(), value);
    }
}

/// Headers of which a message has one: further ones are joined to the first.
const SINGLE: &[&str] = &[
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-client-cert",
    "x-request-id",
    "x-client-trace-id",
    "content-type",
    "user-agent",
    "te",
    "via",
    "upgrade",
    "connection",
    "keep-alive",
    "proxy-connection",
    "expect",
    "grpc-timeout",
    "x-envoy-external-address",
    "x-envoy-internal",
    "x-envoy-original-path",
    "x-envoy-attempt-count",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-max-retries",
    "x-envoy-retry-on",
    "x-envoy-decorator-operation",
];

/// Whether a message has at most one of this header; the name must be in lower case.
pub(super) fn is_single(name: &[u8]) -> bool {
    SINGLE.iter().any(|s| s.as_bytes() == name)
}

/// Joins a value to another one of the same header; an empty one adds nothing.
fn append(first: &mut Vec<u8>, value: &[u8]) {
    if !first.is_empty() && !value.is_empty() {
        first.push(b',');
    }
    first.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        max_head: 61440,
        max_headers: 100,
        accept_10: false,
        underscores: None,
        keep_spelling: false,
        plain_edge: true,
        fresh: true,
    };

    fn parse(text: &str) -> Result<Option<(Request, usize)>, Malformed> {
        parse_request(text.as_bytes(), &RULES)
    }

    #[test]
    fn framing_that_parsers_disagree_about_is_refused() {
        let with = |headers: &str| parse(&format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).err();
        for (headers, wanted) in [
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Some(Malformed::Late)),
            ("Content-Length: 3\r\nTransfer-Encoding: gzip\r\n", Some(Malformed::Late)),
            ("Content-Length: 3\r\nContent-Length: 3\r\n", Some(Malformed::Bad)),
            ("Content-Length: 3, 3\r\n", Some(Malformed::Bad)),
            ("Content-Length: +3\r\n", Some(Malformed::Bad)),
            ("Content-Length: \r\n", Some(Malformed::Bad)),
            ("Content-Length: 3 \r\n", None),
            ("Transfer-Encoding: gzip\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: gzip, chunked\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: Chunked\r\n", None),
            ("X-A : 1\r\n", Some(Malformed::Bad)),
            ("X-A: 1\r\n 2\r\n", Some(Malformed::Bad)),
            ("X-A: 1\rX-B: 2\r\n", Some(Malformed::Bad)),
            ("X-A: 1\nX-B: 2\r\n", Some(Malformed::Bad)),
            ("X-A: 1\0\r\n", Some(Malformed::Bad)),
            (": 1\r\n", Some(Malformed::Bad)),
        ] {
            assert_eq!(with(headers), wanted, "{headers:?}");
        }
    }

    #[test]
    fn request_lines() {
        for (line, wanted) in [
            ("GET / HTTP/1.0", Some(Malformed::Version)),
            ("GET / HTTP/1.9", Some(Malformed::Version)),
            ("GET / HTTP/2.0", Some(Malformed::Version)),
            ("GET  / HTTP/1.1", Some(Malformed::Bad)),
            ("get / HTTP/1.1", Some(Malformed::Bad)),
            ("GET \u{e9} HTTP/1.1", Some(Malformed::Bad)),
            ("GET https://a/ HTTP/1.1", Some(Malformed::Forbidden)),
            ("GET http://a/ HTTP/1.1", None),
            ("OPTIONS * HTTP/1.1", None),
        ] {
            assert_eq!(parse(&format!("{line}\r\nHost: a\r\n\r\n")).err(), wanted, "{line:?}");
        }
        assert!(parse("GET / HT").unwrap().is_none());
        let (request, length) = parse("GET http://b/x?y HTTP/1.1\r\nHost: a\r\n\r\nrest").unwrap().unwrap();
        assert_eq!(request.head.authority.as_deref(), Some(b"b".as_slice()));
        assert_eq!((request.head.path.as_slice(), length), (b"/x?y".as_slice(), 38));
    }

    #[test]
    fn every_prefix_of_a_head_asks_for_more() {
        let text = "\r\nPOST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
        for end in 0..text.len() {
            assert!(parse(text.get(..end).unwrap()).unwrap().is_none(), "{end}");
        }
        assert_eq!(parse(text).unwrap().unwrap().0.framing, Framing::Length(3));
    }
}
