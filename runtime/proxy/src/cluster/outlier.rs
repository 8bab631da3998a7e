//! Outlier detection, after `source/common/upstream/outlier_detection_impl.cc`.
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::shared::{Host, Shared};
use crate::config::outlier::{Comparison, Outlier, Streak};
use crate::stats::{FilterStats, add};

/// How a request to a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With this status.
    Status(u16),
    /// Without a response.
    Local,
}

/// What is known of a host's failures.
#[derive(Debug, Default)]
pub(crate) struct Ejection {
    server_errors: u64,
    gateway_errors: u64,
    local_errors: u64,
    times: u32,
    /// Answers of this interval: all, and those that were no server errors.
    answers: (u64, u64),
    /// The same for making connections and streams.
    local: (u64, u64),
    /// The rate of the last interval, in percent.
    pub(crate) success_rate: Option<f64>,
}

/// Names of the statistics that are always listed.
const NAMES: &[&str] = &[
    "ejections_consecutive_5xx",
    "ejections_detected_consecutive_5xx",
    "ejections_detected_consecutive_gateway_failure",
    "ejections_detected_consecutive_local_origin_failure",
    "ejections_detected_degradation",
    "ejections_detected_failure_percentage",
    "ejections_detected_local_origin_failure_percentage",
    "ejections_detected_local_origin_success_rate",
    "ejections_detected_success_rate",
    "ejections_enforced_consecutive_5xx",
    "ejections_enforced_consecutive_gateway_failure",
    "ejections_enforced_consecutive_local_origin_failure",
    "ejections_enforced_failure_percentage",
    "ejections_enforced_local_origin_failure_percentage",
    "ejections_enforced_local_origin_success_rate",
    "ejections_enforced_success_rate",
    "ejections_enforced_total",
    "ejections_overflow",
    "ejections_success_rate",
    "ejections_total",
];

/// Counters of a cluster with outlier detection.
pub(super) fn statistics() -> FilterStats {
    let stats = FilterStats::default();
    NAMES.iter().for_each(|name| stats.declare(name));
    stats
}

impl Shared {
    /// Records how a request to a host ended and ejects the host when it fails too often in a row.
    pub(crate) fn record(&self, host: &Host, outcome: Outcome) {
        let failed = outcome == Outcome::Local || matches!(outcome, Outcome::Status(500..600));
        add(if failed { &host.counters.errors } else { &host.counters.successes }, 1);
        let Some(outlier) = self.outlier else { return };
        let local = outcome == Outcome::Local;
        let gateway = local || matches!(outcome, Outcome::Status(502..=504));
        let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hits: Vec<(&str, Streak)> = Vec::new();
        let mut streak = |counter: &mut u64, hit: bool, name, streak: Streak| {
            *counter = if hit { *counter + 1 } else { 0 };
            if hit && *counter == streak.threshold {
                hits.push((name, streak));
            }
        };
        state.local.0 += 1;
        state.local.1 += u64::from(!local);
        let state = &mut *state;
        if outlier.split && local {
            streak(&mut state.local_errors, true, "consecutive_local_origin_failure", outlier.local_errors);
        } else {
            state.local_errors = 0;
            state.answers.0 += 1;
            state.answers.1 += u64::from(!failed);
            streak(&mut state.gateway_errors, gateway, "consecutive_gateway_failure", outlier.gateway_errors);
            streak(&mut state.server_errors, failed, "consecutive_5xx", outlier.server_errors);
        }
        for (name, streak) in hits {
            if !host.is_ejected() {
                self.detected(host, state, outlier, name, streak.enforcing);
            }
            match name {
                "consecutive_5xx" => state.server_errors = 0,
                "consecutive_gateway_failure" => state.gateway_errors = 0,
                _ => state.local_errors = 0,
            }
        }
    }

