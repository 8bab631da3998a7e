//! # Route that no listener takes
//!
//! A route of the Gateway API is attached to the listeners of its parent whose host name meets one of its own, and which admit its namespace. None of the
//! listeners does: the route is not programmed, and its status says `NoMatchingListenerHostname` or `NotAllowedByListeners`.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: kg, namespace: shop}
//! spec:
//!   gatewayClassName: istio
//!   listeners:
//!   - {name: http, port: 80, protocol: HTTP, hostname: '*.shop.example'}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: kg}]
//!   hostnames: [cart.store.example]
//! #             ^^^^^^^^^^^^^^^^^^ MP4004 *.shop.example
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: pay}
//! spec:
//!   parentRefs: [{name: kg, namespace: shop}]
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP4004 namespace `pay`
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ```
//! ```yaml good
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: kg, namespace: shop}
//! spec:
//!   gatewayClassName: istio
//!   listeners:
//!   - {name: http, port: 80, protocol: HTTP, hostname: '*.shop.example'}
//!   - {name: all, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
//!   - {name: some, port: 82, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Exists}]}}}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: kg, sectionName: http}]
//!   hostnames: [cart.store.example, '*.example']
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: pay}
//! spec:
//!   parentRefs: [{name: kg, namespace: shop}, {name: cart, kind: Service, group: ""}, {name: elsewhere}]
//!   hostnames: [a.b]
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{ConditionKind, GatewayStatus, StatusCondition, StatusPart, StatusReference};

use crate::{Check, Cx, Findings, statuses};

pub(crate) static CHECK: Check = Check {
    code: "MP4004",
    name: "route-not-attached",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA1401"),
    source: include_str!("route_not_attached.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for status in &cx.mesh.gateway_statuses {
        let StatusPart::Parent(parent) = &status.part else { continue };
        let accepted =
            status.conditions.iter().find(|own| own.kind == ConditionKind::Accepted && own.is_bad());
        if let Some(accepted) = accepted.filter(|own| statuses::is_certain(cx, own)) {
            report(out, status, parent, accepted);
        }
    }
}

fn report(out: &mut Findings, status: &GatewayStatus, parent: &StatusReference, accepted: &StatusCondition) {
    let (kind, name) = (&parent.kind, &parent.name);
    let home = parent.namespace.as_ref().unwrap_or(&status.object.namespace);
    let (message, field, help) = match accepted.reason {
        "NotAllowedByListeners" => (
            format!(
                "no listener of {kind} {home}/{name} takes this route: {}",
                statuses::words(&accepted.message)
            ),
            "spec.parentRefs",
            "set `allowedRoutes` at the listener, or move the route",
        ),
        "NoMatchingListenerHostname" => (
            format!(
                "no listener of {kind} {home}/{name} takes this host: {}",
                statuses::words(&accepted.message)
            ),
            "spec.hostnames",
            "write a host within the listener's, or give the listener this one",
        ),
        _ => return,
    };
    out.report(accepted.origin, &status.object, field, message)
        .label("the route is not attached here")
        .help(help);
}
