//! Sessions, redirects that are followed, browsers, and limits of connections. Sessions, redirects and gRPC-Web were compared with Envoy 1.40;
//! limits and hosts that requests name rest on its documentation.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;

fn session(kind: &str, state: Value, strict: bool) -> Value {
    let mut state = state;
    let name = if kind == "cookie" { "Cookie" } else { "Header" };
    state["@type"] = json!(format!(
        "type.googleapis.com/envoy.extensions.http.stateful_session.{kind}.v3.{name}BasedSessionState"
    ));
    filter(
        "http.stateful_session.v3.StatefulSession",
        json!({"strict": strict,
        "sessionState": {"name": kind, "typedConfig": state}}),
    )
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn a_cookie_leads_back_to_the_same_endpoint() {
    let ports = [upstream(), upstream(), upstream()];
    let cookie = json!({"cookie": {"name": "c", "path": "/s", "ttl": "120s"}});
    let proxy = Proxy::start(
        &[session("cookie", cookie, false)],
        to("up"),
        &[cluster("up", &ports, json!({}))],
        json!({}),
    );
    let (head, _) = proxy.get("/s", "");
    let set = header(&head, "set-cookie").unwrap();
    assert!(set.ends_with("; Max-Age=120; Path=/s; HttpOnly"), "{set}");
    let (value, port) = (set.split(';').next().unwrap(), header(&head, "x-port").unwrap());
    for _ in 0..6 {
        let (again, _) = proxy.get("/s/more", &format!("cookie: {value}\r\n"));
        assert_eq!(header(&again, "x-port"), Some(port));
        assert_eq!(header(&again, "set-cookie"), None);
    }
    assert_eq!(header(&proxy.get("/other", "").0, "set-cookie"), None);
}

#[test]
fn a_strict_session_has_no_other_endpoint() {
    let up = upstream();
    let clusters = [cluster("up", &[up], json!({}))];
    let state = || json!({"name": "x-session"});
    let proxy = Proxy::start(&[session("header", state(), true)], to("up"), &clusters, json!({}));
    // 127.0.0.1:9 in base64
    assert_eq!(proxy.status("/", "x-session: MTI3LjAuMC4xOjk=\r\n"), "503");
    assert!(header(&proxy.get("/", "").0, "x-session").is_some());
    let proxy = Proxy::start(&[session("header", state(), false)], to("up"), &clusters, json!({}));
    assert_eq!(proxy.status("/", "x-session: MTI3LjAuMC4xOjk=\r\n"), "200");
}

/// Answers with a redirect to what stands behind the question mark, else with the request.
fn redirecting() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                while let Some((head, body)) = proxy::read_message(&mut stream) {
                    let path = head.split(' ').nth(1).unwrap_or_default();
                    let text = match path.split_once('?') {
                        Some((_, to)) => {
                            format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
                        }
                        None => {
                            let all = format!("{head}{body}");
                            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{all}", all.len())
                        }
                    };
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn redirects_are_followed_where_the_route_says_so() {
    let routes = json!([
        {"match": {"prefix": "/plain"}, "route": {"cluster": "up"}},
        {"match": {"prefix": "/"}, "route": {"cluster": "up", "internalRedirectPolicy": {"maxInternalRedirects": 2}}}]);
    let proxy = Proxy::start(&[], routes, &[cluster("up", &[redirecting()], json!({}))], json!({}));
    let (head, body) =
        proxy.ask("POST /a?http://other/b HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhello");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.starts_with("POST /b HTTP/1.1\r\nhost: other\r\n") && body.ends_with("hello"), "{body}");
    assert!(body.contains("\r\nx-envoy-original-url: http://h/a?http://other/b\r\n"), "{body}");
    for path in ["/plain?http://h/b", "/a?/b", "/a?https://h/b", "/a?http://h/b?http://h/c?http://h/d"] {
        assert_eq!(proxy.status(path, ""), "302", "{path}");
    }
}

#[test]
fn browsers_speak_grpc() {
    let up = grpc_upstream();
    let options = json!({"typedExtensionProtocolOptions": {"o": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"httpProtocolOptions": {}}}}});
    let proxy = Proxy::start(
        &[filter("http.grpc_web.v3.GrpcWeb", json!({}))],
        to("up"),
        &[cluster("up", &[up], options)],
        json!({}),
    );
    let ask = |kind: &str, accept: &str, body: &str| {
        proxy.ask(&format!(
            "POST /grpc HTTP/1.1\r\nhost: h\r\ncontent-type: {kind}\r\naccept: {accept}\r\n\
            content-length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let (head, _) = ask("application/grpc-web-text", "application/grpc-web-text", "AAAAAAFh");
    assert!(head.contains("content-type: application/grpc-web-text+proto\r\n"), "{head}");
    let (head, _) = ask("application/grpc-web-text", "x", "AAA");
    assert!(head.starts_with("HTTP/1.1 400") && head.contains("\r\ngrpc-status: 13\r\n"), "{head}");
    let (head, _) = proxy.ask(
        "POST /no HTTP/1.1\r\nhost: h\r\ncontent-type: application/grpc-web\r\ncontent-length: 0\r\n\r\n",
    );
    assert!(head.contains("\r\ngrpc-message: no grpc%0A\r\ngrpc-status: 14\r\n"), "{head}");
}

/// Answers `/grpc` with a message, and other paths with 503.
fn grpc_upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // All of it is read and the end is announced: bytes left over would reset the connection, and the next request would meet it.
            let (head, _) = proxy::read_message(&mut stream).unwrap_or_default();
            let answer: &[u8] = if head.starts_with("POST /grpc ") {
                b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/grpc\r\ncontent-length: 8\r\n\r\n\0\0\0\0\x03abc"
            } else {
                b"HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 8\r\n\r\nno grpc\n"
            };
            let _gone = stream.write_all(answer);
        }
    });
    port
}

