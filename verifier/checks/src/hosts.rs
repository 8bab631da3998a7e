//! Hosts, subsets and workloads by name, with three-valued answers.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{DestinationRule, Labels, Mesh, Registry, Service, Subset, Workload};
use mp_model::base::edit_distance;

use crate::Answer;

/// Look-ups over the facts.
#[derive(Debug)]
pub struct Hosts<'a> {
    mesh: &'a Mesh,
    by_host: BTreeMap<&'a str, Vec<&'a Service>>,
    wildcards: Vec<&'a Service>,
    rules_by_host: BTreeMap<&'a str, Vec<&'a DestinationRule>>,
    wildcard_rules: Vec<&'a DestinationRule>,
    /// Places in the mesh of the services of a host.
    places: BTreeMap<&'a str, Vec<usize>>,
    workloads: BTreeMap<&'a str, Vec<&'a Workload>>,
    /// Namespaces whose Services are in the input.
    closed: BTreeSet<&'a str>,
    suffix: String,
}

impl<'a> Hosts<'a> {
    /// Indexes the facts.
    #[must_use]
    pub fn new(mesh: &'a Mesh) -> Self {
        let mut by_host: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
        let mut closed = BTreeSet::new();
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, service) in mesh.services.iter().enumerate() {
            places.entry(service.hostname.value.as_str()).or_default().push(at);
            by_host.entry(service.hostname.value.as_str()).or_default().push(service);
            if service.registry == Registry::Kubernetes {
                closed.insert(service.meta.namespace());
            }
        }
        let wildcards = mesh.services.iter().filter(|s| s.hostname.value.starts_with('*')).collect();
        let mut rules_by_host: BTreeMap<&str, Vec<&DestinationRule>> = BTreeMap::new();
        for rule in &mesh.destination_rules {
            rules_by_host.entry(rule.host.value.as_str()).or_default().push(rule);
        }
        let wildcard_rules =
            mesh.destination_rules.iter().filter(|r| r.host.value.starts_with('*')).collect();
        let mut workloads: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
        for workload in &mesh.workloads {
            workloads.entry(workload.meta.namespace()).or_default().push(workload);
        }
        let suffix = format!(".svc.{}", mesh.settings.domain);
        Self { mesh, by_host, wildcards, rules_by_host, wildcard_rules, places, workloads, closed, suffix }
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
        if known { Answer::No } else { Answer::Unknown }
    }

    /// Hosts that look like `host`, nearest first, for suggestions.
    #[must_use]
    pub fn similar(&self, host: &str) -> Option<&'a str> {
        let limit = host.len().min(12) / 3 + 1;
        let distance = |known: &&str| (edit_distance(known, host), known.len());
        let best = self.by_host.keys().copied().min_by_key(|known| distance(known))?;
        (edit_distance(best, host) <= limit).then_some(best)
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

    /// The workloads that a service's selector picks in its namespace.
    pub fn workloads_of<'s>(&'s self, service: &'s Service) -> impl Iterator<Item = &'a Workload> + 's {
        let near = self.workloads.get(service.meta.namespace()).into_iter().flatten().copied();
        let picked =
            move |w: &&Workload| !service.selector.is_empty() && carries(w.labels(), &service.selector);
        near.filter(picked)
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
