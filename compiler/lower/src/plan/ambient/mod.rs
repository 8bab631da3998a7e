//! What ztunnel is told of the mesh (`pilot/pkg/serviceregistry/ambient`).

mod authorization;
mod peer;
mod services;
mod waypoints;
mod workloads;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{
    AmbientWorkload, AuthorizationPolicy, EndpointAddress, Labels, Mesh, Meta, Port, Protocol, Registry,
    Resolution, Service, Waypoint,
};
use mp_ir::plan::{AmbientPlan, Authorization, AuthorizationScope};

use super::security::selects;
use crate::Context;
use crate::facts::is_pod;
use crate::hosts::is_wildcard;
use services::Services;
pub(crate) use waypoints::declared_of_service as waypoint_of_service;

/// Everything that ztunnels are told: policies, workloads, services.
#[must_use]
pub fn plan(mesh: &Mesh, workloads: &[AmbientWorkload]) -> AmbientPlan {
    let policies = Policies::of(mesh);
    let services = Services::of(mesh);
    AmbientPlan {
        workloads: workloads::all(mesh, workloads, &policies, &services),
        services: services.plan(mesh),
        conditions: conditions(mesh),
        authorizations: policies.all,
    }
}

/// The Service of the waypoint that gateways send calls of a service to: it has one, and it or its namespace says so.
pub(crate) fn ingress_waypoint<'m>(mesh: &'m Mesh, service: &Service) -> Option<&'m Service> {
    let waypoint = waypoints::of_service(mesh, service.meta.namespace(), &service.meta.labels)?;
    services::admits_ingress(mesh, service).then(|| waypoints::front(mesh, waypoint)).flatten()
}

/// The waypoint that calls of an address of a service or a Pod go through (`ztunnel`, `outbound.rs`, `build_request`); one that is not up
/// yet counts.
#[must_use]
pub fn waypoint_called(mesh: &Mesh, address: IpAddr) -> Option<&Waypoint> {
    let here = |texts: &[String]| texts.iter().any(|text| text.parse() == Ok(address));
    let own = |service: &&Service| here(&service.addresses) || service.auto_addresses.contains(&address);
    if let Some(service) = mesh.services.iter().find(own) {
        return waypoints::declared_of_service(mesh, service);
    }
    let pod = mesh.workloads.iter().find(|workload| here(&workload.ips))?;
    waypoints::of_workload(mesh, pod.meta.namespace(), pod.labels())
}

/// Services whose waypoint a proxy is, oldest first: by the addresses and hosts of the services that select its Pod
/// (`findWaypointResources`).
pub(crate) fn behind<'m>(cx: &Context<'m>) -> Vec<&'m Service> {
    let fronts: Vec<&Service> =
        cx.proxy.targets.iter().filter_map(|target| cx.mesh.services.get(target.service)).collect();
    let known = Services::of(cx.mesh);
    let mine = |waypoint: &Waypoint| fronts.iter().any(|front| waypoints::is_front(waypoint, front));
    let mut hosts: BTreeMap<&str, &Service> = BTreeMap::new();
    for one in known.all().filter(|one| one.waypoint.is_some_and(mine)) {
        let dynamic = one.service.resolution == Resolution::DynamicDns && !one.service.mesh_external;
        if !dynamic {
            hosts.insert(&one.service.hostname.value, one.service);
        }
    }
    let mine = |service: &&Service| {
        hosts.get(service.hostname.value.as_str()).is_some_and(|one| std::ptr::eq(*one, *service))
    };
    cx.mesh.services.iter().filter(mine).collect()
}

/// Whether a waypoint takes connections at a port of a service: not for datagrams, nor for TLS to hosts that anybody may name.
pub(crate) fn serves(cx: &Context<'_>, service: &Service, port: &Port) -> bool {
    let by_sni = cx.mesh.compat.flag("ENABLE_WILDCARD_HOST_SERVICE_ENTRIES_FOR_TLS", false);
    let tls = matches!(port.protocol, Protocol::Tls | Protocol::Https);
    let any_host =
        tls && service.resolution == Resolution::DynamicDns && is_wildcard(&service.hostname.value);
    port.protocol != Protocol::Udp && (by_sni || !any_host)
}

