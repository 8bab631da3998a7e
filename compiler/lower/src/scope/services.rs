//! Services of a scope: which ports, and what happens when several have one host.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mp_ir::mesh::{Hostname, Port, Registry, Service};

use super::{HostSet, HostSets, ScopedService};
use crate::Index;

pub(super) fn is_kubernetes(service: &Service) -> bool {
    service.registry == Registry::Kubernetes
}

/// The candidates that a listener imports; of one host only those of one namespace stay (`selectServices`).
pub(super) fn select(
    index: &Index,
    candidates: &[usize],
    namespace: &str,
    sets: &HostSets,
    port: Option<u32>,
) -> Vec<ScopedService> {
    let everywhere = sets.get("*");
    let mut out: Vec<ScopedService> = Vec::new();
    for id in candidates {
        let Some(service) = index.service(*id) else { continue };
        let named = sets.get(service.meta.namespace());
        let host = &service.hostname.value;
        if [named, everywhere].into_iter().flatten().any(|set| set.excludes(host)) {
            continue;
        }
        let scoped = || ScopedService { id: *id, service: Arc::clone(service) };
        let found = [named, everywhere].into_iter().flatten().find_map(|set| imported(set, scoped(), port));
        out.extend(found);
    }
    let winners = namespaces(&out, namespace);
    out.retain(|s| winners.get(&s.hostname.value).is_some_and(|ns| ns == s.meta.namespace()));
    out
}

/// A service with the aliases that are imported too (`matchingService`, `matchingAliasService`).
fn imported(set: &HostSet, service: ScopedService, port: Option<u32>) -> Option<ScopedService> {
    if !set.imports(&service.hostname.value) {
        return None;
    }
    let mut service = match port {
        Some(port) => with_port(service, port)?,
        None => service,
    };
    if !service.aliases.iter().all(|(alias, _)| set.imports(alias)) {
        Arc::make_mut(&mut service.service).aliases.retain(|(alias, _)| set.imports(alias));
    }
    Some(service)
}

/// By host the namespace that wins: the proxy's own, else one of Kubernetes, else the first.
fn namespaces(services: &[ScopedService], namespace: &str) -> HashMap<Hostname, String> {
    let mut winners: HashMap<Hostname, (String, bool)> = HashMap::new();
    for service in services {
        let ours = (service.meta.namespace().to_owned(), is_kubernetes(service));
        let wins = match winners.get(&service.hostname.value) {
            None => true,
            Some(_) if ours.0 == namespace => true,
            Some((holder, kubernetes)) => {
                !kubernetes && ours.1 && (ours.0 == namespace || holder != namespace)
            }
        };
        if wins {
            winners.insert(service.hostname.value.clone(), ours);
        }
    }
    let mut out = HashMap::new();
    for service in services {
        if let Some((winner, _)) = winners.get(&service.hostname.value) {
            out.insert(service.hostname.value.clone(), winner.clone());
        }
    }
    out
}

/// The service with one port alone; `None` when it lacks it (`serviceMatchingListenerPort`).
pub(super) fn with_port(mut service: ScopedService, port: u32) -> Option<ScopedService> {
    let found = service.ports.iter().find(|p| p.number == port)?.clone();
    if service.ports.len() > 1 {
        Arc::make_mut(&mut service.service).ports = vec![found];
    }
    Some(service)
}

/// The service with the named ports; all for no port or port 0, `None` when it has none of them
/// (`serviceMatchingVirtualServicePorts`).
pub(super) fn with_ports(mut service: ScopedService, ports: &BTreeSet<u32>) -> Option<ScopedService> {
    if ports.is_empty() || ports.contains(&0) {
        return Some(service);
    }
    let found: Vec<Port> = service.ports.iter().filter(|p| ports.contains(&p.number)).cloned().collect();
    if found.is_empty() {
        return None;
    }
    if found.len() < service.ports.len() {
        Arc::make_mut(&mut service.service).ports = found;
    }
    Some(service)
}

/// The services of a scope, one per host (`appendSidecarServices`).
#[derive(Debug, Default)]
pub(super) struct Collected {
    services: Vec<ScopedService>,
    by_host: HashMap<Hostname, usize>,
}

impl Collected {
    /// Adds a service. One of Kubernetes replaces a ServiceEntry; ports of alike services are put together.
    pub(super) fn add(&mut self, service: ScopedService) {
        let host = service.hostname.value.clone();
        let known = self.by_host.get(&host).and_then(|at| self.services.get_mut(*at));
        let Some(known) = known else {
            self.by_host.insert(host, self.services.len());
            self.services.push(service);
            return;
        };
        if Arc::ptr_eq(&known.service, &service.service) {
            return;
        }
        match (is_kubernetes(known), is_kubernetes(&service)) {
            (true, false) => {}
            (false, true) => *known = service,
            _ if same_ports(known, &service) || !alike(known, &service) => {}
            _ => add_ports(known, &service),
        }
    }

    /// The services in order, and their places by host.
    pub(super) fn into_parts(self) -> (Vec<ScopedService>, HashMap<Hostname, usize>) {
        (self.services, self.by_host)
    }
}

fn same_ports(a: &Service, b: &Service) -> bool {
    let key = |p: &Port| (p.name.clone(), p.number, p.protocol);
    a.ports.iter().map(key).eq(b.ports.iter().map(key))
}

/// Whether two services of one host may be put together (`canMergeServices`).
fn alike(a: &Service, b: &Service) -> bool {
    a.meta.namespace() == b.meta.namespace()
        && a.resolution == b.resolution
        && a.registry == b.registry
        && a.meta.labels == b.meta.labels
        && a.selector == b.selector
        && a.visibility == b.visibility
}

fn add_ports(into: &mut ScopedService, from: &Service) {
    let known: BTreeSet<u32> = into.ports.iter().map(|p| p.number).collect();
    let new = from.ports.iter().filter(|p| !known.contains(&p.number));
    Arc::make_mut(&mut into.service).ports.extend(new.cloned());
}
