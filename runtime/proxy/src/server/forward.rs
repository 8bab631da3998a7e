//! The router: attempts, retries and the answers when there is no response.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::clock::{Clock, Expired};
use super::exchange::{BodyFailure, Frame};
use super::reply::Reply;
use super::retry::{wants_failure_retry, wants_response_retry};
use super::stream::{Exchange, Matched, Stop};
use super::upstream::Started;
use crate::access::info::{Flag, flag};
use crate::cluster::ClusterRuntime;
use crate::cluster::ConnectFailure;
use crate::cluster::shared::{Breaker, Host, Outcome, Permit};
use crate::config::action::Forward;
use crate::http::{Framing, Head};

/// Why an attempt gave no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection.
    Connect(ConnectFailure),
    /// The host closed or reset the connection.
    Closed,
    /// The host reset the stream.
    Reset,
    /// The host refused the stream without looking at it.
    Refused,
    /// The host does not speak HTTP.
    Protocol,
    /// A time limit was reached.
    Expired(Expired),
    /// The client's body failed.
    Body(BodyFailure),
    /// The client has gone.
    Gone,
}

/// The part of the request's body that a further attempt would need again.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// What has arrived.
    pub(crate) data: Vec<Bytes>,
    /// Whether the end has arrived.
    pub(crate) ended: bool,
    /// Trailers.
    pub(crate) trailers: Option<Head>,
    size: usize,
    limit: usize,
    /// Whether something was not kept, so that there can be no further attempt.
    pub(crate) lost: bool,
}

impl Replay {
    /// Takes a frame over and returns its data.
    pub(crate) fn keep(&mut self, frame: Frame) -> Option<Bytes> {
        match frame {
            Frame::Data(data) => {
                self.size += data.len();
                if self.size > self.limit {
                    self.lost = true;
                    self.data.clear();
                } else {
                    self.data.push(data.clone());
                }
                Some(data)
            }
            Frame::End(trailers) => {
                self.ended = true;
                self.trailers = trailers;
                None
            }
        }
    }
}

/// Counts a request at its host.
#[derive(Debug)]
pub(crate) struct Active(Arc<Host>);

impl Active {
    fn new(host: &Arc<Host>) -> Self {
        host.active.fetch_add(1, Ordering::Relaxed);
        host.counters.requests.fetch_add(1, Ordering::Relaxed);
        Self(host.clone())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one forwarded request carries from attempt to attempt.
pub(super) struct Attempts<'a> {
    pub(super) cluster: &'a ClusterRuntime,
    pub(super) forward: &'a Forward,
    pub(super) clock: Clock,
    pub(super) replay: Replay,
    pub(super) framing: Framing,
    tried: Vec<std::net::SocketAddr>,
    retries: u32,
    hash: Option<u64>,
    _retry: Option<Permit>,
}

impl<'a> Exchange<'a> {
    /// Forwards the request to a cluster.
    pub(super) async fn forward(&mut self, forward: &'a Forward, matched: Matched<'a>) -> Result<(), Stop> {
        let worker = self.worker;
        let target = matched.target.and_then(|t| Some((t, worker.cluster(&t.cluster)?)));
        let Some((target, cluster)) = target else {
            return Err(Reply::new(forward.not_found, "".as_bytes(), "cluster_not_found")
                .flagged(flag::NO_CLUSTER)
                .into());
        };
        let hash = self.hash(forward);
        let mut attempts = self.attempts(forward, cluster, hash);
        self.prepare_request(forward, matched, target, &attempts.clock);
        if self.body.is_done() {
            self.start_route_timeout(&mut attempts);
            self.mirror(forward, &[]);
        }
        loop {
            self.info.attempts += 1;
            let number = self.info.attempts;
            let result = self.attempt(&mut attempts).await;
            if number == 1 && attempts.replay.ended && !attempts.replay.data.is_empty() {
                self.mirror(forward, &attempts.replay.data);
            }
            if self.wants_retry(forward, &result) && self.may_retry(&mut attempts) {
                drop(result);
                self.back_off(&mut attempts).await?;
                continue;
            }
            return match result {
                Ok(started) => self.respond(started, attempts).await,
                Err(failure) => Err(self.failed(failure)),
            };
        }
    }

    /// Whether the route's policy asks for another attempt after this one.
    fn wants_retry(&self, forward: &Forward, result: &Result<Started, Failure>) -> bool {
        forward.retry.as_ref().is_some_and(|policy| match result {
            Ok(started) => wants_response_retry(policy, &started.head, &self.head),
            Err(failure) => wants_failure_retry(policy, failure, &self.head),
        })
    }

