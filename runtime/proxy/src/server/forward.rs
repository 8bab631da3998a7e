//! The router: attempts, retries and the answers when there is no response.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::active::Active;
use super::clock::{Clock, Expired, deadline};
use super::exchange::BodyFailure;
use super::failed::call_end;
use super::hedge::{Asides, Ended, Late, Next};
use super::replay::{Replay, replay_limit};
use super::reply::Reply;
use super::retry::Retries;
use super::stream::{Exchange, Matched, Stop};
use super::timeouts::Timeouts;
use super::upstream::Started;
use crate::access::info::flag;
use crate::cluster::shared::{Breaker, Host, Permit};
use crate::cluster::{ClusterRuntime, ConnectFailure, Outcome};
use crate::config::action::{Forward, Target};
use crate::http::Framing;
use crate::net::address::Address;

/// Why an attempt gave no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection.
    Connect(ConnectFailure),
    /// The host closed or reset the connection.
    Closed,
    /// The host reset the stream.
    Reset,
    /// The host reset the stream as it would one of CONNECT that it cannot connect.
    Unconnected,
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

/// What one forwarded request carries from attempt to attempt.
pub(super) struct Attempts<'a> {
    pub(super) cluster: &'a ClusterRuntime,
    pub(super) forward: &'a Forward,
    pub(super) clock: Clock,
    pub(super) times: Timeouts,
    pub(super) replay: Replay,
    pub(super) framing: Framing,
    /// When all of the request was here, as the router sees it.
    pub(super) complete: Option<Instant>,
    pub(super) metadata: &'a [(String, serde_json::Value)],
    pub(super) tried: Vec<Address>,
    pub(super) priorities: Vec<usize>,
    pub(super) policy: Option<Retries<'a>>,
    pub(super) retries: u32,
    /// Whether a try that takes too long goes on beside the next one.
    pub(super) hedge: bool,
    /// The try that has just become late.
    pub(super) late: Option<Late>,
    pub(super) hash: Option<u64>,
    _retry: Option<Permit>,
}

impl Attempts<'_> {
    /// Whether a try that fails so goes on beside the next one.
    pub(super) fn becomes_late(&self, failure: &Failure) -> bool {
        let expired = matches!(failure, Failure::Expired(Expired::Try | Expired::TryIdle));
        expired && self.hedge && self.replay.ended
    }
}

impl<'a> Exchange<'a> {
    /// Forwards the request to a cluster.
    pub(super) async fn forward(&mut self, forward: &'a Forward, matched: Matched<'a>) -> Result<(), Stop> {
        let worker = self.worker;
        let target = matched.target.and_then(|t| Some((t, worker.cluster(&self.info.cluster)?)));
        let Some((target, cluster)) = target else {
            self.hcm.stats().http.no_cluster.fetch_add(1, Ordering::Relaxed);
            return Err(Reply::new(forward.not_found, "".as_bytes(), "cluster_not_found")
                .flagged(flag::NO_CLUSTER)
                .into());
        };
        // A cookie is made when a balancer asks for the hash.
        let hashes = cluster.config().is_some_and(|config| config.balancing.policy.hashes());
        let stream = cluster.config().map_or(Duration::ZERO, |config| config.max_stream);
        let hash = if hashes { self.hash(forward) } else { None };
        let (times, clock) = (Timeouts::take(forward, stream, &mut self.head), self.clock(forward));
        self.info.attempts = 1;
        self.prepare_request(forward, matched, target, &clock, times);
        if self.body.is_done() {
            self.end_watched().await;
        }
        let mut attempts = self.attempts(forward, cluster, target, hash, (clock, times));
        if self.body.is_done() {
            self.start_route_timeout(&mut attempts);
        }
        self.tries(forward, attempts).await
    }

