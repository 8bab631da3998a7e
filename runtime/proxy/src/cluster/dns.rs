//! Names of endpoints: which there are, when they are asked for again, and the hosts that come of them.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::resolver::{Found, System, Unanswered, lookup};
use super::shared::{Host, Shared};
use crate::config::Program;
use crate::config::cluster::{Cluster, Discovery};
use crate::config::dns::{Dns, Servers};
use crate::config::endpoint::Target;
use crate::net::address::Address;

/// A name of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// The cluster, by its place in the program.
    pub(crate) cluster: usize,
    name: String,
    port: u16,
    /// When it is asked for.
    pub(crate) due: Instant,
    failures: u32,
}

/// The names of all clusters; all of them are due.
pub(crate) fn names(program: &Program) -> Vec<Watched> {
    let mut all: Vec<Watched> = Vec::new();
    for (cluster, config) in program.clusters.iter().enumerate() {
        for endpoint in &config.endpoints {
            let Target::Name(name, port) = &endpoint.target else { continue };
            let known = all
                .iter()
                .rev()
                .take_while(|w| w.cluster == cluster)
                .any(|w| w.name == *name && w.port == *port);
            if !known {
                all.push(Watched {
                    cluster,
                    name: name.clone(),
                    port: *port,
                    due: Instant::now(),
                    failures: 0,
                });
            }
        }
    }
    all
}

/// Questions that are asked at the same time.
const AT_ONCE: usize = 16;

/// Asks for the names that are due, and replaces the hosts of their clusters where something has changed. Blocks.
pub(crate) fn resolve<'s>(
    watched: &mut [Watched],
    program: &Program,
    shared: impl Fn(usize) -> Option<&'s Arc<Shared>>,
) {
    let now = Instant::now();
    let mut due: Vec<&mut Watched> = watched.iter_mut().filter(|w| w.due <= now).collect();
    if due.is_empty() {
        return;
    }
    let answers = ask(&due, program);
    for (watched, answer) in due.iter_mut().zip(answers) {
        let Some((cluster, shared)) = program.clusters.get(watched.cluster).zip(shared(watched.cluster))
        else {
            continue;
        };
        let Some(dns) = &cluster.dns else { continue };
        shared.count(|c| &c.update_attempt);
        let wait = match answer {
            Ok(found) => {
                watched.failures = 0;
                shared.count(|c| &c.update_success);
                let least = found.iter().filter_map(|(_, seconds)| *seconds).min();
                replace(cluster, shared, watched, &found);
                dns.lasts(least, shared.random())
            }
            Err(Unanswered) => {
                watched.failures = watched.failures.saturating_add(1);
                shared.count(|c| &c.update_failure);
                dns.waits(watched.failures, shared.random())
            }
        };
        watched.due = Instant::now() + wait;
    }
}

/// The answers for names, some asked for at the same time.
fn ask(due: &[&mut Watched], program: &Program) -> Vec<Result<Found, Unanswered>> {
    let (system, next) = (System::read(), AtomicUsize::new(0));
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(watched) = due.get(index) else { return done };
            let dns = program.clusters.get(watched.cluster).and_then(|c| c.dns.as_ref());
            let answer = dns.map_or(Err(Unanswered), |dns| {
                let servers = dns.servers.as_ref().unwrap_or(&program.dns);
                lookup(&watched.name, dns.family, servers, &system)
            });
            done.push((index, answer));
        }
    };
    let mut all = if due.len() == 1 {
        work()
    } else {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE.min(due.len())).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        })
    };
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, answer)| answer).collect()
}

/// Puts the addresses of a name in the place of its old ones. After `strict_dns_cluster.cc` and `logical_dns_cluster.cc`:
/// the first kind of cluster has no hosts where a name has no addresses, the second one keeps its host.
fn replace(cluster: &Cluster, shared: &Shared, watched: &Watched, found: &Found) {
    let logical = cluster.discovery == Discovery::LogicalDns;
    if logical && found.is_empty() {
        return;
    }
    let most = if logical { 1 } else { usize::MAX };
    let new: Vec<Address> =
        found.iter().take(most).map(|(ip, _)| Address::Ip(SocketAddr::new(*ip, watched.port))).collect();
    let old = shared.hosts.load();
    let mut hosts: Vec<Arc<Host>> = Vec::new();
    for endpoint in &cluster.endpoints {
        let own = matches!(&endpoint.target, Target::Name(name, port) if *name == watched.name && *port == watched.port);
        let addresses = match &endpoint.target {
            Target::Address(address) => vec![address.clone()],
            Target::Name(..) if own => new.clone(),
            Target::Name(..) => {
                let of = old.iter().filter(|h| h.endpoint.target == endpoint.target);
                of.map(|h| h.address.clone()).collect()
            }
        };
        for address in addresses {
            if hosts.iter().any(|h| h.address == address) {
                continue;
            }
            let known = old.iter().find(|h| h.address == address && h.endpoint.target == endpoint.target);
            hosts.push(known.cloned().unwrap_or_else(|| Arc::new(Host::new(address, endpoint.clone()))));
        }
    }
    let same = hosts.len() == old.len() && hosts.iter().zip(old.iter()).all(|(a, b)| Arc::ptr_eq(a, b));
    if same {
        shared.count(|c| &c.update_no_rebuild);
    } else {
        shared.hosts.store(Arc::new(hosts));
        shared.changes.fetch_add(1, Ordering::Relaxed);
    }
}

/// An address that a name was found to have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// The address.
    pub(crate) address: SocketAddr,
    /// When it is asked for again.
    pub(crate) due: Instant,
    /// When somebody used it last.
    pub(crate) used: Instant,
}

/// The first address of a name that a request asks for, and how long it lasts. Blocks.
pub(crate) fn first(name: &str, port: u16, dns: &Dns, servers: &Servers, random: u64) -> Option<Known> {
    let found = lookup(name, dns.family, servers, &System::read()).ok()?;
    let (ip, seconds) = found.first()?;
    let now = Instant::now();
    Some(Known { address: SocketAddr::new(*ip, port), due: now + dns.lasts(*seconds, random), used: now })
}
