//! # Subset that no route reaches
//!
//! A subset with a traffic policy of its own is defined, but no route of any VirtualService leads to it: the policy is dead.
//! Requests to the host go to all endpoints under the host's own policy. Found by a search of the traffic graph from all
//! gateways and from the mesh.
//!
//! Subsets without a policy are not reported: teams define them ahead of a roll-out.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: reviews
//!   subsets:
//!   - name: v1
//! #         ^^ MP1012 no route
//!     labels: {version: v1}
//!     trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: reviews
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//!     trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}
//!   - name: v2
//!     labels: {version: v2}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   hosts: [reviews]
//!   http: [{route: [{destination: {host: reviews, subset: v1}}]}]
//! ```

use mp_ir::base::Level;

use crate::graph::reached_subsets;
use crate::hosts::wildcard_covers;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1012",
    name: "unreachable-subset",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("unreachable_subset.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let reached = reached_subsets(cx.mesh);
    for rule in &cx.mesh.destination_rules {
        if !matches!(cx.hosts.services(&rule.host.value), Answer::Yes(_)) {
            continue;
        }
        let covers = |host: &str| wildcard_covers(&rule.host.value, host);
        for (at, subset) in rule.subsets.iter().enumerate().filter(|(_, s)| s.traffic_policy.is_some()) {
            let name = subset.name.value.as_str();
            let hosts = reached.get(name);
            let itself = hosts.is_some_and(|hosts| hosts.contains(rule.host.value.as_str()));
            let wild = rule.host.value.starts_with('*');
            if itself || wild && hosts.into_iter().flatten().any(|host| covers(host)) {
                continue;
            }
            out.report(
                subset.name.origin,
                &rule.meta.object,
                format!("spec.subsets[{at}].trafficPolicy"),
                format!("subset `{name}` of `{}` has a policy that no request meets", rule.host.value),
            )
            .label("no route leads to this subset")
            .also(subset.traffic_policy.as_ref().and_then(|p| p.origin), "this policy is never used")
            .help("route to the subset, or move the policy to the host");
        }
    }
}
