//! The local rate limit filter, compiled: token buckets.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::json::Value;

use super::action::Fraction;
use super::filter::status_code;
use super::header_ops::HeaderOps;
use super::rate_limit::{Descriptor, RateLimitActions};
use super::value::{Get, Scope};

/// `envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit`.
#[derive(Debug)]
pub(crate) struct LocalLimit {
    /// The buckets of the whole process.
    pub(crate) buckets: Arc<Buckets>,
    /// Whether each connection has buckets of its own.
    pub(crate) per_connection: bool,
    /// Its name in statistics.
    pub(crate) stat_prefix: String,
    /// The status of a limited request.
    pub(crate) status: u16,
    /// The share of requests that take tokens.
    pub(crate) enabled: Fraction,
    /// The share of limited requests that are refused.
    pub(crate) enforced: Fraction,
    /// Headers of the refusal.
    pub(crate) response: HeaderOps,
    /// Headers of a limited request that is let through.
    pub(crate) not_enforced: HeaderOps,
    /// Rate limit actions of this stage are looked at.
    pub(crate) stage: u64,
    /// Its own actions, instead of those of routes.
    pub(crate) actions: Vec<RateLimitActions>,
    /// Whether actions of the virtual host apply: always, never, or only without any of the route.
    pub(crate) host_actions: HostActions,
    /// Whether responses tell limits.
    pub(crate) tells: bool,
    /// Whether gRPC requests are refused with RESOURCE_EXHAUSTED.
    pub(crate) exhausted: bool,
}

/// When rate limit actions of the virtual host apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostActions {
    /// When the route has none.
    Override,
    /// Always.
    Include,
    /// Never.
    Ignore,
}

/// The buckets of a filter.
#[derive(Debug)]
pub(crate) struct Buckets {
    default: Option<Bucket>,
    always_default: bool,
    descriptors: Vec<(Descriptor, Bucket)>,
    /// Buckets of descriptors with wildcards, by value.
    dynamic: Mutex<BTreeMap<String, Arc<Bucket>>>,
    max_dynamic: usize,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whether there were tokens.
    pub(crate) allowed: bool,
    /// The bucket's size, what is left, and seconds until there is a token.
    pub(crate) state: Option<(u64, u64, u64)>,
}

/// A bucket that fills continuously, after `source/common/common/token_bucket_impl.cc`, AtomicTokenBucketImpl.
#[derive(Debug)]
pub(crate) struct Bucket {
    capacity: f64,
    /// Tokens per second.
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl LocalLimit {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let share = |name| value.get_field(name).map_or(Fraction::new(&Value::Null), Fraction::runtime);
        Self {
            buckets: Arc::new(Buckets::new(value)),
            per_connection: value.flag("local_rate_limit_per_downstream_connection"),
            stat_prefix: value.text("stat_prefix").to_owned(),
            status: status_code(value.get_field("status"), 429, scope),
            enabled: share("filter_enabled"),
            enforced: share("filter_enforced"),
            response: HeaderOps::added(value, "response_headers_to_add", scope),
            not_enforced: HeaderOps::added(value, "request_headers_to_add_when_not_enforced", scope),
            stage: value.int("stage").unwrap_or(0),
            actions: RateLimitActions::list(value, scope),
            host_actions: host_actions(value.text("vh_rate_limits")),
            tells: value.text("enable_x_ratelimit_headers") == "DRAFT_VERSION_03",
            exhausted: value.flag("rate_limited_as_resource_exhausted"),
        }
    }
}

/// Reads `VhRateLimitsOptions`.
pub(super) fn host_actions(name: &str) -> HostActions {
    match name {
        "INCLUDE" => HostActions::Include,
        "IGNORE" => HostActions::Ignore,
        _ => HostActions::Override,
    }
}

impl Buckets {
    fn new(value: &Value) -> Self {
        let descriptor = |item: &Value| {
            let entries = item.items("entries").iter();
            let entries = entries.map(|e| (e.text("key").to_owned(), e.text("value").to_owned())).collect();
            item.get_field("token_bucket").map(|bucket| (entries, Bucket::new(bucket)))
        };
        Self {
            default: value.get_field("token_bucket").map(Bucket::new),
            always_default: value.opt_flag("always_consume_default_token_bucket").unwrap_or(true),
            descriptors: value.items("descriptors").iter().filter_map(descriptor).collect(),
            dynamic: Mutex::default(),
            max_dynamic: value.int("max_dynamic_descriptors").map_or(20, |m| m as usize),
        }
    }

    /// The same buckets, full.
    pub(crate) fn fresh(&self) -> Self {
        Self {
            default: self.default.as_ref().map(Bucket::fresh),
            always_default: self.always_default,
            descriptors: self.descriptors.iter().map(|(d, b)| (d.clone(), b.fresh())).collect(),
            dynamic: Mutex::default(),
            max_dynamic: self.max_dynamic,
        }
    }

