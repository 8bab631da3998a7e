//! Clusters of an agent's bootstrap.

use mp_ir::plan::{AgentAddress, AgentBootstrap, AgentService, AgentTls, TracerKind};
use serde_json::{Map, Value, json};

use super::{loopback, socket, tls, typed};
use crate::json::type_url;

const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// Every cluster, in the order of the template.
pub(super) fn all(agent: &AgentBootstrap) -> Vec<Value> {
    let near = |port: i64| {
        let address = loopback(agent.families);
        json!({"socket_address": {"protocol": "TCP", "address": address, "port_value": port}})
    };
    let pipe = |path: &str| json!({"pipe": {"path": path}});
    let served = |name: &str, path: &str| http2(made(name, "STATIC", "1s", &pipe(path)));
    let identity = format!("./var/run/secrets/workload-spiffe-uds/{}", agent.identity_socket);
    let mut out = vec![
        made("prometheus_stats", "STATIC", "0.250s", &near(agent.ports.admin)),
        made("agent", "STATIC", "0.250s", &near(agent.ports.agent)),
        served("sds-grpc", &identity),
    ];
    if !agent.file_socket.is_empty() {
        out.push(served("sds-files-grpc", &agent.file_socket));
    }
    out.push(control_plane(served("xds-grpc", &format!("{}/XDS", agent.config_path))));
    out.extend(reported(agent));
    out.extend(agent.self_discovery.then(own_endpoints));
    out.into_iter().map(Value::Object).collect()
}

/// Clusters that a proxy reports to.
fn reported(agent: &AgentBootstrap) -> Vec<Map<String, Value>> {
    let mut out: Vec<_> = tracer(agent).into_iter().collect();
    for (name, own) in [
        ("envoy_metrics_service", &agent.metrics_service),
        ("envoy_accesslog_service", &agent.access_log_service),
    ] {
        out.extend(own.as_ref().map(|own| service(agent, name, own)));
    }
    out
}

/// The same as resources.
pub(crate) fn reporting(agent: &AgentBootstrap) -> Vec<Value> {
    let kind = json!(type_url("envoy.config.cluster.v3.Cluster"));
    let plain = |mut cluster: Map<String, Value>| {
        let options = cluster.get_mut("upstream_connection_options").and_then(|o| o.get_mut("tcp_keepalive"));
        for value in options.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
            // The agent spells wrappers as messages.
            *value = value.get("value").cloned().unwrap_or_default();
        }
        Value::Object(with(cluster, "@type", kind.clone()))
    };
    reported(agent).into_iter().map(plain).collect()
}

fn made(name: &str, kind: &str, timeout: &str, address: &Value) -> Map<String, Value> {
    let endpoints = json!([{"lb_endpoints": [{"endpoint": {"address": address}}]}]);
    let fields = [
        ("name", json!(name)),
        ("alt_stat_name", json!(format!("{name};"))),
        ("type", json!(kind)),
        ("connect_timeout", json!(timeout)),
        ("lb_policy", json!("ROUND_ROBIN")),
        ("load_assignment", json!({"cluster_name": name, "endpoints": endpoints})),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn with(mut cluster: Map<String, Value>, key: &str, value: Value) -> Map<String, Value> {
    cluster.insert(key.to_owned(), value);
    cluster
}

fn http2(cluster: Map<String, Value>) -> Map<String, Value> {
    let options = typed(HTTP_OPTIONS, json!({"explicit_http_config": {"http2_protocol_options": {}}}));
    with(cluster, "typed_extension_protocol_options", json!({HTTP_OPTIONS: options}))
}

fn control_plane(cluster: Map<String, Value>) -> Map<String, Value> {
    let many = |priority: &str| {
        json!({
            "priority": priority,
            "max_connections": 100_000,
            "max_pending_requests": 100_000,
            "max_requests": 100_000,
        })
    };
    let cluster = with(cluster, "circuit_breakers", json!({"thresholds": [many("DEFAULT"), many("HIGH")]}));
    let cluster =
        with(cluster, "upstream_connection_options", json!({"tcp_keepalive": {"keepalive_time": 300}}));
    with(cluster, "max_requests_per_connection", json!(1))
}

/// A cluster whose address may be a name.
fn named(
    agent: &AgentBootstrap,
    name: &str,
    address: &AgentAddress,
    secured: Option<&AgentTls>,
) -> Map<String, Value> {
    let family = match (agent.families.both, agent.families.six) {
        (true, _) => "ALL",
        (false, true) => "V6_ONLY",
        (false, false) => "V4_ONLY",
    };
    let cluster = made(name, "STRICT_DNS", "1s", &json!({"socket_address": socket(address)}));
    let cluster = with(cluster, "respect_dns_ttl", json!(true));
    let cluster = with(cluster, "dns_lookup_family", json!(family));
    match secured {
        Some(secured) => with(cluster, "transport_socket", tls::socket(secured)),
        None => cluster,
    }
}

fn tracer(agent: &AgentBootstrap) -> Option<Map<String, Value>> {
    let tracer = agent.tracer.as_ref()?;
    let of = |name: &str| named(agent, name, &tracer.address, tracer.tls.as_ref());
    Some(match tracer.kind {
        TracerKind::Zipkin => with(of("zipkin"), "dns_refresh_rate", json!("30s")),
        TracerKind::Lightstep(_) => http2(of("lightstep")),
        TracerKind::Datadog => of("datadog_agent"),
    })
}

fn service(agent: &AgentBootstrap, name: &str, own: &AgentService) -> Map<String, Value> {
    let cluster = http2(named(agent, name, &own.address, own.tls.as_ref()));
    let Some(keepalive) = own.keepalive else { return cluster };
    let keys = ["keepalive_probes", "keepalive_time", "keepalive_interval"];
    let said = keys.into_iter().zip(keepalive).filter_map(|(key, value)| Some((key, value?)));
    let said: Map<String, Value> =
        said.map(|(key, value)| (key.to_owned(), json!({"value": value}))).collect();
    with(cluster, "upstream_connection_options", json!({"tcp_keepalive": said}))
}

/// The workload's own endpoints, which tell a proxy how its zone compares.
fn own_endpoints() -> Map<String, Value> {
    let policy = typed(
        "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest",
        json!({"locality_lb_config": {"zone_aware_lb_config": {"min_cluster_size": "1"}}}),
    );
    let policy = json!({"name": "envoy.load_balancing_policies.least_request", "typed_config": policy});
    let source = json!({"ads": {}, "resource_api_version": "V3"});
    let fields = [
        ("name", json!("local_cluster")),
        ("alt_stat_name", json!("local_cluster;")),
        ("type", json!("EDS")),
        ("connect_timeout", json!("1s")),
        ("load_balancing_policy", json!({"policies": [{"typed_extension_config": policy}]})),
        ("eds_cluster_config", json!({"eds_config": source, "service_name": "local_cluster"})),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
