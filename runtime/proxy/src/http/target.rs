//! The target of an HTTP/1 request, and what may stand in an authority.
use super::head::Head;
use super::lines::{self, is_token, is_version};
use super::malformed::Malformed;
use super::request::Rules;

/// Whether every byte may stand in a host header.
pub(super) fn valid_authority(authority: &[u8]) -> bool {
    authority.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~:[]@!$&'()*+,;=%".contains(b))
}

/// Whether a target is made of what targets are made of (`isUrlValid` of Envoy's `balsa_parser.cc`).
pub(super) fn valid_target(target: &str, connect: bool) -> bool {
    let in_path = |b: u8| (0x21..0x7f).contains(&b);
    if target.starts_with(['/', '*']) {
        return target.bytes().all(in_path);
    }
    let in_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let rest = match target.split_once("://") {
        _ if connect => target,
        Some((scheme, rest))
            if scheme.bytes().all(in_scheme) && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) =>
        {
            rest
        }
        _ => return false,
    };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let in_host = |b: u8| b.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=@[]_~".contains(&b);
    !target.is_empty() && host.bytes().all(in_host) && !host.contains("@@") && path.bytes().all(in_path)
}

/// Whether a line looks like that of a request, with any method.
pub(crate) fn is_request_line(line: &[u8]) -> bool {
    let [method, target, version] = lines::parts(line);
    let target = std::str::from_utf8(target).unwrap_or_default();
    method.iter().all(|b| is_token(*b)) && valid_target(target, method == b"CONNECT") && is_version(version)
}

/// Splits the request target: origin form, absolute form, `*`, or the authority of CONNECT.
pub(super) fn set_target(head: &mut Head, target: &str, rules: &Rules) -> Result<(), Malformed> {
    if head.method == b"CONNECT" {
        if target.contains('/') || port(target).is_none_or(|p| p.is_none()) {
            return Err(Malformed::Late("http1.invalid_url"));
        }
        head.authority = Some(target.as_bytes().to_vec());
        return Ok(());
    }
    if target.starts_with('/') || (target == "*" && head.method == b"OPTIONS") {
        head.path = target.as_bytes().to_vec();
        return Ok(());
    }
    let Some((scheme, rest)) = target.split_once("://") else {
        return Err(Malformed::Late("http1.invalid_url"));
    };
    let secure = scheme.eq_ignore_ascii_case("https");
    if !secure && !scheme.eq_ignore_ascii_case("http") {
        return Err(Malformed::Late("http1.invalid_scheme"));
    }
    if secure && rules.plain_edge {
        return Err(Malformed::Forbidden);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.is_empty() || path.starts_with('#') || port(host).is_none() {
        return Err(Malformed::Late("http1.invalid_url"));
    }
    head.authority = Some(host.as_bytes().to_vec());
    head.scheme = scheme.to_ascii_lowercase().into_bytes();
    // A query without a path is not given one: the connection manager refuses it.
    head.path = if path.is_empty() { b"/".to_vec() } else { path.as_bytes().to_vec() };
    Ok(())
}

/// The port after a host, `Some(None)` when none is given; `None` when it is no port.
fn port(host: &str) -> Option<Option<u16>> {
    let from = host.rfind(']').map_or(0, |at| at + 1);
    match host.get(from..)?.split_once(':') {
        None => Some(None),
        Some((_, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        Some(_) => None,
    }
}
