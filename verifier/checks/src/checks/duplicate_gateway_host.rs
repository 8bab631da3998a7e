//! # Duplicate host on a gateway
//!
//! Two Gateways of the same workloads serve the same host on the same port and address. istiod keeps the server of the older
//! Gateway and drops the host from the other, so its certificate, its redirect or its routes are not used. Plain HTTP servers
//! of one port are merged and are fine.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: one, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers:
//!   - port: {number: 443, name: https, protocol: HTTPS}
//!     hosts: [shop.example]
//!     tls: {mode: SIMPLE, credentialName: one}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: two, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers:
//!   - port: {number: 443, name: https, protocol: HTTPS}
//!     hosts: [shop.example]
//! #           ^^^^^^^^^^^^ MP4001 older
//!     tls: {mode: SIMPLE, credentialName: two}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: one, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers:
//!   - port: {number: 80, name: http, protocol: HTTP}
//!     hosts: [shop.example]
//!   - port: {number: 443, name: https, protocol: HTTPS}
//!     hosts: [shop.example]
//!     tls: {mode: SIMPLE, credentialName: one}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: two, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers:
//!   - port: {number: 80, name: http, protocol: HTTP}
//!     hosts: [shop.example]
//!   - port: {number: 443, name: https, protocol: HTTPS}
//!     hosts: ["*.shop.example"]
//!     tls: {mode: SIMPLE, credentialName: two}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: other, namespace: istio-system}
//! spec:
//!   selector: {istio: eastwest}
//!   servers:
//!   - port: {number: 443, name: https, protocol: HTTPS}
//!     hosts: [shop.example]
//!     tls: {mode: SIMPLE, credentialName: one}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{At, Level};
use mp_ir::mesh::{Gateway, Labels, Server};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4001",
    name: "duplicate-gateway-host",
    level: Level::Error,
    istio: Some("IST0145"),
    kiali: Some("KIA0301"),
    source: include_str!("duplicate_gateway_host.rs"),
    run,
};

/// What makes two servers compete for a host: workloads, port, address, host.
type Slot<'a> = (&'a Labels, u32, &'a str, &'a str);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut taken: BTreeMap<Slot<'_>, (&Gateway, &At<String>)> = BTreeMap::new();
    for gateway in &cx.mesh.gateways {
        for (at, server) in gateway.servers.iter().enumerate() {
            if is_plain_http(server) {
                continue;
            }
            for host in &server.hosts {
                let name = host.value.rsplit_once('/').map_or(host.value.as_str(), |(_, name)| name);
                let slot = (&gateway.selector, server.port.value, server.bind.as_str(), name);
                match taken.get(&slot) {
                    None => {
                        taken.insert(slot, (gateway, host));
                    }
                    Some((first, place)) => report(out, (gateway, at, host), first, place),
                }
            }
        }
    }
}

fn is_plain_http(server: &Server) -> bool {
    server.tls.is_none() && server.protocol.is_http()
        || server.tls.as_ref().is_some_and(|tls| tls.https_redirect && server.protocol.is_http())
}

fn report(
    out: &mut Findings,
    (gateway, at, host): (&Gateway, usize, &At<String>),
    first: &Gateway,
    place: &At<String>,
) {
    out.report(
        host.origin,
        &gateway.meta.object,
        format!("spec.servers[{at}].hosts"),
        format!("host `{}` is served twice on one port", host.value),
    )
    .label(format!("dropped here: {} is older and keeps it", first.meta.object))
    .also(place.origin, "the server that is kept")
    .help("serve the host in one Gateway, or on another port");
}
