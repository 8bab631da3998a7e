//! What the admin interface says of the process itself: its statistics, `/server_info`, `/memory`, `/runtime`.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::server::worker::Global;
use crate::stats::Stat;

/// Statistics of `server.`, `cluster_manager.`, `listener_manager.` and `runtime.` (`source/server/server.h`,
/// `ALL_SERVER_STATS`, and its like), without those of what is not there: watchdogs, stat sinks, discovery.
pub(super) fn list(global: &Global) -> Vec<Stat> {
    let mut all: Vec<_> = gauges(global).into_iter().map(|(name, value)| Stat::gauge(name, value)).collect();
    all.extend(counters(global).into_iter().map(|(name, value)| Stat::counter(name, value)));
    all
}

fn load(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

fn gauges(global: &Global) -> Vec<(&'static str, u64)> {
    let live = u64::from(!global.failing.load(Ordering::Relaxed));
    let memory = Memory::read();
    vec![
        ("server.live", live),
        ("server.state", 1 - live),
        ("server.uptime", global.start.elapsed().as_secs()),
        ("server.total_connections", load(&global.active)),
        ("server.concurrency", load(&global.workers)),
        ("server.hot_restart_epoch", 0),
        ("server.parent_connections", 0),
        ("server.compilation_settings.fips_mode", 0),
        ("server.days_until_first_cert_expiring", days(global)),
        ("server.seconds_until_first_ocsp_response_expiring", 0),
        ("server.stats_recent_lookups", 0),
        ("server.memory_allocated", memory.allocated),
        ("server.memory_heap_size", memory.heap),
        ("server.memory_physical_size", memory.physical),
        ("listener_manager.total_listeners_active", global.program.listeners.len() as u64),
        ("listener_manager.total_listeners_warming", 0),
        ("listener_manager.total_listeners_draining", 0),
        ("listener_manager.total_filter_chains_draining", 0),
        ("listener_manager.workers_started", 1),
        ("cluster_manager.active_clusters", global.program.clusters.len() as u64),
        ("cluster_manager.warming_clusters", 0),
        ("runtime.admin_overrides_active", 0),
        ("runtime.deprecated_feature_seen_since_process_start", 0),
    ]
}

fn counters(global: &Global) -> Vec<(&'static str, u64)> {
    let changes = &global.changes;
    vec![
        ("server.debug_assertion_failures", 0),
        ("server.dropped_stat_flushes", 0),
        ("server.dynamic_unknown_fields", 0),
        ("server.envoy_bug_failures", 0),
        ("server.envoy_notifications", 0),
        ("server.static_unknown_fields", 0),
        ("server.wip_protos", 0),
        ("listener_manager.listener_added", load(&changes.listeners_added)),
        ("listener_manager.listener_create_failure", 0),
        ("listener_manager.listener_create_success", load(&changes.listeners_added) * load(&global.workers)),
        ("listener_manager.listener_in_place_updated", 0),
        ("listener_manager.listener_modified", 0),
        ("listener_manager.listener_removed", load(&changes.listeners_removed)),
        ("listener_manager.listener_stopped", load(&changes.listeners_stopped)),
        ("cluster_manager.cluster_added", load(&changes.clusters_added)),
        ("cluster_manager.cluster_modified", load(&changes.clusters_modified)),
        ("cluster_manager.cluster_removed", load(&changes.clusters_removed)),
        ("cluster_manager.cluster_updated", 0),
        ("cluster_manager.cluster_updated_via_merge", 0),
        ("cluster_manager.update_merge_cancelled", 0),
        ("cluster_manager.update_out_of_merge_window", 0),
        ("runtime.deprecated_feature_use", 0),
        ("runtime.load_error", 0),
    ]
}

/// Whole days until the first certificate expires; the largest number when there is none.
fn days(global: &Global) -> u64 {
    let Some(expires) =
        *global.expires.get_or_init(|| super::certs::first_expiry(&global.program.bootstrap()))
    else {
        return u64::from(u32::MAX);
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    u64::try_from(expires).unwrap_or_default().saturating_sub(now) / 86_400
}

/// What the kernel says about the process, in bytes; there is no allocator of its own to ask.
struct Memory {
    allocated: u64,
    heap: u64,
    physical: u64,
}

impl Memory {
    fn read() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let kibibytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
            kibibytes.unwrap_or(0) * 1024
        };
        Self { allocated: bytes("RssAnon"), heap: bytes("VmData"), physical: bytes("VmRSS") }
    }
}

/// `/memory`
pub(super) fn memory() -> Value {
    let memory = Memory::read();
    json!({
        "allocated": memory.allocated.to_string(),
        "heap_size": memory.heap.to_string(),
        "pageheap_unmapped": "0",
        "pageheap_free": "0",
        "total_thread_cache": "0",
        "total_physical_bytes": memory.physical.to_string(),
    })
}

/// `/server_info`. The node is shown as the bootstrap has it: Envoy adds its extensions, which are not those of this proxy.
pub(super) fn info(global: &Global) -> Value {
    let uptime = format!("{}s", global.start.elapsed().as_secs());
    let mut all = json!({
        "version": format!("meshproof-proxy/{}", env!("CARGO_PKG_VERSION")),
        "state": if global.failing.load(Ordering::Relaxed) { "DRAINING" } else { "LIVE" },
        "uptime_current_epoch": uptime,
        "uptime_all_epochs": uptime,
        "hot_restart_version": "disabled",
        "command_line_options": {
            "concurrency": global.workers.load(Ordering::Relaxed),
            "config_path": global.facts.bootstrap,
            "drain_time": format!("{}s", global.facts.drain.as_secs()),
            "mode": "Serve",
            "disable_hot_restart": true,
        },
    });
    if let Some(node) = global.program.bootstrap().get_mut("node").map(Value::take) {
        super::pages::put(&mut all, "node", node);
    }
    all
}

/// `/runtime`: the layers of the bootstrap, and the values that the last one to have them gives.
pub(super) fn runtime(global: &Global) -> Value {
    let bootstrap = global.program.bootstrap();
    let layers = bootstrap.pointer("/layered_runtime/layers").and_then(Value::as_array);
    let layers: Vec<_> = layers.into_iter().flatten().collect();
    let name = |layer: &Value| layer.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let values: Vec<_> = layers.iter().map(|layer| flat(layer.get("static_layer"))).collect();
    let mut entries = Map::new();
    for key in values.iter().flat_map(|layer| layer.keys()) {
        let of: Vec<_> = values.iter().map(|layer| layer.get(key).cloned().unwrap_or_default()).collect();
        let last = of.iter().rev().find(|value| !value.is_empty()).cloned().unwrap_or_default();
        entries.insert(key.clone(), json!({"layer_values": of, "final_value": last}));
    }
    json!({"entries": entries, "layers": layers.iter().map(|layer| name(layer)).collect::<Vec<_>>()})
}

/// The values of a layer by their whole names, as text.
fn flat(layer: Option<&Value>) -> std::collections::BTreeMap<String, String> {
    let mut all = std::collections::BTreeMap::new();
    let mut waiting = vec![(String::new(), layer)];
    while let Some((name, value)) = waiting.pop() {
        match value {
            None | Some(Value::Null | Value::Array(_)) => {}
            Some(Value::Object(fields)) => {
                let full = |key: &String| if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                waiting.extend(fields.iter().map(|(key, value)| (full(key), Some(value))));
            }
            Some(Value::String(text)) => drop(all.insert(name, text.clone())),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => drop(all.insert(name, value.to_string())),
        }
    }
    all
}
