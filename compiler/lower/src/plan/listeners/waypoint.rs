//! Listeners of a waypoint (`pilot/pkg/networking/core/listener_waypoint.go`).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{L4Match, Port, Protocol, RouteDestination, Service, VirtualService};
use mp_ir::plan::{
    ChainChoice, ChainMatcher, Direction, FilterChain, Listener, ListenerFilter, NetworkFilter,
    PortPredicate, RouteSource, TcpTarget, TunnelPart, inbound_vip_name,
};

use crate::plan::routes::waypoint::{self as routes, Behind};
use crate::plan::{addresses, ambient};
use crate::virtual_services::MESH;

use super::connection_manager::{self, HttpOptions};
use super::destination::{self, StatNames};
use super::stack::Stack;
use super::tcp::{self, Surround};
use super::{Class, address, tunnel};

/// Takes tunnels, chooses by destination, opens tunnels (`buildWaypointInbound`).
pub(super) fn listeners(stack: &Stack<'_>) -> Vec<Listener> {
    let behind = ambient::behind(&stack.cx);
    let mut all = vec![tunnel::connect_terminate(stack), internal(stack, &behind)];
    all.push(tunnel::connect_originate(stack, Class::Inbound));
    if crate::plan::tunnel::sends_twice(&stack.cx) {
        all.extend(tunnel::twice(stack));
    }
    all
}

/// The chains of all services and of workloads, and what chooses among them (`buildWaypointInternal`).
fn internal(stack: &Stack<'_>, behind: &[&Service]) -> Listener {
    let mut chains = Vec::new();
    let mut ranges = Vec::new();
    for service in behind {
        let own = stack.of_service(service);
        let mut ports = Vec::new();
        for port in service.ports.iter().filter(|port| ambient::serves(&stack.cx, service, port)) {
            let made = Target { stack: &own, behind, service: Some(service), port: Some(port) }.chains();
            ports.push((port.number, made.choice));
            chains.extend(made.chains);
        }
        ports.sort_by_key(|(number, _)| *number);
        let addresses: BTreeSet<String> = addresses::of_service(&stack.cx, service).into_iter().collect();
        let addresses: Vec<(String, u32)> =
            addresses.iter().filter_map(|text| address::range(text)).collect();
        if !ports.is_empty() && !addresses.is_empty() {
            ranges.push((addresses, ChainChoice::Ports(ports)));
        }
    }
    let direct = Target { stack, behind, service: None, port: None }.chains();
    chains.extend(direct.chains);
    let workloads: Vec<(String, u32)> =
        ambient::workloads_behind(&stack.cx).iter().filter_map(|ip| address::range(ip)).collect();
    let any_port = !workloads.is_empty();
    if any_port {
        ranges.push((workloads, direct.choice));
    }
    Listener {
        name: TunnelPart::MainInternal.name().to_owned(),
        internal: true,
        direction: Direction::Inbound,
        bind_to_port: true,
        filters: inspectors(behind, any_port),
        chains,
        matcher: Some(ChainMatcher { ranges }),
        access_logs: stack.telemetry(Class::Inbound).listener_logs.clone(),
        ..Listener::default()
    }
}

/// HTTP is looked for where a port may speak it or not, TLS where a port speaks it.
fn inspectors(behind: &[&Service], any_port: bool) -> Vec<ListenerFilter> {
    let ports = || behind.iter().flat_map(|service| &service.ports).filter(|p| p.protocol != Protocol::Udp);
    let mut known: BTreeMap<u32, Option<bool>> = BTreeMap::new();
    for port in ports() {
        let http = (!port.protocol.is_sniffed()).then(|| port.protocol.is_http());
        let entry = known.entry(port.number).or_insert(http);
        if *entry != http {
            *entry = None;
        }
    }
    let sure: Vec<u32> = known.iter().filter(|(_, http)| http.is_some()).map(|(port, _)| *port).collect();
    let at = |ports: Vec<u32>| {
        if ports.is_empty() { PortPredicate::Never } else { PortPredicate::At(ports) }
    };
    let http = at(if any_port { Vec::new() } else { sure });
    let speaks_tls = |port: &&Port| matches!(port.protocol, Protocol::Https | Protocol::Tls);
    let tls: BTreeSet<u32> = ports().filter(speaks_tls).map(|port| port.number).collect();
    let others: BTreeSet<u32> = behind.iter().flat_map(|s| &s.ports).map(|port| port.number).collect();
    let inspect_tls = (!tls.is_empty())
        .then(|| ListenerFilter::TlsInspector(at(others.difference(&tls).copied().collect())));
    [ListenerFilter::OriginalDst, ListenerFilter::HttpInspector(http)]
        .into_iter()
        .chain(inspect_tls)
        .collect()
}

