//! The fault filter (`source/extensions/filters/http/fault/fault_filter.cc`).
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::access::info::flag;
use crate::config::fault::{Fault, caller_key};
use crate::load::Runtime;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};
use crate::stats::FilterStats;

/// Faults at a time.
pub(crate) const ACTIVE: &str = "fault.active_faults";
/// Tokens come so often.
const TICK: Duration = Duration::from_millis(50);

/// A fault while it lasts; a request counts as one, whatever is done to it.
#[derive(Debug)]
pub(crate) struct ActiveFault(Arc<FilterStats>);

impl ActiveFault {
    /// One more, unless there are as many as may be.
    fn new(stats: &Arc<FilterStats>, most: Option<u64>) -> Option<Self> {
        if most.is_some_and(|most| stats.level(ACTIVE) >= most) {
            stats.add("fault.faults_overflow");
            return None;
        }
        stats.raise(ACTIVE);
        Some(Self(stats.clone()))
    }
}

impl Drop for ActiveFault {
    fn drop(&mut self) {
        self.0.lower(ACTIVE);
    }
}

/// A response that is sent slowly (`StreamRateLimiter`).
#[derive(Debug)]
pub(crate) struct Throttle {
    /// Bytes of a second; no more are saved up.
    rate: f64,
    left: f64,
    since: Instant,
}

impl Throttle {
    fn new(kib: u64) -> Self {
        let rate = (kib as f64) * 1024.0;
        Self { rate, left: rate * TICK.as_secs_f64(), since: Instant::now() }
    }

    /// How many of `wanted` bytes may go at this time.
    fn take(&mut self, wanted: usize, now: Instant) -> usize {
        let grown = now.saturating_duration_since(self.since).as_secs_f64() * self.rate;
        (self.left, self.since) = ((self.left + grown).min(self.rate), now);
        let taken = wanted.min(self.left as usize);
        self.left -= taken as f64;
        taken
    }
}

