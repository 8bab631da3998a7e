//! Starts the proxy with a small upstream, and looks at its answers.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use serde_json::{Value, json};
use support::free_port;
use support::running::{Running, connect};

/// Answers every request with its own head as the body; `/fail` on the first request of a connection closes it.
fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

fn serve(mut stream: TcpStream) {
    loop {
        let head = read_until(&mut stream, b"\r\n\r\n");
        if head.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        if text.starts_with("GET /fail") && text.contains("x-envoy-attempt-count: 1") {
            return;
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Up: 1\r\n\r\n{text}", text.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(end) {
        match stream.read(&mut byte) {
            Ok(1..) => seen.push(byte[0]),
            _ => return Vec::new(),
        }
    }
    seen
}

fn bootstrap(port: u16, admin: u16, upstream: u16, dead: u16) -> Value {
    let address = |port: u16| json!({"socketAddress": {"address": "127.0.0.1", "portValue": port}});
    let cluster = |name: &str, port: u16| {
        json!({"name": name, "type": "STATIC", "connectTimeout": "1s", "loadAssignment": {"clusterName": name,
            "endpoints": [{"lbEndpoints": [{"endpoint": {"address": address(port)}}]}]}})
    };
    let t = "type.googleapis.com/envoy.extensions.filters.";
    let rbac = json!({"name": "envoy.filters.http.rbac", "typedConfig": {
        "@type": format!("{t}http.rbac.v3.RBAC"), "rules": {"action": "DENY", "policies": {"p": {
            "permissions": [{"urlPath": {"path": {"prefix": "/denied"}}}], "principals": [{"any": true}]}}}}});
    let router = json!({"name": "envoy.filters.http.router", "typedConfig": {"@type": format!("{t}http.router.v3.Router")}});
    let routes = json!([
        {"match": {"prefix": "/dead"}, "route": {"cluster": "dead"}},
        {"match": {"prefix": "/fail"}, "route": {"cluster": "up", "retryPolicy": {"retryOn": "reset", "numRetries": 1}}},
        {"match": {"prefix": "/old/"}, "route": {"cluster": "up", "prefixRewrite": "/new/"}},
        {"match": {"path": "/teapot"}, "directResponse": {"status": 418, "body": {"inlineString": "teapot"}}},
        {"match": {"prefix": "/"}, "route": {"cluster": "up"}}]);
    let hcm = json!({"@type": format!("{t}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": "x", "normalizePath": true, "httpFilters": [rbac, router], "routeConfig": {"virtualHosts": [
            {"name": "v", "domains": ["a.example"], "includeRequestAttemptCount": true, "routes": routes}]}});
    json!({"admin": {"address": address(admin)}, "staticResources": {
        "clusters": [cluster("up", upstream), cluster("dead", dead)],
        "listeners": [{"name": "l", "address": address(port), "filterChains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typedConfig": hcm}]}]}]}})
}

fn write_bootstrap(name: &str, value: &Value) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mp-proxy-{}-{name}.json", std::process::id()));
    std::fs::write(&path, value.to_string()).unwrap();
    path
}

/// A proxy with an upstream, and a cluster that nobody listens for.
struct Proxy {
    port: u16,
    admin: u16,
    _running: Running,
}

fn proxy() -> Proxy {
    let (port, admin) = (free_port(), free_port());
    let bootstrap = bootstrap(port, admin, upstream(), free_port());
    Proxy { port, admin, _running: Running::start(&bootstrap, port, &["--workers", "1"]) }
}

impl Proxy {
    /// Sends bytes and reads one response: status line and headers, body.
    fn ask(&self, request: &str) -> (String, String) {
        let mut stream = connect(self.port);
        stream.write_all(request.as_bytes()).unwrap();
        let head = String::from_utf8(read_until(&mut stream, b"\r\n\r\n")).unwrap();
        let length =
            head.lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |l| l.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nX-CaSe: 1\r\n\r\n"))
    }
}

#[test]
fn requests_are_forwarded_with_lower_case_headers_in_order() {
    let (head, body) = proxy().get("/a/../b?q");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ncontent-length: "), "{head}");
    assert!(head.contains("x-up: 1\r\nx-envoy-upstream-service-time: "), "{head}");
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines[..3], ["GET /b?q HTTP/1.1", "host: a.example", "x-case: 1"]);
    assert!(lines[3..].iter().any(|l| l.starts_with("x-request-id: ")));
    assert!(lines.contains(&"x-envoy-expected-rq-timeout-ms: 15000"));
}

