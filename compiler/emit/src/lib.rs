//! The plan as Envoy v3 resources.
//!
//! Invariant: this crate decides nothing. It spells what the plan says, and refuses what Envoy's types do not know.
//! Every resource is made as JSON by the builders of [`json`] and then read and written once by the descriptor pool: unknown
//! fields and types are errors, and the text that comes out is canonical.

mod access_log;
mod agent;
mod ambient;
mod bootstrap;
mod cause;
mod chain_matcher;
mod cluster;
mod endpoint;
mod extension;
mod faults;
mod filters;
mod generated {
    pub(crate) mod demands;
}
mod http_connection_manager;
pub mod json;
pub mod jwt;
mod listener;
mod name_table;
mod patch;
mod pool;
pub mod rbac;
mod route;
mod tls;
mod tracing;

use mp_ir::plan::Plan;
use rayon::prelude::*;
use serde_json::Value;

pub use agent::agent_bootstrap;
pub use ambient::ambient;
pub use bootstrap::{Bootstrap, BootstrapOptions, BootstrapText, Identity, ResourceFile, SecretUse, Target};
pub use cause::{Cause, causes, parts};
pub use faults::{Fault, faults};
pub use patch::{Patched, Unused, unused};
pub use pool::{EmitError, canonical};

/// The resources of one proxy per type, each canonical JSON with `@type`, sorted by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XdsSnapshot {
    /// `envoy.config.listener.v3.Listener`.
    pub lds: Vec<Value>,
    /// `envoy.config.cluster.v3.Cluster`.
    pub cds: Vec<Value>,
    /// `envoy.config.route.v3.RouteConfiguration`.
    pub rds: Vec<Value>,
    /// `envoy.config.endpoint.v3.ClusterLoadAssignment`.
    pub eds: Vec<Value>,
    /// `envoy.config.core.v3.TypedExtensionConfig`.
    pub ecds: Vec<Value>,
    /// `istio.networking.nds.v1.NameTable`.
    pub nds: Vec<Value>,
    /// What EnvoyFilters changed in the resources.
    pub patched: Patched,
}

impl XdsSnapshot {
    /// File names and resources, in the order of the xDS types.
    #[must_use]
    pub fn files(&self) -> [(&'static str, &[Value]); 6] {
        [
            ("lds", &self.lds),
            ("cds", &self.cds),
            ("rds", &self.rds),
            ("eds", &self.eds),
            ("ecds", &self.ecds),
            ("nds", &self.nds),
        ]
    }
}

/// Spells a plan as xDS resources.
///
/// # Errors
/// When a resource does not fit Envoy's types: that is a mistake of this program.
pub fn xds(plan: &Plan) -> Result<XdsSnapshot, EmitError> {
    let mut snapshot = spell(plan)?;
    if !plan.patches.is_empty() {
        patch::apply(plan, &mut snapshot)?;
    }
    Ok(snapshot)
}

/// Spells a plan as a static bootstrap, of which pieces can be looked at.
///
/// # Errors
/// When the result does not fit Envoy's types: that is a mistake of this program.
pub fn compile(plan: &Plan, options: &BootstrapOptions) -> Result<Bootstrap, EmitError> {
    bootstrap::tree(plan, options)
}

/// Spells a plan as the text of a static bootstrap, in a fraction of the room that [`compile`] takes, and finds the values in it that keep
/// Envoy from loading it.
///
/// # Errors
/// As [`compile`].
pub fn compile_text(plan: &Plan, options: &BootstrapOptions) -> Result<BootstrapText, EmitError> {
    bootstrap::text(plan, options)
}

/// The resources without patches.
fn spell(plan: &Plan) -> Result<XdsSnapshot, EmitError> {
    let mut snapshot = XdsSnapshot {
        lds: resources(&plan.listeners, |item| canonical(listener::listener(item)), "name")?,
        cds: resources(&plan.clusters, |item| canonical(cluster::message(item)), "name")?,
        eds: resources(&plan.endpoints, |item| canonical(endpoint::message(item)), "clusterName")?,
        rds: resources(&plan.routes, |item| canonical(route::message(item)), "name")?,
        nds: resources(plan.names.as_slice(), |item| canonical(name_table::message(item)), "name")?,
        ecds: Vec::new(),
        patched: Patched::default(),
    };
    snapshot.ecds = extensions(plan, &snapshot.lds)?;
    Ok(snapshot)
}

/// Configurations of the modules that a listener asks for.
fn extensions(plan: &Plan, listeners: &[Value]) -> Result<Vec<Value>, EmitError> {
    if plan.modules.is_empty() {
        return Ok(Vec::new());
    }
    let asked = patch::asked(listeners);
    let wanted = plan.modules.iter().filter(|module| asked.contains(&module.resource));
    wanted.filter_map(extension::module).map(pool::canonical_patched).collect()
}

/// Resources sorted by the field that names them. The first failure in the order of the plan counts.
fn resources<T: Sync>(
    items: &[T],
    spell: impl Fn(&T) -> Result<Value, EmitError> + Send + Sync,
    key: &str,
) -> Result<Vec<Value>, EmitError> {
    let spelled: Vec<Result<Value, EmitError>> = items.par_iter().with_min_len(32).map(spell).collect();
    let mut out = spelled.into_iter().collect::<Result<Vec<Value>, EmitError>>()?;
    out.sort_by(|a, b| a.get(key).and_then(Value::as_str).cmp(&b.get(key).and_then(Value::as_str)));
    Ok(out)
}
