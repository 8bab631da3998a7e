//! Starts the program, changes its bootstrap, sends SIGHUP and looks at what old and new connections get.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, connects and writes files")]
mod support;

use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::free_port;
use support::running::{Running, connect};

/// One listener for each port; each answers with the text.
fn bootstrap(ports: &[u16], text: &str) -> Value {
    let t = "type.googleapis.com/envoy.extensions.filters.";
    let router = json!({"name": "r", "typedConfig": {"@type": format!("{t}http.router.v3.Router")}});
    let routes = json!([{"match": {"prefix": "/"}, "directResponse": {"status": 200, "body": {"inlineString": text}}}]);
    let hcm = json!({"@type": format!("{t}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": "x", "httpFilters": [router],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]}});
    let listeners = ports.iter().map(|port| {
        json!({"name": port.to_string(), "address": {"socketAddress": {"address": "127.0.0.1", "portValue": port}},
            "filterChains": [{"filters": [{"name": "h", "typedConfig": hcm}]}]})
    });
    json!({"staticResources": {"listeners": listeners.collect::<Vec<_>>()}})
}

/// Starts the proxy with two workers.
fn start(first: &Value, port: u16) -> Running {
    Running::start(first, port, &["--workers", "2"])
}

/// Writes the bootstrap, sends SIGHUP and returns what the proxy says about it.
fn reload(proxy: &mut Running, text: &str) -> String {
    std::fs::write(&proxy.file, text).unwrap();
    let kill = format!("kill -HUP {}", proxy.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let mut line = String::new();
    proxy.lines.read_line(&mut line).unwrap();
    line
}

/// The body of an answer that is three bytes long.
fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&seen));
        seen.push(byte[0]);
    }
    let mut body = [0; 3];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn a_reload_serves_new_connections_and_leaves_the_old_ones() {
    let (kept, gone, added) = (free_port(), free_port(), free_port());
    let mut proxy = start(&bootstrap(&[kept, gone], "one"), kept);
    let mut old = connect(kept);
    assert_eq!(ask(&mut old), "one");
    assert_eq!(ask(&mut connect(gone)), "one");
    assert_eq!(reload(&mut proxy, &bootstrap(&[kept, added], "two").to_string()), "reloaded\n");
    assert_eq!(ask(&mut connect(added)), "two");
    let begin = Instant::now();
    // The workers take the new program over one after the other.
    while ask(&mut connect(kept)) != "two" {
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(ask(&mut old), "one", "a connection keeps the program it began with");
    while TcpStream::connect(("127.0.0.1", gone)).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(5), "the removed listener is still there");
    }
}

#[test]
fn a_bad_bootstrap_is_refused_and_the_old_one_goes_on() {
    let (port, taken) = (free_port(), TcpListener::bind("127.0.0.1:0").unwrap());
    let taken = taken.local_addr().map(|a| (a.port(), taken)).unwrap();
    let mut proxy = start(&bootstrap(&[port], "one"), port);
    assert_eq!(ask(&mut connect(port)), "one");
    let mut unknown = bootstrap(&[port], "two");
    unknown["staticResources"]["listeners"][0]["wasm"] = json!(1);
    let in_use = bootstrap(&[port, taken.0], "two");
    for (text, reason) in [
        ("{".to_owned(), "not a JSON bootstrap"),
        (unknown.to_string(), "listeners[0].wasm"),
        (in_use.to_string(), "cannot be listened on"),
    ] {
        let line = reload(&mut proxy, &text);
        assert!(
            line.starts_with("not reloaded, the old bootstrap goes on: ") && line.contains(reason),
            "{line}"
        );
        assert_eq!(ask(&mut connect(port)), "one");
    }
    assert_eq!(reload(&mut proxy, &bootstrap(&[port], "two").to_string()), "reloaded\n");
}

#[test]
fn a_changed_file_is_taken_over_and_a_bad_one_is_not() {
    let port = free_port();
    let body = std::env::temp_dir().join(format!("mp-proxy-{}-body", std::process::id()));
    std::fs::write(&body, "one").unwrap();
    let mut value = bootstrap(&[port], "");
    let hcm = &mut value["staticResources"]["listeners"][0]["filterChains"][0]["filters"][0]["typedConfig"];
    hcm["routeConfig"]["virtualHosts"][0]["routes"][0]["directResponse"]["body"] =
        json!({"filename": body.to_str().unwrap()});
    let mut proxy = start(&value, port);
    let mut old = connect(port);
    assert_eq!(ask(&mut old), "one");
    std::fs::write(&body, "two").unwrap();
    let mut line = String::new();
    proxy.lines.read_line(&mut line).unwrap();
    assert_eq!(line, "reloaded: certificates, keys or secrets have changed\n");
    let begin = Instant::now();
    while ask(&mut connect(port)) != "two" {
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(ask(&mut old), "one", "a connection keeps what it began with");
    std::fs::remove_file(&body).unwrap();
    line.clear();
    proxy.lines.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("changed files not used, the old ones go on: ") && line.contains("cannot be read"),
        "{line}"
    );
    assert_eq!(ask(&mut connect(port)), "two");
}
