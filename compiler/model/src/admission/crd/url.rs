//! URLs as Go's `net/url` reads them (`url.go`, `Parse` and `ParseRequestURI`): which are valid, and their scheme and port.

use super::addr::is_v4;
use super::words::quoted;

/// What rules ask of a URL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::admission) struct Url<'t> {
    /// In lower case; empty for a relative one.
    pub(in crate::admission) scheme: String,
    /// Digits; empty where none is stated.
    pub(in crate::admission) port: &'t str,
    /// The name or address without port and brackets; empty where none is stated.
    pub(in crate::admission) host: &'t str,
}

/// The host of a URL (`Parse`, then `Hostname`).
///
/// # Errors
/// In Go's words.
pub fn url_host(text: &str) -> Result<&str, String> {
    parse(text).map(|url| url.host)
}

/// `ParseRequestURI`.
///
/// # Errors
/// In Go's words.
pub(in crate::admission) fn parse_request_uri(text: &str) -> Result<Url<'_>, String> {
    read(text, true).map_err(|why| format!("parse {}: {why}", quoted(text)))
}

/// As `url()` of CEL reads URLs (`k8s.io/apiserver/pkg/cel/library/urls.go`): `ParseRequestURI`, and `Parse` for what the first does not
/// see, such as fragments. `isURL()` asks the first alone.
///
/// # Errors
/// In Go's words.
pub(in crate::admission) fn parse_twice(text: &str) -> Result<Url<'_>, String> {
    parse_request_uri(text)?;
    parse(text)
}

/// `Parse`: it may be relative, and a fragment is cut off.
///
/// # Errors
/// In Go's words.
pub(in crate::admission) fn parse(text: &str) -> Result<Url<'_>, String> {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let url = read(before, false).map_err(|why| format!("parse {}: {why}", quoted(before)))?;
    unescape(fragment, Part::Path).map_err(|why| format!("parse {}: {why}", quoted(text)))?;
    Ok(url)
}

fn read(text: &str, of_request: bool) -> Result<Url<'_>, String> {
    if text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    if text.is_empty() && of_request {
        return Err("empty url".to_owned());
    }
    if text == "*" {
        return Ok(Url::default());
    }
    let (scheme, rest) = scheme(text)?;
    let mut url = Url { scheme: scheme.to_ascii_lowercase(), ..Url::default() };
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        let segment = rest.split('/').next().unwrap_or_default();
        return match (url.scheme.is_empty(), of_request) {
            (false, _) => Ok(url),
            (true, true) => Err("invalid URI for request".to_owned()),
            (true, false) if segment.contains(':') => {
                Err("first path segment in URL cannot contain colon".to_owned())
            }
            (true, false) => unescape(rest, Part::Path).map(|()| url),
        };
    }
    let mut path = rest;
    let has_host = !url.scheme.is_empty() || !of_request && !rest.starts_with("///");
    if let Some(after) = rest.strip_prefix("//").filter(|_| has_host) {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        check_authority(&url.scheme, authority)?;
        url.port = port(authority);
        url.host = hostname(authority);
        path = tail;
    }
    unescape(path, Part::Path)?;
    Ok(url)
}

/// What stands before the port, without brackets.
fn hostname(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((literal, _)) => literal,
        None => host.split(':').next().unwrap_or(host),
    }
}

/// The digits behind the last colon, outside of brackets.
fn port(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let digits = host.rsplit_once(':').map_or("", |(_, digits)| digits);
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits } else { "" }
}

/// `getScheme`.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok(text.split_once(':').unwrap_or(("", text))),
            _ => break,
        }
    }
    Ok(("", text))
}

/// `parseAuthority`.
fn check_authority(scheme: &str, authority: &str) -> Result<(), String> {
    let Some((user, host)) = authority.rsplit_once('@') else { return check_host(scheme, authority) };
    check_host(scheme, host)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(fits) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    unescape(name, Part::User)?;
    unescape(password, Part::User)
}

