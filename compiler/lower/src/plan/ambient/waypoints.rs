//! Which waypoint a service or workload uses (`ambient/waypoints.go`), and what waypoints are allowed without being told.

use mp_ir::base::At;
use mp_ir::mesh::{Labels, Mesh, Registry, Service, Waypoint, WaypointAddress};
use mp_ir::plan::{
    Authorization, AuthorizationGroup, AuthorizationScope, ConnectionMatch, RbacAction, TextMatch,
    WaypointLink,
};

const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
const MANAGED: &str = "gateway.istio.io/managed";
const CONTROLLERS: [&str; 2] = ["istio.io-mesh-controller", "istio.io-eastwest-controller"];
const SERVICE: &str = "service";
const WORKLOAD: &str = "workload";

/// The waypoint that a workload is an instance of (`fetchWaypointForInstance`).
pub(super) fn of_instance<'m>(mesh: &'m Mesh, namespace: &str, labels: &Labels) -> Option<&'m Waypoint> {
    named(mesh, namespace, labels.get(GATEWAY_NAME)?)
}

/// The waypoint of a workload (`fetchWaypointForWorkload`).
pub(super) fn of_workload<'m>(mesh: &'m Mesh, namespace: &str, labels: &Labels) -> Option<&'m Waypoint> {
    of_target(mesh, namespace, labels).filter(|waypoint| waypoint.is_for(WORKLOAD))
}

/// The waypoint of a service; waypoints and gateways to other networks have none (`fetchWaypointForService`).
pub(super) fn of_service<'m>(mesh: &'m Mesh, namespace: &str, labels: &Labels) -> Option<&'m Waypoint> {
    let is_gateway = labels.get(MANAGED).is_some_and(|controller| CONTROLLERS.contains(&controller.as_str()));
    of_target(mesh, namespace, labels).filter(|waypoint| !is_gateway && waypoint.is_for(SERVICE))
}

/// The same with waypoints that are not up yet: files seldom hold what the cluster writes into their status.
pub(crate) fn declared_of_service<'m>(mesh: &'m Mesh, service: &Service) -> Option<&'m Waypoint> {
    let (namespace, labels) = (service.meta.namespace(), &service.meta.labels);
    if labels.get(MANAGED).is_some_and(|controller| CONTROLLERS.contains(&controller.as_str())) {
        return None;
    }
    let (home, name) = mesh.wanted_waypoint(namespace, labels)?;
    let mut all = mesh.waypoints.iter().chain(&mesh.declared_waypoints);
    all.find(|w| w.meta.namespace() == home && w.meta.name() == name)
        .filter(|waypoint| waypoint.takes(namespace) && waypoint.is_for(SERVICE))
}

/// What its own label names, else its namespace's; a name that leads nowhere does not fall back (`fetchWaypointForTarget`).
fn of_target<'m>(mesh: &'m Mesh, namespace: &str, labels: &Labels) -> Option<&'m Waypoint> {
    let (home, name) = mesh.wanted_waypoint(namespace, labels)?;
    named(mesh, home, name).filter(|waypoint| waypoint.takes(namespace))
}

fn named<'m>(mesh: &'m Mesh, namespace: &str, name: &str) -> Option<&'m Waypoint> {
    mesh.waypoints.iter().find(|w| w.meta.namespace() == namespace && w.meta.name() == name)
}

/// How others find it.
pub(super) fn link(mesh: &Mesh, waypoint: &Waypoint) -> Option<WaypointLink> {
    Some(WaypointLink {
        namespace: waypoint.meta.namespace().to_owned(),
        address: waypoint.address.clone()?,
        network: mesh.settings.network.clone(),
    })
}

/// Whether a Service is what a waypoint is reached by.
pub(super) fn is_front(waypoint: &Waypoint, service: &Service) -> bool {
    match &waypoint.address {
        Some(WaypointAddress::Ip(ip)) => {
            service.registry == Registry::Kubernetes
                && service.addresses.iter().any(|own| own.parse() == Ok(*ip))
        }
        Some(WaypointAddress::Host(host)) => {
            service.hostname.value == *host && service.meta.namespace() == waypoint.meta.namespace()
        }
        None => false,
    }
}

/// The Service that a waypoint is reached by.
pub(super) fn front<'m>(mesh: &'m Mesh, waypoint: &Waypoint) -> Option<&'m Service> {
    mesh.services.iter().find(|service| is_front(waypoint, service))
}

/// The policy that admits a waypoint to what is behind it; `None` unless istiod is told to make it
/// (`implicitWaypointPolicyName`).
pub(super) fn policy_name(mesh: &Mesh, waypoint: &Waypoint) -> Option<String> {
    let wanted = mesh.compat.flag("PILOT_AUTO_ALLOW_WAYPOINT_POLICY", false) && !waypoint.accounts.is_empty();
    let (namespace, name) = (waypoint.meta.namespace(), waypoint.meta.name());
    wanted.then(|| format!("istio_allow_waypoint_{namespace}_{name}"))
}

/// All such policies (`implicitWaypointPolicy`).
pub(super) fn policies(mesh: &Mesh) -> Vec<Authorization> {
    mesh.waypoints.iter().filter_map(|waypoint| policy(mesh, waypoint)).collect()
}

fn policy(mesh: &Mesh, waypoint: &Waypoint) -> Option<Authorization> {
    let (namespace, domain) = (waypoint.meta.namespace(), &mesh.settings.trust_domain);
    let id =
        |account: &String| At::implied(TextMatch::Exact(format!("{domain}/ns/{namespace}/sa/{account}")));
    let principals = waypoint.accounts.iter().map(id).collect();
    let clause = vec![ConnectionMatch { principals, ..ConnectionMatch::default() }];
    Some(Authorization {
        namespace: namespace.to_owned(),
        name: policy_name(mesh, waypoint)?,
        scope: AuthorizationScope::Workload,
        action: RbacAction::Allow,
        groups: vec![AuthorizationGroup { clauses: vec![clause], origin: waypoint.meta.origin }],
        dry_run: false,
        origin: waypoint.meta.origin,
    })
}
