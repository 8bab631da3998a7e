//! SkyWalking: the segment of a request, the header that ties it to others, and what a collector is told; after
//! `source/extensions/tracers/skywalking` and the library cpp2sky that it is made of.
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::export::Span;
use crate::cluster::shared::Host;
use crate::config::tracing::{Provider, SkyWalking, Tracing};
use crate::config::{decode_base64, encode_base64};
use crate::server::stream::Exchange;

/// What Envoy calls a service or an instance that has no name.
const NAMELESS: &str = "EnvoyProxy";
/// `componentId` of cpp2sky.
const COMPONENT: i32 = 9000;
/// `SpanLayer.Http`.
const HTTP: i32 = 3;
/// `SpanType.Exit`; an entry is 0.
const EXIT: i32 = 1;

/// The spans of one request at this proxy.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    trace: String,
    id: String,
    parent: Option<Reference>,
    /// What the entry span is called.
    endpoint: String,
    exits: Vec<Exit>,
}

/// A call of an endpoint.
#[derive(Debug, Clone)]
struct Exit {
    start: u64,
    end: u64,
    operation: String,
    peer: String,
    status: u16,
    cluster: String,
    protocol: &'static str,
    flags: String,
}

fn millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// Reads `sw8`; `None` for a value that is none.
pub(crate) fn read(value: &[u8]) -> Option<Reference> {
    let text = std::str::from_utf8(value).ok()?;
    let parts: Vec<&str> = text.split('-').collect();
    let [sample, trace, segment, span, service, instance, endpoint, target] = parts.as_slice() else {
        return None;
    };
    let decode = |text: &str| String::from_utf8(decode_base64(text)?).ok();
    matches!(*sample, "0" | "1").then_some(())?;
    Some(Reference {
        kind: 0,
        trace_id: decode(trace)?,
        parent_segment: decode(segment)?,
        parent_span: span.parse().ok()?,
        service: decode(service)?,
        instance: decode(instance)?,
        endpoint: decode(endpoint)?,
        address: decode(target)?,
    })
}

impl Exchange<'_> {
    /// Begins the segment of a request: of one that is sampled, or that brings a context along, which says so for all that follow. A
    /// context that cannot be read leaves the request without one.
    pub(super) fn begin_segment(&mut self, sampled: bool) {
        let parent = match self.head.get(b"sw8").map(read) {
            Some(None) => return,
            Some(parent) => parent,
            None if sampled => None,
            None => return,
        };
        let trace = parent.as_ref().map_or_else(|| self.worker.uuid(), |parent| parent.trace_id.clone());
        self.notes.segment = Some(Box::new(Segment {
            trace,
            id: self.worker.uuid(),
            parent,
            endpoint: String::from_utf8_lossy(&self.head.path).into_owned(),
            exits: Vec::new(),
        }));
    }

    /// Begins the span of a call of an endpoint, and tells the endpoint of it.
    pub(crate) fn begin_exit(&mut self, host: &Host) {
        let Some(Tracing { provider: Provider::SkyWalking(sky), spawn: true, .. }) = &self.hcm.tracing else {
            return;
        };
        let (service, instance) = self.named(sky);
        let Some(segment) = &mut self.notes.segment else { return };
        let peer = host.address.to_string();
        segment.exits.push(Exit {
            start: millis(),
            end: 0,
            operation: String::from_utf8_lossy(&self.head.path).into_owned(),
            peer: peer.clone(),
            status: 0,
            cluster: self.info.cluster.clone(),
            protocol: "HTTP/1.1",
            flags: String::new(),
        });
        let encode = |text: &str| encode_base64(text.as_bytes(), true, false);
        let value = format!(
            "1-{}-{}-{}-{}-{}-{}-{}",
            encode(&segment.trace),
            encode(&segment.id),
            segment.exits.len(),
            encode(&service),
            encode(&instance),
            encode(&segment.endpoint),
            encode(&peer)
        );
        self.head.replace(b"sw8", value.as_bytes());
    }

    /// Ends the span of the last call: with the status of its response, or zero without one.
    pub(crate) fn end_exit(&mut self, status: u16, http2: bool) {
        let flags = self.info.flags.iter().map(|f| f.0).collect::<Vec<_>>().join(",");
        let Some(exit) = self.notes.segment.as_mut().and_then(|segment| segment.exits.last_mut()) else {
            return;
        };
        exit.status = status;
        exit.end = millis();
        exit.protocol = if http2 { "HTTP/2" } else { "HTTP/1.1" };
        exit.flags = if flags.is_empty() { "-".to_owned() } else { flags };
    }

    fn named(&self, sky: &SkyWalking) -> (String, String) {
        let program = &self.worker.global.program;
        let first =
            |names: [&str; 3]| names.into_iter().find(|n| !n.is_empty()).unwrap_or_default().to_owned();
        (
            first([&sky.service, &program.node_cluster, NAMELESS]),
            first([&sky.instance, &program.node.id, NAMELESS]),
        )
    }

    /// The segment of a request that has ended, as the collector wants it.
    pub(super) fn segment(&self, sky: &SkyWalking, span: &Span) -> Option<SegmentObject> {
        let segment = self.notes.segment.as_deref()?;
        let (service, instance) = self.named(sky);
        let (mut peer, mut tags) = (String::new(), Vec::new());
        for (name, value) in &span.tags {
            match name.as_str() {
                "http.url" => tags.push(tag("url", value)),
                "http.status_code" => tags.push(tag("status_code", value)),
                "peer.address" => peer.clone_from(value),
                name => tags.push(tag(name, value)),
            }
        }
        let entry = SpanObject {
            id: 0,
            parent: -1,
            start: (span.start / 1000) as i64,
            end: (span.end / 1000) as i64,
            references: segment.parent.iter().cloned().collect(),
            operation: segment.endpoint.clone(),
            peer,
            kind: 0,
            layer: HTTP,
            component: COMPONENT,
            failed: span.failed,
            tags,
        };
        let exits = segment.exits.iter().enumerate().map(|(at, exit)| exit.object(at, span.end / 1000));
        Some(SegmentObject {
            trace_id: segment.trace.clone(),
            segment_id: segment.id.clone(),
            spans: std::iter::once(entry).chain(exits).collect(),
            service,
            instance,
        })
    }
}

