//! Hosts, subsets and workloads by name, with three-valued answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mp_ir::mesh::{
    DestinationRule, Labels, Mesh, Meta, Port, Registry, Service, Subset, TargetPort, Workload, WorkloadPort,
};
use mp_model::Workspace;
use mp_model::base::{At, Fix, edit_distance, slip};

use crate::Answer;
use crate::elsewhere::Elsewhere;

/// Look-ups over the facts.
#[derive(Debug)]
pub struct Hosts<'a> {
    mesh: &'a Mesh,
    // Those that are only asked by name, which happens for every destination, are no trees.
    by_host: HashMap<&'a str, Vec<&'a Service>>,
    wildcards: Vec<&'a Service>,
    rules_by_host: HashMap<&'a str, Vec<&'a DestinationRule>>,
    wildcard_rules: Vec<&'a DestinationRule>,
    /// Places in the mesh of the services of a host.
    places: HashMap<&'a str, Vec<usize>>,
    workloads: BTreeMap<&'a str, Vec<&'a Workload>>,
    /// Workloads by namespace, with the Pods that Deployments would make.
    everyone: BTreeMap<&'a str, Vec<&'a Workload>>,
    /// Services by namespace and the first pair of their selector.
    selecting: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Service>>,
    /// Namespaces whose Services are in the input.
    closed: BTreeSet<&'a str>,
    suffix: String,
    /// Services get other names before they are applied: that a host is missing says nothing.
    renamed: bool,
    elsewhere: Elsewhere<'a>,
}