/// `parseHost`.
fn check_host(scheme: &str, host: &str) -> Result<(), String> {
    match host.rfind('[') {
        Some(0) => return check_literal(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    let first = host.find(':');
    // Only for these two schemes a second colon is an error.
    let colon = if matches!(scheme, "http" | "https") { first } else { host.rfind(':') };
    check_port(colon.and_then(|at| host.get(at..)).unwrap_or(""))?;
    unescape(host, Part::Host)
}

/// `[::1]:80`.
fn check_literal(host: &str) -> Result<(), String> {
    let inside = host.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
    let Some((name, port)) = inside else { return Err("missing ']' in host".to_owned()) };
    check_port(port)?;
    let (address, zone) =
        name.find("%25").map_or((name, ""), |at| name.split_at_checked(at).unwrap_or((name, "")));
    unescape(address, Part::Host)?;
    unescape(zone, Part::Zone)?;
    match is_v4(&format!("{}{}", plain(address), plain(zone))) {
        Ok(false) => Ok(()),
        Ok(true) => Err("invalid IP-literal".to_owned()),
        Err(why) => Err(format!("invalid host: {why}")),
    }
}

fn check_port(port: &str) -> Result<(), String> {
    let fits = port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    if port.is_empty() || fits { Ok(()) } else { Err(format!("invalid port {} after host", quoted(port))) }
}

/// Which part of a URL is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    User,
    Host,
    Zone,
}

/// Whether `%` and all else is well-formed (`unescape`).
fn unescape(text: &str, part: Part) -> Result<(), String> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut width = c.len_utf8();
        if c == '%' {
            check_escape(rest, part)?;
            width = 3;
        } else if matches!(part, Part::Host | Part::Zone) && c.is_ascii() && !stands_in_host(c) {
            return Err(format!("invalid character {} in host name", quoted(&c.to_string())));
        }
        rest = rest.get(width..).unwrap_or("");
    }
    Ok(())
}

fn check_escape(rest: &str, part: Part) -> Result<(), String> {
    let bytes = rest.as_bytes();
    let escape = bytes.get(..3).unwrap_or(bytes);
    let digit = |at: usize| escape.get(at).and_then(|b| char::from(*b).to_digit(16));
    let value = digit(1).zip(digit(2)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
    let fits = match (value, part) {
        (None, _) => false,
        (Some(byte), Part::Host) => byte >= 0x80 || escape == b"%25",
        (Some(byte), Part::Zone) => escape == b"%25" || byte == b' ' || stands_in_host(char::from(byte)),
        (Some(_), Part::Path | Part::User) => true,
    };
    if fits { Ok(()) } else { Err(format!("invalid URL escape {}", quoted_bytes(escape))) }
}

/// Quoted as Go does it: a character that was cut is shown as bytes.
fn quoted_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        let inner = quoted(chunk.valid());
        out.push_str(inner.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(&inner));
        out.extend(chunk.invalid().iter().map(|b| format!("\\x{b:02x}")));
    }
    out.push('"');
    out
}

/// The text with its escapes replaced; what is no text after that is shown by U+FFFD.
fn plain(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or(&[]);
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn stands_in_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_reads_them() {
        for (url, scheme) in [
            ("http://a.b/c?d#e", "http"),
            ("OCI://a:80/b", "oci"),
            ("/path", ""),
            ("a:b", "a"),
            ("https://u:p@[::1]:80/", "https"),
            ("*", ""),
            ("http://%E4a/", "http"),
            ("mongodb://a:1,b:2/x", "mongodb"),
        ] {
            assert_eq!(parse_request_uri(url).map(|url| url.scheme), Ok(scheme.to_owned()), "{url}");
        }
        for (url, why) in [
            ("", "parse \"\": empty url"),
            ("a", "parse \"a\": invalid URI for request"),
            ("oci://%zz", "parse \"oci://%zz\": invalid URL escape \"%zz\""),
            ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
            ("http://a:b/", "parse \"http://a:b/\": invalid port \":b\" after host"),
            ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
            (":a", "parse \":a\": missing protocol scheme"),
            ("http://a/%4", "parse \"http://a/%4\": invalid URL escape \"%4\""),
        ] {
            assert_eq!(parse_request_uri(url), Err(why.to_owned()));
        }
    }

    #[test]
    fn relative_ones_and_fragments() {
        for (url, scheme, port) in [
            ("", "", ""),
            ("a/b", "", ""),
            ("//a:80/b", "", "80"),
            ("///a:b", "", ""),
            ("http://u:1@a:8080/b#c", "http", "8080"),
            ("http://[::1]", "http", ""),
            ("http://a#b c", "http", ""),
        ] {
            let read = parse(url).map(|url| (url.scheme, url.port));
            assert_eq!(read, Ok((scheme.to_owned(), port)), "{url}");
        }
        for (url, why) in [
            ("%R#a", "parse \"%R\": invalid URL escape \"%R\""),
            ("a#%zz", "parse \"a#%zz\": invalid URL escape \"%zz\""),
            ("1:b", "parse \"1:b\": first path segment in URL cannot contain colon"),
            ("//a:b", "parse \"//a:b\": invalid port \":b\" after host"),
        ] {
            assert_eq!(parse(url), Err(why.to_owned()));
        }
    }
}
