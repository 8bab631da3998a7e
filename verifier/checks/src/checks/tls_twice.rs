//! # TLS inside of TLS
//!
//! A DestinationRule makes the proxy begin TLS on a port whose protocol says that the application speaks TLS itself (`HTTPS`, `TLS`). The proxy wraps
//! one TLS session into another, and the handshake with the server fails. Ports that routes lead to are left out: there plain HTTP
//! that came in on another port is what gets TLS.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   hosts: [api.pay.example]
//!   ports: [{name: https, number: 443, protocol: HTTPS}]
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   host: api.pay.example
//!   trafficPolicy:
//!     tls: {mode: SIMPLE, sni: api.pay.example}
//! #               ^^^^^^ MP2002 speaks TLS itself
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   hosts: [api.pay.example]
//!   ports: [{name: http, number: 80, protocol: HTTP, targetPort: 443}, {name: https, number: 443, protocol: HTTPS}]
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   host: api.pay.example
//!   trafficPolicy:
//!     portLevelSettings:
//!     - {port: {number: 80}, tls: {mode: SIMPLE}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: routed, namespace: shop}
//! spec:
//!   hosts: [routed.example]
//!   ports: [{name: http, number: 80, protocol: HTTP}, {name: https, number: 443, protocol: HTTPS}]
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: routed, namespace: shop}
//! spec:
//!   hosts: [routed.example]
//!   http:
//!   - match: [{port: 80}]
//!     route: [{destination: {host: routed.example, port: {number: 443}}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: routed, namespace: shop}
//! spec:
//!   host: routed.example
//!   trafficPolicy:
//!     portLevelSettings:
//!     - {port: {number: 443}, tls: {mode: SIMPLE}}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{ClientTls, ClientTlsMode, DestinationRule, Port, Service};

use crate::destinations::destinations;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP2002",
    name: "tls-twice",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("tls_twice.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for rule in &cx.mesh.destination_rules {
        let Answer::Yes(services) = cx.hosts.services(&rule.host.value) else { continue };
        let Some(policy) = &rule.traffic_policy else { continue };
        let ports =
            services.iter().flat_map(|service| service.ports.iter().map(move |port| (*service, port)));
        let twice = ports.filter(|(_, port)| port.protocol.is_tls()).find_map(|(service, port)| {
            let own = policy.port_level.get(&port.number);
            let tls = own.map_or(policy.tls.as_ref(), |own| own.tls.as_ref())?;
            let begins = matches!(tls.mode, ClientTlsMode::Simple | ClientTlsMode::Mutual);
            (begins && !is_routed(cx, service, port)).then_some((service, port, tls, own.is_some()))
        });
        if let Some((service, port, tls, of_port)) = twice {
            report(cx, out, rule, (service, port), (tls, of_port));
        }
    }
}

/// Whether some route sends its HTTP requests to the port.
fn is_routed(cx: &Cx<'_>, service: &Service, port: &Port) -> bool {
    destinations(cx.mesh).filter(|place| place.field.starts_with("spec.http")).any(|place| {
        let to = place.destination;
        to.host.value == service.hostname.value && to.port.is_none_or(|number| number.value == port.number)
    })
}

fn report(
    cx: &Cx<'_>,
    out: &mut Findings,
    rule: &DestinationRule,
    (service, port): (&Service, &Port),
    (tls, of_port): (&ClientTls, bool),
) {
    let path = "spec.trafficPolicy.tls.mode";
    let mode = if of_port { None } else { cx.place(&rule.meta.object, path) };
    let message = format!(
        "TLS on port {} of `{}`, where the application speaks TLS already",
        port.number, service.hostname.value
    );
    out.report(mode.or(tls.origin), &rule.meta.object, path, message)
        .label("the application speaks TLS itself: the proxy wraps it once more")
        .also(port.origin, format!("the protocol of the port is {}", port.protocol.as_str()))
        .help("leave `tls` out, or give clients a port with protocol HTTP and `targetPort: 443`");
}
