//! # Gateways that share a certificate
//!
//! Two Gateways on the same Pods and port serve different hosts with one certificate. A client that has an HTTP/2 connection for one host may reuse it for the other,
//! because the certificate covers both: the proxy chose the first Gateway's routes when the connection was made, and answers 404 for the other host.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: [a.example], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: wild}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: [b.example], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: wild}}
//! #                                                                                                               ^^^^ MP4005 shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: [a.example], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: wild}}
//!   - {hosts: [c.example], port: {number: 443, name: https-c, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: wild}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: shop}
//! spec:
//!   selector: {istio: edge}
//!   servers:
//!   - {hosts: [b.example], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: b}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: other, namespace: shop}
//! spec:
//!   selector: {istio: other}
//!   servers:
//!   - {hosts: [d.example], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: wild}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{At, Level};
use mp_ir::mesh::{Gateway, Labels, Server};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4005",
    name: "shared-certificate",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("shared_certificate.rs"),
    run,
};

/// What makes two servers share connections: workloads, port, address, certificate.
type Slot<'a> = (&'a Labels, u32, &'a str, &'a str);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut first: BTreeMap<Slot<'_>, (&Gateway, &At<String>)> = BTreeMap::new();
    for gateway in cx.mesh.gateways.iter().filter(|gateway| gateway.services.is_empty()) {
        for (at, server) in gateway.servers.iter().enumerate() {
            let Some(certificate) = certificate(server) else { continue };
            let slot =
                (&gateway.selector, server.port.value, server.bind.as_str(), certificate.value.as_str());
            let (other, place) = *first.entry(slot).or_insert((gateway, certificate));
            if other.meta.object == gateway.meta.object {
                continue;
            }
            out.report(
                certificate.origin,
                &gateway.meta.object,
                format!("spec.servers[{at}].tls.credentialName"),
                format!("{} serves other hosts with this certificate on the same port", other.meta.object),
            )
            .label("clients reuse HTTP/2 connections of the other hosts: 404")
            .also(place.origin, "the same certificate")
            .help("serve all hosts of a certificate in one Gateway, or give each its own certificate");
        }
    }
}

/// The certificate of a server that ends TLS.
fn certificate(server: &Server) -> Option<&At<String>> {
    let tls = server.tls.as_ref()?;
    (!tls.credential_name.value.is_empty()).then_some(&tls.credential_name)
}
