//! Facts: the whole mesh, independent of any proxy.

mod ambient;
mod compat;
mod defaults;
mod envoy_filter;
mod extension;
mod gateway;
mod gateway_status;
mod network;
mod peer_modes;
mod policy;
mod route;
mod route_part;
mod service;
mod settings;
mod sidecar;
mod string_match;
mod telemetry;
mod traffic;
mod workload;

use std::collections::BTreeMap;

pub use ambient::{AmbientSource, AmbientWorkload, Served, Waypoint, WaypointAddress};
pub use compat::{Compat, IstioVersion};
pub use envoy_filter::{
    ApplyTo, ChainCondition, ClusterCondition, EnvoyFilter, EnvoyPatch, ListenerCondition, PatchContext,
    PatchOperation, ProxyCondition, RouteCondition, VirtualHostCondition,
};
pub use extension::{
    ExtensionKind, ExtensionMatch, ExtensionPhase, TrafficExtension, WasmFailure, WasmModule,
};
pub use gateway::{Gateway, Server, ServerTls, ServerTlsMode, TlsVersion};
pub use gateway_status::{
    ConditionKind, Evidence, GatewayStatus, StatusCondition, StatusExtra, StatusPart, StatusReference,
};
pub use network::NetworkGateway;
pub use peer_modes::PeerModes;
pub use policy::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, ClaimHeader, Condition, HalfRead, JwtHeader,
    JwtRule, MutualTlsMode, Operation, PeerAuthentication, RequestAuthentication, Source, TargetRef, Values,
};
pub use route::{
    CorsPolicy, Delegate, Destination, DirectResponse, FaultAbort, FaultDelay, HeaderOps, HttpMatch,
    HttpRoute, L4Match, Mirror, Percent, Redirect, Retries, Rewrite, RouteDestination, TcpRoute, TlsRoute,
    VirtualService,
};
pub use service::{
    Endpoint, EndpointAddress, Health, Hostname, Port, Protocol, Registry, Resolution, Service, TargetPort,
    TrafficDistribution,
};
pub use settings::{
    AccessLogFormat, EntryVisibility, ExtensionProvider, ForwardClientCert, LocalityLb, MeshSettings,
    OutboundTrafficPolicy, PathNormalization, ProviderKind, ProxyHeaders, ProxySettings, ZoneAwareLb,
};
pub use sidecar::{CaptureMode, EgressListener, HostSelector, IngressListener, Sidecar};
pub use string_match::StringMatch;
pub use telemetry::{
    CustomTag, LoggingRule, MetricOverride, MetricsRule, Telemetry, TelemetryMode, TracingRule,
};
pub use traffic::{
    ClientTls, ClientTlsMode, ConnectionPool, ConsistentHash, DestinationRule, HashKey, HashRing,
    LoadBalancer, OutlierDetection, SimpleLb, Subset, TcpKeepalive, TrafficPolicy, Tunnel,
};
pub use workload::{Agent, Locality, OpenLabels, Workload, WorkloadPort};

use crate::base::{ObjectRef, Origin};

/// Labels of an object, sorted by key.
pub type Labels = BTreeMap<String, String>;

/// Head of an object of the input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Kind, namespace, name.
    pub object: ObjectRef,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// Seconds since 1970, where it is written.
    pub created: Option<i64>,
    /// Place in the input, which decides age where `created` is absent.
    pub order: u32,
    /// The name in the file.
    pub origin: Origin,
}

impl Meta {
    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.object.namespace
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.object.name
    }
}

/// Which namespaces see an object (`exportTo`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visibility {
    /// Every namespace; also the meaning of an absent list unless the mesh says otherwise.
    pub everyone: bool,
    /// Nobody (`~`).
    pub nobody: bool,
    /// The object's own namespace (`.`).
    pub own: bool,
    /// Named namespaces.
    pub namespaces: Vec<String>,
    /// Whether the object itself said so, rather than the mesh's default.
    pub written: bool,
}

impl Visibility {
    /// Visible everywhere.
    #[must_use]
    pub fn everyone() -> Self {
        Self { everyone: true, ..Self::default() }
    }

    /// Whether an object of namespace `home` is seen from `namespace`.
    #[must_use]
    pub fn sees(&self, home: &str, namespace: &str) -> bool {
        if self.nobody {
            return false;
        }
        self.everyone || (self.own && home == namespace) || self.namespaces.iter().any(|ns| ns == namespace)
    }
}