    /// Takes a token of every bucket that the descriptors of a request match, the slowest first, then of the default.
    pub(crate) fn take(&self, descriptors: &[Descriptor]) -> Taken {
        let mut found: Vec<(f64, Found<'_>)> = Vec::new();
        for wanted in descriptors {
            for (pattern, bucket) in self.descriptors.iter().filter(|(p, _)| fits(p, wanted)) {
                if pattern.iter().all(|(_, value)| !value.is_empty()) {
                    found.push((bucket.rate, Found::Fixed(bucket)));
                } else if let Some(own) = self.dynamic(wanted, bucket) {
                    found.push((bucket.rate, Found::Own(own)));
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut least: Option<(u64, u64, u64)> = None;
        for (_, bucket) in &found {
            let taken = bucket.get().take();
            if !taken.allowed {
                return taken;
            }
            least = least.into_iter().chain(taken.state).min_by_key(|s| s.1);
        }
        match &self.default {
            Some(bucket) if found.is_empty() || self.always_default => {
                let taken = bucket.take();
                let least = least.into_iter().chain(taken.state).min_by_key(|s| s.1);
                Taken { state: if taken.allowed { least } else { taken.state }, ..taken }
            }
            _ => Taken { allowed: true, state: least },
        }
    }

    fn dynamic(&self, wanted: &Descriptor, pattern: &Bucket) -> Option<Arc<Bucket>> {
        let key = wanted.iter().map(|(k, v)| format!("{k}={v};")).collect::<String>();
        let mut dynamic = self.dynamic.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = dynamic.get(&key) {
            return Some(known.clone());
        }
        if dynamic.len() >= self.max_dynamic {
            let first = dynamic.keys().next().cloned()?;
            dynamic.remove(&first);
        }
        Some(dynamic.entry(key).or_insert_with(|| Arc::new(pattern.fresh())).clone())
    }
}

enum Found<'b> {
    Fixed(&'b Bucket),
    Own(Arc<Bucket>),
}

impl Found<'_> {
    fn get(&self) -> &Bucket {
        match self {
            Self::Fixed(bucket) => bucket,
            Self::Own(bucket) => bucket,
        }
    }
}

/// Whether a descriptor has the keys of a pattern, and its values where those are not empty.
fn fits(pattern: &Descriptor, wanted: &Descriptor) -> bool {
    pattern.len() == wanted.len()
        && pattern.iter().zip(wanted).all(|((k, v), (key, value))| k == key && (v.is_empty() || v == value))
}

impl Bucket {
    /// Reads `envoy.type.v3.TokenBucket`.
    pub(super) fn new(value: &Value) -> Self {
        let capacity = value.int("max_tokens").unwrap_or(0) as f64;
        let interval = value.duration("fill_interval").unwrap_or(Duration::from_secs(1));
        let per_fill = value.int("tokens_per_fill").unwrap_or(1) as f64;
        Self {
            capacity,
            rate: per_fill / interval.as_secs_f64().max(0.001),
            state: Mutex::new((capacity, Instant::now())),
        }
    }

    fn fresh(&self) -> Self {
        let state = Mutex::new((self.capacity, Instant::now()));
        Self { capacity: self.capacity, rate: self.rate, state }
    }

    /// Takes a token.
    pub(crate) fn take(&self) -> Taken {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (tokens, filled) = &mut *state;
        *tokens = (*tokens + now.duration_since(*filled).as_secs_f64() * self.rate).min(self.capacity);
        *filled = now;
        let allowed = *tokens >= 1.0;
        if allowed {
            *tokens -= 1.0;
        }
        let next = if *tokens >= 1.0 { 0.0 } else { ((1.0 - *tokens) / self.rate).ceil() };
        Taken { allowed, state: Some((self.capacity as u64, tokens.floor() as u64, next as u64)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> Buckets {
        Buckets::new(&Value::from(&serde_json::json!({
            "token_bucket": {"max_tokens": 10, "fill_interval": "1000s"},
            "descriptors": [
                {"entries": [{"key": "a", "value": "1"}], "token_bucket": {"max_tokens": 1, "fill_interval": "1000s"}},
                {"entries": [{"key": "user"}], "token_bucket": {"max_tokens": 1, "fill_interval": "1000s"}}]})))
    }

    #[test]
    fn descriptors_have_buckets_of_their_own() {
        let buckets = buckets();
        let d = |key: &str, value: &str| vec![vec![(key.to_owned(), value.to_owned())]];
        assert!(buckets.take(&d("a", "1")).allowed);
        assert!(!buckets.take(&d("a", "1")).allowed);
        assert!(buckets.take(&d("a", "2")).allowed, "another value has only the default bucket");
        assert!(buckets.take(&d("user", "x")).allowed && buckets.take(&d("user", "y")).allowed);
        assert!(!buckets.take(&d("user", "x")).allowed, "each user has a bucket");
        assert!(buckets.fresh().take(&d("a", "1")).allowed);
        // Seven requests are left in the default bucket: ten, minus those that went through.
        assert_eq!(buckets.take(&[]).state.map(|s| s.1), Some(5));
    }
}
