//! Hosts of an egress listener by namespace (`hostClassification`).

use std::collections::{BTreeMap, HashSet};

use mp_ir::mesh::HostSelector;

use crate::hosts::{is_wildcard, overlap, subset_of};

/// Hosts by namespace; `*` stands for all namespaces.
pub type HostSets = BTreeMap<String, HostSet>;

/// What an egress listener imports of one namespace.
#[derive(Clone, Debug, Default)]
pub struct HostSet {
    exact: HashSet<String>,
    all: Vec<String>,
    excluded: Vec<String>,
}

impl HostSet {
    /// Whether a host is left out (`~ns/host`).
    #[must_use]
    pub fn excludes(&self, host: &str) -> bool {
        self.excluded.iter().any(|excluded| subset_of(host, excluded))
    }

    /// Whether a service host is imported (`Matches`).
    #[must_use]
    pub fn imports(&self, host: &str) -> bool {
        self.exact.contains(host) || self.wildcards(host).any(|imported| subset_of(host, imported))
    }

    /// Whether a host of a VirtualService is imported (`VSMatches`): hosts in common are enough, but Gateway API wants
    /// all of them.
    #[must_use]
    pub fn imports_rule(&self, host: &str, gateway_semantics: bool) -> bool {
        let fits = |imported: &str| {
            if gateway_semantics { subset_of(host, imported) } else { overlap(host, imported) }
        };
        self.exact.contains(host) || self.wildcards(host).any(fits)
    }

    /// The imported hosts that must be compared: two plain names are equal or not.
    fn wildcards<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.all.iter().map(String::as_str);
        all.filter(move |imported| is_wildcard(host) || is_wildcard(imported))
    }

    /// The hosts without wildcard.
    pub(super) fn exact(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str).filter(|host| !is_wildcard(host))
    }
}

/// Sorts the hosts of a listener by namespace; also whether all are plain names in named namespaces.
pub(super) fn classify<'a>(hosts: impl Iterator<Item = &'a HostSelector>) -> (HostSets, bool) {
    let mut sets = HostSets::new();
    let mut all_exact = true;
    for selector in hosts {
        let set = sets.entry(selector.namespace.clone()).or_default();
        if selector.exclude {
            set.excluded.push(selector.host.clone());
            continue;
        }
        if is_wildcard(&selector.host) {
            all_exact = false;
        } else {
            set.exact.insert(selector.host.clone());
        }
        all_exact &= selector.namespace != "*";
        set.all.push(selector.host.clone());
    }
    (sets, all_exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(hosts: &[&str]) -> HostSet {
        let selectors: Vec<HostSelector> = hosts
            .iter()
            .map(|h| HostSelector {
                namespace: "a".into(),
                host: h.trim_start_matches('~').into(),
                exclude: h.starts_with('~'),
            })
            .collect();
        classify(selectors.iter()).0.remove("a").unwrap_or_default()
    }

    #[test]
    fn services_are_imported_whole_and_rules_by_any_common_host() {
        let imported = set(&["*.x.com", "y.com"]);
        assert!(imported.imports("a.x.com") && imported.imports("y.com"));
        assert!(!imported.imports("x.com") && !imported.imports("*.com"));
        assert!(imported.imports_rule("*.com", false) && !imported.imports_rule("*.com", true));
    }

    #[test]
    fn exclusion_takes_hosts_out() {
        let imported = set(&["*", "~*.x.com"]);
        assert!(imported.excludes("a.x.com"));
        assert!(!imported.excludes("x.com"));
    }

    #[test]
    fn a_wildcard_namespace_is_not_exact() {
        let at = |ns: &str| HostSelector { namespace: ns.into(), host: "a.b".into(), exclude: false };
        assert!(classify([at("x")].iter()).1);
        assert!(!classify([at("*")].iter()).1);
    }
}
