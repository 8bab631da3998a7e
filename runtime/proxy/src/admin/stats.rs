//! The statistics of the admin interface.
use std::sync::atomic::Ordering;

use regex::Regex;
use serde_json::json;

use super::pages::{JSON, Page, TEXT, parameter};
use crate::server::worker::Global;
use crate::stats::{Stat, Value, prometheus};

/// Every statistic that is not hidden by `usedonly`, the filter, the type or the bootstrap, by name.
fn collect(global: &Global, query: &str) -> Vec<Stat> {
    let filter = parameter(query, "filter").and_then(|f| Regex::new(&f).ok());
    let kind = parameter(query, "type");
    let used = query.split('&').any(|p| p == "usedonly" || p.starts_with("usedonly="));
    let mut all = server(global);
    for (cluster, shared) in global.all() {
        shared.list(cluster, &mut all);
    }
    global.stats.list(&mut all);
    all.retain(|stat| {
        global.program.tags.keeps(&stat.name)
            && filter.as_ref().is_none_or(|f| f.is_match(&stat.name))
            && (!used || stat.is_used())
            && match kind.as_deref() {
                Some("Counters") => matches!(stat.value, Value::Counter(_)),
                Some("Gauges") => matches!(stat.value, Value::Gauge(_)),
                Some("Histograms") => matches!(stat.value, Value::Histogram(_)),
                _ => true,
            }
    });
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn server(global: &Global) -> Vec<Stat> {
    let clusters = global.program.clusters.len() as u64;
    let live = u64::from(!global.failing.load(Ordering::Relaxed));
    vec![
        Stat::gauge("server.live", live),
        Stat::gauge("server.state", 1 - live),
        Stat::gauge("server.uptime", global.start.elapsed().as_secs()),
        Stat::gauge("server.total_connections", global.active.load(Ordering::Relaxed)),
        Stat::gauge("server.concurrency", global.workers.load(Ordering::Relaxed)),
        Stat::gauge("listener_manager.total_listeners_active", global.program.listeners.len() as u64),
        Stat::gauge("listener_manager.total_listeners_warming", 0),
        Stat::gauge("listener_manager.total_listeners_draining", 0),
        Stat::gauge("listener_manager.workers_started", 1),
        Stat::gauge("cluster_manager.active_clusters", clusters),
        Stat::gauge("cluster_manager.warming_clusters", 0),
        Stat::counter("cluster_manager.cluster_added", clusters),
    ]
}

/// `/stats`
pub(super) fn text(global: &Global, query: &str) -> Page {
    match parameter(query, "format").as_deref() {
        Some("prometheus") => return self::prometheus(global, query),
        Some("json") => return json(global, query),
        _ => {}
    }
    let mut histograms = String::new();
    let mut out = String::new();
    for stat in &collect(global, query) {
        match &stat.value {
            Value::Counter(value) | Value::Gauge(value) => {
                out.push_str(&format!("{}: {value}\n", stat.name));
            }
            Value::Histogram(snapshot) if snapshot.count == 0 => {
                histograms.push_str(&format!("{}: No recorded values\n", stat.name));
            }
            Value::Histogram(snapshot) => {
                let part = |(name, share): &(&str, f64)| {
                    let value = snapshot.quantile(*share);
                    format!("{name}({value},{value})")
                };
                let parts: Vec<_> = QUANTILES.iter().map(part).collect();
                histograms.push_str(&format!("{}: {}\n", stat.name, parts.join(" ")));
            }
        }
    }
    out.push_str(&histograms);
    Page::new(200, TEXT, out)
}

/// The quantiles of Envoy's summaries.
const QUANTILES: &[(&str, f64)] = &[
    ("P0", 0.0),
    ("P25", 0.25),
    ("P50", 0.5),
    ("P75", 0.75),
    ("P90", 0.9),
    ("P95", 0.95),
    ("P99", 0.99),
    ("P99.5", 0.995),
    ("P99.9", 0.999),
    ("P100", 1.0),
];

fn json(global: &Global, query: &str) -> Page {
    let plain = |stat: &Stat| match stat.value {
        Value::Counter(value) | Value::Gauge(value) => Some(json!({"name": stat.name, "value": value})),
        _ => None,
    };
    let stats: Vec<_> = collect(global, query).iter().filter_map(plain).collect();
    Page::new(200, JSON, json!({"stats": stats}).to_string())
}

/// `/stats/prometheus`
pub(super) fn prometheus(global: &Global, query: &str) -> Page {
    Page::new(200, TEXT, prometheus::text(&collect(global, query), &global.program.tags))
}
