//! Conditions of a route (`TranslateRouteMatch`), and those that are decided for the proxy at once (`sourceMatchHTTP`).

use mp_ir::base::At;
use mp_ir::mesh::{HttpMatch, StringMatch};
use mp_ir::plan::{ClaimMatch, HeaderMatch, PathMatch, ProxyKind, ProxyView, QueryMatch, RouteMatch};

use crate::virtual_services::Semantics;

/// Header name by which claims of the verified token are matched.
const CLAIMS: &str = "@request.auth.claims";

/// Whether a match may hold for requests of this proxy at this port, through this gateway.
pub(super) fn concerns(m: &HttpMatch, proxy: &ProxyView, listen_port: u32, gateway: &str) -> bool {
    if m.port != 0 && m.port != listen_port {
        return false;
    }
    // Whoever calls through a waypoint has no labels.
    if proxy.kind == ProxyKind::Waypoint && !m.source_labels.is_empty() {
        return false;
    }
    if !m.gateways.is_empty() {
        return m.gateways.iter().any(|named| named.value == gateway);
    }
    let labels = m.source_labels.iter().all(|(key, value)| proxy.labels.get(key) == Some(value));
    labels && (m.source_namespace.is_empty() || m.source_namespace == proxy.namespace)
}

/// The conditions that are left for the proxy.
pub(super) fn route_match(m: &HttpMatch, semantics: Semantics) -> RouteMatch {
    let mut out = RouteMatch { case_sensitive: Some(!m.ignore_uri_case), ..RouteMatch::default() };
    for (name, value) in &m.headers {
        match claim_path(name) {
            Some(path) => out.claims.push(ClaimMatch { path, value: value.value.clone(), invert: false }),
            None => out.headers.push(header(name, value)),
        }
    }
    for (name, value) in &m.without_headers {
        match claim_path(name) {
            Some(path) => out.claims.push(ClaimMatch { path, value: value.value.clone(), invert: true }),
            None => {
                let header = header(name, value);
                let missing_as_empty = header.value != StringMatch::Present;
                out.headers.push(HeaderMatch { invert: true, missing_as_empty, ..header });
            }
        }
    }
    out.headers.sort_by(|a, b| a.name.cmp(&b.name));
    let own = [(":method", &m.method), (":authority", &m.authority), (":scheme", &m.scheme)];
    out.headers
        .extend(own.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| header(name, value))));
    let query = |(name, value): (&String, &At<StringMatch>)| QueryMatch {
        name: name.clone(),
        value: presence(&value.value),
    };
    out.query = m.query_params.iter().map(query).collect();
    if let Some(uri) = &m.uri {
        out.path = path(&uri.value, semantics);
    }
    out
}

fn path(uri: &StringMatch, semantics: Semantics) -> PathMatch {
    match uri {
        StringMatch::Exact(text) => PathMatch::Exact(text.clone()),
        StringMatch::Regex(text) => PathMatch::Regex(text.clone()),
        StringMatch::Prefix(text) if semantics != Semantics::Istio && text != "/" => {
            PathMatch::SeparatedPrefix(text.strip_suffix('/').unwrap_or(text).to_owned())
        }
        StringMatch::Prefix(text) => PathMatch::Prefix(text.clone()),
        StringMatch::Present => PathMatch::default(),
    }
}

fn header(name: &str, value: &At<StringMatch>) -> HeaderMatch {
    HeaderMatch {
        name: name.to_owned(),
        value: presence(&value.value),
        invert: false,
        missing_as_empty: false,
    }
}

/// `*` is no regular expression; Istio takes it for "present".
fn presence(value: &StringMatch) -> StringMatch {
    match value {
        StringMatch::Regex(text) if text == "*" => StringMatch::Present,
        other => other.clone(),
    }
}

/// The claim that a header name stands for: `@request.auth.claims.a.b` or `@request.auth.claims[a][b]`
/// (`pkg/jwt/routing.go` ToRoutingClaim).
pub(super) fn claim_path(name: &str) -> Option<Vec<String>> {
    let (head, rest) = name.split_at_checked(CLAIMS.len())?;
    if !head.eq_ignore_ascii_case(CLAIMS) {
        return None;
    }
    if let Some(dotted) = rest.strip_prefix('.').filter(|dotted| !dotted.is_empty()) {
        return Some(dotted.split('.').map(str::to_owned).collect());
    }
    let inner = rest.strip_prefix('[')?.strip_suffix(']').filter(|inner| !inner.is_empty())?;
    Some(inner.split("][").map(str::to_owned).collect())
}

/// Whether a match takes every request (`IsCatchAllRoute`).
pub(super) fn is_catch_all(m: &RouteMatch) -> bool {
    let path = match &m.path {
        PathMatch::Prefix(path) | PathMatch::SeparatedPrefix(path) => path == "/",
        PathMatch::Regex(regex) => regex == ".*",
        PathMatch::Exact(_) => false,
    };
    path && m.headers.is_empty() && m.query.is_empty() && m.claims.is_empty()
}
