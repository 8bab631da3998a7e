//! Tables of a waypoint (`listener_waypoint.go`, `buildWaypointInboundHTTPRouteConfig`).

use std::sync::Arc;

use mp_ir::mesh::{Resolution, Service, VirtualService};
use mp_ir::plan::{
    Forward, HashPolicy, Route, RouteTable, Target, VirtualHost, inbound_vip_name, outbound_name,
};

use super::translate::{self, Known, Listening};
use super::{MAX_DIRECT_RESPONSE, default_route, hash, retry};
use crate::Context;
use crate::hosts::overlap;
use crate::virtual_services::MESH;

/// Where the connections of a waypoint's chain go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behind<'a> {
    /// The cluster without any VirtualService, which also names the table.
    pub(crate) cluster: &'a str,
    /// The service; `None` for workloads that are called by their own address.
    pub(crate) service: Option<&'a Service>,
    /// Port of the service; 0 for workloads.
    pub(crate) port: u32,
    /// All services behind the waypoint.
    pub(crate) services: &'a [&'a Service],
}

/// The table of a chain: what VirtualServices say of the service, else everything to it.
pub(crate) fn table(cx: &Context<'_>, to: &Behind<'_>) -> RouteTable {
    let routes: Vec<Route> = to.service.map(|service| routes(cx, service, to)).unwrap_or_default();
    let direct = routes.is_empty();
    let dynamic = to.service.filter(|service| service.resolution == Resolution::DynamicDns);
    let host = VirtualHost {
        name: format!("inbound|http|{}", to.port),
        domains: vec![dynamic.map_or_else(|| "*".to_owned(), |service| service.hostname.value.clone())],
        routes: if direct { vec![everything(cx, to)] } else { routes },
        origin: to.service.and_then(|service| service.hostname.origin),
        ..VirtualHost::default()
    };
    RouteTable {
        name: to.cluster.to_owned(),
        virtual_hosts: vec![host],
        validate_clusters: Some(false),
        max_direct_response_body_size: direct.then_some(MAX_DIRECT_RESPONSE),
        ..RouteTable::default()
    }
}

fn routes(cx: &Context<'_>, service: &Service, to: &Behind<'_>) -> Vec<Route> {
    let lookup = |host: &str| {
        let service = cx.scope.service(host).map(|scoped| scoped.service.as_ref())?;
        let only_port = match service.ports.as_slice() {
            [only] => Some(only.number),
            _ => None,
        };
        Some(Known { service, only_port })
    };
    let name = |host: &str, port: u32, subset: &str| cluster(cx, to.services, host, port, subset);
    let listening = Listening {
        listen_port: to.port,
        gateway: MESH,
        is_tls: false,
        lookup: &lookup,
        cluster: Some(&name),
    };
    let mut out = Vec::new();
    for rule in rules(cx, service) {
        out.extend(translate::routes(cx, &rule, &listening));
    }
    out
}

/// VirtualServices of the mesh that speak of a service: of its namespace or the waypoint's (`getVirtualServiceForWaypoint`).
pub(crate) fn rules(cx: &Context<'_>, service: &Service) -> Vec<Arc<VirtualService>> {
    let egress = cx.scope.egress.first();
    let all = egress.map_or(&[][..], |egress| egress.virtual_services.as_slice());
    let home = |rule: &VirtualService| {
        rule.meta.namespace() == cx.proxy.namespace || rule.meta.namespace() == service.meta.namespace()
    };
    let named =
        |rule: &VirtualService| rule.hosts.iter().any(|host| overlap(&host.value, &service.hostname.value));
    all.iter().filter(|rule| home(rule) && named(rule)).cloned().collect()
}

/// The cluster of a destination: of a service behind the waypoint that for its protocol (`getWaypointDestinationCluster`).
pub(crate) fn cluster(cx: &Context<'_>, behind: &[&Service], host: &str, port: u32, subset: &str) -> String {
    let service = cx.scope.service(host);
    if service.is_some() && !behind.iter().any(|service| service.hostname.value == host) {
        return outbound_name(port, subset, host);
    }
    let protocol = service.and_then(|service| service.port(port)).map(|port| port.protocol);
    let http = protocol.is_none_or(|protocol| protocol.is_http() || protocol.is_sniffed());
    let word = if http { "http" } else { "tcp" };
    let subset = if subset.is_empty() { word.to_owned() } else { format!("{word}/{subset}") };
    inbound_vip_name(port, &subset, host)
}

fn everything(cx: &Context<'_>, to: &Behind<'_>) -> Route {
    let host = to.service.map_or("", |service| service.hostname.value.as_str());
    let hashed = || -> Option<HashPolicy> {
        let policy = cx.scope.inbound_destination_rule(host)?.rule.traffic_policy.as_ref()?;
        hash::policy(policy.load_balancer.as_ref()?.consistent_hash.as_ref())
    };
    let forward = Forward {
        target: Target::Cluster(to.cluster.to_owned()),
        timeout: Some(0),
        max_grpc_timeout: Some(0),
        retry: retry::policy(cx.mesh.settings.default_retry.as_ref(), false),
        hash_policies: hashed().into_iter().collect(),
        ..Forward::default()
    };
    default_route(forward, host, to.port)
}