/// A port of a service, or any workload that is called by its own address.
#[derive(Clone, Copy, Debug)]
struct Target<'a, 's> {
    stack: &'a Stack<'s>,
    behind: &'a [&'a Service],
    service: Option<&'a Service>,
    port: Option<&'a Port>,
}

/// Chains and which of them takes a connection.
struct Chains {
    chains: Vec<FilterChain>,
    choice: ChainChoice,
}

impl Target<'_, '_> {
    fn chains(self) -> Chains {
        let protocol = self.port.map_or(Protocol::Unsupported, |port| port.protocol);
        let (tcp, http) = (self.name("tcp"), self.name("http"));
        let both = self.service.is_none() || protocol.is_sniffed();
        let choice = if both {
            ChainChoice::Sniffed { http, tcp, http10: self.stack.flags.http10 }
        } else {
            ChainChoice::Chain(if protocol.is_http() { http } else { tcp })
        };
        let words = [("tcp", both || !protocol.is_http()), ("http", both || protocol.is_http())];
        let chains = words.into_iter().filter(|(_, wanted)| *wanted).map(|(word, _)| self.chain(word));
        Chains { chains: chains.collect(), choice }
    }

    fn number(self) -> u32 {
        self.port.map_or(0, |port| port.number)
    }

    fn protocol(self) -> Protocol {
        self.port.map_or(Protocol::Tcp, |port| port.protocol)
    }

    /// Name of the chain for a word.
    fn name(self, word: &str) -> String {
        match self.service {
            Some(service) => inbound_vip_name(self.number(), word, &service.hostname.value),
            None => format!("direct-{word}"),
        }
    }

    /// The cluster without any VirtualService.
    fn cluster(self, word: &str) -> String {
        if self.service.is_some() { self.name(word) } else { TunnelPart::Encap.name().to_owned() }
    }

    fn chain(self, word: &str) -> FilterChain {
        let cluster = self.cluster(word);
        let mut filters = Vec::new();
        if self.service.is_none() {
            filters.push(NetworkFilter::ConnectAuthority);
        }
        if word == "http" {
            filters.push(self.http(&cluster))
        } else {
            filters.extend(self.bytes(&cluster))
        }
        let origin = self.port.and_then(|port| port.origin);
        FilterChain { name: self.name(word), filters, origin, ..FilterChain::default() }
    }

    /// `buildWaypointInboundHTTPFilters`.
    fn http(self, cluster: &str) -> NetworkFilter {
        let to = Behind { cluster, service: self.service, port: self.number(), services: self.behind };
        let table = RouteSource::Inline(Box::new(routes::table(&self.stack.cx, &to)));
        let options = HttpOptions {
            http2: self.protocol().is_http2(),
            exchange: false,
            dynamic_hosts: self.service.and_then(|service| destination::wildcard_cache(self.stack, service)),
            origin: self.port.and_then(|port| port.origin),
            ..HttpOptions::new(self.stack, Class::Inbound, self.protocol(), table)
        };
        let stat_prefix = format!("inbound_{}_{};", address::ANY_V4, self.number());
        NetworkFilter::Http(Box::new(connection_manager::build(self.stack, &options, &stat_prefix, 0)))
    }

