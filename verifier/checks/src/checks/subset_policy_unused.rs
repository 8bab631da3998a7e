//! # Traffic policy of a subset that no route leads to
//!
//! The traffic policy of a subset is in force only for requests that a route sends to the subset by name. Routes of the host lead elsewhere, none to this
//! subset: its limits, its load balancing and its TLS settings never apply.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//!     trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}
//! #                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1026 v1
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart}}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   subsets:
//!   - {name: v1, labels: {version: v1}, trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}}
//!   - {name: v2, labels: {version: v2}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart}}]
//!     mirrors: [{destination: {host: cart, subset: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: alone, namespace: shop}
//! spec:
//!   host: alone
//!   subsets:
//!   - {name: v1, labels: {version: v1}, trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::{Level, Origin};

use crate::destinations::destinations;
use crate::hosts::wildcard_covers;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1026",
    name: "subset-policy-unused",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("subset_policy_unused.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut subsets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut places: BTreeMap<&str, Origin> = BTreeMap::new();
    for place in destinations(cx.mesh) {
        let to = place.destination;
        subsets.entry(&to.host.value).or_default().insert(&to.subset.value);
        places.entry(&to.host.value).or_insert(to.host.origin);
    }
    for rule in &cx.mesh.destination_rules {
        let host = rule.host.value.as_str();
        let routed: Vec<&str> = match host.starts_with('*') {
            true => subsets.keys().copied().filter(|to| wildcard_covers(host, to)).collect(),
            false => subsets.get_key_value(host).map(|(to, _)| *to).into_iter().collect(),
        };
        let Some(first) = routed.first() else { continue };
        for (at, subset) in rule.subsets.iter().enumerate() {
            let name = subset.name.value.as_str();
            let led_to = routed.iter().any(|to| subsets.get(to).is_some_and(|all| all.contains(name)));
            let Some(policy) = subset.traffic_policy.as_ref().filter(|_| !led_to) else { continue };
            out.report(
                policy.origin.or(subset.name.origin),
                &rule.meta.object,
                format!("spec.subsets[{at}].trafficPolicy"),
                format!("no route leads to subset `{name}` of `{host}`: its policy is never in force"),
            )
            .label("applies to requests that a route sends to the subset alone")
            .also(places.get(first).copied().flatten(), "routes of the host lead elsewhere")
            .help(format!("send requests to the subset `{name}`, or move the policy to the host"));
        }
    }
}
