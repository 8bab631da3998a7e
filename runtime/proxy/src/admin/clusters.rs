//! `/clusters`: what is known of endpoints (`source/server/admin/clusters_handler.cc`).
use std::sync::atomic::{AtomicU64, Ordering};

use regex::Regex;
use serde_json::{Value, json};

use super::pages::{Page, TEXT, json_page, put};
use super::query::Query;
use crate::cluster::shared::{Host, Shared};
use crate::config::cluster::{Cluster, Limits};
use crate::config::endpoint::Health;
use crate::net::address::Address;
use crate::server::worker::Global;

/// The page, by name of the cluster.
pub(super) fn page(global: &Global, query: &Query) -> Page {
    let filter = match query.get("filter").map(Regex::new) {
        None => None,
        Some(Ok(filter)) => Some(filter),
        Some(Err(_)) => return Page::new(400, TEXT, "Invalid re2 regex"),
    };
    let mut all: Vec<_> = global.all().collect();
    all.retain(|(cluster, _)| filter.as_ref().is_none_or(|filter| filter.is_match(&cluster.name)));
    all.sort_unstable_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    if query.get("format") == Some("json") {
        let statuses: Vec<_> = all.iter().map(|(cluster, shared)| status(cluster, shared)).collect();
        return json_page(&json!({"cluster_statuses": statuses}));
    }
    let mut out = String::new();
    for (cluster, shared) in &all {
        text(cluster, shared, &mut out);
    }
    Page::new(200, TEXT, out)
}

fn load(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// The limits of both priorities, with their names.
fn limits(cluster: &Cluster) -> [(&'static str, [(&'static str, u64); 4]); 2] {
    let of = |limits: &Limits| {
        [
            ("max_connections", limits.connections),
            ("max_pending_requests", limits.pending),
            ("max_requests", limits.requests),
            ("max_retries", limits.retries),
        ]
    };
    [("default", of(&cluster.limits)), ("high", of(&cluster.high))]
}

fn text(cluster: &Cluster, shared: &Shared, out: &mut String) {
    let name = &cluster.name;
    out.push_str(&format!("{name}::observability_name::{}\n", cluster.stat_name));
    if let Some(rates) = shared.success_rates() {
        for (key, value) in [
            ("success_rate_average", rates.average),
            ("success_rate_ejection_threshold", rates.threshold),
            ("local_origin_success_rate_average", None),
            ("local_origin_success_rate_ejection_threshold", None),
        ] {
            out.push_str(&format!("{name}::outlier::{key}::{}\n", percent(value)));
        }
    }
    for (priority, limits) in limits(cluster) {
        for (limit, value) in limits {
            out.push_str(&format!("{name}::{priority}_priority::{limit}::{value}\n"));
        }
    }
    out.push_str(&format!("{name}::added_via_api::false\n"));
    for host in shared.hosts.load().iter() {
        host_text(name, host, out);
    }
}

/// A rate that nobody knows is minus one.
fn percent(rate: Option<f64>) -> String {
    rate.map_or("-1".to_owned(), |rate| rate.to_string())
}

