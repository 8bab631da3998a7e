//! # Port name outside the convention
//!
//! A Service port says its protocol by `appProtocol`, by the part of its name before the first `-`, or by a well-known
//! number. Without that the proxy looks at the first bytes of each connection: server-first protocols stall until the
//! detection gives up, and HTTP policies may not apply.
//!
//! Services of gateways are not looked at: there the Gateway says the protocol.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   ports:
//!   - port: 80
//!     name: web
//! #         ^^^ MP1010 protocol
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   ports:
//!   - {port: 80, name: http-web}
//!   - {port: 81, name: web, appProtocol: http2}
//!   - {port: 3306, name: db}
//!   - {port: 53, name: dns, protocol: UDP}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: edge, app: edge}
//!   ports: [{port: 15021, name: status-port}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Registry, Resolution, Service};
use mp_model::Kind;

use crate::hosts::carries;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1010",
    name: "port-name-convention",
    level: Level::Info,
    istio: Some("IST0118"),
    kiali: Some("KIA0601"),
    source: include_str!("port_name_convention.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.services {
        if service.registry != Registry::Kubernetes
            || service.resolution == Resolution::Alias
            || leads_to_gateway(cx, service)
        {
            continue;
        }
        for (at, port) in service.ports.iter().enumerate().filter(|(_, port)| port.protocol.is_sniffed()) {
            let object = cx.workspace.find(Kind::Service, service.meta.namespace(), service.meta.name());
            let node = object
                .and_then(|o| cx.workspace.root(o))
                .and_then(|root| root.get("spec")?.get("ports")?.items().nth(at));
            let name = node.and_then(|n| n.get("name")).map(mp_model::Node::span);
            out.report(
                name.or(port.origin),
                &service.meta.object,
                format!("spec.ports[{at}].name"),
                format!("the protocol of port {} is not stated", port.number),
            )
            .label("its name does not begin with a protocol that Istio knows")
            .help("name it `<protocol>[-<suffix>]`, such as `http-web` or `tcp`, or set `appProtocol`");
        }
    }
}

fn leads_to_gateway(cx: &Cx<'_>, service: &Service) -> bool {
    cx.mesh.gateways.iter().any(|g| !g.selector.is_empty() && carries(&service.selector, &g.selector))
}
