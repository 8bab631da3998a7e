//! Clusters for calls to services.

use std::collections::BTreeSet;

use mp_ir::mesh::{Protocol, ProviderKind, Resolution, Service, SimpleLb, Subset, TrafficPolicy};
use mp_ir::plan::{
    Cluster, ClusterMetadata, ClusterTarget, Discovery, LoadBalancing, LocalityEndpoints, ProxyKind, sni_name,
};

use super::apply::{self, Outbound};
use super::base::{self, PortView};
use super::stat_name;
use super::upstream_tls::{Inputs, service_mode};
use crate::Context;
use crate::hosts::is_wildcard;
use crate::index::MergedRule;
use crate::plan::endpoints::Reach;
use crate::plan::{dns_cache, endpoints, traffic_policy, tunnel};
use crate::virtual_services::{MESH, destinations};

/// Whether clusters are for calls, or for gateways that pass TLS on by its server name (`ClusterMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Calls,
    SniDnat,
}

impl Mode {
    fn target(self, service: &Service, port: u32, subset: &str) -> ClusterTarget {
        let (host, subset) = (service.hostname.value.clone(), subset.to_owned());
        match self {
            Mode::Calls => ClusterTarget::Outbound { host, port, subset },
            Mode::SniDnat => ClusterTarget::SniDnat { host, port, subset },
        }
    }
}

impl Mode {
    fn reach(self) -> Reach {
        match self {
            Mode::Calls => Reach::Calls,
            Mode::SniDnat => Reach::BySni,
        }
    }
}

/// One port of a service with all that its clusters are made of.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    mode: Mode,
    service: &'a Service,
    port: PortView<'a>,
    rule: Option<&'a MergedRule>,
    accounts: &'a [String],
}

/// Clusters of all services that the proxy sees (`buildOutboundClusters`).
pub(super) fn clusters(cx: &Context<'_>) -> Vec<Cluster> {
    let mut out = Vec::new();
    let wanted = match cx.proxy.kind {
        ProxyKind::Waypoint => Some(called_by_waypoint(cx)),
        _ => called_by_gateway(cx),
    };
    let called = |service: &Service| wanted.as_ref().is_none_or(|wanted| wanted.contains(service));
    for service in cx.scope.services.iter().filter(|s| s.resolution != Resolution::Alias && called(s)) {
        of_service(cx, Mode::Calls, service, &mut out);
    }
    out
}

/// Services that a gateway's routes and the mesh's providers lead to.
#[derive(Debug, Default)]
struct Called {
    hosts: BTreeSet<String>,
    /// Namespace and host.
    namespaced: BTreeSet<(String, String)>,
}

impl Called {
    fn contains(&self, service: &Service) -> bool {
        let (namespace, host) = (service.meta.namespace().to_owned(), &service.hostname.value);
        self.hosts.contains(host) || self.namespaced.contains(&(namespace, host.clone()))
    }
}

/// With `PILOT_FILTER_GATEWAY_CLUSTER_CONFIG` a gateway has clusters for these alone (`GatewayServices`).
fn called_by_gateway(cx: &Context<'_>) -> Option<Called> {
    let wanted = cx.mesh.compat.flag("PILOT_FILTER_GATEWAY_CLUSTER_CONFIG", false);
    if !wanted || cx.proxy.kind != ProxyKind::Router {
        return None;
    }
    let mut out = Called::default();
    let gateways = cx.gateways.map(|merged| &merged.gateway_names);
    for rule in cx.index.virtual_services.all() {
        if rule.gateways.iter().any(|gateway| gateways.is_some_and(|names| names.contains(&gateway.value))) {
            out.hosts.extend(destinations(rule, "").into_keys());
        }
    }
    called_by_providers(cx, &mut out);
    Some(out)
}

/// Services that a waypoint has no own clusters for, but that rules of its services lead to (`filterWaypointOutboundServices`).
fn called_by_waypoint(cx: &Context<'_>) -> Called {
    let mut out = Called::default();
    let behind = crate::plan::ambient::behind(cx);
    let inbound = |host: &str| behind.iter().find(|s| s.hostname.value == host);
    for rule in cx.index.virtual_services.all() {
        let in_mesh = rule.gateways.is_empty() || rule.gateways.iter().any(|g| g.value == MESH);
        if in_mesh && rule.hosts.iter().any(|host| inbound(&host.value).is_some()) {
            let others = destinations(rule, "").into_keys();
            out.hosts.extend(others.filter(|host| inbound(host).is_none_or(|s| s.mesh_external)));
        }
    }
    called_by_providers(cx, &mut out);
    out
}

