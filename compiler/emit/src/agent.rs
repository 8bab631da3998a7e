//! The bootstrap that the agent writes (istio 1.31 `tools/packaging/common/envoy_bootstrap.json`): names as protobuf spells them, and
//! configuration that is asked for.

mod clusters;
mod listeners;
mod stats;
mod tls;

pub(crate) use clusters::reporting;
pub(crate) use stats::{config as stats_config, sinks as stats_sinks};

use mp_ir::plan::{AgentAddress, AgentBootstrap, AgentFamilies, RuntimeValue, TracerKind};
use serde_json::{Map, Value, json};

use crate::json::type_url;

/// Spells the bootstrap of an agent.
#[must_use]
pub fn agent_bootstrap(agent: &AgentBootstrap) -> Value {
    let mut out = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    set("application_log_config", Some(log(agent)));
    set("node", Some(node(agent)));
    set("layered_runtime", Some(runtime(agent)));
    set("bootstrap_extensions", Some(extensions(agent)));
    set("stats_flush_interval", agent.stats.flush.as_ref().map(|text| json!(text)));
    set("stats_eviction_interval", agent.stats.eviction.map(|seconds| json!(format!("{seconds}s"))));
    set("stats_config", Some(stats::config(agent)));
    set("admin", Some(admin(agent)));
    set("dynamic_resources", Some(dynamic(agent)));
    let resources = json!({"clusters": clusters::all(agent), "listeners": listeners::all(agent)});
    set("static_resources", Some(resources));
    set("overload_manager", Some(overload(agent)));
    set("tracing", tracing(agent));
    set("stats_sinks", stats::sinks(agent));
    set("cluster_manager", manager(agent));
    set("deferred_stat_options", Some(json!({"enable_deferred_creation_stats": true})));
    Value::Object(out)
}

/// Whether the configuration of the proxy or the annotations of its Pod say which statistics there are.
pub(crate) fn says_stats(agent: &AgentBootstrap) -> bool {
    agent.stated.stats || agent.stats.annotated
}

/// A message in an Any.
fn typed(message: &str, fields: Value) -> Value {
    let mut out = Map::from_iter([("@type".to_owned(), json!(type_url(message)))]);
    if let Value::Object(fields) = fields {
        out.extend(fields);
    }
    Value::Object(out)
}

fn extension(name: &str, message: &str, fields: Value) -> Value {
    json!({"name": name, "typed_config": typed(message, fields)})
}

fn socket(address: &AgentAddress) -> Value {
    json!({"address": address.host, "port_value": address.port})
}

/// The loopback address of the node's first family.
fn loopback(families: AgentFamilies) -> &'static str {
    if families.six { "::1" } else { "127.0.0.1" }
}

fn log(agent: &AgentBootstrap) -> Value {
    let format = if agent.log_json {
        json!({"json_format": {
            "time": "%Y-%m-%dT%T.%fZ",
            "level": "%l",
            "scope": "envoy %n",
            "msg": "%j",
            "caller": "%g:%#",
            "thread": "%t",
        }})
    } else {
        json!({"text_format": "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t"})
    };
    json!({"log_format": format})
}

fn node(agent: &AgentBootstrap) -> Value {
    let place = &agent.locality;
    let parts = [("region", &place.region), ("zone", &place.zone), ("sub_zone", &place.subzone)];
    let said = parts.into_iter().filter(|(_, text)| !text.is_empty());
    let locality: Map<String, Value> = said.map(|(key, text)| (key.to_owned(), json!(text))).collect();
    let metadata: Value = serde_json::from_str(&agent.metadata).unwrap_or_default();
    json!({"id": agent.node_id, "cluster": agent.cluster, "locality": locality, "metadata": metadata})
}