impl Exchange<'_> {
    /// Does to a request what the configuration wants.
    pub(super) async fn fault(&mut self, fault: &Fault, name: &str) -> Result<(), Stop> {
        if !self.is_target(fault) {
            return Ok(());
        }
        let global = self.worker.global.clone();
        let runtime = &global.program.runtime;
        let caller = self.head.get(b"x-envoy-downstream-service-cluster");
        let caller = caller.map(|name| String::from_utf8_lossy(name).into_owned());
        let caller = caller.as_deref();
        let most = runtime.number(&fault.keys.most).or(fault.most);
        self.slow_down(fault, runtime, caller, most);
        let mut delayed = false;
        if let Some(time) = self.delay_of(fault, runtime, caller)
            && self.begin_fault(most)
        {
            delayed = true;
            self.info.flag(flag::DELAY_INJECTED);
            self.note_injected(fault, name, ("delays_injected", caller));
            self.unless_gone(tokio::time::sleep(time)).await?;
        }
        let Some((status, grpc)) = self.abort_of(fault, runtime, caller) else {
            if fault.rate.is_none() {
                self.notes.fault = None;
            }
            return Ok(());
        };
        if !self.begin_fault(most) {
            return Ok(());
        }
        self.note_injected(fault, name, ("aborts_injected", caller));
        let body = "fault filter abort".as_bytes();
        let mut reply = Reply::new(status, body, "fault_filter_abort").flagged(flag::FAULT_INJECTED);
        reply.grpc = grpc;
        reply.immediate = !delayed;
        Err(reply.into())
    }

    /// Lets the response be slow.
    fn slow_down(&mut self, fault: &Fault, runtime: &Runtime, caller: Option<&str>, most: Option<u64>) {
        if let Some((rate, share)) = &fault.rate
            && share.includes(&self.head, runtime, caller, self.worker.random())
            && let Some(rate) = rate.of(&self.head)
            && self.begin_fault(most)
        {
            self.hcm.stats().filters.add("fault.response_rl_injected");
            self.notes.throttle = Some(Throttle::new(rate));
        }
    }

    /// Whether a fault speaks of the request at all.
    fn is_target(&self, fault: &Fault) -> bool {
        let node = || self.head.get(b"x-envoy-downstream-service-node").unwrap_or_default();
        fault.cluster.as_ref().is_none_or(|cluster| *cluster == self.info.cluster)
            && (fault.nodes.is_empty() || fault.nodes.iter().any(|known| known.as_bytes() == node()))
            && fault.headers.iter().all(|matcher| matcher.matches(&self.head))
    }

    /// Counts the request among those with faults; false when there are too many.
    fn begin_fault(&mut self, most: Option<u64>) -> bool {
        let hcm = self.hcm;
        if self.notes.fault.is_none() {
            self.notes.fault = ActiveFault::new(&hcm.stats().filters, most);
        }
        self.notes.fault.is_some()
    }

    fn note_injected(&mut self, fault: &Fault, filter: &str, (what, caller): (&str, Option<&str>)) {
        let stats = &self.hcm.stats().filters;
        if let Some(caller) = caller.filter(|caller| fault.by_caller && !caller.is_empty()) {
            stats.add(&format!("fault.{caller}.{what}"));
        }
        stats.add(&format!("fault.{what}"));
        self.info.metadata.insert(filter.to_owned(), fault.metadata.clone());
    }

    fn delay_of(&self, fault: &Fault, runtime: &Runtime, caller: Option<&str>) -> Option<Duration> {
        let (delay, share) = fault.delay.as_ref()?;
        if !share.includes(&self.head, runtime, caller, self.worker.random()) {
            return None;
        }
        let own = delay.of(&self.head)?;
        let by_caller = caller.and_then(|name| runtime.number(&caller_key(name, "delay.fixed_duration_ms")));
        let known = by_caller.or_else(|| runtime.number(&fault.keys.duration));
        let time = known.map_or(Duration::from_millis(own.as_millis() as u64), Duration::from_millis);
        Some(time).filter(|time| !time.is_zero())
    }

    fn abort_of(&self, fault: &Fault, runtime: &Runtime, caller: Option<&str>) -> Option<(u16, Option<u64>)> {
        let (abort, share) = fault.abort.as_ref()?;
        if !share.includes(&self.head, runtime, caller, self.worker.random()) {
            return None;
        }
        let (http, grpc) = abort.of(&self.head)?;
        let known = |name: &str, key: &str| match caller {
            Some(caller) => runtime.number(&caller_key(caller, name)),
            None => runtime.number(key),
        };
        let http = match grpc {
            Some(_) => http,
            None => known("abort.http_status", &fault.keys.http).unwrap_or(http),
        };
        let grpc = grpc.map(|own| known("abort.grpc_status", &fault.keys.grpc).unwrap_or(own));
        Some((u16::try_from(http).ok()?, grpc))
    }

    /// Sends a piece of a response as slowly as it is wanted.
    pub(crate) async fn send_slowly(&mut self, mut data: Bytes, mut throttle: Throttle) -> Result<(), Stop> {
        while !data.is_empty() {
            let part = data.split_to(throttle.take(data.len(), Instant::now()));
            if !part.is_empty() {
                self.sink.data(part).await.map_err(|_| Stop::Gone)?;
            }
            if !data.is_empty() {
                self.sink.flush().await.map_err(|_| Stop::Gone)?;
                self.unless_gone(tokio::time::sleep(TICK)).await?;
            }
        }
        self.notes.throttle = Some(throttle);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_response_has_a_twentieth_of_a_second_at_first_and_never_more_than_a_second() {
        let mut throttle = Throttle::new(1);
        let begin = throttle.since;
        assert_eq!(throttle.take(1000, begin), 51);
        assert_eq!(throttle.take(1000, begin), 0);
        assert_eq!(throttle.take(10_000, begin + Duration::from_millis(500)), 512);
        assert_eq!(throttle.take(10_000, begin + Duration::from_secs(60)), 1024);
        assert_eq!(throttle.take(10, begin + Duration::from_secs(61)), 10);
    }
}