/// All facts. Lists are in istiod's order of age unless a field says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// MeshConfig with its defaults.
    pub settings: MeshSettings,
    /// Version and feature flags.
    pub compat: Compat,
    /// Namespaces by name with their labels; those that are only named by other objects too.
    pub namespaces: BTreeMap<String, Labels>,
    /// Services of Kubernetes and ServiceEntries, one per hostname, namespace and address.
    pub services: Vec<Service>,
    /// Endpoints per service: parallel to `services`.
    pub endpoints: Vec<Vec<Endpoint>>,
    /// Pods and WorkloadEntries.
    pub workloads: Vec<Workload>,
    /// The Pods that Deployments and their like would make; their head is the owner's, with the labels of the template.
    pub templates: Vec<Workload>,
    /// Gateways to other networks, sorted.
    pub network_gateways: Vec<NetworkGateway>,
    /// Address ranges of all networks, sorted: address and prefix length.
    pub network_ranges: Vec<(std::net::IpAddr, u8)>,
    /// VirtualServices, delegates not merged yet, oldest first.
    pub virtual_services: Vec<VirtualService>,
    /// DestinationRules, oldest first.
    pub destination_rules: Vec<DestinationRule>,
    /// Istio Gateways, oldest first.
    pub gateways: Vec<Gateway>,
    /// What istiod writes into the status of Gateway API objects.
    pub gateway_statuses: Vec<GatewayStatus>,
    /// Kubernetes Gateways that are up, which services and workloads may name as waypoints.
    pub waypoints: Vec<Waypoint>,
    /// Gateways of the class of waypoints that are not up, as far as the input tells.
    pub declared_waypoints: Vec<Waypoint>,
    /// Sidecars, oldest first.
    pub sidecars: Vec<Sidecar>,
    /// PeerAuthentications, oldest first.
    pub peer_authentications: Vec<PeerAuthentication>,
    /// RequestAuthentications, oldest first.
    pub request_authentications: Vec<RequestAuthentication>,
    /// AuthorizationPolicies, oldest first.
    pub authorization_policies: Vec<AuthorizationPolicy>,
    /// Telemetries, oldest first.
    pub telemetries: Vec<Telemetry>,
    /// TrafficExtensions and WasmPlugins, oldest first.
    pub traffic_extensions: Vec<TrafficExtension>,
    /// EnvoyFilters, oldest first.
    pub envoy_filters: Vec<EnvoyFilter>,
    /// Policies of which a part comes from a template or a substitution.
    pub half_read: Vec<HalfRead>,
    /// What is not understood, and leaves something open.
    pub unknown: Vec<Unknown>,
    /// Kustomizations change names, namespaces or labels of what is read here as it is written.
    pub unrendered: bool,
    /// What is taken for want of live state. Answers hold under it.
    pub assumed: Vec<Unknown>,
    /// What stands for the endpoints of Services whose EndpointSlices are not in the input.
    pub substitutions: Vec<Substitution>,
    /// Addresses given to hosts of ServiceEntries in the place of the cluster's allocator.
    pub allocations: Vec<Allocation>,
}

/// Addresses that a host of a ServiceEntry was given, which in a cluster may be others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The ServiceEntry.
    pub object: ObjectRef,
    /// The host in the file.
    pub origin: Origin,
    /// The host.
    pub host: Hostname,
    /// One per family.
    pub addresses: Vec<std::net::IpAddr>,
}

/// Where the endpoints of a Service without EndpointSlices were taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointSource {
    /// The Pods of the input that its selector fits.
    Pods,
    /// Its own name, asked of DNS.
    Dns,
    /// Nowhere: there is nothing to take them from, or that was not allowed.
    Nowhere,
}

/// The endpoints of a Service that are not what the cluster would have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// Host of the Service.
    pub host: Hostname,
    /// The Service.
    pub object: ObjectRef,
    /// Where it is.
    pub origin: Origin,
    /// Where they come from instead.
    pub source: EndpointSource,
}

/// Something that is missing or not modelled, and what that makes uncertain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The object that caused it.
    pub object: Option<ObjectRef>,
    /// Why, as a sentence in lower case.
    pub reason: String,
    /// Where it is.
    pub origin: Origin,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{object}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}
