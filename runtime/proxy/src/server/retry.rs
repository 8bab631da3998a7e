//! When a request is tried again: as its route says, and as the client asks for.
use std::time::Duration;

use super::clock::Expired;
use super::forward::Failure;
use super::timeouts::number;
use super::upstream::Started;
use crate::cluster::ConnectFailure;
use crate::config::retry::{RetryOn, RetryPolicy};
use crate::http::Head;

/// First back-off where the route has no policy; the longest is ten of it.
const BASE: Duration = Duration::from_millis(25);

/// When and how often one request is tried again.
#[derive(Debug)]
pub(super) struct Retries<'a> {
    policy: Option<&'a RetryPolicy>,
    on: RetryOn,
    /// How often.
    pub(super) most: u32,
    codes: Vec<u16>,
    headers: Vec<Vec<u8>>,
}

impl<'a> Retries<'a> {
    /// The policy of the route with what the client adds to it; its headers end here. After `RetryStateImpl::create` of
    /// `source/common/router/retry_state_impl.cc`.
    pub(super) fn take(policy: Option<&'a RetryPolicy>, head: &mut Head) -> Option<Self> {
        let mut taken = |name: &[u8]| {
            let value = head.get(name).and_then(|v| String::from_utf8(v.to_vec()).ok());
            head.remove(name);
            value
        };
        let (on, grpc) = (taken(b"x-envoy-retry-on"), taken(b"x-envoy-retry-grpc-on"));
        let most = taken(b"x-envoy-max-retries");
        let codes = taken(b"x-envoy-retriable-status-codes").unwrap_or_default();
        let headers = taken(b"x-envoy-retriable-header-names").unwrap_or_default();
        taken(b"x-envoy-hedge-on-per-try-timeout");
        let asked = on.is_some() || grpc.is_some();
        if !asked && policy.is_none() {
            return None;
        }
        let parse = |list: Option<String>| RetryOn::parse(&list.unwrap_or_default()).0;
        let on = parse(on).http().union(parse(grpc).grpc());
        let allowed =
            policy.is_none_or(|p| p.requests.is_empty() || p.requests.iter().any(|m| m.matches(head)));
        let on =
            if allowed { on.union(policy.map(|p| p.on).unwrap_or_default()) } else { RetryOn::default() };
        let asked = most.and_then(|m| number(m.as_bytes())).filter(|_| on != RetryOn::default());
        let asked = asked.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let split = |list: &str| list.split(',').map(|n| n.trim().to_owned()).collect::<Vec<_>>();
        Some(Self {
            policy,
            on,
            most: asked.unwrap_or(policy.map_or(1, |p| p.retries)),
            codes: split(&codes).iter().filter_map(|code| code.parse().ok()).collect(),
            headers: split(&headers)
                .into_iter()
                .filter(|n| !n.is_empty())
                .map(|n| n.to_ascii_lowercase().into_bytes())
                .collect(),
        })
    }

    /// Whether there should be another attempt after this one.
    pub(super) fn want(&self, result: &Result<Started, Failure>) -> bool {
        match result {
            Ok(started) => self.want_after(&started.head),
            Err(failure) => self.want_after_failure(failure),
        }
    }

    /// The longest wait before a retry, which is the first one of a request with 1.
    pub(super) fn longest_wait(&self, retry: u32) -> Duration {
        let (base, max) = self.policy.map_or((BASE, BASE * 10), |p| (p.base, p.max));
        let factor = 1_u32.checked_shl(retry.saturating_sub(1)).unwrap_or(u32::MAX);
        base.saturating_mul(factor).min(max)
    }

    /// How long upstream asks to wait before another attempt.
    pub(super) fn asked_wait(&self, response: &Head) -> Option<Duration> {
        let policy = self.policy?;
        policy.reset_headers.iter().find_map(|(name, is_time)| {
            let number: u64 = std::str::from_utf8(response.get(name)?).ok()?.trim().parse().ok()?;
            let wait = if *is_time {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
                Duration::from_secs(number).checked_sub(now)?
            } else {
                Duration::from_secs(number)
            };
            (wait <= policy.reset_max).then_some(wait)
        })
    }

    fn want_after_failure(&self, failure: &Failure) -> bool {
        let any = RetryOn::SERVER_ERROR.union(RetryOn::GATEWAY_ERROR).union(RetryOn::RESET);
        match failure {
            Failure::Connect(ConnectFailure::Overflow) | Failure::Body(_) | Failure::Gone => false,
            Failure::Connect(ConnectFailure::Refused(text)) if text.is_empty() => false,
            Failure::Connect(_) => {
                self.on.has(any.union(RetryOn::CONNECT_FAILURE).union(RetryOn::RESET_BEFORE_REQUEST))
            }
            Failure::Refused => self.on.has(any.union(RetryOn::REFUSED_STREAM)),
            Failure::Closed
            | Failure::Reset
            | Failure::Unconnected
            | Failure::Protocol
            | Failure::Expired(Expired::Try | Expired::TryIdle) => self.on.has(any),
            Failure::Expired(_) => false,
        }
    }

    /// Whether there should be another attempt after this response.
    pub(super) fn want_after(&self, response: &Head) -> bool {
        if response.has(b"x-envoy-overloaded") {
            return false;
        }
        if response.has(b"x-envoy-ratelimited") {
            return self.on.has(RetryOn::RATE_LIMITED);
        }
        let status = response.status;
        let grpc = response.get(b"grpc-status").and_then(|s| std::str::from_utf8(s).ok()?.parse::<u8>().ok());
        let grpc = match grpc {
            Some(1) => self.on.has(RetryOn::GRPC_CANCELLED),
            Some(4) => self.on.has(RetryOn::GRPC_DEADLINE),
            Some(8) => self.on.has(RetryOn::GRPC_EXHAUSTED),
            Some(13) => self.on.has(RetryOn::GRPC_INTERNAL),
            Some(14) => self.on.has(RetryOn::GRPC_UNAVAILABLE),
            _ => false,
        };
        grpc || ((500..600).contains(&status) && self.on.has(RetryOn::SERVER_ERROR))
            || ((502..=504).contains(&status) && self.on.has(RetryOn::GATEWAY_ERROR))
            || (status == 409 && self.on.has(RetryOn::RETRIABLE_4XX))
            || (self.on.has(RetryOn::STATUS_CODES)
                && (self.codes.contains(&status) || self.policy.is_some_and(|p| p.codes.contains(&status))))
            || (self.on.has(RetryOn::HEADERS)
                && (self.headers.iter().any(|name| response.has(name))
                    || self.policy.is_some_and(|p| p.headers.iter().any(|m| m.matches(response)))))
    }
}