impl Exit {
    fn object(&self, at: usize, end: u64) -> SpanObject {
        let failed = self.status == 0 || self.status >= 500;
        let mut tags = vec![
            tag("http.protocol", self.protocol),
            tag("upstream_address", &self.peer),
            tag("component", "proxy"),
            tag("upstream_cluster", &self.cluster),
            tag("upstream_cluster.name", &self.cluster),
            tag("status_code", &self.status.to_string()),
            tag("response_flags", &self.flags),
        ];
        if failed {
            tags.push(tag("error", "true"));
        }
        SpanObject {
            id: at as i32 + 1,
            parent: 0,
            start: self.start as i64,
            end: if self.end == 0 { end } else { self.end } as i64,
            references: Vec::new(),
            operation: self.operation.clone(),
            peer: self.peer.clone(),
            kind: EXIT,
            layer: HTTP,
            component: COMPONENT,
            failed,
            tags,
        }
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

/// `skywalking.v3.SegmentObject`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SegmentObject {
    #[prost(string, tag = "1")]
    trace_id: String,
    #[prost(string, tag = "2")]
    segment_id: String,
    #[prost(message, repeated, tag = "3")]
    spans: Vec<SpanObject>,
    #[prost(string, tag = "4")]
    service: String,
    #[prost(string, tag = "5")]
    instance: String,
}

/// `skywalking.v3.SpanObject`
#[derive(Clone, PartialEq, Message)]
struct SpanObject {
    #[prost(int32, tag = "1")]
    id: i32,
    #[prost(int32, tag = "2")]
    parent: i32,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    #[prost(message, repeated, tag = "5")]
    references: Vec<Reference>,
    #[prost(string, tag = "6")]
    operation: String,
    #[prost(string, tag = "7")]
    peer: String,
    #[prost(int32, tag = "8")]
    kind: i32,
    #[prost(int32, tag = "9")]
    layer: i32,
    #[prost(int32, tag = "10")]
    component: i32,
    #[prost(bool, tag = "11")]
    failed: bool,
    #[prost(message, repeated, tag = "12")]
    tags: Vec<Tag>,
}

/// `skywalking.v3.SegmentReference`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Reference {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    trace_id: String,
    #[prost(string, tag = "3")]
    parent_segment: String,
    #[prost(int32, tag = "4")]
    parent_span: i32,
    #[prost(string, tag = "5")]
    service: String,
    #[prost(string, tag = "6")]
    instance: String,
    #[prost(string, tag = "7")]
    endpoint: String,
    #[prost(string, tag = "8")]
    address: String,
}

/// `skywalking.v3.KeyStringValuePair`
#[derive(Clone, PartialEq, Message)]
struct Tag {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_read_or_left() {
        let reference = read(b"1-YQ==-Yg==-3-c3Zj-aW5z-L2VuZA==-MTA6ODA=").unwrap();
        assert_eq!((reference.trace_id.as_str(), reference.parent_span), ("a", 3));
        assert_eq!((reference.endpoint.as_str(), reference.address.as_str()), ("/end", "10:80"));
        for bad in [
            "",
            "1-YQ==",
            "2-YQ==-Yg==-3-c3Zj-aW5z-L2VuZA==-MTA6ODA=",
            "1-YQ==-Yg==-x-c3Zj-aW5z-L2VuZA==-MTA=",
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
