//! # Short host name that means another namespace
//!
//! A host without dots is completed with the namespace of its VirtualService, not with that of the Service. There is no such Service there, but one of the name in
//! another namespace: the routes are for a host that nobody calls.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: tool, namespace: ops}
//! spec: {clusterIP: 10.0.0.2, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: ops}
//! spec:
//!   hosts: [cart]
//! #         ^^^^ MP1029 cart.ops.svc.cluster.local
//!   http:
//!   - route: [{destination: {host: cart.shop.svc.cluster.local}}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: tool, namespace: ops}
//! spec: {clusterIP: 10.0.0.2, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: virtual, namespace: ops}
//! spec:
//!   hosts: [entry, cart.shop.svc.cluster.local]
//!   http:
//!   - route: [{destination: {host: cart.shop.svc.cluster.local}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: edge, namespace: ops}
//! spec:
//!   hosts: [cart]
//!   gateways: [edge]
//!   http:
//!   - route: [{destination: {host: cart.shop.svc.cluster.local}}]
//! ```

use mp_ir::base::{At, Fix, Level};
use mp_ir::mesh::{Registry, Service, VirtualService};

use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1029",
    name: "short-host-name",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("short_host_name.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        if !service.gateways.iter().any(|gateway| gateway.value == "mesh") {
            continue;
        }
        for host in &service.hosts {
            let own = cx.hosts.cluster_namespace(&host.value) == Some(service.meta.namespace());
            let short = written(cx, host).is_some_and(|text| !text.contains('.'));
            if !own || !short || !matches!(cx.hosts.services(&host.value), Answer::No) {
                continue;
            }
            if let Some(meant) = namesake(cx, &host.value) {
                report(cx, out, service, host, meant);
            }
        }
    }
}

/// The name as it stands in the file.
fn written<'a>(cx: &Cx<'a>, host: &At<String>) -> Option<&'a str> {
    host.origin.map(|span| cx.workspace.sources().slice(span).trim_matches(['"', '\'']))
}

/// A Service of the same name in another namespace.
fn namesake<'a>(cx: &Cx<'a>, host: &str) -> Option<&'a Service> {
    let name = host.split('.').next()?;
    let of_name = |s: &&Service| s.registry == Registry::Kubernetes && s.meta.name() == name;
    cx.mesh.services.iter().find(of_name)
}

fn report(cx: &Cx<'_>, out: &mut Findings, service: &VirtualService, host: &At<String>, meant: &Service) {
    out.report(
        host.origin,
        &service.meta.object,
        "spec.hosts",
        format!("the host is `{}`, and there is no such service", host.value),
    )
    .label(format!("completed with `{}`, the namespace of the VirtualService", service.meta.namespace()))
    .also(meant.meta.origin, "this Service has the name")
    .help(format!("write `{}`", meant.hostname.value))
    .fix(full_name(cx, host, meant));
}

/// The full name in the place of the short one, if one Service alone has it.
fn full_name(cx: &Cx<'_>, host: &At<String>, meant: &Service) -> Option<Fix> {
    let of_name = |s: &&Service| s.registry == Registry::Kubernetes && s.meta.name() == meant.meta.name();
    let full = &meant.hostname.value;
    let written = written(cx, host).filter(|_| cx.mesh.services.iter().filter(of_name).count() == 1)?;
    cx.workspace.replacement(host.origin?, written, full, format!("write `{full}`"))
}
