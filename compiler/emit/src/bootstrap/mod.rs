//! The static bootstrap: the resources of one proxy with nothing left to fetch.
//!
//! Works on the resources as istiod would have sent them, so that whatever patches those resources comes first.

mod identity;
mod inline;
mod targets;

use mp_ir::plan::ProxyView;
use serde_json::{Map, Value, json};

use crate::json::{Object, socket_address};
use crate::{EmitError, XdsSnapshot, canonical};

pub use identity::Identity;
pub use targets::Target;

/// What the caller decides about a bootstrap.
#[derive(Clone, Debug, Default)]
pub struct BootstrapOptions {
    /// What will run it.
    pub target: Target,
    /// Files of the workload's certificate; `None` takes the place where Istio mounts them.
    pub identity: Option<Identity>,
}

/// A bootstrap and what had to be assumed for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The whole bootstrap, canonical JSON.
    pub json: Value,
    /// What stands in for live state or is missing on the target, each as one sentence, sorted.
    pub assumptions: Vec<String>,
}

/// Port of the admin listener, loopback only; Istio's own.
const ADMIN_PORT: u16 = 15000;

/// Makes the static bootstrap of one proxy.
///
/// # Errors
/// When the result does not fit Envoy's types: that is a mistake of this program.
pub fn bootstrap(
    proxy: &ProxyView,
    snapshot: XdsSnapshot,
    options: &BootstrapOptions,
) -> Result<Bootstrap, EmitError> {
    let mut assumptions = Vec::new();
    let XdsSnapshot { lds: mut listeners, cds: mut clusters, rds, eds, .. } = snapshot;
    let mut assignments = inline::Assignments::new(eds, &clusters);
    for cluster in &mut clusters {
        inline::endpoints(cluster, &mut assignments);
        inline::unused_sockets(cluster);
    }
    let tables = inline::named(&rds, "name");
    listeners.iter_mut().for_each(|listener| inline::routes(listener, &tables));
    drop((assignments, rds));
    targets::fit(options.target, &mut listeners, &mut clusters, &mut assumptions);
    let identity = options.identity.clone().unwrap_or_default();
    for resource in listeners.iter_mut().chain(clusters.iter_mut()) {
        identity::local_certificates(resource, &identity, &mut assumptions);
    }
    if options.identity.is_none() && assumptions.iter().any(|a| a.contains("workload certificate")) {
        assumptions.push(format!(
            "workload certificate: expected where Istio mounts it, in `{}`",
            identity.folder()
        ));
    }
    for resource in clusters.iter_mut().chain(listeners.iter_mut()) {
        without_type(resource);
    }
    let json = canonical(document(proxy, listeners, clusters))?;
    assumptions.sort();
    assumptions.dedup();
    Ok(Bootstrap { json: stripped(json), assumptions })
}

/// Inside `static_resources` the types are known, so resources carry no `@type` of their own.
fn without_type(resource: &mut Value) {
    if let Some(fields) = resource.as_object_mut() {
        fields.remove("@type");
    }
}

fn stripped(mut json: Value) -> Value {
    without_type(&mut json);
    json
}

fn document(proxy: &ProxyView, listeners: Vec<Value>, clusters: Vec<Value>) -> Value {
    let resources = Object::new().set("listeners", listeners).set("clusters", clusters);
    Object::typed("envoy.config.bootstrap.v3.Bootstrap")
        .set("node", node(proxy))
        .set("admin", json!({"address": socket_address("127.0.0.1", ADMIN_PORT.into())}))
        .set("layeredRuntime", runtime())
        .set("staticResources", resources)
        .into()
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
