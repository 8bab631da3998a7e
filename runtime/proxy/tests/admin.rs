//! The admin interface against Envoy's: the same bootstrap, the same traffic, the same pages.
//! `tests/admin/promised.txt` names the statistics that are equal, with their types; `UPDATE=1` writes it from what Envoy shows.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and reads files")]
#[path = "support/admin.rs"]
mod asking;
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use asking::{ask, body};
use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, upstream};
use serde_json::{Value, json};
use support::free_port;

const SERVICE: &str = "outbound|80||web.shop.svc.cluster.local";

fn routes() -> Value {
    json!([
        {"match": {"path": "/missing"}, "route": {"cluster": "missing"}},
        {"match": {"path": "/direct"}, "directResponse": {"status": 200, "body": {"inlineString": "hi"}}},
        {"match": {"path": "/moved"}, "redirect": {"pathRedirect": "/a"}},
        {"match": {"path": "/dead"}, "route": {"cluster": "dead"}},
        {"match": {"path": "/empty"}, "route": {"cluster": "empty"}},
        {"match": {"prefix": "/code/"}, "route": {"cluster": SERVICE,
            "retryPolicy": {"retryOn": "5xx", "numRetries": 2}}},
        {"match": {"prefix": "/a"}, "route": {"cluster": SERVICE}}])
}

