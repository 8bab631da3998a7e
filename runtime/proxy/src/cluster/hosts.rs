//! The hosts of one priority as a balancer sees them.
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::edf::Edf;
use super::hashing::{HashTable, maglev, ring};
use super::priority::Level;
use super::shared::Host;
use crate::config::balance::{Balancer, Balancing, SlowStart};

/// Hosts that one source of a balancer picks from.
#[derive(Debug)]
pub(super) struct Pool {
    hosts: Vec<Arc<Host>>,
    equal: bool,
    state: RefCell<Turn>,
}

#[derive(Debug, Default)]
struct Turn {
    cursor: usize,
    edf: Option<Edf>,
}

/// One priority.
#[derive(Debug)]
pub(super) struct Group {
    all: Pool,
    healthy: Pool,
    degraded: Pool,
    /// Localities with weights, when load is balanced between them: healthy and degraded.
    localities: [Option<Localities>; 2],
    table: Option<(HashTable, Vec<Arc<Host>>)>,
}

#[derive(Debug)]
struct Localities {
    pools: Vec<Pool>,
    weights: Vec<f64>,
    edf: RefCell<Edf>,
}

/// Which hosts of a priority are picked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All, in panic.
    All,
    /// Healthy ones.
    Healthy,
    /// Degraded ones.
    Degraded,
}

impl Pool {
    fn new(hosts: Vec<Arc<Host>>) -> Self {
        let first = hosts.first().map_or(1, |h| h.endpoint.weight);
        let equal = hosts.iter().all(|h| h.endpoint.weight == first);
        Self { equal, state: RefCell::default(), hosts }
    }

    fn pick(&self, balancing: &Balancing, random: u64) -> Option<Arc<Host>> {
        let count = self.hosts.len();
        let index = match balancing.policy {
            Balancer::Random | Balancer::RingHash { .. } | Balancer::Maglev { .. } => {
                (random as usize).checked_rem(count)?
            }
            Balancer::LeastRequest(choices) if self.equal && balancing.slow_start.is_none() => {
                self.least_busy(choices, random)?
            }
            Balancer::RoundRobin if self.equal && balancing.slow_start.is_none() => {
                let mut turn = self.state.borrow_mut();
                turn.cursor = turn.cursor.wrapping_add(1);
                turn.cursor.checked_rem(count)?
            }
            Balancer::LeastRequest(_) => self.weighted(|host| {
                let active = host.active.load(Ordering::Relaxed) as f64 + 1.0;
                warmed(host, balancing.slow_start.as_ref()) / active.powf(balancing.active_bias)
            })?,
            Balancer::RoundRobin => self.weighted(|host| warmed(host, balancing.slow_start.as_ref()))?,
        };
        self.hosts.get(index).cloned()
    }

    /// The least busy of several hosts picked at random; the first one wins a tie.
    fn least_busy(&self, choices: u64, random: u64) -> Option<usize> {
        let count = self.hosts.len() as u64;
        let mut seed = random;
        let picks = (0..choices.max(2)).map(|_| {
            seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31) ^ random;
            Some((seed >> 16).checked_rem(count)? as usize)
        });
        let active = |i: &usize| self.hosts.get(*i).map_or(u64::MAX, |h| h.active.load(Ordering::Relaxed));
        picks.flatten().min_by_key(active)
    }

    fn weighted(&self, weight: impl Fn(&Host) -> f64) -> Option<usize> {
        let mut turn = self.state.borrow_mut();
        let edf = turn.edf.get_or_insert_with(|| Edf::new(self.hosts.iter().map(|h| weight(h))));
        edf.pick(|index| self.hosts.get(index).map_or(0.0, |h| weight(h)))
    }
}

/// The weight of a host that warms up, after `applySlowStartFactor`.
fn warmed(host: &Host, slow_start: Option<&SlowStart>) -> f64 {
    let weight = host.endpoint.weight as f64;
    let Some(slow) = slow_start else { return weight };
    let age = host.healthy_since().elapsed();
    if age >= slow.window {
        return weight;
    }
    let time = (age.as_secs_f64().max(0.001) / slow.window.as_secs_f64()).powf(1.0 / slow.aggression);
    weight * time.max(slow.min_percent / 100.0)
}

