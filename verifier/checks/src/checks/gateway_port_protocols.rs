//! # Servers of different sorts on one gateway port
//!
//! Gateways that select the same Pods are merged, the oldest first. A port speaks plain HTTP, or TLS, or bytes: a server of another sort on a port that an
//! older one has is dropped, and its hosts are not served.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a-web, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: ["*.example"], port: {number: 8080, name: http, protocol: HTTP}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b-raw, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: ["*"], port: {number: 8080, name: tcp, protocol: TCP}}
//! #                                 ^^^^ MP4003 dropped
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: web, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: ["*.example"], port: {number: 8080, name: http, protocol: HTTP}}
//!   - {hosts: ["*.grpc.example"], port: {number: 8080, name: grpc, protocol: GRPC}}
//!   - {hosts: ["a.tls.example"], port: {number: 8443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}}
//!   - {hosts: ["b.tls.example"], port: {number: 8443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: b}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: raw, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: ["*"], port: {number: 9090, name: tcp, protocol: TCP}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: other, namespace: shop}
//! spec:
//!   selector: {istio: other}
//!   servers:
//!   - {hosts: ["*"], port: {number: 8080, name: tcp, protocol: TCP}}
//! ```

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{Gateway, Server};

use crate::hosts::{carries, workloads_of_mesh};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4003",
    name: "gateway-port-protocols",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("gateway_port_protocols.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut kept: Vec<(&Gateway, &Server)> = Vec::new();
    for gateway in &cx.mesh.gateways {
        for (at, server) in gateway.servers.iter().enumerate() {
            let clash = kept.iter().find(|(other, first)| {
                (first.port.value, &first.bind) == (server.port.value, &server.bind)
                    && sort(first) != sort(server)
                    && share_pods(cx, other, gateway)
            });
            match clash {
                None => kept.push((gateway, server)),
                Some((other, first)) => {
                    let field = format!("spec.servers[{at}].port.number");
                    let place =
                        cx.place(&gateway.meta.object, &field).or(server.port.origin).or(server.origin);
                    report(out, (gateway, field, place), (other, first));
                }
            }
        }
    }
}

/// What a port speaks: its word for people (`pilot/pkg/model/gateway.go`, `mergeGateways` and `canMergeProtocols`).
fn sort(server: &Server) -> &'static str {
    match server.protocol {
        protocol if protocol.is_http() => "HTTP",
        protocol if protocol.is_tls() => "TLS",
        _ => "bytes",
    }
}

/// Whether both stand on the same Pods; without any known Pod, whether they ask for the same labels.
fn share_pods(cx: &Cx<'_>, a: &Gateway, b: &Gateway) -> bool {
    let services = || a.services.iter().any(|service| b.services.contains(service));
    let by_services = !a.services.is_empty() || !b.services.is_empty();
    if by_services {
        return services();
    }
    let both = |labels| carries(labels, &a.selector) && carries(labels, &b.selector);
    a.selector == b.selector || workloads_of_mesh(cx.mesh).any(|workload| both(workload.labels()))
}

fn report(
    out: &mut Findings,
    (gateway, field, place): (&Gateway, String, Origin),
    (other, first): (&Gateway, &Server),
) {
    let message = format!("port {} speaks {} already", first.port.value, sort(first));
    out.report(place, &gateway.meta.object, field, message)
        .label(format!("dropped: {} is older and keeps the port", other.meta.object))
        .also(first.port.origin, "the server that is kept")
        .help("take another port");
}
