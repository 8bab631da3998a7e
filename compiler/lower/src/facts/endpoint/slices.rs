//! Endpoints of Kubernetes Services (`pilot/pkg/serviceregistry/kube/controller/endpointslice.go`).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{
    Endpoint, EndpointAddress, Health, Mesh, Registry, Resolution, Service, TargetPort, Workload,
};
use mp_model::views::k8s;
use mp_model::{Kind, Object, Text, Workspace};

use super::super::service::number;
use super::super::text;
use super::{Pods, is_pod, of_workload};

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const SESSION_LABELS: [&str; 2] = ["istio.io/persistent-session", "istio.io/persistent-session-header"];

/// EndpointSlices by namespace and service name.
pub(in super::super) type Slices<'w> = BTreeMap<(&'w str, &'w str), Vec<&'w Object>>;

/// Workloads that are no Pods, by namespace.
pub(super) type Entries<'m> = BTreeMap<&'m str, Vec<&'m Workload>>;

/// The WorkloadEntries of each namespace, which are few beside its Pods.
pub(super) fn by_namespace(mesh: &Mesh) -> Entries<'_> {
    let mut out = Entries::new();
    for entry in mesh.workloads.iter().filter(|w| !is_pod(w)) {
        out.entry(entry.meta.namespace()).or_default().push(entry);
    }
    out
}

/// The slices of each Service, by name.
pub(in super::super) fn by_service(ws: &Workspace) -> Slices<'_> {
    let mut out = Slices::new();
    for object in ws.of_kind(Kind::EndpointSlice) {
        if let Some(name) = object.labels.get(SERVICE_NAME).filter(|name| !name.is_empty()) {
            out.entry((object.namespace.as_str(), name.as_str())).or_default().push(object);
        }
    }
    for slices in out.values_mut() {
        slices.sort_by(|a, b| a.name.cmp(&b.name));
    }
    out
}

/// A Service with a selector has EndpointSlices in every cluster; without them the input says nothing of its endpoints.
pub(super) fn is_missing(service: &Service, slices: &Slices<'_>) -> bool {
    let kubernetes = service.registry == Registry::Kubernetes && !service.mesh_external;
    kubernetes
        && !service.selector.is_empty()
        && !slices.contains_key(&(service.meta.namespace(), service.meta.name()))
}

/// Endpoints of the slices, then those of WorkloadEntries that the selector fits.
pub(super) fn endpoints(
    ws: &Workspace,
    mesh: &Mesh,
    service: &Service,
    slices: &Slices<'_>,
    (pods, entries): (&Pods<'_>, &Entries<'_>),
) -> Vec<Endpoint> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    let own = slices.get(&(service.meta.namespace(), service.meta.name()));
    for object in own.into_iter().flatten() {
        let Some(slice) = ws.view::<k8s::EndpointSlice<'_>>(object) else { continue };
        for endpoint in of_slice(mesh, service, object, slice, pods) {
            let key = (endpoint.address.clone(), endpoint.port_name.clone());
            if seen.insert(key) {
                out.push(endpoint);
            }
        }
    }
    out.extend(selected_entries(mesh, service, entries));
    out
}

fn of_slice(
    mesh: &Mesh,
    service: &Service,
    object: &Object,
    slice: k8s::EndpointSlice<'_>,
    pods: &Pods<'_>,
) -> Vec<Endpoint> {
    let family = text(slice.address_type());
    let mut out = Vec::new();
    for entry in slice.endpoints().iter().filter(|_| family != "FQDN") {
        for address in entry.addresses().iter() {
            let Some(pod) = pod_behind(object, entry, &address, pods) else { continue };
            let all_ips = pod.filter(|pod| names_pod(entry) && is_dual_stack(mesh, service, pod));
            if all_ips.is_some() && family == "IPv6" {
                continue;
            }
            let mut base = of_workload(mesh, pod);
            base.health = health(service, entry);
            base.of_cluster = true;
            base.origin = Some(address.span);
            base.address = EndpointAddress::Host(address.value.to_owned());
            if let Some((first, rest)) = all_ips.and_then(|pod| pod.ips.split_first()) {
                base.address = EndpointAddress::Host(first.clone());
                base.additional = rest.to_vec();
            }
            // The last port takes the endpoint itself.
            let ports = slice.ports();
            let each = std::iter::repeat_n(base, ports.iter().count()).zip(ports.iter());
            out.extend(each.map(|(base, port)| Endpoint {
                port_name: text(port.name()),
                port: number(port.port()),
                ..base
            }));
        }
    }
    out
}

