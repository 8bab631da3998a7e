//! Outbound route tables of a sidecar (`BuildSidecarOutboundVirtualHosts`, `BuildSidecarVirtualHostWrapper`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mp_ir::mesh::{OutboundTrafficPolicy, Port, Protocol, Resolution, VirtualService};
use mp_ir::plan::{DirectResponse, Forward, ProxyKind, Route, RouteAction, RouteTable, Target, VirtualHost};

use super::translate::{self, Known, Listening};
use super::virtual_host::VirtualHosts;
use super::{domains, hash, retry};
use crate::Context;
use crate::hosts::{is_wildcard, overlap};
use crate::scope::{EgressScope, ScopedService};
use crate::virtual_services::{MESH, Semantics};

const HTTP_PROXY: &str = "http_proxy";
const UNIX: &str = "unix://";

/// A service with the ports that count for the table.
#[derive(Debug)]
pub(super) struct Served<'a> {
    /// Its host, in lower case in tables of a single port.
    pub(super) host: String,
    pub(super) service: &'a ScopedService,
    ports: Vec<&'a Port>,
}

impl Served<'_> {
    fn http_ports(&self) -> impl Iterator<Item = u32> {
        self.ports
            .iter()
            .filter(|port| port.protocol.is_http() || port.protocol.is_sniffed())
            .map(|port| port.number)
    }
}

/// Services by host, in the order of the listener: of two with one domain the first keeps it.
#[derive(Debug, Default)]
struct Registry<'a> {
    services: Vec<Served<'a>>,
    by_host: HashMap<String, usize>,
}

impl<'a> Registry<'a> {
    /// Adds a service; a later one takes the place of an earlier one with its host.
    fn insert(&mut self, served: Served<'a>) {
        match self.by_host.get(&served.host).and_then(|at| self.services.get_mut(*at)) {
            Some(known) => *known = served,
            None => {
                self.by_host.insert(served.host.clone(), self.services.len());
                self.services.push(served);
            }
        }
    }

    fn get(&self, host: &str) -> Option<&Served<'a>> {
        self.by_host.get(host).and_then(|at| self.services.get(*at))
    }

    fn hosts(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|served| served.host.as_str())
    }
}

/// Routes for some services and hosts at one port (`VirtualHostWrapper`).
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) port: u32,
    pub(super) services: Vec<&'a Served<'a>>,
    /// Hosts of a VirtualService that no service has.
    pub(super) hosts: Vec<String>,
    pub(super) routes: Vec<Route>,
    /// The VirtualService that asks for it.
    pub(super) rule: Option<&'a VirtualService>,
}

/// The table of a name: a port, `host:port` for a service whose protocol is found out, `http_proxy`, or a Unix socket.
pub(super) fn table(cx: &Context<'_>, name: &str) -> RouteTable {
    let is_unix = name.starts_with(UNIX);
    let host = name.split_once(':').filter(|_| !is_unix).map(|(host, _)| host);
    let number = if is_unix { name } else { name.split_once(':').map_or(name, |(_, rest)| rest) };
    let listener_port = match number.parse::<u32>() {
        Ok(port) => port,
        Err(_) if is_unix || name == HTTP_PROXY => 0,
        Err(_) => return super::empty(name),
    };
    let mut hosts = virtual_hosts(cx, name, listener_port);
    if let Some(host) = host {
        hosts.retain(|vhost| vhost.domains.iter().any(|domain| domain == name || domain == host));
        if let [only] = hosts.as_mut_slice() {
            only.domains = vec!["*".to_owned()];
        }
    }
    hosts.sort_by(|a, b| a.name.cmp(&b.name));
    if host.is_none() {
        hosts.push(catch_all(cx));
    }
    RouteTable {
        name: name.to_owned(),
        virtual_hosts: hosts,
        validate_clusters: Some(false),
        ignore_port_in_host_matching: true,
        max_direct_response_body_size: Some(super::MAX_DIRECT_RESPONSE),
    }
}

fn virtual_hosts(cx: &Context<'_>, name: &str, listener_port: u32) -> Vec<VirtualHost> {
    let Some(egress) = cx.scope.egress_for(listener_port, name) else { return Vec::new() };
    let is_proxy = egress
        .listener
        .as_ref()
        .is_some_and(|listener| listener.port.is_some() && listener.protocol == Protocol::HttpProxy);
    let port = if is_proxy { 0 } else { listener_port };
    let registry = registry(egress, port);
    let rules = rules(egress, &registry, port);
    let groups = groups(cx, egress, &registry, &rules, port);
    VirtualHosts::new(cx, port).build(&groups)
}

