//! Tries of the upstream: endpoints, time, and retries (`router.cc`, `Filter::onUpstreamReset` and `doRetry`).

use mp_ir::plan::{Cluster, Forward, Retry};

use super::Walk;
use super::around::{Answer, Answered, Place};
use super::cluster::speaks_http2;
use super::exchange::{Exchange, get, set};
use super::forward::route_timeout;
use super::local::Local;
use super::outcome::{Response, Seen, SeenRequest, Stage, What};
use super::retry::{self, Failure};

/// What the log says when nobody listens at an endpoint.
pub(super) const REFUSED: &str = "delayed_connect_error:_Connection_refused";
/// The alert that a server gets whose certificate is not taken.
pub(super) const UNKNOWN_CERTIFICATE: &str = "SSLV3_ALERT_CERTIFICATE_UNKNOWN";
/// First pause before a retry in nanoseconds, where the policy states none.
const PAUSE: i128 = 25_000_000;

/// What tries carry from one to the next.
struct Tries {
    tried: Vec<Place>,
    retries: u32,
    /// Nanoseconds spent so far.
    spent: i128,
    /// Nanoseconds for all; 0 is no limit.
    whole: i128,
}

impl<'p> Walk<'p, '_> {
    pub(super) fn tries(
        &mut self,
        exchange: &mut Exchange<'p>,
        cluster: &'p Cluster,
        forward: &'p Forward,
    ) -> Result<Response, Box<Local>> {
        let whole = if exchange.upgrade { 0 } else { route_timeout(exchange, forward) };
        let mut tries = Tries { tried: Vec::new(), retries: 0, spent: 0, whole };
        let result = loop {
            self.out.attempts += 1;
            let Some(result) = self.one_try(exchange, cluster, forward, &mut tries) else {
                self.out.elapsed += tries.spent;
                return Err(Box::new(self.no_host()));
            };
            let Some(policy) = &forward.retry else { break result };
            let again = match &result {
                Ok(answered) => retry::after_response(policy, answered),
                Err(failure) => retry::after_failure(policy, failure),
            };
            if !again {
                break result;
            }
            if tries.retries >= policy.attempts {
                self.flag("URX");
                break result;
            }
            let text = tried_text(&result);
            self.step(Stage::Upstream, None, || {
                format!("try {}: {text}; another try follows", tries.retries + 1)
            });
            if let Some(timeout) = self.pause(policy, &mut tries) {
                break Err(timeout);
            }
        };
        self.conclude(&result, tries.spent);
        match result {
            Ok(answered) => Ok(self.via_upstream(exchange, answered)),
            Err(failure) => Err(Box::new(self.failed(failure))),
        }
    }

    fn conclude(&mut self, result: &Result<Answered, Failure>, spent: i128) {
        self.out.elapsed += spent;
        let text = tried_text(result);
        self.step(Stage::Upstream, None, || text);
    }

    /// Waits before another try: half of the longest pause that chance may choose.
    fn pause(&mut self, policy: &Retry, tries: &mut Tries) -> Option<Failure> {
        let base = policy.backoff.unwrap_or(PAUSE);
        let longest = base.saturating_mul(1 << tries.retries.min(16)).min(base.saturating_mul(10));
        tries.retries += 1;
        tries.spent += longest / 2;
        (tries.whole > 0 && tries.spent >= tries.whole).then(|| {
            tries.spent = tries.whole;
            Failure::Timeout
        })
    }

    /// One try; `None` when no endpoint may be used.
    fn one_try(
        &mut self,
        exchange: &mut Exchange<'p>,
        cluster: &'p Cluster,
        forward: &Forward,
        tries: &mut Tries,
    ) -> Option<Result<Answered, Failure>> {
        let policy = forward.retry.as_ref();
        let avoided =
            if policy.is_some_and(|p| p.skip_previous_hosts) { tries.tried.as_slice() } else { &[] };
        let authority = exchange.call.authority.clone();
        let picked = self.pick(cluster, &authority, avoided)?;
        tries.tried.push(picked.place.clone());
        self.out.transport_failure.clear();
        if self.out.attempts > 1 && get(&exchange.call.headers, "x-envoy-attempt-count").is_some() {
            set(&mut exchange.call.headers, "x-envoy-attempt-count", self.out.attempts.to_string());
        }
        if !self.around.accepts(&picked.place) {
            return Some(Err(Failure::Connect(REFUSED.to_owned())));
        }
        let notes = self.notes;
        self.notes &= self.out.attempts == 1;
        let transport = self.transport(cluster, &picked, &authority);
        self.notes = notes;
        let (cluster_name, tunnelled) = (cluster.name.clone(), picked.tunnel);
        let mut seen = Seen { cluster: cluster_name, place: picked.place, tunnelled, ..Seen::default() };
        if let Some(transport) = &transport {
            if let Some(error) = self.verify(transport, &seen.place) {
                seen.tls_error = Some(UNKNOWN_CERTIFICATE);
                self.out.upstream.push(seen);
                return Some(Err(Failure::Connect(error)));
            }
            seen.tls = Some(transport.seen());
        }
        seen.what = Some(What::Request(sent(exchange, speaks_http2(cluster, exchange.http2))));
        let answer = self.around.answer(&seen);
        self.out.upstream.push(seen);
        Some(in_time(answer, policy, tries))
    }

    fn no_host(&mut self) -> Local {
        let local = Local::new(503, "no healthy upstream", "no_healthy_upstream").flagged("UH").routed();
        Local { awaited: self.out.attempts > 1, ..local }
    }

    /// The answer to a failure that no other try follows.
    fn failed(&mut self, failure: Failure) -> Local {
        let timeout = |details: &str| {
            Local::new(504, "upstream request timeout", details).flagged("UT").awaited().routed()
        };
        let (status, flag, reason) = match failure {
            Failure::Timeout => return timeout("response_timeout"),
            Failure::TryTimeout => return timeout("upstream_per_try_timeout"),
            Failure::Connect(why) => {
                self.out.transport_failure = why;
                (503, "UF", "remote connection failure")
            }
            Failure::Closed => (503, "UC", "connection termination"),
            Failure::Refused => (503, "UR", "remote refused stream reset"),
            Failure::Garbled => (502, "UPE", "protocol error"),
        };
        let again = if self.out.attempts > 1 { "retried and the latest " } else { "" };
        let body = format!(
            "upstream connect error or disconnect/reset before headers. {again}reset reason: {reason}"
        );
        let transport = &self.out.transport_failure;
        let bar = if transport.is_empty() { "" } else { "|" };
        let details =
            format!("upstream_reset_before_response_started{{{}{bar}{transport}}}", reason.replace(' ', "_"));
        Local::new(status, body, details).flagged(flag).awaited().routed()
    }
}

