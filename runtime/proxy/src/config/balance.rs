//! How a cluster balances load, compiled.
use std::time::Duration;

use crate::json::Value;

use super::value::{Get, Scope};

/// How an endpoint is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Balancer {
    /// In turn, by weight.
    RoundRobin,
    /// The less busy of several random ones; by weight and load when weights differ.
    LeastRequest(u64),
    /// At random; weights have no effect, as in Envoy.
    Random,
    /// Ketama ring.
    RingHash {
        /// Least number of entries.
        least: u64,
        /// Largest number of entries.
        most: u64,
        /// Whether MurmurHash2 hashes the entries instead of xxHash.
        murmur: bool,
    },
    /// Maglev table.
    Maglev {
        /// Number of slots.
        size: u64,
    },
}

impl Balancer {
    /// Whether the hash of a request decides.
    pub(crate) const fn hashes(self) -> bool {
        match self {
            Self::RingHash { .. } | Self::Maglev { .. } => true,
            Self::RoundRobin | Self::LeastRequest(_) | Self::Random => false,
        }
    }
}

/// Load balancing of a cluster.
#[derive(Debug)]
pub(crate) struct Balancing {
    /// How an endpoint is picked.
    pub(crate) policy: Balancer,
    /// Exponent of active requests in weighted least request.
    pub(crate) active_bias: f64,
    /// New endpoints get less at first.
    pub(crate) slow_start: Option<SlowStart>,
    /// Whether consistent hashing hashes host names instead of addresses.
    pub(crate) hostname_hashing: bool,
    /// Whether load is first balanced between localities, by their weights.
    pub(crate) locality_weighted: bool,
    /// Below this share of healthy endpoints, all are used; in percent.
    pub(crate) panic_threshold: f64,
    /// Whether there is no endpoint in panic instead of any.
    pub(crate) fail_on_panic: bool,
    /// 140 means that 71 % healthy endpoints carry all load.
    pub(crate) overprovisioning: u64,
    /// Whether the health of a priority is weighed by its endpoints' weights.
    pub(crate) weighted_health: bool,
    /// Subsets by metadata.
    pub(crate) subset: Option<Subsets>,
}

/// `envoy.config.cluster.v3.Cluster.SlowStartConfig`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlowStart {
    /// How long an endpoint warms up.
    pub(crate) window: Duration,
    /// 1 is linear.
    pub(crate) aggression: f64,
    /// Least share of its weight, in percent.
    pub(crate) min_percent: f64,
}

/// `envoy.config.cluster.v3.Cluster.LbSubsetConfig`.
#[derive(Debug)]
pub(crate) struct Subsets {
    /// Keys that make up subsets.
    pub(crate) selectors: Vec<Selector>,
    /// What happens without a matching subset.
    pub(crate) fallback: Fallback,
    /// The default subset, sorted by key.
    pub(crate) default: Vec<(String, serde_json::Value)>,
}

/// Keys that make up subsets.
#[derive(Debug)]
pub(crate) struct Selector {
    /// The keys, sorted.
    pub(crate) keys: Vec<String>,
    /// Its own fallback.
    pub(crate) fallback: Option<Fallback>,
}

/// What happens when no subset matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// There is no endpoint.
    None,
    /// Any endpoint.
    Any,
    /// An endpoint of the default subset.
    Default,
}

impl Balancing {
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let common = value.get_field("common_lb_config");
        let policy = balancer(value);
        let config = match policy {
            Balancer::LeastRequest(_) => value.get_field("least_request_lb_config"),
            _ => value.get_field("round_robin_lb_config"),
        };
        let assignment = value.get_field("load_assignment").get_field("policy");
        let locality = |holder: Option<&Value>| holder.get_field("locality_weighted_lb_config").is_some();
        Self {
            active_bias: number(config.get_field("active_request_bias").get_field("default_value"), 1.0),
            slow_start: config.get_field("slow_start_config").and_then(SlowStart::new),
            hostname_hashing: common
                .get_field("consistent_hashing_lb_config")
                .flag("use_hostname_for_hashing"),
            locality_weighted: locality(common) || locality(config.get_field("locality_lb_config")),
            panic_threshold: match common.get_field("healthy_panic_threshold") {
                Some(percent) => number(percent.get_field("value"), 0.0),
                None => 50.0,
            },
            fail_on_panic: common.get_field("zone_aware_lb_config").flag("fail_traffic_on_panic"),
            overprovisioning: assignment.int("overprovisioning_factor").unwrap_or(140),
            weighted_health: assignment.flag("weighted_priority_health"),
            subset: value.get_field("lb_subset_config").map(|s| Subsets::new(s, scope)),
            policy,
        }
    }
}

fn number(value: Option<&Value>, default: f64) -> f64 {
    value.and_then(Value::as_f64).unwrap_or(default)
}

fn balancer(value: &Value) -> Balancer {
    match value.text("lb_policy") {
        "LEAST_REQUEST" => Balancer::LeastRequest(
            value.get_field("least_request_lb_config").int("choice_count").unwrap_or(2),
        ),
        "RANDOM" => Balancer::Random,
        "RING_HASH" => {
            let config = value.get_field("ring_hash_lb_config");
            Balancer::RingHash {
                least: config.int("minimum_ring_size").unwrap_or(1024),
                most: config.int("maximum_ring_size").unwrap_or(8 << 20),
                murmur: config.text("hash_function") == "MURMUR_HASH_2",
            }
        }
        "MAGLEV" => {
            let size = value.get_field("maglev_lb_config").int("table_size").unwrap_or(65537);
            Balancer::Maglev { size }
        }
        _ => Balancer::RoundRobin,
    }
}

impl SlowStart {
    fn new(value: &Value) -> Option<Self> {
        let window = value.duration("slow_start_window").filter(|w| !w.is_zero())?;
        let aggression = value.get_field("aggression").get_field("default_value");
        Some(Self {
            window,
            aggression: number(aggression, 1.0).max(f64::MIN_POSITIVE),
            min_percent: number(value.get_field("min_weight_percent").get_field("value"), 10.0),
        })
    }
}

impl Fallback {
    fn new(name: &str) -> Option<Self> {
        match name {
            "NO_FALLBACK" => Some(Self::None),
            "ANY_ENDPOINT" => Some(Self::Any),
            "DEFAULT_SUBSET" => Some(Self::Default),
            _ => None,
        }
    }
}

impl Subsets {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let mut default: Vec<_> =
            value.entries("default_subset").map(|(k, v)| (k.to_owned(), v.to_json())).collect();
        default.sort_by(|a, b| a.0.cmp(&b.0));
        let selector = |item: &Value| {
            let mut keys = item.texts("keys");
            keys.sort();
            Selector { keys, fallback: Fallback::new(item.text("fallback_policy")) }
        };
        let selectors: Vec<_> = value.items("subset_selectors").iter().map(selector).collect();
        if selectors.iter().any(|s| s.keys.is_empty()) {
            scope.field("lb_subset_config").refuse("a subset selector needs keys");
        }
        Self {
            selectors,
            fallback: Fallback::new(value.text("fallback_policy")).unwrap_or(Fallback::None),
            default,
        }
    }
}
