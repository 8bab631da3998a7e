//! Workloads as ztunnel gets them (`ambient/workloads.go`).

use std::collections::BTreeMap;

use mp_ir::mesh::{
    AmbientSource, AmbientWorkload, Mesh, Port, Registry, Served, TargetPort, Waypoint, WorkloadPort,
};
use mp_ir::plan::{AmbientEndpoint, TunnelProtocol};

use super::Policies;
use super::services::{Known, Services};
use super::waypoints;
use crate::plan::security::selects;

const REDIRECTION: &str = "ambient.istio.io/redirection";
const TUNNEL: &str = "networking.istio.io/tunnel";

/// A service with its ports at a workload: number of the service, number of the workload.
type WithPorts<'s, 'm> = (&'s Known<'m>, Vec<(u32, u32)>);

/// All workloads by identifier.
pub(super) fn all(
    mesh: &Mesh,
    workloads: &[AmbientWorkload],
    policies: &Policies<'_>,
    services: &Services<'_>,
) -> BTreeMap<String, AmbientEndpoint> {
    let made = workloads.iter().filter_map(|workload| {
        let served = served(mesh, workload, services)?;
        Some((uid(mesh, workload), made(mesh, workload, policies, &served)))
    });
    made.collect()
}

/// `cluster/group/kind/namespace/name` and, for parts of an object, the address.
fn uid(mesh: &Mesh, workload: &AmbientWorkload) -> String {
    let kind = match workload.source {
        AmbientSource::Pod => "/Pod",
        AmbientSource::WorkloadEntry => "networking.istio.io/WorkloadEntry",
        AmbientSource::ServiceEntry => "networking.istio.io/ServiceEntry",
        AmbientSource::EndpointSlice => "discovery.k8s.io/EndpointSlice",
    };
    let (namespace, name) = (workload.meta.namespace(), workload.meta.name());
    let whole = format!("{}/{kind}/{namespace}/{name}", mesh.settings.cluster_id);
    if workload.suffix.is_empty() { whole } else { format!("{whole}/{}", workload.suffix) }
}

fn made(
    mesh: &Mesh,
    workload: &AmbientWorkload,
    policies: &Policies<'_>,
    served: &[WithPorts<'_, '_>],
) -> AmbientEndpoint {
    let namespace = workload.meta.namespace();
    let opaque = workload.source == AmbientSource::EndpointSlice;
    let instance = waypoints::of_instance(mesh, namespace, &workload.waypoint_labels).filter(|_| !opaque);
    let waypoint = waypoints::of_workload(mesh, namespace, &workload.waypoint_labels)
        .filter(|_| !opaque && instance.is_none());
    let named = if opaque { Vec::new() } else { policies.named(mesh, namespace, &workload.meta.labels) };
    let implicit = implicit(mesh, waypoint, served).into_iter().filter(|_| !opaque);
    let (tunnel, native_tunnel) = tunnel(workload);
    let domain = &mesh.settings.trust_domain;
    let canonical = crate::plan::canonical(&workload.meta.labels, &workload.workload_name);
    AmbientEndpoint {
        name: workload.meta.name().to_owned(),
        namespace: namespace.to_owned(),
        addresses: workload.addresses.clone(),
        hostname: workload.hostname.clone(),
        network: workload.network.clone(),
        tunnel,
        native_tunnel,
        trust_domain: if domain == "cluster.local" { String::new() } else { domain.clone() },
        service_account: workload.service_account.clone(),
        waypoint: waypoint.and_then(|waypoint| waypoints::link(mesh, waypoint)),
        node: workload.node.clone(),
        canonical: if opaque { (String::new(), String::new()) } else { canonical },
        named: !opaque,
        workload_name: workload.workload_name.clone(),
        application_tunnel: instance.and_then(|waypoint| waypoint.tunnel),
        services: served.iter().map(|(known, ports)| (known.key(), ports.clone())).collect(),
        policies: named.into_iter().chain(implicit).collect(),
        healthy: workload.healthy,
        locality: workload.locality.clone(),
        host_network: workload.host_network,
        weight: workload.weight,
    }
}

