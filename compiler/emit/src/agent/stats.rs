//! Statistics of an agent's proxy.

use mp_ir::plan::AgentBootstrap;
use serde_json::{Map, Value, json};

use super::{extension, socket};

/// Tags that Istio takes out of names, those before and those after the mesh's own.
const TAGS: [&[(&str, &str)]; 2] = [
    &[
        ("cluster_name", r"^cluster(\.(.+);)"),
        ("http_conn_manager_prefix", r"^http\.(((?:[_.[:digit:]\w]*|[_\[\]aAbBcCdDeEfF[:digit:]\w\:]*));\.)"),
        ("thread_name", r"^server(\.(.+))\.watchdog"),
        ("tcp_prefix", r"^tcp\.((.*?)\.)\w+?$"),
        ("response_code", r"_rq(_(\d{3}))$"),
        ("response_code_class", r"_rq(_(\dxx))$"),
        (
            "http_conn_manager_listener_prefix",
            r"^listener(?=\.).*?\.http\.(((?:[_.[:digit:]]*|[_\[\]aAbBcCdDeEfF[:digit:]]*))\.)",
        ),
        ("listener_address", r"^listener\.(((?:[_.[:digit:]]*|[_\[\]aAbBcCdDeEfF[:digit:]]*))\.)"),
        ("mongo_prefix", r"^mongo\.(.+?)\.(collection|cmd|cx_|op_|delays_|decoding_)(.*?)$"),
    ],
    &[
        ("cache", r"(cache\.(.+?)\.)"),
        ("component", r"(component\.(.+?)\.)"),
        ("tag", r"(tag\.(.+?);\.)"),
        ("wasm_filter", r"(wasm_filter\.(.+?)\.)"),
        ("authz_enforce_result", r"rbac(\.(allowed|denied))"),
        ("authz_dry_run_action", r"(\.istio_dry_run_(allow|deny)_)"),
        ("authz_dry_run_result", r"(\.shadow_(allowed|denied))"),
    ],
];

/// `stats_config`.
pub(crate) fn config(agent: &AgentBootstrap) -> Value {
    let tag = |name: &str, regex: &str| json!({"tag_name": name, "regex": regex});
    let [before, after] = TAGS.map(|tags| tags.iter().map(|(name, regex)| tag(name, regex)));
    let own = agent.stats.tags.iter().map(|name| tag(name, &format!(r"({name}=\.=(.*?);\.;)")));
    let tags: Vec<Value> = before.chain(own).chain(after).collect();
    let mut out = Map::new();
    out.insert("use_all_default_tags".to_owned(), json!(false));
    out.insert("stats_tags".to_owned(), json!(tags));
    let bucket = |(prefix, sizes): (&String, &Option<Vec<f64>>)| {
        let sizes: Option<Vec<Value>> =
            sizes.as_ref().map(|sizes| sizes.iter().map(|n| number(*n)).collect());
        json!({"match": {"prefix": prefix}, "buckets": sizes})
    };
    let buckets: Vec<Value> = agent.stats.buckets.iter().map(bucket).collect();
    if !buckets.is_empty() {
        out.insert("histogram_bucket_settings".to_owned(), json!(buckets));
    }
    out.insert("stats_matcher".to_owned(), json!({"inclusion_list": {"patterns": patterns(agent)}}));
    Value::Object(out)
}

/// Which statistics are kept.
fn patterns(agent: &AgentBootstrap) -> Vec<Value> {
    let prefix = |text: &str| json!({"prefix": text});
    let mut out = vec![prefix("reporter=")];
    out.extend(agent.metadata_discovery.then(|| prefix("workload_discovery")));
    out.extend(agent.stats.prefixes.iter().map(|text| prefix(text)));
    out.extend(agent.stats.suffixes.iter().map(|text| json!({"suffix": text})));
    out.extend(agent.stats.patterns.iter().map(|text| json!({"safe_regex": {"regex": text}})));
    out.extend(["component", "istio"].map(prefix));
    out
}

/// A whole number without a fraction.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return json!(value as i64);
    }
    json!(value)
}

/// `stats_sinks`.
pub(crate) fn sinks(agent: &AgentBootstrap) -> Option<Value> {
    let service = agent.metrics_service.as_ref().map(|_| {
        let service = json!({"envoy_grpc": {"cluster_name": "envoy_metrics_service"}});
        extension(
            "envoy.stat_sinks.metrics_service",
            "envoy.config.metrics.v3.MetricsServiceConfig",
            json!({"transport_api_version": "V3", "grpc_service": service}),
        )
    });
    let statsd = agent.statsd.as_ref().map(|address| {
        let address = json!({"address": {"socket_address": socket(address)}});
        extension("envoy.stat_sinks.statsd", "envoy.config.metrics.v3.StatsdSink", address)
    });
    let all: Vec<Value> = service.into_iter().chain(statsd).collect();
    (!all.is_empty()).then(|| json!(all))
}
