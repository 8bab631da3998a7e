//! Clusters for calls to the workload itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mp_ir::mesh::{EndpointAddress, IngressListener, Service, Sidecar, TrafficPolicy};
use mp_ir::plan::{
    Cluster, ClusterTarget, Discovery, Interception, IpMode, LbEndpoint, LocalityEndpoints, ServiceTarget,
};

use super::base::{self, PortView};
use super::fixed::{BIND_V4, BIND_V6};
use super::{apply, outbound, stat_name};
use crate::Context;
use crate::plan::traffic_policy;

const UNIX: &str = "unix://";
const LOCALHOST_V4: &str = "127.0.0.1";
const LOCALHOST_V6: &str = "::1";
/// Envoy takes no longer interval: cleaned up never (292 years in seconds).
const NEVER: i128 = 9_223_372_035_000_000_000;

/// Clusters of the ports that services or the Sidecar's ingress listeners name (`buildInboundClusters`).
pub(super) fn clusters(cx: &Context<'_>) -> Vec<Cluster> {
    let sidecar = cx.scope.sidecar(cx.mesh).filter(|s| !s.ingress.is_empty());
    match sidecar {
        None if cx.proxy.interception == Interception::None => Vec::new(),
        None => of_services(cx, &BTreeSet::new()),
        Some(sidecar) => {
            let merge = cx.mesh.compat.flag("PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE", false);
            let taken = sidecar.ingress.iter().map(|listener| listener.port.value).collect();
            let mut out = if merge { of_services(cx, &taken) } else { Vec::new() };
            out.extend(sidecar.ingress.iter().filter_map(|listener| of_ingress(cx, sidecar, listener)));
            out
        }
    }
}

/// A service and port that a cluster serves.
#[derive(Clone, Debug)]
struct Served<'a> {
    service: Option<Arc<Service>>,
    port: PortView<'a>,
}

/// One cluster per port of the workload; of several services the oldest decides (`buildInboundClustersFromServiceInstances`).
fn of_services(cx: &Context<'_>, taken: &BTreeSet<u32>) -> Vec<Cluster> {
    let mut by_port: BTreeMap<u32, Vec<&ServiceTarget>> = BTreeMap::new();
    for target in cx.proxy.targets.iter().filter(|t| !taken.contains(&t.target_port)) {
        by_port.entry(target.target_port).or_default().push(target);
    }
    let bind = if cx.mesh.settings.inbound_localhost { localhost(cx) } else { "" };
    let cluster = |(port, targets): (u32, Vec<&ServiceTarget>)| {
        let served: Vec<Served<'_>> = targets.into_iter().map(|target| served(cx, target)).collect();
        of_port(cx, port, bind, port, &served)
    };
    by_port.into_iter().filter_map(cluster).collect()
}

fn served<'a>(cx: &Context<'_>, target: &'a ServiceTarget) -> Served<'a> {
    let port = PortView { name: &target.port_name, number: target.port, protocol: target.protocol };
    Served { service: cx.index.service(target.service).cloned(), port }
}

