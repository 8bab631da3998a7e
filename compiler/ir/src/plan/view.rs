//! The proxy that a plan is for.

use std::collections::BTreeMap;

use crate::mesh::{IstioVersion, Labels, Locality, Protocol, ProxySettings};

/// What a proxy does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyKind {
    /// Beside a workload.
    #[default]
    Sidecar,
    /// At the edge (`router`).
    Router,
    /// For a namespace or service of the ambient mesh.
    Waypoint,
}

impl ProxyKind {
    /// As the node id spells it: `sidecar`, `router`, `waypoint`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ProxyKind::Sidecar => "sidecar",
            ProxyKind::Router => "router",
            ProxyKind::Waypoint => "waypoint",
        }
    }
}

/// How traffic reaches the proxy (`INTERCEPTION_MODE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interception {
    /// iptables REDIRECT.
    #[default]
    Redirect,
    /// iptables TPROXY.
    Tproxy,
    /// Nothing is captured.
    None,
    /// Nothing is captured, and every listener has a socket that clients are pointed at. No mode of istiod's.
    Bind,
}

/// Which families the proxy's own addresses are of (`model.IPMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpMode {
    /// IPv4 alone.
    #[default]
    V4,
    /// IPv6 alone.
    V6,
    /// Both.
    Dual,
}

/// A port of a service that the proxy's workload serves (`model.ServiceTarget`).
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceTarget {
    /// Place in `Mesh::services`.
    pub service: usize,
    /// Name of the service port.
    pub port_name: String,
    /// Number of the service port.
    pub port: u32,
    /// Protocol of the service port.
    pub protocol: Protocol,
    /// Port of the workload.
    pub target_port: u32,
}

impl ProxyView {
    /// The ports at which calls of a port of the workload's services arrive: its target ports, or the port itself where no service has it.
    #[must_use]
    pub fn arrives_at(&self, port: u32) -> Vec<u32> {
        let targets = self.targets.iter().filter(|target| target.port == port);
        let mut ports: Vec<u32> = targets.map(|target| target.target_port).collect();
        if ports.is_empty() {
            ports.push(port);
        }
        ports
    }
}

/// A proxy as the compiler sees it (`model.Proxy`).
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyView {
    /// The name under which results are stored.
    pub name: String,
    /// What it does.
    pub kind: ProxyKind,
    /// Namespace of its configuration.
    pub namespace: String,
    /// `type~ip~pod.ns~ns.svc.domain`.
    pub id: String,
    /// Name of the Pod.
    pub pod: String,
    /// Labels of the Pod, those that istiod adds included.
    pub labels: Labels,
    /// Annotations of the Pod.
    pub annotations: BTreeMap<String, String>,
    /// Its addresses, the first one primary.
    pub ips: Vec<String>,
    /// Families of its addresses.
    pub ip_mode: IpMode,
    /// Service account.
    pub service_account: String,
    /// Where it runs.
    pub locality: Locality,
    /// Network; empty for the default one.
    pub network: String,
    /// Node name.
    pub node: String,
    /// Version of the proxy.
    pub istio_version: IstioVersion,
    /// How traffic reaches it.
    pub interception: Interception,
    /// Mesh default, ProxyConfig objects and annotation, merged.
    pub settings: ProxySettings,
    /// What it serves, in istiod's order.
    pub targets: Vec<ServiceTarget>,
    /// `service.istio.io/canonical-name` or what stands for it.
    pub canonical_name: String,
    /// `service.istio.io/canonical-revision` or what stands for it.
    pub canonical_revision: String,
    /// Further node metadata that was stated, such as `DNS_CAPTURE`.
    pub metadata: BTreeMap<String, String>,
    /// What was assumed of it for want of a Pod, as sentences.
    pub assumed: Vec<String>,
}

impl ProxyView {
    /// Whether a metadata flag is stated as true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.metadata.get(name).is_some_and(|value| value == "true" || value == "1")
    }

    /// Whether one of its addresses is IPv4; also true when nothing is known.
    #[must_use]
    pub fn supports_ipv4(&self) -> bool {
        self.ip_mode != IpMode::V6
    }

    /// Whether one of its addresses is IPv6.
    #[must_use]
    pub fn supports_ipv6(&self) -> bool {
        self.ip_mode != IpMode::V4
    }

    /// Whether it stands beside a workload.
    #[must_use]
    pub fn is_sidecar(&self) -> bool {
        self.kind == ProxyKind::Sidecar
    }
}

impl Default for ProxyView {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: ProxyKind::Sidecar,
            namespace: String::new(),
            id: String::new(),
            pod: String::new(),
            labels: Labels::new(),
            annotations: BTreeMap::new(),
            ips: Vec::new(),
            ip_mode: IpMode::V4,
            service_account: String::new(),
            locality: Locality::default(),
            network: String::new(),
            node: String::new(),
            istio_version: IstioVersion(1, 31, 0),
            interception: Interception::Redirect,
            settings: ProxySettings::default(),
            targets: Vec::new(),
            canonical_name: String::new(),
            canonical_revision: String::new(),
            metadata: BTreeMap::new(),
            assumed: Vec::new(),
        }
    }
}
