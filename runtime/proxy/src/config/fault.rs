//! Injected faults, compiled.
use std::time::Duration;

use super::action::matchers;
use super::matcher::HeaderMatcher;
use super::value::{Get, Scope};
use crate::http::Head;
use crate::json::Value;
use crate::load::Runtime;
use crate::server::number;

/// `envoy.extensions.filters.http.fault.v3.HTTPFault`.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Requests that wait.
    pub(crate) delay: Option<(Delay, Share)>,
    /// Requests that are answered at once.
    pub(crate) abort: Option<(Abort, Share)>,
    /// Responses that are slow.
    pub(crate) rate: Option<(Rate, Share)>,
    /// Requests it applies to.
    pub(crate) headers: Vec<HeaderMatcher>,
    /// The cluster it applies to.
    pub(crate) cluster: Option<String>,
    /// The callers it applies to, by `x-envoy-downstream-service-node`; all when empty.
    pub(crate) nodes: Vec<String>,
    /// Most faults at a time.
    pub(crate) most: Option<u64>,
    /// What a delay or an abort leaves in the metadata, below the filter's name, in the place of all that is there.
    pub(crate) metadata: serde_json::Value,
    /// Whether faults are also counted by the caller's cluster.
    pub(crate) by_caller: bool,
    /// Keys of the runtime.
    pub(crate) keys: Keys,
}

/// Keys of the runtime, with the names they have unless the configuration says other ones.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Milliseconds of a delay.
    pub(crate) duration: String,
    /// HTTP status of an abort.
    pub(crate) http: String,
    /// gRPC status of an abort.
    pub(crate) grpc: String,
    /// Most faults at a time.
    pub(crate) most: String,
}

/// How long a request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delay {
    /// So long.
    Fixed(Duration),
    /// As its header says.
    Header,
}

/// How a fault aborts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Abort {
    /// With an HTTP status.
    Http(u64),
    /// With a gRPC status.
    Grpc(u64),
    /// As headers of the request say.
    Header,
}

/// How slow a response is, in KiB per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// So slow.
    Fixed(u64),
    /// As a header of the request says.
    Header,
}

/// The share of requests.
#[derive(Debug)]
pub(crate) struct Share {
    numerator: u64,
    /// Millionths that one of the numerator is.
    scale: u64,
    /// A header that may say less.
    header: Option<&'static [u8]>,
    /// Its key in the runtime.
    key: String,
    /// The last part of the key that it has for one caller.
    by_caller: &'static str,
}

impl Share {
    fn new(value: &Value, header: Option<&'static [u8]>, (key, by_caller): (String, &'static str)) -> Self {
        let percentage = value.get_field("percentage");
        let scale = match percentage.text("denominator") {
            "TEN_THOUSAND" => 100,
            "MILLION" => 1,
            _ => 10_000,
        };
        Self { numerator: percentage.int("numerator").unwrap_or(0), scale, header, key, by_caller }
    }

    /// Whether a request is in it. The runtime has a word of its own for callers that say who they are.
    pub(crate) fn includes(&self, head: &Head, runtime: &Runtime, caller: Option<&str>, random: u64) -> bool {
        let said = self.header.and_then(|name| head.fields(name).next());
        let said = said.and_then(number).filter(|number| u32::try_from(*number).is_ok());
        let own = said.map_or(self.numerator, |said| said.min(self.numerator)).saturating_mul(self.scale);
        let known = match caller.filter(|_| !self.by_caller.is_empty()) {
            Some(caller) => runtime.share(&caller_key(caller, self.by_caller)),
            None => runtime.share(&self.key),
        };
        random % 1_000_000 < known.unwrap_or(own)
    }
}

/// The key of a value for one caller.
pub(crate) fn caller_key(caller: &str, name: &str) -> String {
    format!("fault.http.{caller}.{name}")
}

impl Delay {
    /// How long this request waits.
    pub(crate) fn of(self, head: &Head) -> Option<Duration> {
        match self {
            Self::Fixed(time) => Some(time),
            Self::Header => told(head, b"x-envoy-fault-delay-request").map(Duration::from_millis),
        }
    }
}

