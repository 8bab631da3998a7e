//! # Patches that may not be applied
//!
//! Patches that stand before or behind another filter, or take its place, depend on the order of EnvoyFilters unless a priority is set. Some
//! operations do nothing to some objects.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: a, namespace: shop}
//! spec:
//!   configPatches:
//!   - {applyTo: HTTP_FILTER, match: {proxy: {proxyVersion: a}}, patch: {operation: INSERT_BEFORE, value: {name: x}}}
//!   - {applyTo: HTTP_FILTER, patch: {operation: INSERT_AFTER, value: {name: x}}}
//!   - {applyTo: HTTP_ROUTE, patch: {operation: ADD}}
//!   - {applyTo: HTTP_ROUTE, patch: {operation: REMOVE}}
//!   - {applyTo: CLUSTER, patch: {operation: REPLACE}}
//! # IST0151 EnvoyFilter shop/a
//! # IST0152 EnvoyFilter shop/a
//! # IST0153 EnvoyFilter shop/a
//! # IST0154 EnvoyFilter shop/a
//! # IST0155 EnvoyFilter shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: a, namespace: shop}
//! spec:
//!   priority: 10
//!   configPatches:
//!   - {applyTo: HTTP_FILTER, patch: {operation: INSERT_BEFORE, value: {name: x}}}
//!   - {applyTo: VIRTUAL_HOST, patch: {operation: REPLACE}}
//!   - {applyTo: CLUSTER, patch: {operation: ADD}}
//! ```

use mp_model::admission::message::Message;
use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{
    ENVOY_FILTER_USES_ADD_OPERATION_INCORRECTLY, ENVOY_FILTER_USES_RELATIVE_OPERATION,
    ENVOY_FILTER_USES_RELATIVE_OPERATION_WITH_PROXY_VERSION, ENVOY_FILTER_USES_REMOVE_OPERATION_INCORRECTLY,
    ENVOY_FILTER_USES_REPLACE_OPERATION_INCORRECTLY, NoticeType,
};
use super::store::{at, items};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "envoyfilter.EnvoyPatchAnalyzer",
    inputs: &[SourceKind::EnvoyFilter],
    codes: &["IST0151", "IST0152", "IST0153", "IST0154", "IST0155"],
    source: include_str!("envoy_patch.rs"),
    run,
};

// EnvoyFilter.Patch.Operation
const ADD: i32 = 2;
const REMOVE: i32 = 3;
const INSERT_BEFORE: i32 = 4;
const INSERT_AFTER: i32 = 5;
const REPLACE: i32 = 7;
// EnvoyFilter.ApplyTo
const NETWORK_FILTER: i32 = 3;
const HTTP_FILTER: i32 = 4;
const ROUTE_CONFIGURATION: i32 = 5;
const VIRTUAL_HOST: i32 = 6;
const HTTP_ROUTE: i32 = 7;

fn run(cx: &Context<'_>, out: &mut Out) {
    // Names that a patch for certain versions of the proxy had, in all filters so far.
    let mut versioned: Vec<String> = Vec::new();
    for (filter, message) in cx.store.messages(SourceKind::EnvoyFilter) {
        let nodes: Vec<Node<'_>> = items(filter.root(), &["spec", "configPatches"])
            .chain(items(filter.root(), &["spec", "config_patches"]))
            .collect();
        for (number, own) in message.messages("configPatches").enumerate() {
            let Some(patch) = own.message("patch") else { break };
            let name = instance_name(own, nodes.get(number).copied());
            if let Some(kind) = judge(own, patch, message.int("priority") == 0, versioned.contains(&name)) {
                // The value is a mapping, of which Istio knows no line, unless it is null or a list.
                let value = nodes.get(number).and_then(|node| at(*node, &["patch", "value"]));
                out.report_at(
                    kind,
                    filter,
                    &[],
                    filter.line_of(value.filter(|value| value.as_str().is_some())),
                );
            }
            let proxy = own.message("match").and_then(|own| own.message("proxy"));
            if proxy.is_some_and(|proxy| !proxy.text("proxyVersion").is_empty()) {
                versioned.push(name);
            }
        }
    }
}

/// What is said of a patch.
fn judge(own: &Message, patch: &Message, unordered: bool, versioned: bool) -> Option<&'static NoticeType> {
    let to = own.number("applyTo");
    let of_route = matches!(to, ROUTE_CONFIGURATION | HTTP_ROUTE);
    let relative = match patch.number("operation") {
        ADD if of_route => return Some(&ENVOY_FILTER_USES_ADD_OPERATION_INCORRECTLY),
        REMOVE if of_route => return Some(&ENVOY_FILTER_USES_REMOVE_OPERATION_INCORRECTLY),
        REPLACE if !matches!(to, NETWORK_FILTER | HTTP_FILTER | VIRTUAL_HOST) => {
            return Some(&ENVOY_FILTER_USES_REPLACE_OPERATION_INCORRECTLY);
        }
        REMOVE | REPLACE | INSERT_BEFORE | INSERT_AFTER => true,
        _ => false,
    };
    match (relative && unordered, versioned) {
        (false, _) => None,
        (true, true) => Some(&ENVOY_FILTER_USES_RELATIVE_OPERATION_WITH_PROXY_VERSION),
        (true, false) => Some(&ENVOY_FILTER_USES_RELATIVE_OPERATION),
    }
}

/// The name of what a patch makes, else of the filter that it looks for. The first is told apart by its form, as Istio compares what it
/// prints of either.
fn instance_name(own: &Message, node: Option<Node<'_>>) -> String {
    let value = node
        .and_then(|node| node.get("patch")?.get("value"))
        .filter(|value| value.entries().next().is_some());
    let Some(value) = value else { return String::new() };
    if let Some(name) = value.get("name") {
        return format!("{:?}", name.to_json());
    }
    let listener = own.message("match").and_then(|own| own.message("listener"));
    let filter = listener.and_then(|own| own.message("filterChain")?.message("filter"));
    filter.map_or_else(String::new, |filter| filter.text("name").to_owned())
}
