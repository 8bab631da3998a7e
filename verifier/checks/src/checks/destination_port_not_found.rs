//! # Destination port that the host does not have
//!
//! A route names a port of a host that has other ports. The cluster `outbound|port||host` does not exist, and the proxy answers 503 with flag `NC`. It is the port of the
//! Service that counts, not that of the Pod.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart, port: {number: 8080}}}]
//! #                                            ^^^^^^^^^^^^^^ MP1041 8080
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: vendor, namespace: shop}
//! spec: {hosts: ["*.vendor.example"], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     route: [{destination: {host: cart, port: {number: 80}}}]
//!   - match: [{uri: {prefix: /b}}]
//!     route: [{destination: {host: elsewhere.other.svc.cluster.local, port: {number: 1}}}]
//!   - route: [{destination: {host: cart}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Registry, Service};

use crate::destinations::{Place, destinations};
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1041",
    name: "destination-port-not-found",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("destination_port_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for Place { service, destination, field } in destinations(cx.mesh) {
        let host = destination.host.value.as_str();
        let (Some(port), Answer::Yes(found)) = (destination.port, cx.hosts.services(host)) else { continue };
        // HTTPRoutes are looked at as they are written.
        let generated = service.meta.name().contains('~');
        let tells =
            |service: &&Service| !service.ports.is_empty() && !service.hostname.value.starts_with('*');
        if generated || !found.iter().all(tells) || found.iter().any(|s| s.port(port.value).is_some()) {
            continue;
        }
        let Some(first) = found.first() else { continue };
        let ports: Vec<String> = first.ports.iter().take(8).map(|port| port.number.to_string()).collect();
        let kind = if first.registry == Registry::Kubernetes { "Service" } else { "ServiceEntry" };
        let message = format!("`{host}` has no port {}", port.value);
        out.report(port.origin, &service.meta.object, format!("{field}.port.number"), message)
            .label(format!("its ports are {}: requests get 503", ports.join(", ")))
            .also(first.hostname.origin.or(first.meta.origin), format!("the {kind}"))
            .help("write a port of the host, not of its Pods");
    }
}
