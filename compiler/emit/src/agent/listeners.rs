//! Listeners of an agent's bootstrap: for scrapers and for readiness.

use mp_ir::plan::{AgentBootstrap, AgentFamilies};
use serde_json::{Map, Value, json};

use super::{extension, tls};

/// What is compressed for scrapers.
const TEXTS: [&str; 4] = [
    "text/plain",
    "application/vnd.google.protobuf",
    "application/openmetrics-text",
    "application/openmetrics-protobuf",
];

/// Every listener, in the order of the template.
pub(super) fn all(agent: &AgentBootstrap) -> Vec<Value> {
    let ports = &agent.ports;
    let metrics = Served { prefix: "stats", routes: &[("/stats/prometheus", "prometheus_stats")] };
    let secure = Served { prefix: "secure_stats", ..metrics };
    let merged = Served {
        prefix: "secure_merged_stats",
        routes: &[("/stats/prometheus", "agent"), ("/metrics", "agent")],
    };
    let ready = Served { prefix: "agent", routes: &[("/healthz/ready", "agent")] };
    let mut out = vec![plain(agent, ports.metrics, &metrics, agent.local_metrics, agent.stats.compression)];
    for (port, served) in [(ports.secure_metrics, secure), (ports.secure_merged_metrics, merged)] {
        if port != 0 {
            out.push(secured(agent.families, port, &served));
        }
    }
    let mut status = plain(agent, ports.status, &ready, false, false);
    if agent.status_proxy_protocol {
        let filter = extension(
            "envoy.listener.proxy_protocol",
            "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
            json!({"allow_requests_without_proxy_protocol": true}),
        );
        status.insert("listener_filters".to_owned(), json!([filter]));
    }
    out.push(status);
    out.into_iter().map(Value::Object).collect()
}

/// What a listener answers.
#[derive(Clone, Copy)]
struct Served {
    prefix: &'static str,
    routes: &'static [(&'static str, &'static str)],
}

/// The address that listens everywhere, or on the loopback interface alone.
fn address(six: bool, local: bool) -> &'static str {
    match (six, local) {
        (false, false) => "0.0.0.0",
        (true, false) => "::",
        (false, true) => "127.0.0.1",
        (true, true) => "::1",
    }
}

fn socket(address: &str, port: i64) -> Value {
    json!({"socket_address": {"protocol": "TCP", "address": address, "port_value": port}})
}

fn listener(address: &str, port: i64) -> Map<String, Value> {
    let fields = [
        ("name", json!(format!("{address}_{port}"))),
        ("address", socket(address, port)),
        ("ignore_global_conn_limit", json!(true)),
        ("bypass_overload_manager", json!(true)),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn plain(
    agent: &AgentBootstrap,
    port: i64,
    served: &Served,
    local: bool,
    compressed: bool,
) -> Map<String, Value> {
    let families = agent.families;
    let mut out = listener(address(families.six, local), port);
    if families.both {
        let other = json!([{"address": socket(address(!families.six, local), port)}]);
        // As the template spells it, beside names of the other spelling.
        out.insert("additionalAddresses".to_owned(), other);
    }
    out.insert("filter_chains".to_owned(), json!([{"filters": [manager(served, compressed)]}]));
    out
}

/// With mutual TLS by the workload's certificate.
fn secured(families: AgentFamilies, port: i64, served: &Served) -> Map<String, Value> {
    let mut out = listener(address(families.six, false), port);
    let inspector = extension(
        "envoy.filters.listener.tls_inspector",
        "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
        json!({}),
    );
    out.insert("listener_filters".to_owned(), json!([inspector]));
    let secret = |name: &str| json!({"name": name, "sds_config": tls::served()});
    let common = json!({
        "tls_certificate_sds_secret_configs": [secret("default")],
        "combined_validation_context": {
            "default_validation_context": {},
            "validation_context_sds_secret_config": secret("ROOTCA"),
        },
    });
    let transport = extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        json!({"require_client_certificate": true, "common_tls_context": common}),
    );
    let chain = json!({
        "filter_chain_match": {"transport_protocol": "tls"},
        "transport_socket": transport,
        "filters": [manager(served, false)],
    });
    out.insert("filter_chains".to_owned(), json!([chain]));
    out
}

fn manager(served: &Served, compressed: bool) -> Value {
    let route = |(prefix, cluster): &(&str, &str)| json!({"match": {"prefix": prefix}, "route": {"cluster": cluster}});
    let routes: Vec<Value> = served.routes.iter().map(route).collect();
    let host = json!({"name": "backend", "domains": ["*"], "routes": routes});
    let router =
        extension("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router", json!({}));
    let kinds = [("brotli", "Brotli"), ("zstd", "Zstd"), ("gzip", "Gzip")];
    let compressors =
        kinds.into_iter().filter(|_| compressed).map(|(name, message)| compressor(name, message));
    let filters: Vec<Value> = compressors.chain([router]).collect();
    extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        json!({
            "codec_type": "AUTO",
            "stat_prefix": served.prefix,
            "route_config": {"virtual_hosts": [host]},
            "http_filters": filters,
        }),
    )
}

fn compressor(name: &str, message: &str) -> Value {
    let library = extension(
        &format!("stats_{name}"),
        &format!("envoy.extensions.compression.{name}.compressor.v3.{message}"),
        json!({}),
    );
    extension(
        &format!("envoy.filters.http.compressor.{name}"),
        "envoy.extensions.filters.http.compressor.v3.Compressor",
        json!({
            "compressor_library": library,
            "response_direction_config": {"common_config": {"content_type": TEXTS}},
        }),
    )
}