    /// Tries until there is an answer.
    async fn tries(&mut self, forward: &'a Forward, mut attempts: Box<Attempts<'a>>) -> Result<(), Stop> {
        let mut asides = Asides::default();
        loop {
            let number = self.info.attempts;
            let mut ended = self.attempt_beside(&mut attempts, &mut asides).await;
            let full = matches!(ended.result, Err(Failure::Connect(ConnectFailure::Overflow)));
            let sent = self.info.upstream.is_some() && !full;
            if number == 1 && sent && attempts.replay.ended && !attempts.replay.data.is_empty() {
                self.mirror(forward, &attempts.replay.data);
            }
            loop {
                match self.judge(&ended, &mut attempts, &mut asides) {
                    Next::Wait => ended = self.wait_beside(&mut attempts, &mut asides).await,
                    Next::Give => return self.give(ended, attempts, asides).await,
                    Next::Try => break,
                }
            }
            if let Some(ended) = self.back_off(ended, &mut attempts, &mut asides).await? {
                return self.give(ended, attempts, asides).await;
            }
            self.info.attempts += 1;
        }
    }

    /// Tells the client how the request has ended.
    async fn give(
        &mut self,
        ended: Ended,
        attempts: Box<Attempts<'a>>,
        mut asides: Asides,
    ) -> Result<(), Stop> {
        self.give_up(&ended.result, &attempts, &mut asides);
        match ended.result {
            Ok(started) => self.respond_or_follow(started, attempts).await,
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Whether a late try goes on beside the next one: as the route says, or the client.
    fn hedges(&self, forward: &Forward) -> bool {
        match self.head.get(b"x-envoy-hedge-on-per-try-timeout") {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => forward.hedge,
        }
    }

    fn attempts(
        &mut self,
        forward: &'a Forward,
        cluster: &'a ClusterRuntime,
        target: &'a Target,
        hash: Option<u64>,
        (clock, times): (Clock, Timeouts),
    ) -> Box<Attempts<'a>> {
        let hedge = self.hedges(forward);
        let policy = Retries::take(forward.retry.as_ref(), &mut self.head);
        let framing = self.request_framing();
        let buffered = std::mem::take(&mut self.buffered);
        let size = buffered.iter().map(Bytes::len).sum();
        Box::new(Attempts {
            cluster,
            forward,
            clock,
            times,
            framing,
            complete: None,
            replay: Replay {
                // What follows an upgrade belongs to the other protocol and waits for the switch.
                ended: self.body.is_done() || self.upgrade.is_some(),
                limit: replay_limit(forward, policy.is_some()),
                data: buffered,
                size,
                trailers: self.buffered_trailers.take(),
                lost: false,
            },
            metadata: &target.metadata,
            tried: Vec::new(),
            priorities: Vec::new(),
            policy,
            retries: 0,
            hedge,
            late: None,
            hash,
            _retry: None,
        })
    }

    fn request_framing(&self) -> Framing {
        if self.upgrade.is_some() {
            return Framing::None;
        }
        let length = self.head.get(b"content-length").and_then(crate::http::parse_length);
        match length {
            Some(length) => Framing::Length(length),
            None if self.body.is_done() && self.buffered.is_empty() => Framing::None,
            None => Framing::Chunked,
        }
    }

    /// Starts the timeouts that run while the request goes upstream.
    pub(super) fn start_route_timeout(&mut self, attempts: &mut Attempts<'_>) {
        attempts.clock.request = None;
        let now = Instant::now();
        attempts.complete.get_or_insert(now);
        self.info.request_end.get_or_insert(now);
        if attempts.clock.route.is_none() && self.upgrade.is_none() {
            attempts.clock.route = deadline(attempts.times.whole);
        }
        if attempts.clock.attempt.is_none() {
            attempts.clock.attempt = deadline(attempts.times.per_try);
        }
    }

    /// Takes note of the host of an attempt.
    fn note_host(&mut self, host: &Arc<Host>) {
        self.info.note_host(host);
        self.info.transport_failure.clear();
        self.notes.upstream_host = Some(host.clone());
    }

    /// Sends copies of a request without a body along with its first try, unless that goes nowhere.
    fn mirror_bare(&self, attempts: &Attempts<'_>) {
        let bare = self.body.is_done() && attempts.replay.data.is_empty();
        if bare && !attempts.cluster.is_full(attempts.forward.high_priority) {
            self.mirror(attempts.forward, &[]);
        }
    }

    /// One attempt, up to the response's head.
    pub(super) async fn attempt(&mut self, attempts: &mut Attempts<'a>) -> Result<Started, Failure> {
        let cluster = attempts.cluster;
        let Some(host) = self.pick(attempts) else {
            return Err(Failure::Connect(ConnectFailure::Refused(String::new())));
        };
        self.note_host(&host);
        if self.info.attempts > 1 {
            self.update_attempt(attempts);
        } else {
            self.mirror_bare(attempts);
        }
        attempts.clock.begin_try(attempts.times.per_try_idle, deadline(attempts.times.stream));
        self.rewrite_host_to(&host, attempts.forward);
        let active = Active::new(&host);
        self.begin_call(&host);
        let result = self.attempt_on(&host, attempts).await;
        self.end_call(call_end(&result), self.speaks_h2(cluster));
        match &result {
            Err(Failure::Connect(ConnectFailure::Overflow)) => {}
            Ok(started) => cluster.shared.record(&host, Outcome::Status(started.head.status)),
            Err(Failure::Gone | Failure::Body(_)) => {}
            Err(_) => cluster.shared.record(&host, Outcome::Local),
        }
        match (&mut attempts.late, result) {
            (None, Ok(mut started)) => {
                started.active = Some(active);
                Ok(started)
            }
            (Some(late), result) => {
                late.active = Some(active);
                result
            }
            (None, result) => {
                self.count_failure(cluster, &result);
                result
            }
        }
    }

    /// Takes a unit of the requests breaker, once there is a connection: waiting requests do not count.
    pub(super) fn request_permit(&self, attempts: &Attempts<'_>) -> Result<Permit, Failure> {
        let (cluster, high) = (attempts.cluster, attempts.forward.high_priority);
        let limit = cluster.limits(high).map_or(0, |l| l.requests);
        cluster.shared.take(Breaker::Requests, high, limit).ok_or_else(|| {
            cluster.shared.count(|c| &c.upstream_rq_pending_overflow);
            Failure::Connect(ConnectFailure::Overflow)
        })
    }

    /// Whether another attempt is allowed; notes in the log when only the number of retries forbids it.
    pub(super) fn may_retry(&mut self, attempts: &mut Attempts<'_>) -> bool {
        let Some(policy) = &attempts.policy else { return false };
        // To Envoy an informational response is the beginning of the response.
        if self.notes.informed {
            return false;
        }
        if attempts.retries >= policy.most {
            self.info.flag(flag::RETRY_EXHAUSTED);
            attempts.cluster.shared.count(|c| &c.upstream_rq_retry_limit_exceeded);
            return false;
        }
        if attempts.replay.lost {
            return false;
        }
        let shared = &attempts.cluster.shared;
        let high = attempts.forward.high_priority;
        let Some(limits) = attempts.cluster.limits(high) else { return false };
        let limit = match limits.budget {
            Some((percent, least)) => {
                let active = shared.in_use(Breaker::Requests, high) + shared.in_use(Breaker::Pending, high);
                ((active as f64 * percent / 100.0) as u64).max(least)
            }
            None => limits.retries,
        };
        attempts._retry = None;
        let Some(permit) = shared.take(Breaker::Retries, high, limit) else {
            shared.count(|c| &c.upstream_rq_retry_overflow);
            self.info.flag(flag::UPSTREAM_OVERFLOW);
            return false;
        };
        attempts._retry = Some(permit);
        attempts.retries += 1;
        shared.count(|c| &c.upstream_rq_retry);
        true
    }

    /// Waits before the next attempt: exponential with full jitter, or as long as upstream asked for.
    async fn back_off(
        &mut self,
        ended: Ended,
        attempts: &mut Attempts<'a>,
        asides: &mut Asides,
    ) -> Result<Option<Ended>, Stop> {
        let Some(policy) = &attempts.policy else { return Ok(None) };
        let asked = ended.result.as_ref().ok().and_then(|started| policy.asked_wait(&started.head));
        drop(ended);
        let longest = policy.longest_wait(attempts.retries);
        let jitter = (self.worker.random() % 1000) as f64 / 1000.0;
        let wait = match asked {
            Some(asked) => {
                attempts.cluster.shared.count(|c| &c.upstream_rq_retry_backoff_ratelimited);
                asked.mul_f64(1.0 + jitter / 2.0)
            }
            None => {
                attempts.cluster.shared.count(|c| &c.upstream_rq_retry_backoff_exponential);
                longest.mul_f64(jitter)
            }
        };
        attempts.clock.begin_try(Duration::ZERO, None);
        self.pause_beside(wait, attempts, asides).await
    }
}
