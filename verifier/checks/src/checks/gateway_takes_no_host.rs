//! # Gateway that takes none of the hosts
//!
//! A VirtualService is bound to a Gateway, and no server of the Gateway takes any of its hosts: they are other names, or their server admits other namespaces alone
//! (`namespace/host`). The gateway builds no route of it.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [other.example, "ops/www.example"]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [www.example]
//! #         ^^^^^^^^^^^ MP1039 shop/edge
//!   gateways: [edge]
//!   http: [{directResponse: {status: 200}}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.example", "./a.b"]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec: {hosts: [www.example, x.y], gateways: [edge, mesh], http: [{directResponse: {status: 200}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: all, namespace: shop}
//! spec: {hosts: ["*"], gateways: [edge], http: [{directResponse: {status: 200}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: elsewhere, namespace: shop}
//! spec: {hosts: [x.y], gateways: [other/edge], http: [{directResponse: {status: 200}}]}
//! ```

use mp_ir::base::Level;

use crate::gateways::{bound, serves};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1039",
    name: "gateway-takes-no-host",
    level: Level::Warning,
    istio: Some("IST0132"),
    kiali: None,
    source: include_str!("gateway_takes_no_host.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    // Names with `~` are those of HTTPRoutes, which are attached by rules of their own.
    for service in cx.mesh.virtual_services.iter().filter(|service| !service.meta.name().contains('~')) {
        let Some(host) = service.hosts.first() else { continue };
        for gateway in bound(cx.mesh, service) {
            if gateway.servers.is_empty()
                || gateway.servers.iter().any(|server| serves(gateway, server, service))
            {
                continue;
            }
            let takes: Vec<String> = gateway
                .servers
                .iter()
                .flat_map(|s| &s.hosts)
                .take(5)
                .map(|h| format!("`{}`", h.value))
                .collect();
            let first = gateway.servers.iter().flat_map(|s| &s.hosts).next().and_then(|h| h.origin);
            let message = format!("{} takes none of the hosts", gateway.meta.object);
            out.report(host.origin, &service.meta.object, "spec.hosts", message)
                .label(format!("the Gateway takes {}: no route is built there", takes.join(", ")))
                .also(first, "the hosts of the Gateway")
                .help("add the host to a server of the Gateway, or bind the VirtualService to another one");
        }
    }
}
