//! # Match on a gateway that the VirtualService is not bound to
//!
//! `gateways` of a match narrows the gateways of the VirtualService; it adds none. A gateway (or `mesh`) that only the match names never
//! carries the route.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - match: [{gateways: [istio-system/edge], uri: {prefix: /x}}]
//! #                       ^^^^^^^^^^^^^^^^^ MP1021 mesh
//!     directResponse: {status: 200}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   gateways: [mesh, istio-system/edge, own]
//!   http:
//!   - match: [{gateways: [istio-system/edge], uri: {prefix: /x}}]
//!     directResponse: {status: 200}
//!   - match: [{gateways: [own, mesh]}]
//!     directResponse: {status: 200}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: delegate, namespace: shop}
//! spec:
//!   http:
//!   - match: [{gateways: [istio-system/edge], uri: {prefix: /x}}]
//!     directResponse: {status: 200}
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::VirtualService;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1021",
    name: "match-gateway-not-bound",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("match_gateway_not_bound.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    // A delegate has no gateways of its own: it takes those of its root.
    for service in cx.mesh.virtual_services.iter().filter(|service| !service.hosts.is_empty()) {
        for (field, gateways) in matches(service) {
            let bound = |gateway: &At<String>| service.gateways.iter().any(|own| own.value == gateway.value);
            for gateway in gateways.iter().filter(|gateway| !bound(gateway)) {
                let names: Vec<String> = service.gateways.iter().map(|g| format!("`{}`", g.value)).collect();
                out.report(
                    gateway.origin,
                    &service.meta.object,
                    format!("{field}.gateways"),
                    format!("`{}` never carries this route", gateway.value),
                )
                .label(format!("the VirtualService is bound to {} alone", names.join(", ")))
                .help(format!("add `{}` to `spec.gateways`, or take it out here", gateway.value));
            }
        }
    }
}

/// The gateways of all matches with the place of the match.
fn matches(service: &VirtualService) -> Vec<(String, &[At<String>])> {
    let mut out: Vec<(String, &[At<String>])> = Vec::new();
    for (at, route) in service.http.iter().enumerate() {
        let each = route.matches.iter().enumerate();
        out.extend(each.map(|(n, m)| (format!("spec.http[{at}].match[{n}]"), m.gateways.as_slice())));
    }
    let tls = service.tls.iter().map(|route| ("tls", &route.matches)).enumerate();
    let tcp = service.tcp.iter().map(|route| ("tcp", &route.matches)).enumerate();
    for (at, (kind, all)) in tls.chain(tcp) {
        let each = all.iter().enumerate();
        out.extend(each.map(|(n, m)| (format!("spec.{kind}[{at}].match[{n}]"), m.gateways.as_slice())));
    }
    out
}