/// A proxy for HTTP and for bytes, with filters that count.
fn start(bytes: u16) -> Proxy {
    let up = upstream();
    let http_filters = [
        filter("http.fault.v3.HTTPFault", json!({})),
        filter("http.cors.v3.Cors", json!({})),
        filter(
            "http.rbac.v3.RBAC",
            json!({"rules": {"action": "DENY", "policies": {"p": {
                "permissions": [{"urlPath": {"path": {"exact": "/denied"}}}], "principals": [{"any": true}]}}}}),
        ),
        filter("http.router.v3.Router", json!({})),
    ];
    let hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "p",
        "httpFilters": http_filters, "routeConfig": {"name": "r", "validateClusters": false,
            "virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes()}]}});
    let tcp =
        json!({"@type": format!("{T}network.tcp_proxy.v3.TcpProxy"), "statPrefix": "t", "cluster": SERVICE});
    let listener = |name: &str, port: u16, filter: Value| json!({"name": name, "address": address(port), "filterChains": [{"filters": [{"name": "f", "typedConfig": filter}]}]});
    let (port, admin) = (free_port(), free_port());
    let outlier = json!({"outlierDetection": {"consecutive5xx": 100}, "circuitBreakers": {"thresholds": [
        {"maxConnections": 10, "trackRemaining": true}]}});
    let clusters = json!([
        cluster(SERVICE, &[up], outlier),
        cluster("dead", &[1], json!({})),
        cluster("empty", &[], json!({}))
    ]);
    let node =
        json!({"id": "n", "cluster": "c", "metadata": {"a": "b"}, "locality": {"region": "r", "zone": "z"}});
    let runtime = json!({"layers": [{"name": "one", "staticLayer": {"a": {"b": 1}, "c": "d"}},
        {"name": "two", "staticLayer": {"c": "e", "f.g": true}}]});
    let bootstrap = json!({"node": node, "admin": {"address": address(admin)}, "layeredRuntime": runtime,
        "staticResources": {"clusters": clusters, "listeners": [listener("l", port, hcm), listener("bytes", bytes, tcp)]}});
    Proxy::run(&bootstrap, port, admin)
}

/// Requests of all kinds, each on a connection of its own that is closed by the client.
fn traffic(proxy: &Proxy, bytes: u16) {
    let paths = [
        "/a",
        "/a",
        "/code/404",
        "/code/503",
        "/code/204",
        "/missing",
        "/direct",
        "/moved",
        "/dead",
        "/empty",
        "/denied",
        "/none",
    ];
    for path in paths {
        proxy.get(path, "");
    }
    proxy.ask("POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nhi");
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
    stream.write_all(b"bad\r\n\r\n").unwrap();
    let _answer = stream.read_to_end(&mut Vec::new());
    let through = Proxy { port: bytes, admin: proxy.admin, _running: None };
    through.get("/a", "");
}

/// Statistics by name: their values as text. Of distributions the number of values is taken.
type Stats = BTreeMap<String, (String, String)>;

/// All statistics with their types, under names that do not depend on ports.
fn stats(proxy: &Proxy, bytes: u16) -> Stats {
    let page = body(&proxy.admin("/stats?histogram_buckets=detailed"));
    let types = types(proxy);
    let mut all = Stats::new();
    let mut last = String::new();
    for line in page.lines() {
        if let Some(totals) = line.strip_prefix("  totals=") {
            let count: u64 =
                totals.split(", ").filter_map(|part| part.rsplit_once(':')?.1.parse::<u64>().ok()).sum();
            all.insert(last.clone(), ("histogram".to_owned(), count.to_string()));
            continue;
        }
        if line.starts_with(' ') {
            continue;
        }
        let Some((name, value)) = line.rsplit_once(": ").or_else(|| line.strip_suffix(':').map(|n| (n, "")))
        else {
            continue;
        };
        let name = name
            .replace(&format!("127.0.0.1_{}", proxy.port), "HTTP")
            .replace(&format!("127.0.0.1_{bytes}"), "BYTES");
        last.clone_from(&name);
        let kind = match value {
            "No recorded values" | "" => "histogram".to_owned(),
            _ => types.get(&sanitized(&name)).cloned().unwrap_or_default(),
        };
        let value = if kind == "histogram" { "0" } else { value };
        all.insert(name, (kind, value.to_owned()));
    }
    all
}

/// The types that Prometheus is told, by names with their labels in place.
fn types(proxy: &Proxy) -> BTreeMap<String, String> {
    let page = body(&proxy.admin("/stats?format=json&type=Gauges"));
    let gauges: Value = serde_json::from_str(&page).unwrap();
    let names = gauges["stats"].as_array().unwrap().iter().filter_map(|s| s["name"].as_str());
    let mut all: BTreeMap<_, _> = names.map(|name| (sanitized(name), "gauge".to_owned())).collect();
    let page = body(&proxy.admin("/stats?format=json&type=Counters"));
    let counters: Value = serde_json::from_str(&page).unwrap();
    let names = counters["stats"].as_array().unwrap().iter().filter_map(|s| s["name"].as_str());
    all.extend(names.map(|name| (sanitized(name), "counter".to_owned())));
    all
}

/// A name without what differs between two processes.
fn sanitized(name: &str) -> String {
    match name.strip_prefix("listener.127.0.0.1_").and_then(|rest| rest.split_once('.')) {
        Some((_, rest)) => format!("listener.ADDRESS.{rest}"),
        None => name
            .replace("listener.HTTP.", "listener.ADDRESS.")
            .replace("listener.BYTES.", "listener.ADDRESS."),
    }
}

/// What is not there, or is not the same; each with its reason.
fn differs(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        // Of what the proxy does not have: watchdogs, an allocator that counts, a disk cache, stat sinks, overload manager.
        "watchdog",
        "filesystem.",
        "envoy.overload",
        "overload.",
        "server.version",
        "initialization_time_ms",
        "thread_local_cluster_manager.",
        "runtime.load_success",
        "runtime.override_dir",
        "runtime.num_",
        "workers_pinned",
        "server.memory",
        "server.uptime",
        "http.async-client.",
        "stats_recent_lookups",
        "hot_restart_generation",
        // Of single threads and of codecs.
        ".worker_0.",
        ".main_thread.",
        "http1.",
        "http2.",
        "connections_accepted_per_socket_event",
        // The admin interface counts the requests of the test itself.
        "admin",
        "server.total_connections",
        // Other bytes: names of hops, ports of other length, buffers that empty at other times.
        "bytes",
        // How the pool is organised.
        "remaining_cx_pools",
        "total_match_count",
    ];
    OTHERS.iter().any(|part| name.contains(part))
}

fn promised() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/admin/promised.txt")
}

