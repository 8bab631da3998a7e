//! Hosts as the analyzers look them up (istio 1.31 `pkg/config/analysis/analyzers/util/hosts.go`, `service_lookup.go`): the domain is always
//! `cluster.local`, and the exports that count are those of the object that asks.

use std::collections::BTreeMap;

use mp_model::admission::message::Message;
use mp_model::{Node, SourceKind};

use super::analyzer::Context;
use super::deployment_services::number;
use super::selectors::{Labels, pairs};
use super::store::{at, items};

const DOMAIN: &str = ".svc.cluster.local";

/// The full name of a host: short names are those of the namespace, names with a dot and wildcards stay.
pub(crate) fn fqdn(namespace: &str, host: &str) -> String {
    if host.starts_with('*') || host.contains('.') {
        host.to_owned()
    } else {
        format!("{host}.{namespace}{DOMAIN}")
    }
}

/// Namespace and name of a full name of the cluster's domain.
pub(crate) fn of_cluster(host: &str) -> Option<(&str, &str)> {
    let rest = host.strip_suffix(DOMAIN)?;
    let dots = rest.match_indices('.').rev().map(|(at, _)| rest.split_at(at));
    dots.map(|(name, namespace)| (namespace.trim_start_matches('.'), name))
        .find(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
}

/// Namespace and name that a host stands for; what is no full name is a name of the own namespace.
pub(crate) fn resource_of<'t>(own: &'t str, host: &'t str) -> (&'t str, &'t str) {
    of_cluster(host).unwrap_or((own, host))
}

/// Whether exports make something visible everywhere.
pub(crate) fn is_everywhere<'t>(mut exports: impl Iterator<Item = &'t str>) -> bool {
    let Some(first) = exports.next() else { return true };
    first == "*" || exports.any(|one| one == "*")
}

/// What a host offers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host<'a> {
    /// Its ports.
    pub(crate) ports: Vec<i128>,
    /// Labels of the workloads of a ServiceEntry.
    pub(crate) selector: Labels<'a>,
}

/// All hosts of Services and ServiceEntries by the scope that sees them.
#[derive(Debug, Default)]
pub(crate) struct Hosts<'a> {
    found: Vec<Host<'a>>,
    by_scope: BTreeMap<(&'a str, String), usize>,
    /// Scope, what follows the star, and the place of the host.
    wildcards: Vec<(&'a str, String, usize)>,
}

impl<'a> Hosts<'a> {
    pub(crate) fn new(cx: &'a Context<'_>) -> Self {
        let mut hosts = Self::default();
        for (entry, message) in cx.store.messages(SourceKind::ServiceEntry) {
            hosts.add_entry(entry.namespace(), message);
        }
        for service in cx.store.all(SourceKind::Service) {
            let port = |node: Node<'_>| i128::from(number(at(node, &["port"])));
            let ports = items(service.root(), &["spec", "ports"]).map(port).collect();
            hosts.found.push(Host { ports, selector: Labels::new() });
            let exports =
                service.annotations().get("networking.istio.io/exportTo").copied().unwrap_or_default();
            let exports = if exports.is_empty() { "*" } else { exports };
            for scope in exports.split(',').map(str::trim) {
                let scope = if scope == "." { service.namespace() } else { scope };
                hosts.see(scope, fqdn(service.namespace(), service.name()));
            }
        }
        let wildcards = hosts
            .by_scope
            .iter()
            .filter_map(|((scope, host), at)| Some((*scope, host.strip_prefix('*')?.to_owned(), *at)));
        hosts.wildcards = wildcards.collect();
        hosts
    }

    fn add_entry(&mut self, namespace: &'a str, entry: &'a Message) {
        let ports = entry.messages("ports").map(|port| port.int("number")).collect();
        let selector = pairs(entry.message("workloadSelector"), "labels");
        self.found.push(Host { ports, selector });
        let exports: Vec<&str> = entry.texts("exportTo").map(|(scope, _)| scope).collect();
        let mut everywhere = exports.is_empty();
        for (host, _) in entry.texts("hosts") {
            let host = fqdn(namespace, host);
            if everywhere {
                self.see("*", host);
                continue;
            }
            for scope in &exports {
                self.see(if *scope == "." { namespace } else { scope }, host.clone());
                if *scope == "*" {
                    everywhere = true;
                    break;
                }
            }
        }
    }

    /// A scope sees the host that was added last.
    fn see(&mut self, scope: &'a str, host: String) {
        self.by_scope.insert((scope, host), self.found.len().saturating_sub(1));
    }

    /// The host that an object means: `exports` are its own.
    pub(crate) fn find(&self, namespace: &str, exports: &[&str], host: &str) -> Option<&Host<'a>> {
        let name = fqdn(namespace, host);
        let own = [namespace];
        let scopes = if exports.is_empty() { &own[..] } else { exports };
        let scopes = scopes.iter().map(|scope| if *scope == "." { namespace } else { scope });
        let exact =
            std::iter::once("*").chain(scopes).find_map(|scope| self.by_scope.get(&(scope, name.clone())));
        let bare = host.strip_prefix('*').unwrap_or(host);
        let covers = |(scope, suffix, _): &&(&str, String, usize)| {
            (*scope == "*" || *scope == namespace) && bare.ends_with(suffix.as_str())
        };
        let at = exact.copied().or_else(|| self.wildcards.iter().find(covers).map(|(.., at)| *at))?;
        self.found.get(at)
    }
}

/// Whether two hosts, either of which may be a wildcard, have hosts in common (`pkg/config/host/name.go`, `Matches`).
pub(crate) fn meet(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(a), Some(b)) if a.len() < b.len() => b.ends_with(a),
        (Some(a), Some(b)) => a.ends_with(b),
        (Some(a), None) => b.ends_with(a),
        (None, Some(b)) => a.ends_with(b),
        (None, None) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(fqdn("shop", "web"), "web.shop.svc.cluster.local");
        assert_eq!(fqdn("shop", "web.shop"), "web.shop");
        assert_eq!(of_cluster("a.b.shop.svc.cluster.local"), Some(("shop", "a.b")));
        assert_eq!(of_cluster("shop.svc.cluster.local"), None);
        assert_eq!(resource_of("x", "web.shop"), ("x", "web.shop"));
    }

    #[test]
    fn wildcards_meet_in_both_directions() {
        assert!(
            meet("*.com", "*.a.com") && meet("*.a.com", "*.com") && meet("*", "a") && meet("a.com", "*.com")
        );
        assert!(!meet("a", "b") && !meet("*.org", "a.com"));
    }
}
