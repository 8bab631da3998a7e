//! Retry policies.
use std::time::Duration;

use crate::json::Value;

use super::action::matchers;
use super::matcher::HeaderMatcher;
use super::value::{Get, Scope};

macro_rules! conditions {
    ($($name:literal => $constant:ident = $bit:literal),* $(,)?) => {
        /// The conditions of `retry_on`, as bits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(crate) struct RetryOn(u32);

        impl RetryOn {
            $(#[doc = concat!("`", $name, "`")] pub(crate) const $constant: Self = Self(1 << $bit);)*

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$constant),)* _ => None }
            }
        }
    };
}

conditions! {
    "5xx" => SERVER_ERROR = 0,
    "gateway-error" => GATEWAY_ERROR = 1,
    "reset" => RESET = 2,
    "reset-before-request" => RESET_BEFORE_REQUEST = 3,
    "connect-failure" => CONNECT_FAILURE = 4,
    "envoy-ratelimited" => RATE_LIMITED = 5,
    "retriable-4xx" => RETRIABLE_4XX = 6,
    "refused-stream" => REFUSED_STREAM = 7,
    "retriable-status-codes" => STATUS_CODES = 8,
    "retriable-headers" => HEADERS = 9,
    "http3-post-connect-failure" => HTTP3 = 10,
    "cancelled" => GRPC_CANCELLED = 11,
    "deadline-exceeded" => GRPC_DEADLINE = 12,
    "internal" => GRPC_INTERNAL = 13,
    "resource-exhausted" => GRPC_EXHAUSTED = 14,
    "unavailable" => GRPC_UNAVAILABLE = 15,
}

impl RetryOn {
    /// Whether any of these conditions is set.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Reads a comma separated list; the names that are unknown come second.
    pub(crate) fn parse(list: &str) -> (Self, Vec<String>) {
        let mut set = Self::default();
        let mut unknown = Vec::new();
        for name in list.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            match Self::named(name) {
                Some(condition) => set.0 |= condition.0,
                None => unknown.push(name.to_owned()),
            }
        }
        (set, unknown)
    }

    /// Those of `retry_on` that speak of HTTP, and those that speak of gRPC: `x-envoy-retry-on` and `x-envoy-retry-grpc-on` name
    /// one kind each.
    pub(crate) fn http(self) -> Self {
        Self(self.0 & (Self::GRPC_CANCELLED.0 - 1))
    }

    /// See [`Self::http`].
    pub(crate) fn grpc(self) -> Self {
        Self(self.0 & !(Self::GRPC_CANCELLED.0 - 1))
    }

    /// Both sets.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A retry policy.
#[derive(Debug)]
pub(crate) struct RetryPolicy {
    /// When to retry.
    pub(crate) on: RetryOn,
    /// How often.
    pub(crate) retries: u32,
    /// Time for each try; zero is the route's timeout.
    pub(crate) per_try: Duration,
    /// Statuses of `retriable-status-codes`.
    pub(crate) codes: Vec<u16>,
    /// Response headers of `retriable-headers`.
    pub(crate) headers: Vec<HeaderMatcher>,
    /// Requests that may be retried; all when empty.
    pub(crate) requests: Vec<HeaderMatcher>,
    /// First back-off.
    pub(crate) base: Duration,
    /// Longest back-off.
    pub(crate) max: Duration,
    /// Whether hosts that were tried are avoided.
    pub(crate) avoid_previous: bool,
    /// Hosts with this metadata (`envoy.lb`) are avoided.
    pub(crate) avoid_metadata: Vec<(String, serde_json::Value)>,
    /// After how many attempts priorities that were tried are left out (`previous_priorities`).
    pub(crate) priority_frequency: Option<u64>,
    /// Longest silence of one try.
    pub(crate) per_try_idle: Duration,
    /// Response headers that say when to try again; the flag says that they hold a time instead of seconds.
    pub(crate) reset_headers: Vec<(Vec<u8>, bool)>,
    /// Waits that response headers ask for are not honoured beyond this.
    pub(crate) reset_max: Duration,
    /// How often another host is picked to avoid a previous one.
    pub(crate) host_attempts: u64,
}

fn codes(value: &Value) -> Vec<u16> {
    let codes = value.items("retriable_status_codes").iter();
    codes.filter_map(|c| c.as_i64().and_then(|c| u16::try_from(c).ok())).collect()
}

/// Headers that say when to try again; the flag says that they hold a time.
fn reset_headers(value: Option<&Value>) -> Vec<(Vec<u8>, bool)> {
    let headers = value.items("reset_headers").iter();
    let one =
        |h: &Value| (h.text("name").to_ascii_lowercase().into_bytes(), h.text("format") == "UNIX_TIMESTAMP");
    headers.map(one).collect()
}

impl RetryPolicy {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let (on, unknown) = RetryOn::parse(value.text("retry_on"));
        for name in unknown {
            // A status code in the list is Istio's short form of retriable-status-codes; Envoy ignores it.
            if name.parse::<u16>().is_err() {
                scope.field("retry_on").refuse(format!("{name} is not a retry condition"));
            }
        }
        let predicate = |name: &str| {
            let configs =
                value.items("retry_host_predicate").iter().filter_map(|p| p.get_field("typed_config"));
            configs.into_iter().find(|p| p.text("@type").ends_with(name))
        };
        let limited = value.get_field("rate_limited_retry_back_off");
        let back_off = value.get_field("retry_back_off");
        let base = back_off.duration("base_interval").unwrap_or(Duration::from_millis(25));
        Self {
            on,
            retries: u32::try_from(value.int("num_retries").unwrap_or(1)).unwrap_or(u32::MAX),
            per_try: value.duration("per_try_timeout").unwrap_or_default(),
            codes: codes(value),
            headers: matchers(value, "retriable_headers", scope),
            requests: matchers(value, "retriable_request_headers", scope),
            base,
            max: back_off.duration("max_interval").unwrap_or(base * 10),
            avoid_previous: predicate("PreviousHostsPredicate").is_some(),
            avoid_metadata: predicate("OmitHostMetadataConfig")
                .map(|p| super::action::subset(p.get_field("metadata_match")))
                .unwrap_or_default(),
            priority_frequency: value
                .get_field("retry_priority")
                .map(|p| p.get_field("typed_config").int("update_frequency").unwrap_or(1).max(1)),
            per_try_idle: value.duration("per_try_idle_timeout").unwrap_or_default(),
            reset_headers: reset_headers(limited),
            reset_max: limited.duration("max_interval").unwrap_or(Duration::from_secs(300)),
            host_attempts: value.int("host_selection_retry_max_attempts").unwrap_or(1),
        }
    }
}