    fn attempts(&self, forward: &'a Forward, cluster: &'a ClusterRuntime, hash: Option<u64>) -> Attempts<'a> {
        Attempts {
            cluster,
            forward,
            clock: self.clock(forward),
            framing: self.request_framing(),
            replay: Replay {
                // What follows an upgrade belongs to the other protocol and waits for the switch.
                ended: self.body.is_done() || self.upgrade.is_some(),
                limit: self.replay_limit(forward),
                ..Replay::default()
            },
            tried: Vec::new(),
            retries: 0,
            hash,
            _retry: None,
        }
    }

    fn replay_limit(&self, forward: &Forward) -> usize {
        if forward.retry.is_some() || !forward.mirrors.is_empty() { 1 << 20 } else { 0 }
    }

    fn request_framing(&self) -> Framing {
        if self.upgrade.is_some() {
            return Framing::None;
        }
        let length = self.head.get(b"content-length").and_then(crate::http::parse_length);
        match length {
            Some(length) => Framing::Length(length),
            None if self.body.is_done() => Framing::None,
            None => Framing::Chunked,
        }
    }

    /// Starts the timeouts that run while the request goes upstream.
    pub(super) fn start_route_timeout(&mut self, attempts: &mut Attempts<'_>) {
        attempts.clock.request = None;
        if attempts.clock.route.is_none() && self.upgrade.is_none() {
            attempts.clock.route = deadline(self.route_timeout(attempts.forward));
        }
        if attempts.clock.attempt.is_none() {
            attempts.clock.attempt = attempts.forward.retry.as_ref().and_then(|r| deadline(r.per_try));
        }
    }

