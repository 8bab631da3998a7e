//! Endpoints of clusters (`pilot/pkg/xds/endpoints/endpoint_builder.go`).

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use mp_ir::mesh::{
    ClientTlsMode, Endpoint, EndpointAddress, Health, Labels, MutualTlsMode, Service, TrafficPolicy,
};
use mp_ir::plan::{
    Cluster, ClusterTarget, Discovery, LbEndpoint, LoadAssignment, LocalityEndpoints, ProxyKind,
};

use super::locality::Preference;
use super::{locality, networks, security, traffic_policy, tunnel};
use crate::Context;
use crate::index::MergedRule;

const SESSION: &str = "istio.io/persistent-session";
const SESSION_HEADER: &str = "istio.io/persistent-session-header";
const DRAINING: &str = "istio.io/draining";
const NAME_LABELS: [&str; 3] = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
const REVISION_LABELS: [&str; 3] =
    ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];

/// The endpoints of which cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) service: &'a Service,
    pub(crate) port: u32,
    pub(crate) subset: &'a str,
    pub(crate) rule: Option<&'a MergedRule>,
}

/// A place in `Mesh::endpoints` and what is there.
type Placed<'a> = ((usize, usize), &'a Endpoint);

/// The assignments of all clusters that are told their endpoints (EDS).
pub(crate) fn all(cx: &Context<'_>, clusters: &[Cluster]) -> Vec<LoadAssignment> {
    let told = clusters.iter().filter(|cluster| cluster.discovery == Discovery::Eds);
    told.map(|cluster| LoadAssignment { cluster: cluster.name.clone(), localities: of_cluster(cx, cluster) })
        .collect()
}

fn of_cluster(cx: &Context<'_>, cluster: &Cluster) -> Vec<LocalityEndpoints> {
    let (host, port, subset, reach) = match &cluster.target {
        ClusterTarget::Outbound { host, port, subset } => (host, *port, subset.as_str(), Reach::Calls),
        ClusterTarget::SniDnat { host, port, subset } => (host, *port, subset.as_str(), Reach::BySni),
        // Behind the protocol.
        ClusterTarget::InboundVip { host, port, subset } => {
            (host, *port, subset.split_once('/').map_or("", |(_, subset)| subset), Reach::Waypoint)
        }
        _ => return Vec::new(),
    };
    let Some(service) = cx.scope.service(host) else { return Vec::new() };
    let Some(stated) = service.port(port).filter(|_| !service.is_dns()) else { return Vec::new() };
    if let Some(front) = tunnel::ingress_waypoint(cx, service).filter(|_| reach == Reach::Calls) {
        return behind_waypoint(cx, service, port, front);
    }
    let rule = cx.scope.destination_rule(cx.proxy, host).map(AsRef::as_ref);
    let wanted = Wanted { service, port, subset, rule };
    let labels = subset_labels(&wanted);
    let of_host = cx.index.endpoint_places(cx.mesh, host, service.meta.namespace());
    let fits =
        |(_, e): &Placed<'_>| e.port_name == stated.name && is_reachable(e) && within(labels, &e.labels);
    let mut groups = groups(cx, &wanted, of_host.filter(fits), reach);
    let policy = policy(&wanted);
    let outlier = policy.as_ref().is_some_and(|p| p.outlier_detection.is_some());
    let lb = policy.as_ref().and_then(|p| p.load_balancer.as_ref());
    match locality::setting(cx, service, lb) {
        // Waypoints do not know the zone they are in.
        Some(Preference::Zones(_)) if cx.proxy.kind == ProxyKind::Waypoint => {}
        Some(setting) => locality::apply(cx, &mut groups, &setting, outlier),
        None => {}
    }
    groups
}

/// From where endpoints are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From a sidecar or gateway.
    Calls,
    /// From a gateway that passes TLS on.
    BySni,
    /// From the service's waypoint.
    Waypoint,
}

/// The endpoints of a service's waypoint instead of its own (`EnableIngressWaypointRouting`).
fn behind_waypoint(
    cx: &Context<'_>,
    service: &Service,
    port: u32,
    front: &Service,
) -> Vec<LocalityEndpoints> {
    let through = of_port(cx, front, tunnel::WAYPOINT_PORT);
    let mut out: BTreeMap<String, LocalityEndpoints> = BTreeMap::new();
    for (place, endpoint) in through.filter(|(_, e)| is_sent(cx, service, e, true)) {
        let tunnel = tunnel::to_waypoint(service, port, endpoint);
        add(&mut out, endpoint, LbEndpoint { tunnel, ..make(cx, endpoint, place, false) });
    }
    out.into_values().collect()
}

/// The endpoints that DNS finds for a cluster, in the cluster itself (`FromServiceEndpoints`).
pub(crate) fn of_dns(cx: &Context<'_>, wanted: &Wanted<'_>, reach: Reach) -> Vec<LocalityEndpoints> {
    let labels = subset_labels(wanted);
    let fits = |(_, e): &Placed<'_>| within(labels, &e.labels);
    groups(cx, wanted, of_port(cx, wanted.service, wanted.port).filter(fits), reach)
}

