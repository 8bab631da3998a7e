//! Where a call begins: the address that a name means to a caller, and the listener at which a gateway takes it.

use std::net::IpAddr;

use mp_ir::mesh::{EndpointAddress, Mesh};
use mp_ir::plan::{Listener, Plan};

/// The address that a Pod of a namespace dials for a host; `None` when only DNS outside knows.
#[must_use]
pub fn dialled(mesh: &Mesh, namespace: &str, host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let domain = &mesh.settings.domain;
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    let tried = [
        format!("{lower}.{namespace}.svc.{domain}"),
        format!("{lower}.svc.{domain}"),
        format!("{lower}.{domain}"),
        lower.clone(),
    ];
    let at = tried.iter().find_map(|name| mesh.services.iter().position(|s| s.hostname.value == *name))?;
    let service = mesh.services.get(at)?;
    let real = |text: &String| text.parse::<IpAddr>().ok().filter(|ip| !ip.is_unspecified());
    let own = service.addresses.iter().find_map(real).or_else(|| service.auto_addresses.first().copied());
    own.or_else(|| {
        let endpoints = mesh.endpoints.get(at)?;
        endpoints.iter().find_map(|endpoint| match &endpoint.address {
            EndpointAddress::Host(host) => host.parse().ok(),
            EndpointAddress::Unix(_) => None,
        })
    })
}

/// The listener of a gateway that takes calls of a port of its Service.
#[must_use]
pub fn entrance(plan: &Plan, port: u32) -> Option<&Listener> {
    let ports = plan.proxy.arrives_at(port);
    plan.listeners.iter().find(|l| l.bind_to_port && ports.contains(&l.address.port))
}
