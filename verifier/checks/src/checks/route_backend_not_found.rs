//! # Route to a Service that is not there or not granted
//!
//! A route of the Gateway API names a Service that does not exist, a port that it does not have, or a Service of another namespace without a ReferenceGrant that permits it.
//! istiod answers 500 for this share of the requests. Nothing is said of namespaces whose Services are not part of the input.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: pay, namespace: till}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1beta1
//! kind: ReferenceGrant
//! metadata: {name: other, namespace: till}
//! spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service, name: other}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   rules:
//!   - backendRefs: [{name: crat, port: 80}, {name: cart, port: 8080}]
//! #                        ^^^^ MP4007 crat
//! #                                         ^^^^^^^^^^^^^^^^^^^^^^^^ MP4007 8080
//!   - backendRefs: [{name: pay, namespace: till, port: 80}]
//! #                        ^^^ MP4007 ReferenceGrant
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: pay, namespace: till}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1beta1
//! kind: ReferenceGrant
//! metadata: {name: shop, namespace: till}
//! spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   rules:
//!   - backendRefs: [{name: cart, port: 80}, {name: pay, namespace: till, port: 80}]
//!   - backendRefs: [{name: elsewhere, namespace: other, port: 80}]
//!   - backendRefs: [{group: networking.istio.io, kind: Hostname, name: api.vendor.example, port: 443}]
//! ```

use mp_ir::base::Level;
use mp_model::views::gateway::{BackendRef, ReferenceGrantSpec};
use mp_model::{Kind, Object, Text};

use crate::routes::{backends, routes};
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4007",
    name: "route-backend-not-found",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("route_backend_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for route in routes(cx) {
        for (field, backend) in backends(cx, route) {
            let of_service = backend.kind().is_none_or(|kind| kind.value == "Service")
                && backend.group().is_none_or(|group| group.value.is_empty());
            let Some(name) = backend.name().filter(|_| of_service) else { continue };
            look(cx, out, (route, &field), backend, name);
        }
    }
}

fn look(
    cx: &Cx<'_>,
    out: &mut Findings,
    (route, field): (&Object, &str),
    backend: BackendRef<'_>,
    name: Text<'_>,
) {
    let namespace = backend.namespace().map_or(route.namespace.as_str(), |ns| ns.value);
    let host = format!("{}.{namespace}.svc.{}", name.value, cx.mesh.settings.domain);
    let object = route.reference();
    let services = match cx.hosts.services(&host) {
        Answer::Yes(services) => services,
        Answer::Unknown => return cx.unknown(&object, Some(name.span), cx.hosts.open(&host)),
        Answer::No => return missing(cx, out, (route, field), namespace, name),
    };
    if namespace != route.namespace && !granted(cx, route, namespace, name.value) {
        out.at(
            name.span,
            Some(&object),
            format!("{field}.name"),
            format!("no ReferenceGrant of `{namespace}` permits Service `{}`", name.value),
        )
        .label("requests get 500")
        .help(format!("add a ReferenceGrant to `{namespace}` for routes of `{}`", route.namespace))
        .kiali("KIA1402");
    }
    port_of(out, (route, field), backend, (name, &services));
}

/// Whether the Service has the port.
fn port_of(
    out: &mut Findings,
    (route, field): (&Object, &str),
    backend: BackendRef<'_>,
    (name, services): (Text<'_>, &[&mp_ir::mesh::Service]),
) {
    let Some(port) = backend.port() else { return };
    let has =
        |service: &&&mp_ir::mesh::Service| service.ports.iter().any(|own| i64::from(own.number) == port);
    if services.iter().find(has).is_none() && services.iter().any(|service| !service.ports.is_empty()) {
        let service = services.first().and_then(|service| service.meta.origin);
        out.at(
            backend.0.span(),
            Some(&route.reference()),
            format!("{field}.port"),
            format!("Service `{}` has no port {port}", name.value),
        )
        .label("requests get 500")
        .also(service, "the Service")
        .help("write a port of the Service, not of its Pods");
    }
}

fn missing(
    cx: &Cx<'_>,
    out: &mut Findings,
    (route, field): (&Object, &str),
    namespace: &str,
    name: Text<'_>,
) {
    let suffix = format!(".{namespace}.svc.{}", cx.mesh.settings.domain);
    let host = format!("{}{suffix}", name.value);
    let near = cx.hosts.similar(&host).and_then(|near| near.strip_suffix(suffix.as_str()));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "create the Service, or correct the name".to_owned(),
    };
    let message = format!("there is no Service `{namespace}/{}`", name.value);
    out.at(name.span, Some(&route.reference()), format!("{field}.name"), message)
        .label("requests get 500")
        .help(help)
        .kiali("KIA1402");
}

/// Whether a ReferenceGrant lets routes of this kind and namespace name the Service.
fn granted(cx: &Cx<'_>, route: &Object, namespace: &str, name: &str) -> bool {
    let kind = route.reference().kind;
    let mut grants = cx.workspace.of_kind(Kind::ReferenceGrant).filter(|grant| grant.namespace == namespace);
    grants.any(|grant| {
        let Some(spec) = cx.workspace.spec::<ReferenceGrantSpec<'_>>(grant) else { return true };
        let is = |text: Option<Text<'_>>, wanted: &str| text.is_some_and(|text| text.value == wanted);
        let from =
            spec.from().iter().any(|from| is(from.kind(), &kind) && is(from.namespace(), &route.namespace));
        let to = spec.to().iter().any(|to| {
            is(to.kind(), "Service") && to.name().is_none_or(|own| own.value.is_empty() || own.value == name)
        });
        spec.0.has_gap() || from && to
    })
}
