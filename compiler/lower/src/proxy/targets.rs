//! Which service ports a proxy's workload serves (`GetProxyServiceTargets` of both registries).

use std::collections::BTreeSet;

use mp_ir::mesh::{EndpointAddress, Mesh, Port, Registry, Resolution, Service, TargetPort, Workload};
use mp_ir::plan::{ProxyView, ServiceTarget};

use crate::Index;
use crate::facts::{is_pod, selects, target_port};

/// All targets, oldest service first (`Proxy.SetServiceTargets`).
pub(super) fn of(
    mesh: &Mesh,
    _index: &Index,
    proxy: &ProxyView,
    pod: Option<&Workload>,
) -> Vec<ServiceTarget> {
    let mut out = of_kubernetes(mesh, proxy, pod);
    out.extend(of_entries(mesh, proxy));
    let key = |target: &ServiceTarget| {
        let service = mesh.services.get(target.service);
        service.map(|s| (time(s), s.hostname.value.as_str()))
    };
    out.sort_by(|a, b| key(a).cmp(&key(b)));
    out
}

/// Creation time for comparison: a Kubernetes object without one is old, a ServiceEntry without one young.
fn time(service: &Service) -> (i64, u32) {
    match (service.meta.created, service.registry) {
        (Some(time), _) => (time, 0),
        (None, Registry::Kubernetes) => (i64::MIN, 0),
        (None, Registry::External) => (i64::MAX, service.meta.order),
    }
}

fn kubernetes<'m>(mesh: &'m Mesh, namespace: &'m str) -> impl Iterator<Item = (usize, &'m Service)> {
    let all = mesh.services.iter().enumerate();
    all.filter(move |(_, s)| s.registry == Registry::Kubernetes && s.meta.namespace() == namespace)
}

fn target(service: usize, port: &Port, target_port: u32) -> ServiceTarget {
    ServiceTarget {
        service,
        port_name: port.name.clone(),
        port: port.number,
        protocol: port.protocol,
        target_port,
    }
}

fn of_kubernetes(mesh: &Mesh, proxy: &ProxyView, pod: Option<&Workload>) -> Vec<ServiceTarget> {
    let made = pod.is_some_and(|pod| pod.from_template);
    let ip = match proxy.ips.first() {
        Some(ip) => ip.as_str(),
        // The Pods that a template will make have addresses that nobody knows yet.
        None if made => "",
        None => return Vec::new(),
    };
    let same_ip = |w: &&Workload| {
        !is_pod(w) && w.meta.namespace() == proxy.namespace && w.ips.first().is_some_and(|own| own == ip)
    };
    if let Some(entry) = mesh.workloads.iter().find(same_ip).filter(|_| !made) {
        return of_workload_entry(mesh, entry);
    }
    let labels = pod.map_or(&proxy.labels, |pod| &pod.meta.labels);
    let fits =
        |s: &Service| !s.selector.is_empty() && s.selector.iter().all(|(k, v)| labels.get(k) == Some(v));
    let mut out = Vec::new();
    let mut selected = false;
    for (id, service) in kubernetes(mesh, &proxy.namespace).filter(|(_, s)| fits(s)) {
        selected = true;
        out.extend(of_service(id, service, pod));
    }
    if !selected && pod.is_some() && !made {
        out.extend(of_address(mesh, proxy, ip));
    }
    out
}

/// The ports of a service at a Pod; ports that lead to one place with one protocol count once.
fn of_service(id: usize, service: &Service, pod: Option<&Workload>) -> Vec<ServiceTarget> {
    let mut seen = BTreeSet::new();
    let place = |port: &Port| match &port.target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => match pod {
            Some(pod) => {
                pod.ports.iter().find(|p| p.name == *name && p.protocol == port.transport).map(|p| p.number)
            }
            // Without a Pod a name has no number, and istiod goes on with 0 (`IntOrString.IntValue`).
            None => Some(name.parse().unwrap_or_default()),
        },
    };
    let mut out = Vec::new();
    for port in &service.ports {
        let Some(number) = place(port) else { continue };
        if seen.insert((number, port.protocol)) {
            out.push(target(id, port, number));
        }
    }
    out
}

/// Services without selector whose endpoints name the Pod's address.
fn of_address(mesh: &Mesh, proxy: &ProxyView, ip: &str) -> Vec<ServiceTarget> {
    let mut out = Vec::new();
    for (id, service) in kubernetes(mesh, &proxy.namespace) {
        let endpoints = mesh.endpoints.get(id).into_iter().flatten();
        for endpoint in endpoints.filter(|e| e.address == EndpointAddress::Host(ip.to_owned())) {
            if let Some(port) = service.ports.iter().find(|port| port.name == endpoint.port_name) {
                out.push(target(id, port, endpoint.port));
            }
        }
    }
    out
}

/// `serviceTargetsFromWorkloadInstance`.
fn of_workload_entry(mesh: &Mesh, entry: &Workload) -> Vec<ServiceTarget> {
    let mut out = Vec::new();
    for (id, service) in kubernetes(mesh, entry.meta.namespace()) {
        if service.resolution != Resolution::Static || service.selector.is_empty() || !selects(service, entry)
        {
            continue;
        }
        for port in service.ports.iter().filter(|port| port.protocol != mp_ir::mesh::Protocol::Udp) {
            if let Some(number) = target_port(port, entry) {
                out.push(target(id, port, number));
            }
        }
    }
    out
}

/// ServiceEntries of the namespace that have an endpoint at one of the proxy's addresses.
fn of_entries(mesh: &Mesh, proxy: &ProxyView) -> Vec<ServiceTarget> {
    let mut out = Vec::new();
    for ip in &proxy.ips {
        let address = EndpointAddress::Host(ip.clone());
        let services = mesh.services.iter().enumerate();
        let own = services
            .filter(|(_, s)| s.registry == Registry::External && s.meta.namespace() == proxy.namespace);
        for (id, service) in own {
            let endpoints = mesh.endpoints.get(id).into_iter().flatten();
            for endpoint in endpoints.filter(|e| e.address == address) {
                if let Some(port) = service.port(endpoint.service_port) {
                    out.push(target(id, port, endpoint.port));
                }
            }
        }
    }
    out
}
