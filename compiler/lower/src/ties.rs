//! Where the order of the input decides what a proxy does: two objects want the same, and neither says when it was made.
//!
//! A cluster knows the age of its objects; files seldom do, and then the earlier one counts as older (`configCompareByCreationTime`).

mod policies;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mp_ir::base::{ObjectRef, Origin};
use mp_ir::mesh::{DestinationRule, Gateway, Mesh, Meta, Registry, Service, VirtualService};
use mp_ir::plan::{ProxyKind, ProxyView};

use crate::virtual_services::MESH;
use crate::{Index, Scope, gateways};

/// Beginning of the annotations of objects that were made from other kinds, whose order is another one.
const MADE: &str = "internal.istio.io/";

/// Two objects whose order in the input decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// The object that is taken as older.
    pub older: ObjectRef,
    /// Where it is.
    pub older_origin: Origin,
    /// The object that is taken as younger.
    pub younger: ObjectRef,
    /// Where it is.
    pub younger_origin: Origin,
    /// What both want, in lower case, such as "rules for host `a`".
    pub both: String,
}

/// The ties that decide what one proxy is told, sorted, each pair once.
#[must_use]
pub fn ties(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Vec<Tie> {
    let scope = Scope::new(mesh, index, proxy);
    let mut out = Ties::default();
    for rules in virtual_services(mesh, index, proxy, &scope) {
        out.virtual_services(&rules);
    }
    destination_rules(mesh, &scope, &mut out);
    let selecting: Vec<&Gateway> = gateways::selecting(mesh, proxy);
    servers(&selecting, &mut out);
    entries(mesh, &scope, &mut out);
    policies::all(mesh, proxy, &mut out);
    out.found.into_iter().collect()
}

/// What was found so far.
#[derive(Debug, Default)]
struct Ties {
    found: BTreeSet<Tie>,
    pairs: BTreeSet<(ObjectRef, ObjectRef)>,
}

impl Ties {
    /// Notes a pair, unless one of the two says when it was made, or was made from another kind.
    fn add(&mut self, older: (&Meta, Origin), younger: (&Meta, Origin), both: impl FnOnce() -> String) {
        let metas = [older.0, younger.0];
        let dated = metas.iter().any(|meta| meta.created.is_some());
        let made = metas.iter().any(|meta| meta.annotations.keys().any(|key| key.starts_with(MADE)));
        let (first, second) = (&older.0.object, &younger.0.object);
        if dated || made || first == second || !self.pairs.insert((first.clone(), second.clone())) {
            return;
        }
        self.found.insert(Tie {
            older: first.clone(),
            older_origin: older.1.or(older.0.origin),
            younger: second.clone(),
            younger_origin: younger.1.or(younger.0.origin),
            both: both(),
        });
    }

    /// VirtualServices of one gateway with a host in common: routes of the older one come first, or alone.
    fn virtual_services(&mut self, rules: &[Arc<VirtualService>]) {
        let mut first: BTreeMap<&str, (&VirtualService, Origin)> = BTreeMap::new();
        for rule in rules {
            for host in &rule.hosts {
                match first.get(host.value.as_str()) {
                    Some((older, origin)) if older.meta.namespace() == rule.meta.namespace() => {
                        let both = || format!("routes for host `{}`", host.value);
                        self.add((&older.meta, *origin), (&rule.meta, host.origin), both);
                    }
                    // Those of the own namespace come first whatever their age.
                    Some((older, origin)) if older.visibility == rule.visibility => {
                        let both = || format!("routes for host `{}`", host.value);
                        self.add((&older.meta, *origin), (&rule.meta, host.origin), both);
                    }
                    Some(_) => {}
                    None => {
                        first.insert(&host.value, (rule, host.origin));
                    }
                }
            }
        }
    }
}

/// The lists of VirtualServices in which age counts.
fn virtual_services(
    mesh: &Mesh,
    index: &Index,
    proxy: &ProxyView,
    scope: &Scope,
) -> Vec<Vec<Arc<VirtualService>>> {
    if proxy.kind == ProxyKind::Sidecar {
        return scope.egress.iter().map(|listener| listener.virtual_services.clone()).collect();
    }
    let merged = gateways::merge(mesh, index, proxy);
    let names = merged.iter().flat_map(|merged| &merged.gateway_names).filter(|name| *name != MESH);
    names.map(|name| index.virtual_services.for_gateway(&proxy.namespace, name)).collect()
}

/// DestinationRules that were merged: the older one's policy counts.
fn destination_rules(mesh: &Mesh, scope: &Scope, out: &mut Ties) {
    let by_object: BTreeMap<&ObjectRef, &DestinationRule> =
        mesh.destination_rules.iter().map(|rule| (&rule.meta.object, rule)).collect();
    for merged in scope.services.iter().flat_map(|service| scope.rules_of(&service.hostname.value)) {
        let mut of = merged.from.iter().filter_map(|object| by_object.get(object).copied());
        let Some(older) = of.next() else { continue };
        for younger in of {
            let both = || format!("a policy for host `{}`", older.host.value);
            out.add((&older.meta, older.host.origin), (&younger.meta, younger.host.origin), both);
        }
    }
}

/// Servers of several Gateways at one port with a host in common: of TLS servers only the older one is served.
fn servers(selecting: &[&Gateway], out: &mut Ties) {
    let mut first: BTreeMap<(u32, &str, &str), (&Gateway, Origin)> = BTreeMap::new();
    for gateway in selecting {
        for server in &gateway.servers {
            for host in &server.hosts {
                let key = (server.port.value, server.bind.as_str(), host.value.as_str());
                let Some((older, origin)) = first.get(&key) else {
                    first.insert(key, (gateway, host.origin));
                    continue;
                };
                let both = || format!("a server at port {} for host `{}`", server.port.value, host.value);
                out.add((&older.meta, *origin), (&gateway.meta, host.origin), both);
            }
        }
    }
}

/// ServiceEntries of one host: ports and addresses of the older one count.
fn entries(mesh: &Mesh, scope: &Scope, out: &mut Ties) {
    let mut first: BTreeMap<(&str, &str), &Service> = BTreeMap::new();
    for service in mesh.services.iter().filter(|service| service.registry == Registry::External) {
        let host = service.hostname.value.as_str();
        if scope.service(host).is_none_or(|seen| seen.registry != Registry::External) {
            continue;
        }
        match first.get(&(service.meta.namespace(), host)) {
            Some(older) => {
                let both = || format!("host `{host}`");
                let at = |service: &Service| service.hostname.origin;
                out.add((&older.meta, at(older)), (&service.meta, at(service)), both);
            }
            None => {
                first.insert((service.meta.namespace(), host), service);
            }
        }
    }
}

#[cfg(test)]
mod tests;
