//! Access logs that are sent to a service. Where there is an Envoy, it sends the same to the same collector.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects, starts Envoy and writes files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/grpc_server.rs"]
mod grpc_server;
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use envoy::twin;
use proxy::{Proxy, cluster, filter, to, upstream};
use serde_json::{Value, json};

/// Paths and messages that a collector has got.
type Got = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A gRPC server that takes every message.
fn collector() -> (u16, Got) {
    let got = Got::default();
    let keep = got.clone();
    (grpc_server::serve(move |request, respond| collect(request, respond, keep.clone())), got)
}

async fn collect(
    request: http::Request<h2::RecvStream>,
    respond: h2::server::SendResponse<bytes::Bytes>,
    keep: Got,
) {
    let path = request.uri().path().to_owned();
    let mut body = request.into_body();
    let mut data = Vec::new();
    while let Some(Ok(part)) = body.data().await {
        data.extend_from_slice(&part);
        while data.len() >= 5 {
            let length = u32::from_be_bytes(data[1..5].try_into().unwrap()) as usize;
            if data.len() < 5 + length {
                break;
            }
            let rest = data.split_off(5 + length);
            keep.lock().unwrap().push((path.clone(), data[5..].to_vec()));
            data = rest;
        }
    }
    grpc_server::reply(respond, &[]);
}

/// Every field of a message as the numbers on the way to it, with its value when that is text. What looks like a message
/// is taken for one.
fn fields(mut bytes: &[u8], way: &str, out: &mut BTreeSet<String>) -> Option<()> {
    while !bytes.is_empty() {
        let key = prost::decode_length_delimiter(&mut bytes).ok()?;
        let way = format!("{way}.{}", key >> 3);
        match key & 7 {
            0 => drop(out.insert(format!("{way}={}", prost::decode_length_delimiter(&mut bytes).ok()?))),
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = prost::decode_length_delimiter(&mut bytes).ok()?;
                let inner = bytes.get(..length)?;
                bytes = &bytes[length..];
                let mut below = BTreeSet::new();
                if !inner.is_empty() && fields(inner, &way, &mut below).is_some() && !is_text(inner) {
                    out.append(&mut below);
                } else {
                    out.insert(format!("{way}={}", String::from_utf8_lossy(inner)));
                }
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
    }
    Some(())
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| (b' '..=b'~').contains(b))
}

fn service(kind: &str, port_name: &str, more: Value) -> Value {
    let mut config = more;
    config["@type"] = json!(format!("type.googleapis.com/envoy.extensions.access_loggers.{kind}"));
    config["commonConfig"] = json!({"logName": port_name, "transportApiVersion": "V3",
        "grpcService": {"envoyGrpc": {"clusterName": "logs"}}});
    json!({"name": kind, "typedConfig": config})
}

fn logs() -> Value {
    let text = |text: &str| json!({"stringValue": text});
    json!([
        service(
            "grpc.v3.HttpGrpcAccessLogConfig",
            "http",
            json!({"additionalRequestHeadersToLog": ["x-a"],
            "additionalResponseHeadersToLog": ["x-port"]})
        ),
        service(
            "open_telemetry.v3.OpenTelemetryAccessLogConfig",
            "otel",
            json!({"body": text("%REQ(:METHOD)% %RESPONSE_CODE%"),
            "disableBuiltinLabels": true,
            "resourceAttributes": {"values": [{"key": "service", "value": text("web")}]},
            "attributes": {"values": [{"key": "path", "value": text("%REQ(:PATH)%")}, {"key": "none", "value": text("%REQ(x-none)%")}]}})
        ),
    ])
}

fn clusters(collector: u16, up: u16) -> [Value; 2] {
    let h2 = json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {"http2ProtocolOptions": {}}}}});
    [cluster("up", &[up], json!({})), cluster("logs", &[collector], h2)]
}

