//! The codec: what of an HTTP/1.1 request is valid, and what filters see of it.

use mp_ir::plan::EnforcementPoint;

use crate::decision::By;
use crate::path::{PathOutcome, normalize};
use crate::request::Request;

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
    /// Path with query, one byte per character.
    pub(crate) path: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl HttpView {
    /// The path without its query.
    pub(crate) fn path_alone(&self) -> &[u8] {
        self.path.split(|b| *b == b'?').next().unwrap_or_default()
    }

    /// The one value of a header that Envoy keeps in one line: its lines that are not empty, joined
    /// (`HeaderMapImpl::appendToHeader`).
    pub(crate) fn joined(&self, name: &str) -> String {
        let lines = self.lines(name);
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(",")
    }

    /// Lines of a header in order; `:authority` and the like are headers too.
    pub(crate) fn lines(&self, name: &str) -> Vec<&str> {
        match name.to_ascii_lowercase().as_str() {
            ":method" => vec![&self.method],
            ":authority" | "host" => vec![&self.authority],
            ":path" => std::str::from_utf8(&self.path).into_iter().collect(),
            ":scheme" => vec!["http"],
            lower => {
                let same = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(lower);
                self.headers.iter().filter(same).map(|(_, value)| value.as_str()).collect()
            }
        }
    }
}

/// Why a request is none: who says so, the status, the reason.
pub(crate) type Rejection = (By, u16, &'static str);

/// Checks a request as the codec does, and applies the path rules.
pub(crate) fn read(point: &EnforcementPoint, request: &Request) -> Result<HttpView, Rejection> {
    let codec = |reason| (By::Codec, 400, reason);
    if !METHODS.contains(&request.method.as_str()) {
        return Err(codec("the method is unknown to HTTP/1.1"));
    }
    let target: Option<Vec<u8>> = request.path.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let Some(target) = target.filter(|t| !t.is_empty() && t.iter().all(|b| *b > b' ' && *b < 0x7f)) else {
        return Err(codec("the path has characters that are not ASCII or not printable"));
    };
    if request
        .headers
        .iter()
        .any(|(name, value)| !is_token(name) || value.chars().any(|c| matches!(c, '\0' | '\r' | '\n')))
    {
        return Err(codec("a header is malformed"));
    }
    if !is_authority(&request.host) {
        return Err(codec("the host is malformed"));
    }
    let (authority, target) = split_target(request, target)?;
    let path = match normalize(&target, point.paths) {
        PathOutcome::Path(path) => path,
        PathOutcome::Refused(status) => return Err((By::Route, status, "the path cannot be normalised")),
        PathOutcome::Redirected => {
            return Err((By::Route, 307, "the path has escaped slashes and is redirected"));
        }
    };
    let mut headers = request.headers.clone();
    for (name, value) in &mut headers {
        name.make_ascii_lowercase();
        *value = value.trim_matches([' ', '\t']).to_owned();
    }
    Ok(HttpView { method: request.method.clone(), authority, path, headers })
}

/// Host and path of the request target, which may be absolute.
fn split_target(request: &Request, target: Vec<u8>) -> Result<(String, Vec<u8>), Rejection> {
    let host = request.host.clone();
    if target.first() == Some(&b'/') {
        return if request.method == "CONNECT" {
            Err((By::Codec, 400, "CONNECT names a host, not a path"))
        } else {
            Ok((host, target))
        };
    }
    if target == b"*" && request.method == "OPTIONS" {
        return Err((By::Route, 404, "no route has the path *"));
    }
    let text = String::from_utf8(target).unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    if request.method != "CONNECT" && (lower.starts_with("http://") || lower.starts_with("https://")) {
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        return Ok((authority.to_owned(), path.into_bytes()));
    }
    if request.method == "CONNECT" {
        return Err((By::Route, 404, "no route accepts CONNECT"));
    }
    Err((By::Codec, 400, "the request target is malformed"))
}

/// Whether a header name is a token of HTTP.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a host has characters that hosts may have.
pub(crate) fn is_authority(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]%".contains(&b))
}
