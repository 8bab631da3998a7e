//! # Wildcard host that is resolved to fixed endpoints
//!
//! A ServiceEntry with a wildcard host and DNS resolution has to name endpoints. Every name below the wildcard is then sent to these endpoints, also names that
//! nobody meant to open, with the server name that the client asked for. That is right where one server serves all of the names; this is information, not a
//! mistake.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: cdn, namespace: shop}
//! spec:
//!   hosts: ["*.cdn.example"]
//! #         ^^^^^^^^^^^^^^^ MP1023 origin.cdn.example
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: DNS
//!   endpoints: [{address: origin.cdn.example}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: cdn, namespace: shop}
//! spec:
//!   hosts: [img.cdn.example]
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: DNS
//!   endpoints: [{address: origin.cdn.example}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: any, namespace: shop}
//! spec:
//!   hosts: ["*.any.example"]
//!   ports: [{name: https, number: 443, protocol: TLS}]
//!   resolution: NONE
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Endpoint, EndpointAddress, Registry};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1023",
    name: "wildcard-host-one-endpoint",
    level: Level::Info,
    istio: None,
    kiali: None,
    source: include_str!("wildcard_host_one_endpoint.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (at, service) in cx.mesh.services.iter().enumerate() {
        let host = &service.hostname;
        if service.registry != Registry::External || !host.value.starts_with('*') || !service.is_dns() {
            continue;
        }
        let Some(first) = cx.mesh.endpoints.get(at).and_then(|all| all.first()) else { continue };
        out.report(
            host.origin,
            &service.meta.object,
            "spec.hosts",
            format!("every name that `{}` covers is sent to `{}`", host.value, address(first)),
        )
        .label("names that nobody meant to open, too")
        .also(first.origin, "the endpoint")
        .help("name the hosts that are meant, or resolve them with `DYNAMIC_DNS`");
    }
}

fn address(endpoint: &Endpoint) -> &str {
    match &endpoint.address {
        EndpointAddress::Host(host) => host,
        EndpointAddress::Unix(path) => path,
    }
}
