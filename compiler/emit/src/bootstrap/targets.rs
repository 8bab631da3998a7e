//! What each target can run. Istio's own filters are in Istio's build and in Envoy's contrib build, not in the plain one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::inline::{see_objects, type_of};

/// What a bootstrap is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Envoy as released.
    #[default]
    Envoy,
    /// Envoy with its contrib extensions.
    EnvoyContrib,
    /// Istio's build of Envoy.
    IstioProxy,
    /// The bundled proxy.
    Meshproof,
}

/// Message types that only Istio's and the contrib build know, and what is lost without them.
const ISTIO_ONLY: &[(&str, &str)] = &[
    ("stats.PluginConfig", "the metrics `istio_requests_total` and its family are absent"),
    ("io.istio.http.peer_metadata.Config", "peers' workload names are absent from telemetry"),
    (
        "envoy.tcp.metadataexchange.config.MetadataExchange",
        "peers' workload names are absent from TCP telemetry",
    ),
    (
        "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
        "ALPN towards the mesh is fixed per cluster instead",
    ),
];

const UPSTREAM_TLS: &str = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

impl Target {
    /// Whether it knows all that Istio sends.
    pub(super) fn is_whole(self) -> bool {
        match self {
            Self::EnvoyContrib | Self::IstioProxy | Self::Meshproof => true,
            Self::Envoy => false,
        }
    }
}

/// What is said of the filters that were taken out.
pub(super) fn told(dropped: &BTreeSet<&'static str>) -> impl Iterator<Item = String> {
    let rows = ISTIO_ONLY.iter().filter(|(message, _)| dropped.contains(message));
    rows.map(|(message, effect)| format!("filter `{message}` is not on this target: {effect}"))
}

/// Takes out of one object what plain Envoy does not know, and does by other means what that did. Strings that balancing can hash are of
/// Istio's build; what is noted of a tunnel becomes a string of Envoy's own.
pub(super) fn fit(fields: &mut Map<String, Value>, dropped: &mut BTreeSet<&'static str>) {
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("httpFilters" | "filters" | "accessLog", Value::Array(filters)) => {
                filters.retain(|filter| match istio_only(filter) {
                    Some(message) => {
                        dropped.insert(message);
                        false
                    }
                    None => true,
                });
            }
            ("factoryKey", factory) if factory == "istio.hashable_string" => *factory = json!("envoy.string"),
            _ => {}
        }
    }
}

/// The type of a filter that only Istio's build knows; looks inside a TypedStruct.
fn istio_only(filter: &Value) -> Option<&'static str> {
    let config = filter.get("typedConfig")?;
    let of =
        |key: &str| config.get(key).and_then(Value::as_str).map(|url| url.rsplit('/').next().unwrap_or(url));
    let names = [of("@type"), of("typeUrl")];
    let row = ISTIO_ONLY.iter().find(|(message, _)| names.contains(&Some(message)))?;
    Some(row.0)
}

/// Clusters that HTTP routes lead to.
pub(super) fn http_clusters(listeners: &[Value]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for listener in listeners {
        see_objects(listener, &mut |fields| {
            let Some(route) = fields.get("route").filter(|_| fields.contains_key("match")) else { return };
            let one = route.get("cluster").and_then(Value::as_str);
            let many =
                route.get("weightedClusters").and_then(|w| w.get("clusters")).and_then(Value::as_array);
            let many = many.into_iter().flatten().filter_map(|c| c.get("name")?.as_str());
            out.extend(one.into_iter().chain(many).map(str::to_owned));
        });
    }
    out
}

/// Istio's peers tell HTTP from bytes by ALPN. The filter that chose it per request is gone, so the cluster says it: `alpn` is what it
/// says where an object is a TLS context of one that speaks to the mesh.
pub(super) fn fix_alpn(fields: &mut Map<String, Value>, alpn: &Value) {
    if type_of(fields) != Some(UPSTREAM_TLS) {
        return;
    }
    let Some(common) = fields.get_mut("commonTlsContext").and_then(Value::as_object_mut) else { return };
    let Some(list) = common.get("alpnProtocols").and_then(Value::as_array) else { return };
    if list.iter().any(|one| one == "istio-peer-exchange" || one == "istio") {
        common.insert("alpnProtocols".to_owned(), alpn.clone());
    }
}

/// The protocols that a cluster offers to the mesh when nothing chooses per request.
pub(super) fn alpn(cluster: &Value, http: &BTreeSet<String>) -> Value {
    let is_http = cluster.get("name").and_then(Value::as_str).is_some_and(|name| http.contains(name));
    match (is_http, uses_http2(cluster)) {
        (true, true) => json!(["istio-h2", "istio", "h2"]),
        (true, false) => json!(["istio-http/1.1", "istio", "http/1.1"]),
        (false, _) => json!(["istio"]),
    }
}

fn uses_http2(cluster: &Value) -> bool {
    let options = cluster.get("typedExtensionProtocolOptions").and_then(Value::as_object);
    options.is_some_and(|all| {
        all.values().any(|o| o.pointer("/explicitHttpConfig/http2ProtocolOptions").is_some())
    })
}
