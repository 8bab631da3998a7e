//! EnvoyFilters: patches of what would be sent otherwise.

use std::collections::BTreeMap;

use crate::base::Origin;

use super::{Labels, Meta, TargetRef};

/// An EnvoyFilter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvoyFilter {
    /// Head.
    pub meta: Meta,
    /// Lower numbers are applied first.
    pub priority: i64,
    /// `workloadSelector`; empty selects everything.
    pub selector: Labels,
    /// `targetRefs`.
    pub targets: Vec<TargetRef>,
    /// `configPatches` in written order.
    pub patches: Vec<EnvoyPatch>,
}

/// One entry of `configPatches`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvoyPatch {
    /// What it changes.
    pub apply_to: ApplyTo,
    /// How.
    pub operation: PatchOperation,
    /// Where; `None` for everywhere (`ANY`).
    pub context: Option<PatchContext>,
    /// Which proxies.
    pub proxy: ProxyCondition,
    /// Which listeners and parts of them.
    pub listener: Option<ListenerCondition>,
    /// Which route tables and parts of them.
    pub route: Option<RouteCondition>,
    /// Which clusters.
    pub cluster: Option<ClusterCondition>,
    /// The value as JSON, in Envoy's names; `None` where nothing is written.
    pub value: Option<String>,
    /// The entry in the file.
    pub origin: Origin,
}

/// `applyTo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyTo {
    /// `LISTENER`.
    Listener,
    /// `LISTENER_FILTER`.
    ListenerFilter,
    /// `FILTER_CHAIN`.
    FilterChain,
    /// `NETWORK_FILTER`.
    NetworkFilter,
    /// `HTTP_FILTER`.
    HttpFilter,
    /// `ROUTE_CONFIGURATION`.
    RouteConfiguration,
    /// `VIRTUAL_HOST`.
    VirtualHost,
    /// `HTTP_ROUTE`.
    HttpRoute,
    /// `CLUSTER`.
    Cluster,
    /// `EXTENSION_CONFIG`.
    ExtensionConfig,
    /// `BOOTSTRAP`.
    Bootstrap,
}

/// `patch.operation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchOperation {
    /// `MERGE`: lists grow.
    Merge,
    /// `MERGE_AND_REPLACE_LIST`: lists are replaced.
    MergeReplaceLists,
    /// `ADD`.
    Add,
    /// `REMOVE`.
    Remove,
    /// `INSERT_BEFORE`.
    InsertBefore,
    /// `INSERT_AFTER`.
    InsertAfter,
    /// `INSERT_FIRST`.
    InsertFirst,
    /// `REPLACE`.
    Replace,
    /// Nothing that istiod knows.
    Invalid,
}

/// `match.context`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchContext {
    /// `SIDECAR_INBOUND`.
    SidecarInbound,
    /// `SIDECAR_OUTBOUND`.
    SidecarOutbound,
    /// `GATEWAY`.
    Gateway,
    /// `WAYPOINT`.
    Waypoint,
}

/// `match.proxy`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyCondition {
    /// A regular expression that the version contains a match of; empty for every version.
    pub version: String,
    /// Node metadata that must be equal.
    pub metadata: BTreeMap<String, String>,
}

/// `match.listener`. Empty text and 0 match everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListenerCondition {
    /// Name of the listener.
    pub name: String,
    /// Its port, or the destination port of a chain of the virtual listeners.
    pub port: u32,
    /// Name of a listener filter.
    pub listener_filter: String,
    /// Which filter chains.
    pub chain: Option<ChainCondition>,
}

/// `match.listener.filterChain`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainCondition {
    /// Name of the chain.
    pub name: String,
    /// One of its server names.
    pub sni: String,
    /// `tls` or `raw_buffer`.
    pub transport_protocol: String,
    /// All of these, divided by commas.
    pub application_protocols: String,
    /// Its destination port.
    pub destination_port: u32,
    /// Name of a network filter; `None` where no filter is asked for.
    pub filter: Option<String>,
    /// Name of an HTTP filter; `None` where no filter is asked for.
    pub sub_filter: Option<String>,
}

/// `match.routeConfiguration`. Empty text and 0 match everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteCondition {
    /// Name of the table.
    pub name: String,
    /// Its port.
    pub port: u32,
    /// Name of the server's port at a gateway.
    pub port_name: String,
    /// `namespace/name` of the Gateway.
    pub gateway: String,
    /// Which virtual hosts.
    pub virtual_host: Option<VirtualHostCondition>,
}

/// `match.routeConfiguration.vhost`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHostCondition {
    /// Name of the virtual host.
    pub name: String,
    /// One of its domains.
    pub domain: String,
    /// Name of a route, and what it does (`ROUTE`, `REDIRECT`, `DIRECT_RESPONSE`; `ANY` or empty for all); `None` where
    /// no route is asked for.
    pub route: Option<(String, String)>,
}

/// `match.cluster`. Empty text and 0 match everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterCondition {
    /// Name of the cluster; then nothing else counts.
    pub name: String,
    /// Host of its service.
    pub service: String,
    /// Subset.
    pub subset: String,
    /// Port of the service.
    pub port: u32,
}