/// The endpoints behind a port: by its number where endpoints say it, else by its name (`ServiceEndpointsByPort`).
pub(crate) fn of_port<'a>(
    cx: &Context<'a>,
    service: &Service,
    port: u32,
) -> impl Iterator<Item = Placed<'a>> {
    let name = service.port(port).map(|port| port.name.clone());
    let of_host = cx.index.endpoint_places(cx.mesh, &service.hostname.value, service.meta.namespace());
    of_host.filter(move |(_, e)| match e.service_port {
        0 => name.as_ref() == Some(&e.port_name),
        number => number == port,
    })
}

/// Hosts instead of addresses stand in ServiceEntries alone, and are for DNS.
fn is_reachable(endpoint: &Endpoint) -> bool {
    match &endpoint.address {
        EndpointAddress::Unix(_) => true,
        EndpointAddress::Host(host) => {
            endpoint.by_name || host.is_empty() || endpoint.port == 0 || host.parse::<IpAddr>().is_ok()
        }
    }
}

fn within(selector: Option<&Labels>, labels: &Labels) -> bool {
    selector.is_none_or(|selector| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

fn subset_labels<'a>(wanted: &Wanted<'a>) -> Option<&'a Labels> {
    let rule = wanted.rule.filter(|_| !wanted.subset.is_empty())?;
    rule.rule.subsets.iter().find(|s| s.name.value == wanted.subset).map(|s| &s.labels)
}

fn policy(wanted: &Wanted<'_>) -> Option<TrafficPolicy> {
    wanted.rule.and_then(|rule| traffic_policy::of_rule(&rule.rule, wanted.port, wanted.subset))
}

/// Endpoints by locality, with what is said of each (`EndpointBuilder.generate`).
fn groups<'a>(
    cx: &Context<'_>,
    wanted: &Wanted<'_>,
    endpoints: impl Iterator<Item = Placed<'a>>,
    reach: Reach,
) -> Vec<LocalityEndpoints> {
    let unhealthy = sends_unhealthy(cx, wanted);
    let rule_mode = rule_mode(wanted);
    let mut modes = Modes::default();
    let mut out: BTreeMap<String, LocalityEndpoints> = BTreeMap::new();
    for (place, endpoint) in endpoints.filter(|(_, e)| is_sent(cx, wanted.service, e, unhealthy)) {
        let mutual = match rule_mode {
            Some(mode) => mode == ClientTlsMode::IstioMutual,
            None => endpoint.tls_mode_istio && modes.at(cx, endpoint) != MutualTlsMode::Disable,
        };
        let made = LbEndpoint {
            tunnel: tunnel::to_endpoint(cx, endpoint, reach == Reach::Waypoint),
            ..make(cx, endpoint, place, mutual && endpoint.tls_mode_istio)
        };
        add(&mut out, endpoint, made);
    }
    let mut out: Vec<LocalityEndpoints> = out.into_values().collect();
    // istiod keeps another list of gateways for DNS clusters, and does not fill it while the first one changes.
    if !wanted.service.is_dns() {
        networks::filter(cx, &mut out);
    }
    if reach == Reach::BySni {
        mutual_alone(&mut out);
    }
    out
}

/// Adds an endpoint to its locality.
fn add(groups: &mut BTreeMap<String, LocalityEndpoints>, endpoint: &Endpoint, made: LbEndpoint) {
    let group = groups.entry(endpoint.locality.label()).or_insert_with(|| LocalityEndpoints {
        locality: endpoint.locality.clone(),
        locality_stated: true,
        ..LocalityEndpoints::default()
    });
    group.weight = Some(group.weight.unwrap_or_default().saturating_add(made.weight.unwrap_or_default()));
    group.endpoints.push(made);
}

/// Gateways that pass TLS on can only reach endpoints that open it themselves (`EndpointsWithMTLSFilter`).
fn mutual_alone(groups: &mut [LocalityEndpoints]) {
    for group in groups {
        group.endpoints.retain(|endpoint| endpoint.mutual_tls);
        let weights = group.endpoints.iter().map(|endpoint| endpoint.weight.unwrap_or_default());
        group.weight = (!group.endpoints.is_empty()).then(|| weights.fold(0, u32::saturating_add));
    }
}

/// Whether endpoints that are not ready are sent (`supportsUnhealthyEndpoints`).
fn sends_unhealthy(cx: &Context<'_>, wanted: &Wanted<'_>) -> bool {
    if super::clusters::forces_unhealthy(cx, wanted.service) {
        return true;
    }
    let percent = policy(wanted).and_then(|p| p.outlier_detection).map_or(0, |o| o.min_health_percent);
    cx.mesh.compat.flag("PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS", true) && percent <= 0
}

/// Whether sessions may stay on endpoints that go away (`SupportsDrainingEndpoints`).
pub(crate) fn keeps_draining(service: &Service) -> bool {
    [SESSION, SESSION_HEADER]
        .iter()
        .any(|key| service.meta.labels.get(*key).is_some_and(|value| !value.is_empty()))
}

