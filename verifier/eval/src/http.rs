//! The codec: what of an HTTP/1.1 request is valid, and what filters see of it.

use std::borrow::Cow;

use mp_ir::plan::{EnforcementPoint, Underscores, is_one_line};

use crate::decision::By;
use crate::head_size::{Head, TooLong};
use crate::header_lines::{joined, remove};
use crate::path::{PathOutcome, normalize};
use crate::request::Request;
use crate::written;

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
    /// Path with query, one byte per character.
    pub(crate) path: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl HttpView {
    /// The path without its query.
    pub(crate) fn path_alone(&self) -> &[u8] {
        self.path.split(|b| *b == b'?').next().unwrap_or_default()
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
    if let Some(reason) = misses_form(&request.method, &request.path) {
        return bad(reason);
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

/// Host and path of the request target, which has one of the forms of targets.
fn split_target(
    point: &EnforcementPoint,
    request: &Request,
    host: String,
    target: Vec<u8>,
) -> Result<(String, Vec<u8>), Rejection> {
    if target.first() == Some(&b'/') {
        return Ok((host, target));
    }
    if target == b"*" {
        return Err((By::Route, 404, "no route has the path *"));
    }
    if request.method == "CONNECT" {
        return Err((By::Route, 404, "no route accepts CONNECT"));
    }
    let text = String::from_utf8(target).unwrap_or_default();
    // A proxy at the edge alone minds it.
    let https = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    if https && request.peer.is_none() && point.use_remote_address {
        return Err((By::Codec, 403, "an https URL is asked for over plain text"));
    }
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(cut).unwrap_or((rest, ""));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok((authority.to_owned(), path.into_bytes()))
}

/// The head as the client writes it.
fn sent(request: &Request) -> Head<'_> {
    Head { method: &request.method, target: &request.path, host: &request.host, headers: &request.headers }
}

/// Why a request target has none of the forms that targets have; `None` when it has one.
fn misses_form(method: &str, target: &str) -> Option<&'static str> {
    let whole = |scheme: &str| target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    let good = match method {
        "CONNECT" if target.starts_with('/') => return Some("CONNECT names a host, not a path"),
        "CONNECT" => target.contains(':'),
        "OPTIONS" if target == "*" => true,
        _ => target.starts_with('/') || whole("http://") || whole("https://"),
    };
    (!good).then_some("the request target is malformed")
}

/// Whether a header name is a token of HTTP.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a host has characters that hosts may have.
pub(crate) fn is_authority(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]%".contains(&b))
}