#[test]
fn rewrites_are_recorded() {
    let (_, body) = proxy().get("/old/x");
    assert!(
        body.starts_with("GET /new/x HTTP/1.1\r\n") && body.contains("x-envoy-original-path: /old/x\r\n"),
        "{body}"
    );
}

#[test]
fn a_closed_connection_is_retried() {
    let (head, body) = proxy().get("/fail");
    assert!(
        head.starts_with("HTTP/1.1 200") && body.contains("x-envoy-attempt-count: 2\r\n"),
        "{head}{body}"
    );
}

#[test]
fn local_replies() {
    let proxy = proxy();
    for (path, status, text) in [
        ("/teapot", "418 Unknown", "teapot"),
        ("/denied", "403 Forbidden", "RBAC: access denied"),
        ("/x/../denied", "403 Forbidden", "RBAC: access denied"),
        (
            "/dead",
            "503 Service Unavailable",
            "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
        ),
    ] {
        let (head, body) = proxy.get(path);
        let wanted = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\ncontent-type: text/plain\r\ndate: ",
            text.len()
        );
        assert!(head.starts_with(&wanted), "{path}: {head}");
        assert_eq!(body, text);
    }
    // The near miss of the denied path passes.
    assert!(proxy.get("/x/denied").0.starts_with("HTTP/1.1 200"));
    let (head, _) = proxy.ask("GET / HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 404 Not Found\r\ndate: "), "{head}");
}

#[test]
fn smuggling_is_refused_and_the_connection_closed() {
    let request = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let (head, body) = proxy().ask(request);
    assert!(head.starts_with("HTTP/1.1 400") && head.contains("connection: close\r\n"), "{head}");
    assert_eq!(body, "Bad Request");
}

#[test]
fn the_admin_interface_answers() {
    let proxy = proxy();
    let mut stream = connect(proxy.admin);
    stream.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("5\r\nLIVE\n\r\n0\r\n\r\n"),
        "{answer}"
    );
}

/// As Envoy 1.40 answers.
#[test]
fn levels_of_loggers_are_listed_and_set() {
    let proxy = proxy();
    let ask = |request: &str| {
        let mut stream = connect(proxy.admin);
        write!(stream, "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let asked = ask("GET /logging");
    assert!(
        asked.starts_with("HTTP/1.1 405 ")
            && asked.contains("\r\nMethod GET not allowed, POST required.\r\n")
    );
    let refused = ask("POST /logging?level=loud");
    assert!(
        refused.starts_with("HTTP/1.1 400 ")
            && refused.contains("error: unknown logger level\n\nusage: /logging?<")
    );
    let set = ask("POST /logging?paths=lua:debug");
    assert!(
        set.starts_with("HTTP/1.1 200 ") && set.contains("\r\nactive loggers:\n  a2a: info\n  admin: info\n")
    );
    assert!(
        ask("POST /logging")
            .contains("  json_rpc: info\n  kafka: info\n  key_value_store: info\n  lua: debug\n")
    );
}

#[test]
fn what_cannot_run_is_named_with_its_path() {
    let mut value = bootstrap(1, 2, 3, 4);
    let good = mp_proxy::Options::new(write_bootstrap("good", &value));
    assert!(mp_proxy::validate(&good).unwrap().is_empty());
    let chain = &mut value["staticResources"]["listeners"][0]["filterChains"][0];
    chain["filters"][0]["typedConfig"]["httpFilters"][0]["typedConfig"] = json!({"@type": "x/envoy.Wasm"});
    chain["filters"][0]["typedConfig"]["routeConfig"]["virtualHosts"][0]["routes"][0]["match"] =
        json!({"safeRegex": {"regex": "("}});
    let mut bad = mp_proxy::Options::new(write_bootstrap("bad", &value));
    let error = mp_proxy::validate(&bad).unwrap_err().to_string();
    let place = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
    assert!(
        error.contains(&format!("{place}.http_filters[0].typed_config: envoy.Wasm is not supported")),
        "{error}"
    );
    assert!(
        error.contains(&format!("{place}.route_config.virtual_hosts[0].routes[0].match.safe_regex.regex")),
        "{error}"
    );
    bad.skip_unsupported = true;
    assert_eq!(mp_proxy::validate(&bad).unwrap().len(), 1, "the listener is left out");
}

#[test]
fn the_table_of_supported_fields_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/runtime-support.md");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let page = mp_proxy::support_markdown();
    assert!(
        written.trim_end() == page.trim_end(),
        "write it anew: meshproof-proxy --support > docs/runtime-support.md"
    );
}
