//! Header changes (`TranslateHeadersOperations`).

use std::collections::BTreeMap;

use mp_ir::mesh::HeaderOps;
use mp_ir::plan::{HeaderMutation, HeaderValue};

/// Header changes, and the host that they set in truth.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) mutation: HeaderMutation,
    /// New value of `Host` or `:authority`; empty for none.
    pub(super) authority: String,
}

/// The changes that operations ask for: headers that are set before those that are added, each sorted by name. Envoy can not
/// change its own headers; a new host is told apart.
pub(super) fn changes(ops: &HeaderOps) -> Changes {
    let set = authority(&ops.request_set);
    Changes {
        mutation: HeaderMutation {
            request_add: values(&ops.request_set, &ops.request_add),
            request_remove: removable(&ops.request_remove),
            response_add: values(&ops.response_set, &ops.response_add),
            response_remove: removable(&ops.response_remove),
        },
        authority: if set.is_empty() { authority(&ops.request_add) } else { set },
    }
}

/// Adds the changes of a destination behind those of its route.
pub(super) fn append(mutation: &mut HeaderMutation, other: HeaderMutation) {
    mutation.request_add.extend(other.request_add);
    mutation.request_remove.extend(other.request_remove);
    mutation.response_add.extend(other.response_add);
    mutation.response_remove.extend(other.response_remove);
}

fn values(set: &BTreeMap<String, String>, add: &BTreeMap<String, String>) -> Vec<HeaderValue> {
    let of = |map: &BTreeMap<String, String>, overwrite: bool| -> Vec<HeaderValue> {
        let kept = map.iter().filter(|(name, _)| !is_internal(name));
        kept.map(|(name, value)| HeaderValue { name: name.clone(), value: value.clone(), overwrite })
            .collect()
    };
    [of(set, true), of(add, false)].concat()
}

fn removable(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| !is_internal(name)).cloned().collect()
}

fn is_internal(name: &str) -> bool {
    name.starts_with(':') || name.eq_ignore_ascii_case("host")
}

fn authority(map: &BTreeMap<String, String>) -> String {
    let is_host = |name: &str| name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host");
    map.iter()
        .filter(|(name, _)| is_host(name))
        .map(|(_, value)| value.clone())
        .next_back()
        .unwrap_or_default()
}
