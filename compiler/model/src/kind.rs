//! The kinds that meshproof reads, as one table.

/// A kind of object. API versions of one kind are the same to us, as they are to istiod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the Kubernetes kinds")]
pub enum Kind {
    Namespace,
    Node,
    Service,
    ServiceAccount,
    Pod,
    Endpoints,
    EndpointSlice,
    Secret,
    ConfigMap,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Job,
    CronJob,
    Ingress,
    IngressClass,
    VirtualService,
    DestinationRule,
    IstioGateway,
    ServiceEntry,
    Sidecar,
    WorkloadEntry,
    WorkloadGroup,
    EnvoyFilter,
    ProxyConfig,
    PeerAuthentication,
    RequestAuthentication,
    AuthorizationPolicy,
    Telemetry,
    WasmPlugin,
    TrafficExtension,
    GatewayClass,
    Gateway,
    HttpRoute,
    GrpcRoute,
    TlsRoute,
    TcpRoute,
    UdpRoute,
    ReferenceGrant,
    BackendTlsPolicy,
    ListenerSet,
    Invariant,
}

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the whole cluster.
    Cluster,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// The kind.
    pub kind: Kind,
    /// `kind:` in YAML.
    pub name: &'static str,
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Where objects live.
    pub scope: Scope,
}

const fn row(kind: Kind, name: &'static str, group: &'static str, scope: Scope) -> KindInfo {
    KindInfo { kind, name, group, scope }
}

const NET: &str = "networking.istio.io";
const SEC: &str = "security.istio.io";
const GWAPI: &str = "gateway.networking.k8s.io";

/// All kinds, in the order of [`Kind`].
pub const KINDS: &[KindInfo] = &[
    row(Kind::Namespace, "Namespace", "", Scope::Cluster),
    row(Kind::Node, "Node", "", Scope::Cluster),
    row(Kind::Service, "Service", "", Scope::Namespaced),
    row(Kind::ServiceAccount, "ServiceAccount", "", Scope::Namespaced),
    row(Kind::Pod, "Pod", "", Scope::Namespaced),
    row(Kind::Endpoints, "Endpoints", "", Scope::Namespaced),
    row(Kind::EndpointSlice, "EndpointSlice", "discovery.k8s.io", Scope::Namespaced),
    row(Kind::Secret, "Secret", "", Scope::Namespaced),
    row(Kind::ConfigMap, "ConfigMap", "", Scope::Namespaced),
    row(Kind::Deployment, "Deployment", "apps", Scope::Namespaced),
    row(Kind::StatefulSet, "StatefulSet", "apps", Scope::Namespaced),
    row(Kind::DaemonSet, "DaemonSet", "apps", Scope::Namespaced),
    row(Kind::ReplicaSet, "ReplicaSet", "apps", Scope::Namespaced),
    row(Kind::Job, "Job", "batch", Scope::Namespaced),
    row(Kind::CronJob, "CronJob", "batch", Scope::Namespaced),
    row(Kind::Ingress, "Ingress", "networking.k8s.io", Scope::Namespaced),
    row(Kind::IngressClass, "IngressClass", "networking.k8s.io", Scope::Cluster),
    row(Kind::VirtualService, "VirtualService", NET, Scope::Namespaced),
    row(Kind::DestinationRule, "DestinationRule", NET, Scope::Namespaced),
    row(Kind::IstioGateway, "Gateway", NET, Scope::Namespaced),
    row(Kind::ServiceEntry, "ServiceEntry", NET, Scope::Namespaced),
    row(Kind::Sidecar, "Sidecar", NET, Scope::Namespaced),
    row(Kind::WorkloadEntry, "WorkloadEntry", NET, Scope::Namespaced),
    row(Kind::WorkloadGroup, "WorkloadGroup", NET, Scope::Namespaced),
    row(Kind::EnvoyFilter, "EnvoyFilter", NET, Scope::Namespaced),
    row(Kind::ProxyConfig, "ProxyConfig", NET, Scope::Namespaced),
    row(Kind::PeerAuthentication, "PeerAuthentication", SEC, Scope::Namespaced),
    row(Kind::RequestAuthentication, "RequestAuthentication", SEC, Scope::Namespaced),
    row(Kind::AuthorizationPolicy, "AuthorizationPolicy", SEC, Scope::Namespaced),
    row(Kind::Telemetry, "Telemetry", "telemetry.istio.io", Scope::Namespaced),
    row(Kind::WasmPlugin, "WasmPlugin", "extensions.istio.io", Scope::Namespaced),
    row(Kind::TrafficExtension, "TrafficExtension", "extensions.istio.io", Scope::Namespaced),
    row(Kind::GatewayClass, "GatewayClass", GWAPI, Scope::Cluster),
    row(Kind::Gateway, "Gateway", GWAPI, Scope::Namespaced),
    row(Kind::HttpRoute, "HTTPRoute", GWAPI, Scope::Namespaced),
    row(Kind::GrpcRoute, "GRPCRoute", GWAPI, Scope::Namespaced),
    row(Kind::TlsRoute, "TLSRoute", GWAPI, Scope::Namespaced),
    row(Kind::TcpRoute, "TCPRoute", GWAPI, Scope::Namespaced),
    row(Kind::UdpRoute, "UDPRoute", GWAPI, Scope::Namespaced),
    row(Kind::ReferenceGrant, "ReferenceGrant", GWAPI, Scope::Namespaced),
    row(Kind::BackendTlsPolicy, "BackendTLSPolicy", GWAPI, Scope::Namespaced),
    row(Kind::ListenerSet, "ListenerSet", GWAPI, Scope::Namespaced),
    row(Kind::Invariant, "Invariant", "meshproof.dev", Scope::Namespaced),
];

impl Kind {
    /// The kind of `apiVersion` and `kind`, any version of the group; `None` for kinds that we do not read.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        KINDS.iter().find(|row| row.name == kind && row.group == group).map(|row| row.kind)
    }

    /// Its row in the table.
    #[must_use]
    pub fn info(self) -> &'static KindInfo {
        KINDS.get(self as usize).unwrap_or(&FALLBACK)
    }

    /// `kind:` in YAML. Istio's and Kubernetes' `Gateway` share one name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether its objects belong to the whole cluster.
    #[must_use]
    pub fn is_cluster_wide(self) -> bool {
        self.info().scope == Scope::Cluster
    }
}

/// Only there because a lookup has to return something; `every_kind_has_its_row` shows that it is never used.
static FALLBACK: KindInfo = row(Kind::Namespace, "Namespace", "", Scope::Cluster);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        for (at, row) in KINDS.iter().enumerate() {
            assert_eq!(row.kind as usize, at, "{}", row.name);
        }
        assert_eq!(KINDS.len(), Kind::Invariant as usize + 1);
    }

    #[test]
    fn versions_of_a_group_are_one_kind() {
        for version in ["v1alpha3", "v1beta1", "v1"] {
            assert_eq!(
                Kind::of(&format!("networking.istio.io/{version}"), "Gateway"),
                Some(Kind::IstioGateway)
            );
        }
        assert_eq!(Kind::of("gateway.networking.k8s.io/v1", "Gateway"), Some(Kind::Gateway));
        assert_eq!(Kind::of("v1", "Gateway"), None);
    }
}