fn called_by_providers(cx: &Context<'_>, out: &mut Called) {
    for provider in &cx.mesh.settings.extension_providers {
        let ProviderKind::Fields { json, field } = &provider.kind;
        // istiod knows no service of these.
        if matches!(field.as_str(), "lightstep" | "opencensus") {
            continue;
        }
        let parsed = serde_json::from_str::<serde_json::Value>(json).unwrap_or_default();
        match parsed.get("service").and_then(serde_json::Value::as_str).map(|s| (s, s.split_once('/'))) {
            Some((_, Some((namespace, host)))) => {
                out.namespaced.insert((namespace.to_owned(), host.to_owned()));
            }
            Some((host, None)) => {
                out.hosts.insert(host.to_owned());
            }
            None => {}
        }
    }
}

/// Clusters for gateways that pass TLS on (`buildOutboundSniDnatClusters`).
pub(super) fn sni_dnat(cx: &Context<'_>) -> Vec<Cluster> {
    let mut out = Vec::new();
    for service in cx.scope.services.iter().filter(|s| !s.mesh_external) {
        of_service(cx, Mode::SniDnat, service, &mut out);
    }
    out
}

fn of_service(cx: &Context<'_>, mode: Mode, service: &Service, out: &mut Vec<Cluster>) {
    let rule = cx.scope.destination_rule(cx.proxy, &service.hostname.value).map(AsRef::as_ref);
    let dynamic = mode == Mode::Calls && is_dynamic(service);
    let accounts = match mode {
        Mode::Calls if !dynamic => cx.index.service_accounts(service),
        _ => &[],
    };
    for port in service.ports.iter().filter(|port| port.protocol != Protocol::Udp) {
        let part = Part { mode, service, port: port.into(), rule, accounts };
        let before = out.len();
        if dynamic {
            out.extend(forward(cx, &part))
        } else {
            of_port(cx, &part, out)
        }
        for cluster in out.iter_mut().skip(before) {
            cluster.origin = port.origin;
        }
    }
}

/// A wildcard host of which DNS is asked per request.
fn is_dynamic(service: &Service) -> bool {
    service.resolution == Resolution::DynamicDns && is_wildcard(&service.hostname.value)
}

/// A cluster that asks DNS for the host of each request (`buildDFPCluster`).
fn forward(cx: &Context<'_>, part: &Part<'_>) -> Option<Cluster> {
    let target = part.mode.target(part.service, part.port.number, "");
    let mut cluster = forward_to(cx, target, &part.service.hostname.value, part.port.protocol)?;
    lay_over(cx, &mut cluster, part);
    Some(cluster)
}

/// The same without any policy; `None` for protocols that name no host.
pub(super) fn forward_to(
    cx: &Context<'_>,
    target: ClusterTarget,
    host: &str,
    protocol: Protocol,
) -> Option<Cluster> {
    if !matches!(protocol, Protocol::Http | Protocol::Tls | Protocol::Grpc | Protocol::Http2) {
        return None;
    }
    let discovery = Discovery::DynamicForward { cache: dns_cache::of_host(cx, host), allow_insecure: false };
    let mut cluster = base::bare(target, discovery, LoadBalancing::Provided);
    base::upstream_protocol(cx, &mut cluster, protocol);
    Some(cluster)
}

/// The cluster of a port and those of its subsets.
fn of_port(cx: &Context<'_>, part: &Part<'_>, out: &mut Vec<Cluster>) {
    let (service, port) = (part.service, part.port);
    let stated = stated_endpoints(cx, part, "");
    let Some(discovery) = base::discovery(cx, service, port.number, &stated) else { return };
    let mut cluster = make(cx, part, "", discovery);
    let sticky = part.mode == Mode::Calls && endpoints::keeps_draining(service);
    cluster.common_lb.get_or_insert_default().keep_draining = sticky;
    let policy = lay_over(cx, &mut cluster, part);
    let found_by = cluster.discovery.clone();
    out.push(cluster);
    let subsets = part.rule.map_or(&[][..], |rule| &rule.rule.subsets);
    out.extend(subsets.iter().filter_map(|subset| of_subset(cx, part, subset, policy.as_ref(), &found_by)));
}

/// Endpoints that stand in the cluster itself: those that DNS finds.
fn stated_endpoints(cx: &Context<'_>, part: &Part<'_>, subset: &str) -> Vec<LocalityEndpoints> {
    if !part.service.is_dns() {
        return Vec::new();
    }
    let wanted = endpoints::Wanted { service: part.service, port: part.port.number, subset, rule: part.rule };
    endpoints::of_dns(cx, &wanted, part.mode.reach())
}

fn make(cx: &Context<'_>, part: &Part<'_>, subset: &str, discovery: Discovery) -> Cluster {
    let target = part.mode.target(part.service, part.port.number, subset);
    let mut cluster = base::of_port(cx, target, discovery, part.port.protocol);
    if base::labels_telemetry(cx) {
        cluster.metadata.services = Some(vec![base::label(part.service)]);
    }
    let pattern = &cx.mesh.settings.outbound_cluster_stat_name;
    if !pattern.is_empty() {
        cluster.alt_stat_name = stat_name::fill(
            pattern,
            (&part.service.hostname.value, Some(part.service)),
            subset,
            part.port,
            0,
        );
    }
    cluster
}

