//! What all workers know about a cluster: its hosts, breakers and counters.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;

use super::outlier::{Ejection, statistics};
use crate::config::cluster::Cluster;
use crate::config::endpoint::{Endpoint, Health, Target};
use crate::config::outlier::Outlier;
use crate::net::address::Address;
use crate::net::io::Tally;
use crate::stats::{ClusterStats, Count, FilterStats, Histogram, Statuses, add};

/// An endpoint with its address and health.
#[derive(Debug)]
pub(crate) struct Host {
    /// Where it is.
    pub(crate) address: Address,
    /// Its settings.
    pub(crate) endpoint: Endpoint,
    /// Requests in flight.
    pub(crate) active: AtomicU64,
    /// Counters for the admin interface.
    pub(crate) counters: HostCounters,
    /// Whether it fails active health checks.
    pub(crate) failed_check: AtomicBool,
    pub(super) ejection: Mutex<Ejection>,
    pub(super) ejected_until: AtomicU64,
    pub(super) created: Instant,
    healthy: Mutex<Option<Instant>>,
}

/// Counters of a host.
#[derive(Debug, Default)]
pub(crate) struct HostCounters {
    /// Connections tried.
    pub(crate) connections: AtomicU64,
    /// Connections now.
    pub(crate) connected: AtomicU64,
    /// Connections that failed.
    pub(crate) connect_failures: AtomicU64,
    /// Requests.
    pub(crate) requests: AtomicU64,
    /// Requests that wait for a connection.
    pub(crate) waiting: AtomicU64,
    /// Requests that took too long.
    pub(crate) timeouts: AtomicU64,
    /// Responses below 500.
    pub(crate) successes: AtomicU64,
    /// Responses from 500, and failures.
    pub(crate) errors: AtomicU64,
}

/// A cluster as all workers share it.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Hosts; replaced when names resolve anew.
    pub(crate) hosts: ArcSwap<Vec<Arc<Host>>>,
    breakers: [Breakers; 2],
    /// Counts changes of health, so that workers know when to look again.
    pub(crate) epoch: AtomicU64,
    pub(super) counters: OnceLock<Box<Counters>>,
    pub(super) next_look: AtomicU64,
    pub(super) start: Instant,
    pub(super) outlier: Option<Outlier>,
    /// Statistics of outlier detection.
    pub(super) outlier_stats: Option<FilterStats>,
    /// Statistics of active health checks.
    pub(crate) health_stats: Option<FilterStats>,
    /// Statistics of gRPC calls, made when first used.
    pub(super) grpc: OnceLock<Box<FilterStats>>,
    /// Mean and threshold of success rates in the last interval.
    pub(super) rates: Mutex<Option<(f64, f64)>>,
    /// How often hosts came or went.
    pub(crate) changes: AtomicU64,
    random: AtomicU64,
}

/// The success rates of a cluster's hosts in the last interval, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SuccessRates {
    /// Their mean.
    pub(crate) average: Option<f64>,
    /// Below this hosts are ejected.
    pub(crate) threshold: Option<f64>,
}

/// What the breakers of one priority count.
#[derive(Debug, Default)]
struct Breakers {
    connections: AtomicU64,
    pending: AtomicU64,
    requests: AtomicU64,
    retries: AtomicU64,
}

/// Counters of a cluster, made when first used.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Those with fixed names.
    pub(crate) stats: ClusterStats,
    /// Responses to external and to internal requests.
    pub(super) statuses: [Statuses; 2],
    /// How long they took, in milliseconds.
    pub(super) times: [Histogram; 2],
    /// Responses that were tried again.
    pub(super) retried: Statuses,
}

/// One unit of a breaker; gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    which: Breaker,
    high: bool,
}

/// The breakers of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// Connections.
    Connections,
    /// Requests that wait for a connection.
    Pending,
    /// Requests.
    Requests,
    /// Retries.
    Retries,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.breaker(self.which, self.high).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tally for Shared {
    fn received(&self, bytes: u64) {
        add(&self.counters().stats.upstream_cx_rx_bytes_total, bytes);
    }

    fn sent(&self, bytes: u64) {
        add(&self.counters().stats.upstream_cx_tx_bytes_total, bytes);
    }
}

impl Shared {
    /// A cluster with the endpoints that have addresses; `since` is when its hosts came to be.
    pub(crate) fn new(cluster: &Cluster, since: Instant) -> Arc<Self> {
        let hosts = cluster.endpoints.iter().filter_map(|endpoint| match &endpoint.target {
            Target::Address(address) => {
                let host = Host { created: since, ..Host::new(address.clone(), endpoint.clone()) };
                // A host is not used before it has passed its first check.
                host.failed_check.store(!cluster.checks.is_empty(), Ordering::Relaxed);
                Some(Arc::new(host))
            }
            Target::Name(..) => None,
        });
        let hosts: Vec<_> = hosts.collect();
        let some = !hosts.is_empty();
        Arc::new(Self {
            hosts: ArcSwap::from_pointee(hosts),
            breakers: Default::default(),
            epoch: AtomicU64::new(0),
            counters: OnceLock::new(),
            next_look: AtomicU64::new(0),
            start: Instant::now(),
            outlier: cluster.outlier,
            outlier_stats: cluster.outlier.map(|_| statistics()),
            health_stats: (!cluster.checks.is_empty()).then(super::health::statistics),
            grpc: OnceLock::new(),
            rates: Mutex::new(None),
            changes: AtomicU64::new(u64::from(some)),
            random: AtomicU64::new(0x9E37_79B9_7F4A_7C15),
        })
    }

