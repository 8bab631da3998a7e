//! The static bootstrap: the resources of one proxy with nothing left to fetch.
//!
//! Works on the resources as istiod would have sent them, so that whatever patches those resources comes first.

mod identity;
mod inline;
mod modules;
mod routes;
mod targets;

use mp_ir::plan::ProxyView;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use crate::json::{Object, extension, list, socket_address};
use crate::{EmitError, Patched, XdsSnapshot, canonical};

pub use identity::{Identity, SecretUse};
pub use routes::ResourceFile;
pub use targets::Target;

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

/// Makes the static bootstrap of one proxy. The resources need not be canonical, the result is.
pub(crate) fn bootstrap(
    proxy: &ProxyView,
    snapshot: XdsSnapshot,
    options: &BootstrapOptions,
) -> Result<Bootstrap, EmitError> {
    let mut assumptions = Vec::new();
    let XdsSnapshot { lds: mut listeners, cds: mut clusters, rds, eds, ecds, patched, .. } = snapshot;
    let mut assignments = inline::Assignments::new(eds, &clusters);
    for cluster in &mut clusters {
        inline::endpoints(cluster, &mut assignments);
        inline::unused_sockets(cluster);
    }
    modules::inline(&mut listeners, ecds, &mut assumptions);
    routes::inline(&mut listeners, &rds);
    let tables = if options.routes.is_some() { routes::names(&rds) } else { Default::default() };
    drop((assignments, rds));
    targets::fit(options.target, &mut listeners, &mut clusters, &mut assumptions);
    let mut local = identity::Local::new(options);
    for resource in listeners.iter_mut().chain(clusters.iter_mut()) {
        local.certificates(resource);
    }
    let secrets = local.finish(&mut assumptions);
    let mut json = document(proxy, finished(listeners)?, finished(clusters)?)?;
    let listeners = json.pointer_mut("/staticResources/listeners");
    let files = match (&options.routes, listeners) {
        (Some(folder), Some(listeners)) => routes::to_files(listeners, &tables, folder),
        _ => Vec::new(),
    };
    assumptions.sort();
    assumptions.dedup();
    Ok(Bootstrap { json, assumptions, files, secrets, patched })
}

/// Canonical resources. Inside `static_resources` the types are known, so they carry no `@type` of their own.
fn finished(resources: Vec<Value>) -> Result<Vec<Value>, EmitError> {
    let done: Vec<Result<Value, EmitError>> =
        resources.into_par_iter().with_min_len(32).map(|one| canonical(one).map(stripped)).collect();
    done.into_iter().collect()
}

fn stripped(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.shift_remove("@type");
    }
    json
}

fn document(proxy: &ProxyView, listeners: Vec<Value>, clusters: Vec<Value>) -> Result<Value, EmitError> {
    let frame = Object::typed("envoy.config.bootstrap.v3.Bootstrap")
        .set("node", node(proxy))
        .set("admin", json!({"address": socket_address("127.0.0.1", ADMIN_PORT.into())}))
        .set("layeredRuntime", runtime())
        .unless_default("bootstrapExtensions", list(internal_listeners(&listeners)))
        .set("staticResources", Object::new());
    let mut frame = stripped(canonical(frame.into())?);
    if let Some(resources) = frame.get_mut("staticResources").and_then(Value::as_object_mut) {
        for (key, list) in [("listeners", listeners), ("clusters", clusters)] {
            if !list.is_empty() {
                resources.insert(key.to_owned(), Value::Array(list));
            }
        }
    }
    Ok(frame)
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
fn runtime() -> Value {
    let flags = json!({
        "envoy.reloadable_features.http_reject_path_with_fragment": false,
        "re2.max_program_size.error_level": "32768",
    });
    json!({"layers": [{"name": "global config", "staticLayer": flags}]})
}

fn node(proxy: &ProxyView) -> Value {
    let label = |key: &str| proxy.labels.get(key).cloned();
    let app = label("app").unwrap_or_else(|| proxy.name.clone());
    let mut node = Map::new();
    node.insert("id".to_owned(), json!(proxy.id));
    node.insert("cluster".to_owned(), json!(format!("{app}.{}", proxy.namespace)));
    node.insert(
        "metadata".to_owned(),
        json!({"NAMESPACE": proxy.namespace, "SERVICE_ACCOUNT": proxy.service_account, "LABELS": proxy.labels}),
    );
    Value::Object(node)
}
