//! # Route whose Gateway does not exist
//!
//! A route of the Gateway API names a parent that is not there: no Gateway of the name in its namespace, or a Gateway without a listener of the `sectionName`. Nothing takes the
//! route. Nothing is said of namespaces of which the input has no Gateway.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: egde}]
//! #                     ^^^^ MP4006 egde
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   parentRefs: [{name: edge, sectionName: htp}]
//! #                                        ^^^ MP4006 htp
//!   rules: [{backendRefs: [{name: pay, port: 80}]}]
//! ```
//! ```yaml good
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: GRPCRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   parentRefs: [{name: edge, sectionName: http}, {name: other, namespace: elsewhere}, {kind: Service, group: "", name: cart}]
//!   rules: [{backendRefs: [{name: cart, port: 80}]}]
//! ```

use mp_ir::base::Level;
use mp_model::base::slip;
use mp_model::views::gateway::{GatewaySpec, ParentReference};
use mp_model::{Kind, Object, Text};

use crate::routes::{parents, routes};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4006",
    name: "route-parent-not-found",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("route_parent_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for route in routes(cx) {
        for (at, parent) in parents(cx, route).into_iter().enumerate() {
            let of_gateway = parent.kind().is_none_or(|kind| kind.value == "Gateway");
            let Some(name) = parent.name().filter(|_| of_gateway) else { continue };
            let namespace = parent.namespace().map_or(route.namespace.as_str(), |ns| ns.value);
            match cx.workspace.find(Kind::Gateway, namespace, name.value) {
                Some(gateway) => section(cx, out, (route, at), parent, gateway),
                None => missing(cx, out, (route, at), namespace, name),
            }
        }
    }
}

fn missing(cx: &Cx<'_>, out: &mut Findings, (route, at): (&Object, usize), namespace: &str, name: Text<'_>) {
    let mut near =
        cx.workspace.of_kind(Kind::Gateway).filter(|gateway| gateway.namespace == namespace).peekable();
    if near.peek().is_none() {
        let why = format!(
            "whether Gateway `{namespace}/{}` exists: no Gateway of its namespace is part of the input",
            name.value
        );
        return cx.unknown(&route.reference(), Some(name.span), why);
    }
    let alike: Vec<&Object> =
        near.filter(|gateway| slip([gateway.name.as_str()], name.value).is_some()).collect();
    let (meant, fix) = match alike.as_slice() {
        [one] => {
            let title = format!("write `{}`", one.name);
            (Some(*one), cx.workspace.replacement(name.span, name.value, &one.name, title))
        }
        _ => (None, None),
    };
    let help = meant.map_or_else(
        || "create the Gateway, or correct the name".to_owned(),
        |one| format!("did you mean `{}`?", one.name),
    );
    let message = format!("there is no Gateway `{namespace}/{}`", name.value);
    out.at(name.span, Some(&route.reference()), format!("spec.parentRefs[{at}].name"), message)
        .label("nothing takes the route here")
        .help(help)
        .fix(fix)
        .kiali("KIA1401");
}

fn section(
    cx: &Cx<'_>,
    out: &mut Findings,
    (route, at): (&Object, usize),
    parent: ParentReference<'_>,
    gateway: &Object,
) {
    let Some(section) = parent.section_name() else { return };
    let Some(spec) = cx.workspace.spec::<GatewaySpec<'_>>(gateway) else { return };
    let names: Vec<&str> =
        spec.listeners().iter().filter_map(|listener| listener.name().map(|name| name.value)).collect();
    // Listeners may stand in ListenerSets of their own, or be unreadable.
    let open = cx.workspace.of_kind(Kind::ListenerSet).next().is_some() || spec.0.has_gap();
    if names.contains(&section.value) || names.is_empty() || open {
        return;
    }
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("{} has no listener `{}`", gateway.reference(), section.value);
    out.at(section.span, Some(&route.reference()), format!("spec.parentRefs[{at}].sectionName"), message)
        .label("nothing takes the route here")
        .also(Some(gateway.name_span), format!("its listeners: {}", list.join(", ")))
        .help("write the name of a listener, or leave `sectionName` out");
}