fn behind(gate: Value) -> Proxy {
    let (port, admin) = (free_port(), free_port());
    let proxy = filter("network.tcp_proxy.v3.TcpProxy", json!({"statPrefix": "t", "cluster": "up"}));
    let bootstrap = json!({"admin": {"address": address(admin)}, "staticResources": {
        "clusters": [cluster("up", &[upstream()], json!({}))],
        "listeners": [{"name": "l", "address": address(port), "filterChains": [{"filters": [gate, proxy]}]}]}});
    assert!(T.starts_with("type"));
    Proxy::run(&bootstrap, port, admin)
}

#[test]
fn connections_beyond_a_limit_are_closed() {
    // The start looks for the port with a connection of its own.
    let limit = json!({"statPrefix": "c", "maxConnections": 2});
    let proxy = behind(filter("network.connection_limit.v3.ConnectionLimit", limit));
    std::thread::sleep(Duration::from_millis(100));
    let request = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        assert!(proxy::read_message(&mut stream).is_some());
        held.push(stream);
    }
    assert_eq!(proxy.ask(request).0, "");
    let limited = |text: &str| text.contains("connection_limit.c.limited_connections: 1");
    assert!(limited(&proxy.admin_once("/stats", limited)));
    held.clear();
    std::thread::sleep(Duration::from_millis(100));
    assert!(proxy.ask(request).0.starts_with("HTTP/1.1 200"));
}

#[test]
fn limits_that_are_switched_off_let_all_connections_in() {
    let off = || json!({"defaultValue": false, "runtimeKey": "x"});
    let bucket = json!({"maxTokens": 1, "fillInterval": "600s"});
    let number = json!({"statPrefix": "c", "maxConnections": 1, "runtimeEnabled": off()});
    let rate = json!({"statPrefix": "r", "tokenBucket": bucket, "runtimeEnabled": off()});
    for gate in [
        filter("network.connection_limit.v3.ConnectionLimit", number),
        filter("network.local_ratelimit.v3.LocalRateLimit", rate),
    ] {
        let proxy = behind(gate);
        let twin = twin(&proxy, &[]);
        for side in std::iter::once(&proxy).chain(twin.as_ref().map(|(_, twin)| twin)) {
            let mut held = Vec::new();
            for _ in 0..3 {
                let mut stream = TcpStream::connect(("127.0.0.1", side.port)).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
                assert!(proxy::read_message(&mut stream).is_some());
                held.push(stream);
            }
        }
    }
}

#[test]
fn connections_need_tokens() {
    let bucket = json!({"maxTokens": 2, "fillInterval": "600s"});
    let proxy = behind(filter(
        "network.local_ratelimit.v3.LocalRateLimit",
        json!({"statPrefix": "r", "tokenBucket": bucket}),
    ));
    let request = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
    assert!(proxy.ask(request).0.starts_with("HTTP/1.1 200"));
    assert_eq!(proxy.ask(request).0, "");
    assert!(proxy.admin("/stats").contains("local_rate_limit.r.rate_limited: 1"));
}

const CACHE: &str = "dnsCacheConfig";

/// A cluster that goes where requests want to go.
fn dynamic(most: u64) -> Value {
    let cache = json!({"name": "d", "dnsLookupFamily": "V4_ONLY", "maxHosts": most});
    let config = json!({"@type": "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
        CACHE: cache});
    json!({"name": "dynamic", "connectTimeout": "1s", "lbPolicy": "CLUSTER_PROVIDED",
        "clusterType": {"name": "envoy.clusters.dynamic_forward_proxy", "typedConfig": config}})
}

#[test]
fn requests_go_to_the_host_that_they_name() {
    let up = upstream();
    let by_host = filter(
        "http.dynamic_forward_proxy.v3.FilterConfig",
        json!({CACHE: {"name": "d", "dnsLookupFamily": "V4_ONLY"}}),
    );
    let proxy = Proxy::start(&[by_host], to("dynamic"), &[dynamic(1)], json!({}));
    let ask = |host: &str| proxy.ask(&format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n"));
    assert!(ask("no-such-name.invalid").0.starts_with("HTTP/1.1 503"));
    assert_eq!(ask("no-such-name.invalid").1, "DNS resolution failure");
    assert!(ask(&format!("localhost:{up}")).1.contains(&format!("localhost:{up}")));
    assert!(ask(&format!("localhost:{up}")).0.starts_with("HTTP/1.1 200"));
    assert_eq!(ask(&format!("127.0.0.1:{up}")).1, "DNS cache overflow");
}
