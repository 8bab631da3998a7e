//! What ztunnel is told (`pkg/workloadapi`): policies of connections, workloads and services.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::base::{At, Origin};
use crate::mesh::{Locality, Protocol, WaypointAddress};

use super::{Cidr, RbacAction, TextMatch};

/// Everything that ztunnels are told; keys are `namespace/name` and identifiers of workloads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmbientPlan {
    /// Policies.
    pub authorizations: BTreeMap<String, Authorization>,
    /// What ztunnel cannot express of a policy.
    pub conditions: BTreeMap<String, AmbientCondition>,
    /// Workloads.
    pub workloads: BTreeMap<String, AmbientEndpoint>,
    /// Services by `namespace/hostname`.
    pub services: BTreeMap<String, AmbientService>,
}

/// What istiod reports about a policy that ztunnel cannot express as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmbientCondition {
    /// Why, as a sentence in lower case.
    pub message: String,
    /// Whether ztunnel gets it all the same.
    pub bound: bool,
    /// The policy.
    pub origin: Origin,
}

/// Which workloads a policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorizationScope {
    /// All.
    #[default]
    Global,
    /// Those of its namespace.
    Namespace,
    /// Those that name it.
    Workload,
}

/// A policy over connections. It matches when one of its groups does; without groups never.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authorization {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Which workloads it is for.
    pub scope: AuthorizationScope,
    /// What a match means; never [`RbacAction::Log`].
    pub action: RbacAction,
    /// Alternatives.
    pub groups: Vec<AuthorizationGroup>,
    /// Without effect.
    pub dry_run: bool,
    /// The policy in the file.
    pub origin: Origin,
}

impl Authorization {
    /// `namespace/name`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// A conjunction of clauses; without clauses it always matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AuthorizationGroup {
    /// Each clause holds when one of its matches does. A match that asks nothing never holds (`rbac.rs`, `matches`).
    pub clauses: Vec<Vec<ConnectionMatch>>,
    /// The rule in the file.
    pub origin: Origin,
}

/// A conjunction of lists: one entry of each list that is there, and none of the negated ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct ConnectionMatch {
    pub namespaces: Vec<At<TextMatch>>,
    pub not_namespaces: Vec<At<TextMatch>>,
    /// Namespace and name.
    pub service_accounts: Vec<At<(String, String)>>,
    pub not_service_accounts: Vec<At<(String, String)>>,
    /// SPIFFE ids without `spiffe://`.
    pub principals: Vec<At<TextMatch>>,
    pub not_principals: Vec<At<TextMatch>>,
    pub source_ips: Vec<At<Cidr>>,
    pub not_source_ips: Vec<At<Cidr>>,
    pub destination_ips: Vec<At<Cidr>>,
    pub not_destination_ips: Vec<At<Cidr>>,
    pub destination_ports: Vec<At<u32>>,
    pub not_destination_ports: Vec<At<u32>>,
}

impl ConnectionMatch {
    /// Whether it asks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
            && self.not_namespaces.is_empty()
            && self.service_accounts.is_empty()
            && self.not_service_accounts.is_empty()
            && self.principals.is_empty()
            && self.not_principals.is_empty()
            && self.source_ips.is_empty()
            && self.not_source_ips.is_empty()
            && self.destination_ips.is_empty()
            && self.not_destination_ips.is_empty()
            && self.destination_ports.is_empty()
            && self.not_destination_ports.is_empty()
    }
}

/// How a workload takes mutual TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TunnelProtocol {
    /// Not at all.
    #[default]
    None,
    /// By HTTP CONNECT.
    Hbone,
    /// As sidecars do.
    SidecarTls,
}

/// A waypoint as others find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaypointLink {
    /// Namespace of the Gateway.
    pub namespace: String,
    /// Its address.
    pub address: WaypointAddress,
    /// Its network; empty for the default one.
    pub network: String,
}

/// A workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmbientEndpoint {
    /// Name of the object.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// Host name where it has no address.
    pub hostname: String,
    /// Network; empty for the default one.
    pub network: String,
    /// How it takes mutual TLS.
    pub tunnel: TunnelProtocol,
    /// Speaks the tunnel's protocol itself.
    pub native_tunnel: bool,
    /// Trust domain; empty for `cluster.local`.
    pub trust_domain: String,
    /// Service account.
    pub service_account: String,
    /// Its waypoint.
    pub waypoint: Option<WaypointLink>,
    /// Node name.
    pub node: String,
    /// Canonical service name and revision.
    pub canonical: (String, String),
    /// Whether it is named in telemetry as a Pod.
    pub named: bool,
    /// Name in telemetry.
    pub workload_name: String,
    /// How ztunnel hands connections on: whether by the PROXY protocol, and the port.
    pub application_tunnel: Option<(bool, u32)>,
    /// Services by `namespace/hostname`: pairs of service port and port of the workload.
    pub services: BTreeMap<String, Vec<(u32, u32)>>,
    /// Policies that name it, `namespace/name`.
    pub policies: Vec<String>,
    /// Takes traffic.
    pub healthy: bool,
    /// Region, zone, subzone; all empty where nothing is known.
    pub locality: Locality,
    /// Shares the address of its node.
    pub host_network: bool,
    /// Share of traffic.
    pub weight: u32,
}

/// An address of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddress {
    /// The address; the first one of a block.
    pub address: IpAddr,
    /// Length of the prefix of a block.
    pub bits: Option<u8>,
    /// Network; empty for the default one.
    pub network: String,
}

/// Which endpoints are preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmbientBalancing {
    /// All alike.
    #[default]
    Any,
    /// Those of the node alone.
    NodeOnly,
    /// Same network, region, zone first.
    SameZone,
    /// Same network, region, zone, subzone, node first.
    SameNode,
    /// The address that was dialled.
    Passthrough,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmbientService {
    /// Name of the object.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Host name.
    pub hostname: String,
    /// Addresses.
    pub addresses: Vec<ServiceAddress>,
    /// Ports: number, target (0 for a named one), protocol.
    pub ports: Vec<(u32, u32, Protocol)>,
    /// Names that its certificates may have.
    pub subject_alt_names: Vec<String>,
    /// Its waypoint.
    pub waypoint: Option<WaypointLink>,
    /// Gateways send their traffic through the waypoint as well.
    pub ingress_use_waypoint: bool,
    /// Which endpoints are preferred.
    pub balancing: AmbientBalancing,
    /// Endpoints that are not ready are used too.
    pub allow_unhealthy: bool,
    /// `IPv4`, `IPv6`, both, or nothing stated.
    pub families: Vec<String>,
    /// The one that counts for clients of other namespaces.
    pub canonical: bool,
}
