//! Endpoints of ServiceEntries (`pilot/pkg/serviceregistry/serviceentry/conversion.go`).

use mp_ir::mesh::{Endpoint, EndpointAddress, Mesh, Port, Service, TargetPort, Workload};
use mp_model::views::networking as view;
use mp_model::{Kind, Workspace};

use super::super::workload;
use super::{is_pod, of_workload};

const UNIX: &str = "unix://";

pub(super) fn endpoints(ws: &Workspace, mesh: &Mesh, service: &Service) -> Vec<Endpoint> {
    let object = ws.find(Kind::ServiceEntry, service.meta.namespace(), service.meta.name());
    let Some(spec) = object.and_then(|object| ws.spec::<view::ServiceEntry<'_>>(object)) else {
        return Vec::new();
    };
    if spec.workload_selector().is_some() {
        return selected(mesh, service).iter().flat_map(|w| of_ports(mesh, service, w)).collect();
    }
    if spec.endpoints().is_empty() && service.is_dns() {
        return service.ports.iter().map(|port| host_itself(mesh, service, port)).collect();
    }
    let mut out = Vec::new();
    for (at, entry) in spec.endpoints().iter().enumerate() {
        let mut entry = workload::inline(&entry);
        entry.meta.object.namespace = service.meta.namespace().to_owned();
        entry.workload_name = format!("{}-{at}", service.meta.name());
        out.extend(of_ports(mesh, service, &entry));
    }
    out
}

/// Pods, then WorkloadEntries, of the namespace that the selector fits, each by name. Hosts instead of addresses are
/// only for services that DNS resolves.
fn selected(mesh: &Mesh, service: &Service) -> Vec<Workload> {
    let fits = |w: &&Workload| {
        let usable =
            service.is_dns() || w.ips.first().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok());
        w.ready
            && !w.ips.is_empty()
            && usable
            && w.meta.namespace() == service.meta.namespace()
            && service.selector.iter().all(|(key, value)| w.meta.labels.get(key) == Some(value))
    };
    let mut out: Vec<Workload> = mesh.workloads.iter().filter(fits).cloned().collect();
    out.sort_by(|a, b| (!is_pod(a), a.meta.name()).cmp(&(!is_pod(b), b.meta.name())));
    out
}

/// The host of a service without endpoints, which DNS resolves.
fn host_itself(mesh: &Mesh, service: &Service, port: &Port) -> Endpoint {
    let mut endpoint = of_workload(mesh, None);
    endpoint.labels.clear();
    endpoint.namespace = service.meta.namespace().to_owned();
    endpoint.workload_name = service.meta.name().to_owned();
    endpoint.address = EndpointAddress::Host(service.hostname.value.clone());
    endpoint.port = target(port);
    endpoint.port_name.clone_from(&port.name);
    endpoint.service_port = port.number;
    endpoint.origin = service.hostname.origin;
    endpoint
}

/// One endpoint per port. A Unix socket has no port; else the workload's own port of that name counts, then the target
/// port, then the port itself.
fn of_ports(mesh: &Mesh, service: &Service, workload: &Workload) -> Vec<Endpoint> {
    let base = of_workload(mesh, Some(workload));
    let first = workload.ips.first().map_or("", String::as_str);
    let endpoint = |port: &Port| {
        let own = workload.ports.iter().find(|p| p.name == port.name && p.number != 0);
        let mut endpoint = base.clone();
        endpoint.port_name.clone_from(&port.name);
        endpoint.service_port = port.number;
        if let Some(path) = first.strip_prefix(UNIX) {
            endpoint.address = EndpointAddress::Unix(path.to_owned());
        } else {
            endpoint.address = EndpointAddress::Host(first.to_owned());
            endpoint.port = own.map_or_else(|| target(port), |p| p.number);
        }
        endpoint
    };
    service.ports.iter().map(endpoint).collect()
}

fn target(port: &Port) -> u32 {
    match &port.target {
        TargetPort::Number(target) => *target,
        TargetPort::Name(_) => port.number,
    }
}
