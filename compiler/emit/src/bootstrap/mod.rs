//! The static bootstrap: the resources of one proxy with nothing left to fetch.
//!
//! Works on the resources as istiod would have sent them, so that whatever patches those resources comes first.

mod identity;
mod inline;
mod modules;
mod pieces;
mod routes;
mod targets;
mod text;

use mp_ir::plan::{AgentBootstrap, Plan, ProxyView, RuntimeValue};
use serde_json::{Map, Value, json};

use crate::json::{Object, extension, list, socket_address};
use crate::{EmitError, Patched, agent, canonical, faults, xds};

pub use identity::{Identity, SecretUse};
pub(crate) use pieces::Piece;
use pieces::{Parts, Resources, parts};
pub use routes::ResourceFile;
pub use targets::Target;
pub use text::BootstrapText;

/// What the caller decides about a bootstrap.
#[derive(Clone, Debug, Default)]
pub struct BootstrapOptions {
    /// What will run it.
    pub target: Target,
    /// Files of the workload's certificate; `None` takes the place where Istio mounts them.
    pub identity: Option<Identity>,
    /// Folder of the secrets that Gateways and DestinationRules name; `None` takes the place where Istio mounts them.
    pub secrets: Option<String>,
    /// Folder of the files that route tables are read from; `None` puts them into the listeners.
    pub routes: Option<String>,
    /// What the agent of the proxy adds; `None` leaves it out.
    pub agent: Option<AgentBootstrap>,
}

/// A bootstrap and what had to be assumed for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The whole bootstrap, canonical JSON.
    pub json: Value,
    /// What stands in for live state or is missing on the target, each as one sentence, sorted.
    pub assumptions: Vec<String>,
    /// Files that must stand beside it.
    pub files: Vec<ResourceFile>,
    /// Secrets that it reads from files, sorted.
    pub secrets: Vec<SecretUse>,
    /// What EnvoyFilters changed in it.
    pub patched: Patched,
}

/// Port of the admin listener, loopback only; Istio's own.
const ADMIN_PORT: u16 = 15000;

/// The resources of a plan, and what EnvoyFilters changed in them. Only patches and modules have to see canonical ones.
fn resources(plan: &Plan) -> Result<(Resources<'_>, Patched), EmitError> {
    if plan.patches.is_empty() && plan.modules.is_empty() {
        return Ok((Resources::planned(plan)?, Patched::default()));
    }
    let mut snapshot = xds(plan)?;
    let patched = std::mem::take(&mut snapshot.patched);
    Ok((Resources::sent(snapshot), patched))
}

/// Makes the static bootstrap of one proxy as a tree.
pub(crate) fn tree(plan: &Plan, options: &BootstrapOptions) -> Result<Bootstrap, EmitError> {
    let (resources, patched) = resources(plan)?;
    let frame = |listeners: &[Value]| frame(&plan.proxy, options.agent.as_ref(), listeners);
    let Parts { mut frame, listeners, clusters, assumptions, files, secrets } =
        parts(resources, options, frame, |piece| piece.json)?;
    if let Some(resources) = frame.get_mut("staticResources").and_then(Value::as_object_mut) {
        for (key, list) in [("listeners", listeners), ("clusters", clusters)] {
            if !list.is_empty() {
                resources.insert(key.to_owned(), Value::Array(list));
            }
        }
    }
    Ok(Bootstrap { json: Value::Object(frame), assumptions, files, secrets, patched })
}

/// Makes the static bootstrap of one proxy as text.
pub(crate) fn text(plan: &Plan, options: &BootstrapOptions) -> Result<BootstrapText, EmitError> {
    let (resources, patched) = resources(plan)?;
    let frame = |listeners: &[Value]| frame(&plan.proxy, options.agent.as_ref(), listeners);
    let spell = |piece: Piece| {
        let faults::Judged { faults, expressions } = faults::of_piece(plan, &patched, &piece);
        text::Spelled { text: text::item(&piece.json), faults, expressions }
    };
    let parts = parts(resources, options, frame, spell)?;
    let mut found = faults::of_frame(plan, &parts.frame);
    found.extend(parts.files.iter().flat_map(|file| faults::of_file(plan, &file.json)));
    BootstrapText::new(parts, found)
}

fn stripped(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.shift_remove("@type");
    }
    json
}

/// A bootstrap whose resources are still missing.
fn frame(
    proxy: &ProxyView,
    agent: Option<&AgentBootstrap>,
    listeners: &[Value],
) -> Result<Map<String, Value>, EmitError> {
    let port = agent.map_or(ADMIN_PORT.into(), |agent| agent.ports.admin);
    let port = u32::try_from(port).unwrap_or(ADMIN_PORT.into());
    let stated = agent.filter(|agent| agent::says_stats(agent));
    let frame = Object::typed("envoy.config.bootstrap.v3.Bootstrap")
        .set("node", node(proxy, agent))
        .set("admin", json!({"address": socket_address("127.0.0.1", port)}))
        .set("layeredRuntime", runtime(agent))
        .maybe("statsConfig", stated.map(agent::stats_config))
        .maybe("statsSinks", agent.and_then(agent::stats_sinks))
        .maybe("tracing", agent.and_then(agent::tracing))
        .unless_default("bootstrapExtensions", list(internal_listeners(listeners)))
        .set("staticResources", Object::new());
    match stripped(canonical(frame.into())?) {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// What Envoy needs before it takes listeners without a socket.
fn internal_listeners(listeners: &[Value]) -> Option<Value> {
    let any = listeners.iter().any(|listener| listener.get("internalListener").is_some());
    any.then(|| {
        let config = Object::typed("envoy.extensions.bootstrap.internal_listener.v3.InternalListener");
        extension("envoy.bootstrap.internal_listener", config)
    })
}

/// The runtime flags that Istio's own bootstrap sets and that change answers (`tools/packaging/common/envoy_bootstrap.json`):
/// paths with a fragment are cut rather than refused, and patterns may be as large as Istio lets them be.
/// Values that the proxy's own configuration names come over them; an empty one takes a flag away.
fn runtime(agent: Option<&AgentBootstrap>) -> Value {
    let mut flags = Map::new();
    flags.insert("envoy.reloadable_features.http_reject_path_with_fragment".to_owned(), json!(false));
    flags.insert("re2.max_program_size.error_level".to_owned(), json!("32768"));
    let agent = agent.map(|agent| (&agent.stated.runtime, &agent.runtime));
    for (key, value) in
        agent.into_iter().flat_map(|(stated, all)| stated.iter().map(|key| (key, all.get(key))))
    {
        match value {
            Some(RuntimeValue::Bool(value)) => flags.insert(key.clone(), json!(value)),
            Some(RuntimeValue::Text(text)) => flags.insert(key.clone(), json!(text)),
            None => flags.shift_remove(key),
        };
    }
    json!({"layers": [{"name": "global config", "staticLayer": flags}]})
}

fn node(proxy: &ProxyView, agent: Option<&AgentBootstrap>) -> Value {
    let app = || proxy.labels.get("app").unwrap_or(&proxy.name);
    let cluster =
        agent.map_or_else(|| format!("{}.{}", app(), proxy.namespace), |agent| agent.cluster.clone());
    let mut node = Map::new();
    node.insert("id".to_owned(), json!(proxy.id));
    node.insert("cluster".to_owned(), json!(cluster));
    node.insert(
        "metadata".to_owned(),
        json!({"NAMESPACE": proxy.namespace, "SERVICE_ACCOUNT": proxy.service_account, "LABELS": proxy.labels}),
    );
    Value::Object(node)
}
