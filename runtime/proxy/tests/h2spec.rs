//! The conformance suite h2spec against the proxy, in clear text and over TLS.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes")]
mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use support::free_port;
use support::running::Running;

/// The suite: in `H2SPEC`, on the path, or where `./dev h2spec` puts it.
fn h2spec() -> Option<PathBuf> {
    let named = std::env::var_os("H2SPEC").map(PathBuf::from);
    let cached = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.cache/h2spec/h2spec");
    let found = named.or(Some(cached)).filter(|path| path.is_file());
    let path = || {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|dir| dir.join("h2spec"))
            .find(|path| path.is_file())
    };
    found.or_else(path)
}

/// An upstream that answers with a body, and late: what is wrong with the request has to show before.
fn upstream() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in socket.incoming().flatten() {
            std::thread::spawn(move || {
                let _count = stream.read(&mut [0; 4096]);
                std::thread::sleep(Duration::from_millis(50));
                let _gone = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\na body");
            });
        }
    });
    port
}

fn cluster(port: u16) -> Value {
    let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    json!({"name": "up", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {"cluster_name": "up",
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}})
}

/// A listener that forwards everything.
fn listener(port: u16, tls: bool) -> Value {
    let here = format!("{}/tests/wire", env!("CARGO_MANIFEST_DIR"));
    let file = |name: &str| json!({"filename": format!("{here}/{name}")});
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "h", "codec_type": "HTTP2", "http2_protocol_options": {"max_concurrent_streams": 100},
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "route": {"cluster": "up"}}]}]},
        "http_filters": [{"name": "router", "typed_config":
            {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]});
    let mut chain = json!({"filters": [{"name": "hcm", "typed_config": manager}]});
    if tls {
        chain["transport_socket"] = json!({"name": "tls", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {"alpn_protocols": ["h2"], "tls_certificates": [
                {"certificate_chain": file("server.pem"), "private_key": file("server.key")}]}}});
    }
    json!({"name": port.to_string(), "filter_chains": [chain],
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}})
}

#[test]
fn every_case_passes() {
    let Some(suite) = h2spec() else {
        println!("skipped: there is no h2spec (`./dev h2spec` fetches it)");
        return;
    };
    let (plain, secure) = (free_port(), free_port());
    let listeners = [listener(plain, false), listener(secure, true)];
    let bootstrap = json!({"static_resources": {"listeners": listeners, "clusters": [cluster(upstream())]}});
    let _running = Running::start(&bootstrap, secure, &[]);
    let run = |port: u16, more: &[&str]| {
        let mut command = Command::new(&suite);
        let said = command
            .args(["-h", "127.0.0.1", "-o", "4", "-p", &port.to_string()])
            .args(more)
            .output()
            .unwrap();
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    let answers = [run(plain, &[]), run(secure, &["-t", "-k"])];
    for text in answers {
        let last = text.lines().rev().find(|line| line.contains(" tests, ")).unwrap_or_default();
        assert!(last.ends_with(" 0 failed"), "{text}");
    }
}