/// What became of an answer when its time is compared with what there is.
fn in_time(answer: Answer, policy: Option<&Retry>, tries: &mut Tries) -> Result<Answered, Failure> {
    let takes = match &answer {
        Answer::Response(answered) => answered.after,
        Answer::Closed(after) | Answer::Reset(after) => *after,
        Answer::Refused | Answer::Garbled(_) => 0,
    };
    let per_try = policy.and_then(|policy| policy.per_try_timeout).filter(|time| *time > 0);
    let left = (tries.whole > 0).then(|| tries.whole - tries.spent);
    if let Some(left) = left.filter(|left| takes >= *left && per_try.is_none_or(|time| *left <= time)) {
        tries.spent += left;
        return Err(Failure::Timeout);
    }
    if let Some(time) = per_try.filter(|time| takes >= *time) {
        tries.spent += time;
        return Err(Failure::TryTimeout);
    }
    tries.spent += takes;
    match answer {
        Answer::Response(answered) => Ok(answered),
        Answer::Closed(_) | Answer::Reset(_) => Err(Failure::Closed),
        Answer::Refused => Err(Failure::Refused),
        Answer::Garbled(_) => Err(Failure::Garbled),
    }
}

/// Methods whose requests have no body unless one comes (`HeaderUtility::requestShouldHaveNoBody`).
const BODILESS: [&str; 5] = ["GET", "HEAD", "DELETE", "TRACE", "CONNECT"];

/// The request as the upstream gets it.
pub(super) fn sent(exchange: &Exchange<'_>, http2: bool) -> SeenRequest {
    let call = &exchange.call;
    let mut headers = call.headers.clone();
    if http2 {
        headers.retain(|(name, _)| !matches!(name.as_str(), "connection" | "upgrade" | "transfer-encoding"));
    } else if get(&headers, "content-length").is_none() && !exchange.upgrade {
        match exchange.body.is_empty() {
            true if BODILESS.contains(&call.method.as_str()) => {}
            true => set(&mut headers, "content-length", "0"),
            false => set(&mut headers, "transfer-encoding", "chunked"),
        }
    }
    SeenRequest {
        http2,
        method: call.method.clone(),
        path: call.path.clone(),
        authority: call.authority.clone(),
        headers,
        body: exchange.body.clone(),
    }
}

fn tried_text(result: &Result<Answered, Failure>) -> String {
    match result {
        Ok(answered) => format!("the upstream answers {}", answered.status),
        Err(Failure::Connect(why)) => format!("no connection: {}", why.replace('_', " ")),
        Err(Failure::Closed) => "the upstream closes the connection".to_owned(),
        Err(Failure::Refused) => "the upstream refuses the stream".to_owned(),
        Err(Failure::Garbled) => "the upstream's answer is no HTTP".to_owned(),
        Err(Failure::TryTimeout) => "the time for one try is over".to_owned(),
        Err(Failure::Timeout) => "the time for the request is over".to_owned(),
    }
}
