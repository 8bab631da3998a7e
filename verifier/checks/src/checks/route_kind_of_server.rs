//! # Routes of a kind that the gateway's server does not read
//!
//! A server that passes TLS through reads `tls` routes alone, one that ends TLS or speaks plain HTTP reads `http` routes, and one for bytes reads
//! `tcp` routes. Routes of another kind are ignored: without any route of its kind the server has no filter chain for the host, and connections are reset.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - hosts: [sec.example]
//!     port: {number: 443, name: tls, protocol: TLS}
//!     tls: {mode: PASSTHROUGH}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: sec, namespace: shop}
//! spec:
//!   hosts: [sec.example]
//!   gateways: [edge]
//!   http:
//!   - route: [{destination: {host: cart}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP4002 `http` routes
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - hosts: [sec.example]
//!     port: {number: 443, name: tls, protocol: TLS}
//!     tls: {mode: PASSTHROUGH}
//!   - hosts: ["shop/web.example"]
//!     port: {number: 8443, name: https, protocol: HTTPS}
//!     tls: {mode: SIMPLE, credentialName: web}
//!   - hosts: ["*.bytes.example"]
//!     port: {number: 9443, name: bytes, protocol: TLS}
//!     tls: {mode: SIMPLE, credentialName: web}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: sec, namespace: shop}
//! spec:
//!   hosts: [sec.example, web.example]
//!   gateways: [edge]
//!   tls:
//!   - match: [{sniHosts: [sec.example]}]
//!     route: [{destination: {host: cart}}]
//!   http:
//!   - route: [{destination: {host: cart}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: bytes, namespace: shop}
//! spec:
//!   hosts: [a.bytes.example]
//!   gateways: [edge]
//!   tcp:
//!   - route: [{destination: {host: cart}}]
//! ```

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{Gateway, Server, VirtualService};

use crate::gateways::{Reads, bound, reads, serves};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4002",
    name: "route-kind-of-server",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("route_kind_of_server.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        let mut servers: Vec<(&Gateway, &Server)> = Vec::new();
        for gateway in bound(cx.mesh, service) {
            servers
                .extend(gateway.servers.iter().filter(|s| serves(gateway, s, service)).map(|s| (gateway, s)));
        }
        let in_mesh = service.gateways.iter().any(|g| g.value == "mesh");
        if in_mesh || servers.is_empty() {
            continue;
        }
        for (kind, field, first) in kinds(service) {
            let Some(place) = first else { continue };
            if servers.iter().all(|(_, server)| reads(server) != kind) {
                report(out, service, (field, place), &servers);
            }
        }
    }
}

/// The kinds of routes with the place of the first one.
fn kinds(service: &VirtualService) -> [(Reads, &'static str, Option<Origin>); 3] {
    [
        (Reads::Http, "http", service.http.first().map(|r| r.origin)),
        (Reads::Tls, "tls", service.tls.first().map(|r| r.origin)),
        (Reads::Tcp, "tcp", service.tcp.first().map(|r| r.origin)),
    ]
}

fn report(
    out: &mut Findings,
    service: &VirtualService,
    (field, place): (&str, Origin),
    servers: &[(&Gateway, &Server)],
) {
    let Some((gateway, server)) = servers.first() else { return };
    let want = match reads(server) {
        Reads::Http => "http",
        Reads::Tls => "tls",
        Reads::Tcp => "tcp",
    };
    out.report(
        place,
        &service.meta.object,
        format!("spec.{field}"),
        format!("no server of {} for these hosts reads `{field}` routes", gateway.meta.object),
    )
    .label("ignored: the connections are not routed")
    .also(server.origin, format!("this server reads `{want}` routes"))
    .help(format!("write `{want}` routes, or change the server's protocol or TLS mode"));
}