fn localhost(cx: &Context<'_>) -> &'static str {
    if cx.proxy.ip_mode == IpMode::V6 { LOCALHOST_V6 } else { LOCALHOST_V4 }
}

/// The cluster of an ingress listener (`buildInboundClustersFromSidecar`); `None` for an endpoint that cannot be read.
fn of_ingress(cx: &Context<'_>, sidecar: &Sidecar, listener: &IngressListener) -> Option<Cluster> {
    let (address, port) = ingress_endpoint(cx, &listener.default_endpoint)?;
    let number = listener.port.value;
    let view = PortView { name: &listener.port_name, number, protocol: listener.protocol };
    let of_service = cx.proxy.targets.iter().find(|target| target.target_port == number);
    let service = match of_service {
        Some(target) => cx.index.service(target.service).cloned(),
        None => None,
    };
    let mut cluster = of_port(cx, number, &address, port, &[Served { service, port: view }])?;
    cluster.origin = listener.port.origin.or(sidecar.meta.origin);
    Some(cluster)
}

/// Address and port behind `defaultEndpoint`; an empty address leaves the dialled one.
fn ingress_endpoint(cx: &Context<'_>, endpoint: &str) -> Option<(String, u32)> {
    if endpoint.is_empty() {
        return Some((String::new(), 0));
    }
    if endpoint.starts_with(UNIX) {
        return Some((endpoint.to_owned(), 0));
    }
    let (host, port) = endpoint.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    let of_family = |six: bool| cx.proxy.ips.iter().find(|ip| ip.contains(':') == six).cloned();
    let address = match host {
        "0.0.0.0" => of_family(false).unwrap_or_else(|| LOCALHOST_V4.to_owned()),
        "::" => of_family(true).unwrap_or_else(|| LOCALHOST_V6.to_owned()),
        LOCALHOST_V4 if cx.proxy.supports_ipv4() => LOCALHOST_V4.to_owned(),
        LOCALHOST_V6 if cx.proxy.supports_ipv6() => LOCALHOST_V6.to_owned(),
        LOCALHOST_V4 => LOCALHOST_V6.to_owned(),
        LOCALHOST_V6 => LOCALHOST_V4.to_owned(),
        _ => String::new(),
    };
    Some((address, port.parse().ok()?))
}

/// `buildInboundCluster`.
fn of_port(
    cx: &Context<'_>,
    number: u32,
    bind: &str,
    target_port: u32,
    served: &[Served<'_>],
) -> Option<Cluster> {
    let first = served.first()?;
    let dialled = bind.is_empty();
    let discovery =
        if dialled { inbound_dst(first) } else { Discovery::Static(vec![local(bind, target_port)]) };
    let mut cluster =
        base::of_port(cx, ClusterTarget::Inbound { port: number }, discovery, first.port.protocol);
    if base::labels_telemetry(cx) {
        cluster.metadata.services = labels(first, served);
    }
    if dialled {
        cluster.cleanup_interval = Some(NEVER);
    }
    let pattern = &cx.mesh.settings.inbound_cluster_stat_name;
    if !pattern.is_empty() {
        // A port that only the Sidecar states is counted by the name of the scope (`findOrCreateService`).
        let scope = || format!("{}.{}", cx.scope.name, cx.scope.namespace);
        let service = first.service.as_deref();
        let host = service.map_or_else(scope, |service| service.hostname.value.clone());
        cluster.alt_stat_name = stat_name::fill(pattern, (&host, service), "", first.port, number);
    }
    let policy = policy(cx, &mut cluster, number, first);
    apply::inbound(cx, &mut cluster, &policy);
    if bind != LOCALHOST_V4 && bind != LOCALHOST_V6 {
        cluster.bind = sources(cx);
    }
    cluster.origin =
        first.service.as_ref().and_then(|s| s.port(first.port.number)).and_then(|port| port.origin);
    Some(cluster)
}

fn inbound_dst(first: &Served<'_>) -> Discovery {
    match &first.service {
        Some(service) => base::original_dst(service, first.port.number),
        None => Discovery::OriginalDst { port_override: None, unused: None },
    }
}

fn local(bind: &str, port: u32) -> LocalityEndpoints {
    let address = match bind.strip_prefix(UNIX) {
        Some(path) => EndpointAddress::Unix(path.to_owned()),
        None => EndpointAddress::Host(bind.to_owned()),
    };
    LocalityEndpoints { endpoints: vec![LbEndpoint::bare(address, port)], ..LocalityEndpoints::default() }
}

/// All services of the port, each host once; none when the first is outside of the mesh (`addTelemetryMetadata`).
fn labels(first: &Served<'_>, served: &[Served<'_>]) -> Option<Vec<mp_ir::plan::ServiceLabel>> {
    let inside = first.service.as_ref().is_some_and(|service| !service.mesh_external);
    let mut out: Vec<mp_ir::plan::ServiceLabel> = Vec::new();
    for other in served.iter().filter(|s| inside && s.port.number == first.port.number) {
        let Some(service) = &other.service else { continue };
        if out.iter().all(|known| known.host != service.hostname.value) {
            out.push(base::label(service));
        }
    }
    inside.then_some(out)
}

/// The pool of the DestinationRule of the workload's own service, the Sidecar's before it, the mesh's behind it.
fn policy(cx: &Context<'_>, cluster: &mut Cluster, number: u32, first: &Served<'_>) -> TrafficPolicy {
    let rule = first.service.as_ref().and_then(|s| cx.scope.inbound_destination_rule(&s.hostname.value));
    let stated = rule.and_then(|rule| rule.rule.traffic_policy.as_ref());
    if let Some(rule) = rule.filter(|_| stated.is_some() && cluster.metadata.services.is_some()) {
        cluster.metadata.config = Some(outbound::rule_path(rule));
    }
    let of_port = stated.map(|policy| traffic_policy::of_port(policy, first.port.number).0.clone());
    let mut policy = traffic_policy::with_mesh_default(&cx.mesh.settings, of_port).unwrap_or_default();
    if let Some(sidecar) = cx.scope.sidecar(cx.mesh) {
        let listener = sidecar.ingress.iter().filter(|listener| listener.port.value == number);
        let own = listener.filter_map(|listener| listener.connection_pool.as_ref()).next();
        if let Some(pool) = own.or(sidecar.inbound_connection_pool.as_ref()) {
            policy.connection_pool = Some(pool.clone());
        }
    }
    policy
}

/// Source addresses that iptables let pass (`getPassthroughBindIPs`).
fn sources(cx: &Context<'_>) -> Vec<String> {
    let dual = cx.mesh.compat.flag("ISTIO_DUAL_STACK", false);
    let ips: &[&str] = match cx.proxy.ip_mode {
        IpMode::V6 => &[BIND_V6],
        IpMode::Dual if dual => &[BIND_V4, BIND_V6],
        IpMode::V4 | IpMode::Dual => &[BIND_V4],
    };
    ips.iter().map(|ip| (*ip).to_owned()).collect()
}