/// What one side has and the other has not, or has otherwise.
fn compare(own: &Stats, other: &Stats) -> Vec<String> {
    let names: BTreeSet<_> = own.keys().chain(other.keys()).filter(|name| !differs(name)).collect();
    let text = |found: Option<&(String, String)>| {
        found.map_or("nothing".to_owned(), |(kind, value)| format!("{kind} {value}"))
    };
    let pairs = names.into_iter().map(|name| (name, own.get(name), other.get(name)));
    pairs
        .filter(|(_, a, b)| a != b)
        .map(|(name, a, b)| format!("{name}: {}, not {}", text(a), text(b)))
        .collect()
}

#[test]
fn statistics_are_those_of_envoy() {
    let bytes = free_port();
    let proxy = start(bytes);
    traffic(&proxy, bytes);
    let other_bytes = free_port();
    let Some((_running, other)) = twin(&proxy, &[(&bytes.to_string(), &other_bytes.to_string())]) else {
        return;
    };
    traffic(&other, other_bytes);
    let begin = Instant::now();
    loop {
        let (own, wanted) = (stats(&proxy, bytes), stats(&other, other_bytes));
        let different = compare(&own, &wanted);
        if different.is_empty() {
            if std::env::var_os("UPDATE").is_some() {
                let lines = wanted.iter().filter(|(name, _)| !differs(name));
                let lines: String = lines.map(|(name, (kind, _))| format!("{kind} {name}\n")).collect();
                std::fs::write(promised(), lines).unwrap();
            }
            break;
        }
        // Envoy takes distributions together every five seconds.
        let late = begin.elapsed() > Duration::from_secs(15);
        assert!(!late, "{} differ:\n{}", different.len(), different.join("\n"));
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// The promise holds where there is no Envoy.
#[test]
fn promised_statistics_are_there() {
    let bytes = free_port();
    let proxy = start(bytes);
    traffic(&proxy, bytes);
    let text = std::fs::read_to_string(promised()).unwrap();
    let wanted: BTreeSet<_> = text.lines().collect();
    assert!(wanted.len() > 300, "{}", wanted.len());
    let begin = Instant::now();
    loop {
        let own: BTreeSet<_> =
            stats(&proxy, bytes).into_iter().map(|(name, (kind, _))| format!("{kind} {name}")).collect();
        let missing: Vec<_> = wanted.iter().filter(|line| !own.contains(**line)).collect();
        if missing.is_empty() {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "missing: {missing:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Requests whose whole answers are those of Envoy, after ports are alike.
const EQUAL: &[(&str, &str)] = &[
    ("GET", "/ready"),
    ("POST", "/ready"),
    ("HEAD", "/ready"),
    ("HEAD", "/stats"),
    ("HEAD", "/logging"),
    ("OPTIONS", "/ready?x=y"),
    ("GET", "/logging"),
    ("PUT", "/logging"),
    ("GET", "/quitquitquit"),
    ("GET", "/healthcheck/fail"),
    ("GET", "/reopen_logs"),
    ("POST", "/reopen_logs"),
    ("GET", "/listeners"),
    ("GET", "/listeners?format=bogus"),
    ("GET", "/init_dump"),
    ("GET", "/clusters?filter=("),
    ("GET", "/clusters?filter=nobody"),
    ("GET", "/stats?type=Bogus"),
    ("GET", "/stats?format=bogus"),
    ("GET", "/stats?hidden=bogus"),
    ("GET", "/stats?hidden=only"),
    ("GET", "/stats?type=TextReadouts"),
    ("GET", "/stats?filter=nothing.at.all"),
    ("GET", "/stats?filter=nothing.at.all&format=json"),
    ("GET", "/stats?filter=^http.p.downstream_rq_t&type=Counters"),
    ("GET", "/stats?filter=%5Ehttp.p.downstream_rq_t&type=Counters"),
    ("GET", "/stats?filter=^cluster.dead.upstream_cx&type=Gauges"),
    ("GET", "/stats?filter=^http.p.downstream_rq_[0-9]&usedonly"),
    ("GET", "/stats?filter=^http.p.downstream_rq&invert_filter&type=Counters&filter=x&usedonly&hidden=only"),
    ("GET", "/stats?format=prometheus&filter=dead.*upstream_cx_total"),
    ("GET", "/stats/prometheus?filter=^cluster.dead.upstream_rq_[0-9]"),
    (
        "GET",
        "/stats/prometheus?filter=shop.svc.cluster.local.*upstream_rq_([0-9a-z]{3}|total|completed)$&usedonly",
    ),
    ("GET", "/stats/prometheus?filter=^listener.*http.p"),
    ("GET", "/stats/prometheus?filter=^http.p.(rbac|cors|fault)"),
    ("GET", "/stats/prometheus?filter=^tcp.t.downstream_cx_total"),
    ("GET", "/stats/prometheus?filter=nothing.at.all"),
    ("GET", "/config_dump?resource=nope"),
    ("GET", "/config_dump?resource=bootstrap"),
    ("GET", "/config_dump?resource=bootstrap&mask=bootstrap.node.id"),
    ("GET", "/config_dump?mask=nope"),
    ("GET", "/config_dump?resource=static_clusters&name_regex=dea"),
    ("POST", "/drain_listeners?skip_exit"),
];

/// Requests whose answers in JSON say the same, whatever the order of fields.
const SAME_JSON: &[&str] = &[
    "/listeners?format=json",
    "/clusters?format=json&filter=^dead",
    "/certs",
    "/runtime",
    "/config_dump?resource=static_clusters&mask=cluster.name",
    "/config_dump?resource=static_clusters&mask=cluster.name&name_regex=dea.",
    "/config_dump?resource=static_listeners&mask=listener.name,listener.address",
    "/config_dump?resource=static_route_configs&mask=route_config.name",
    "/config_dump?mask=static_clusters.cluster.name",
    "/config_dump?resource=static_endpoint_configs&include_eds&mask=endpoint_config.cluster_name",
];

#[test]
fn pages_are_those_of_envoy() {
    let bytes = free_port();
    let proxy = start(bytes);
    traffic(&proxy, bytes);
    let other_bytes = free_port();
    let Some((_running, other)) = twin(&proxy, &[(&bytes.to_string(), &other_bytes.to_string())]) else {
        return;
    };
    traffic(&other, other_bytes);
    let alike = |text: String, proxy: &Proxy, bytes: u16| {
        let text = text.replace(&proxy.port.to_string(), "PORT").replace(&bytes.to_string(), "BYTES");
        text.replace(&proxy.admin.to_string(), "ADMIN")
    };
    let both = |method: &str, path: &str| {
        let (status, kind, text) = ask(&proxy, method, path);
        let own = (status, kind, alike(text, &proxy, bytes));
        let (status, kind, text) = ask(&other, method, path);
        (own, (status, kind, alike(text, &other, other_bytes)))
    };
    let mut different = Vec::new();
    for (method, path) in EQUAL {
        let (own, wanted) = both(method, path);
        if own != wanted {
            different.push(format!("{method} {path}: {own:?}, not {wanted:?}"));
        }
    }
    for path in SAME_JSON {
        let (own, wanted) = both("GET", path);
        let read = |text: &str| serde_json::from_str::<Value>(text).map(untimed).unwrap_or_default();
        let (own_json, wanted_json) = (sorted(read(&own.2)), sorted(read(&wanted.2)));
        if (&own.0, &own.1, &own_json) != (&wanted.0, &wanted.1, &wanted_json) {
            different.push(format!(
                "{path}: {} {} {own_json}, not {} {} {wanted_json}",
                own.0, own.1, wanted.0, wanted.1
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Clusters come in any order from Envoy.
fn sorted(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = sorted(item.take()));
            items.sort_by_key(|item| {
                let name =
                    ["/cluster/name", "/endpoint_config/cluster_name"].iter().find_map(|at| item.pointer(at));
                name.map(ToString::to_string)
            });
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| *field = sorted(field.take())),
        _ => {}
    }
    value
}

/// Without times.
fn untimed(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = untimed(item.take())),
        Value::Object(fields) => {
            fields.remove("last_updated");
            fields.iter_mut().for_each(|(_, field)| *field = untimed(field.take()));
        }
        _ => {}
    }
    value
}