/// Captured Pods are reached by the tunnel, and those that say that they speak it themselves (`setTunnelProtocol`).
fn tunnel(workload: &AmbientWorkload) -> (TunnelProtocol, bool) {
    let captured = workload.meta.annotations.get(REDIRECTION).is_some_and(|word| word == "enabled");
    let stated = workload.meta.labels.get(TUNNEL).map_or("", String::as_str);
    let native = stated.split(',').any(|word| word == "http");
    let opaque = workload.source == AmbientSource::EndpointSlice;
    let hbone = (captured || native) && !opaque;
    (if hbone { TunnelProtocol::Hbone } else { TunnelProtocol::None }, native && !opaque)
}

/// Policies that admit its waypoint and those of its services (`implicitWaypointPolicies`).
fn implicit(mesh: &Mesh, waypoint: Option<&Waypoint>, served: &[WithPorts<'_, '_>]) -> Vec<String> {
    let mut all: Vec<&Waypoint> = Vec::new();
    for one in served.iter().filter_map(|(known, _)| known.waypoint).chain(waypoint) {
        if !all.iter().any(|known| known.meta.object == one.meta.object) {
            all.push(one);
        }
    }
    let name = |w: &&Waypoint| Some(format!("{}/{}", w.meta.namespace(), waypoints::policy_name(mesh, w)?));
    all.iter().filter_map(name).collect()
}

/// The services that a workload serves, each with its ports; `None` for an endpoint of a service that does not count.
fn served<'s, 'm>(
    mesh: &Mesh,
    workload: &AmbientWorkload,
    services: &'s Services<'m>,
) -> Option<Vec<WithPorts<'s, 'm>>> {
    let namespace = workload.meta.namespace();
    let ports = |known: &Known<'_>| {
        let one = |port: &Port| Some((port.number, target(workload, known, port)?));
        known.service.ports.iter().filter_map(one).collect::<Vec<_>>()
    };
    let with_ports = |known: &'s Known<'m>| (known, ports(known));
    match &workload.served {
        Served::Selected(hosts) => {
            let fits = |known: &&Known<'_>| selected(mesh, workload, known, hosts);
            Some(services.in_namespace(namespace).filter(fits).map(with_ports).collect())
        }
        Served::Entry(host) => {
            let own = |known: &&Known<'_>| {
                !known.of_kubernetes()
                    && known.service.meta.name() == workload.meta.name()
                    && host.as_ref().is_none_or(|host| *host == known.service.hostname.value)
            };
            let all: Vec<_> = services.in_namespace(namespace).filter(own).map(with_ports).collect();
            (!all.is_empty()).then_some(all)
        }
        Served::Slice(host, ports) => {
            let known = services.get(host, namespace)?;
            let number = |name: &str| known.service.ports.iter().find(|p| p.name == name).map(|p| p.number);
            let pairs = ports.iter().filter_map(|(name, port)| Some((number(name)?, *port)));
            Some(vec![(known, pairs.collect())])
        }
    }
}

/// Whether a service counts a workload as its own: its selector fits, or its EndpointSlices name the Pod.
fn selected(mesh: &Mesh, workload: &AmbientWorkload, known: &Known<'_>, hosts: &[String]) -> bool {
    let (own, flag) = match workload.source {
        AmbientSource::Pod => (Registry::Kubernetes, "PILOT_ENABLE_SERVICEENTRY_SELECT_PODS"),
        _ => (Registry::External, "PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES"),
    };
    let service = known.service;
    let wanted = service.registry == own || mesh.compat.flag(flag, true);
    let by_labels = !service.selector.is_empty() && selects(&service.selector, &workload.meta.labels);
    let by_slice = known.of_kubernetes() && hosts.contains(&service.hostname.value);
    wanted && by_labels || by_slice
}

/// Where a port of a service leads on a workload; `None` when the workload has no port of the name that is asked for
/// (`constructServices`, `constructServicesFromWorkloadEntry`).
fn target(workload: &AmbientWorkload, known: &Known<'_>, port: &Port) -> Option<u32> {
    let is_pod = workload.source == AmbientSource::Pod;
    let own = |name: &str| {
        let fits = |p: &&WorkloadPort| p.name == name && p.protocol == "TCP";
        workload.ports.iter().find(fits).map(|p| p.number)
    };
    match &port.target {
        TargetPort::Name(name) => own(name),
        TargetPort::Number(number) if is_pod && known.of_kubernetes() => Some(*number),
        TargetPort::Number(number) if port.name.is_empty() => Some(*number),
        TargetPort::Number(number) => Some(own(&port.name).unwrap_or(*number)),
    }
}