    /// One attempt, up to the response's head.
    async fn attempt(&mut self, attempts: &mut Attempts<'a>) -> Result<Started, Failure> {
        let cluster = attempts.cluster;
        let Some(host) = self.pick(attempts) else {
            return Err(Failure::Connect(ConnectFailure::Refused(String::new())));
        };
        self.info.upstream = Some(host.address);
        self.info.transport_failure.clear();
        if self.info.attempts > 1 {
            self.update_attempt(attempts);
        }
        if attempts.replay.ended {
            attempts.clock.attempt = attempts.forward.retry.as_ref().and_then(|r| deadline(r.per_try));
        }
        self.rewrite_host_to(&host, attempts.forward);
        cluster.shared.counters().total.fetch_add(1, Ordering::Relaxed);
        let active = Active::new(&host);
        let result = self.attempt_on(&host, attempts).await;
        match &result {
            Err(Failure::Connect(ConnectFailure::Overflow)) => {}
            Ok(started) => cluster.shared.record(&host, Outcome::Status(started.head.status)),
            Err(Failure::Gone | Failure::Body(_)) => {}
            Err(_) => cluster.shared.record(&host, Outcome::Local),
        }
        if let Ok(started) = &result {
            let index = usize::from(started.head.status).wrapping_sub(100);
            if let Some(counter) = cluster.shared.counters().statuses.get(index) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        result.map(|mut started| {
            started.active = Some(active);
            started
        })
    }

    /// Takes a unit of the requests breaker, once there is a connection: waiting requests do not count.
    pub(super) fn request_permit(&self, cluster: &ClusterRuntime) -> Result<Permit, Failure> {
        let limit = cluster.config().map_or(0, |c| c.limits.requests);
        cluster.shared.take(Breaker::Requests, limit).ok_or_else(|| {
            cluster.shared.counters().overflow.fetch_add(1, Ordering::Relaxed);
            Failure::Connect(ConnectFailure::Overflow)
        })
    }

    fn pick(&mut self, attempts: &mut Attempts<'_>) -> Option<Arc<Host>> {
        let cluster = attempts.cluster;
        let config = cluster.config()?;
        let policy = attempts.forward.retry.as_ref().filter(|p| p.avoid_previous);
        let mut left = policy.map_or(0, |p| p.host_attempts);
        loop {
            let random = self.worker.random();
            if let Some(host) = cluster.original_destination(self.connection.local) {
                return Some(host);
            }
            let host = cluster.picker.pick(config, &cluster.shared, attempts.hash, random)?;
            if left == 0 || !attempts.tried.contains(&host.address) {
                attempts.tried.push(host.address);
                return Some(host);
            }
            left -= 1;
        }
    }

    /// Whether another attempt is allowed; notes in the log when only the number of retries forbids it.
    fn may_retry(&mut self, attempts: &mut Attempts<'_>) -> bool {
        let Some(policy) = &attempts.forward.retry else { return false };
        if attempts.retries >= policy.retries {
            self.info.flag(flag::RETRY_EXHAUSTED);
            return false;
        }
        if attempts.replay.lost {
            return false;
        }
        let shared = &attempts.cluster.shared;
        let Some(config) = attempts.cluster.config() else { return false };
        let limit = match config.limits.budget {
            Some((percent, least)) => {
                let active = shared.requests.load(Ordering::Relaxed) + shared.pending.load(Ordering::Relaxed);
                ((active as f64 * percent / 100.0) as u64).max(least)
            }
            None => config.limits.retries,
        };
        attempts._retry = None;
        let Some(permit) = shared.take(Breaker::Retries, limit) else {
            self.info.flag(flag::UPSTREAM_OVERFLOW);
            return false;
        };
        attempts._retry = Some(permit);
        attempts.retries += 1;
        shared.counters().retries.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Waits before the next attempt: exponential with full jitter.
    async fn back_off(&mut self, attempts: &mut Attempts<'_>) -> Result<(), Stop> {
        let Some(policy) = &attempts.forward.retry else { return Ok(()) };
        let factor = 1_u32.checked_shl(attempts.retries.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = policy.base.saturating_mul(factor).min(policy.max);
        let wait = longest.mul_f64((self.worker.random() % 1000) as f64 / 1000.0);
        attempts.clock.attempt = None;
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            expired = attempts.clock.expired() => Err(self.failed(Failure::Expired(expired))),
            () = self.body.closed(), if attempts.replay.ended => Err(Stop::Gone),
        }
    }

    /// The answer to a failure.
    pub(super) fn failed(&mut self, failure: Failure) -> Stop {
        let (status, flag, reason): (u16, Flag, &str) = match &failure {
            Failure::Gone | Failure::Body(BodyFailure::Closed) => return Stop::Gone,
            Failure::Body(BodyFailure::Stream) => {
                self.info.flag(flag::DOWNSTREAM_PROTOCOL);
                self.info.details = "http2.remote_reset".into();
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
            Failure::Connect(ConnectFailure::Overflow) => (503, flag::UPSTREAM_OVERFLOW, "overflow"),
            Failure::Connect(ConnectFailure::Timeout) => (503, flag::UPSTREAM_CONNECT, "connection timeout"),
            Failure::Connect(ConnectFailure::Refused(text)) => {
                self.info.transport_failure.clone_from(text);
                (503, flag::UPSTREAM_CONNECT, "remote connection failure")
            }
            Failure::Closed => (503, flag::UPSTREAM_CLOSED, "connection termination"),
            Failure::Reset => (503, flag::UPSTREAM_RESET, "remote reset"),
            Failure::Refused => (503, flag::UPSTREAM_RESET, "remote refused stream reset"),
            Failure::Protocol => (502, flag::UPSTREAM_PROTOCOL, "protocol error"),
        };
        let retried =
            if self.info.attempts > 1 { "retried and the latest reset reason" } else { "reset reason" };
        let body = format!("upstream connect error or disconnect/reset before headers. {retried}: {reason}");
        let details = self.reset_details(reason);
        let mut reply = Reply::new(status, body.into_bytes(), details).flagged(flag).awaited();
        if failure == Failure::Connect(ConnectFailure::Overflow) {
            reply = reply.header(b"x-envoy-overloaded", "true");
            reply.immediate = self.info.attempts <= 1;
        }
        reply.into()
    }

    /// The answer when no host may be used.
    fn no_host(&self) -> Reply {
        let reply = Reply::new(503, "no healthy upstream".as_bytes(), "no_healthy_upstream");
        let mut reply = reply.flagged(flag::NO_HEALTHY_UPSTREAM);
        reply.immediate = self.info.attempts <= 1;
        reply
    }

    fn reset_details(&self, reason: &str) -> String {
        let transport = &self.info.transport_failure;
        let bar = if transport.is_empty() { "" } else { "|" };
        format!("upstream_reset_before_response_started{{{}{bar}{transport}}}", reason.replace(' ', "_"))
    }

    /// The answer to a time limit.
    fn expired(&mut self, expired: Expired) -> Reply {
        let incomplete = !self.request_complete(false);
        let reply = |status, body: &'static str, details: &'static str| {
            Reply::new(status, body.as_bytes(), details).awaited()
        };
        match expired {
            Expired::Route => {
                reply(504, "upstream request timeout", "response_timeout").flagged(flag::UPSTREAM_TIMEOUT)
            }
            Expired::Try => reply(504, "upstream request timeout", "upstream_per_try_timeout")
                .flagged(flag::UPSTREAM_TIMEOUT),
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
            Expired::Request => reply(408, "request timeout", "request_overall_timeout").closing(),
        }
    }
}

/// A point in time from now; zero is never.
pub(super) fn deadline(after: Duration) -> Option<Instant> {
    if after.is_zero() { None } else { Instant::now().checked_add(after) }
}
