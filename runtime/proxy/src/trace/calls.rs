//! Spans of single tries, for tracers that have them beside the request's own (`UpstreamRequest` of `source/common/router`).
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Kind, Span, SpanContext};
use crate::access::info::Flag;
use crate::cluster::shared::Host;
use crate::config::tracing::{Provider, Tracing};
use crate::server::stream::Exchange;

/// One try.
#[derive(Debug)]
pub(crate) struct Call {
    context: SpanContext,
    /// In microseconds since 1970.
    start: u64,
    /// When it was over, unless it lasts as long as the request.
    end: Option<u64>,
    peer: String,
    cluster: String,
    /// Tries before it.
    before: u32,
    /// The status of its answer; 0 without one.
    status: u16,
    protocol: &'static str,
    flag: Option<Flag>,
    /// Why there was no answer.
    reason: Option<&'static str>,
    /// Whether its answer was not taken.
    cancelled: bool,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// With an answer of this status.
    Answered(u16),
    /// With a reset, as the log shows it and as it is called.
    Reset(Flag, &'static str),
    /// Because nobody waits for it any more.
    Cancelled,
}

pub(super) fn micros() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64
}

impl Exchange<'_> {
    /// Begins the span of a try, and tells the endpoint of it.
    pub(crate) fn begin_call(&mut self, host: &Host) {
        let Some(tracing) = self.hcm.tracing.as_ref().filter(|tracing| tracing.spawn) else { return };
        if matches!(tracing.provider, Provider::SkyWalking(_)) {
            return self.begin_exit(host);
        }
        let Some(own) = self.span.clone() else { return };
        if let Some(last) = self.notes.calls.last_mut() {
            last.end.get_or_insert_with(micros);
            last.cancelled |= last.status > 0;
        }
        let context = SpanContext { remote: false, ..own.child(self.worker.random()) };
        self.write_context(tracing, &context);
        let cluster = self.info.cluster.clone();
        self.notes.calls.push(Call {
            context,
            start: micros(),
            end: None,
            peer: host.address.to_string(),
            cluster,
            before: self.info.attempts.saturating_sub(1),
            status: 0,
            protocol: "-",
            flag: None,
            reason: None,
            cancelled: false,
        });
    }

    /// Ends the span of the last try; with an answer it lasts until all of that has come.
    pub(crate) fn end_call(&mut self, end: CallEnd, http2: bool) {
        let status = if let CallEnd::Answered(status) = end { status } else { 0 };
        self.end_exit(status, http2);
        let Some(call) = self.notes.calls.last_mut() else { return };
        match end {
            CallEnd::Answered(status) => {
                call.status = status;
                call.protocol = if http2 { "HTTP/2" } else { "HTTP/1.1" };
                return;
            }
            CallEnd::Reset(flag, reason) => (call.flag, call.reason) = (Some(flag), Some(reason)),
            CallEnd::Cancelled => call.cancelled = true,
        }
        call.end = Some(micros());
    }

    /// The spans of all tries; `whole` is the request's own.
    pub(super) fn call_spans(&self, tracing: &Tracing, whole: &Span) -> Vec<Span> {
        let custom = self.custom_tags(tracing);
        let one = |call: &Call| Span {
            provider: whole.provider.clone(),
            context: call.context.clone(),
            segment: None,
            kind: Kind::Client,
            name: format!("router {} egress", call.cluster),
            start: call.start,
            end: call.end.unwrap_or(whole.end).max(call.start),
            tags: call.tags().into_iter().chain(custom.iter().cloned()).collect(),
            failed: call.status >= 400,
        };
        self.notes.calls.iter().map(one).collect()
    }
}

impl Call {
    fn tags(&self) -> Vec<(String, String)> {
        let mut tags: Vec<(&str, String)> = Vec::new();
        if self.cancelled {
            tags.push(("canceled", "true".to_owned()));
        }
        if self.before > 0 {
            tags.push(("retry.count", self.before.to_string()));
        }
        if let Some(reason) = self.reason {
            tags.extend([("error", "true".to_owned()), ("error.reason", reason.to_owned())]);
        }
        let flags = self.flag.map_or("-", |flag| flag.0);
        tags.extend([
            ("http.protocol", self.protocol.to_owned()),
            ("upstream_address", self.peer.clone()),
            ("peer.address", self.peer.clone()),
            ("component", "proxy".to_owned()),
            ("upstream_cluster", self.cluster.clone()),
            ("upstream_cluster.name", self.cluster.clone()),
            ("http.status_code", self.status.to_string()),
            ("response_flags", flags.to_owned()),
        ]);
        if self.status >= 500 {
            tags.push(("error", "true".to_owned()));
        }
        tags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
