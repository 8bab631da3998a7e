//! # HTTP conditions for ztunnel
//!
//! The namespace is in ambient mode, and the policy selects its workloads by labels: it is enforced by ztunnel, which sees connections and no requests. istiod leaves
//! out what ztunnel cannot decide, and an ALLOW rule with HTTP conditions admits nothing. Policies about requests belong to a waypoint (`targetRefs`).
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP5001 waypoint
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: cart}]
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: ports, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!     to: [{operation: {ports: ["8080"]}}]
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: pay, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: pay}
//! spec:
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{AuthorizationPolicy, Labels};

use crate::selection::needs_http;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP5001",
    name: "ambient-needs-waypoint",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0109"),
    source: include_str!("ambient_needs_waypoint.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for policy in cx.mesh.authorization_policies.iter().filter(|policy| policy.targets.is_empty()) {
        if !for_ztunnel(cx, policy) {
            continue;
        }
        let namespace = policy.meta.namespace();
        let enrolled = cx.mesh.wanted_waypoint(namespace, &Labels::new()).is_some()
            || cx.mesh.declared_waypoints.iter().any(|waypoint| waypoint.meta.namespace() == namespace);
        for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| needs_http(rule)) {
            out.report(
                rule.origin,
                &policy.meta.object,
                format!("spec.rules[{at}]"),
                format!("rule {at} has HTTP conditions, but ztunnel enforces the policy"),
            )
            .label("only a waypoint sees requests")
            .help("attach the policy to a waypoint: `targetRefs` with the Service or the Gateway of the waypoint")
            .kiali(if enrolled { "KIA0110" } else { "KIA0109" });
        }
    }
}

/// Whether the namespace is in ambient mode, and no selected workload has a sidecar or is a gateway.
fn for_ztunnel(cx: &Cx<'_>, policy: &AuthorizationPolicy) -> bool {
    let labels = cx.mesh.namespaces.get(policy.meta.namespace());
    let ambient =
        labels.is_some_and(|l| l.get("istio.io/dataplane-mode").is_some_and(|mode| mode == "ambient"));
    ambient && !cx.hosts.selected(&policy.meta, &policy.selector).any(|workload| workload.has_proxy)
}
