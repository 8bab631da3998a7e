//! The traffic graph: who can send to whom, from gateways and Pods over routes and subsets to endpoints.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;
use mp_ir::mesh::{Destination, DestinationRule, Mesh, Resolution, Service, VirtualService, Workload};
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::Dfs;

use crate::hosts::{carries, wildcard_covers};

/// What a node stands for. Ordered, so that every output is the same each time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// Clients inside the mesh.
    Mesh,
    /// A Gateway, `ns/name`.
    Gateway(String),
    /// A VirtualService, `ns/name`.
    VirtualService(String),
    /// A host of the registry.
    Host(String),
    /// A subset of a host.
    Subset(String, String),
    /// A Pod or WorkloadEntry, `ns/name`.
    Workload(String),
}

impl Thing {
    /// The kind in one word, for exports.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Thing::Mesh => "mesh",
            Thing::Gateway(_) => "gateway",
            Thing::VirtualService(_) => "virtual-service",
            Thing::Host(_) => "host",
            Thing::Subset(..) => "subset",
            Thing::Workload(_) => "workload",
        }
    }

    /// The name as people write it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Thing::Mesh => "mesh".to_owned(),
            Thing::Gateway(name)
            | Thing::VirtualService(name)
            | Thing::Host(name)
            | Thing::Workload(name) => name.clone(),
            Thing::Subset(host, subset) => format!("{host} / {subset}"),
        }
    }
}

/// What concerns a service, found without walking the whole mesh for each one.
#[derive(Debug, Default)]
struct ByHost<'a> {
    workloads: BTreeMap<&'a str, Vec<&'a Workload>>,
    routed: BTreeSet<&'a str>,
    routed_wildcards: Vec<&'a str>,
    /// Rules with their places in the mesh.
    rules: BTreeMap<&'a str, Vec<(usize, &'a DestinationRule)>>,
    wildcard_rules: Vec<(usize, &'a DestinationRule)>,
}

impl<'a> ByHost<'a> {
    fn new(mesh: &'a Mesh) -> Self {
        let mut out = Self::default();
        for workload in &mesh.workloads {
            out.workloads.entry(workload.meta.namespace()).or_default().push(workload);
        }
        let for_mesh = |v: &&VirtualService| v.gateways.iter().any(|g| g.value == "mesh");
        for host in mesh.virtual_services.iter().filter(for_mesh).flat_map(|v| &v.hosts) {
            out.routed.insert(&host.value);
            if host.value.starts_with('*') {
                out.routed_wildcards.push(&host.value);
            }
        }
        for (at, rule) in mesh.destination_rules.iter().enumerate() {
            match rule.host.value.starts_with('*') {
                true => out.wildcard_rules.push((at, rule)),
                false => out.rules.entry(&rule.host.value).or_default().push((at, rule)),
            }
        }
        out
    }

    /// Whether a VirtualService says where calls inside the mesh go.
    fn is_routed(&self, host: &str) -> bool {
        self.routed.contains(host) || self.routed_wildcards.iter().any(|w| wildcard_covers(w, host))
    }

    /// The rules that cover a host, in the order of the mesh.
    fn rules(&self, host: &str) -> Vec<&'a DestinationRule> {
        let covers = |r: &DestinationRule| r.host.value == host || wildcard_covers(&r.host.value, host);
        let wild = self.wildcard_rules.iter().filter(|(_, rule)| covers(rule));
        let mut out: Vec<_> = self.rules.get(host).into_iter().flatten().chain(wild).copied().collect();
        out.sort_by_key(|(at, _)| *at);
        out.into_iter().map(|(_, rule)| rule).collect()
    }

    /// The workloads that the selector picks.
    fn picked(&self, service: &Service) -> Vec<&'a Workload> {
        if service.selector.is_empty() {
            return Vec::new();
        }
        let near = self.workloads.get(service.meta.namespace()).into_iter().flatten().copied();
        near.filter(|workload| carries(workload.labels(), &service.selector)).collect()
    }
}