/// The services of a listener that have its port; all for port 0 (`http_proxy`, Unix sockets).
fn registry(egress: &EgressScope, listener_port: u32) -> Registry<'_> {
    let mut out = Registry::default();
    for service in &egress.services {
        let host = &service.hostname.value;
        if listener_port == 0 {
            let ports = service.ports.iter().collect();
            out.insert(Served { host: host.clone(), service, ports });
        } else if let Some(port) = service.ports.iter().find(|port| port.number == listener_port) {
            out.insert(Served { host: host.to_lowercase(), service, ports: vec![port] });
        }
    }
    out
}

/// The VirtualServices that may speak of a service of the table. At port 80 those of unknown hosts count too
/// (`selectVirtualServices`).
fn rules<'a>(
    egress: &'a EgressScope,
    registry: &Registry<'_>,
    listener_port: u32,
) -> Vec<&'a Arc<VirtualService>> {
    let wildcards: Vec<&str> = registry.hosts().filter(|host| is_wildcard(host)).collect();
    let concerns = |host: &str| {
        let host = host.to_lowercase();
        registry.get(&host).is_some()
            || if is_wildcard(&host) {
                registry.hosts().any(|known| overlap(&host, known))
            } else {
                wildcards.iter().any(|known| overlap(&host, known))
            }
    };
    let rules = egress.virtual_services.iter();
    rules.filter(|rule| listener_port == 80 || rule.hosts.iter().any(|host| concerns(&host.value))).collect()
}

fn groups<'a>(
    cx: &Context<'_>,
    egress: &EgressScope,
    registry: &'a Registry<'a>,
    rules: &[&'a Arc<VirtualService>],
    listener_port: u32,
) -> Vec<Group<'a>> {
    let mut out: Vec<Group<'a>> = Vec::new();
    for rule in rules {
        out.extend(rule_groups(cx, egress, registry, rule, listener_port));
    }
    let taken: BTreeSet<&str> =
        out.iter().flat_map(|group| &group.services).map(|served| served.host.as_str()).collect();
    let mut defaults = Vec::new();
    for served in &registry.services {
        if taken.contains(served.host.as_str()) || served.service.resolution == Resolution::Alias {
            continue;
        }
        for port in served.http_ports() {
            let routes = vec![default_route(cx, &served.host, port)];
            defaults.push(Group { port, services: vec![served], hosts: Vec::new(), routes, rule: None });
        }
    }
    out.extend(defaults);
    out
}

/// The groups of one VirtualService, one per port of the services that it speaks of
/// (`buildSidecarVirtualHostsForVirtualService`).
fn rule_groups<'a>(
    cx: &Context<'_>,
    egress: &EgressScope,
    registry: &'a Registry<'a>,
    rule: &'a VirtualService,
    listener_port: u32,
) -> Vec<Group<'a>> {
    let lookup = |host: &str| registry.get(host).map(known);
    let listening = Listening {
        listen_port: listener_port,
        gateway: MESH,
        is_tls: false,
        lookup: &lookup,
        cluster: None,
    };
    let routes = translate::routes(cx, rule, &listening);
    if routes.is_empty() {
        return Vec::new();
    }
    let (hosts, mut services) = separate(egress, registry, rule);
    if Semantics::of(rule) == Semantics::Gateway {
        let home = rule.meta.namespace();
        services.retain(|served| served.service.meta.namespace() == home || cx.proxy.namespace == home);
        if services.is_empty() {
            return Vec::new();
        }
    }
    let mut by_port = by_port(services);
    if by_port.is_empty() && listener_port == 80 {
        by_port.push((80, Vec::new()));
    }
    let group = |(port, services)| Group {
        port,
        services,
        hosts: hosts.clone(),
        routes: routes.clone(),
        rule: Some(rule),
    };
    by_port.into_iter().map(group).collect()
}

/// HTTP ports in order of appearance: in tables of all ports the first one keeps the hosts that no service has.
fn by_port<'a>(services: Vec<&'a Served<'a>>) -> Vec<(u32, Vec<&'a Served<'a>>)> {
    let mut out: Vec<(u32, Vec<&Served<'_>>)> = Vec::new();
    for served in services {
        for port in served.http_ports() {
            match out.iter_mut().find(|(known, _)| *known == port) {
                Some((_, there)) => there.push(served),
                None => out.push((port, vec![served])),
            }
        }
    }
    out
}

