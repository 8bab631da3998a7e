//! What each target can run. Istio's own filters are in Istio's build and in Envoy's contrib build, not in the plain one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::inline::{each_object, see_objects, type_of};

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

/// Takes out what the target does not know, and does by other means what that did.
pub(super) fn fit(
    target: Target,
    listeners: &mut [Value],
    clusters: &mut [Value],
    assumptions: &mut Vec<String>,
) {
    match target {
        Target::EnvoyContrib | Target::IstioProxy | Target::Meshproof => return,
        Target::Envoy => {}
    }
    let http = http_clusters(listeners);
    let mut dropped = BTreeSet::new();
    for resource in listeners.iter_mut().chain(clusters.iter_mut()) {
        drop_filters(resource, &mut dropped);
    }
    for cluster in clusters.iter_mut() {
        let is_http = cluster.get("name").and_then(Value::as_str).is_some_and(|name| http.contains(name));
        fix_alpn(cluster, is_http);
    }
    for (message, effect) in ISTIO_ONLY.iter().filter(|(message, _)| dropped.contains(message)) {
        assumptions.push(format!("filter `{message}` is not on this target: {effect}"));
    }
}

/// The fields that hold filters and the like.
const LISTS: [&str; 3] = ["httpFilters", "filters", "accessLog"];

fn drop_filters(resource: &mut Value, dropped: &mut BTreeSet<&'static str>) {
    each_object(resource, &mut |fields| {
        let lists = fields.iter_mut().filter(|(key, _)| LISTS.contains(&key.as_str()));
        for filters in lists.filter_map(|(_, list)| list.as_array_mut()) {
            filters.retain(|filter| match istio_only(filter) {
                Some(message) => {
                    dropped.insert(message);
                    false
                }
                None => true,
            });
        }
    });
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
fn http_clusters(listeners: &[Value]) -> BTreeSet<String> {
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

/// Istio's peers tell HTTP from bytes by ALPN. The filter that chose it per request is gone, so the cluster says it.
fn fix_alpn(cluster: &mut Value, is_http: bool) {
    let h2 = uses_http2(cluster);
    each_object(cluster, &mut |fields| {
        if type_of(fields) != Some(UPSTREAM_TLS) {
            return;
        }
        let Some(common) = fields.get_mut("commonTlsContext").and_then(Value::as_object_mut) else { return };
        let Some(list) = common.get("alpnProtocols").and_then(Value::as_array) else { return };
        if !list.contains(&json!("istio-peer-exchange")) && !list.contains(&json!("istio")) {
            return;
        }
        let alpn = match (is_http, h2) {
            (true, true) => json!(["istio-h2", "istio", "h2"]),
            (true, false) => json!(["istio-http/1.1", "istio", "http/1.1"]),
            (false, _) => json!(["istio"]),
        };
        common.insert("alpnProtocols".to_owned(), alpn);
    });
}

fn uses_http2(cluster: &Value) -> bool {
    let options = cluster.get("typedExtensionProtocolOptions").and_then(Value::as_object);
    options.is_some_and(|all| {
        all.values().any(|o| o.pointer("/explicitHttpConfig/http2ProtocolOptions").is_some())
    })
}