impl<'a> Hosts<'a> {
    /// Indexes the facts of a workspace.
    #[must_use]
    pub fn new(mesh: &'a Mesh, workspace: &Workspace, elsewhere: Elsewhere<'a>) -> Self {
        let mut by_host: HashMap<&str, Vec<&Service>> = HashMap::new();
        let mut closed = BTreeSet::new();
        let mut selecting: HashMap<(&str, &str, &str), Vec<&Service>> = HashMap::new();
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, service) in mesh.services.iter().enumerate() {
            places.entry(service.hostname.value.as_str()).or_default().push(at);
            by_host.entry(service.hostname.value.as_str()).or_default().push(service);
            if let Some((key, value)) = service.selector.first_key_value() {
                selecting.entry((service.meta.namespace(), key, value)).or_default().push(service);
            }
            if service.registry == Registry::Kubernetes {
                closed.insert(service.meta.namespace());
            }
        }
        let wildcards = mesh.services.iter().filter(|s| s.hostname.value.starts_with('*')).collect();
        let mut rules_by_host: HashMap<&str, Vec<&DestinationRule>> = HashMap::new();
        for rule in &mesh.destination_rules {
            rules_by_host.entry(rule.host.value.as_str()).or_default().push(rule);
        }
        let wildcard_rules =
            mesh.destination_rules.iter().filter(|r| r.host.value.starts_with('*')).collect();
        let workloads = by_namespace(mesh.workloads.iter());
        let everyone = by_namespace(workloads_of_mesh(mesh));
        Self {
            mesh,
            by_host,
            wildcards,
            rules_by_host,
            wildcard_rules,
            places,
            workloads,
            everyone,
            selecting,
            closed,
            suffix: format!(".svc.{}", mesh.settings.domain),
            renamed: workspace.sets().iter().any(|set| set.renames),
            elsewhere,
        }
    }

    /// The namespace of a host of the cluster; `None` for other hosts.
    #[must_use]
    pub fn cluster_namespace<'h>(&self, host: &'h str) -> Option<&'h str> {
        host.strip_suffix(self.suffix.as_str())?.rsplit_once('.').map(|(_, namespace)| namespace)
    }

    /// Whether the input holds the Services of a namespace, or no Service is missing from what we know of it.
    #[must_use]
    pub fn namespace_is_closed(&self, namespace: &str) -> bool {
        self.closed.contains(namespace)
    }

    /// Whether the input holds any Service at all.
    #[must_use]
    pub fn any_service(&self) -> bool {
        !self.by_host.is_empty()
    }

    /// The services that a host names from a namespace: exact first, then the ServiceEntries with a wildcard that covers it.
    ///
    /// `No` needs an input that would hold the service: a host of the cluster needs some Service of its namespace.
    #[must_use]
    pub fn services(&self, host: &str) -> Answer<Vec<&'a Service>> {
        if let Some(found) = self.by_host.get(host) {
            return Answer::Yes(found.clone());
        }
        let covering: Vec<&Service> =
            self.wildcards.iter().copied().filter(|s| wildcard_covers(&s.hostname.value, host)).collect();
        if !covering.is_empty() {
            return Answer::Yes(covering);
        }
        let known = match self.cluster_namespace(host) {
            Some(namespace) => {
                self.namespace_is_closed(namespace) || self.mesh.namespaces.is_empty() && self.any_service()
            }
            None => self.any_service(),
        };
        if known && !self.renamed && !self.elsewhere.has_host(host) { Answer::No } else { Answer::Unknown }
    }

    /// Why it is open whether a host exists, where [`Self::services`] does not know.
    #[must_use]
    pub fn open(&self, host: &str) -> String {
        let why = if self.renamed {
            "a kustomization changes the names of Services"
        } else if self.elsewhere.has_host(host) {
            "another kustomization or folder of the input has it"
        } else if self.elsewhere.is_empty() {
            "no Service of its namespace is part of the input"
        } else {
            "no Service of its namespace is applied together with it"
        };
        format!("whether `{host}` exists: {why}")
    }

    /// Hosts that look like `host`, nearest first, for suggestions.
    #[must_use]
    pub fn similar(&self, host: &str) -> Option<&'a str> {
        let limit = host.len().min(12) / 3 + 1;
        // The name itself comes last in the key, so that the order of the table does not count.
        let distance = |known: &&'a str| (edit_distance(known, host), known.len(), *known);
        let best = self.by_host.keys().copied().min_by_key(|known| distance(known))?;
        (edit_distance(best, host) <= limit).then_some(best)
    }

    /// A mend for a host that nobody has, if it is one slip of the pen away from one host alone; a short name stays one.
    #[must_use]
    pub fn corrected(&self, workspace: &Workspace, host: &At<String>) -> Option<Fix> {
        let meant = slip(self.by_host.keys().copied(), &host.value)?;
        let written = workspace.sources().slice(host.origin?).trim_matches(['"', '\'']);
        let rest = host.value.strip_prefix(written)?;
        let new = meant.strip_suffix(rest)?;
        workspace.replacement(host.origin?, written, new, format!("write `{new}`"))
    }

    /// DestinationRules whose host covers a service's host; exact ones first.
    #[must_use]
    pub fn rules(&self, host: &str) -> Vec<&'a DestinationRule> {
        let exact = self.rules_by_host.get(host).into_iter().flatten().copied();
        let wild = self
            .wildcard_rules
            .iter()
            .copied()
            .filter(|r| r.host.value != host && wildcard_covers(&r.host.value, host));
        exact.chain(wild).collect()
    }

    /// The subset of a host under a name, in any DestinationRule that covers the host.
    #[must_use]
    pub fn subset(&self, host: &str, name: &str) -> Option<(&'a DestinationRule, &'a Subset)> {
        self.rules(host)
            .into_iter()
            .find_map(|rule| rule.subsets.iter().find(|s| s.name.value == name).map(|s| (rule, s)))
    }

    /// Whether any endpoint of a service carries all of `labels`.
    ///
    /// `Unknown` when the input has no workload for the service at all.
    #[must_use]
    pub fn selects(&self, service: &Service, labels: &Labels) -> Answer<()> {
        let mut candidates = self.workloads_of(service).peekable();
        if candidates.peek().is_none() {
            return self.selects_endpoint(service, labels);
        }
        if candidates.any(|workload| carries(workload.labels(), labels)) {
            return Answer::Yes(());
        }
        match self.selects_endpoint(service, labels) {
            Answer::Yes(()) => Answer::Yes(()),
            _ => Answer::No,
        }
    }

    fn selects_endpoint(&self, service: &Service, labels: &Labels) -> Answer<()> {
        let is_it = |at: &&usize| self.mesh.services.get(**at).is_some_and(|s| std::ptr::eq(s, service));
        let mut places = self.places.get(service.hostname.value.as_str()).into_iter().flatten();
        let endpoints = places
            .find(is_it)
            .and_then(|at| self.mesh.endpoints.get(*at))
            .map(Vec::as_slice)
            .unwrap_or_default();
        if endpoints.is_empty() {
            return Answer::Unknown;
        }
        if endpoints.iter().any(|e| carries(&e.labels, labels)) { Answer::Yes(()) } else { Answer::No }
    }

    /// The workloads of a namespace, with the Pods that Deployments would make.
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &'a Workload> + use<'_, 'a> {
        self.everyone.get(namespace).into_iter().flatten().copied()
    }

    /// The workloads that a policy's selector picks: in its own namespace, or everywhere from the root namespace.
    pub fn selected<'s>(
        &'s self,
        meta: &'s Meta,
        selector: &'s Labels,
    ) -> impl Iterator<Item = &'a Workload> + 's {
        let everywhere = meta.namespace() == self.mesh.settings.root_namespace;
        let namespaces =
            self.everyone.iter().filter(move |(name, _)| everywhere || **name == meta.namespace());
        let near = namespaces.flat_map(|(_, workloads)| workloads).copied();
        near.filter(move |workload| carries(workload.labels(), selector))
    }

    /// The services whose selector picks a workload, in no order of their own.
    pub fn services_of<'w>(&'w self, workload: &'w Workload) -> impl Iterator<Item = &'a Service> + 'w {
        let namespace = workload.meta.namespace();
        let by_pair = move |(key, value): (&'w String, &'w String)| {
            self.selecting.get(&(namespace, key.as_str(), value.as_str())).into_iter().flatten().copied()
        };
        workload.labels().iter().flat_map(by_pair).filter(|s| carries(workload.labels(), &s.selector))
    }

    /// The ports of a workload that its services lead to: the service, its port, and the number at the workload. A target by a name
    /// that the workload does not have is left out.
    pub fn inbound<'w>(
        &'w self,
        workload: &'w Workload,
    ) -> impl Iterator<Item = (&'a Service, &'a Port, u32)> + 'w {
        let ports = self.services_of(workload).flat_map(|s| s.ports.iter().map(move |port| (s, port)));
        ports.filter_map(|(s, port)| Some((s, port, target(workload, port)?)))
    }

    /// The workloads that a service's selector picks in its namespace.
    pub fn workloads_of<'s>(&'s self, service: &'s Service) -> impl Iterator<Item = &'a Workload> + 's {
        let near = self.workloads.get(service.meta.namespace()).into_iter().flatten().copied();
        let picked =
            move |w: &&Workload| !service.selector.is_empty() && carries(w.labels(), &service.selector);
        near.filter(picked)
    }
}

