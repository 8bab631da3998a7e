//! What a bootstrap says about the whole process: its runtime, and the labels of its statistics. Where there is an Envoy, it does
//! the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes and opens sockets")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;
use support::running::Running;

/// A bootstrap that says more; where it listens, and where its admin interface does.
fn bootstrap(filters: &[Value], more: Value) -> (Value, u16, u16) {
    let (port, admin) = (free_port(), free_port());
    let mut all = filters.to_vec();
    all.push(filter("http.router.v3.Router", json!({})));
    let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "p",
        "httpFilters": all,
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to("up")}]}});
    let mut bootstrap = json!({"node": {"id": "n", "cluster": "c"}, "admin": {"address": address(admin)}, "staticResources": {
        "clusters": [cluster("up", &[upstream()], json!({}))],
        "listeners": [{"name": "l", "address": address(port), "filterChains": [{"filters": [{"name": "h", "typedConfig": manager}]}]}]}});
    for (key, value) in more.as_object().unwrap() {
        bootstrap[key] = value.clone();
    }
    (bootstrap, port, admin)
}

/// A proxy whose bootstrap says more.
fn start(more: Value) -> Proxy {
    let (bootstrap, port, admin) = bootstrap(&[], more);
    Proxy::run(&bootstrap, port, admin)
}

/// LuaJIT ends a process in which memory that was written may not become code, as the unit for systemd has it.
#[test]
fn scripts_run_where_nothing_may_be_compiled() {
    const DENY: &str = "exec python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); \
        os.execv(sys.argv[1], sys.argv[1:])' \"$0\" \"$@\"";
    let code = "function envoy_on_request(h) local n = 0; for i = 1, 100000 do n = n + i % 7 end; h:headers():add('x-n', n) end";
    let script = filter("http.lua.v3.Lua", json!({"defaultSourceCode": {"inlineString": code}}));
    let (bootstrap, port, admin) = bootstrap(&[script], json!({}));
    let running = Running::behind(DENY, &bootstrap, port, &["--workers", "1"]);
    let proxy = Proxy { port, admin, _running: Some(running) };
    for _ in 0..3 {
        let (head, body) = proxy.get("/", "");
        assert!(body.contains("x-n: 300000\r\n"), "{head}{body}");
    }
}

/// Does the same with a proxy and with Envoy.
fn both(more: Value, check: impl Fn(&Proxy)) {
    let proxy = start(more);
    check(&proxy);
    if let Some((_running, twin)) = twin(&proxy, &[]) {
        check(&twin);
    }
}

#[test]
fn layers_of_the_runtime_switch_features() {
    let layer = |name: &str, on: bool| json!({"name": name, "staticLayer": {"envoy.reloadable_features.http_reject_path_with_fragment": on}});
    both(json!({}), |side| assert_eq!(side.status("/a#b", ""), "400"));
    both(json!({"layeredRuntime": {"layers": [layer("one", true), layer("two", false)]}}), |side| {
        let (head, body) = side.get("/a#b", "");
        assert!(head.starts_with("HTTP/1.1 200") && body.starts_with("GET /a HTTP/1.1\r\n"), "{head}{body}");
    });
}

#[test]
fn statistics_have_the_labels_of_the_bootstrap() {
    let tags = json!([{"tagName": "where", "fixedValue": "here"}, {"tagName": "which", "regex": "^cluster\\.((up)\\.)"}]);
    both(json!({"statsConfig": {"statsTags": tags}}), |side| {
        assert_eq!(side.status("/", ""), "200");
        let page =
            side.admin_once("/stats/prometheus", |page| page.contains("envoy_cluster_upstream_rq_total"));
        let line = page.lines().find(|line| line.starts_with("envoy_cluster_upstream_rq_total{")).unwrap();
        for label in ["where=\"here\"", "which=\"up\""] {
            assert!(line.contains(label), "{label} {line}");
        }
    });
}
