//! Sending spans to collectors.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prost::Message;
use serde_json::json;

use super::{SegmentObject, SpanContext};
use crate::config::tracing::Provider;
use crate::http::Head;
use crate::otlp::{KeyValue, Resource, pair};
use crate::server::worker::Worker;
use crate::server::{grpc, send_request};

/// More spans than this do not wait; they are dropped.
const MOST: usize = 16_384;

/// A span that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// Where it goes.
    pub(crate) provider: Provider,
    /// Where it belongs.
    pub(crate) context: SpanContext,
    /// Which side of a call it is.
    pub(crate) kind: Kind,
    /// Its name.
    pub(crate) name: String,
    /// Its beginning, in microseconds since 1970.
    pub(crate) start: u64,
    /// Its end.
    pub(crate) end: u64,
    /// Its tags.
    pub(crate) tags: Vec<(String, String)>,
    /// Whether the request failed.
    pub(crate) failed: bool,
    /// What SkyWalking is told instead.
    pub(crate) segment: Option<Box<SegmentObject>>,
}

/// A side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one that is called.
    Server,
    /// The one that calls.
    Client,
}

/// Spans that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Exporter(Mutex<Vec<Span>>);

impl Exporter {
    /// Lets a span wait.
    pub(crate) fn push(&self, span: Span) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.push(span);
        }
    }

    fn take(&self) -> Vec<Span> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends what waits, again and again.
    pub(crate) async fn run(worker: &Worker) {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let mut spans = worker.global.spans.take();
            while let Some(first) = spans.first() {
                let key = format!("{:?}", first.provider);
                let (batch, rest) = spans.into_iter().partition(|s| format!("{:?}", s.provider) == key);
                spans = rest;
                send(worker, batch).await;
            }
        }
    }
}

async fn send(worker: &Worker, spans: Vec<Span>) {
    let Some(provider) = spans.first().map(|s| s.provider.clone()) else { return };
    match provider {
        Provider::Grpc(service, name) => {
            let Some(cluster) = worker.cluster(&service.cluster) else { return };
            let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
            let request = otlp(&spans, &name);
            let _answer: Option<Answer> =
                grpc::call(cluster, worker.random(), &service, path, &request).await;
        }
        Provider::Http { cluster, authority, path, service } => {
            let body = otlp(&spans, &service).encode_to_vec();
            post(worker, &cluster, (&authority, &path), "application/x-protobuf", &body).await;
        }
        Provider::SkyWalking(sky) => {
            let Some(cluster) = worker.cluster(&sky.collector.cluster) else { return };
            let path = "/skywalking.v3.TraceSegmentReportService/collect";
            let segments: Vec<SegmentObject> =
                spans.into_iter().filter_map(|span| Some(*span.segment?)).collect();
            let _answer: Option<Answer> =
                grpc::call_with(cluster, worker.random(), &sky.collector, path, &segments).await;
        }
        Provider::Zipkin { cluster, host, path, .. } => {
            let body = zipkin(&spans, worker).to_string();
            post(worker, &cluster, (&host, &path), "application/json", body.as_bytes()).await;
        }
    }
}

async fn post(worker: &Worker, cluster: &str, (host, path): (&str, &str), kind: &str, body: &[u8]) {
    let Some(cluster) = worker.cluster(cluster) else { return };
    let mut head = Head::request(b"POST");
    head.path = path.as_bytes().to_vec();
    head.authority = Some(host.as_bytes().to_vec());
    head.add(b"content-type", kind.as_bytes());
    head.add(b"content-length", body.len().to_string().as_bytes());
    let _answer = send_request(cluster, worker.random(), &head, body, Duration::from_secs(5)).await;
}

/// Spans in the second version of Zipkin's format (`source/extensions/tracers/zipkin/span_buffer.cc`).
fn zipkin(spans: &[Span], worker: &Worker) -> serde_json::Value {
    let address = worker.global.node_ip;
    let family = if address.is_ipv4() { "ipv4" } else { "ipv6" };
    let service = &worker.global.program.node_cluster;
    let one = |span: &Span| {
        let (kind, last) = match span.kind {
            Kind::Server => ("SERVER", "ss"),
            Kind::Client => ("CLIENT", "cr"),
        };
        let tags: serde_json::Map<_, _> = span.tags.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let mut out = json!({
            "traceId": span.context.trace_id(),
            "id": format!("{:016x}", span.context.span),
            "name": span.name,
            "kind": kind,
            "timestamp": span.start,
            "duration": (span.end - span.start).max(1),
            "localEndpoint": {"serviceName": service, family: address.to_string(), "port": 0},
            "annotations": [{"timestamp": span.end, "value": last}],
            "tags": tags,
        });
        let Some(fields) = out.as_object_mut() else { return out };
        if span.context.parent != 0 {
            fields.insert("parentId".to_owned(), json!(format!("{:016x}", span.context.parent)));
        }
        if matches!((&span.provider, span.kind), (Provider::Zipkin { shared: true, .. }, Kind::Server)) {
            fields.insert("shared".to_owned(), json!(true));
        }
        out
    };
    spans.iter().map(one).collect()
}

#[derive(Clone, PartialEq, Message)]
struct Answer {}

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<OtlpSpan>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct OtlpSpan {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    trace_state: String,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start: u64,
    #[prost(fixed64, tag = "8")]
    end: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<SpanStatus>,
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, PartialEq, Message)]
struct SpanStatus {
    #[prost(int32, tag = "3")]
    code: i32,
}

/// Who has made the spans.
const MAKER: &str = "meshproof-proxy";

/// `ExportTraceServiceRequest`
fn otlp(spans: &[Span], service: &str) -> Request {
    let one = |span: &Span| OtlpSpan {
        trace_id: [span.context.trace.0.to_be_bytes(), span.context.trace.1.to_be_bytes()].concat(),
        span_id: span.context.span.to_be_bytes().to_vec(),
        trace_state: String::from_utf8_lossy(&span.context.state).into_owned(),
        parent_span_id: match span.context.parent {
            0 => Vec::new(),
            parent => parent.to_be_bytes().to_vec(),
        },
        name: span.name.clone(),
        kind: if span.kind == Kind::Server { 2 } else { 3 },
        start: span.start * 1000,
        end: span.end * 1000,
        attributes: span.tags.iter().map(|(k, v)| pair(k, v)).collect(),
        status: span.failed.then_some(SpanStatus { code: 2 }),
        // Sampled, known where the span above is, and whether that is elsewhere.
        flags: 0x101 | if span.context.remote { 0x200 } else { 0 },
    };
    let version = env!("CARGO_PKG_VERSION");
    let scope = ScopeSpans {
        scope: Some(Scope { name: MAKER.to_owned(), version: version.to_owned() }),
        spans: spans.iter().map(one).collect(),
    };
    let maker = [
        ("telemetry.sdk.name", MAKER),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", version),
    ];
    let attributes = maker.into_iter().chain([("service.name", service)]);
    let resource = Resource { attributes: attributes.map(|(name, value)| pair(name, value)).collect() };
    Request { resources: vec![ResourceSpans { resource: Some(resource), scopes: vec![scope] }] }
}
