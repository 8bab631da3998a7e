//! The kinds that Istio's analyzers read (istio 1.31 `pkg/config/schema/collections`), as one table.

use crate::Kind;

/// A kind of object that some analyzer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the Kubernetes kinds")]
pub enum SourceKind {
    Namespace,
    Node,
    Pod,
    Service,
    Secret,
    ConfigMap,
    Deployment,
    CustomResourceDefinition,
    MutatingWebhookConfiguration,
    ValidatingWebhookConfiguration,
    KubernetesGateway,
    HttpRoute,
    GrpcRoute,
    AuthorizationPolicy,
    DestinationRule,
    EnvoyFilter,
    Gateway,
    PeerAuthentication,
    ProxyConfig,
    RequestAuthentication,
    ServiceEntry,
    Sidecar,
    Telemetry,
    TrafficExtension,
    VirtualService,
    WasmPlugin,
    WorkloadEntry,
    WorkloadGroup,
    MeshConfig,
    MeshNetworks,
}

/// One row of the table.
struct Row {
    kind: SourceKind,
    group: &'static str,
    name: &'static str,
    versions: &'static [&'static str],
    /// How the rest of meshproof calls it.
    model: Option<Kind>,
}

const fn row(
    kind: SourceKind,
    group: &'static str,
    name: &'static str,
    versions: &'static [&'static str],
    model: Option<Kind>,
) -> Row {
    Row { kind, group, name, versions, model }
}

const NET: &str = "networking.istio.io";
const SEC: &str = "security.istio.io";
const EXT: &str = "extensions.istio.io";
const GWAPI: &str = "gateway.networking.k8s.io";
const HOOKS: &str = "admissionregistration.k8s.io";
const V1: &[&str] = &["v1"];
const THREE: &[&str] = &["v1", "v1alpha3", "v1beta1"];
const TWO: &[&str] = &["v1", "v1beta1"];

/// All kinds, in the order of [`SourceKind`].
const ROWS: &[Row] = &[
    row(SourceKind::Namespace, "", "Namespace", V1, Some(Kind::Namespace)),
    row(SourceKind::Node, "", "Node", V1, Some(Kind::Node)),
    row(SourceKind::Pod, "", "Pod", V1, Some(Kind::Pod)),
    row(SourceKind::Service, "", "Service", V1, Some(Kind::Service)),
    row(SourceKind::Secret, "", "Secret", V1, Some(Kind::Secret)),
    row(SourceKind::ConfigMap, "", "ConfigMap", V1, Some(Kind::ConfigMap)),
    row(SourceKind::Deployment, "apps", "Deployment", V1, Some(Kind::Deployment)),
    row(SourceKind::CustomResourceDefinition, "apiextensions.k8s.io", "CustomResourceDefinition", V1, None),
    row(SourceKind::MutatingWebhookConfiguration, HOOKS, "MutatingWebhookConfiguration", V1, None),
    row(SourceKind::ValidatingWebhookConfiguration, HOOKS, "ValidatingWebhookConfiguration", V1, None),
    row(SourceKind::KubernetesGateway, GWAPI, "Gateway", &["v1", "v1alpha2", "v1beta1"], Some(Kind::Gateway)),
    row(SourceKind::HttpRoute, GWAPI, "HTTPRoute", &["v1", "v1alpha2", "v1beta1"], Some(Kind::HttpRoute)),
    row(SourceKind::GrpcRoute, GWAPI, "GRPCRoute", &["v1", "v1alpha2"], Some(Kind::GrpcRoute)),
    row(SourceKind::AuthorizationPolicy, SEC, "AuthorizationPolicy", TWO, Some(Kind::AuthorizationPolicy)),
    row(SourceKind::DestinationRule, NET, "DestinationRule", THREE, Some(Kind::DestinationRule)),
    row(SourceKind::EnvoyFilter, NET, "EnvoyFilter", &["v1alpha3"], Some(Kind::EnvoyFilter)),
    row(SourceKind::Gateway, NET, "Gateway", THREE, Some(Kind::IstioGateway)),
    row(SourceKind::PeerAuthentication, SEC, "PeerAuthentication", TWO, Some(Kind::PeerAuthentication)),
    row(SourceKind::ProxyConfig, NET, "ProxyConfig", &["v1beta1"], Some(Kind::ProxyConfig)),
    row(
        SourceKind::RequestAuthentication,
        SEC,
        "RequestAuthentication",
        TWO,
        Some(Kind::RequestAuthentication),
    ),
    row(SourceKind::ServiceEntry, NET, "ServiceEntry", THREE, Some(Kind::ServiceEntry)),
    row(SourceKind::Sidecar, NET, "Sidecar", THREE, Some(Kind::Sidecar)),
    row(SourceKind::Telemetry, "telemetry.istio.io", "Telemetry", &["v1", "v1alpha1"], Some(Kind::Telemetry)),
    row(SourceKind::TrafficExtension, EXT, "TrafficExtension", &["v1alpha1"], Some(Kind::TrafficExtension)),
    row(SourceKind::VirtualService, NET, "VirtualService", THREE, Some(Kind::VirtualService)),
    row(SourceKind::WasmPlugin, EXT, "WasmPlugin", &["v1alpha1"], Some(Kind::WasmPlugin)),
    row(SourceKind::WorkloadEntry, NET, "WorkloadEntry", THREE, Some(Kind::WorkloadEntry)),
    row(SourceKind::WorkloadGroup, NET, "WorkloadGroup", THREE, Some(Kind::WorkloadGroup)),
    row(SourceKind::MeshConfig, "", "MeshConfig", &[], None),
    row(SourceKind::MeshNetworks, "", "MeshNetworks", &[], None),
];

