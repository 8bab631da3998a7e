//! Istio semantics: from the typed objects of the input to facts, and from facts to the plan for one proxy.
//!
//! Invariant: nothing here reads files or knows an Envoy message. The same input gives the same facts and plans.

mod agent;
pub mod context;
pub mod facts;
pub mod gateways;
pub mod hosts;
pub mod index;
pub mod plan;
pub mod proxy;
pub mod rollout;
pub mod scope;
pub mod ties;
pub mod virtual_services;

use std::collections::BTreeMap;

use mp_ir::mesh::{IstioVersion, Mesh};
use mp_ir::plan::{AmbientPlan, Plan, ProxyView};
use mp_model::{Input, Workspace};

pub use agent::{AgentNode, agent_bootstrap, agent_of_proxy};
pub use context::Context;
pub use facts::Earlier;
pub use index::Index;
pub use proxy::ProxySpec;
pub use scope::Scope;
pub use ties::{Tie, ties};

/// What the facts depend on beside the objects of the input.
#[derive(Clone, Debug, Default)]
pub struct FactOptions {
    /// The body of MeshConfig. Without it the ConfigMap `istio` of the root namespace counts, else istiod's defaults.
    /// Spans of this file carry the [`mp_model::base::FileId`] that follows those of the workspace.
    pub mesh_config: Option<Input>,
    /// The body of MeshNetworks.
    pub mesh_networks: Option<Input>,
    /// Feature flags of istiod.
    pub env: BTreeMap<String, String>,
    /// What stands for EndpointSlices that are not in the input.
    pub endpoints: EndpointChoice,
    /// Hosts of ServiceEntries without addresses get some, as the allocator of a cluster would write into their status.
    pub allocate_addresses: bool,
    /// Pods stand for the workloads that have none in the input, and Services without an address get one.
    pub stand_ins: bool,
    /// What a running control plane would write into a cluster is worked out where the input does not have it: that the ambient mesh is
    /// on, and the Services and addresses of waypoints. [`Mesh::assumed`] tells.
    pub inferred: bool,
    /// Keys of issuers whose rules only say where to fetch them.
    pub key_sets: Vec<KeySet>,
    /// istiod's version; `None` is the version that this compiler follows.
    pub version: Option<IstioVersion>,
}

/// The keys (JWKS) of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// The issuer; `None` for all that have no keys of their own.
    pub issuer: Option<String>,
    /// The JSON text.
    pub keys: String,
}

/// How far endpoints may be replaced where a Service has no EndpointSlices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointChoice {
    /// Not at all: without EndpointSlices there are no endpoints, as istiod has it.
    #[default]
    Slices,
    /// By the Pods of the input, else there are none.
    Pods,
    /// By the Pods of the input, else by the Service's own name.
    Dns,
    /// Judged for each Service: Pods of the input stand for its slices, else its name where its workload is written in the input.
    /// Where neither is there, its name too, unless other Services have slices: then the input is a copy of a cluster, in which
    /// it has no endpoints.
    Auto,
}

/// Reads the facts of the whole mesh. Never fails: what is missing or not understood stands in [`Mesh::unknown`].
#[must_use]
pub fn facts(ws: &Workspace, options: &FactOptions) -> Mesh {
    facts::read(ws, options, None)
}

/// As [`facts`], where an earlier state of the same files was read with the same options: what depends on one object of an unchanged file is
/// taken over. Files that did not change must have the same parse, and their objects the same place among them.
#[must_use]
pub fn facts_again(ws: &Workspace, options: &FactOptions, earlier: Earlier) -> Mesh {
    facts::read(ws, options, Some(earlier))
}

/// Plans what ztunnels are told.
#[must_use]
pub fn ambient(ws: &Workspace, mesh: &Mesh) -> AmbientPlan {
    plan::ambient::plan(mesh, &facts::ambient::workloads(ws, mesh))
}

/// Plans what says where one proxy sends requests and how: its listeners, route tables and clusters.
#[must_use]
pub fn traffic(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Plan {
    let scope = Scope::new(mesh, index, proxy);
    let gateways = gateways::merge(mesh, index, proxy);
    plan::traffic(&Context { mesh, index, proxy, scope: &scope, gateways: gateways.as_ref() })
}

/// Plans everything for one proxy.
#[must_use]
pub fn plan(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Plan {
    let scope = Scope::new(mesh, index, proxy);
    let gateways = gateways::merge(mesh, index, proxy);
    let context = Context { mesh, index, proxy, scope: &scope, gateways: gateways.as_ref() };
    plan::all(&context)
}
