//! # TCP service that takes a port from HTTP services
//!
//! A TCP port without an address of its own listens on every address (`0.0.0.0:80`), and so do the HTTP ports of that number. Only one of
//! the two can have the listener: either calls of the HTTP services are sent to the TCP service, or the TCP service is not there.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: legacy, namespace: shop}
//! spec:
//!   hosts: [legacy.example]
//!   ports:
//!   - {name: tcp, number: 80, protocol: TCP}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1013 port 80
//!   resolution: DNS
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: addressed, namespace: shop}
//! spec:
//!   hosts: [addressed.example]
//!   addresses: [192.0.2.1]
//!   ports:
//!   - {name: tcp, number: 80, protocol: TCP}
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: elsewhere, namespace: shop}
//! spec:
//!   hosts: [elsewhere.example]
//!   ports:
//!   - {name: tcp, number: 5432, protocol: TCP}
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: hidden, namespace: pay}
//! spec:
//!   hosts: [hidden.example]
//!   exportTo: ["~"]
//!   ports:
//!   - {name: tcp, number: 80, protocol: TCP}
//!   resolution: DNS
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_ir::mesh::{Port, Registry, Resolution, Service};

use crate::selection::seen_together;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1013",
    name: "tcp-takes-http-port",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("tcp_takes_http_port.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut http: BTreeMap<u32, Vec<(&Service, &Port)>> = BTreeMap::new();
    for service in cx.mesh.services.iter().filter(|s| s.resolution != Resolution::Alias) {
        for port in service.ports.iter().filter(|port| port.protocol.is_http()) {
            http.entry(port.number).or_default().push((service, port));
        }
    }
    for service in cx.mesh.services.iter().filter(|s| s.registry == Registry::External && is_everywhere(s)) {
        let raw = |port: &Port| port.protocol.is_tcp() && !port.protocol.is_tls();
        for (at, port) in service.ports.iter().enumerate().filter(|(_, port)| raw(port)) {
            let mut others = http.get(&port.number).into_iter().flatten();
            let both = |other: &Service| {
                let (a, b) = ((&service.meta, &service.visibility), (&other.meta, &other.visibility));
                seen_together(cx.mesh, a, b)
            };
            let Some((other, place)) = others.find(|(other, _)| both(other)) else { continue };
            out.report(
                port.origin,
                &service.meta.object,
                format!("spec.ports[{at}]"),
                format!(
                    "TCP port {} of `{}` collides with HTTP services",
                    port.number, service.hostname.value
                ),
            )
            .label("without an address it takes the port on every address")
            .also(place.origin, format!("`{}` speaks HTTP on the port", other.hostname.value))
            .help("give the ServiceEntry `addresses`, or its port another number");
        }
    }
}

/// Whether its listeners bind to every address.
fn is_everywhere(service: &Service) -> bool {
    service.auto_addresses.is_empty() && service.addresses.iter().all(|address| address == "0.0.0.0")
}