    /// The counters, made when first asked for.
    pub(crate) fn counters(&self) -> &Counters {
        self.counters.get_or_init(|| {
            Box::new(Counters {
                stats: ClusterStats::default(),
                statuses: Default::default(),
                times: Default::default(),
                retried: Statuses::default(),
            })
        })
    }

    /// Success rates, of a cluster with outlier detection.
    pub(crate) fn success_rates(&self) -> Option<SuccessRates> {
        self.outlier?;
        let rates = *self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        Some(SuccessRates { average: rates.map(|(mean, _)| mean), threshold: rates.map(|(_, least)| least) })
    }

    /// Statistics of gRPC calls.
    pub(crate) fn grpc(&self) -> &FilterStats {
        self.grpc.get_or_init(Box::default)
    }

    /// Counts one up.
    pub(crate) fn count(&self, which: fn(&ClusterStats) -> &Count) {
        which(&self.counters().stats).fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a response.
    pub(crate) fn count_status(&self, status: u16, internal: bool) {
        self.count(|c| &c.upstream_rq_completed);
        let [external, own] = &self.counters().statuses;
        if internal { own } else { external }.add(status);
    }

    /// Counts a response that is tried again.
    pub(crate) fn count_retried(&self, status: u16) {
        self.counters().retried.add(status);
    }

    /// Notes how long a response took, in milliseconds since the request was complete.
    pub(crate) fn count_time(&self, milliseconds: u64, internal: bool) {
        let [external, own] = &self.counters().times;
        if internal { own } else { external }.record(milliseconds);
    }

    /// Units of a breaker in use.
    pub(crate) fn in_use(&self, which: Breaker, high: bool) -> u64 {
        self.breaker(which, high).load(Ordering::Relaxed)
    }

    fn breaker(&self, which: Breaker, high: bool) -> &AtomicU64 {
        let [default, other] = &self.breakers;
        let set = if high { other } else { default };
        match which {
            Breaker::Connections => &set.connections,
            Breaker::Pending => &set.pending,
            Breaker::Requests => &set.requests,
            Breaker::Retries => &set.retries,
        }
    }

    /// Takes a unit unless `limit` units are taken.
    pub(crate) fn take(self: &Arc<Self>, which: Breaker, high: bool, limit: u64) -> Option<Permit> {
        let update = |now: u64| (now < limit).then_some(now + 1);
        self.breaker(which, high).fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).ok()?;
        Some(Permit { shared: self.clone(), which, high })
    }

    /// A number that nobody can foresee well enough to matter (splitmix64).
    pub(super) fn random(&self) -> u64 {
        let next = self.random.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) ^ (mixed >> 31)
    }
}

impl Host {
    /// A host that nobody has used.
    pub(crate) fn new(address: Address, endpoint: Endpoint) -> Self {
        Self {
            address,
            endpoint,
            active: AtomicU64::new(0),
            counters: HostCounters::default(),
            failed_check: AtomicBool::new(false),
            ejection: Mutex::new(Ejection::default()),
            ejected_until: AtomicU64::new(0),
            created: Instant::now(),
            healthy: Mutex::new(None),
        }
    }

    /// Whether outlier detection has taken it out.
    pub(crate) fn is_ejected(&self) -> bool {
        self.ejected_until.load(Ordering::Relaxed) != 0
    }

    fn is_available(&self) -> bool {
        !self.is_ejected() && !self.failed_check.load(Ordering::Relaxed)
    }

    /// Whether it may be used.
    pub(crate) fn is_healthy(&self) -> bool {
        self.endpoint.health == Health::Healthy && self.is_available()
    }

    /// Whether it may be used when healthy hosts do not suffice.
    pub(crate) fn is_degraded(&self) -> bool {
        self.endpoint.health == Health::Degraded && self.is_available()
    }

    /// What Envoy shows as `health_flags`.
    pub(crate) fn health_flags(&self) -> String {
        let mut flags = String::new();
        if self.failed_check.load(Ordering::Relaxed) {
            flags.push_str("/failed_active_hc");
        }
        if self.is_ejected() {
            flags.push_str("/failed_outlier_check");
        }
        match self.endpoint.health {
            Health::Healthy => {}
            Health::Degraded => flags.push_str("/degraded_eds_health"),
            Health::Unhealthy => flags.push_str("/failed_eds_health"),
        }
        if flags.is_empty() { "healthy".to_owned() } else { flags }
    }

    /// The success rate of the last interval, in percent.
    pub(crate) fn success_rate(&self) -> Option<f64> {
        self.ejection.lock().unwrap_or_else(PoisonError::into_inner).success_rate
    }

    /// When it became healthy, for slow start.
    pub(super) fn healthy_since(&self) -> Instant {
        self.healthy.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(self.created)
    }

    /// Notes that it passes checks from now on.
    pub(super) fn passed_check(&self) {
        *self.healthy.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// What consistent hashing hashes.
    pub(crate) fn hash_key(&self, by_name: bool) -> String {
        if let Some(key) = &self.endpoint.hash_key {
            return key.clone();
        }
        if by_name { self.endpoint.hostname.clone() } else { self.address.to_string() }
    }
}