/// What is counted of a host: name, value, whether it goes up and down.
fn counts(host: &Host) -> [(&'static str, u64, bool); 9] {
    let counters = &host.counters;
    [
        ("cx_connect_fail", load(&counters.connect_failures), false),
        ("cx_total", load(&counters.connections), false),
        ("rq_error", load(&counters.errors), false),
        ("rq_success", load(&counters.successes), false),
        ("rq_timeout", load(&counters.timeouts), false),
        ("rq_total", load(&counters.requests), false),
        ("cx_active", load(&counters.connected), true),
        ("rq_active", load(&host.active), true),
        ("rq_pending_active", load(&counters.waiting), true),
    ]
}

fn host_text(name: &str, host: &Host, out: &mut String) {
    let mut counts = counts(host);
    counts.sort_unstable_by_key(|(key, ..)| *key);
    let locality = &host.endpoint.locality;
    let mut line = |key: &str, value: &dyn std::fmt::Display| {
        out.push_str(&format!("{name}::{}::{key}::{value}\n", host.address));
    };
    counts.iter().for_each(|(key, value, _)| line(key, value));
    line("hostname", &host.endpoint.hostname);
    line("health_flags", &host.health_flags());
    line("weight", &host.endpoint.weight);
    line("region", &locality.region);
    line("zone", &locality.zone);
    line("sub_zone", &locality.sub_zone);
    line("canary", &"false");
    line("priority", &host.endpoint.priority);
    line("success_rate", &percent(host.success_rate()));
    line("local_origin_success_rate", &"-1");
}

/// `envoy.admin.v3.ClusterStatus`: what has its default value is not there.
fn status(cluster: &Cluster, shared: &Shared) -> Value {
    let hosts: Vec<_> = shared.hosts.load().iter().map(|host| host_status(host)).collect();
    let thresholds: Vec<_> = limits(cluster)
        .iter()
        .map(|(priority, limits)| {
            let mut one: serde_json::Map<_, _> = Default::default();
            if *priority == "high" {
                one.insert("priority".to_owned(), json!("HIGH"));
            }
            one.extend(limits.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
            Value::from(one)
        })
        .collect();
    let mut all = json!({
        "name": cluster.name,
        "host_statuses": hosts,
        "circuit_breakers": {"thresholds": thresholds},
        "observability_name": cluster.stat_name,
    });
    if let (true, Some(fields)) = (hosts_missing(&all), all.as_object_mut()) {
        fields.remove("host_statuses");
    }
    all
}

fn hosts_missing(status: &Value) -> bool {
    status.get("host_statuses").and_then(Value::as_array).is_none_or(Vec::is_empty)
}

fn host_status(host: &Host) -> Value {
    let mut all = serde_json::Map::new();
    let mut put = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    put("address", address(&host.address));
    let stats: Vec<_> = counts(host)
        .iter()
        .map(|(name, value, gauge)| {
            let mut one = serde_json::Map::new();
            if *gauge {
                one.insert("type".to_owned(), json!("GAUGE"));
            }
            if *value > 0 {
                one.insert("value".to_owned(), json!(value.to_string()));
            }
            one.insert("name".to_owned(), json!(name));
            Value::from(one)
        })
        .collect();
    put("stats", json!(stats));
    put("health_status", health(host));
    if let Some(rate) = host.success_rate() {
        put("success_rate", json!({"value": rate}));
    }
    put("weight", json!(host.endpoint.weight));
    if !host.endpoint.hostname.is_empty() {
        put("hostname", json!(host.endpoint.hostname));
    }
    if host.endpoint.priority > 0 {
        put("priority", json!(host.endpoint.priority));
    }
    put("locality", locality(host));
    Value::from(all)
}

fn health(host: &Host) -> Value {
    let state = match host.endpoint.health {
        Health::Healthy => "HEALTHY",
        Health::Degraded => "DEGRADED",
        Health::Unhealthy => "UNHEALTHY",
    };
    let mut all = json!({"eds_health_status": state});
    if host.failed_check.load(Ordering::Relaxed) {
        put(&mut all, "failed_active_health_check", json!(true));
    }
    if host.is_ejected() {
        put(&mut all, "failed_outlier_check", json!(true));
    }
    all
}

fn locality(host: &Host) -> Value {
    let locality = &host.endpoint.locality;
    let parts = [("region", &locality.region), ("zone", &locality.zone), ("sub_zone", &locality.sub_zone)];
    let known = parts.into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(name, text)| (name.to_owned(), json!(text))).collect::<serde_json::Map<_, _>>().into()
}

/// `envoy.config.core.v3.Address`
fn address(address: &Address) -> Value {
    match address {
        Address::Ip(a) => json!({"socket_address": {"address": a.ip().to_string(), "port_value": a.port()}}),
        Address::Pipe(path) => json!({"pipe": {"path": **path}}),
        Address::Internal(listener, endpoint) => json!({"envoy_internal_address": {
            "server_listener_name": **listener, "endpoint_id": **endpoint}}),
    }
}