fn known<'a>(served: &Served<'a>) -> Known<'a> {
    let only_port = match served.ports.as_slice() {
        [only] => Some(only.number),
        _ => None,
    };
    Known { service: served.service, only_port }
}

/// Hosts of a VirtualService that no service has, and the services of the others (`separateVSHostsAndServices`). A wildcard
/// counts for those services alone that no other VirtualService fits better.
fn separate<'a>(
    egress: &EgressScope,
    registry: &'a Registry<'a>,
    rule: &VirtualService,
) -> (Vec<String>, Vec<&'a Served<'a>>) {
    let (mut unknown, mut services) = (Vec::new(), Vec::new());
    let hosts = || rule.hosts.iter().map(|host| host.value.as_str());
    for host in hosts().filter(|host| !is_wildcard(host)) {
        match registry.get(&host.to_lowercase()) {
            Some(served) => services.push(served),
            None => unknown.push(host.to_owned()),
        }
    }
    for host in hosts().filter(|host| is_wildcard(host)).map(str::to_lowercase) {
        if Semantics::of(rule) == Semantics::Gateway {
            unknown.push(host);
            continue;
        }
        let covered: Vec<&Served<'_>> =
            registry.services.iter().filter(|served| overlap(&served.host, &host)).collect();
        if covered.is_empty() {
            unknown.push(host);
        }
        let best =
            |served: &&Served<'_>| egress.best_virtual_service.get(&served.host) == Some(&rule.meta.object);
        services.extend(covered.into_iter().filter(best));
    }
    (unknown, services)
}

/// The route of a service that no VirtualService speaks of (`buildSidecarVirtualHostForService`).
fn default_route(cx: &Context<'_>, host: &str, port: u32) -> Route {
    let hash = hash::of_service(cx, host, port);
    let forward = Forward {
        target: Target::Cluster(super::cluster_name(port, "", host)),
        timeout: Some(0),
        max_grpc_timeout: Some(0),
        retry: retry::policy(cx.mesh.settings.default_retry.as_ref(), false),
        hash_policies: hash::policy(hash).into_iter().collect(),
        ..Forward::default()
    };
    super::default_route(forward, host, port)
}

/// What happens to calls of unknown hosts (`buildCatchAllVirtualHost`).
fn catch_all(cx: &Context<'_>) -> VirtualHost {
    let forward = |cluster: String| {
        RouteAction::Forward(Box::new(Forward {
            target: Target::Cluster(cluster),
            timeout: Some(0),
            max_grpc_timeout: Some(0),
            append_x_forwarded_host: super::forwarded_host(cx),
            ..Forward::default()
        }))
    };
    let (name, action) = match cx.scope.outbound {
        OutboundTrafficPolicy::AllowAnyDynamicDns if cx.proxy.kind == ProxyKind::Sidecar => {
            ("allow_any_dynamic_dns", forward("AllowAnyDynamicDNSCluster".to_owned()))
        }
        OutboundTrafficPolicy::AllowAny => ("allow_any", forward(egress_cluster(cx))),
        OutboundTrafficPolicy::RegistryOnly | OutboundTrafficPolicy::AllowAnyDynamicDns => {
            ("block_all", RouteAction::Direct(DirectResponse { status: 502, body: None }))
        }
    };
    VirtualHost {
        name: name.to_owned(),
        domains: vec!["*".to_owned()],
        routes: vec![Route { name: name.to_owned(), action, ..Route::default() }],
        include_request_attempt_count: super::attempt_count(cx),
        ..VirtualHost::default()
    }
}

/// The cluster for unknown hosts: the one that the Sidecar names, or the address that was dialled.
fn egress_cluster(cx: &Context<'_>) -> String {
    let proxy = cx.scope.sidecar(cx.mesh).and_then(|sidecar| sidecar.egress_proxy.as_ref());
    let Some(to) = proxy else { return "PassthroughCluster".to_owned() };
    let port = to.port.as_ref().map_or(0, |port| port.value);
    super::cluster_name(port, &to.subset.value, &to.host.value)
}

/// Name of a virtual host.
pub(super) fn host_name(host: &str, port: u32) -> String {
    domains::with_port(host, port)
}