fn runtime(agent: &AgentBootstrap) -> Value {
    let flag = |value: &RuntimeValue| match value {
        RuntimeValue::Bool(value) => json!(value),
        RuntimeValue::Text(text) => json!(text),
    };
    let flags: Map<String, Value> =
        agent.runtime.iter().map(|(key, value)| (key.clone(), flag(value))).collect();
    json!({"layers": [{"name": "global config", "static_layer": flags}, {"name": "admin", "admin_layer": {}}]})
}

/// Extensions stand there without their types, so that no proxy has to know those of Istio.
fn extensions(agent: &AgentBootstrap) -> Value {
    let structured = |name: &str, message: &str, value: Value| {
        extension(name, "udpa.type.v1.TypedStruct", json!({"type_url": type_url(message), "value": value}))
    };
    let discovery = agent.metadata_discovery.then(|| {
        let source = json!({"config_source": {"ads": {}}});
        structured("metadata_discovery", "istio.workload.BootstrapExtension", source)
    });
    let internal = structured(
        "envoy.bootstrap.internal_listener",
        "envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        json!({"buffer_size_kb": 64}),
    );
    discovery.into_iter().chain([internal]).collect()
}

fn admin(agent: &AgentBootstrap) -> Value {
    let log = extension(
        "envoy.access_loggers.file",
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        json!({"path": "/dev/null"}),
    );
    json!({
        "access_log": [log],
        "profile_path": "/var/lib/istio/data/envoy.prof",
        "address": {"socket_address": {"address": loopback(agent.families), "port_value": agent.ports.admin}},
    })
}

fn dynamic(agent: &AgentBootstrap) -> Value {
    let asked = json!({"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"});
    json!({
        "lds_config": asked,
        "cds_config": asked,
        "ads_config": {
            "api_type": if agent.delta_xds { "DELTA_GRPC" } else { "GRPC" },
            "set_node_on_first_message_only": true,
            "transport_api_version": "V3",
            "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}],
        },
    })
}

fn overload(agent: &AgentBootstrap) -> Value {
    let limit = extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        json!({"max_active_downstream_connections": agent.max_connections}),
    );
    json!({"resource_monitors": [limit]})
}

/// Who takes the spans.
pub(crate) fn tracing(agent: &AgentBootstrap) -> Option<Value> {
    let tracer = agent.tracer.as_ref()?;
    let of = |name: &str, message: &str, fields: Value| {
        extension(&format!("envoy.tracers.{name}"), &format!("envoy.config.trace.v3.{message}"), fields)
    };
    let http = match &tracer.kind {
        TracerKind::Zipkin => of(
            "zipkin",
            "ZipkinConfig",
            json!({
                "collector_cluster": "zipkin",
                "collector_endpoint": "/api/v2/spans",
                "collector_endpoint_version": "HTTP_JSON",
                "trace_id_128bit": true,
                "shared_span_context": false,
            }),
        ),
        TracerKind::Lightstep(token) => of(
            "lightstep",
            "LightstepConfig",
            json!({"collector_cluster": "lightstep", "access_token_file": token}),
        ),
        TracerKind::Datadog => of(
            "datadog",
            "DatadogConfig",
            json!({"collector_cluster": "datadog_agent", "service_name": agent.cluster}),
        ),
    };
    Some(json!({"http": http}))
}

fn manager(agent: &AgentBootstrap) -> Option<Value> {
    let mut out = Map::new();
    if agent.self_discovery {
        out.insert("local_cluster_name".to_owned(), json!("local_cluster"));
    }
    if !agent.outlier_log.is_empty() {
        out.insert("outlier_detection".to_owned(), json!({"event_log_path": agent.outlier_log}));
    }
    if !agent.load_stats.is_empty() {
        let config = serde_json::from_str(&agent.load_stats).unwrap_or_default();
        out.insert("load_stats_config".to_owned(), config);
    }
    let said = !out.is_empty();
    out.insert("enable_deferred_cluster_creation".to_owned(), json!(true));
    said.then(|| Value::Object(out))
}