fn names_pod(endpoint: k8s::Endpoint<'_>) -> bool {
    endpoint.target_ref().is_some_and(|target| text(target.kind()) == "Pod")
}

/// The Pod that an endpoint names, else one with its address. The outer `None` is for a named Pod that is not there:
/// such an endpoint does not count.
fn pod_behind<'m>(
    slice: &Object,
    endpoint: k8s::Endpoint<'_>,
    address: &str,
    pods: &Pods<'m>,
) -> Option<Option<&'m Workload>> {
    match endpoint.target_ref().filter(|_| names_pod(endpoint)) {
        Some(target) => pods.named(written(target.namespace()), written(target.name())).map(Some),
        None => Some(pods.at(&slice.namespace, address)),
    }
}

/// Text that may be absent, absent as empty.
fn written<'a>(text: Option<Text<'a>>) -> &'a str {
    text.map_or("", |text| text.value)
}

fn is_dual_stack(mesh: &Mesh, service: &Service, pod: &Workload) -> bool {
    mesh.compat.flag("ISTIO_DUAL_STACK", false) && pod.ips.len() > 1 && service.addresses.len() > 1
}

/// An endpoint that is not ready counts as going away unless it says that it is not (`endpointHealthStatus`).
fn health(service: &Service, endpoint: k8s::Endpoint<'_>) -> Health {
    let Some(conditions) = endpoint.conditions() else { return Health::Healthy };
    if conditions.ready() != Some(false) {
        return Health::Healthy;
    }
    let sessions =
        SESSION_LABELS.iter().any(|key| service.meta.labels.get(*key).is_some_and(|v| !v.is_empty()));
    match (conditions.terminating() != Some(false), conditions.serving() != Some(false)) {
        (true, true) if sessions => Health::Draining,
        (true, _) => Health::Terminating,
        (false, _) => Health::Unhealthy,
    }
}

/// WorkloadEntries of the namespace that a Service's selector fits (`serviceInstancesFromWorkloadInstances`).
fn selected_entries(mesh: &Mesh, service: &Service, entries: &Entries<'_>) -> Vec<Endpoint> {
    let Some(near) = entries.get(service.meta.namespace()) else { return Vec::new() };
    let wanted = mesh.compat.flag("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", true);
    if !wanted || service.resolution != Resolution::Static || service.selector.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for port in &service.ports {
        for entry in near.iter().copied().filter(|w| selects(service, w)) {
            let Some(number) = target_port(port, entry) else { continue };
            let mut endpoint = of_workload(mesh, Some(entry));
            endpoint.address = EndpointAddress::Host(entry.ips.first().cloned().unwrap_or_default());
            endpoint.port_name.clone_from(&port.name);
            endpoint.port = number;
            out.push(endpoint);
        }
    }
    out
}

/// Whether a Service's selector fits a WorkloadEntry with an IP address.
pub(crate) fn selects(service: &Service, entry: &Workload) -> bool {
    !is_pod(entry)
        && entry.meta.namespace() == service.meta.namespace()
        && entry.ips.first().is_some_and(|ip| ip.is_empty() || ip.parse::<std::net::IpAddr>().is_ok())
        && service.selector.iter().all(|(key, value)| entry.meta.labels.get(key) == Some(value))
}

/// The entry's own port of that name comes before the number; a named target must be there
/// (`serviceInstanceFromWorkloadInstance`).
pub(crate) fn target_port(port: &mp_ir::mesh::Port, entry: &Workload) -> Option<u32> {
    let own = |name: &str| entry.ports.iter().find(|p| p.name == name && p.number != 0).map(|p| p.number);
    match &port.target {
        TargetPort::Number(target) => {
            Some(own(&port.name).unwrap_or(if *target == 0 { port.number } else { *target }))
        }
        TargetPort::Name(name) => own(name),
    }
}
