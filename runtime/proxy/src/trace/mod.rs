//! Tracing: whether a request is traced, which context it carries on, and the span it leaves.
mod calls;
mod context;
mod export;
pub(crate) mod skywalking;

pub(crate) use calls::{Call, CallEnd};
pub(crate) use context::SpanContext;
pub(crate) use export::{Exporter, Kind, Span};
pub(crate) use skywalking::{Segment, SegmentObject};

use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::tracing::{Provider, Sampling, TagSource, Tracing};
use crate::http::Head;
use crate::server::stream::Exchange;

/// The 15th character of a request id says why a request is traced, as `uuid_request_id_extension.cc` has it.
const REASON_AT: usize = 14;

/// Says to the other side of the mesh how a route names what is done.
const OPERATION: &[u8] = b"x-envoy-decorator-operation";

/// What is counted of decisions about traces (`CONN_MAN_TRACING_STATS`).
pub(crate) const COUNTERS: &[&str] = &[
    "tracing.client_enabled",
    "tracing.health_check",
    "tracing.not_traceable",
    "tracing.random_sampling",
    "tracing.service_forced",
];

/// Why a request is traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// By chance.
    Sampled,
    /// Because a service asks for it.
    Service,
    /// Because the client asks for it.
    Client,
}

impl Reason {
    /// What a request id says.
    fn known(byte: u8) -> Option<Self> {
        match byte {
            b'9' => Some(Self::Sampled),
            b'a' => Some(Self::Service),
            b'b' => Some(Self::Client),
            _ => None,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Sampled => b'9',
            Self::Service => b'a',
            Self::Client => b'b',
        }
    }

    /// Its statistic.
    fn counter(self) -> &'static str {
        match self {
            Self::Sampled => "tracing.random_sampling",
            Self::Service => "tracing.service_forced",
            Self::Client => "tracing.client_enabled",
        }
    }
}