/// `filterIstioEndpoint`, for one cluster and network.
fn is_sent(cx: &Context<'_>, service: &Service, endpoint: &Endpoint, unhealthy: bool) -> bool {
    if service.node_local && endpoint.node != cx.proxy.node {
        return false;
    }
    match health(cx, endpoint) {
        Health::Healthy | Health::Unchecked => true,
        Health::Unhealthy => unhealthy,
        Health::Draining => service.meta.labels.get(SESSION).is_some_and(|value| !value.is_empty()),
        Health::Terminating => false,
    }
}

fn health(cx: &Context<'_>, endpoint: &Endpoint) -> Health {
    let key = cx.mesh.compat.env.get("PILOT_DRAINING_LABEL").map_or(DRAINING, String::as_str);
    let draining = endpoint.labels.get(key).is_some_and(|value| !value.is_empty());
    if draining && endpoint.health != Health::Terminating { Health::Draining } else { endpoint.health }
}

/// Modes of workloads by namespace and labels, each worked out once.
#[derive(Debug, Default)]
struct Modes<'a>(HashMap<(&'a str, &'a Labels, u32), MutualTlsMode>);

impl<'a> Modes<'a> {
    fn at(&mut self, cx: &Context<'_>, endpoint: &'a Endpoint) -> MutualTlsMode {
        if cx.mesh.peer_authentications.is_empty() {
            return MutualTlsMode::Permissive;
        }
        let key = (endpoint.namespace.as_str(), &endpoint.labels, endpoint.port);
        *self.0.entry(key).or_insert_with(|| {
            security::workload_modes(cx.mesh, &endpoint.namespace, &endpoint.labels).at(endpoint.port).value
        })
    }
}

/// The mode that the rule states for the subset and port (`tlsModeForDestinationRule`).
fn rule_mode(wanted: &Wanted<'_>) -> Option<ClientTlsMode> {
    let rule = &wanted.rule?.rule;
    let mode = |policy: &TrafficPolicy| {
        let own = policy.port_level.get(&wanted.port).and_then(|p| p.tls.as_ref());
        own.or(policy.tls.as_ref()).map(|tls| tls.mode)
    };
    let of_host = || rule.traffic_policy.as_ref().and_then(mode);
    if wanted.subset.is_empty() {
        return of_host();
    }
    let subset = rule.subsets.iter().find(|s| s.name.value == wanted.subset)?;
    subset.traffic_policy.as_ref().and_then(mode).or_else(of_host)
}

fn make(cx: &Context<'_>, endpoint: &Endpoint, place: (usize, usize), mutual_tls: bool) -> LbEndpoint {
    let dual = cx.mesh.compat.flag("ISTIO_DUAL_STACK", false);
    LbEndpoint {
        address: endpoint.address.clone(),
        port: endpoint.port,
        additional: if dual { endpoint.additional.clone() } else { Vec::new() },
        health: Some(health(cx, endpoint)),
        weight: Some(endpoint.weight.max(1)),
        mutual_tls,
        workload: workload(cx, endpoint),
        tunnel: None,
        gateway_to: None,
        source: Some(place),
        origin: endpoint.origin,
    }
}

/// Whether endpoints say which workload they are.
pub(crate) fn labels_workloads(cx: &Context<'_>) -> bool {
    let flag = |name: &str| cx.mesh.compat.flag(name, true);
    flag("PILOT_ENABLE_TELEMETRY_LABEL") && flag("PILOT_ENDPOINT_TELEMETRY_LABEL")
}

/// `workload;namespace;canonical name;revision;cluster` (`AppendLbEndpointMetadata`).
fn workload(cx: &Context<'_>, endpoint: &Endpoint) -> Option<String> {
    if !labels_workloads(cx) {
        return None;
    }
    let (name, revision) = canonical(&endpoint.labels, &endpoint.workload_name);
    let revision = if revision == "latest" { "" } else { revision };
    let (workload, namespace) = (&endpoint.workload_name, &endpoint.namespace);
    Some(format!("{workload};{namespace};{name};{revision};{}", cx.mesh.settings.cluster_id))
}

/// Canonical service name and revision of a workload (`pkg/kube/labels` `CanonicalService`).
pub(crate) fn canonical<'a>(labels: &'a Labels, workload: &'a str) -> (&'a str, &'a str) {
    let find = |keys: [&str; 3]| keys.iter().find_map(|key| labels.get(*key)).map(String::as_str);
    (find(NAME_LABELS).unwrap_or(workload), find(REVISION_LABELS).unwrap_or("latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_labels_come_before_common_ones() {
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Labels>()
        };
        let all = labels(&[("app", "a"), ("service.istio.io/canonical-name", "c"), ("version", "v1")]);
        assert_eq!(canonical(&all, "w"), ("c", "v1"));
        assert_eq!(canonical(&Labels::new(), "w"), ("w", "latest"));
    }
}