/// The hosts of each subset that a request can come to from the mesh or from any gateway, without making the whole graph.
#[must_use]
pub fn reached_subsets(mesh: &Mesh) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut places: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, service) in mesh.virtual_services.iter().enumerate() {
        places.entry((service.meta.namespace(), service.meta.name())).or_default().push(at);
    }
    let mut seen = vec![false; mesh.virtual_services.len()];
    // Routes made from other kinds may share a name, and are one node of the graph.
    let roots = mesh.virtual_services.iter().filter(|service| !service.gateways.is_empty());
    let named = roots.filter_map(|root| places.get(&(root.meta.namespace(), root.meta.name())));
    let mut todo: Vec<usize> = named.flatten().copied().collect();
    while let Some(at) = todo.pop() {
        let (Some(seen), Some(service)) = (seen.get_mut(at), mesh.virtual_services.get(at)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        for destination in leads_to(service).filter(|d| !d.subset.value.is_empty()) {
            out.entry(&destination.subset.value).or_default().insert(&destination.host.value);
        }
        let delegates = service.http.iter().filter_map(|route| route.delegate.as_ref());
        for delegate in delegates {
            let own = service.meta.namespace();
            let namespace = if delegate.namespace.is_empty() { own } else { &delegate.namespace };
            todo.extend(places.get(&(namespace, delegate.name.as_str())).into_iter().flatten());
        }
    }
    out
}

/// All destinations of a VirtualService, mirrors too.
fn leads_to(service: &VirtualService) -> impl Iterator<Item = &Destination> {
    let http = service.http.iter().flat_map(|route| {
        let mirrors = route.mirrors.iter().map(|mirror| &mirror.destination);
        route.route.iter().map(|entry| &entry.destination).chain(mirrors)
    });
    let tls = service.tls.iter().flat_map(|route| &route.route);
    let tcp = service.tcp.iter().flat_map(|route| &route.route);
    http.chain(tls.chain(tcp).map(|entry| &entry.destination))
}

/// The graph. Nodes are places in `things`; an edge carries the place in the file that made it.
#[derive(Debug, Default)]
pub struct TrafficGraph {
    things: Vec<Thing>,
    places: BTreeMap<Thing, u32>,
    edges: DiGraphMap<u32, Origin>,
}

impl TrafficGraph {
    /// Builds the graph from the facts.
    #[must_use]
    pub fn new(mesh: &Mesh) -> Self {
        let mut graph = Self::default();
        graph.node(Thing::Mesh);
        for gateway in &mesh.gateways {
            graph.node(Thing::Gateway(format!("{}/{}", gateway.meta.namespace(), gateway.meta.name())));
        }
        for service in &mesh.virtual_services {
            graph.add_routes(service);
        }
        let known = ByHost::new(mesh);
        for service in &mesh.services {
            graph.add_service(&known, service);
        }
        graph
    }

    fn node(&mut self, thing: Thing) -> u32 {
        if let Some(place) = self.places.get(&thing) {
            return *place;
        }
        let place = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        self.things.push(thing.clone());
        self.places.insert(thing, place);
        self.edges.add_node(place);
        place
    }

    fn edge(&mut self, from: Thing, to: Thing, origin: Origin) {
        let (from, to) = (self.node(from), self.node(to));
        if !self.edges.contains_edge(from, to) {
            self.edges.add_edge(from, to, origin);
        }
    }

    fn add_routes(&mut self, service: &VirtualService) {
        let me = Thing::VirtualService(format!("{}/{}", service.meta.namespace(), service.meta.name()));
        for gateway in &service.gateways {
            let from =
                if gateway.value == "mesh" { Thing::Mesh } else { Thing::Gateway(gateway.value.clone()) };
            self.edge(from, me.clone(), gateway.origin.or(service.meta.origin));
        }
        for route in &service.http {
            if let Some(delegate) = &route.delegate {
                let namespace = if delegate.namespace.is_empty() {
                    service.meta.namespace()
                } else {
                    &delegate.namespace
                };
                let to = Thing::VirtualService(format!("{namespace}/{}", delegate.name));
                self.edge(me.clone(), to, delegate.origin);
            }
        }
        for destination in leads_to(service) {
            self.add_destination(&me, destination);
        }
    }

