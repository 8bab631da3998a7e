//! # Traffic policy of a second DestinationRule is lost
//!
//! Several DestinationRules of one host in one namespace are merged: subsets are put together, but the traffic policy of the oldest one counts alone, and of
//! subsets with one name the oldest. What a younger rule says of the same is never in force. Rules for other namespaces (`exportTo`) or other clients
//! (`workloadSelector`) are kept apart.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-a, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy: {loadBalancer: {simple: RANDOM}}
//!   subsets: [{name: v1, labels: {version: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-b, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}
//! #                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1019 shop/cart-a
//!   subsets: [{name: v1, labels: {version: one}}, {name: v2, labels: {version: v2}}]
//! #                  ^^ MP1019 shop/cart-a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-a, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy: {loadBalancer: {simple: RANDOM}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-b, namespace: shop}
//! spec:
//!   host: cart
//!   subsets: [{name: v1, labels: {version: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-c, namespace: shop}
//! spec:
//!   host: cart
//!   workloadSelector: {matchLabels: {app: web}}
//!   trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart-d, namespace: pay}
//! spec:
//!   host: cart.shop.svc.cluster.local
//!   trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{At, Level};
use mp_ir::mesh::{DestinationRule, Subset};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1019",
    name: "destination-rule-replaced",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0201"),
    source: include_str!("destination_rule_replaced.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut older: BTreeMap<(&str, &str), Vec<&DestinationRule>> = BTreeMap::new();
    for rule in &cx.mesh.destination_rules {
        let slot = older.entry((rule.meta.namespace(), &rule.host.value)).or_default();
        let merged: Vec<&DestinationRule> =
            slot.iter().copied().filter(|other| is_merged(other, rule)).collect();
        policy(out, rule, &merged);
        for (at, subset) in rule.subsets.iter().enumerate() {
            lost_subset(out, rule, (at, subset), &merged);
        }
        slot.push(rule);
    }
}

/// Whether istiod puts two rules of a host together (`pilot/pkg/model/destination_rule.go`, `mergeDestinationRule`).
fn is_merged(a: &DestinationRule, b: &DestinationRule) -> bool {
    let sets = |rule: &DestinationRule| {
        let mut namespaces = rule.visibility.namespaces.clone();
        namespaces.sort();
        (rule.visibility.everyone, rule.visibility.nobody, rule.visibility.own, namespaces)
    };
    a.workload_selector == b.workload_selector
        && a.workload_selector_written == b.workload_selector_written
        && sets(a) == sets(b)
}

fn policy(out: &mut Findings, rule: &DestinationRule, merged: &[&DestinationRule]) {
    let Some(own) = &rule.traffic_policy else { return };
    let first = merged.iter().find_map(|other| other.traffic_policy.as_ref().map(|policy| (other, policy)));
    let Some((other, kept)) = first else { return };
    let same = mp_ir::mesh::TrafficPolicy { origin: kept.origin, ..own.clone() } == *kept;
    let finding = out
        .report(
            own.origin,
            &rule.meta.object,
            "spec.trafficPolicy",
            format!(
                "never in force: {} gives the traffic policy of `{}`",
                other.meta.object, rule.host.value
            ),
        )
        .label("lost when the rules of the host are merged")
        .also(kept.origin, "this policy counts")
        .help("write the policy into one DestinationRule");
    if same {
        finding.level(Level::Info);
    }
}

fn lost_subset(
    out: &mut Findings,
    rule: &DestinationRule,
    (at, subset): (usize, &Subset),
    merged: &[&DestinationRule],
) {
    let named = |other: &&&DestinationRule| other.subsets.iter().any(|s| s.name.value == subset.name.value);
    let Some(other) = merged.iter().find(named) else { return };
    let place: Option<&At<String>> =
        other.subsets.iter().find(|s| s.name.value == subset.name.value).map(|s| &s.name);
    out.report(
        subset.name.origin,
        &rule.meta.object,
        format!("spec.subsets[{at}]"),
        format!("subset `{}` is lost: {} defines it already", subset.name.value, other.meta.object),
    )
    .label("lost when the rules of the host are merged")
    .also(place.and_then(|name| name.origin), "this one counts")
    .help("give the subset another name, or remove one of the two");
}