    fn detected(&self, host: &Host, state: &mut Ejection, outlier: Outlier, name: &str, enforcing: u64) {
        let Some(stats) = &self.outlier_stats else { return };
        stats.add(&format!("ejections_detected_{name}"));
        if matches!(name, "consecutive_5xx" | "success_rate") {
            stats.add(&format!("ejections_{name}"));
        }
        let hosts = self.hosts.load();
        let ejected = hosts.iter().filter(|h| h.is_ejected()).count() as u64;
        // After ejecting it, the share of ejected hosts must not be above the limit.
        let within = (ejected + 1) * 100 <= outlier.max_percent.min(100) * hosts.len() as u64;
        if !(within || outlier.always_one && ejected == 0) {
            stats.add("ejections_overflow");
            return;
        }
        if matches!(name, "consecutive_5xx" | "success_rate") {
            stats.add("ejections_total");
        }
        if self.random() % 100 >= enforcing {
            return;
        }
        stats.add("ejections_enforced_total");
        stats.add(&format!("ejections_enforced_{name}"));
        if outlier.base.saturating_mul(state.times) < outlier.max + outlier.base {
            state.times += 1;
        }
        let jitter = match outlier.jitter.as_millis() as u64 {
            0 => 0,
            most => self.random() % (most + 1),
        };
        let time = outlier.base.saturating_mul(state.times).min(outlier.max) + Duration::from_millis(jitter);
        let until = (self.start.elapsed() + time).as_millis() as u64;
        host.ejected_until.store(until.max(1), Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Once per detection interval: lets ejected hosts back whose time is over, and compares hosts with each other.
    pub(crate) fn look_at_hosts(&self) {
        let Some(outlier) = self.outlier else { return };
        let now = self.start.elapsed().as_millis() as u64;
        if now < self.next_look.load(Ordering::Relaxed) {
            return;
        }
        self.next_look.store(now + outlier.interval.as_millis().max(1) as u64, Ordering::Relaxed);
        let hosts = self.hosts.load();
        for host in hosts.iter() {
            let until = host.ejected_until.load(Ordering::Relaxed);
            if until == 0 {
                let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
                state.times = state.times.saturating_sub(1);
            } else if until <= now {
                self.uneject(host);
            }
        }
        self.compare(outlier, "", |state| std::mem::take(&mut state.answers));
        self.compare(outlier, "local_origin_", |state| std::mem::take(&mut state.local));
    }

    /// Lets a host back.
    pub(crate) fn uneject(&self, host: &Host) {
        if host.ejected_until.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
        (state.server_errors, state.gateway_errors, state.local_errors) = (0, 0, 0);
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Ejects hosts whose success rate is far below the others', or that fail too often.
    fn compare(&self, outlier: Outlier, kind: &str, take: fn(&mut Ejection) -> (u64, u64)) {
        let own = kind.is_empty();
        let hosts = self.hosts.load();
        let rates = rates(&hosts, outlier, own, take);
        if !own && !outlier.split {
            return;
        }
        let (success, failures) = if own {
            (outlier.success_rate, outlier.failures)
        } else {
            (outlier.local_success_rate, outlier.local_failures)
        };
        let enough = |rule: Comparison| {
            let valid: Vec<_> = rates.iter().filter(|(_, all, _)| *all >= rule.volume).collect();
            (hosts.len() as u64 >= rule.hosts && !valid.is_empty() && valid.len() as u64 >= rule.hosts)
                .then_some(valid)
        };
        let eject = |host: &Host, name: &str, enforcing: u64| {
            let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
            self.detected(host, &mut state, outlier, &format!("{kind}{name}"), enforcing);
        };
        if let Some(valid) = enough(success) {
            let (mean, threshold) = threshold(valid.iter().map(|(_, _, rate)| *rate), outlier.deviation);
            if own {
                *self.rates.lock().unwrap_or_else(PoisonError::into_inner) = Some((mean, threshold));
            }
            for (host, ..) in valid.iter().filter(|(_, _, rate)| *rate < threshold) {
                eject(host, "success_rate", success.enforcing);
            }
        }
        for (host, ..) in enough(failures)
            .into_iter()
            .flatten()
            .filter(|(_, _, rate)| 100.0 - *rate >= outlier.failure_percentage as f64)
        {
            if !host.is_ejected() {
                eject(host, "failure_percentage", failures.enforcing);
            }
        }
    }
}

/// The hosts that had requests and are not ejected, with the number of requests and the success rate in percent.
fn rates(
    hosts: &[Arc<Host>],
    outlier: Outlier,
    own: bool,
    take: fn(&mut Ejection) -> (u64, u64),
) -> Vec<(&Arc<Host>, u64, f64)> {
    let mut rates = Vec::new();
    for host in hosts {
        let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, good) = take(&mut state);
        let rate = (all > 0).then(|| good as f64 * 100.0 / all as f64);
        if own {
            state.success_rate = rate.filter(|_| all >= outlier.success_rate.volume);
        }
        if let Some(rate) = rate.filter(|_| !host.is_ejected()) {
            rates.push((host, all, rate));
        }
    }
    rates
}

/// The mean, and the mean minus some standard deviations.
fn threshold(rates: impl ExactSizeIterator<Item = f64> + Clone, deviation: u64) -> (f64, f64) {
    let count = rates.len().max(1) as f64;
    let mean = rates.clone().sum::<f64>() / count;
    let variance = rates.map(|rate| (rate - mean).powi(2)).sum::<f64>() / count;
    (mean, mean - variance.sqrt() * deviation as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::threshold;

    #[test]
    fn the_threshold_of_the_documentation() {
        let rates = [100.0, 100.0, 100.0, 100.0, 50.0];
        let (_, found) = threshold(rates.iter().copied(), 1900);
        assert!((found - 52.0).abs() < 0.1, "{found}");
    }
}