/// Addresses of the workloads whose waypoint a proxy is: by age, then by identifier, in which Pods come first and endpoints
/// of ServiceEntries before WorkloadEntries.
pub(crate) fn workloads_behind(cx: &Context<'_>) -> Vec<String> {
    let mesh = cx.mesh;
    let fronts: Vec<&Service> =
        cx.proxy.targets.iter().filter_map(|target| mesh.services.get(target.service)).collect();
    let mine = |namespace: &str, labels: &Labels| {
        let waypoint = waypoints::of_workload(mesh, namespace, labels)
            .filter(|_| waypoints::of_instance(mesh, namespace, labels).is_none());
        waypoint.is_some_and(|waypoint| fronts.iter().any(|front| waypoints::is_front(waypoint, front)))
    };
    let age = |meta: &Meta| meta.created.unwrap_or(i64::MIN);
    let id = |meta: &Meta, address: &str| format!("{}/{}/{address}", meta.namespace(), meta.name());
    let mut found: BTreeMap<(i64, u8, String), Vec<String>> = BTreeMap::new();
    let stated = mesh.workloads.iter().filter(|w| !w.from_template);
    for w in stated.filter(|w| mine(w.meta.namespace(), w.labels())) {
        let class = if is_pod(w) { 0 } else { 2 };
        found.insert((age(&w.meta), class, id(&w.meta, "")), w.ips.clone());
    }
    for (service, endpoints) in mesh.services.iter().zip(&mesh.endpoints) {
        let own = service.registry == Registry::External && service.selector.is_empty();
        for endpoint in endpoints.iter().filter(|e| own && mine(service.meta.namespace(), &e.labels)) {
            if let EndpointAddress::Host(ip) = &endpoint.address
                && ip.parse::<IpAddr>().is_ok()
            {
                found.insert((age(&service.meta), 1, id(&service.meta, ip)), vec![ip.clone()]);
            }
        }
    }
    found.into_values().flatten().collect()
}

/// What istiod reports of policies that ztunnel gets otherwise than written.
fn conditions(mesh: &Mesh) -> BTreeMap<String, mp_ir::plan::AmbientCondition> {
    let told = mesh.authorization_policies.iter().filter_map(|policy| {
        let (made, condition) = authorization::convert(mesh, policy);
        Some((made?.key(), condition?))
    });
    told.collect()
}

/// All policies, and how workloads come to name them.
pub(crate) struct Policies<'m> {
    all: BTreeMap<String, Authorization>,
    /// Those with labels to select by.
    selecting: Vec<&'m AuthorizationPolicy>,
}

impl<'m> Policies<'m> {
    pub(crate) fn of(mesh: &'m Mesh) -> Self {
        let made = |policy| authorization::convert(mesh, policy).0;
        let mut all: BTreeMap<String, Authorization> =
            mesh.authorization_policies.iter().filter_map(made).map(|made| (made.key(), made)).collect();
        all.extend(peer::policies(mesh).into_iter().map(|made| (made.key(), made)));
        all.extend(waypoints::policies(mesh).into_iter().map(|made| (made.key(), made)));
        let selecting = mesh.authorization_policies.iter().filter(|policy| !policy.selector.is_empty());
        Self { all, selecting: selecting.collect() }
    }

    /// Those that ztunnel applies to connections to a workload, by key (`state.rs`, `assert_rbac`). Dry runs decide nothing.
    pub(crate) fn applying(&self, mesh: &Mesh, namespace: &str, labels: &Labels) -> Vec<Authorization> {
        let named = self.named(mesh, namespace, labels);
        let applies = |policy: &&Authorization| match policy.scope {
            AuthorizationScope::Global => true,
            AuthorizationScope::Namespace => policy.namespace == namespace,
            AuthorizationScope::Workload => named.contains(&policy.key()),
        };
        self.all.values().filter(|policy| !policy.dry_run).filter(applies).cloned().collect()
    }

    /// What a workload names: policies of its namespace and of the root namespace that select it, by name, then what
    /// PeerAuthentications come to (`buildWorkloadPolicies`).
    fn named(&self, mesh: &Mesh, namespace: &str, labels: &Labels) -> Vec<String> {
        let root = mesh.settings.root_namespace.as_str();
        let fits = |policy: &&&AuthorizationPolicy| {
            let home = policy.meta.namespace();
            (home == root || home == namespace) && selects(&policy.selector, labels)
        };
        let key =
            |policy: &&AuthorizationPolicy| format!("{}/{}", policy.meta.namespace(), policy.meta.name());
        let mut out: Vec<String> =
            self.selecting.iter().filter(fits).map(key).filter(|key| self.all.contains_key(key)).collect();
        out.sort();
        out.extend(peer::named(mesh, namespace, labels));
        out
    }
}
