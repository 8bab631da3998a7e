//! What stands for endpoints where a Service has no EndpointSlices: the Pods that its selector fits, else its own name.

use std::collections::BTreeMap;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{
    Endpoint, EndpointAddress, EndpointSource, Mesh, Port, Registry, Resolution, Service, Substitution,
    TargetPort, Workload,
};

use super::slices::{Slices, is_missing};
use super::{TLS_MODE, is_pod, of_workload};
use crate::EndpointChoice;

/// The Services whose endpoints are replaced, in the order of the Services.
pub(super) fn all(mesh: &Mesh, slices: &Slices<'_>, choice: EndpointChoice) -> Vec<Substitution> {
    let copy = is_copy(mesh, slices);
    let missing = mesh.services.iter().filter(|service| is_missing(service, slices));
    let one = |service: &Service| Substitution {
        host: service.hostname.value.clone(),
        object: service.meta.object.clone(),
        origin: service.meta.origin,
        source: source(mesh, service, choice, copy),
    };
    missing.map(one).collect()
}

/// Whether the input holds what a cluster wrote: slices of Services with selectors, which nobody else writes.
fn is_copy(mesh: &Mesh, slices: &Slices<'_>) -> bool {
    mesh.services.iter().any(|service| {
        let has = slices.contains_key(&(service.meta.namespace(), service.meta.name()));
        service.registry == Registry::Kubernetes && !service.selector.is_empty() && has
    })
}

/// What stands for the slices of a Service.
fn source(mesh: &Mesh, service: &Service, choice: EndpointChoice, copy: bool) -> EndpointSource {
    if choice == EndpointChoice::Slices {
        return EndpointSource::Nowhere;
    }
    if mesh.workloads.iter().any(|w| is_pod(w) && w.ready && !w.ips.is_empty() && fits(service, w)) {
        return EndpointSource::Pods;
    }
    // A Service of a cluster has a slice as soon as something runs behind it. One whose workload is written here, or that stands
    // in an input without any slices, comes from a repository.
    let of_repository = !copy || mesh.templates.iter().any(|template| fits(service, template));
    match choice {
        EndpointChoice::Auto if !of_repository => EndpointSource::Nowhere,
        // Callers find the Pods of a headless Service themselves.
        EndpointChoice::Auto | EndpointChoice::Dns if service.resolution == Resolution::Static => {
            EndpointSource::Dns
        }
        _ => EndpointSource::Nowhere,
    }
}

/// Whether the selector of a Service fits a workload of its namespace.
pub(in super::super) fn fits(service: &Service, workload: &Workload) -> bool {
    workload.meta.namespace() == service.meta.namespace()
        && service.selector.iter().all(|(key, value)| workload.meta.labels.get(key) == Some(value))
}

/// Where the endpoints of which Service come from.
pub(super) type Sources = BTreeMap<ObjectRef, EndpointSource>;

/// The replaced Services by name.
pub(super) fn sources(mesh: &Mesh) -> Sources {
    mesh.substitutions.iter().map(|s| (s.object.clone(), s.source)).collect()
}

/// The endpoints that stand for those that are not known.
pub(super) fn endpoints(mesh: &Mesh, service: &Service, sources: &Sources) -> Vec<Endpoint> {
    match sources.get(&service.meta.object) {
        Some(EndpointSource::Pods) => of_pods(mesh, service),
        Some(EndpointSource::Dns) => service.ports.iter().map(|port| by_name(mesh, service, port)).collect(),
        Some(EndpointSource::Nowhere) | None => Vec::new(),
    }
}

fn of_pods(mesh: &Mesh, service: &Service) -> Vec<Endpoint> {
    let mut out = Vec::new();
    for pod in mesh.workloads.iter().filter(|w| is_pod(w) && w.ready && fits(service, w)) {
        let Some(ip) = pod.ips.first() else { continue };
        for port in &service.ports {
            let Some(number) = pod_port(port, pod) else { continue };
            let mut endpoint = of_workload(mesh, Some(pod));
            endpoint.address = EndpointAddress::Host(ip.clone());
            endpoint.port_name.clone_from(&port.name);
            endpoint.port = number;
            out.push(endpoint);
        }
    }
    out
}

/// The port of a Pod behind a port of its Service; a named target must be one of the containers'.
fn pod_port(port: &Port, pod: &Workload) -> Option<u32> {
    match &port.target {
        TargetPort::Number(0) => Some(port.number),
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => {
            pod.ports.iter().find(|p| p.name == *name && p.protocol == port.transport).map(|p| p.number)
        }
    }
}

/// The Service's own name and port. What the template behind it says of identity and mutual TLS holds for all its Pods.
fn by_name(mesh: &Mesh, service: &Service, port: &Port) -> Endpoint {
    let template = mesh.templates.iter().find(|w| fits(service, w));
    let mut endpoint = of_workload(mesh, template);
    if let Some(template) = template {
        let stated = template.meta.labels.get(TLS_MODE);
        endpoint.tls_mode_istio =
            stated.map_or_else(|| crate::proxy::is_injected(mesh, template), |mode| mode == "istio");
    }
    endpoint.address = EndpointAddress::Host(service.hostname.value.clone());
    endpoint.port_name.clone_from(&port.name);
    endpoint.port = port.number;
    endpoint.of_cluster = true;
    endpoint.by_name = true;
    endpoint.labels.clear();
    endpoint.origin = port.origin.or(service.meta.origin);
    endpoint
}
