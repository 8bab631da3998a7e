//! # HTTPRoute that no listener takes
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
use mp_model::views::gateway::{FromNamespaces, GatewaySpec, HTTPRouteSpec, Listener, ParentReference};
use mp_model::{Kind, Object};

use crate::{Answer, Check, Cx, Findings};

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
    for route in cx.workspace.of_kind(Kind::HttpRoute) {
        let Some(spec) = cx.workspace.spec::<HTTPRouteSpec<'_>>(route) else { continue };
        for (at, parent) in spec.parent_refs().iter().enumerate() {
            let Some((gateway, listeners)) = listeners(cx, route, parent) else { continue };
            check(cx, out, (route, spec), (at, parent), (gateway, &listeners));
        }
    }
}

/// The listeners that a parent reference means; `None` where the parent is no Gateway of the input.
fn listeners<'a>(
    cx: &Cx<'a>,
    route: &Object,
    parent: ParentReference<'a>,
) -> Option<(&'a Object, Vec<Listener<'a>>)> {
    if parent.kind().is_some_and(|kind| kind.value != "Gateway") {
        return None;
    }
    let namespace = parent.namespace().map_or(route.namespace.as_str(), |ns| ns.value);
    let gateway = cx.workspace.find(Kind::Gateway, namespace, parent.name()?.value)?;
    let meant = |listener: &Listener<'_>| {
        parent.section_name().is_none_or(|name| listener.name().is_some_and(|own| own.value == name.value))
            && parent.port().is_none_or(|port| listener.port() == Some(port))
    };
    let spec = cx.workspace.spec::<GatewaySpec<'_>>(gateway)?;
    Some((gateway, spec.listeners().iter().filter(meant).collect()))
}

fn check<'a>(
    cx: &Cx<'a>,
    out: &mut Findings,
    (route, spec): (&Object, HTTPRouteSpec<'a>),
    (at, parent): (usize, ParentReference<'a>),
    (gateway, listeners): (&Object, &[Listener<'a>]),
) {
    let Some(any) = listeners.first() else { return };
    let admits = |listener: &&Listener<'_>| admits(cx, listener, route, gateway) != Answer::No;
    let open: Vec<&Listener<'_>> = listeners.iter().filter(admits).collect();
    if open.is_empty() {
        let message =
            format!("no listener of {} takes routes of namespace `{}`", gateway.reference(), route.namespace);
        out.at(parent.0.span(), Some(&route.reference()), format!("spec.parentRefs[{at}]"), message)
            .label("the route is not attached here")
            .also(Some(any.0.span()), "routes of its own namespace alone, unless `allowedRoutes` says more")
            .help("set `allowedRoutes.namespaces.from: All` at the listener, or move the route");
        return;
    }
    hosts(out, (route, spec), gateway, &open);
}

/// Whether some host of the route meets one of the listeners.
fn hosts(
    out: &mut Findings,
    (route, spec): (&Object, HTTPRouteSpec<'_>),
    gateway: &Object,
    open: &[&Listener<'_>],
) {
    let own: Vec<&str> = spec.hostnames().iter().map(|host| host.value).collect();
    let meets = |listener: &&Listener<'_>| {
        let host = listener.hostname().map(|host| host.value).unwrap_or_default();
        host.is_empty() || own.iter().any(|name| intersect(host, name))
    };
    let Some(first) = spec.hostnames().iter().next() else { return };
    if open.iter().any(meets) {
        return;
    }
    let hosts: Vec<String> =
        open.iter().filter_map(|l| l.hostname()).map(|host| format!("`{}`", host.value)).collect();
    let message = format!("no listener of {} takes this host", gateway.reference());
    out.at(first.span, Some(&route.reference()), "spec.hostnames[0]", message)
        .label(format!("the listeners take {}: the route is not attached", hosts.join(", ")))
        .also(
            open.first().and_then(|listener| listener.hostname()).map(|host| host.span),
            "the listener's host",
        )
        .help("write a host within the listener's, or give the listener this one");
}

/// Whether a listener admits routes of a namespace.
fn admits(cx: &Cx<'_>, listener: &Listener<'_>, route: &Object, gateway: &Object) -> Answer<()> {
    let namespaces = listener.allowed_routes().and_then(|routes| routes.namespaces());
    let yes = |holds: bool| if holds { Answer::Yes(()) } else { Answer::No };
    match namespaces.and_then(|namespaces| namespaces.from()) {
        Some(FromNamespaces::All) => Answer::Yes(()),
        Some(FromNamespaces::None) => Answer::No,
        Some(FromNamespaces::Same) | None => yes(route.namespace == gateway.namespace),
        Some(FromNamespaces::Selector) => {
            let labels = cx.mesh.namespaces.get(&route.namespace);
            let selector = namespaces.and_then(|namespaces| namespaces.selector());
            let (Some(labels), Some(selector)) = (labels, selector) else { return Answer::Unknown };
            if !selector.match_expressions().is_empty() {
                return Answer::Unknown;
            }
            let has = |key: &str, value: &str| labels.get(key).is_some_and(|own| own == value);
            yes(selector.match_labels().iter().all(|(key, value)| has(key.value, value.value)))
        }
    }
}

/// Whether some host meets both names: equal, or a wildcard that covers the other.
fn intersect(a: &str, b: &str) -> bool {
    crate::hosts::wildcard_covers(a, b) || crate::hosts::wildcard_covers(b, a)
}
