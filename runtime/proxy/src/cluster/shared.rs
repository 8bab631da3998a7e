//! What all workers know about a cluster: its hosts, breakers and counters.
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::config::cluster::{Cluster, Outlier};
use crate::config::endpoint::{Endpoint, Target};

/// An endpoint with its address and health.
#[derive(Debug)]
pub(crate) struct Host {
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// Its settings.
    pub(crate) endpoint: Endpoint,
    /// Requests in flight.
    pub(crate) active: AtomicU64,
    /// Counters for the admin interface.
    pub(crate) counters: HostCounters,
    ejection: Mutex<Ejection>,
    ejected_until: AtomicU64,
}

/// Counters of a host.
#[derive(Debug, Default)]
pub(crate) struct HostCounters {
    /// Connections made.
    pub(crate) connections: AtomicU64,
    /// Connections that failed.
    pub(crate) connect_failures: AtomicU64,
    /// Requests.
    pub(crate) requests: AtomicU64,
    /// Responses below 500.
    pub(crate) successes: AtomicU64,
    /// Responses from 500, and failures.
    pub(crate) errors: AtomicU64,
}

#[derive(Debug, Default)]
struct Ejection {
    server_errors: u64,
    gateway_errors: u64,
    local_errors: u64,
    times: u32,
}

/// How a request to a host ended, for outlier detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With this status.
    Status(u16),
    /// Without a response.
    Local,
}

/// A cluster as all workers share it.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Hosts; replaced when names resolve anew.
    pub(crate) hosts: ArcSwap<Vec<Arc<Host>>>,
    /// Connections.
    pub(crate) connections: AtomicU64,
    /// Requests that wait for a connection.
    pub(crate) pending: AtomicU64,
    /// Requests.
    pub(crate) requests: AtomicU64,
    /// Retries.
    pub(crate) retries: AtomicU64,
    /// Counts changes of health, so that workers know when to look again.
    pub(crate) epoch: AtomicU64,
    counters: OnceLock<Box<Counters>>,
    next_look: AtomicU64,
    start: Instant,
    outlier: Option<Outlier>,
}

/// Counters of a cluster, made when first used.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Requests sent.
    pub(crate) total: AtomicU64,
    /// Responses by status, from 100.
    pub(crate) statuses: Vec<AtomicU64>,
    /// Connections made.
    pub(crate) connections: AtomicU64,
    /// Connections that failed.
    pub(crate) connect_failures: AtomicU64,
    /// Requests refused by a breaker.
    pub(crate) overflow: AtomicU64,
    /// Retries.
    pub(crate) retries: AtomicU64,
    /// Timeouts.
    pub(crate) timeouts: AtomicU64,
    /// Requests without a host.
    pub(crate) no_host: AtomicU64,
    /// Ejections.
    pub(crate) ejections: AtomicU64,
}

