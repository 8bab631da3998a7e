//! The codec: what of an HTTP/1.1 request is valid, and what filters see of it.

use std::borrow::Cow;

use mp_ir::plan::{EnforcementPoint, Underscores, is_one_line};

use crate::decision::By;
use crate::head_size::{Head, TooLong};
use crate::header_lines::{joined, remove};
use crate::path::{PathOutcome, normalize};
use crate::request::Request;
use crate::{target, written};

/// Methods that Envoy's HTTP/1 codec knows (`balsa_parser.cc`).
pub(crate) const METHODS: &[&str] = &[
    "ACL",
    "BIND",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "MSEARCH",
    "NOTIFY",
    "OPTIONS",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// A request as filters see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpView {
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) scheme: String,
    /// Path with query, one byte per character; empty for CONNECT, which has none.
    pub(crate) path: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl HttpView {
    /// The path without its query.
    pub(crate) fn path_alone(&self) -> &[u8] {
        self.path.split(|b| *b == b'?').next().unwrap_or_default()
    }

    /// A workload has one route for whatever has a path and a scheme.
    pub(crate) fn has_route(&self) -> bool {
        !self.path.is_empty() && self.line("x-forwarded-proto").is_none_or(|scheme| !scheme.is_empty())
    }

    /// A header in one line.
    pub(crate) fn line(&self, name: &str) -> Option<String> {
        joined(&self.headers, name)
    }

    /// Values of a header in order; `:authority` and the like are headers too.
    pub(crate) fn lines(&self, name: &str) -> Vec<Cow<'_, str>> {
        match name.to_ascii_lowercase().as_str() {
            ":method" => vec![Cow::Borrowed(&self.method)],
            ":authority" | "host" => vec![Cow::Borrowed(&self.authority)],
            ":path" if self.path.is_empty() => Vec::new(),
            ":path" => std::str::from_utf8(&self.path).ok().map(Cow::Borrowed).into_iter().collect(),
            ":scheme" => vec![Cow::Borrowed(&self.scheme)],
            lower if is_one_line(lower) => self.line(lower).map(Cow::Owned).into_iter().collect(),
            lower => {
                let same = |(known, _): &&(String, String)| known == lower;
                self.headers.iter().filter(same).map(|(_, value)| Cow::Borrowed(value.as_str())).collect()
            }
        }
    }
}