/// What a collector has after a request: by path the fields of its messages.
fn wait_for(got: &Got, path: &str) -> BTreeSet<String> {
    let begin = Instant::now();
    loop {
        if let Some((_, message)) = got.lock().unwrap().iter().find(|(p, _)| p.contains(path)) {
            let mut out = BTreeSet::new();
            fields(message, "", &mut out).expect("a message");
            return out;
        }
        assert!(begin.elapsed() < Duration::from_secs(15), "nothing at {path}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

const ASK: &str = "GET /x?y HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nuser-agent: test\r\nx-request-id: id\r\n\r\n";

#[test]
fn requests_are_told_to_services() {
    let (port, got) = collector();
    let proxy = Proxy::start(&[], to("up"), &clusters(port, upstream()), json!({"accessLog": logs()}));
    assert!(proxy.ask(ASK).0.starts_with("HTTP/1.1 200"));
    let entry = wait_for(&got, "StreamAccessLogs");
    assert!(proxy.get("/more", "").0.starts_with("HTTP/1.1 200"));
    assert_eq!(proxy.status("/more", ""), "200");
    let three = |text: &str| text.contains("http.p.downstream_rq_total: 3");
    assert!(three(&proxy.admin_once("/stats", three)));
    for wanted in [
        ".1.2=http",
        ".2.1.3.5=/x?y",
        ".2.1.3.1=1",
        ".2.1.3.6=test",
        ".2.1.3.9=id",
        ".2.1.3.3=h",
        ".2.1.4.1.1=200",
        ".2.1.4.6=via_upstream",
        ".2.1.2=2",
        ".2.1.1.15=up",
        ".2.1.1.24=1",
        ".2.1.3.13.1=x-a",
        ".2.1.4.4.1=x-port",
    ] {
        assert!(entry.contains(wanted), "{wanted} {entry:#?}");
    }
    let record = wait_for(&got, "LogsService/Export");
    for wanted in [
        ".1.2.2.5.1=GET 200",
        ".1.2.2.6.1=path",
        ".1.2.2.6.2.1=/x?y",
        ".1.2.2.6.2.1=-",
        ".1.1.1.1=service",
        ".1.1.1.2.1=web",
    ] {
        assert!(record.contains(wanted), "{wanted} {record:#?}");
    }
}

/// Times, ports and names of nodes differ from run to run.
fn lasting(fields: BTreeSet<String>) -> BTreeSet<String> {
    let moving = [
        // The node, which only one of them has.
        ".1.1=",
        ".1.1.",
        ".2.1.1.2.",
        ".2.1.1.3.",
        ".2.1.1.5.",
        ".2.1.1.6",
        ".2.1.1.7",
        ".2.1.1.8",
        ".2.1.1.9",
        ".2.1.1.10",
        ".2.1.1.11",
        ".2.1.1.12",
        ".2.1.1.13.",
        ".2.1.1.14.",
        ".2.1.1.20.",
        ".2.1.1.23",
        ".2.1.1.26",
        ".2.1.1.29",
        ".2.1.1.30",
        ".2.1.1.31",
        ".2.1.1.32",
        ".2.1.3.11=",
        ".2.1.4.2=",
        // Bytes of heads on the wire are not told.
        ".2.1.3.14=",
        ".2.1.3.15=",
        ".2.1.4.7=",
        ".2.1.4.8=",
    ];
    let mut lasting = fields;
    lasting.retain(|field| !moving.iter().any(|m| field.starts_with(m)));
    lasting
}

#[test]
fn envoy_tells_the_same() {
    let up = upstream();
    let (own_port, own) = collector();
    let proxy = Proxy::start(&[], to("up"), &clusters(own_port, up), json!({"accessLog": logs()}));
    proxy.ask(ASK);
    let (port, got) = collector();
    let Some((_running, theirs)) = twin(&proxy, &[(&own_port.to_string(), &port.to_string())]) else {
        return;
    };
    theirs.ask(ASK);
    let told =
        |got: &Got| ["StreamAccessLogs", "LogsService/Export"].map(|path| lasting(wait_for(got, path)));
    assert_eq!(told(&own), told(&got));
}

/// Asks, and waits for the last chunk.
fn ask_chunked(proxy: &Proxy) {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
    stream.write_all(ASK.as_bytes()).unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"0\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        answer.push(byte[0]);
    }
}

#[test]
fn trailers_and_filter_state_are_told() {
    let (own_port, own) = collector();
    let mut log = service(
        "grpc.v3.HttpGrpcAccessLogConfig",
        "more",
        json!({"additionalResponseTrailersToLog": ["grpc-status", "x-none"]}),
    );
    log["typedConfig"]["commonConfig"]["filterStateObjectsToLog"] = json!(["k", "none"]);
    let state = json!({"onRequestHeaders": [{"objectKey": "k", "factoryKey": "envoy.string",
        "formatString": {"textFormatSource": {"inlineString": "state of %REQ(:PATH)%"}}}]});
    let filters = [filter("http.set_filter_state.v3.Config", state)];
    // The collector answers with trailers.
    let proxy =
        Proxy::start(&filters, to("logs"), &clusters(own_port, own_port), json!({"accessLog": [log]}));
    ask_chunked(&proxy);
    let told = |got: &Got| lasting(wait_for(got, "StreamAccessLogs"));
    let ours = told(&own);
    for wanted in [".2.1.4.5.1=grpc-status", ".2.1.4.5.2=0", ".2.1.1.21.1=k", ".2.1.1.21.2.2.1=state of /x?y"]
    {
        assert!(ours.contains(wanted), "{wanted} {ours:#?}");
    }
    let (port, got) = collector();
    let Some((_running, theirs)) = twin(&proxy, &[(&own_port.to_string(), &port.to_string())]) else {
        return;
    };
    ask_chunked(&theirs);
    assert_eq!(ours, told(&got));
}

#[test]
fn spans_are_told_to_a_collector() {
    let up = upstream();
    let (port, got) = collector();
    let provider = json!({"name": "t", "typedConfig": {"@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        "serviceName": "shop", "grpcService": {"envoyGrpc": {"clusterName": "logs"}}}});
    let tags = json!([{"tag": "sent", "requestHeader": {"name": "x-sent", "defaultValue": "none"}},
        {"tag": "path", "value": "to %REQ(:PATH)%"}, {"tag": "home", "environment": {"name": "HOME-LESS", "defaultValue": "here"}}]);
    let tracing = json!({"provider": provider, "customTags": tags, "randomSampling": {"value": 100.0},
        "clientSampling": {"value": 100.0}, "overallSampling": {"value": 100.0}, "maxPathTagLength": 20});
    let proxy = Proxy::start(&[], to("up"), &clusters(port, up), json!({"tracing": tracing}));
    proxy.get("/told", "x-sent: by me\r\n");
    let fields = wait_for(&got, "TraceService/Export");
    for wanted in ["shop", "by me", "to /told", "here"] {
        assert!(fields.iter().any(|field| field.ends_with(&format!("={wanted}"))), "{wanted}: {fields:?}");
    }
}

/// SkyWalking, with or without spans for calls of endpoints.
fn skywalking(spawn: bool) -> Value {
    let provider = json!({"name": "t", "typedConfig": {"@type": "type.googleapis.com/envoy.config.trace.v3.SkyWalkingConfig",
        "grpcService": {"envoyGrpc": {"clusterName": "logs"}},
        "clientConfig": {"serviceName": "shop", "instanceName": "one", "backendToken": "secret"}}});
    json!({"tracing": {"provider": provider, "spawnUpstreamSpan": spawn, "randomSampling": {"value": 100.0},
        "customTags": [{"tag": "literal", "literal": {"value": "of the tag"}}]}})
}

/// The parts of a segment, and of the header that upstream sees, that are the same each time.
fn segment(got: &Got, body: &str) -> (BTreeSet<String>, Option<String>) {
    let mut fields = wait_for(got, "TraceSegmentReportService/collect");
    fields.retain(|field| ![".1=", ".2=", ".3.3=", ".3.4="].iter().any(|moving| field.starts_with(moving)));
    let header = body.lines().find_map(|line| line.strip_prefix("sw8: "));
    let lasting = |value: &str| {
        let parts: Vec<&str> = value.trim().split('-').collect();
        parts
            .iter()
            .enumerate()
            .filter(|(at, _)| ![1, 2].contains(at))
            .map(|(_, part)| *part)
            .collect::<Vec<_>>()
            .join("-")
    };
    (fields, header.map(lasting))
}

#[test]
fn segments_are_told_to_a_collector() {
    const SAMPLED: &str = "x-request-id: 11111111-1111-4111-8111-111111111111\r\nuser-agent: u\r\n";
    let parent = format!("{SAMPLED}sw8: 1-YQ==-Yg==-3-c3Zj-aW5z-L2VuZA==-MTA6ODA=\r\n");
    let unsampled = parent.replace("11111111-1111-4111-8111-111111111111", "none");
    let up = upstream();
    for (spawn, headers) in [(true, SAMPLED), (true, &parent), (false, &parent), (true, &unsampled)] {
        let (port, got) = collector();
        let proxy = Proxy::start(&[], to("up"), &clusters(port, up), skywalking(spawn));
        let (_, body) = proxy.get("/told?q", headers);
        let ours = segment(&got, &body);
        assert!(
            ours.0.contains(".3.6=/told?q") && ours.0.contains(".4=shop") && ours.0.contains(".5=one"),
            "{ours:#?}"
        );
        assert_eq!(ours.1.is_some(), spawn || headers.contains("sw8"), "{body}");
        let (other, got) = collector();
        let Some((_running, twin)) = twin(&proxy, &[(&port.to_string(), &other.to_string())]) else {
            continue;
        };
        let (_, body) = twin.get("/told?q", headers);
        let theirs = segment(&got, &body);
        assert_eq!(ours, theirs, "{spawn} {headers:?}");
    }
}

#[test]
fn a_context_that_is_none_begins_no_segment() {
    let (port, got) = collector();
    let proxy = Proxy::start(&[], to("up"), &clusters(port, upstream()), skywalking(true));
    let (_, body) = proxy.get("/none", "sw8: 1-x\r\n");
    assert!(body.contains("sw8: 1-x\r\n"), "{body}");
    let (_, body) = proxy.get("/none", "x-request-id: none\r\n");
    assert!(!body.contains("sw8"), "{body}");
    let (_, body) = proxy.get("/some", "");
    assert!(body.contains("sw8: 1-"), "{body}");
    assert!(segment(&got, &body).0.contains(".3.6=/some"));
}