impl Exchange<'_> {
    /// Decides whether the request is traced, and which span it gets.
    pub(crate) fn begin_trace(&mut self) {
        let Some(tracing) = &self.hcm.tracing else { return };
        let reason = self.reason(self.sampling(tracing));
        self.hcm.stats().filters.add(reason.map_or("tracing.not_traceable", Reason::counter));
        let sampled = reason.is_some();
        self.name_operation();
        if matches!(&tracing.provider, Provider::SkyWalking(_)) {
            return self.begin_segment(sampled);
        }
        let b3 = matches!(&tracing.provider, Provider::Zipkin { .. });
        let present = if b3 {
            self.head.has(b"b3") || self.head.has(b"x-b3-traceid") && self.head.has(b"x-b3-spanid")
        } else {
            self.head.has(b"traceparent")
        };
        let parent = if b3 { SpanContext::from_b3(&self.head) } else { SpanContext::from_w3c(&self.head) };
        let long = !matches!(&tracing.provider, Provider::Zipkin { long: false, .. });
        let shared = matches!(&tracing.provider, Provider::Zipkin { shared: true, .. });
        let random = (self.worker.random(), self.worker.random());
        let only_sampled = self.head.get(b"b3").filter(|v| b3 && v.len() == 1).map(|v| v != b"0");
        let context = match (parent, only_sampled) {
            // The server's span is that of the client.
            (Some(parent), _) if shared && self.kind(tracing) == Kind::Server => parent,
            (Some(parent), _) => {
                // With W3C headers, both sides must want the span.
                let sampled = parent.sampled && (b3 || sampled);
                SpanContext { sampled, ..parent.child(random.0) }
            }
            (None, Some(wanted)) => SpanContext { single: true, ..SpanContext::root(random, long, wanted) },
            // A context that cannot be read is left alone.
            (None, None) if present => return,
            (None, None) => SpanContext::root(random, long, sampled),
        };
        self.span = Some(context);
    }

    /// How much is traced: as the route says, or else the connection manager.
    fn sampling(&self, tracing: &Tracing) -> Sampling {
        self.matched.and_then(|m| m.route.tracing.as_ref()).map_or(tracing.sampling, |own| own.sampling)
    }

    /// Which side of a call the request's own span is.
    fn kind(&self, tracing: &Tracing) -> Kind {
        if self.hcm.is_egress() && !tracing.spawn { Kind::Client } else { Kind::Server }
    }

    /// Names the operation to the other side, or takes its name for it (`ActiveStream::traceRequest`).
    fn name_operation(&mut self) {
        let operation = self.matched.map(|m| m.route.operation.as_str()).filter(|o| !o.is_empty());
        if self.hcm.is_egress() {
            if let Some(operation) = operation.filter(|_| self.tells_operation()) {
                self.head.set(OPERATION, operation.as_bytes());
            }
            return;
        }
        let told = self.head.get(OPERATION).map(|name| String::from_utf8_lossy(name).into_owned());
        if told.is_some() {
            self.head.remove(OPERATION);
        }
        match (told.filter(|name| !name.is_empty()), operation) {
            (Some(told), _) => self.notes.operation = Some(told),
            (None, Some(operation)) if self.tells_operation() => {
                self.response_headers.push((OPERATION.to_vec(), operation.as_bytes().to_vec()));
            }
            (None, _) => {}
        }
    }

    fn tells_operation(&self) -> bool {
        self.matched.is_some_and(|m| m.route.tells_operation)
    }

    /// Takes the name that the server gives the operation out of its answer (`ActiveStream::encodeHeaders`).
    pub(crate) fn take_operation(&mut self, head: &mut Head) {
        if self.hcm.tracing.is_none() || !self.hcm.is_egress() {
            return;
        }
        if let Some(name) = head.get(OPERATION).map(|name| String::from_utf8_lossy(name).into_owned()) {
            head.remove(OPERATION);
            self.notes.operation = Some(name).filter(|name| !name.is_empty());
        }
    }

    /// Writes the context that upstream sees; the last thing done to a request's head.
    pub(crate) fn inject_trace(&mut self) {
        let (Some(tracing), Some(context)) = (&self.hcm.tracing, self.span.clone()) else { return };
        self.write_context(tracing, &context);
    }

    fn write_context(&mut self, tracing: &Tracing, context: &SpanContext) {
        match &tracing.provider {
            Provider::Zipkin { .. } => context.write_b3(&mut self.head),
            Provider::Grpc(..) | Provider::Http { .. } => context.write_w3c(&mut self.head),
            // Written when the endpoint is known.
            Provider::SkyWalking(_) => {}
        }
    }

    /// Why the request is traced; its id tells others.
    fn reason(&mut self, sampling: Sampling) -> Option<Reason> {
        let id = self.head.get(b"x-request-id").map(<[u8]>::to_vec)?;
        let digits = id.get(..8).and_then(|d| u64::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        let (Some(number), 36) = (digits.map(|n| n % 10_000), id.len()) else { return None };
        let within = |percent: f64| (number as f64) < percent * 100.0;
        let reason = match id.get(REASON_AT).and_then(|byte| Reason::known(*byte)) {
            Some(known) => Some(known),
            None if self.head.has(b"x-client-trace-id") && within(sampling.client) => Some(Reason::Client),
            None if self.head.has(b"x-envoy-force-trace") => Some(Reason::Service),
            None if within(sampling.random) => Some(Reason::Sampled),
            None => None,
        };
        let reason = reason.filter(|_| within(sampling.overall));
        let mut id = id;
        if let Some(slot) = id.get_mut(REASON_AT) {
            *slot = reason.map_or(b'4', Reason::byte);
        }
        self.head.set(b"x-request-id", &id);
        reason
    }

    /// Leaves the span of a request that has ended.
    pub(crate) fn end_trace(&self) {
        let Some(tracing) = &self.hcm.tracing else { return };
        let segmented = self.notes.segment.is_some();
        let context = match &self.span {
            Some(context) if context.sampled => Some(context.clone()),
            _ => None,
        };
        if self.info.health_check || !segmented && context.is_none() {
            return;
        }
        let micros =
            |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
        let start = micros(self.info.wall);
        let kind = self.kind(tracing);
        let mut span = Span {
            provider: tracing.provider.clone(),
            context: context.unwrap_or_else(|| SpanContext::root((0, 0), false, true)),
            segment: None,
            kind,
            name: self.span_name(tracing),
            start,
            end: start + self.info.start.elapsed().as_micros() as u64,
            tags: self.span_tags(tracing),
            failed: self.info.status >= if kind == Kind::Client { 400 } else { 500 },
        };
        if let Provider::SkyWalking(sky) = &tracing.provider {
            span.failed = self.info.status >= 500;
            span.segment = self.segment(sky, &span).map(Box::new);
        }
        let calls = self.call_spans(tracing, &span);
        calls.into_iter().chain([span]).for_each(|span| self.worker.global.spans.push(span));
    }

    fn span_name(&self, tracing: &Tracing) -> String {
        let operation = self.matched.map(|m| m.route.operation.as_str()).filter(|o| !o.is_empty());
        if let Some(operation) = self.notes.operation.as_deref().or(operation) {
            return operation.to_owned();
        }
        let host = String::from_utf8_lossy(self.head.authority.as_deref().unwrap_or_default());
        match &tracing.provider {
            Provider::Zipkin { .. } => host.into_owned(),
            _ if self.hcm.is_egress() => format!("egress {host}"),
            Provider::Grpc(..) | Provider::Http { .. } | Provider::SkyWalking(_) => "ingress".to_owned(),
        }
    }

    fn span_tags(&self, tracing: &Tracing) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let header = |name: &str| self.head.get(name.as_bytes()).map_or("-".to_owned(), text);
        let mut path = text(self.head.get(b"x-envoy-original-path").unwrap_or(&self.head.path));
        path.truncate(path.char_indices().nth(tracing.max_path).map_or(path.len(), |(at, _)| at));
        let host = text(self.head.authority.as_deref().unwrap_or_default());
        let info = &self.info;
        let node = &self.worker.global.program.node;
        let mut tags = vec![
            ("node_id", node.id.clone()),
            ("zone", node.zone().to_owned()),
            ("guid:x-request-id", header("x-request-id")),
            ("http.url", format!("{}://{host}{path}", text(&self.head.scheme))),
            ("http.method", text(&self.head.method)),
            ("downstream_cluster", header("x-envoy-downstream-service-cluster")),
            ("user_agent", header("user-agent")),
            ("http.protocol", info.protocol.to_owned()),
            ("peer.address", self.connection.direct_remote.without_port()),
        ];
        if let Some(id) = self.head.get(b"x-client-trace-id") {
            tags.push(("guid:x-client-trace-id", text(id)));
        }
        tags.extend(self.response_tags());
        let tags = tags.into_iter().map(|(name, value)| (name.to_owned(), value));
        tags.chain(self.custom_tags(tracing)).collect()
    }

    /// The tags that tell how it went.
    fn response_tags(&self) -> Vec<(&'static str, String)> {
        let info = &self.info;
        let flags = info.flags.iter().map(|f| f.0).collect::<Vec<_>>().join(",");
        let mut tags = vec![
            ("request_size", info.received.to_string()),
            ("response_size", info.sent.to_string()),
            ("component", "proxy".to_owned()),
        ];
        if self.worker.cluster(&info.cluster).is_some() {
            tags.extend([
                ("upstream_cluster", info.cluster.clone()),
                ("upstream_cluster.name", info.cluster.clone()),
            ]);
        }
        tags.extend([
            ("http.status_code", info.status.to_string()),
            ("response_flags", if flags.is_empty() { "-".to_owned() } else { flags }),
        ]);
        if info.status >= 500 {
            tags.push(("error", "true".to_owned()));
        }
        tags
    }

    /// The tags of route and connection manager that have a value; those of the route are for the same names before the others.
    fn custom_tags(&self, tracing: &Tracing) -> Vec<(String, String)> {
        let own =
            self.matched.and_then(|m| m.route.tracing.as_ref()).map_or(&[][..], |own| own.tags.as_slice());
        let others = tracing.tags.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == name));
        let all = own.iter().chain(others).map(|(name, source)| (name.clone(), self.tag_value(source)));
        all.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn tag_value(&self, source: &TagSource) -> String {
        match source {
            TagSource::Format(format) => {
                let mut text = Vec::new();
                format.write(self.source(), b"-", &mut text);
                String::from_utf8_lossy(&text).into_owned()
            }
            TagSource::Literal(text) => text.clone(),
            TagSource::Header(name, default) => {
                let value = self.head.field(name).map(|v| String::from_utf8_lossy(v).into_owned());
                value.unwrap_or_else(|| default.clone())
            }
            TagSource::Metadata(path, default) => {
                let mut steps = path.iter();
                let first = steps.next().and_then(|name| self.info.metadata.get(name));
                let value = steps.fold(first, |at, name| at?.get(name));
                value.map_or_else(|| default.clone(), |v| v.as_str().map_or(v.to_string(), str::to_owned))
            }
        }
    }
}