/// One unit of a breaker; gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    which: Breaker,
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
        self.shared.breaker(self.which).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    /// A cluster with the endpoints that have addresses.
    pub(crate) fn new(cluster: &Cluster) -> Arc<Self> {
        let hosts = cluster.endpoints.iter().filter_map(|endpoint| match endpoint.target {
            Target::Address(address) => Some(Arc::new(Host::new(address, endpoint.clone()))),
            Target::Name(..) => None,
        });
        Arc::new(Self {
            hosts: ArcSwap::from_pointee(hosts.collect()),
            connections: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            counters: OnceLock::new(),
            next_look: AtomicU64::new(0),
            start: Instant::now(),
            outlier: cluster.outlier,
        })
    }

    /// The counters, made when first asked for.
    pub(crate) fn counters(&self) -> &Counters {
        self.counters.get_or_init(|| {
            let zero = || AtomicU64::new(0);
            Box::new(Counters {
                total: zero(),
                statuses: std::iter::repeat_with(zero).take(500).collect(),
                connections: zero(),
                connect_failures: zero(),
                overflow: zero(),
                retries: zero(),
                timeouts: zero(),
                no_host: zero(),
                ejections: zero(),
            })
        })
    }

    /// The counters when there are any.
    pub(crate) fn used_counters(&self) -> Option<&Counters> {
        self.counters.get().map(Box::as_ref)
    }

    fn breaker(&self, which: Breaker) -> &AtomicU64 {
        match which {
            Breaker::Connections => &self.connections,
            Breaker::Pending => &self.pending,
            Breaker::Requests => &self.requests,
            Breaker::Retries => &self.retries,
        }
    }

    /// Takes a unit unless `limit` units are taken.
    pub(crate) fn take(self: &Arc<Self>, which: Breaker, limit: u64) -> Option<Permit> {
        let update = |now: u64| (now < limit).then_some(now + 1);
        self.breaker(which).fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).ok()?;
        Some(Permit { shared: self.clone(), which })
    }

    /// Records how a request to a host ended and ejects the host when it fails too often in a row.
    pub(crate) fn record(&self, host: &Host, outcome: Outcome) {
        let failed = outcome == Outcome::Local || matches!(outcome, Outcome::Status(500..600));
        let counter = if failed { &host.counters.errors } else { &host.counters.successes };
        counter.fetch_add(1, Ordering::Relaxed);
        let Some(outlier) = self.outlier else { return };
        let mut state = host.ejection.lock().unwrap_or_else(PoisonError::into_inner);
        let local = outcome == Outcome::Local;
        let count = |counter: &mut u64, hit: bool| *counter = if hit { *counter + 1 } else { 0 };
        if outlier.split && local {
            count(&mut state.local_errors, true);
        } else {
            count(&mut state.local_errors, false);
            count(&mut state.server_errors, failed);
            count(&mut state.gateway_errors, local || matches!(outcome, Outcome::Status(502..=504)));
        }
        let over = |count: u64, limit: u64| limit > 0 && count >= limit;
        if over(state.server_errors, outlier.server_errors)
            || over(state.gateway_errors, outlier.gateway_errors)
            || over(state.local_errors, outlier.local_errors)
        {
            self.eject(host, &mut state, outlier);
        }
    }

    fn eject(&self, host: &Host, state: &mut Ejection, outlier: Outlier) {
        let hosts = self.hosts.load();
        let now = self.start.elapsed();
        let ejected = hosts.iter().filter(|h| h.is_ejected(now)).count() as u64;
        let allowed = (hosts.len() as u64 * outlier.max_percent / 100).max(1);
        state.server_errors = 0;
        state.gateway_errors = 0;
        state.local_errors = 0;
        if host.is_ejected(now) || ejected >= allowed {
            return;
        }
        state.times += 1;
        let time = outlier.base.saturating_mul(state.times).min(outlier.max);
        host.ejected_until.store((now + time).as_millis() as u64, Ordering::Relaxed);
        self.counters().ejections.fetch_add(1, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets ejected hosts back whose time is over; looks at them once per detection interval.
    pub(crate) fn readmit(&self) {
        let Some(outlier) = self.outlier else { return };
        let now = self.start.elapsed().as_millis() as u64;
        let next = self.next_look.load(Ordering::Relaxed);
        if now < next {
            return;
        }
        self.next_look.store(now + outlier.interval.as_millis() as u64, Ordering::Relaxed);
        for host in self.hosts.load().iter() {
            let until = host.ejected_until.load(Ordering::Relaxed);
            if until != 0 && until <= now {
                host.ejected_until.store(0, Ordering::Relaxed);
                self.epoch.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Host {
    /// A host that nobody has used.
    pub(crate) fn new(address: SocketAddr, endpoint: Endpoint) -> Self {
        Self {
            address,
            endpoint,
            active: AtomicU64::new(0),
            counters: HostCounters::default(),
            ejection: Mutex::new(Ejection::default()),
            ejected_until: AtomicU64::new(0),
        }
    }

    fn is_ejected(&self, now: Duration) -> bool {
        self.ejected_until.load(Ordering::Relaxed) > now.as_millis() as u64
    }

    /// Whether it may be used.
    pub(crate) fn is_healthy(&self) -> bool {
        self.endpoint.healthy && self.ejected_until.load(Ordering::Relaxed) == 0
    }

    /// What consistent hashing hashes.
    pub(crate) fn hash_key(&self) -> String {
        self.endpoint.hash_key.clone().unwrap_or_else(|| self.address.to_string())
    }
}
