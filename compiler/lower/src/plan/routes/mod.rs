//! Route tables (`pilot/pkg/networking/core/httproute.go`, `gateway.go`, `core/route`).

mod action;
mod condition;
mod domains;
mod filters;
mod gateway;
mod hash;
mod headers;
mod retry;
mod sidecar;
mod translate;
mod unbound;
mod virtual_host;
pub(crate) mod waypoint;

use std::collections::BTreeSet;

use mp_ir::mesh::{Protocol, Resolution, Service};
use mp_ir::plan::{
    Forward, HttpConnectionManager, Listener, NetworkFilter, ProxyKind, Retry, Route, RouteAction,
    RouteSource, RouteTable, Target, VirtualHost,
};

use crate::Context;

pub use unbound::unbound;

/// Name of routes that no VirtualService asked for.
const DEFAULT: &str = "default";
/// Largest direct response that a route may give, 1 MiB.
const MAX_DIRECT_RESPONSE: u32 = 1024 * 1024;

/// The route tables that listeners name, sorted by name.
pub(crate) fn tables(cx: &Context<'_>, listeners: &[Listener]) -> Vec<RouteTable> {
    let names: BTreeSet<&str> = listeners.iter().flat_map(managers).filter_map(named).collect();
    names.into_iter().map(|name| table(cx, name)).collect()
}

fn managers(listener: &Listener) -> impl Iterator<Item = &HttpConnectionManager> {
    let chains = listener.chains.iter().chain(&listener.default_chain);
    chains.flat_map(|chain| &chain.filters).filter_map(|filter| match filter {
        NetworkFilter::Http(manager) => Some(manager.as_ref()),
        _ => None,
    })
}

fn named(manager: &HttpConnectionManager) -> Option<&str> {
    match &manager.routes {
        RouteSource::Named(name) if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// The route table of a name, as a listener of this proxy would ask for it. An unknown name gives a table without hosts.
pub(crate) fn table(cx: &Context<'_>, name: &str) -> RouteTable {
    match cx.proxy.kind {
        ProxyKind::Router => gateway::table(cx, name),
        ProxyKind::Sidecar | ProxyKind::Waypoint => sidecar::table(cx, name),
    }
}

/// The table of one inbound filter chain: everything to the cluster of the workload's port
/// (`buildSidecarInboundHTTPRouteConfig`). `host` and `port` are those of the service, for traces.
pub(crate) fn inbound(
    cluster: &str,
    host: &str,
    port: u32,
    protocol: Protocol,
    service: Option<&Service>,
) -> RouteTable {
    let retry = Retry { on: "reset-before-request".to_owned(), attempts: 2, ..Retry::default() };
    let forward = Forward {
        target: Target::Cluster(cluster.to_owned()),
        timeout: Some(0),
        max_stream_duration: Some((0, 0)),
        // Resets of gRPC streams are not retried.
        retry: (!protocol.is_grpc()).then_some(retry),
        ..Forward::default()
    };
    let only = service.filter(|service| service.resolution == Resolution::DynamicDns);
    let host_name = VirtualHost {
        name: format!("inbound|http|{port}"),
        domains: vec![only.map_or_else(|| "*".to_owned(), |service| service.hostname.value.clone())],
        routes: vec![default_route(forward, host, port)],
        origin: service.and_then(|service| service.hostname.origin),
        ..VirtualHost::default()
    };
    RouteTable {
        name: cluster.to_owned(),
        virtual_hosts: vec![host_name],
        validate_clusters: Some(false),
        ..RouteTable::default()
    }
}

/// A table without hosts.
fn empty(name: &str) -> RouteTable {
    RouteTable { name: name.to_owned(), validate_clusters: Some(false), ..RouteTable::default() }
}

/// A route for everything that no VirtualService asked for.
fn default_route(forward: Forward, host: &str, port: u32) -> Route {
    Route {
        name: DEFAULT.to_owned(),
        action: RouteAction::Forward(Box::new(forward)),
        operation: Some(format!("{}/*", domains::with_port(host, port))),
        ..Route::default()
    }
}

/// Whether the number of tries is told to the upstream (`IncludeRequestAttemptCount`).
fn attempt_count(cx: &Context<'_>) -> bool {
    cx.proxy.settings.headers.attempt_count_disabled != Some(true)
}

/// Whether a rewritten host is kept in `x-forwarded-host`.
fn forwarded_host(cx: &Context<'_>) -> bool {
    cx.proxy.settings.headers.x_forwarded_host == Some(true)
}

/// Name of the cluster for a destination.
fn cluster_name(port: u32, subset: &str, host: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}

#[cfg(test)]
mod tests;
