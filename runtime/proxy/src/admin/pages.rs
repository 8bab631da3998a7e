//! The pages of the admin interface.
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::access::time::http_date;
use super::{certs, logging, stats};
use crate::cluster::shared::Host;
use crate::http::path::percent_decoded;
use crate::net::address::Address;
use crate::server::worker::Global;

/// An answer.
pub(super) struct Page {
    status: u16,
    kind: &'static str,
    body: String,
    /// Whether the process is to stop.
    pub(super) quit: bool,
}

/// Plain text.
pub(super) const TEXT: &str = "text/plain; charset=UTF-8";
/// JSON.
pub(super) const JSON: &str = "application/json";

/// Pages with their descriptions; the flag says that they change something.
const PAGES: &[(&str, &str, bool)] = &[
    ("/certs", "print certs on machine", false),
    ("/clusters", "upstream cluster status", false),
    ("/config_dump", "dump current configs", false),
    ("/drain_listeners", "drain listeners", true),
    ("/healthcheck/fail", "cause the server to fail health checks", true),
    ("/healthcheck/ok", "cause the server to pass health checks", true),
    ("/help", "print out list of admin commands", false),
    ("/listeners", "print listener info", false),
    ("/logging", "query/change logging levels", true),
    ("/memory", "print current allocation/heap usage", false),
    ("/quitquitquit", "exit the server", true),
    ("/ready", "print server state, return 200 if LIVE, otherwise return 503", false),
    ("/server_info", "print server version/status information", false),
    ("/stats", "print server stats", false),
    ("/stats/prometheus", "print server stats in prometheus format", false),
];

impl Page {
    /// An answer with a body.
    pub(super) fn new(status: u16, kind: &'static str, body: impl Into<String>) -> Self {
        Self { status, kind, body: body.into(), quit: false }
    }

    /// The answer as bytes.
    pub(super) fn encode(&self, close: bool) -> Vec<u8> {
        let mut head = crate::http::Head::response(self.status);
        head.add(b"content-type", self.kind.as_bytes());
        head.add(b"cache-control", b"no-cache, max-age=0");
        head.add(b"x-content-type-options", b"nosniff");
        head.add(b"date", http_date(SystemTime::now()).as_bytes());
        head.add(b"server", b"envoy");
        if close {
            head.add(b"connection", b"close");
        }
        let mut out = Vec::new();
        crate::http::encode::response_head(
            &head,
            false,
            crate::http::encode::ResponseBody::Chunked,
            crate::http::encode::Names::Lower,
            &mut out,
        );
        crate::http::encode::chunk(self.body.as_bytes(), &mut out);
        crate::http::encode::last_chunk(&mut out);
        out
    }
}

/// Answers a request.
pub(super) fn answer(global: &Global, method: &str, target: &str) -> Page {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let changes = PAGES.iter().any(|(page, _, changes)| *page == path && *changes);
    if changes && method != "POST" {
        return Page::new(405, TEXT, format!("Method {method} not allowed, POST required."));
    }
    let json = parameter(query, "format").as_deref() == Some("json");
    match path {
        "/" => Page::new(200, "text/html; charset=UTF-8", home()),
        "/help" => Page::new(200, TEXT, help()),
        "/ready" => ready(global),
        "/healthcheck/fail" | "/healthcheck/ok" => {
            global.failing.store(path.ends_with("fail"), Ordering::Relaxed);
            Page::new(200, TEXT, "OK\n")
        }
        "/drain_listeners" => {
            if parameter(query, "graceful").is_none() {
                global.draining.store(true, Ordering::Relaxed);
            }
            Page::new(200, TEXT, "OK\n")
        }
        "/quitquitquit" => Page { quit: true, ..Page::new(200, TEXT, "OK\n") },
        "/stats" => stats::text(global, query),
        "/stats/prometheus" => stats::prometheus(global, query),
        "/clusters" if json => Page::new(200, JSON, clusters_json(global).to_string()),
        "/clusters" => Page::new(200, TEXT, clusters_text(global)),
        "/listeners" => listeners(global, json),
        "/server_info" => Page::new(200, JSON, server_info(global).to_string()),
        "/certs" => Page::new(200, JSON, certs::list(&global.program.bootstrap()).to_string()),
        "/memory" => Page::new(200, JSON, memory().to_string()),
        "/logging" => logging::answer(&global.loggers, query),
        "/config_dump" => config_dump(global, query),
        _ => Page::new(404, TEXT, format!("invalid path. {}", help())),
    }
}

/// A parameter of a query, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| String::from_utf8_lossy(&percent_decoded(value.as_bytes())).into_owned())
    })
}

fn home() -> String {
    let mut out = String::from("<!DOCTYPE html><title>meshproof proxy</title><ul>");
    for (page, text, _) in PAGES {
        out.push_str(&format!("<li><a href=\"{page}\">{page}</a>: {text}"));
    }
    out.push_str("</ul>");
    out
}

fn help() -> String {
    let lines: Vec<_> = PAGES.iter().map(|(page, text, _)| format!("  {page}: {text}\n")).collect();
    format!("admin commands are:\n{}", lines.concat())
}

fn ready(global: &Global) -> Page {
    if global.failing.load(Ordering::Relaxed) {
        return Page::new(503, TEXT, "DRAINING\n");
    }
    Page::new(200, TEXT, "LIVE\n")
}

