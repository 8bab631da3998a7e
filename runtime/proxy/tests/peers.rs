//! Services that the proxy asks about connections and endpoints: health checks over TCP and gRPC, authorizers of connections;
//! and hosts that come and processes that go.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and uses the clock")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/grpc_server.rs"]
mod grpc_server;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use proxy::{Proxy, T, address, cluster, read_message, to, upstream};
use serde_json::{Value, json};
use support::free_port;

/// A gRPC server whose answer to every call is this message.
fn grpc(answer: Arc<dyn Fn() -> Vec<u8> + Send + Sync>) -> u16 {
    grpc_server::serve(move |_, respond| {
        grpc_server::reply(respond, &answer());
        std::future::ready(())
    })
}

fn http2() -> Value {
    json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"http2ProtocolOptions": {}}}}})
}

fn checked(check: Value) -> Value {
    let mut all = json!({"timeout": "2s", "interval": "0.05s", "noTrafficInterval": "0.05s", "unhealthyInterval": "0.05s",
        "unhealthyThreshold": 1, "healthyThreshold": 1});
    for (key, value) in check.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({"healthChecks": [all]})
}

/// Waits until the admin interface says so many healthy hosts.
fn until_healthy(proxy: &Proxy, count: usize) {
    let line = format!("membership_healthy: {count}\n");
    let stats = proxy.admin_once("/stats", |text| text.contains(&line));
    assert!(stats.contains(&line), "{stats}");
}

/// Answers `ping` with these bytes.
fn ponger(pong: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut ping = [0; 4];
            if stream.read_exact(&mut ping).is_ok() && ping == *b"ping" {
                let _sent = stream.write_all(pong);
            }
        }
    });
    port
}

#[test]
fn endpoints_are_asked_over_tcp() {
    let (good, bad) = (ponger(b"a pong b tail"), ponger(b"a ping b"));
    // In hexadecimal: what is sent, and blocks that must follow each other in the answer.
    let text = |text: &str| json!({"text": text.bytes().map(|b| format!("{b:02x}")).collect::<String>()});
    let binary = json!({"binary": "dGFpbA=="});
    let check = json!({"tcpHealthCheck": {"send": text("ping"), "receive": [text("pong"), binary]}});
    let proxy = Proxy::start(&[], to("c"), &[cluster("c", &[good, bad], checked(check))], json!({}));
    until_healthy(&proxy, 1);
    let clusters = proxy.admin("/clusters");
    assert!(clusters.contains(&format!("127.0.0.1:{good}::health_flags::healthy")), "{clusters}");
    assert!(clusters.contains(&format!("127.0.0.1:{bad}::health_flags::/failed_active_hc")), "{clusters}");
}

#[test]
fn endpoints_are_asked_over_grpc() {
    let state = Arc::new(AtomicU8::new(1));
    let shown = state.clone();
    let serving = grpc(Arc::new(move || vec![8, shown.load(Ordering::Relaxed)]));
    let check = json!({"grpcHealthCheck": {"serviceName": "s", "authority": "a"}});
    let mut checked = checked(check);
    checked["typedExtensionProtocolOptions"] = http2()["typedExtensionProtocolOptions"].clone();
    let proxy = Proxy::start(&[], to("c"), &[cluster("c", &[serving], checked)], json!({}));
    until_healthy(&proxy, 1);
    // NOT_SERVING
    state.store(2, Ordering::Relaxed);
    until_healthy(&proxy, 0);
    state.store(1, Ordering::Relaxed);
    until_healthy(&proxy, 1);
}

