//! Tracing: whether a request is traced, which context it carries on, and the span it leaves.
mod context;
mod export;
pub(crate) mod skywalking;

pub(crate) use context::SpanContext;
pub(crate) use export::{Exporter, Span};
pub(crate) use skywalking::{Segment, SegmentObject};

use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::tracing::{Provider, TagSource, Tracing};
use crate::server::stream::Exchange;

/// The 15th character of a request id says why a request is traced, as `uuid_request_id_extension.cc` has it.
const REASON_AT: usize = 14;

impl Exchange<'_> {
    /// Decides whether the request is traced, and which span it gets.
    pub(crate) fn begin_trace(&mut self) {
        let Some(tracing) = &self.hcm.tracing else { return };
        let sampled = self.is_sampled(tracing);
        if matches!(&tracing.provider, Provider::SkyWalking(_)) {
            self.name_operation();
            self.begin_segment(sampled);
            return self.count_trace(sampled);
        }
        let b3 = matches!(&tracing.provider, Provider::Zipkin { .. });
        let present = if b3 {
            self.head.has(b"b3") || self.head.has(b"x-b3-traceid") && self.head.has(b"x-b3-spanid")
        } else {
            self.head.has(b"traceparent")
        };
        let parent = if b3 { SpanContext::from_b3(&self.head) } else { SpanContext::from_w3c(&self.head) };
        let long = !matches!(&tracing.provider, Provider::Zipkin { long: false, .. });
        self.name_operation();
        let random = (self.worker.random(), self.worker.random());
        let only_sampled = self.head.get(b"b3").filter(|v| b3 && v.len() == 1).map(|v| v != b"0");
        let context = match (parent, only_sampled) {
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
        self.count_trace(sampled);
        self.span = Some(context);
    }

    fn count_trace(&self, sampled: bool) {
        let name = if sampled { "random_sampling" } else { "not_traceable" };
        self.hcm.stats().filters.add(&format!("tracing.{name}"));
    }

    /// Tells the other side of the mesh how the route names what is done.
    fn name_operation(&mut self) {
        let operation = self.matched.map(|m| m.route.operation.as_str()).filter(|o| !o.is_empty());
        let Some(operation) = operation.map(str::as_bytes) else { return };
        if self.hcm.is_egress() {
            self.head.set(b"x-envoy-decorator-operation", operation);
        } else {
            self.response_headers.push((b"x-envoy-decorator-operation".to_vec(), operation.to_vec()));
        }
    }

    /// Writes the context that upstream sees; the last thing done to a request's head.
    pub(crate) fn inject_trace(&mut self) {
        let (Some(tracing), Some(context)) = (&self.hcm.tracing, &self.span) else { return };
        match &tracing.provider {
            Provider::Zipkin { .. } => context.write_b3(&mut self.head),
            Provider::Grpc(..) | Provider::Http { .. } => context.write_w3c(&mut self.head),
            // Written when the endpoint is known.
            Provider::SkyWalking(_) => {}
        }
    }

    fn is_sampled(&mut self, tracing: &Tracing) -> bool {
        let Some(id) = self.head.get(b"x-request-id").map(<[u8]>::to_vec) else { return false };
        let digits = id.get(..8).and_then(|d| u64::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        let (Some(number), 36) = (digits.map(|n| n % 10_000), id.len()) else { return false };
        let within = |percent: f64| (number as f64) < percent * 100.0;
        let reason = match id.get(REASON_AT) {
            Some(known @ (b'9' | b'a' | b'b')) => Some(*known),
            _ if self.head.has(b"x-client-trace-id") && within(tracing.client) => Some(b'b'),
            _ if self.head.has(b"x-envoy-force-trace") => Some(b'a'),
            _ if within(tracing.random) => Some(b'9'),
            _ => None,
        };
        let reason = reason.filter(|_| within(tracing.overall));
        let mut id = id;
        if let Some(slot) = id.get_mut(REASON_AT) {
            *slot = reason.unwrap_or(b'4');
        }
        self.head.set(b"x-request-id", &id);
        reason.is_some()
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
        let host = String::from_utf8_lossy(self.head.authority.as_deref().unwrap_or_default()).into_owned();
        let operation = self.matched.map(|m| m.route.operation.as_str()).filter(|o| !o.is_empty());
        let mut span = Span {
            provider: tracing.provider.clone(),
            context: context.unwrap_or_else(|| SpanContext::root((0, 0), false, true)),
            segment: None,
            name: operation.map_or_else(
                || format!("{} {host}", if self.hcm.is_egress() { "egress" } else { "ingress" }),
                str::to_owned,
            ),
            start,
            end: start + self.info.start.elapsed().as_micros() as u64,
            tags: self.span_tags(tracing),
            failed: self.info.status >= 500,
        };
        if let Provider::SkyWalking(sky) = &tracing.provider {
            span.segment = self.segment(sky, &span).map(Box::new);
        }
        self.worker.global.spans.push(span);
    }

    fn span_tags(&self, tracing: &Tracing) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let header = |name: &str| self.head.get(name.as_bytes()).map_or("-".to_owned(), text);
        let mut path = text(self.head.get(b"x-envoy-original-path").unwrap_or(&self.head.path));
        path.truncate(path.char_indices().nth(tracing.max_path).map_or(path.len(), |(at, _)| at));
        let host = text(self.head.authority.as_deref().unwrap_or_default());
        let info = &self.info;
        let flags = info.flags.iter().map(|f| f.0).collect::<Vec<_>>().join(",");
        let node = &self.worker.global.program.node;
        let mut tags = vec![
            ("node_id".to_owned(), node.id.clone()),
            ("zone".to_owned(), node.zone().to_owned()),
            ("guid:x-request-id".to_owned(), header("x-request-id")),
            ("http.url".to_owned(), format!("{}://{host}{path}", text(&self.head.scheme))),
            ("http.method".to_owned(), text(&self.head.method)),
            ("downstream_cluster".to_owned(), header("x-envoy-downstream-service-cluster")),
            ("user_agent".to_owned(), header("user-agent")),
            ("http.protocol".to_owned(), info.protocol.to_owned()),
            ("peer.address".to_owned(), self.connection.direct_remote.without_port()),
            ("request_size".to_owned(), info.received.to_string()),
            ("response_size".to_owned(), info.sent.to_string()),
            ("component".to_owned(), "proxy".to_owned()),
            ("upstream_cluster".to_owned(), info.cluster.clone()),
            ("upstream_cluster.name".to_owned(), info.cluster.clone()),
            ("http.status_code".to_owned(), info.status.to_string()),
            ("response_flags".to_owned(), if flags.is_empty() { "-".to_owned() } else { flags }),
        ];
        if info.status >= 500 {
            tags.push(("error".to_owned(), "true".to_owned()));
        }
        tags.extend(tracing.tags.iter().map(|(name, source)| (name.clone(), self.tag_value(source))));
        tags
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
