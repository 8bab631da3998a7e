//! Picking a host.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::hosts::{Group, Part, level};
use super::priority::{Loads, loads};
use super::shared::{Host, Shared};
use crate::config::balance::{Balancing, Fallback};
use crate::config::cluster::Cluster;

/// What a request wants of a balancer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'w> {
    /// Steers consistent balancers.
    pub(crate) hash: Option<u64>,
    /// Steers all others.
    pub(crate) random: u64,
    /// 0 at first; further attempts of the same pick look at other hosts.
    pub(crate) attempt: u64,
    /// Metadata that hosts must carry, sorted by key.
    pub(crate) metadata: &'w [(String, Value)],
    /// Priorities that were tried before.
    pub(crate) tried: &'w [usize],
}

/// The balancer of one worker for one cluster.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    hosts: Option<Arc<Vec<Arc<Host>>>>,
    epoch: u64,
    whole: Option<Set>,
    /// Sets of hosts that share metadata, by that metadata.
    subsets: BTreeMap<String, Option<Set>>,
}

/// Hosts by priority.
#[derive(Debug)]
struct Set {
    groups: Vec<Group>,
    levels: Vec<super::priority::Level>,
    loads: Loads,
}

impl Picker {
    /// Picks a host.
    pub(crate) fn pick(&self, cluster: &Cluster, shared: &Shared, wish: Wish<'_>) -> Option<Arc<Host>> {
        let mut state = self.state.borrow_mut();
        let hosts = shared.hosts.load_full();
        let epoch = shared.epoch.load(Ordering::Relaxed);
        let known = state.hosts.as_ref().is_some_and(|known| Arc::ptr_eq(known, &hosts));
        if state.epoch != epoch || !known {
            *state = State { epoch, whole: None, subsets: BTreeMap::new(), hosts: Some(hosts.clone()) };
        }
        let balancing = &cluster.balancing;
        if balancing.subset.is_some() {
            return state.pick_subset(&hosts, shared, balancing, wish);
        }
        state.whole.get_or_insert_with(|| Set::new(&hosts, balancing)).pick(shared, balancing, wish)
    }
}

impl State {
    fn pick_subset(
        &mut self,
        hosts: &[Arc<Host>],
        shared: &Shared,
        balancing: &Balancing,
        wish: Wish<'_>,
    ) -> Option<Arc<Host>> {
        let subset = balancing.subset.as_ref()?;
        let fits = |keys: &Vec<String>| keys.iter().eq(wish.metadata.iter().map(|(key, _)| key));
        let selector = subset.selectors.iter().find(|s| fits(&s.keys)).filter(|_| !wish.metadata.is_empty());
        if selector.is_some()
            && let Some(set) = self.subset(hosts, balancing, wish.metadata)
        {
            shared.count(|c| &c.lb_subsets_selected);
            return set.pick(shared, balancing, wish);
        }
        shared.count(|c| &c.lb_subsets_fallback);
        match selector.and_then(|s| s.fallback).unwrap_or(subset.fallback) {
            Fallback::None => None,
            Fallback::Any => {
                self.whole.get_or_insert_with(|| Set::new(hosts, balancing)).pick(shared, balancing, wish)
            }
            Fallback::Default => {
                self.subset(hosts, balancing, &subset.default)?.pick(shared, balancing, wish)
            }
        }
    }

    /// The hosts that carry some metadata; `None` when there are none.
    fn subset(
        &mut self,
        hosts: &[Arc<Host>],
        balancing: &Balancing,
        metadata: &[(String, Value)],
    ) -> Option<&Set> {
        let key = metadata.iter().map(|(k, v)| format!("{k}={v};")).collect::<String>();
        let set = self.subsets.entry(key).or_insert_with(|| {
            let carries = |host: &&Arc<Host>| metadata.iter().all(|(k, v)| host.endpoint.carries(k, v));
            let hosts: Vec<_> = hosts.iter().filter(carries).cloned().collect();
            (!hosts.is_empty()).then(|| Set::new(&hosts, balancing))
        });
        set.as_ref()
    }
}

impl Set {
    fn new(hosts: &[Arc<Host>], balancing: &Balancing) -> Self {
        let highest = hosts.iter().map(|h| h.endpoint.priority).max().unwrap_or(0);
        let of = |priority: u64| -> Vec<_> {
            hosts.iter().filter(|h| h.endpoint.priority == priority).cloned().collect()
        };
        let priorities: Vec<Vec<_>> = (0..=highest).map(of).collect();
        let levels: Vec<_> = priorities.iter().map(|p| level(p, balancing.weighted_health)).collect();
        let loads = loads(&levels, balancing.overprovisioning, balancing.panic_threshold, &[]);
        let groups = priorities.iter().zip(&loads.panic).map(|(p, panic)| Group::new(p, balancing, *panic));
        Self { groups: groups.collect(), levels, loads }
    }

    fn pick(&self, shared: &Shared, balancing: &Balancing, wish: Wish<'_>) -> Option<Arc<Host>> {
        let key = wish.hash.unwrap_or(wish.random);
        let other = (!wish.tried.is_empty())
            .then(|| loads(&self.levels, balancing.overprovisioning, balancing.panic_threshold, wish.tried))
            .filter(|l| l.healthy.iter().chain(&l.degraded).sum::<u64>() > 0);
        let loads = other.as_ref().unwrap_or(&self.loads);
        let (priority, degraded) = choose(loads, key);
        let part = match loads.panic.get(priority) {
            Some(true) => {
                shared.count(|c| &c.lb_healthy_panic);
                if balancing.fail_on_panic {
                    return None;
                }
                Part::All
            }
            _ if degraded => Part::Degraded,
            _ => Part::Healthy,
        };
        self.groups.get(priority)?.pick(part, balancing, key, wish.attempt)
    }
}

/// The priority that a key falls into, and whether its degraded hosts are meant.
fn choose(loads: &Loads, key: u64) -> (usize, bool) {
    let mut left = key % 100;
    let shares = loads.healthy.iter().enumerate().map(|(i, load)| (i, false, *load));
    let degraded = loads.degraded.iter().enumerate().map(|(i, load)| (i, true, *load));
    for (index, degraded, load) in shares.chain(degraded) {
        if left < load {
            return (index, degraded);
        }
        left -= load;
    }
    (0, false)
}
