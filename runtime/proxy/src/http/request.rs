//! Parsing the head of an HTTP/1 request.
use super::framing::{Found, Framing};
use super::head::Head;
use super::lines::{self, Lines};
use super::malformed::{CODEC, Malformed};
use super::single::{Marks, append, join};
use super::target::{set_target, valid_authority, valid_target};

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

const TOO_LARGE: Malformed = Malformed::TooLarge("http1.headers_too_large");

/// Parses a request's head. `None` asks for more bytes; else the request and the length of its head.
pub(crate) fn parse_request(buffer: &[u8], rules: &Rules) -> Result<Option<(Request, usize)>, Malformed> {
    let more = || if buffer.len() >= rules.max_head { Err(TOO_LARGE) } else { Ok(None) };
    let Some((first, next)) = lines::first_line(buffer)? else { return more() };
    let [method, target, version] = lines::parts(first);
    // What is wrong with the first line is said before the rest of the head has come; where more of that has come than may, that is said.
    let known = METHODS.iter().find(|m| m.as_bytes() == method);
    let sound = known
        .zip(std::str::from_utf8(target).ok())
        .filter(|(method, target)| valid_target(target, **method == "CONNECT") && lines::is_version(version));
    let Some((method, target)) = sound else {
        let length = Lines::whole(buffer, first, next).map_or(buffer.len(), |head| head.length);
        return Err(if length > rules.max_head { TOO_LARGE } else { Malformed::Bad(CODEC) });
    };
    let head = match version {
        [] => Lines::only(first, next),
        _ => match Lines::whole(buffer, first, next) {
            Some(head) => head,
            None => return more(),
        },
    };
    if head.length > rules.max_head {
        return Err(TOO_LARGE);
    }
    build(method, target, &head, rules).map(|request| Some((request, head.length)))
}

/// Envoy's order of looking: headers, framing, the connection's own headers, the target, the version, the authority.
fn build(method: &str, target: &str, lines: &Lines<'_>, rules: &Rules) -> Result<Request, Malformed> {
    let mut head = Head::request(method.as_bytes());
    let mut found = Found::default();
    let (mut count, mut marks) = (0, Marks::default());
    lines.headers(|name, value| {
        count += 1;
        if name.contains('_') {
            match rules.underscores {
                Some(true) => return Err(Malformed::Bad("http1.unexpected_underscore")),
                Some(false) => return Ok(()),
                None => {}
            }
        }
        found.note(name, value)?;
        add(&mut head, &mut marks, (name, value), rules.keep_spelling);
        Ok(())
    })?;
    if count > rules.max_headers {
        return Err(Malformed::TooLarge("http1.too_many_headers"));
    }
    let framing = found.framing()?;
    if !found.switches() && method != "CONNECT" {
        found.connection()?;
        if found.no_host {
            head.authority = None;
        }
    }
    set_target(&mut head, target, rules)?;
    let old = !lines.first.ends_with(b"HTTP/1.1");
    if old && !rules.accept_10 {
        return Err(Malformed::Version);
    }
    if head.authority.as_deref().is_some_and(|a| !valid_authority(a)) {
        return Err(Malformed::Bad("http.invalid_authority"));
    }
    let close = if old { !found.keep_alive } else { found.close };
    // Several are one value, and that is another expectation.
    let expected = head.get(b"expect").is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
    Ok(Request { head, framing, old, close, expects: found.expects && expected })
}

/// Adds a header; repeated ones of which there can be one are joined.
fn add(head: &mut Head, marks: &mut Marks, (name, value): (&str, &[u8]), keep_spelling: bool) {
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
    if marks.again(name) && join(head, &name.to_ascii_lowercase(), value) {
        return;
    }
    if keep_spelling {
        head.add_spelled(name.as_bytes(), value);
    } else {
        head.add(name.as_bytes(), value);
    }
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
    };

    const BOTH: &str = "http1.content_length_and_chunked_not_allowed";

    fn parse(text: &str) -> Result<Option<(Request, usize)>, Malformed> {
        parse_request(text.as_bytes(), &RULES)
    }

    #[test]
    fn framing_that_parsers_disagree_about_is_refused() {
        let with = |headers: &str| parse(&format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).err();
        for (headers, wanted) in [
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Some(Malformed::Late(BOTH))),
            ("Content-Length: 3\r\nTransfer-Encoding: gzip\r\n", Some(Malformed::Late(BOTH))),
            ("Content-Length: 3\r\nContent-Length: 3\r\n", Some(Malformed::Bad(CODEC))),
            ("Content-Length: 3, 3\r\n", Some(Malformed::Bad(CODEC))),
            ("Content-Length: +3\r\n", Some(Malformed::Bad(CODEC))),
            ("Content-Length: \r\n", Some(Malformed::Bad(CODEC))),
            ("Content-Length: 3 \r\n", None),
            ("Transfer-Encoding: gzip\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: gzip, chunked\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Some(Malformed::Encoding)),
            ("Transfer-Encoding: Chunked\r\n", None),
            ("X-A : 1\r\n", Some(Malformed::Bad(CODEC))),
            ("X-A: 1\r\n 2\r\n", None),
            ("X-A: 1\rX-B: 2\r\n", None),
            ("X-A: 1\nX-B: 2\r\n", None),
            ("Connection: x-forwarded-for\r\n", Some(Malformed::Bad("http1.connection_header_rejected"))),
            ("Connection: upgrade, x-forwarded-for\r\nUpgrade: x\r\n", None),
            ("X-A: 1\0\r\n", Some(Malformed::Bad("http1.invalid_characters"))),
            (": 1\r\n", Some(Malformed::Bad(CODEC))),
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
            ("GET  /\tHTTP/1.1 ", None),
            ("GET /", Some(Malformed::Version)),
            ("GET / HTTP/1.1 x", Some(Malformed::Bad(CODEC))),
            ("GET / HTTP/11", Some(Malformed::Bad(CODEC))),
            ("GET a@@b://x HTTP/1.1", Some(Malformed::Bad(CODEC))),
            ("get / HTTP/1.1", Some(Malformed::Bad(CODEC))),
            ("GET \u{e9} HTTP/1.1", Some(Malformed::Bad(CODEC))),
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
    fn two_expectations_are_another_one() {
        let expects = |more: &str| {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{more}\r\n");
            parse(&head).unwrap().unwrap().0.expects
        };
        assert_eq!(["", "Expect: 100-continue\r\n", "Expect: \r\n"].map(expects), [true, false, true]);
    }

    #[test]
    fn too_long_is_worse_than_odd() {
        let head =
            |length: usize| format!("GET / HTTP/1 .1\r\nHost: a\r\nX-A: {}\r\n\r\n", "a".repeat(length));
        assert_eq!(parse(&head(10)).err(), Some(Malformed::Bad(CODEC)));
        assert_eq!(parse(&head(RULES.max_head)).err(), Some(TOO_LARGE));
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
