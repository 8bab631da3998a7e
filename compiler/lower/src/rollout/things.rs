//! What an object makes known to proxies, and what it takes for granted.

use std::collections::BTreeSet;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{Destination, Labels, Mesh, Meta, VirtualService, Workload};

/// Something that one object provides and another one uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A host that can be called.
    Host(String),
    /// A subset of a host.
    Subset(String, String),
    /// Pods of a subset.
    Endpoints(String, String),
    /// The delegate of a VirtualService, `namespace/name`.
    Delegate(String),
    /// A Secret with a certificate, by name.
    Certificate(String),
}

/// What one object provides and uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Things {
    pub(super) provides: BTreeSet<Thing>,
    pub(super) uses: BTreeSet<Thing>,
}

impl Thing {
    pub(super) fn name(&self) -> String {
        match self {
            Thing::Host(host) => format!("host {host}"),
            Thing::Subset(host, subset) => format!("subset {subset} of {host}"),
            Thing::Endpoints(host, subset) => format!("endpoints of {host} subset {subset}"),
            Thing::Delegate(name) => format!("delegate {name}"),
            Thing::Certificate(name) => format!("certificate {name}"),
        }
    }

    /// Why it comes before what uses it.
    pub(super) fn needed(&self) -> String {
        let name = self.name();
        match self {
            Thing::Host(_) | Thing::Subset(..) => {
                format!("{name} must be known before requests are sent there, or they get 503")
            }
            Thing::Endpoints(..) => {
                format!("{name} must run before requests are sent there, or they get 503")
            }
            Thing::Delegate(_) => format!("{name} must exist before it is named, or its routes are missing"),
            Thing::Certificate(_) => {
                format!("{name} must exist before a server asks for it, or its port does not open")
            }
        }
    }

    /// Why it goes after what used it.
    pub(super) fn still_used(&self) -> String {
        format!("{} is used until then", self.name())
    }
}

/// The things of an object as one mesh has it; nothing where the mesh does not have it.
pub(super) fn of(mesh: &Mesh, object: &ObjectRef) -> Things {
    let mut out = Things::default();
    let is = |meta: &Meta| meta.object == *object;
    for service in mesh.services.iter().filter(|service| is(&service.meta)) {
        out.provides.insert(Thing::Host(service.hostname.value.clone()));
    }
    for rule in mesh.destination_rules.iter().filter(|rule| is(&rule.meta)) {
        let host = &rule.host.value;
        out.provides.extend(rule.subsets.iter().map(|s| Thing::Subset(host.clone(), s.name.value.clone())));
        let tls = rule.traffic_policy.iter().filter_map(|policy| policy.tls.as_ref());
        let named = tls.filter(|tls| !tls.credential_name.is_empty());
        out.uses.extend(named.map(|tls| Thing::Certificate(tls.credential_name.clone())));
    }
    for rule in mesh.virtual_services.iter().filter(|rule| is(&rule.meta)) {
        virtual_service(rule, &mut out);
    }
    for gateway in mesh.gateways.iter().filter(|gateway| is(&gateway.meta)) {
        let tls = gateway.servers.iter().filter_map(|server| server.tls.as_ref());
        let names = tls.flat_map(|tls| {
            std::iter::once(&tls.credential_name.value)
                .chain(&tls.credential_names)
                .chain([&tls.ca_cert_credential_name])
        });
        out.uses.extend(names.filter(|name| !name.is_empty()).map(|name| Thing::Certificate(name.clone())));
    }
    if object.kind == "Secret" {
        out.provides.insert(Thing::Certificate(object.name.clone()));
    }
    for workload in mesh.workloads.iter().chain(&mesh.templates).filter(|workload| is(&workload.meta)) {
        out.provides.extend(subsets_of(mesh, workload));
    }
    out
}

fn virtual_service(rule: &VirtualService, out: &mut Things) {
    let http = rule.http.iter();
    let destinations = http
        .clone()
        .flat_map(|route| route.route.iter().map(|to| &to.destination))
        .chain(http.clone().flat_map(|route| route.mirrors.iter().map(|mirror| &mirror.destination)))
        .chain(rule.tls.iter().flat_map(|route| route.route.iter().map(|to| &to.destination)))
        .chain(rule.tcp.iter().flat_map(|route| route.route.iter().map(|to| &to.destination)));
    for Destination { host, subset, .. } in destinations {
        out.uses.insert(Thing::Host(host.value.clone()));
        if !subset.value.is_empty() {
            out.uses.insert(Thing::Subset(host.value.clone(), subset.value.clone()));
            out.uses.insert(Thing::Endpoints(host.value.clone(), subset.value.clone()));
        }
    }
    let home = rule.meta.namespace();
    for delegate in http.filter_map(|route| route.delegate.as_ref()) {
        let namespace = if delegate.namespace.is_empty() { home } else { &delegate.namespace };
        out.uses.insert(Thing::Delegate(format!("{namespace}/{}", delegate.name)));
    }
    if rule.hosts.is_empty() {
        out.provides.insert(Thing::Delegate(format!("{home}/{}", rule.meta.name())));
    }
}

/// Subsets that a workload is an endpoint of.
fn subsets_of<'a>(mesh: &'a Mesh, workload: &'a Workload) -> impl Iterator<Item = Thing> + 'a {
    let fits =
        |selector: &Labels| selector.iter().all(|(key, value)| workload.labels().get(key) == Some(value));
    let mine = mesh.services.iter().filter(move |service| {
        service.meta.namespace() == workload.meta.namespace()
            && !service.selector.is_empty()
            && fits(&service.selector)
    });
    mine.flat_map(move |service| {
        let host = &service.hostname.value;
        let rules = mesh.destination_rules.iter().filter(move |rule| rule.host.value == *host);
        let subsets = rules.flat_map(|rule| &rule.subsets).filter(move |subset| fits(&subset.labels));
        subsets.map(move |subset| Thing::Endpoints(host.clone(), subset.name.value.clone()))
    })
}
