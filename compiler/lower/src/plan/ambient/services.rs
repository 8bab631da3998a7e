//! Services as ztunnel gets them (`ambient/services.go`): one per host and namespace.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{Mesh, Port, Registry, Resolution, Service, TargetPort, TrafficDistribution, Waypoint};
use mp_ir::plan::{AmbientBalancing, AmbientService, Cidr, ServiceAddress};

use super::waypoints;

const INGRESS: &str = "istio.io/ingress-use-waypoint";
const UNSPECIFIED: &str = "0.0.0.0";

/// The services that count, by host and namespace.
pub(super) struct Services<'m>(BTreeMap<&'m str, BTreeMap<&'m str, Known<'m>>>);

/// A service with all of its addresses.
pub(super) struct Known<'m> {
    /// One fact per address; the first one stands for all.
    pub(super) service: &'m Service,
    same: Vec<&'m Service>,
    pub(super) waypoint: Option<&'m Waypoint>,
}

impl Known<'_> {
    /// `namespace/hostname`.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.service.meta.namespace(), self.service.hostname.value)
    }

    pub(super) fn of_kubernetes(&self) -> bool {
        self.service.registry == Registry::Kubernetes
    }
}

impl<'m> Services<'m> {
    /// Of several with one host in one namespace the Kubernetes Service counts, else the oldest (`selectWorkloadServices`).
    pub(super) fn of(mesh: &'m Mesh) -> Self {
        let mut out: BTreeMap<&str, BTreeMap<&str, Known<'m>>> = BTreeMap::new();
        for service in mesh.services.iter().filter(|s| s.kind_of_service != "ExternalName") {
            let namespace = service.meta.namespace();
            let homes = out.entry(&service.hostname.value).or_default();
            match homes.get_mut(namespace) {
                Some(known) if known.service.meta.object == service.meta.object => known.same.push(service),
                Some(known) if known.of_kubernetes() || service.registry == Registry::External => {}
                _ => {
                    let waypoint = waypoints::of_service(mesh, namespace, &service.meta.labels);
                    homes.insert(namespace, Known { service, same: vec![service], waypoint });
                }
            }
        }
        Self(out)
    }

    /// All of a namespace.
    pub(super) fn in_namespace<'s>(&'s self, namespace: &str) -> impl Iterator<Item = &'s Known<'m>> {
        self.0.values().filter_map(move |homes| homes.get(namespace))
    }

    /// All, by host and namespace.
    pub(super) fn all<'s>(&'s self) -> impl Iterator<Item = &'s Known<'m>> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// One by host and namespace.
    pub(super) fn get(&self, host: &str, namespace: &str) -> Option<&Known<'m>> {
        self.0.get(host)?.get(namespace)
    }

    pub(super) fn plan(&self, mesh: &Mesh) -> BTreeMap<String, AmbientService> {
        let mut out = BTreeMap::new();
        for homes in self.0.values() {
            let canonical = canonical(homes);
            for (namespace, known) in homes {
                out.insert(known.key(), made(mesh, known, canonical == Some(*namespace)));
            }
        }
        out
    }
}

/// The namespace whose service counts for clients of all others: a Kubernetes Service's, else that of the oldest one.
fn canonical<'m>(homes: &BTreeMap<&'m str, Known<'m>>) -> Option<&'m str> {
    let of_kubernetes = homes.iter().find(|(_, known)| known.of_kubernetes());
    let age = |known: &Known<'_>| known.service.meta.created.map_or((1, 0), |time| (0, time));
    let oldest = || homes.iter().min_by_key(|(_, known)| age(known));
    of_kubernetes.or_else(oldest).map(|(namespace, _)| *namespace)
}

fn made(mesh: &Mesh, known: &Known<'_>, canonical: bool) -> AmbientService {
    let service = known.service;
    let namespace = service.meta.namespace();
    let ingress = admits_ingress(mesh, service);
    let passthrough = !known.of_kubernetes() && service.resolution == Resolution::Passthrough;
    AmbientService {
        name: service.meta.name().to_owned(),
        namespace: namespace.to_owned(),
        hostname: service.hostname.value.clone(),
        addresses: addresses(mesh, known),
        ports: service.ports.iter().map(port).collect(),
        subject_alt_names: if known.of_kubernetes() { Vec::new() } else { service.subject_alt_names.clone() },
        waypoint: known.waypoint.and_then(|waypoint| waypoints::link(mesh, waypoint)),
        ingress_use_waypoint: known.waypoint.is_some() && ingress,
        balancing: balancing(service, passthrough),
        allow_unhealthy: passthrough || service.publish_not_ready,
        families: service.ip_families.clone(),
        canonical,
    }
}

/// Whether gateways send calls of a service to its waypoint, as it or its namespace says.
pub(super) fn admits_ingress(mesh: &Mesh, service: &Service) -> bool {
    let of_namespace =
        || mesh.namespaces.get(service.meta.namespace()).and_then(|labels| labels.get(INGRESS));
    let stated = service.meta.labels.get(INGRESS).or_else(of_namespace);
    stated.is_some_and(|word| matches!(word.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True"))
}

fn balancing(service: &Service, passthrough: bool) -> AmbientBalancing {
    match service.traffic_distribution {
        _ if passthrough => AmbientBalancing::Passthrough,
        _ if service.node_local => AmbientBalancing::NodeOnly,
        TrafficDistribution::PreferClose => AmbientBalancing::SameZone,
        TrafficDistribution::PreferSameNode => AmbientBalancing::SameNode,
        TrafficDistribution::Any | TrafficDistribution::AnyExplicit => AmbientBalancing::Any,
    }
}

/// Number, target, protocol. The target is 0 where each workload says by itself what a name means.
fn port(port: &Port) -> (u32, u32, mp_ir::mesh::Protocol) {
    let target = match &port.target {
        TargetPort::Number(number) => *number,
        TargetPort::Name(_) => 0,
    };
    (port.number, target, port.protocol)
}

/// Stated addresses, else those that istiod allotted; a host with a wildcard gets those only where DNS resolves each name.
fn addresses(mesh: &Mesh, known: &Known<'_>) -> Vec<ServiceAddress> {
    let stated = known.same.iter().flat_map(|service| &service.addresses);
    let network = &mesh.settings.network;
    let made: Vec<ServiceAddress> =
        stated.filter(|text| *text != UNSPECIFIED).filter_map(|text| address(text, network)).collect();
    let service = known.service;
    let wildcard = service.hostname.value.starts_with('*') && service.resolution != Resolution::DynamicDns;
    if !made.is_empty() || wildcard {
        return made;
    }
    let allotted =
        |address: &IpAddr| ServiceAddress { address: *address, bits: None, network: network.clone() };
    service.auto_addresses.iter().map(allotted).collect()
}

fn address(text: &str, network: &str) -> Option<ServiceAddress> {
    let block = Cidr::parse(text)?.masked();
    let whole = if block.address.is_ipv4() { 32 } else { 128 };
    let bits = (block.bits < whole).then_some(block.bits);
    Some(ServiceAddress { address: block.address, bits, network: network.to_owned() })
}
