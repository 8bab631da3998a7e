//! Which Sidecar counts, and what its listeners import.

use std::collections::HashMap;
use std::sync::Arc;

use mp_ir::mesh::{EgressListener, HostSelector, Labels, Mesh, Protocol, Service, Sidecar};
use mp_ir::plan::ProxyView;

use super::hosts::{HostSets, classify};
use super::services::Collected;
use super::{EgressScope, Scope, ScopedService};
use crate::hosts::{HostTable, is_wildcard};
use crate::virtual_services::destinations;
use crate::{Index, scope::services};

/// Scopes without a Sidecar are named so.
const DEFAULT: &str = "default-sidecar";

/// The scope of a gateway: all services that its namespace sees (`DefaultSidecarScopeForGateway`).
pub(super) fn gateway(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Scope {
    let mut collected = Collected::default();
    for id in index.visible(&proxy.namespace) {
        if let Some(service) = index.service(id) {
            collected.add(ScopedService { id, service: Arc::clone(service) });
        }
    }
    let virtual_services = index.virtual_services.for_gateway(&proxy.namespace, "mesh");
    let egress = vec![EgressScope { virtual_services, ..EgressScope::default() }];
    finish(mesh, index, proxy, None, egress, collected)
}

/// The scope of a sidecar (`convertToSidecarScope`).
pub(super) fn sidecar(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Scope {
    let at = select(mesh, &proxy.namespace, &proxy.labels);
    let written = at.and_then(|at| mesh.sidecars.get(at)).and_then(|s| s.egress.as_ref());
    let egress: Vec<EgressScope> = match written {
        Some(listeners) if !listeners.is_empty() => {
            listeners.iter().map(|listener| import(mesh, index, proxy, Some(listener))).collect()
        }
        _ => vec![import(mesh, index, proxy, None)],
    };
    let mut collected = Collected::default();
    for listener in &egress {
        for service in &listener.services {
            collected.add(service.clone());
        }
        add_destinations(mesh, index, proxy, listener, &mut collected);
    }
    finish(mesh, index, proxy, at, egress, collected)
}

/// The Sidecar of a workload: one of its namespace that selects it, one of its namespace without selector, one of the
/// root namespace without selector; of each the oldest (`doGetSidecarScope`).
fn select(mesh: &Mesh, namespace: &str, labels: &Labels) -> Option<usize> {
    let fits = |s: &Sidecar| s.selector.iter().all(|(k, v)| labels.get(k) == Some(v));
    let find = |wanted: &dyn Fn(&Sidecar) -> bool| mesh.sidecars.iter().position(wanted);
    find(&|s| s.meta.namespace() == namespace && s.selector_written && fits(s))
        .or_else(|| find(&|s| s.meta.namespace() == namespace && !s.selector_written))
        .or_else(|| find(&|s| s.meta.namespace() == mesh.settings.root_namespace && !s.selector_written))
}

fn finish(
    mesh: &Mesh,
    index: &Index,
    proxy: &ProxyView,
    sidecar: Option<usize>,
    egress: Vec<EgressScope>,
    collected: Collected,
) -> Scope {
    let written = sidecar.and_then(|at| mesh.sidecars.get(at));
    let (services, by_host) = collected.into_parts();
    let mut rules = HashMap::new();
    for service in &services {
        let host = &service.hostname.value;
        let found = index.destination_rules.find(&proxy.namespace, host, service.meta.namespace());
        if !found.is_empty() {
            rules.insert(host.clone(), found);
        }
    }
    Scope {
        name: written.map_or(DEFAULT, |s| s.meta.name()).to_owned(),
        namespace: proxy.namespace.clone(),
        sidecar,
        egress,
        services,
        outbound: written.and_then(|s| s.outbound).unwrap_or(mesh.settings.outbound),
        by_host,
        rules,
    }
}

/// What one egress listener imports (`convertIstioListenerToWrapper`); the implied one imports `*/*`.
fn import(mesh: &Mesh, index: &Index, proxy: &ProxyView, listener: Option<&EgressListener>) -> EgressScope {
    let everything = HostSelector { namespace: "*".to_owned(), host: "*".to_owned(), exclude: false };
    let hosts: Vec<HostSelector> = match listener {
        Some(listener) => listener.hosts.iter().map(|h| at_home(&h.value, &proxy.namespace)).collect(),
        None => vec![everything],
    };
    let (sets, all_exact) = classify(hosts.iter());
    let candidates = if all_exact {
        exact_candidates(mesh, index, &proxy.namespace, &sets)
    } else {
        index.visible(&proxy.namespace).collect()
    };
    let virtual_services = index.virtual_services.select(&proxy.namespace, &sets);
    let port = listener.and_then(port_wanted);
    let services = services::select(index, &candidates, &proxy.namespace, &sets, port);
    let best_virtual_service = best_virtual_services(&virtual_services, &services);
    EgressScope { listener: listener.cloned(), services, virtual_services, best_virtual_service }
}

/// A Sidecar of the root namespace means the proxy's namespace by `.`.
fn at_home(selector: &HostSelector, namespace: &str) -> HostSelector {
    let mut selector = selector.clone();
    if selector.namespace == "." {
        namespace.clone_into(&mut selector.namespace);
    }
    selector
}

/// The port that services must have; an `HTTP_PROXY` listener takes all (`needsPortMatch`).
fn port_wanted(listener: &EgressListener) -> Option<u32> {
    let port = listener.port.as_ref().map(|port| port.value).filter(|port| *port != 0);
    port.filter(|_| listener.protocol != Protocol::HttpProxy)
}

/// Services of plain names in named namespaces, oldest first (`servicesForExactHosts`).
fn exact_candidates(mesh: &Mesh, index: &Index, namespace: &str, sets: &HostSets) -> Vec<usize> {
    let hosts = sets.iter().flat_map(|(ns, set)| set.exact().map(move |host| (ns, host)));
    let found = hosts.filter_map(|(ns, host)| index.find(host, ns));
    let mut ids: Vec<usize> = found.filter(|id| index.sees(mesh, namespace, *id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Services that VirtualServices lead to are imported too, with the ports that are named (`collectImportedServices`).
fn add_destinations(
    mesh: &Mesh,
    index: &Index,
    proxy: &ProxyView,
    listener: &EgressScope,
    collected: &mut Collected,
) {
    let port = listener.listener.as_ref().and_then(port_wanted);
    for rule in &listener.virtual_services {
        for (host, ports) in destinations(rule, &proxy.namespace) {
            let Some(id) = best_of_host(mesh, index, &host, &proxy.namespace) else { continue };
            let Some(service) = index.service(id) else { continue };
            let service = ScopedService { id, service: Arc::clone(service) };
            let matched = match port {
                Some(port) => services::with_port(service, port),
                None => services::with_ports(service, &ports),
            };
            if let Some(service) = matched {
                collected.add(service);
            }
        }
    }
}

/// The service of a host: the proxy's own namespace, else one of Kubernetes, else the oldest that is seen
/// (`pickBestVisibleNamespace`).
fn best_of_host(mesh: &Mesh, index: &Index, host: &str, namespace: &str) -> Option<usize> {
    if let Some(own) = index.find(host, namespace) {
        return Some(own);
    }
    let seen = index.by_host(host).iter().map(|(_, id)| *id).filter(|id| index.sees(mesh, namespace, *id));
    let kubernetes = |id: &usize| index.service(*id).is_some_and(|s| services::is_kubernetes(s));
    let mut seen: Vec<usize> = seen.collect();
    seen.sort_unstable();
    seen.iter().copied().find(kubernetes).or_else(|| seen.first().copied())
}

/// By service, the VirtualService whose host covers it best (`computeWildcardHostVirtualServiceIndex`).
fn best_virtual_services(
    rules: &[Arc<mp_ir::mesh::VirtualService>],
    services: &[ScopedService],
) -> HashMap<String, mp_ir::base::ObjectRef> {
    let mut table: HostTable<usize> = HostTable::default();
    for (at, rule) in rules.iter().enumerate() {
        for host in &rule.hosts {
            table.entry(&host.value).or_insert(at);
        }
    }
    let best = |service: &Service| {
        let host = &service.hostname.value;
        // A service host with a wildcard is only covered by hosts with one.
        let at = table.most_specific(host).filter(|_| !is_wildcard(host) || !host.is_empty())?;
        rules.get(*at).map(|rule| (host.clone(), rule.meta.object.clone()))
    };
    services.iter().filter_map(|service| best(service)).collect()
}
