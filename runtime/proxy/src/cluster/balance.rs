//! Picking a host.
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::hashing::{HashTable, maglev, ring};
use super::shared::{Host, Shared};
use crate::config::cluster::{Balancer, Cluster};

/// The balancer of one worker for one cluster.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    hosts: Option<Arc<Vec<Arc<Host>>>>,
    epoch: u64,
    tiers: Vec<Tier>,
}

/// Hosts of one priority that take part.
#[derive(Debug)]
struct Tier {
    /// Share of requests in percent.
    load: u64,
    hosts: Vec<Arc<Host>>,
    /// Smooth weighted round robin: the current weight of each host.
    current: Vec<i64>,
    equal: bool,
    cursor: usize,
    table: Option<HashTable>,
}

impl Picker {
    /// Picks a host; `hash` steers consistent balancers, `random` all others.
    pub(crate) fn pick(
        &self,
        cluster: &Cluster,
        shared: &Shared,
        hash: Option<u64>,
        random: u64,
    ) -> Option<Arc<Host>> {
        let mut state = self.state.borrow_mut();
        let hosts = shared.hosts.load();
        let epoch = shared.epoch.load(Ordering::Relaxed);
        if state.epoch != epoch || !state.hosts.as_ref().is_some_and(|known| Arc::ptr_eq(known, &hosts)) {
            state.tiers = tiers(cluster, &hosts);
            state.epoch = epoch;
            state.hosts = Some(hosts.clone());
        }
        let key = hash.unwrap_or(random);
        let mut left = key % 100;
        let tier = state.tiers.iter_mut().find(|tier| {
            let here = left < tier.load;
            left = left.saturating_sub(tier.load);
            here
        })?;
        tier.pick(cluster.balancer, key, random)
    }
}

/// Splits load over priorities: healthy hosts count 1.4 times (`overprovisioning`), lower priorities get the rest.
fn tiers(cluster: &Cluster, hosts: &[Arc<Host>]) -> Vec<Tier> {
    let highest = hosts.iter().map(|h| h.endpoint.priority).max().unwrap_or(0);
    let mut groups = Vec::new();
    for priority in 0..=highest {
        let all: Vec<_> = hosts.iter().filter(|h| h.endpoint.priority == priority).cloned().collect();
        let healthy: Vec<_> = all.iter().filter(|h| h.is_healthy()).cloned().collect();
        if !all.is_empty() {
            groups.push((all, healthy));
        }
    }
    let capacity =
        |all: usize, healthy: usize| (healthy as u64 * cluster.overprovisioning / all as u64).min(100);
    let total: u64 =
        groups.iter().map(|(all, healthy)| capacity(all.len(), healthy.len())).sum::<u64>().min(100);
    let mut left = 100;
    let mut tiers = Vec::new();
    for (all, healthy) in &groups {
        let even = 100 / groups.len() as u64 + u64::from(tiers.is_empty()) * (100 % groups.len() as u64);
        let weighted = (capacity(all.len(), healthy.len()) * 100).checked_div(total);
        let share = weighted.map_or(even, |share| share.min(left));
        left = left.saturating_sub(share);
        let percent = healthy.len() as f64 * 100.0 / all.len() as f64;
        let panic = total < 100 && percent < cluster.panic_threshold;
        let chosen = if panic { all.clone() } else { healthy.clone() };
        if !chosen.is_empty() && share > 0 {
            tiers.push(Tier::new(share, chosen, cluster.balancer));
        }
    }
    if let Some(tier) = tiers.last_mut() {
        // What rounding lost goes to the last priority in use.
        tier.load += if total == 0 { 0 } else { left };
    }
    tiers
}

impl Tier {
    fn new(load: u64, hosts: Vec<Arc<Host>>, balancer: Balancer) -> Self {
        let keys = || hosts.iter().map(|h| (h.hash_key(), h.endpoint.weight)).collect::<Vec<_>>();
        let table = match balancer {
            Balancer::RingHash(least, most) => Some(ring(&keys(), least, most)),
            Balancer::Maglev(size) => Some(maglev(&keys(), size)),
            Balancer::RoundRobin | Balancer::LeastRequest(_) | Balancer::Random => None,
        };
        let first = hosts.first().map_or(1, |h| h.endpoint.weight);
        Self {
            load,
            current: vec![0; hosts.len()],
            equal: hosts.iter().all(|h| h.endpoint.weight == first),
            hosts,
            cursor: 0,
            table,
        }
    }

    fn pick(&mut self, balancer: Balancer, key: u64, random: u64) -> Option<Arc<Host>> {
        let index = match (balancer, &self.table) {
            (_, Some(table)) => table.find(key)?,
            (Balancer::Random, _) if self.equal => random as usize % self.hosts.len().max(1),
            (Balancer::LeastRequest(choices), _) if self.equal => self.least_busy(choices, random),
            (Balancer::RoundRobin, _) if self.equal => {
                self.cursor = (self.cursor + 1) % self.hosts.len().max(1);
                self.cursor
            }
            (Balancer::LeastRequest(_), _) => {
                self.weighted(|h| h.endpoint.weight as f64 / (h.active.load(Ordering::Relaxed) + 1) as f64)
            }
            _ => self.weighted(|h| h.endpoint.weight as f64),
        };
        self.hosts.get(index).cloned()
    }

    /// The least busy of several hosts picked at random.
    fn least_busy(&self, choices: u64, random: u64) -> usize {
        let count = self.hosts.len() as u64;
        let mut seed = random;
        let picks = (0..choices.max(1)).map(|_| {
            seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31) ^ random;
            ((seed >> 16) % count.max(1)) as usize
        });
        let active = |i: &usize| self.hosts.get(*i).map_or(u64::MAX, |h| h.active.load(Ordering::Relaxed));
        picks.min_by_key(active).unwrap_or(0)
    }

    /// Smooth weighted round robin.
    fn weighted(&mut self, weight: impl Fn(&Host) -> f64) -> usize {
        let mut total = 0;
        let mut best = (0, i64::MIN);
        for (index, (host, current)) in self.hosts.iter().zip(&mut self.current).enumerate() {
            let weight = (weight(host) * 1000.0) as i64;
            total += weight;
            *current += weight;
            if *current > best.1 {
                best = (index, *current);
            }
        }
        if let Some(current) = self.current.get_mut(best.0) {
            *current -= total;
        }
        best.0
    }
}