    fn add_destination(&mut self, from: &Thing, destination: &Destination) {
        let host = destination.host.value.clone();
        let to = match destination.subset.value.as_str() {
            "" => Thing::Host(host),
            subset => Thing::Subset(host, subset.to_owned()),
        };
        self.edge(from.clone(), to, destination.host.origin);
    }

    fn add_service(&mut self, known: &ByHost<'_>, service: &Service) {
        if service.resolution == Resolution::Alias {
            return;
        }
        let host = service.hostname.value.clone();
        if !known.is_routed(&host) {
            self.edge(Thing::Mesh, Thing::Host(host.clone()), service.hostname.origin);
        }
        let me = Thing::Host(host.clone());
        self.node(me.clone());
        let picked = known.picked(service);
        let name = |w: &Workload| Thing::Workload(format!("{}/{}", w.meta.namespace(), w.meta.name()));
        for pod in &picked {
            self.edge(me.clone(), name(pod), service.meta.origin);
        }
        for rule in known.rules(&host) {
            for subset in &rule.subsets {
                let node = Thing::Subset(host.clone(), subset.name.value.clone());
                self.node(node.clone());
                for pod in picked.iter().filter(|pod| carries(pod.labels(), &subset.labels)) {
                    self.edge(node.clone(), name(pod), subset.origin);
                }
            }
        }
    }

    /// All nodes, in the order they were met.
    #[must_use]
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// All edges with the place that made them, sorted.
    #[must_use]
    pub fn edges(&self) -> Vec<(&Thing, &Thing, Origin)> {
        let thing = |place: u32| self.things.get(place as usize);
        let mut out: Vec<_> = self
            .edges
            .all_edges()
            .filter_map(|(a, b, origin)| Some((thing(a)?, thing(b)?, *origin)))
            .collect();
        out.sort();
        out
    }

    /// Everything that a request can come to from the mesh or from any gateway.
    #[must_use]
    pub fn reachable(&self) -> BTreeSet<&Thing> {
        let roots = self.things.iter().filter(|t| matches!(t, Thing::Mesh | Thing::Gateway(_)));
        let mut seen = BTreeSet::new();
        // One walk: what was reached from one root is not walked again from the next.
        let mut walk = Dfs::empty(&self.edges);
        for root in roots.filter_map(|t| self.places.get(t)) {
            walk.move_to(*root);
            while let Some(place) = walk.next(&self.edges) {
                seen.extend(self.things.get(place as usize));
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use mp_model::{Input, Workspace};

    use super::*;

    const ROUTES: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: NAME, namespace: a}
spec:
  hosts: [x]
  http:
  - route: [{destination: {host: x, subset: NAME}}]
    mirror: {host: y, subset: mirrored}
  - delegate: {name: TO, namespace: b}
  tcp: [{route: [{destination: {host: z, subset: tcp}}]}]
---
";

    #[test]
    fn both_ways_find_the_same_subsets() {
        let text: String = [("one", "two"), ("two", "one"), ("three", "none")]
            .map(|(name, to)| ROUTES.replace("NAME", name).replace("TO", to))
            .concat();
        let mut mesh = mp_lower::facts(
            &Workspace::read(&[Input::new("a.yaml", &text)]),
            &mp_lower::FactOptions::default(),
        );
        for without in ["", "one", "two", "three"] {
            for service in mesh.virtual_services.iter_mut().filter(|v| v.meta.name() == without) {
                service.gateways.clear();
            }
            let graph = TrafficGraph::new(&mesh);
            let by_graph: BTreeSet<(&str, &str)> = graph
                .reachable()
                .into_iter()
                .filter_map(|thing| match thing {
                    Thing::Subset(host, subset) => Some((subset.as_str(), host.as_str())),
                    _ => None,
                })
                .collect();
            let short = reached_subsets(&mesh);
            let found: BTreeSet<(&str, &str)> =
                short.iter().flat_map(|(subset, hosts)| hosts.iter().map(|host| (*subset, *host))).collect();
            assert_eq!(found, by_graph, "without {without}");
        }
        assert!(reached_subsets(&mesh).is_empty(), "nothing leads to any of them");
    }
}
