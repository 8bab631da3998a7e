//! What is answered and counted when there is no response.
use super::clock::Expired;
use super::clock::deadline;
use super::exchange::BodyFailure;
use super::forward::{Attempts, Failure};
use super::reply::Reply;
use super::stream::{Exchange, Stop};
use super::upstream::Started;
use crate::access::info::{Flag, flag};
use crate::cluster::{ClusterRuntime, ConnectFailure, Connection};
use crate::http::Head;
use crate::trace::CallEnd;

/// What the log shows of a failure that is a reset, and what it is called.
fn reset(failure: &Failure) -> Option<(Flag, &'static str)> {
    match failure {
        Failure::Connect(ConnectFailure::Overflow) => Some((flag::UPSTREAM_OVERFLOW, "overflow")),
        Failure::Connect(ConnectFailure::Timeout) => Some((flag::UPSTREAM_CONNECT, "connection timeout")),
        Failure::Connect(ConnectFailure::Refused(_)) => {
            Some((flag::UPSTREAM_CONNECT, "remote connection failure"))
        }
        Failure::Closed => Some((flag::UPSTREAM_CLOSED, "connection termination")),
        Failure::Reset => Some((flag::UPSTREAM_RESET, "remote reset")),
        Failure::Unconnected => Some((flag::UPSTREAM_RESET, "remote error with CONNECT request")),
        Failure::Refused => Some((flag::UPSTREAM_RESET, "remote refused stream reset")),
        Failure::Protocol => Some((flag::UPSTREAM_PROTOCOL, "protocol error")),
        Failure::Gone | Failure::Body(_) | Failure::Expired(_) => None,
    }
}

/// What the span of a try is told at its end.
pub(super) fn call_end(result: &Result<Started, Failure>) -> CallEnd {
    match result {
        Ok(started) => CallEnd::Answered(started.head.status),
        Err(failure) => {
            reset(failure).map_or(CallEnd::Cancelled, |(flag, reason)| CallEnd::Reset(flag, reason))
        }
    }
}

impl<'a> Exchange<'a> {
    /// Starts the time of a try, once it has a connection and all of the request (`UpstreamRequest::onPoolReady`).
    pub(super) fn start_try(&self, attempts: &mut Attempts<'a>) {
        attempts.cluster.shared.count(|c| &c.upstream_rq_total);
        if let Some(host) = &self.notes.upstream_host {
            crate::stats::add(&host.counters.requests, 1);
        }
        if attempts.replay.ended && self.upgrade.is_none() {
            attempts.clock.attempt = deadline(attempts.times.per_try);
        }
    }

    /// Ends a response over HTTP/1 that has come completely.
    pub(super) fn end_h1(&self, connection: Connection, reusable: bool, attempts: &Attempts<'a>) {
        connection.life.answered();
        self.count_time(attempts);
        // A request for another protocol has no end.
        if reusable && self.upgrade.is_none() {
            attempts.cluster.release(connection);
        }
    }

    /// Notes how long a response took that has come completely (`Filter::onUpstreamComplete`).
    pub(super) fn count_time(&self, attempts: &Attempts<'a>) {
        if let Some(complete) = attempts.complete {
            let elapsed = complete.elapsed().as_millis() as u64;
            attempts.cluster.shared.count_time(elapsed, self.internal);
        }
    }
}

