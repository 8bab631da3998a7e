//! Outlier detection, compiled.
use std::time::Duration;

use crate::json::Value;

use super::value::Get;

/// Consecutive errors of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streak {
    /// How many of them.
    pub(crate) threshold: u64,
    /// The share of detections that eject, in percent.
    pub(crate) enforcing: u64,
}

/// Ejection by comparing hosts at each interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    /// Least number of hosts with enough requests.
    pub(crate) hosts: u64,
    /// Requests of an interval that make a host count.
    pub(crate) volume: u64,
    /// The share of detections that eject, in percent.
    pub(crate) enforcing: u64,
}

/// `envoy.config.cluster.v3.OutlierDetection`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlier {
    /// Consecutive 5xx.
    pub(crate) server_errors: Streak,
    /// Consecutive 502, 503, 504.
    pub(crate) gateway_errors: Streak,
    /// Consecutive failures to connect; only when they are counted apart.
    pub(crate) local_errors: Streak,
    /// How often hosts are compared and ejected ones are looked at.
    pub(crate) interval: Duration,
    /// First ejection time.
    pub(crate) base: Duration,
    /// Longest ejection time.
    pub(crate) max: Duration,
    /// Random addition to ejection times.
    pub(crate) jitter: Duration,
    /// Percentage of hosts that may be ejected.
    pub(crate) max_percent: u64,
    /// Whether one host may be ejected whatever that percentage.
    pub(crate) always_one: bool,
    /// Whether local errors are counted apart.
    pub(crate) split: bool,
    /// Ejection of hosts far below the mean success rate.
    pub(crate) success_rate: Comparison,
    /// The same for local origin.
    pub(crate) local_success_rate: Comparison,
    /// How many standard deviations are far; 1900 is 1.9.
    pub(crate) deviation: u64,
    /// Ejection of hosts with many failures.
    pub(crate) failures: Comparison,
    /// The same for local origin.
    pub(crate) local_failures: Comparison,
    /// How many failures are many, in percent.
    pub(crate) failure_percentage: u64,
    /// Whether a host that passes an active health check comes back at once.
    pub(crate) back_when_healthy: bool,
}

impl Outlier {
    pub(super) fn new(value: &Value) -> Self {
        let int = |name: &str, default: u64| value.int(name).unwrap_or(default);
        let streak = |count: &str, enforcing: &str, share: u64| Streak {
            threshold: int(count, 5),
            enforcing: int(enforcing, share),
        };
        let compare = |what: &str, volume: u64, enforcing: &str, share: u64| Comparison {
            hosts: int(&format!("{what}_minimum_hosts"), 5),
            volume: int(&format!("{what}_request_volume"), volume),
            enforcing: int(enforcing, share),
        };
        let base = value.duration("base_ejection_time").unwrap_or(Duration::from_secs(30));
        Self {
            server_errors: streak("consecutive_5xx", "enforcing_consecutive_5xx", 100),
            gateway_errors: streak("consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", 0),
            local_errors: streak(
                "consecutive_local_origin_failure",
                "enforcing_consecutive_local_origin_failure",
                100,
            ),
            interval: value.duration("interval").unwrap_or(Duration::from_secs(10)),
            base,
            max: value.duration("max_ejection_time").unwrap_or(Duration::from_secs(300)).max(base),
            jitter: value.duration("max_ejection_time_jitter").unwrap_or_default(),
            max_percent: int("max_ejection_percent", 10),
            always_one: value.flag("always_eject_one_host"),
            split: value.flag("split_external_local_origin_errors"),
            success_rate: compare("success_rate", 100, "enforcing_success_rate", 100),
            local_success_rate: compare("success_rate", 100, "enforcing_local_origin_success_rate", 100),
            deviation: int("success_rate_stdev_factor", 1900),
            failures: compare("failure_percentage", 50, "enforcing_failure_percentage", 0),
            local_failures: compare("failure_percentage", 50, "enforcing_failure_percentage_local_origin", 0),
            failure_percentage: int("failure_percentage_threshold", 85),
            back_when_healthy: value.opt_flag("successful_active_health_check_uneject_host").unwrap_or(true),
        }
    }
}