impl SourceKind {
    /// The kind of `apiVersion` and `kind`; `None` for others and for versions that Istio does not read. MeshConfig and MeshNetworks are
    /// no objects of files.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<SourceKind> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let is_it = |row: &&Row| row.name == kind && row.group == group && row.versions.contains(&version);
        ROWS.iter().find(is_it).map(|row| row.kind)
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = SourceKind> {
        ROWS.iter().map(|row| row.kind)
    }

    /// `kind:` in YAML. Istio's and Kubernetes' `Gateway` share one name.
    #[must_use]
    pub fn name(self) -> &'static str {
        ROWS.get(self as usize).map_or("", |row| row.name)
    }

    /// The kind under which the rest of meshproof knows it.
    #[must_use]
    pub fn model(self) -> Option<Kind> {
        ROWS.get(self as usize).and_then(|row| row.model)
    }

    /// Whether its objects belong to the whole cluster.
    #[must_use]
    pub fn is_cluster_wide(self) -> bool {
        match self {
            SourceKind::Namespace
            | SourceKind::Node
            | SourceKind::CustomResourceDefinition
            | SourceKind::MutatingWebhookConfiguration
            | SourceKind::ValidatingWebhookConfiguration => true,
            SourceKind::Pod
            | SourceKind::Service
            | SourceKind::Secret
            | SourceKind::ConfigMap
            | SourceKind::Deployment
            | SourceKind::KubernetesGateway
            | SourceKind::HttpRoute
            | SourceKind::GrpcRoute
            | SourceKind::AuthorizationPolicy
            | SourceKind::DestinationRule
            | SourceKind::EnvoyFilter
            | SourceKind::Gateway
            | SourceKind::PeerAuthentication
            | SourceKind::ProxyConfig
            | SourceKind::RequestAuthentication
            | SourceKind::ServiceEntry
            | SourceKind::Sidecar
            | SourceKind::Telemetry
            | SourceKind::TrafficExtension
            | SourceKind::VirtualService
            | SourceKind::WasmPlugin
            | SourceKind::WorkloadEntry
            | SourceKind::WorkloadGroup
            | SourceKind::MeshConfig
            | SourceKind::MeshNetworks => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(row.kind as usize, at, "{}", row.name);
        }
        assert_eq!(ROWS.len(), SourceKind::MeshNetworks as usize + 1);
    }

    #[test]
    fn versions_count() {
        assert_eq!(SourceKind::of("networking.istio.io/v1beta1", "Gateway"), Some(SourceKind::Gateway));
        assert_eq!(
            SourceKind::of("gateway.networking.k8s.io/v1", "Gateway"),
            Some(SourceKind::KubernetesGateway)
        );
        assert_eq!(SourceKind::of("networking.istio.io/v2", "Gateway"), None);
        assert_eq!(SourceKind::of("networking.istio.io/v1", "EnvoyFilter"), None);
        assert_eq!(SourceKind::of("apps/v1", "Deployment"), Some(SourceKind::Deployment));
    }
}
