//! # Gateway API object that istiod does not take as it is written
//!
//! istiod takes a Gateway, a ListenerSet, a route or a BackendTLSPolicy only in part, and says so in its status: a listener of a protocol that there is
//! none of, or at the place of another one; a filter, a kind of backend or of route that istiod does not know; a certificate of another kind than Secret.
//! `meshproof status` shows all conditions. Nothing is said of what only a cluster can tell: Secrets, Services and endpoints that are not part of the
//! input.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   gatewayClassName: istio
//!   listeners:
//!   - {name: one, port: 80, protocol: HTTP}
//!   - {name: two, port: 80, protocol: HTTP}
//! #          ^^^ MP4020 HostnameConflict
//!   - {name: raw, port: 53, protocol: UDP}
//! #          ^^^ MP4020 UnsupportedProtocol
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: edge, sectionName: one}]
//!   rules:
//!   - filters: [{type: ExtensionRef, extensionRef: {group: a.example, kind: Own, name: x}}]
//! #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP4020 InvalidFilter
//!     backendRefs: [{name: cart, port: 80}]
//! ```
//! ```yaml good
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   gatewayClassName: istio
//!   listeners:
//!   - {name: one, port: 80, protocol: HTTP, hostname: a.example}
//!   - {name: two, port: 80, protocol: HTTP, hostname: b.example}
//!   - {name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: from-elsewhere}]}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: edge, sectionName: one}, {name: other, namespace: elsewhere}]
//!   rules:
//!   - backendRefs: [{name: cart, port: 80}]
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: foreign, namespace: shop}
//! spec: {gatewayClassName: nginx, listeners: [{name: raw, port: 53, protocol: UDP}]}
//! ```

use std::collections::BTreeSet;

use mp_ir::base::{Level, Span};
use mp_ir::mesh::{ConditionKind, GatewayStatus, StatusCondition, StatusPart};

use crate::{Check, Cx, Findings, statuses};

pub(crate) static CHECK: Check = Check {
    code: "MP4020",
    name: "gateway-object-refused",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("gateway_object_refused.rs"),
    run,
};

/// Reasons of routes that have checks of their own.
const ELSEWHERE: [&str; 3] = ["NotAllowedByListeners", "NoMatchingListenerHostname", "NoMatchingParent"];

fn run(cx: &Cx<'_>, out: &mut Findings) {
    // A route has one fault for all of its parents, a policy for all of its targets.
    let mut told: BTreeSet<(Option<Span>, &str)> = BTreeSet::new();
    for status in &cx.mesh.gateway_statuses {
        for condition in status.conditions.iter().filter(|own| own.is_bad() && statuses::is_certain(cx, own))
        {
            if !ELSEWHERE.contains(&condition.reason) && told.insert((condition.origin, condition.reason)) {
                report(out, status, condition);
            }
        }
    }
}

fn report(out: &mut Findings, status: &GatewayStatus, condition: &StatusCondition) {
    let of = match &status.part {
        StatusPart::Listener(name) => format!("listener `{name}`"),
        StatusPart::Whole | StatusPart::Parent(_) | StatusPart::Ancestor(_) => status.object.to_string(),
    };
    let what = match condition.kind {
        ConditionKind::Accepted | ConditionKind::Programmed => "is not taken",
        ConditionKind::Conflicted => "is in the place of another one",
        _ => "names what istiod does not take",
    };
    let message = format!("{of} {what}: {}", condition.reason);
    out.report(condition.origin, &status.object, "spec", message)
        .label(statuses::words(&condition.message))
        .help("correct it as the label says; `meshproof status` shows what istiod would write");
}
