//! Listeners that end while the process goes on.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens and connects")]
#[path = "support/admin.rs"]
mod asking;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use asking::ask;
use proxy::{Proxy, T, address, filter};
use serde_json::json;
use support::free_port;

/// Listeners of either direction.
fn two_ways() -> (Proxy, u16) {
    let (inbound, outbound, admin) = (free_port(), free_port(), free_port());
    let listener = |name: &str, port: u16, direction: &str| {
        let hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": name,
            "httpFilters": [filter("http.router.v3.Router", json!({}))],
            "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "directResponse": {"status": 200}}]}]}});
        json!({"name": name, "trafficDirection": direction, "address": address(port),
            "filterChains": [{"filters": [{"name": "f", "typedConfig": hcm}]}]})
    };
    let bootstrap = json!({"admin": {"address": address(admin)}, "staticResources": {"listeners": [
        listener("in", inbound, "INBOUND"), listener("out", outbound, "OUTBOUND")]}});
    (Proxy::run(&bootstrap, inbound, admin), outbound)
}

fn is_listened_on(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn listeners_for_inbound_traffic_end_alone() {
    let (proxy, outbound) = two_ways();
    let mut open = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert!(proxy::read_message(&mut open).unwrap().0.starts_with("HTTP/1.1 200"));
    assert_eq!(ask(&proxy, "POST", "/drain_listeners?inboundonly").0, "200");
    until("the inbound listener ends", || !is_listened_on(proxy.port));
    assert!(is_listened_on(outbound));
    open.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert!(proxy::read_message(&mut open).unwrap().0.starts_with("HTTP/1.1 200"), "what is open goes on");
    assert_eq!(ask(&proxy, "GET", "/ready").0, "200");
    assert!(ask(&proxy, "GET", "/stats?filter=listener_stopped").2.contains("listener_stopped: 1"));
    assert_eq!(ask(&proxy, "POST", "/drain_listeners").0, "200");
    until("all listeners end", || !is_listened_on(outbound));
}

#[test]
fn a_graceful_drain_closes_connections_of_its_direction() {
    let (proxy, outbound) = two_ways();
    let out = Proxy { port: outbound, admin: proxy.admin, _running: None };
    let closes = |proxy: &Proxy| proxy.get("/", "").0.to_lowercase().contains("connection: close");
    assert!(!closes(&proxy) && !closes(&out));
    assert_eq!(ask(&proxy, "POST", "/drain_listeners?inboundonly&graceful&skip_exit").0, "200");
    until("inbound connections end", || closes(&proxy));
    assert!(!closes(&out));
    assert_eq!(ask(&proxy, "POST", "/drain_listeners?graceful&skip_exit").0, "200");
    until("all connections end", || closes(&out));
    assert!(is_listened_on(outbound) && is_listened_on(proxy.port));
}