/// Why a request is none: who says so, the status, the reason.
pub(crate) type Rejection = (By, u16, &'static str);

/// Checks a request as the codec does, and applies the path rules.
pub(crate) fn read(point: &EnforcementPoint, request: &Request) -> Result<HttpView, Rejection> {
    let target = taken(request)?;
    let (host, headers) = head(point, request)?;
    let (authority, target) = split_target(point, request, host, target)?;
    let path = match normalize(&target, point.paths) {
        _ if target.is_empty() => target,
        PathOutcome::Path(path) => path,
        PathOutcome::Refused(status) => return Err((By::Route, status, "the path cannot be normalised")),
        PathOutcome::Redirected => {
            return Err((By::Route, 307, "the path has escaped slashes and is redirected"));
        }
    };
    let mut view =
        HttpView { method: request.method.clone(), authority, path, headers, ..HttpView::default() };
    written::write(point, request, &mut view);
    Ok(view)
}

/// The request target of a head that the codec takes, in the order in which it looks: the line, the length, the headers.
fn taken(request: &Request) -> Result<Vec<u8>, Rejection> {
    let bad = |reason| Err((By::Codec, 400, reason));
    let long = Err((By::Codec, 431, "the head is longer than a proxy takes"));
    let too_long = sent(request).too_long();
    if too_long == Some(TooLong::Line) {
        return long;
    }
    if !METHODS.contains(&request.method.as_str()) {
        return bad("the method is unknown to HTTP/1.1");
    }
    let target: Option<Vec<u8>> = request.path.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let Some(target) = target.filter(|t| !t.is_empty() && t.iter().all(|b| *b > b' ' && *b < 0x7f)) else {
        return bad("the path has characters that are not ASCII or not printable");
    };
    if target::is_unreadable(&request.method, &request.path) {
        return bad("the request target is malformed");
    }
    if too_long == Some(TooLong::Head) {
        return long;
    }
    let bare = |value: &str| value.chars().any(|c| matches!(c, '\0' | '\r' | '\n'));
    if request.headers.iter().any(|(name, value)| !is_token(name) || bare(value)) {
        return bad("a header is malformed");
    }
    if too_long.is_some() { long } else { Ok(target) }
}

/// Host and header lines, as far as the codec takes them.
fn head(point: &EnforcementPoint, request: &Request) -> Result<(String, Vec<(String, String)>), Rejection> {
    let codec = |reason| (By::Codec, 400, reason);
    let mut headers = plain(&request.headers);
    headers.insert(0, ("host".to_owned(), request.host.clone()));
    let host = joined(&headers, "host").unwrap_or_default();
    remove(&mut headers, "host");
    let underscored = headers.iter().any(|(name, _)| name.contains('_'));
    match point.underscores {
        Some(Underscores::Reject) if underscored => {
            return Err(codec("a header has an underscore in its name"));
        }
        Some(Underscores::Drop) => headers.retain(|(name, _)| !name.contains('_')),
        Some(Underscores::Reject) | None => {}
    }
    if is_authority(&host) { Ok((host, headers)) } else { Err(codec("the host is malformed")) }
}

/// Header lines as the codec hands them on.
fn plain(headers: &[(String, String)]) -> Vec<(String, String)> {
    let one = |(name, value): &(String, String)| {
        (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned())
    };
    headers.iter().map(one).collect()
}

/// Host and path of the request target, which may be a whole URL; CONNECT has no path.
fn split_target(
    point: &EnforcementPoint,
    request: &Request,
    host: String,
    path: Vec<u8>,
) -> Result<(String, Vec<u8>), Rejection> {
    let text = String::from_utf8(path).unwrap_or_default();
    let malformed = |_| (By::Codec, 400, "the request target is malformed");
    if request.method == "CONNECT" {
        return Ok((target::of_connect(&text).map_err(malformed)?.to_owned(), Vec::new()));
    }
    if text.starts_with('/') {
        return Ok((host, text.into_bytes()));
    }
    if text.starts_with('*') && request.method == "OPTIONS" {
        return Err((By::Route, 404, "no route has the path *"));
    }
    let url = target::absolute(&text).map_err(malformed)?;
    // A proxy at the edge alone minds it, one that trusts no proxy before it (`parseHttp1Settings`, `validate_scheme`).
    let edge = point.use_remote_address && point.trusted_hops == 0;
    if url.https && request.peer.is_none() && edge {
        return Err((By::Codec, 403, "an https URL is asked for over plain text"));
    }
    if !url.path.starts_with('/') {
        return Err((By::Route, 404, "the path does not begin with a slash"));
    }
    Ok((url.authority.to_owned(), url.path.as_bytes().to_vec()))
}

/// Whether a listener that asks what is spoken ends the connection before it knows.
pub(crate) fn overflows_inspector(request: &Request) -> bool {
    sent(request).overflows_inspector()
}

/// The head as the client writes it.
fn sent(request: &Request) -> Head<'_> {
    Head { method: &request.method, target: &request.path, host: &request.host, headers: &request.headers }
}

/// Whether a header name is a token of HTTP.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a host has characters that hosts may have.
pub(crate) fn is_authority(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]%".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_heads_are_refused_behind_the_line_and_before_the_headers() {
        let of = |method: &str, path: String, headers: &[(&str, usize)]| {
            let line = |(name, length): &(&str, usize)| ((*name).to_owned(), "v".repeat(*length));
            let headers = headers.iter().map(line).collect();
            let request = Request { method: method.to_owned(), path, headers, ..Request::default() };
            taken(&request).map_err(|(_, status, _)| status)
        };
        assert!(of("GET", "/".to_owned(), &[("a", 60_000)]).is_ok());
        assert_eq!(of("GET", "/".to_owned(), &[("a", 70_000)]), Err(431));
        assert_eq!(of("GET", "/".to_owned(), &[(":a", 70_000)]), Err(431));
        assert_eq!(of("GET", "/".to_owned(), &[(":a", 7)]), Err(400));
        assert_eq!(of("FOO", "/".to_owned(), &[("a", 70_000)]), Err(400));
        assert_eq!(of("FOO", "/".repeat(70_000), &[]), Err(431));
        // A star is a path in the codec's eyes; that GET must not have it is seen later.
        assert_eq!(of("GET", "*".to_owned(), &[("a", 70_000)]), Err(431));
        assert_eq!(of("GET", "star".to_owned(), &[("a", 70_000)]), Err(400));
    }
}