fn by_namespace<'a>(workloads: impl Iterator<Item = &'a Workload>) -> BTreeMap<&'a str, Vec<&'a Workload>> {
    let mut out: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for workload in workloads {
        out.entry(workload.meta.namespace()).or_default().push(workload);
    }
    out
}

/// Pods, WorkloadEntries, and the Pods that Deployments would make.
pub(crate) fn workloads_of_mesh(mesh: &Mesh) -> impl Iterator<Item = &Workload> {
    mesh.workloads.iter().chain(&mesh.templates)
}

/// Where a service port leads on a workload.
#[must_use]
pub(crate) fn target(workload: &Workload, port: &Port) -> Option<u32> {
    match &port.target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => {
            let named = |own: &&WorkloadPort| own.name == *name && own.protocol == port.transport;
            workload.ports.iter().find(named).map(|own| own.number)
        }
    }
}

/// Whether `labels` holds every pair of `wanted`.
#[must_use]
pub(crate) fn carries(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether a pattern (`*`, `*.x`, `*x` or a plain host) covers a host or a narrower pattern.
#[must_use]
pub(crate) fn wildcard_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        None => pattern == host,
        Some(suffix) => host.strip_prefix('*').unwrap_or(host).ends_with(suffix) && host != suffix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_what_istio_says() {
        for (pattern, host) in [("*", "a.b"), ("*.b", "a.b"), ("*.b", "*.a.b"), ("a.b", "a.b"), ("*", "*")] {
            assert!(wildcard_covers(pattern, host), "{pattern} {host}");
        }
        for (pattern, host) in [("*.b", "b"), ("*.b", "a.cb"), ("a.b", "*.b"), ("*.a.b", "*.b")] {
            assert!(!wildcard_covers(pattern, host), "{pattern} {host}");
        }
    }
}