/// Lays the rule's policy over the cluster of all endpoints and gives that policy back (`applyDestinationRule`).
fn lay_over(cx: &Context<'_>, cluster: &mut Cluster, part: &Part<'_>) -> Option<TrafficPolicy> {
    let stated = part.rule.and_then(|rule| rule.rule.traffic_policy.as_ref());
    let of_port = stated.map(|policy| traffic_policy::of_port(policy, part.port.number).0.clone());
    let policy = traffic_policy::with_mesh_default(&cx.mesh.settings, of_port);
    let sni = if is_dynamic(part.service) { String::new() } else { sni(part, "") };
    let to = outbound(cx, part, &sni, stated);
    apply::outbound(cx, cluster, policy.as_ref().unwrap_or(&TrafficPolicy::default()), &to);
    cluster.metadata_exchange = base::exchanges_metadata(cx);
    cluster.metadata.external = part.service.mesh_external;
    cluster.metadata.tunnelled =
        part.mode == Mode::Calls && tunnel::by_all(cx, part.service, part.port.number);
    name_rule(cluster, part, policy.as_ref());
    policy
}

fn sni(part: &Part<'_>, subset: &str) -> String {
    match part.mode {
        Mode::Calls => sni_name(part.port.number, subset, &part.service.hostname.value),
        Mode::SniDnat => String::new(),
    }
}

/// `policy` is the host's or subset's own, ports not looked at: that is what the mode of mutual TLS is taken from.
fn outbound<'a>(
    cx: &Context<'_>,
    part: &Part<'a>,
    sni: &'a str,
    policy: Option<&TrafficPolicy>,
) -> Outbound<'a> {
    let security = (part.mode == Mode::Calls).then(|| Inputs {
        accounts: part.accounts,
        sni,
        external: part.service.mesh_external,
        registry: Some(part.service.registry),
        mode: service_mode(cx, part.service, part.port.number, policy),
        selected: part.rule.is_some_and(|rule| rule.rule.workload_selector_written),
    });
    Outbound { service: part.service, protocol: part.port.protocol, security }
}

/// Names the DestinationRule in the metadata, and keeps ALPN as it is where the rule originates TLS.
fn name_rule(cluster: &mut Cluster, part: &Part<'_>, policy: Option<&TrafficPolicy>) {
    use mp_ir::mesh::ClientTlsMode::{Mutual, Simple};
    let Some(rule) = part.rule else { return };
    cluster.metadata.config = Some(rule_path(rule));
    cluster.rule_origin = rule.rule.meta.origin;
    let mode = policy.and_then(|policy| policy.tls.as_ref()).map(|tls| tls.mode);
    cluster.metadata.alpn_override_off = matches!(mode, Some(Simple | Mutual));
}

/// `/apis/networking.istio.io/v1/namespaces/…` of a rule (`AddConfigInfoMetadata`).
pub(super) fn rule_path(rule: &MergedRule) -> String {
    let meta = &rule.rule.meta;
    format!("/apis/networking.istio.io/v1/namespaces/{}/destination-rule/{}", meta.namespace(), meta.name())
}

/// The cluster of a subset (`buildSubsetCluster`).
fn of_subset(
    cx: &Context<'_>,
    part: &Part<'_>,
    subset: &Subset,
    host_policy: Option<&TrafficPolicy>,
    found_by: &Discovery,
) -> Option<Cluster> {
    let own = subset.traffic_policy.as_ref();
    let name = subset.name.value.as_str();
    let passthrough =
        own.and_then(|p| p.load_balancer.as_ref()).and_then(|lb| lb.simple) == Some(SimpleLb::Passthrough);
    let discovery = match found_by {
        _ if passthrough => base::original_dst(part.service, part.port.number),
        Discovery::Eds => Discovery::Eds,
        Discovery::OriginalDst { .. } => base::original_dst(part.service, part.port.number),
        _ => base::discovery(cx, part.service, part.port.number, &stated_endpoints(cx, part, name))?,
    };
    let mut cluster = make(cx, part, name, discovery);
    let policy = traffic_policy::of_subset(host_policy, own, part.port.number);
    let sni = sni(part, name);
    let to = outbound(cx, part, &sni, own);
    apply::outbound(cx, &mut cluster, policy.as_ref().unwrap_or(&TrafficPolicy::default()), &to);
    cluster.metadata_exchange = base::exchanges_metadata(cx);
    let services = cluster.metadata.services.take();
    cluster.metadata = ClusterMetadata { services, subset: name.to_owned(), ..ClusterMetadata::default() };
    name_rule(&mut cluster, part, policy.as_ref());
    cluster.rule_origin = subset.origin.or(cluster.rule_origin);
    Some(cluster)
}