    /// `buildWaypointNetworkFilters`.
    fn bytes(self, cluster: &str) -> Vec<NetworkFilter> {
        let stack = self.stack;
        let rules = self.service.map(|service| routes::rules(&stack.cx, service)).unwrap_or_default();
        let host = self.service.map_or("", |service| service.hostname.value.as_str());
        let to = rules.iter().find_map(|rule| tls_route(rule, host, self.number()));
        let to =
            to.or_else(|| rules.iter().find_map(|rule| tcp_route(rule, self.number()))).unwrap_or_default();
        let named = to.first().map_or(host, |first| first.destination.host.as_str());
        let subset = match to {
            [only] => only.destination.subset.as_str(),
            _ => "",
        };
        let rule = destination::rule(stack, named);
        let target = self.target(to, cluster);
        let prefix = self.stat_prefix(cluster);
        let proxy = tcp::waypoint_proxy(stack, &prefix, target, rule, subset);
        let around = Surround { class: Class::Inbound, exchange: true, security: true };
        let mut filters = tcp::before(stack, around, Some(self.number()));
        filters.extend(tcp::protocol_filters(stack, self.protocol(), proxy, cluster));
        filters
    }

    fn target(self, to: &[RouteDestination], cluster: &str) -> TcpTarget {
        let one = |to: &RouteDestination| {
            let to = &to.destination;
            let service = self.stack.cx.scope.service(&to.host);
            let port = match (&to.port, service.map(|s| s.ports.as_slice())) {
                (Some(port), _) => port.value,
                (None, Some([only])) => only.number,
                (None, _) => self.number(),
            };
            routes::cluster(&self.stack.cx, self.behind, &to.host, port, &to.subset)
        };
        match to {
            [] => TcpTarget::Cluster(cluster.to_owned()),
            [only] => TcpTarget::Cluster(one(only)),
            several => {
                let counted = several.iter().filter(|to| to.weight > 0);
                let share = |to: &RouteDestination| u32::try_from(to.weight).unwrap_or(u32::MAX);
                TcpTarget::Weighted(counted.map(|to| (one(to), share(to))).collect())
            }
        }
    }

    fn stat_prefix(self, cluster: &str) -> String {
        let pattern = &self.stack.cx.mesh.settings.inbound_cluster_stat_name;
        if pattern.is_empty() {
            return cluster.to_owned();
        }
        let names = StatNames {
            host: self.service.map_or("", |service| service.hostname.value.as_str()),
            subset: "",
            port: self.number(),
            port_name: self.port.map_or("unknown", |port| port.name.as_str()),
            service: self.service,
        };
        destination::stat_prefix(pattern, names)
    }
}

/// Destinations of the first TLS rule that is for all connections to a host (`getTLSRouteMatch`).
fn tls_route<'a>(rule: &'a VirtualService, host: &str, port: u32) -> Option<&'a [RouteDestination]> {
    let alone = |m: &L4Match| matches!(m.sni_hosts.as_slice(), [only] if only.value == host);
    let fits = |m: &L4Match| alone(m) && concerns(m, port);
    let found = rule.tls.iter().find(|tls| tls.matches.is_empty() || tls.matches.iter().any(fits))?;
    Some(&found.route)
}

/// Destinations of the first TCP rule that fits (`getTCPRouteMatch`).
fn tcp_route(rule: &VirtualService, port: u32) -> Option<&[RouteDestination]> {
    let fits = |m: &L4Match| concerns(m, port);
    let found = rule.tcp.iter().find(|tcp| tcp.matches.is_empty() || tcp.matches.iter().any(fits))?;
    Some(&found.route)
}

/// Whether a match may hold for callers without labels and namespace (`matchTCP`, `matchTLS`).
fn concerns(m: &L4Match, port: u32) -> bool {
    let in_mesh = m.gateways.is_empty() || m.gateways.iter().any(|gateway| gateway.value == MESH);
    let anybody = m.source_labels.is_empty() && m.source_namespace.is_empty();
    in_mesh && anybody && (m.port == 0 || m.port == port)
}
