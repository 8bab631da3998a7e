//! Whether a delegate's match lies within that of its root (`pilot/pkg/model/virtualservice.go`).

use std::collections::BTreeMap;

use crate::base::At;

use super::{HttpMatch, StringMatch};

impl HttpMatch {
    /// Whether a delegate's match leaves its root's, so that the route is dropped (`hasConflict`).
    #[must_use]
    pub fn leaves(&self, root: &HttpMatch) -> bool {
        let part = self;
        let text =
            |a: &Option<At<StringMatch>>, b: &Option<At<StringMatch>>| text_conflict(a.as_ref(), b.as_ref());
        text(&root.uri, &part.uri)
            || text(&root.scheme, &part.scheme)
            || text(&root.method, &part.method)
            || text(&root.authority, &part.authority)
            || map_conflict(&root.headers, &part.headers)
            || map_conflict(&root.without_headers, &part.without_headers)
            || map_conflict(&root.query_params, &part.query_params)
            || root.ignore_uri_case != part.ignore_uri_case
            || (root.port > 0 && part.port > 0 && root.port != part.port)
            || (!root.source_namespace.is_empty() && root.source_namespace != part.source_namespace)
            || part
                .source_labels
                .iter()
                .any(|(key, value)| root.source_labels.get(key).is_some_and(|v| v != value))
            || gateway_conflict(root, part)
    }
}

fn map_conflict(root: &BTreeMap<String, At<StringMatch>>, part: &BTreeMap<String, At<StringMatch>>) -> bool {
    part.iter().any(|(key, value)| text_conflict(root.get(key), Some(value)))
}

fn gateway_conflict(root: &HttpMatch, part: &HttpMatch) -> bool {
    let known = |gateway: &At<String>| root.gateways.iter().any(|g| g.value == gateway.value);
    !root.gateways.is_empty()
        && !part.gateways.is_empty()
        && (root.gateways.len() < part.gateways.len() || !part.gateways.iter().all(known))
}

/// Whether a part's text match is not within the root's (`stringMatchConflict`). Empty texts count as no kind of match,
/// and two matches without a kind conflict.
fn text_conflict(root: Option<&At<StringMatch>>, part: Option<&At<StringMatch>>) -> bool {
    let (Some(root), Some(part)) = (root, part) else { return false };
    match (kind(&root.value), kind(&part.value)) {
        (Some(StringMatch::Exact(a)), Some(StringMatch::Exact(b))) => a != b,
        (Some(StringMatch::Prefix(a)), Some(StringMatch::Prefix(b) | StringMatch::Exact(b))) => {
            !b.starts_with(a.as_str())
        }
        _ => true,
    }
}

fn kind(text: &StringMatch) -> Option<&StringMatch> {
    match text {
        StringMatch::Exact(t) | StringMatch::Prefix(t) | StringMatch::Regex(t) if !t.is_empty() => Some(text),
        _ => None,
    }
}
