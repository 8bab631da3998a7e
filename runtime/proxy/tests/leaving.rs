//! Clients that leave while somebody is asked about their requests. Where there is an Envoy, it counts and logs the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and reads files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, cluster, filter, to, upstream};
use serde_json::{Value, json};

/// Takes connections and what comes on them, and says nothing. Counts those that have said something, and those that are over.
fn silent() -> (u16, Arc<[AtomicUsize; 2]>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let counted = counts.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let counted = counted.clone();
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                if stream.read(&mut bytes).is_ok_and(|count| count > 0) {
                    counted[0].fetch_add(1, Ordering::Relaxed);
                }
                while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
                counted[1].fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    (port, counts)
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn h2() -> Value {
    json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"http2ProtocolOptions": {}}}}})
}

const COUNTERS: &[&str] = &[
    "cluster.silent.upstream_rq_total",
    "cluster.silent.upstream_rq_cancelled",
    "cluster.silent.upstream_rq_tx_reset",
    "cluster.silent.upstream_rq_active",
    "http.p.downstream_rq_rx_reset",
    "http.p.downstream_rq_active",
    "http.p.downstream_rq_completed",
    "http.p.downstream_rq_5xx",
    "http.p.downstream_cx_destroy_active_rq",
    "http.p.downstream_cx_destroy_remote_active_rq",
];

/// Leaves while the silent cluster is asked, and gives what is counted and logged about it.
fn leave(side: &Proxy, log: &str, counts: &[AtomicUsize; 2], ends: bool) -> (Vec<String>, String) {
    let before = [counts[0].load(Ordering::Relaxed), counts[1].load(Ordering::Relaxed)];
    let mut stream = TcpStream::connect(("127.0.0.1", side.port)).unwrap();
    stream
        .write_all(
            b"GET /a HTTP/1.1\r\nhost: h\r\nauthorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA\r\n\r\n",
        )
        .unwrap();
    until("nobody is asked", || counts[0].load(Ordering::Relaxed) > before[0]);
    drop(stream);
    until("a line", || std::fs::read_to_string(log).is_ok_and(|text| text.ends_with('\n')));
    if ends {
        until("the call ends", || counts[1].load(Ordering::Relaxed) > before[1]);
    }
    let gone = |text: &str| {
        text.contains("http.p.downstream_rq_active: 0\n") && text.contains("silent.upstream_rq_active: 0\n")
    };
    let stats = side.admin_once("/stats", gone);
    let line = |name: &&str| stats.lines().find(|line| line.starts_with(*name)).unwrap_or(name).to_owned();
    (COUNTERS.iter().map(line).collect(), std::fs::read_to_string(log).unwrap())
}

/// The same with a proxy and with Envoy; `over_h1` says that the call has a connection of its own.
fn compare(name: &str, filters: &[Value], route: &str, over_h1: bool) {
    let (port, counts) = silent();
    let folder = std::env::temp_dir();
    let log = |side: &str| {
        folder.join(format!("mp-leaving-{}-{name}-{side}", std::process::id())).display().to_string()
    };
    let (own, its) = (log("own"), log("its"));
    let access = json!([{"name": "f", "typedConfig": {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": own,
        "logFormat": {"textFormatSource": {"inlineString": "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n"}}}}]);
    let more = if over_h1 { json!({}) } else { h2() };
    let clusters = [cluster("up", &[upstream()], json!({})), cluster("silent", &[port], more)];
    let proxy = Proxy::start(filters, to(route), &clusters, json!({"accessLog": access}));
    let ours = leave(&proxy, &own, &counts, over_h1);
    assert_eq!(ours.1, "0 DC downstream_remote_disconnect\n", "{name}");
    if let Some((_running, twin)) = twin(&proxy, &[(&own, &its)]) {
        assert_eq!(ours, leave(&twin, &its, &counts, over_h1), "{name}");
    }
    for log in [own, its] {
        let _gone = std::fs::remove_file(log);
    }
}

#[test]
fn endpoints_are_not_waited_for() {
    compare("upstream", &[], "silent", true);
    compare("upstream over h2", &[], "silent", false);
}

#[test]
fn authorizers_are_not_waited_for() {
    let http =
        json!({"httpService": {"serverUri": {"uri": "http://a", "cluster": "silent", "timeout": "60s"}}});
    compare("authorizer", &[filter("http.ext_authz.v3.ExtAuthz", http)], "up", true);
    let service = json!({"envoyGrpc": {"clusterName": "silent"}, "timeout": "60s"});
    let grpc = json!({"grpcService": service, "transportApiVersion": "V3"});
    compare("authorizer over grpc", &[filter("http.ext_authz.v3.ExtAuthz", grpc)], "up", false);
}

#[test]
fn issuers_are_not_waited_for() {
    let provider = json!({"remoteJwks": {"httpUri": {"uri": "http://keys/keys", "cluster": "silent", "timeout": "60s"}}});
    let jwt = json!({"providers": {"p": provider}, "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]});
    compare("issuer", &[filter("http.jwt_authn.v3.JwtAuthentication", jwt)], "up", true);
}