impl Group {
    /// Sorts the hosts of one priority; `panic` says that all of them take part.
    pub(super) fn new(hosts: &[Arc<Host>], balancing: &Balancing, panic: bool) -> Self {
        let some =
            |wanted: fn(&Host) -> bool| hosts.iter().filter(|h| wanted(h)).cloned().collect::<Vec<_>>();
        let healthy = some(Host::is_healthy);
        let table = table(if panic { hosts } else { &healthy }, balancing, panic);
        let localities = [Host::is_healthy as fn(&Host) -> bool, Host::is_degraded]
            .map(|wanted| Localities::new(hosts, balancing, wanted));
        Self {
            all: Pool::new(hosts.to_vec()),
            healthy: Pool::new(healthy),
            degraded: Pool::new(some(Host::is_degraded)),
            localities,
            table,
        }
    }

    /// Picks a host.
    pub(super) fn pick(
        &self,
        part: Part,
        balancing: &Balancing,
        key: u64,
        attempt: u64,
    ) -> Option<Arc<Host>> {
        if let Some((table, hosts)) = &self.table {
            return hosts.get(table.find(key, attempt)?).cloned();
        }
        let pool = match part {
            Part::All => return self.all.pick(balancing, key),
            Part::Healthy => (&self.healthy, &self.localities[0]),
            Part::Degraded => (&self.degraded, &self.localities[1]),
        };
        match pool.1.as_ref().and_then(Localities::pick) {
            Some(pool) => pool.pick(balancing, key),
            None => pool.0.pick(balancing, key),
        }
    }
}

impl Localities {
    /// The localities of a priority with what they weigh; none when load is not balanced between them.
    fn new(hosts: &[Arc<Host>], balancing: &Balancing, wanted: fn(&Host) -> bool) -> Option<Self> {
        if !balancing.locality_weighted {
            return None;
        }
        let (mut pools, mut weights) = (Vec::new(), Vec::new());
        for locality in indices(hosts) {
            let all: Vec<_> = hosts.iter().filter(|h| h.endpoint.locality.index == locality).collect();
            let usable: Vec<_> = all.iter().filter(|h| wanted(h)).map(|h| Arc::clone(h)).collect();
            let weight = all.first().map_or(0, |h| h.endpoint.locality.weight) as f64;
            let share = usable.len() as f64 / all.len().max(1) as f64;
            let factor = (balancing.overprovisioning as f64 / 100.0 * share).min(1.0);
            weights.push(weight * factor);
            pools.push(Pool::new(usable));
        }
        let edf = Edf::new(weights.iter().copied());
        Some(Self { pools, edf: RefCell::new(edf), weights })
    }

    fn pick(&self) -> Option<&Pool> {
        let index = self.edf.borrow_mut().pick(|i| self.weights.get(i).copied().unwrap_or(0.0))?;
        self.pools.get(index)
    }
}

/// The localities of hosts, in order of their first host.
fn indices(hosts: &[Arc<Host>]) -> Vec<usize> {
    let mut seen = Vec::new();
    for host in hosts {
        if !seen.contains(&host.endpoint.locality.index) {
            seen.push(host.endpoint.locality.index);
        }
    }
    seen
}

fn table(hosts: &[Arc<Host>], balancing: &Balancing, panic: bool) -> Option<(HashTable, Vec<Arc<Host>>)> {
    if !matches!(balancing.policy, Balancer::RingHash { .. } | Balancer::Maglev { .. }) {
        return None;
    }
    let (hosts, weights) = normalized(hosts, balancing.locality_weighted && !panic);
    let keys: Vec<_> =
        hosts.iter().zip(weights).map(|(h, w)| (h.hash_key(balancing.hostname_hashing), w)).collect();
    let table = match balancing.policy {
        Balancer::RingHash { least, most, murmur } => ring(&keys, least, most, murmur),
        Balancer::Maglev { size } => maglev(&keys, size),
        Balancer::RoundRobin | Balancer::LeastRequest(_) | Balancer::Random => return None,
    };
    Some((table, hosts))
}

