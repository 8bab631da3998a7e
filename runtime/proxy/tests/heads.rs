//! How names of headers are spelled on the wire, and how long a line is looked at. Where there is an Envoy, it does the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes and opens sockets")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;

fn words() -> Value {
    json!({"headerKeyFormat": {"properCaseWords": {}}})
}

fn options(http1: Value) -> Value {
    json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"httpProtocolOptions": http1}}}})
}

/// The names of a head, sorted.
fn names(head: &str) -> Vec<&str> {
    let mut names: Vec<_> = head.lines().skip(1).filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    names.sort_unstable();
    names
}

/// What the client and the upstream see of names, of the proxy and of its twin.
fn compare(proxy: &Proxy, wanted: (&[&str], &[&str])) {
    let request = "POST /a HTTP/1.1\r\nHOST: h\r\nx-lower_and.dot: 1\r\nX-UPPER: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let twin = twin(proxy, &[]);
    for side in std::iter::once(proxy).chain(twin.as_ref().map(|(_, twin)| twin)) {
        let (head, body) = side.ask(request);
        assert_eq!((names(&head), names(&body)), (wanted.0.to_vec(), wanted.1.to_vec()));
        let (head, _) = side.ask("GET / HTTP/1.1\r\n\r\n");
        let lower = head.contains("\r\ncontent-length: ");
        assert_eq!(lower, wanted.0.contains(&"server"), "{head}");
    }
}

const LOWER: &[&str] = &["content-length", "date", "server", "x-envoy-upstream-service-time", "x-port"];
const WORDS: &[&str] = &["Content-Length", "Date", "Server", "X-Envoy-Upstream-Service-Time", "X-Port"];
const SENT: &[&str] = &[
    "host",
    "transfer-encoding",
    "x-envoy-expected-rq-timeout-ms",
    "x-forwarded-proto",
    "x-lower_and.dot",
    "x-request-id",
    "x-upper",
];
const SENT_WORDS: &[&str] = &[
    "Host",
    "Transfer-Encoding",
    "X-Envoy-Expected-Rq-Timeout-Ms",
    "X-Forwarded-Proto",
    "X-Lower_And.Dot",
    "X-Request-Id",
    "X-Upper",
];

#[test]
fn words_begin_with_capitals_towards_clients() {
    let clusters = [cluster("up", &[upstream()], json!({}))];
    let proxy = Proxy::start(&[], to("up"), &clusters, json!({"httpProtocolOptions": words()}));
    compare(&proxy, (WORDS, SENT));
}

#[test]
fn words_begin_with_capitals_towards_endpoints() {
    let clusters = [cluster("up", &[upstream()], options(words()))];
    let proxy = Proxy::start(&[], to("up"), &clusters, json!({}));
    compare(&proxy, (LOWER, SENT_WORDS));
}

/// A listener that asks what is spoken before it takes a connection.
fn sniffing() -> Proxy {
    let (port, admin) = (free_port(), free_port());
    let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "p",
        "httpFilters": [filter("http.router.v3.Router", json!({}))],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to("up")}]}});
    let inspector = json!({"name": "i", "typedConfig": {"@type": format!("{T}listener.http_inspector.v3.HttpInspector")}});
    let bootstrap = json!({"node": {"id": "n", "cluster": "c"}, "admin": {"address": address(admin)}, "staticResources": {
        "clusters": [cluster("up", &[upstream()], json!({}))],
        "listeners": [{"name": "l", "address": address(port), "listenerFilters": [inspector],
            "filterChains": [{"filters": [{"name": "h", "typedConfig": manager}]}]}]}});
    Proxy::run(&bootstrap, port, admin)
}

#[test]
fn a_line_that_goes_on_behind_what_is_looked_at_ends_the_connection() {
    let proxy = sniffing();
    let twin = twin(&proxy, &[]);
    for side in std::iter::once(&proxy).chain(twin.as_ref().map(|(_, twin)| twin)) {
        let status = |length: usize| {
            let path = "/".repeat(length - "GET  HTTP/1.1\r\n".len());
            let mut stream = TcpStream::connect(("127.0.0.1", side.port)).unwrap();
            // Who is cut off may fail to send the rest.
            let _cut_off = stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n").as_bytes());
            let mut begin = [0; 12];
            stream.read_exact(&mut begin).is_ok().then(|| String::from_utf8_lossy(&begin).into_owned())
        };
        assert_eq!(status(65_536).as_deref(), Some("HTTP/1.1 431"));
        assert_eq!(status(65_537), None);
    }
}
