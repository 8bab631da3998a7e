//! Spans against those of Envoy: the same bootstrap, the same requests, the same spans at the collector.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens and connects")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, T, address, cluster, filter, upstream};
use serde_json::{Value, json};
use support::free_port;

/// What the collector got.
type Spans = Arc<Mutex<Vec<Value>>>;

/// A collector of Zipkin's JSON: its port, and all spans so far.
fn collector() -> (u16, Spans) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, spans) = (listener.local_addr().unwrap().port(), Spans::default());
    let kept = spans.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let spans = kept.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                while let Some(body) = read_request(&mut reader) {
                    let Ok(Value::Array(list)) = serde_json::from_slice(&body) else { return };
                    spans.lock().unwrap().extend(list);
                    (&stream).write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
            });
        }
    });
    (port, spans)
}

/// The body of a request, by length or in chunks.
fn read_request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        chunked |= line == "transfer-encoding: chunked";
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if !chunked {
        return Some(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim_end(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..length]);
        if length == 0 {
            return Some(body);
        }
    }
}

/// A proxy that traces everything.
fn start(direction: &str, spawn: bool, shared: bool, collector: u16) -> Proxy {
    let provider = json!({"@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig", "collectorCluster": "zipkin",
        "collectorEndpoint": "/api/v2/spans", "collectorEndpointVersion": "HTTP_JSON", "traceId128bit": true,
        "sharedSpanContext": shared});
    let tag = |name: &str, value: &str| json!({"tag": name, "literal": {"value": value}});
    let tracing = json!({"provider": {"name": "z", "typedConfig": provider}, "randomSampling": {"value": 100}, "spawnUpstreamSpan": spawn,
        "customTags": [tag("literal", "own"), {"tag": "header", "requestHeader": {"name": "x-h", "defaultValue": "none"}},
            {"tag": "absent", "requestHeader": {"name": "x-absent"}}]});
    let routes = json!([
        {"match": {"path": "/direct"}, "directResponse": {"status": 200}},
        {"match": {"path": "/named"}, "route": {"cluster": "up"}, "decorator": {"operation": "web.shop:80/*"}},
        {"match": {"path": "/secret"}, "route": {"cluster": "up"},
            "decorator": {"operation": "secret", "propagate": false}},
        {"match": {"path": "/never"}, "route": {"cluster": "up"}, "tracing": {"randomSampling": {"numerator": 0}}},
        {"match": {"path": "/tags"}, "route": {"cluster": "up"},
            "tracing": {"customTags": [tag("literal", "route"), tag("more", "m")]}},
        {"match": {"path": "/dead"}, "route": {"cluster": "dead"}},
        {"match": {"prefix": "/"}, "route": {"cluster": "up", "retryPolicy": {"retryOn": "5xx"}}}]);
    let hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "p",
        "generateRequestId": true, "tracing": tracing, "httpFilters": [filter("http.router.v3.Router", json!({}))],
        "routeConfig": {"name": "r", "virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]}});
    let (port, admin) = (free_port(), free_port());
    let clusters = [
        cluster("up", &[upstream()], json!({})),
        cluster("dead", &[1], json!({})),
        cluster("zipkin", &[collector], json!({})),
    ];
    let listener = json!({"name": "l", "trafficDirection": direction, "address": address(port),
        "filterChains": [{"filters": [{"name": "f", "typedConfig": hcm}]}]});
    let node = json!({"id": "n", "cluster": "web.shop", "locality": {"zone": "z"}});
    let bootstrap = json!({"node": node, "admin": {"address": address(admin)},
        "staticResources": {"clusters": clusters, "listeners": [listener]}});
    Proxy::run(&bootstrap, port, admin)
}

/// Requests, and how many of them leave no span.
const REQUESTS: &[(&str, &str)] = &[
    ("/plain?q=1", "user-agent: ua\r\nx-h: v\r\n"),
    ("/code/404", ""),
    ("/code/503", ""),
    ("/direct", ""),
    ("/named", ""),
    ("/secret", ""),
    ("/never", ""),
    ("/tags", ""),
    ("/dead", ""),
    (
        "/b3",
        "x-b3-traceid: 000000000000000a000000000000000b\r\nx-b3-spanid: 000000000000000c\r\nx-b3-sampled: 1\r\n",
    ),
    ("/not", "x-b3-traceid: 000000000000000b\r\nx-b3-spanid: 000000000000000c\r\nx-b3-sampled: 0\r\n"),
    ("/below", "b3: 000000000000000b-000000000000000c-1-000000000000000d\r\n"),
    ("/client", "x-client-trace-id: c\r\n"),
    ("/told", "x-envoy-decorator-operation: from-client\r\n"),
    ("/answered", "x-answer: 200; x-envoy-decorator-operation: from-server\r\n"),
    ("/forced", "x-envoy-force-trace: 1\r\n"),
];

/// Sends all requests; gives what upstream was told of traces, and the spans, without what is random.
fn traced(proxy: &Proxy, spans: &Spans, wanted: usize) -> Vec<String> {
    spans.lock().unwrap().clear();
    let mut all = Vec::new();
    for (path, headers) in REQUESTS {
        let (head, body) = proxy.get(path, headers);
        let telling = |line: &&str| {
            let line = line.to_lowercase();
            ["x-b3-", "b3:", "x-envoy-decorator", "x-request-id"].iter().any(|name| line.starts_with(name))
        };
        let told: Vec<_> = head.lines().chain(body.lines()).filter(telling).map(alike).collect();
        all.push(format!("{path}: {}", told.join(", ")));
    }
    let begin = Instant::now();
    while spans.lock().unwrap().len() < wanted {
        assert!(begin.elapsed() < Duration::from_secs(20), "{} spans", spans.lock().unwrap().len());
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut told: Vec<_> = spans.lock().unwrap().iter().map(plain).collect();
    told.sort();
    all.extend(told);
    all
}

/// A span without times, with its ids where they are told and not made.
fn plain(span: &Value) -> String {
    let mut span = span.clone();
    let fields = span.as_object_mut().unwrap();
    assert!(fields.remove("timestamp").unwrap().as_u64() > Some(0));
    assert!(fields.remove("duration").unwrap().as_u64() > Some(0));
    fields["annotations"][0]["timestamp"] = json!(0);
    // Bodies name ports.
    fields["tags"].as_object_mut().unwrap().remove("response_size");
    span.sort_all_objects();
    alike(&span.to_string())
}

/// Text without random ids and lengths of what holds ports.
fn alike(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let hex = id.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        let random = hex && matches!(id.len(), 8 | 12 | 16 | 32) && !id.starts_with("000000000000000");
        // The third part of a request id tells why it is traced; the others of its length tell nothing.
        let part = hex && id.len() == 4 && out.ends_with('-');
        let (shown, rest) = (if random { "ID" } else { id }, &word[id.len()..]);
        let third = part && out.ends_with("ID-N-");
        out.push_str(if third {
            &shown[..1]
        } else if part {
            "N"
        } else {
            shown
        });
        out.push_str(rest);
    }
    out
}

/// Spans that all requests leave.
fn number(spawn: bool) -> usize {
    // `/never` and `/not` leave none; with spans for tries, `/direct` has no try and `/code/503` has two.
    let requests = REQUESTS.len() - 2;
    if spawn { 2 * requests } else { requests }
}

#[test]
fn spans_are_those_of_envoy() {
    for (direction, spawn, shared) in [
        ("INBOUND", false, false),
        ("OUTBOUND", false, false),
        ("OUTBOUND", true, false),
        ("INBOUND", false, true),
    ] {
        let (port, spans) = collector();
        let proxy = start(direction, spawn, shared, port);
        let own = traced(&proxy, &spans, number(spawn));
        let Some((_running, other)) = twin(&proxy, &[]) else { return };
        let wanted = traced(&other, &spans, number(spawn));
        let different: Vec<_> = own.iter().zip(&wanted).filter(|(own, wanted)| own != wanted).collect();
        assert!(
            own.len() == wanted.len() && different.is_empty(),
            "{direction} {spawn} {shared}: {different:#?}"
        );
    }
}

/// What holds where there is no Envoy.
#[test]
fn spans_say_what_became_of_requests() {
    let (port, spans) = collector();
    let proxy = start("OUTBOUND", true, false, port);
    let own = traced(&proxy, &spans, number(true));
    let said = |part: &str| own.iter().filter(|line| line.contains(part)).count();
    assert_eq!(said("\"kind\":\"CLIENT\""), number(true) / 2);
    assert_eq!(said("router up egress"), number(true) / 2 - 1);
    assert_eq!((said("router dead egress"), said("remote connection failure")), (1, 1));
    assert_eq!((said("\"canceled\":\"true\""), said("\"retry.count\":\"1\"")), (1, 1));
    assert_eq!((said("\"name\":\"from-server\""), said("x-envoy-decorator-operation: from-server")), (1, 0));
    assert_eq!((said("\"literal\":\"route\""), said("\"more\":\"m\"")), (2, 2));
    assert!(said("\"absent\"") == 0 && said("\"header\":\"none\"") > 0);
}
