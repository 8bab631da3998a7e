//! Istio semantics: from the typed objects of the input to facts, and from facts to the plan for one proxy.
//!
//! Invariant: nothing here reads files or knows an Envoy message. The same input gives the same facts and plans.

pub mod context;
pub mod facts;
pub mod gateways;
pub mod hosts;
pub mod index;
pub mod plan;
pub mod proxy;
pub mod scope;
pub mod virtual_services;

use std::collections::BTreeMap;

use mp_ir::mesh::{IstioVersion, Mesh};
use mp_ir::plan::{Plan, ProxyView};
use mp_model::{Input, Workspace};

pub use context::Context;
pub use index::Index;
pub use proxy::ProxySpec;
pub use scope::Scope;

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
    /// istiod's version; `None` is the version that this compiler follows.
    pub version: Option<IstioVersion>,
}

/// Reads the facts of the whole mesh. Never fails: what is missing or not understood stands in [`Mesh::unknown`].
#[must_use]
pub fn facts(ws: &Workspace, options: &FactOptions) -> Mesh {
    facts::read(ws, options)
}

/// Plans everything for one proxy.
#[must_use]
pub fn plan(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Plan {
    let scope = Scope::new(mesh, index, proxy);
    let gateways = gateways::merge(mesh, index, proxy);
    let context = Context { mesh, index, proxy, scope: &scope, gateways: gateways.as_ref() };
    plan::all(&context)
}
