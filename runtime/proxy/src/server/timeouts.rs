//! How long a request and its tries may take, and what upstream is told about it.
use std::time::Duration;

use super::clock::Clock;
use crate::config::action::Forward;
use crate::http::Head;

/// The time limits of a request; zero is none. After `FilterUtility::finalTimeout` of `source/common/router/router.cc`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For the whole response.
    pub(super) whole: Duration,
    /// For one try.
    pub(super) per_try: Duration,
    /// Longest silence of one try.
    pub(super) per_try_idle: Duration,
    /// Whether `grpc-timeout` tells them as well.
    grpc: bool,
}

impl Timeouts {
    /// Those of the route, or what the client asks for instead; the headers that ask end here.
    pub(super) fn take(forward: &Forward, head: &mut Head) -> Self {
        let policy = forward.retry.as_ref();
        let grpc = forward.max_grpc_timeout.filter(|_| head.is_grpc());
        let mut whole = match grpc {
            // The limits of a stream replace those of a request.
            _ if forward.limits_streams => Duration::ZERO,
            Some(max) => {
                let asked = grpc_timeout(head).unwrap_or_default();
                if !max.is_zero() && (asked.is_zero() || asked > max) { max } else { asked }
            }
            None => forward.timeout,
        };
        let mut per_try = policy.map(|p| p.per_try).unwrap_or_default();
        for (name, time) in [
            (b"x-envoy-upstream-rq-timeout-ms".as_slice(), &mut whole),
            (b"x-envoy-upstream-rq-per-try-timeout-ms", &mut per_try),
        ] {
            if let Some(asked) = head.get(name).and_then(number) {
                *time = Duration::from_millis(asked);
            }
            head.remove(name);
        }
        if !whole.is_zero() && per_try >= whole {
            per_try = Duration::ZERO;
        }
        let per_try_idle = policy.map(|p| p.per_try_idle).unwrap_or_default();
        Self { whole, per_try, per_try_idle, grpc: grpc.is_some() && !forward.limits_streams }
    }

    /// Tells upstream how long it has: one try, or what is left of the whole (`FilterUtility::setTimeoutHeaders`).
    pub(super) fn tell(&self, clock: &Clock, quiet: bool, head: &mut Head) {
        let mut expected = if self.per_try.is_zero() { self.whole } else { self.per_try };
        if expected.is_zero() {
            return;
        }
        if !self.whole.is_zero() {
            let left = clock.route.map(|at| at.saturating_duration_since(std::time::Instant::now()));
            expected = expected.min(left.unwrap_or(self.whole));
        }
        // What has begun of a millisecond counts; zero would be no limit.
        let millis = expected.as_micros().div_ceil(1000).max(1);
        if !quiet {
            head.set(b"x-envoy-expected-rq-timeout-ms", millis.to_string().as_bytes());
        }
        if self.grpc {
            let millis = u64::try_from(millis).unwrap_or(u64::MAX);
            head.set(b"grpc-timeout", spelled_timeout(Duration::from_millis(millis)).as_bytes());
        }
    }
}

/// A number as `absl::SimpleAtoi` reads it: a sign and spaces around it may be there.
pub(crate) fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// A time as `grpc-timeout` spells it: the finest unit, from milliseconds, that needs at most eight digits.
pub(super) fn spelled_timeout(time: Duration) -> String {
    let (millis, seconds) = (time.as_millis(), time.as_secs());
    match () {
        () if millis < 100_000_000 => format!("{millis}m"),
        () if seconds < 100_000_000 => format!("{seconds}S"),
        () if seconds / 60 < 100_000_000 => format!("{}M", seconds / 60),
        () => format!("{}H", (seconds / 3600).min(99_999_999)),
    }
}

/// `grpc-timeout`: digits and a unit.
pub(super) fn grpc_timeout(head: &Head) -> Option<Duration> {
    let value = std::str::from_utf8(head.get(b"grpc-timeout")?).ok()?;
    let unit = value.chars().last()?;
    let digits = value.strip_suffix(unit)?.trim();
    // gRPC allows eight digits; Envoy lets a sign and spaces pass.
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        'H' => Some(Duration::from_secs(number.checked_mul(3600)?)),
        'M' => Some(Duration::from_secs(number.checked_mul(60)?)),
        'S' => Some(Duration::from_secs(number)),
        'm' => Some(Duration::from_millis(number)),
        'u' => Some(Duration::from_micros(number)),
        'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}