/// Weights that sum up to one, within localities first when those have weights; after `normalizeWeights`.
fn normalized(hosts: &[Arc<Host>], by_locality: bool) -> (Vec<Arc<Host>>, Vec<f64>) {
    let total = |hosts: &[Arc<Host>]| hosts.iter().map(|h| h.endpoint.weight).sum::<u64>().max(1) as f64;
    if !by_locality {
        let sum = total(hosts);
        return (hosts.to_vec(), hosts.iter().map(|h| h.endpoint.weight as f64 / sum).collect());
    }
    let groups: Vec<Vec<_>> = indices(hosts)
        .into_iter()
        .map(|i| hosts.iter().filter(|h| h.endpoint.locality.index == i).cloned().collect())
        .collect();
    let weight = |group: &[Arc<Host>]| group.first().map_or(0, |h| h.endpoint.locality.weight);
    let sum: u64 = groups.iter().map(|g| weight(g)).sum();
    let (mut all, mut weights) = (Vec::new(), Vec::new());
    for group in groups.iter().filter(|g| weight(g) > 0) {
        let (share, inner) = (weight(group) as f64 / sum.max(1) as f64, total(group));
        weights.extend(group.iter().map(|h| h.endpoint.weight as f64 / inner * share));
        all.extend(group.iter().cloned());
    }
    (all, weights)
}

/// Counts the hosts of a priority, or their weights.
pub(super) fn level(hosts: &[Arc<Host>], weighted: bool) -> Level {
    let sum = |wanted: fn(&Host) -> bool, weighted: bool| -> u64 {
        hosts.iter().filter(|h| wanted(h)).map(|h| if weighted { h.endpoint.weight } else { 1 }).sum()
    };
    Level {
        total: sum(|_| true, weighted),
        healthy: sum(Host::is_healthy, weighted),
        degraded: sum(Host::is_degraded, weighted),
        hosts: hosts.len() as u64,
        usable: sum(|h| h.is_healthy() || h.is_degraded(), false),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::config::Scope;
    use crate::config::endpoint::Endpoint;

    /// How often the second of two hosts is picked in 110 turns, when the first one is an hour old and it has just come.
    fn picks(policy: &str, config: &str) -> usize {
        let text = format!("{{\"lb_policy\": \"{policy}\", {config}}}");
        let value: crate::json::Value<'_> = serde_json::from_str(&text).unwrap();
        let refusals = RefCell::new(Vec::new());
        let balancing = Balancing::new(&value, &Scope::root(&refusals));
        let host = |port: u16, age: u64| {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            let created = Instant::now().checked_sub(Duration::from_secs(age)).unwrap();
            let mut host = Host::new(address.into(), Endpoint::at(address.into(), 0));
            host.created = created;
            Arc::new(host)
        };
        let pool = Pool::new(vec![host(1, 3600), host(2, 0)]);
        let turns = (0..110).filter_map(|_| pool.pick(&balancing, 0));
        turns.filter(|host| host.address.port() == Some(2)).count()
    }

    #[test]
    fn a_host_that_has_just_come_gets_less_at_first() {
        let slow = "{\"slow_start_config\": {\"slow_start_window\": \"600s\", \"min_weight_percent\": {\"value\": 10.0}}}";
        let never = "{\"slow_start_config\": {\"slow_start_window\": \"0.000001s\"}}";
        for (policy, field) in
            [("ROUND_ROBIN", "round_robin_lb_config"), ("LEAST_REQUEST", "least_request_lb_config")]
        {
            let count = picks(policy, &format!("\"{field}\": {slow}"));
            assert!((8..=12).contains(&count), "{policy}: {count}");
            let count = picks(policy, &format!("\"{field}\": {never}"));
            assert!((54..=56).contains(&count), "{policy}: {count}");
        }
    }
}
