//! The plan: what one proxy is told, in terms of what is meant rather than of Envoy's messages.
//!
//! Everything here is plain public data with the YAML that caused it. Durations are nanoseconds.

mod agent;
mod ambient;
mod cluster;
mod cluster_target;
mod endpoint;
mod listener;
mod names;
mod policy;
mod route;
mod tunnel;
mod upstream_tls;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{EnvoyPatch, TrafficExtension};

pub use agent::*;
pub use ambient::*;
pub use cluster::*;
pub use cluster_target::*;
pub use endpoint::*;
pub use listener::*;
pub use names::*;
pub use policy::*;
pub use route::*;
pub use tunnel::*;
pub use upstream_tls::*;
pub use view::*;

/// All that one proxy is told.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The proxy.
    pub proxy: ProxyView,
    /// Listeners (LDS), in istiod's order.
    pub listeners: Vec<Listener>,
    /// Route tables that listeners name (RDS).
    pub routes: Vec<RouteTable>,
    /// Clusters (CDS), in istiod's order; names are unique.
    pub clusters: Vec<Cluster>,
    /// Endpoints of the clusters whose discovery is [`Discovery::Eds`] (EDS), in the order of the clusters.
    pub endpoints: Vec<LoadAssignment>,
    /// Wasm modules whose filters stand in the listeners (ECDS).
    pub modules: Vec<TrafficExtension>,
    /// Patches of EnvoyFilters, in the order in which they are applied.
    pub patches: Vec<EnvoyPatch>,
    /// Ports of a gateway's Services by the ports that it listens at, where they differ (`MergedGateway.PortMap`).
    pub gateway_ports: BTreeMap<u32, BTreeSet<u32>>,
    /// Names that the agent answers DNS for (NDS); `None` when it does not.
    pub names: Option<BTreeMap<String, NameEntry>>,
}
