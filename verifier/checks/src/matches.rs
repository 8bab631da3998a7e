//! When one HTTP match covers another: every request that the second takes, the first takes too.

use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{HttpMatch, StringMatch};

/// Whether every request of `narrow` also meets `wide`. "No" may mean "not known".
pub(crate) fn covers(wide: &HttpMatch, narrow: &HttpMatch) -> bool {
    let text =
        |w: &Option<At<StringMatch>>, n: &Option<At<StringMatch>>| implied(w.as_ref(), n.as_ref(), false);
    uri_implied(wide, narrow)
        && text(&wide.scheme, &narrow.scheme)
        && text(&wide.method, &narrow.method)
        && text(&wide.authority, &narrow.authority)
        && map_implied(&wide.headers, &narrow.headers)
        && map_implied(&wide.query_params, &narrow.query_params)
        && same_or_fewer(&wide.without_headers, &narrow.without_headers)
        && (wide.port == 0 || wide.port == narrow.port)
        && wide.source_labels.iter().all(|(k, v)| narrow.source_labels.get(k) == Some(v))
        && (wide.source_namespace.is_empty() || wide.source_namespace == narrow.source_namespace)
        && (wide.gateways.is_empty() || gateways_within(narrow, wide))
}

fn gateways_within(narrow: &HttpMatch, wide: &HttpMatch) -> bool {
    let within = |g: &At<String>| wide.gateways.iter().any(|w| w.value == g.value);
    !narrow.gateways.is_empty() && narrow.gateways.iter().all(within)
}

fn uri_implied(wide: &HttpMatch, narrow: &HttpMatch) -> bool {
    if narrow.ignore_uri_case && !wide.ignore_uri_case && wide.uri.is_some() {
        return matches!(wide.uri.as_ref().map(|m| &m.value), Some(StringMatch::Prefix(p)) if p == "/");
    }
    implied(wide.uri.as_ref(), narrow.uri.as_ref(), wide.ignore_uri_case) || everything(wide.uri.as_ref())
}

/// A path always begins with a slash, so this prefix says nothing.
fn everything(uri: Option<&At<StringMatch>>) -> bool {
    matches!(uri.map(|m| &m.value), Some(StringMatch::Prefix(p)) if p == "/")
}

fn implied(wide: Option<&At<StringMatch>>, narrow: Option<&At<StringMatch>>, ignore_case: bool) -> bool {
    let Some(wide) = wide else { return true };
    let Some(narrow) = narrow else { return false };
    let fold = |s: &str| if ignore_case { s.to_ascii_lowercase() } else { s.to_owned() };
    match (&wide.value, &narrow.value) {
        (StringMatch::Present, _) => true,
        (StringMatch::Exact(w), StringMatch::Exact(n)) => fold(w) == fold(n),
        (StringMatch::Prefix(w), StringMatch::Exact(n) | StringMatch::Prefix(n)) => {
            fold(n).starts_with(&fold(w))
        }
        (StringMatch::Regex(w), StringMatch::Regex(n)) => w == n,
        _ => false,
    }
}

fn map_implied(wide: &BTreeMap<String, At<StringMatch>>, narrow: &BTreeMap<String, At<StringMatch>>) -> bool {
    wide.iter().all(|(key, value)| narrow.get(key).is_some_and(|n| implied(Some(value), Some(n), false)))
}

/// Forbidden headers: all that the wide one forbids, the narrow one forbids in the same words.
fn same_or_fewer(
    wide: &BTreeMap<String, At<StringMatch>>,
    narrow: &BTreeMap<String, At<StringMatch>>,
) -> bool {
    wide.iter().all(|(key, value)| narrow.get(key).is_some_and(|n| n.value == value.value))
}
