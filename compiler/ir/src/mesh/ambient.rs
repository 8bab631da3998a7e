//! Facts that only the ambient mesh reads (`pilot/pkg/serviceregistry/ambient`).

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Labels, Locality, Mesh, Meta, WorkloadPort};

/// A Kubernetes Gateway that takes traffic for others, once it is up (`Waypoint`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waypoint {
    /// Head of the Gateway.
    pub meta: Meta,
    /// Where it is reached; `None` when its status names no address that ztunnel understands.
    pub address: Option<WaypointAddress>,
    /// `istio.io/waypoint-for`: `service`, `workload`, `all` or another word.
    pub traffic: String,
    /// Namespaces whose services and workloads may use it; `None` is all.
    pub namespaces: Option<BTreeSet<String>>,
    /// How ztunnel hands connections to its Pods: whether by the PROXY protocol, and the port; 0 for the dialled one.
    pub tunnel: Option<(bool, u32)>,
    /// Service accounts of its Pods, sorted.
    pub accounts: Vec<String>,
    /// Its class is the one whose proxies istiod runs itself.
    pub made_by_istiod: bool,
}

impl Waypoint {
    /// Whether services and workloads of a namespace may use it.
    #[must_use]
    pub fn takes(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|names| names.contains(namespace))
    }

    /// Whether it takes traffic for this sort of target: `service` or `workload`.
    #[must_use]
    pub fn is_for(&self, sort: &str) -> bool {
        self.traffic == sort || self.traffic == "all"
    }
}

/// Label that names the waypoint of a namespace, Service or workload.
const USE: &str = "istio.io/use-waypoint";
/// Label that names its namespace.
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
/// Label that puts a namespace or workload into the ambient mesh, or out of it.
const MODE: &str = "istio.io/dataplane-mode";

impl Mesh {
    /// Namespace and name of the waypoint that the labels of a Service or workload ask for: their own, else those of the namespace
    /// (`ambient/waypoints.go`, `fetchWaypointForTarget`). Whether it exists is another question.
    #[must_use]
    pub fn wanted_waypoint<'m>(
        &'m self,
        namespace: &'m str,
        labels: &'m Labels,
    ) -> Option<(&'m str, &'m str)> {
        let labels = match labels.get(USE) {
            Some(_) => labels,
            None => self.namespaces.get(namespace)?,
        };
        let name = labels.get(USE).filter(|name| *name != "none")?;
        Some((labels.get(USE_NAMESPACE).map_or(namespace, String::as_str), name))
    }

    /// Whether workloads with these labels are to be in the ambient mesh, by their own label or that of their namespace.
    #[must_use]
    pub fn wants_ambient(&self, namespace: &str, labels: &Labels) -> bool {
        let of_namespace = || self.namespaces.get(namespace).and_then(|labels| labels.get(MODE));
        labels.get(MODE).or_else(of_namespace).is_some_and(|mode| mode == "ambient")
    }
}

/// Where a waypoint is reached, always at its tunnel's port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaypointAddress {
    /// An address.
    Ip(IpAddr),
    /// The host name of a Service in the Gateway's namespace.
    Host(String),
}

/// What an ambient workload was read from, as its identifier names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AmbientSource {
    /// A Pod.
    #[default]
    Pod,
    /// A WorkloadEntry.
    WorkloadEntry,
    /// An endpoint of a ServiceEntry.
    ServiceEntry,
    /// An endpoint of an EndpointSlice that names no Pod.
    EndpointSlice,
}

/// Which services a workload serves.
#[derive(Clone, Debug, PartialEq)]
pub enum Served {
    /// Those whose selector fits, and these host names of the Kubernetes Services whose EndpointSlices name it.
    Selected(Vec<String>),
    /// The hosts of its own ServiceEntry; one of them where DNS resolves each host by itself.
    Entry(Option<String>),
    /// One Kubernetes Service by host name, with its ports: number of the service, number of the workload.
    Slice(String, Vec<(String, u32)>),
}

/// A workload as the ambient mesh sees it, before policies and services are looked up (`podWorkloadBuilder` and its like).
#[derive(Clone, Debug, PartialEq)]
pub struct AmbientWorkload {
    /// What it was read from.
    pub source: AmbientSource,
    /// Head of the object; labels are those that policies and canonical names read.
    pub meta: Meta,
    /// Labels that say which waypoint it uses.
    pub waypoint_labels: Labels,
    /// Behind the object's name in its identifier: an address, or nothing.
    pub suffix: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Its host name where it has no address.
    pub hostname: String,
    /// Service account.
    pub service_account: String,
    /// Node name.
    pub node: String,
    /// Region, zone, subzone.
    pub locality: Locality,
    /// Network; empty for the default one.
    pub network: String,
    /// Takes traffic.
    pub healthy: bool,
    /// Shares the address of its node.
    pub host_network: bool,
    /// Share of traffic; 0 when not stated.
    pub weight: u32,
    /// Name in telemetry; empty where nothing is known.
    pub workload_name: String,
    /// Its ports by name.
    pub ports: Vec<WorkloadPort>,
    /// Which services it serves.
    pub served: Served,
}