impl Abort {
    /// The status in HTTP, and that in gRPC where it is the one that counts.
    pub(crate) fn of(self, head: &Head) -> Option<(u64, Option<u64>)> {
        match self {
            Self::Http(status) => Some((status, None)),
            Self::Grpc(status) => Some((200, Some(status))),
            Self::Header => {
                let http = told(head, b"x-envoy-fault-abort-request").filter(|s| (200..600).contains(s));
                let grpc = || told(head, b"x-envoy-fault-abort-grpc-request").map(|s| (200, Some(s)));
                http.map(|status| (status, None)).or_else(grpc)
            }
        }
    }
}

impl Rate {
    /// The rate of the response to this request.
    pub(crate) fn of(self, head: &Head) -> Option<u64> {
        match self {
            Self::Fixed(rate) => Some(rate),
            Self::Header => told(head, b"x-envoy-fault-throughput-response").filter(|rate| *rate > 0),
        }
    }
}

/// The number in a header that clients write; the first one counts.
fn told(head: &Head, name: &[u8]) -> Option<u64> {
    head.fields(name).next().and_then(number)
}

impl Fault {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let key = |field: &str, name: &str| key(value, field, name);
        let header = |v: &Value, field: &str, name: &'static [u8]| v.get_field(field).map(|_| name);
        let delay = value.get_field("delay").and_then(|v| {
            let name = header(v, "header_delay", b"x-envoy-fault-delay-request-percentage");
            let fixed = v.duration("fixed_delay").map(Delay::Fixed);
            let kind = one_of(fixed, name.map(|_| Delay::Header), &scope.field("delay"))?;
            let key = key("delay_percent_runtime", "fault.http.delay.fixed_delay_percent");
            Some((kind, Share::new(v, name, (key, "delay.fixed_delay_percent"))))
        });
        let abort = value.get_field("abort").and_then(|v| {
            let name = header(v, "header_abort", b"x-envoy-fault-abort-request-percentage");
            let http = v.int("http_status").map(Abort::Http);
            let fixed = http.or_else(|| v.int("grpc_status").map(Abort::Grpc));
            let kind = one_of(fixed, name.map(|_| Abort::Header), &scope.field("abort"))?;
            let key = key("abort_percent_runtime", "fault.http.abort.abort_percent");
            Some((kind, Share::new(v, name, (key, "abort.abort_percent"))))
        });
        let rate = value.get_field("response_rate_limit").and_then(|v| {
            let name = header(v, "header_limit", b"x-envoy-fault-throughput-response-percentage");
            let fixed = v.get_field("fixed_limit").int("limit_kbps").map(Rate::Fixed);
            let kind = one_of(fixed, name.map(|_| Rate::Header), &scope.field("response_rate_limit"))?;
            let key = key("response_rate_limit_percent_runtime", "fault.http.rate_limit.response_percent");
            Some((kind, Share::new(v, name, (key, ""))))
        });
        Self {
            delay,
            abort,
            rate,
            headers: matchers(value, "headers", scope),
            cluster: value.opt_text("upstream_cluster").map(str::to_owned),
            nodes: value.texts("downstream_nodes"),
            most: value.int("max_active_faults"),
            metadata: value
                .get_field("filter_metadata")
                .map_or_else(|| serde_json::json!({}), Value::to_json),
            by_caller: !value.flag("disable_downstream_cluster_stats"),
            keys: Keys::new(value),
        }
    }
}

impl Keys {
    fn new(value: &Value) -> Self {
        let key = |field: &str, name: &str| key(value, field, name);
        Self {
            duration: key("delay_duration_runtime", "fault.http.delay.fixed_duration_ms"),
            http: key("abort_http_status_runtime", "fault.http.abort.http_status"),
            grpc: key("abort_grpc_status_runtime", "fault.http.abort.grpc_status"),
            most: key("max_active_faults_runtime", "fault.http.max_active_faults"),
        }
    }
}

/// The key that a field says, or the usual one.
fn key(value: &Value, field: &str, name: &str) -> String {
    value.opt_text(field).unwrap_or(name).to_owned()
}

/// One of the two is said, as Envoy demands.
fn one_of<T>(fixed: Option<T>, by_header: Option<T>, scope: &Scope<'_>) -> Option<T> {
    let kind = by_header.or(fixed);
    if kind.is_none() {
        scope.refuse("says neither a value nor that headers say it");
    }
    kind
}