/// What the kernel says about the process; there is no allocator of its own to ask.
fn memory() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kibibytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
        (kibibytes.unwrap_or(0) * 1024).to_string()
    };
    json!({
        "allocated": bytes("RssAnon"),
        "heap_size": bytes("VmData"),
        "pageheap_unmapped": "0",
        "pageheap_free": "0",
        "total_thread_cache": "0",
        "total_physical_bytes": bytes("VmRSS"),
    })
}

fn server_info(global: &Global) -> Value {
    let uptime = format!("{}s", global.start.elapsed().as_secs());
    json!({
        "version": format!("meshproof-proxy/{}", env!("CARGO_PKG_VERSION")),
        "state": if global.failing.load(Ordering::Relaxed) { "DRAINING" } else { "LIVE" },
        "uptime_current_epoch": uptime,
        "uptime_all_epochs": uptime,
        "hot_restart_version": "disabled",
        "command_line_options": {},
    })
}

fn listeners(global: &Global, json: bool) -> Page {
    let all = global.program.listeners.iter().filter_map(|l| Some((l.name.as_str(), *l.addresses.first()?)));
    if json {
        let statuses: Vec<_> = all
            .map(|(name, address)| json!({"name": name, "local_address": {"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}}}))
            .collect();
        return Page::new(200, JSON, json!({"listener_statuses": statuses}).to_string());
    }
    Page::new(200, TEXT, all.map(|(name, address)| format!("{name}::{address}\n")).collect::<String>())
}

fn clusters_text(global: &Global) -> String {
    let mut out = String::new();
    for (cluster, shared) in global.all() {
        let name = &cluster.name;
        out.push_str(&format!("{name}::observability_name::{name}\n"));
        for (priority, limits) in [("default", &cluster.limits), ("high", &cluster.high)] {
            let values = [limits.connections, limits.pending, limits.requests, limits.retries];
            let names = ["max_connections", "max_pending_requests", "max_requests", "max_retries"];
            for (limit, value) in names.iter().zip(values) {
                out.push_str(&format!("{name}::{priority}_priority::{limit}::{value}\n"));
            }
        }
        out.push_str(&format!("{name}::added_via_api::false\n"));
        for host in shared.hosts.load().iter() {
            host_text(name, host, &mut out);
        }
    }
    out
}

fn host_text(name: &str, host: &Host, out: &mut String) {
    let counters = &host.counters;
    let rate = host.success_rate().map_or("-1".to_owned(), |rate| rate.to_string());
    let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed).to_string();
    for (key, value) in [
        ("cx_active", "0".to_owned()),
        ("cx_connect_fail", load(&counters.connect_failures)),
        ("cx_total", load(&counters.connections)),
        ("rq_active", load(&host.active)),
        ("rq_error", load(&counters.errors)),
        ("rq_success", load(&counters.successes)),
        ("rq_timeout", "0".to_owned()),
        ("rq_total", load(&counters.requests)),
        ("hostname", host.endpoint.hostname.clone()),
        ("health_flags", host.health_flags()),
        ("weight", host.endpoint.weight.to_string()),
        ("region", host.endpoint.locality.region.clone()),
        ("zone", host.endpoint.locality.zone.clone()),
        ("sub_zone", host.endpoint.locality.sub_zone.clone()),
        ("canary", "false".to_owned()),
        ("priority", host.endpoint.priority.to_string()),
        ("success_rate", rate),
        ("local_origin_success_rate", "-1".to_owned()),
    ] {
        out.push_str(&format!("{name}::{}::{key}::{value}\n", host.address));
    }
}

fn clusters_json(global: &Global) -> Value {
    let statuses = global.all().map(|(cluster, shared)| {
        let hosts: Vec<_> = shared
            .hosts
            .load()
            .iter()
            .map(|h| {
                json!({
                    "address": address(&h.address),
                    "health_status": {"eds_health_status": if h.is_healthy() { "HEALTHY" } else { "UNHEALTHY" }},
                    "weight": h.endpoint.weight,
                })
            })
            .collect();
        json!({"name": cluster.name, "host_statuses": hosts})
    });
    json!({"cluster_statuses": statuses.collect::<Vec<_>>()})
}

fn address(address: &Address) -> Value {
    match address {
        Address::Ip(a) => json!({"socket_address": {"address": a.ip().to_string(), "port_value": a.port()}}),
        Address::Pipe(path) => json!({"pipe": {"path": **path}}),
        Address::Internal(listener, endpoint) => json!({"envoy_internal_address": {
            "server_listener_name": **listener, "endpoint_id": **endpoint}}),
    }
}

fn config_dump(global: &Global, query: &str) -> Page {
    let bootstrap = global.program.bootstrap();
    let resources = bootstrap.get("static_resources").cloned().unwrap_or_default();
    let dynamic = |name: &str| resources.get(name).cloned().unwrap_or_else(|| json!([]));
    let body = match parameter(query, "resource").as_deref() {
        None => json!({"configs": [
            {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": bootstrap},
        ]}),
        Some("static_listeners") => json!({"configs": dynamic("listeners")}),
        Some("static_clusters") => json!({"configs": dynamic("clusters")}),
        Some("bootstrap") => json!({"configs": [bootstrap]}),
        Some(other) => return Page::new(404, "text/plain", format!("{other} not found in config dump")),
    };
    Page::new(200, JSON, redact(body).to_string())
}

/// Replaces private keys; they are nobody's business.
fn redact(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = match name.as_str() {
                    "private_key" | "local_jwks" => Value::from("[redacted]"),
                    _ => redact(std::mem::take(field)),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = redact(std::mem::take(item))),
        _ => {}
    }
    value
}
