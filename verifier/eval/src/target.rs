//! Request targets that are no plain path: a whole URL, or the host and port of CONNECT.
//!
//! Two parsers look at them in turn: the codec's own minds characters alone (`balsa_parser.cc`, `isUrlValid`), and the one that takes the
//! URL apart minds its form (`http_parser_parse_url`, strict, through `Utility::Url::initialize`).

use std::net::IpAddr;

/// Why a target is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The codec does not read it.
    Codec,
    /// It is no URL.
    Url,
    /// It is a URL of another scheme than HTTP's.
    Scheme,
}

/// A URL taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absolute<'t> {
    pub(crate) https: bool,
    /// Host and port without the user's name.
    pub(crate) authority: &'t str,
    /// Path and query as they stand there; `/` where neither does.
    pub(crate) path: &'t str,
}

/// Whether the codec refuses a target on sight; whether it is a URL is asked behind the headers.
pub(crate) fn is_unreadable(method: &str, target: &str) -> bool {
    let fault = match method {
        "CONNECT" => of_connect(target).err(),
        _ if target.starts_with('/') => None,
        _ => absolute(target).err(),
    };
    fault == Some(Fault::Codec)
}

/// Takes a whole URL apart. A star alone is a path to the codec and no URL.
pub(crate) fn absolute(target: &str) -> Result<Absolute<'_>, Fault> {
    if target.starts_with('*') {
        return Err(Fault::Url);
    }
    let (scheme, rest) = target.split_once("://").ok_or(Fault::Codec)?;
    let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
        return Err(Fault::Codec);
    }
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (whole, path) = rest.split_at_checked(cut).ok_or(Fault::Codec)?;
    if !readable(whole) {
        return Err(Fault::Codec);
    }
    let authority = match whole.split_once('@') {
        Some((user, host)) if !user.contains(['[', ']']) => host,
        Some(_) => return Err(Fault::Url),
        None => whole,
    };
    let Some((host, _)) = parts(authority) else { return Err(Fault::Url) };
    if host.strip_prefix('[').is_some_and(|ip| ip.trim_end_matches(']').parse::<IpAddr>().is_err()) {
        return Err(Fault::Url);
    }
    let https = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return Err(Fault::Scheme),
    };
    Ok(Absolute { https, authority, path: if path.is_empty() { "/" } else { path } })
}

/// The host and port that CONNECT names.
pub(crate) fn of_connect(target: &str) -> Result<&str, Fault> {
    let host = target.split(['/', '?']).next().unwrap_or_default();
    if !target.starts_with(['/', '*']) && !readable(host) {
        return Err(Fault::Codec);
    }
    let Some((host, Some(_))) = parts(target) else { return Err(Fault::Url) };
    match host.strip_prefix('[') {
        Some(ip) if ip.trim_end_matches(']').parse::<IpAddr>().is_err() => Err(Fault::Url),
        _ => Ok(target),
    }
}

/// Whether the codec takes these characters for a host.
fn readable(host: &str) -> bool {
    crate::http::is_authority(host) && !host.contains("@@")
}

/// Host, in brackets where it is an address, and port.
fn parts(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(end)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-".contains(&b);
    let good = host.starts_with('[') || !host.is_empty() && host.bytes().all(plain);
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(number(digits)?),
        Some(_) => return None,
        None if rest.is_empty() => None,
        None => return None,
    };
    good.then_some((host, port))
}

/// A port of any number of digits; an empty one is none.
fn number(digits: &str) -> Option<u16> {
    let short = digits.trim_start_matches('0');
    if short.is_empty() && !digits.is_empty() { Some(0) } else { short.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_as_envoy_does() {
        let good = [
            ("http://a.com", "a.com", "/"),
            ("http://u:p@a.com:080/x?y", "a.com:080", "/x?y"),
            ("http://@a.com/", "a.com", "/"),
            ("HTTP://A.com?x=1", "A.com", "?x=1"),
            ("http://[::1]:80/x", "[::1]:80", "/x"),
            ("http://[1.2.3.4]/", "[1.2.3.4]", "/"),
        ];
        for (target, authority, path) in good {
            assert_eq!(absolute(target), Ok(Absolute { https: false, authority, path }), "{target}");
        }
        for target in [
            "http://a.com;x",
            "http://a_b.com/",
            "http://a.com:99999/",
            "http://a.com:/",
            "http:///x",
            "http://[1]/x",
            "http://[::1%25a]/x",
            "http://a%41.com/",
            "http://a~b/",
            "http://a@b@c/",
            "http://:80/",
        ] {
            assert_eq!(absolute(target), Err(Fault::Url), "{target}");
        }
        for target in ["http:/a.com", "a.com", "http://a.com#f", "http://a@@b/", "1http://a/"] {
            assert_eq!(absolute(target), Err(Fault::Codec), "{target}");
        }
        assert_eq!(absolute("ftp://a.com/"), Err(Fault::Scheme));
    }

    #[test]
    fn connect_names_a_host_and_a_port() {
        assert_eq!(of_connect("a.com:80"), Ok("a.com:80"));
        assert_eq!(of_connect("[::1]:80"), Ok("[::1]:80"));
        for target in ["a.com", "http://a.com/", "a_b:80", "a.com:99999", "a.com:x", "/x", "u@a.com:80"] {
            assert_eq!(of_connect(target), Err(Fault::Url), "{target}");
        }
        assert_eq!(of_connect("a#:80"), Err(Fault::Codec));
    }
}