impl Exchange<'_> {
    /// Counts how an attempt failed.
    pub(super) fn count_failure(&self, cluster: &ClusterRuntime, result: &Result<Started, Failure>) {
        let Err(failure) = result else { return };
        let shared = &cluster.shared;
        if let (Failure::Expired(Expired::Route | Expired::Try), Some(host)) =
            (failure, &self.notes.upstream_host)
        {
            crate::stats::add(&host.counters.timeouts, 1);
        }
        match failure {
            Failure::Expired(Expired::Route) => shared.count(|c| &c.upstream_rq_timeout),
            Failure::Expired(Expired::Try) => shared.count(|c| &c.upstream_rq_per_try_timeout),
            Failure::Expired(Expired::TryIdle) => shared.count(|c| &c.upstream_rq_per_try_idle_timeout),
            Failure::Expired(Expired::Duration | Expired::Stream) => {
                shared.count(|c| &c.upstream_rq_max_duration_reached)
            }
            Failure::Reset | Failure::Unconnected | Failure::Refused => {
                shared.count(|c| &c.upstream_rq_rx_reset)
            }
            Failure::Protocol => shared.count(|c| &c.upstream_cx_protocol_error),
            Failure::Connect(ConnectFailure::Timeout | ConnectFailure::Refused(_)) => {
                shared.count(|c| &c.upstream_rq_pending_failure_eject)
            }
            // What is counted then depends on how far the request had come.
            Failure::Gone
            | Failure::Closed
            | Failure::Connect(ConnectFailure::Overflow)
            | Failure::Body(_)
            | Failure::Expired(_) => {}
        }
    }

    /// Counts the status of a try: a failure counts as the answer that Envoy gives in its place.
    pub(super) fn charge(&self, cluster: &ClusterRuntime, result: &Result<Started, Failure>) {
        let status = match result {
            Ok(started) => started.head.status,
            Err(Failure::Expired(Expired::Route | Expired::Try | Expired::TryIdle)) => 504,
            Err(Failure::Protocol) => 502,
            // What is answered where there is no host counts by itself.
            Err(Failure::Connect(ConnectFailure::Refused(text))) if text.is_empty() => return,
            Err(
                Failure::Connect(_)
                | Failure::Closed
                | Failure::Reset
                | Failure::Unconnected
                | Failure::Refused,
            ) => 503,
            Err(Failure::Gone | Failure::Body(_) | Failure::Expired(_)) => return,
        };
        cluster.shared.count_status(status, self.internal);
    }

    /// The answer to a failure.
    pub(super) fn failed(&mut self, failure: Failure) -> Stop {
        let (status, flag, reason): (u16, Flag, &str) = match &failure {
            Failure::Gone | Failure::Body(BodyFailure::Closed) => return Stop::Gone,
            Failure::Body(BodyFailure::Stream) => {
                self.info.details = "http2.remote_reset".into();
                self.info.flag(flag::DOWNSTREAM_PROTOCOL);
                self.note_fault();
                return Stop::Broken;
            }
            Failure::Body(BodyFailure::Malformed) => {
                let reply = Reply::new(400, "Bad Request".as_bytes(), "http1.codec_error");
                return reply.flagged(flag::DOWNSTREAM_PROTOCOL).closing().into();
            }
            Failure::Expired(expired) => return self.expired(*expired).into(),
            Failure::Connect(ConnectFailure::Refused(text)) if text.is_empty() => {
                return self.no_host().into();
            }
            Failure::Connect(_)
            | Failure::Closed
            | Failure::Reset
            | Failure::Unconnected
            | Failure::Refused
            | Failure::Protocol => {
                if let Failure::Connect(ConnectFailure::Refused(text)) = &failure {
                    self.info.transport_failure.clone_from(text);
                }
                let (flag, reason) = reset(&failure).unwrap_or((flag::UPSTREAM_RESET, "remote reset"));
                (if failure == Failure::Protocol { 502 } else { 503 }, flag, reason)
            }
        };
        self.reset_reply(&failure, (status, flag, reason)).into()
    }

    /// The answer to a reset before the response.
    fn reset_reply(&self, failure: &Failure, (status, flag, reason): (u16, Flag, &str)) -> Reply {
        let retried =
            if self.info.attempts > 1 { "retried and the latest reset reason" } else { "reset reason" };
        let body = format!("upstream connect error or disconnect/reset before headers. {retried}: {reason}");
        let details = self.reset_details(reason);
        let mut reply = Reply::new(status, body.into_bytes(), details).flagged(flag).awaited();
        if *failure == Failure::Connect(ConnectFailure::Overflow) {
            if !self.hcm.filters.suppress_envoy_headers {
                reply = reply.header(b"x-envoy-overloaded", "true");
            }
            reply.immediate = self.info.attempts <= 1;
        }
        self.telling_attempts(reply)
    }

    /// Says how many attempts there were, which Envoy does last (`Filter::onUpstreamHeaders`).
    pub(super) fn tell_attempts(&self, head: &mut Head) {
        if self.matched.is_some_and(|m| m.host.response_attempt_count) {
            head.set(b"x-envoy-attempt-count", self.info.attempts.to_string().as_bytes());
        }
    }

    /// An answer that tells how many attempts there were, where the client is to know.
    fn telling_attempts(&self, reply: Reply) -> Reply {
        if self.matched.is_some_and(|m| m.host.response_attempt_count) {
            return reply.header(b"x-envoy-attempt-count", self.info.attempts.to_string());
        }
        reply
    }

    /// The answer when no host may be used.
    fn no_host(&self) -> Reply {
        if let Some(cluster) = self.worker.cluster(&self.info.cluster) {
            cluster.shared.count(|c| &c.upstream_cx_none_healthy);
            cluster.shared.count_status(503, self.internal);
        }
        let reply = Reply::new(503, "no healthy upstream".as_bytes(), "no_healthy_upstream");
        let mut reply = reply.flagged(flag::NO_HEALTHY_UPSTREAM);
        reply.immediate = self.info.attempts <= 1;
        self.telling_attempts(reply)
    }

    fn reset_details(&self, reason: &str) -> String {
        let transport = &self.info.transport_failure;
        let bar = if transport.is_empty() { "" } else { "|" };
        let when = if self.notes.informed { "after" } else { "before" };
        format!("upstream_reset_{when}_response_started{{{}{bar}{transport}}}", reason.replace(' ', "_"))
    }

    /// The answer to a time limit.
    fn expired(&mut self, expired: Expired) -> Reply {
        // What is to become another protocol has no end.
        let incomplete = !self.request_complete(false) || self.upgrade.is_some();
        let reply = |status, body: &'static str, details: &'static str| {
            Reply::new(status, body.as_bytes(), details).awaited()
        };
        let upstream = |details| {
            let (status, body) =
                if self.notes.silent_timeout { (204, "") } else { (504, "upstream request timeout") };
            self.telling_attempts(reply(status, body, details).flagged(flag::UPSTREAM_TIMEOUT))
        };
        match expired {
            Expired::Route => upstream("response_timeout"),
            Expired::Try => upstream("upstream_per_try_timeout"),
            Expired::TryIdle => upstream("upstream_per_try_idle_timeout"),
            Expired::Idle => {
                let status = if incomplete { 408 } else { 504 };
                reply(status, "stream timeout", "stream_idle_timeout").flagged(flag::STREAM_IDLE)
            }
            Expired::Duration => {
                let status = if incomplete { 408 } else { 504 };
                let mut reply = reply(status, "downstream duration timeout", "max_duration_timeout");
                reply.grpc = Some(4);
                reply
            }
            Expired::Stream => {
                let status = if incomplete { 408 } else { 504 };
                let (body, details) =
                    ("upstream max stream duration reached", "upstream_max_stream_duration_reached");
                self.telling_attempts(reply(status, body, details).flagged(flag::MAX_STREAM_DURATION))
            }
            Expired::Request => reply(408, "request timeout", "request_overall_timeout").closing(),
        }
    }
}