/// Answers each request with the next of these statuses, over and over, and counts them.
fn statuses(list: &'static [u16]) -> (u16, Arc<AtomicU8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicU8::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let counted = counted.clone();
            std::thread::spawn(move || {
                while read_message(&mut stream).is_some() {
                    let at = usize::from(counted.fetch_add(1, Ordering::Relaxed));
                    let status = list[at % list.len()];
                    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, count)
}

/// A health check over HTTP with more fields.
fn http_check(more: Value) -> Value {
    let mut http = json!({"path": "/check", "codecClientType": "HTTP1"});
    for (key, value) in more.as_object().unwrap() {
        http[key] = value.clone();
    }
    let mut checked = checked(json!({"httpHealthCheck": http}));
    checked["healthChecks"][0]["unhealthyThreshold"] = json!(2);
    checked
}

#[test]
fn statuses_of_checks_have_the_meaning_that_is_configured() {
    let range = |status: u16| json!([{"start": status, "end": status + 1}]);
    let (odd, _) = statuses(&[418]);
    let [(tired, counted), (twins, counted_too)] = [statuses(&[200, 503]), statuses(&[200, 503])];
    let (plain, _) = statuses(&[200]);
    let mut elsewhere = cluster("elsewhere", &[odd], http_check(json!({})));
    elsewhere["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["healthCheckConfig"] =
        json!({"portValue": plain});
    let clusters = [
        cluster("expected", &[odd], http_check(json!({"expectedStatuses": range(418)}))),
        cluster("retriable", &[tired], http_check(json!({"retriableStatuses": range(503)}))),
        elsewhere,
        cluster("usual", &[odd], http_check(json!({}))),
    ];
    let proxy = Proxy::start(&[], to("expected"), &clusters, json!({}));
    let twin = envoy::twin(&proxy, &[(&tired.to_string(), &twins.to_string())]);
    let sides = std::iter::once((&proxy, counted)).chain(twin.as_ref().map(|(_, twin)| (twin, counted_too)));
    for (side, counted) in sides {
        let healthy = |name: &str, count: u8| format!("cluster.{name}.membership_healthy: {count}\n");
        let wanted =
            [healthy("expected", 1), healthy("retriable", 1), healthy("elsewhere", 1), healthy("usual", 0)];
        let all = |text: &str| wanted.iter().all(|line| text.contains(line));
        let text = side.admin_once("/stats?filter=membership_healthy", all);
        assert!(all(&text), "Envoy: {} {text}", side._running.is_none());
        // One failure that may be tried again is not enough, however often it comes between successes.
        let from = counted.load(Ordering::Relaxed);
        while counted.load(Ordering::Relaxed).wrapping_sub(from) < 10 {
            let text = side.admin("/stats?filter=membership_healthy");
            assert!(all(&text), "{text}");
        }
    }
}

fn guarded(port: u16, admin: u16, authorizer: u16, up: u16, more: Value) -> Value {
    let mut authz = json!({"@type": format!("{T}network.ext_authz.v3.ExtAuthz"), "statPrefix": "t.",
        "transportApiVersion": "V3", "includePeerCertificate": true, "includeTlsSession": true,
        "grpcService": {"envoyGrpc": {"clusterName": "authorizer"}, "timeout": "2s"}});
    for (key, value) in more.as_object().unwrap() {
        authz[key] = value.clone();
    }
    // Only connections that the shadow rules deny are asked about.
    let rbac = json!({"@type": format!("{T}network.rbac.v3.RBAC"), "statPrefix": "t.", "shadowRulesStatPrefix": "s_",
        "shadowRules": {"action": "DENY", "policies": {"asked": {"permissions": [{"any": true}], "principals": [{"any": true}]}}}});
    let proxy =
        json!({"@type": format!("{T}network.tcp_proxy.v3.TcpProxy"), "statPrefix": "t", "cluster": "up"});
    let filters = [rbac, authz, proxy].map(|config| json!({"name": "f", "typedConfig": config}));
    json!({"admin": {"address": address(admin)}, "staticResources": {"clusters": [
            cluster("up", &[up], json!({})), cluster("authorizer", &[authorizer], http2())],
        "listeners": [{"name": "l", "address": address(port), "filterChains": [{"filters": filters}]}]}})
}

#[test]
fn connections_are_authorized() {
    let gate = |text: &str| {
        json!({"filterEnabledMetadata": {"filter": "envoy.filters.network.rbac",
        "path": [{"key": "s_shadow_effective_policy_id"}], "value": {"stringMatch": {"prefix": text}}}})
    };
    let up = upstream();
    let allows = || grpc(Arc::new(Vec::new));
    let denies = || grpc(Arc::new(|| vec![0x0a, 2, 8, 7]));
    let nobody = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (name, authorizer, more, passes, stat) in [
        ("allowed", allows(), gate("ask"), true, "ext_authz.t.ok: 1\n"),
        ("denied", denies(), gate("ask"), false, "ext_authz.t.denied: 1\n"),
        ("not asked", denies(), gate("other"), true, ""),
        ("nobody answers", nobody(), json!({}), false, "ext_authz.t.error: 1\n"),
        (
            "nobody answers, and that is let pass",
            nobody(),
            json!({"failureModeAllow": true}),
            true,
            "ext_authz.t.failure_mode_allowed: 1\n",
        ),
    ] {
        let (port, admin) = (free_port(), free_port());
        let proxy = Proxy::run(&guarded(port, admin, authorizer, up, more), port, admin);
        let (head, _) = proxy.get("/a", "");
        assert_eq!(head.starts_with("HTTP/1.1 200"), passes, "{name}: {head}");
        // The connection that has only waited for the listener is asked about as well when it ends.
        let counted = stat.split(": ").next().unwrap_or_default();
        assert!(proxy.admin("/stats").contains(counted), "{name}");
    }
}

#[test]
fn what_is_in_flight_ends_in_peace() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let up = listener.local_addr().unwrap().port();
    let (port, admin) = (free_port(), free_port());
    let hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "p",
        "httpFilters": [proxy::filter("http.router.v3.Router", json!({}))],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to("c")}]}});
    let bootstrap = json!({"admin": {"address": address(admin)}, "staticResources": {
        "clusters": [cluster("c", &[up], json!({}))], "listeners": [{"name": "l", "address": address(port),
            "filterChains": [{"filters": [{"name": "h", "typedConfig": hcm}]}]}]}});
    let path = std::env::temp_dir().join(format!("mp-drain-{}-{port}.json", std::process::id()));
    std::fs::write(&path, bootstrap.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshproof-proxy"));
    let mut child = command.arg("-c").arg(&path).args(["--drain", "30"]).spawn().unwrap();
    let begin = Instant::now();
    let mut client = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(_) => assert!(begin.elapsed() < Duration::from_secs(20), "the proxy does not listen"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    client.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    let (mut served, _) = listener.accept().unwrap();
    read_message(&mut served).unwrap();
    // The request is with the upstream: from now on it is in flight.
    let signal = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(30), "new connections are still taken");
        std::thread::sleep(Duration::from_millis(10));
    }
    served.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
    let (head, body) = read_message(&mut client).unwrap();
    assert!(head.contains("connection: close") && body == "ok", "{head}{body}");
    assert!(child.wait().unwrap().success());
}
