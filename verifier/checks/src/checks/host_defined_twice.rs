//! # Host defined twice
//!
//! Two ServiceEntries define one host for the same clients, and differ in what it is: how it is resolved, or what its ports speak. Each
//! client takes one of the two, that of its own namespace first and otherwise the older one, so that one team's traffic goes where another team's entry leads.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   hosts: [api.pay.example]
//! #         ^^^^^^^^^^^^^^^ MP1015 ops/pay
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: ops}
//! spec:
//!   hosts: [api.pay.example]
//! #         ^^^^^^^^^^^^^^^ MP1015 shop/pay
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: STATIC
//!   endpoints: [{address: 192.0.2.5}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   hosts: [api.pay.example, same.example]
//!   exportTo: ["."]
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: DNS
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: pay, namespace: ops}
//! spec:
//!   hosts: [api.pay.example]
//!   exportTo: ["."]
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: STATIC
//!   endpoints: [{address: 192.0.2.5}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: same, namespace: ops}
//! spec:
//!   hosts: [same.example]
//!   ports: [{name: https, number: 443, protocol: TLS}, {name: http, number: 80, protocol: HTTP}]
//!   resolution: DNS
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_ir::mesh::{Registry, Service};

use crate::selection::seen_together;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1015",
    name: "host-defined-twice",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1212"),
    source: include_str!("host_defined_twice.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut by_host: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in cx.mesh.services.iter().filter(|s| s.registry == Registry::External) {
        let all = by_host.entry(&service.hostname.value).or_default();
        // A ServiceEntry with several addresses is as many services.
        if !all.iter().any(|other| other.meta.object == service.meta.object) {
            all.push(service);
        }
    }
    for services in by_host.values() {
        for service in services {
            let other = services.iter().filter(|other| {
                let (a, b) = ((&service.meta, &service.visibility), (&other.meta, &other.visibility));
                service.meta.object != other.meta.object && seen_together(cx.mesh, a, b)
            });
            let mut differing = other.filter_map(|other| Some((other, difference(service, other)?)));
            let Some((other, (what, kiali))) = differing.next() else {
                continue;
            };
            out.report(
                service.hostname.origin,
                &service.meta.object,
                "spec.hosts",
                format!("`{}` is defined by {} too, with {what}", service.hostname.value, other.meta.object),
            )
            .label("clients take one of the two")
            .also(other.hostname.origin, "the other definition")
            .help("define the host once, or keep each to its namespace with `exportTo: [\".\"]`")
            .kiali(kiali);
        }
    }
}

/// What makes the two send traffic elsewhere or in another way.
fn difference(a: &Service, b: &Service) -> Option<(&'static str, &'static str)> {
    if a.resolution != b.resolution {
        return Some(("another resolution", "KIA1211"));
    }
    let differs =
        |port: &mp_ir::mesh::Port| b.port(port.number).is_some_and(|other| other.protocol != port.protocol);
    a.ports.iter().any(differs).then_some(("another protocol on a port", "KIA1212"))
}
