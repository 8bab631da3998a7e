//! Inbound listeners of a sidecar (`listener_inbound.go`).

use std::collections::BTreeMap;

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{CaptureMode, IngressListener, MutualTlsMode, Protocol, Registry, ServerTls, Service};
use mp_ir::plan::{
    ChainMatch, Direction, DownstreamTls, FilterChain, HttpConnectionManager, Interception, Listener,
    ListenerFilter, NetworkFilter, RouteSource, RouteTable, SocketAddress, TunnelPart,
};

use crate::plan::{routes, security};

use super::connection_manager::{self, HttpOptions};
use super::destination::{self, StatNames};
use super::outbound::{Speech, speech};
use super::outbound_chains::config_path;
use super::stack::Stack;
use super::tcp::{self, Surround};
use super::{Class, address, downstream_tls, headers, inbound_chains, inspectors};

/// One port of the workload (`inboundChainConfig`).
#[derive(Clone, Debug, Default)]
struct Port<'a> {
    /// Cluster that it leads to.
    cluster: String,
    /// Number of the service port.
    service_port: u32,
    /// Name of the service port.
    port_name: &'a str,
    /// Protocol.
    protocol: Protocol,
    /// Number at the workload; 0 for any.
    target: u32,
    /// Addresses, first one primary.
    binds: Vec<String>,
    own_socket: bool,
    /// TLS that the Sidecar terminates.
    tls: Option<&'a ServerTls>,
    /// Takes what no service port takes.
    passthrough: bool,
    /// Takes what came out of a tunnel.
    tunnelled: bool,
    /// Name of the service, or of the Sidecar.
    host: String,
    service: Option<&'a Service>,
    /// Path of the Sidecar that asks for it.
    config: Option<String>,
    origin: Origin,
}

impl Port<'_> {
    fn name(&self, http: bool) -> String {
        match (self.passthrough, http) {
            (true, true) => "virtualInbound-catchall-http".to_owned(),
            (true, false) => "virtualInbound".to_owned(),
            (false, _) => format!("{}_{}", self.binds.first().map_or("", String::as_str), self.target),
        }
    }

    fn http_stat_prefix(&self) -> String {
        if self.passthrough { format!("{};", self.cluster) } else { format!("inbound_{};", self.name(true)) }
    }
}

/// All inbound listeners: `virtualInbound` first, unless nothing is captured.
pub(super) fn listeners(stack: &Stack<'_>) -> Vec<Listener> {
    let mut own = Vec::new();
    let mut shared = Vec::new();
    for port in ports(stack) {
        let chains = port_chains(stack, &port);
        if port.own_socket {
            own.push(listener(stack, port.name(false), &port.binds, port.target, chains, true, port.origin));
        } else {
            shared.extend(chains);
        }
    }
    let captured = stack.cx.proxy.interception != Interception::None;
    let all = captured.then(|| {
        let chains = passthrough_chains(stack).into_iter().chain(shared).collect();
        let wildcards = address::owned(address::wildcards(stack.cx.proxy.ip_mode));
        let number = stack.cx.mesh.settings.inbound_listen_port;
        listener(stack, "virtualInbound".to_owned(), &wildcards, *number, chains, false, number.origin)
    });
    all.into_iter().chain(own).collect()
}

fn listener(
    stack: &Stack<'_>,
    name: String,
    binds: &[String],
    port: u32,
    chains: Vec<FilterChain>,
    own_socket: bool,
    origin: Origin,
) -> Listener {
    let proxy = stack.cx.proxy;
    let at = |address: &String| SocketAddress { address: address.clone(), port };
    let more = binds.get(1..).filter(|_| stack.flags.dual_stack).unwrap_or_default();
    Listener {
        name,
        address: binds.first().map(at).unwrap_or_default(),
        additional_addresses: more.iter().map(at).collect(),
        direction: Direction::Inbound,
        bind_to_port: true,
        transparent: !own_socket && proxy.interception == Interception::Tproxy,
        filters: inspectors::filters(stack, &chains, own_socket),
        filters_timeout: Some(stack.cx.mesh.settings.protocol_detection_timeout),
        continue_on_filters_timeout: true,
        max_accepts_per_event: stack.flags.max_accepts,
        exact_balance: proxy.flag("INBOUND_LISTENER_EXACT_BALANCE"),
        chains,
        access_logs: stack.telemetry(Class::Inbound).listener_logs.clone(),
        origin,
        ..Listener::default()
    }
}

/// What came out of a tunnel: the same ports without TLS, at the workload's own addresses (`buildInboundHBONEListeners`).
pub(super) fn internal(stack: &Stack<'_>) -> Listener {
    let stack = &stack.tunnelled();
    let plain = At::implied(MutualTlsMode::Disable);
    let unknown = Port {
        cluster: destination::INBOUND_PASSTHROUGH.to_owned(),
        port_name: "virtualInbound",
        passthrough: true,
        ..Port::default()
    };
    let own = ports(stack).into_iter().map(|port| Port { tunnelled: true, ..port });
    let mut all: Vec<FilterChain> =
        own.chain([unknown]).flat_map(|port| chains(stack, &port, plain)).collect();
    for chain in &mut all {
        let matches = chain.matches.get_or_insert_default();
        matches.transport = None;
        matches.destination_ranges = stack.cx.proxy.ips.iter().filter_map(|ip| address::range(ip)).collect();
    }
    let inspectors = inspectors::filters(stack, &all, true);
    Listener {
        name: TunnelPart::MainInternal.name().to_owned(),
        internal: true,
        direction: Direction::Inbound,
        bind_to_port: true,
        filters: std::iter::once(ListenerFilter::OriginalDst).chain(inspectors).collect(),
        continue_on_filters_timeout: true,
        chains: all,
        access_logs: stack.telemetry(Class::Inbound).listener_logs.clone(),
        ..Listener::default()
    }
}

/// The ports, sorted by their number at the workload; the first one of a number counts (`buildInboundChainConfigs`).
fn ports<'a>(stack: &Stack<'a>) -> Vec<Port<'a>> {
    let sidecar = stack.cx.scope.sidecar(stack.cx.mesh).filter(|s| !s.ingress.is_empty());
    let Some(sidecar) = sidecar else {
        let captured = stack.cx.proxy.interception != Interception::None;
        return if captured { service_ports(stack, &[]).into_values().collect() } else { Vec::new() };
    };
    let mut ports = BTreeMap::new();
    if stack.flags.merge_inbound {
        ports = service_ports(stack, &sidecar.ingress);
    }
    let scope = stack.cx.scope;
    for ingress in &sidecar.ingress {
        if let Some(mut port) = ingress_port(stack, ingress) {
            port.host = format!("{}.{}", scope.name, scope.namespace);
            // Istio names the scope, whose namespace is the proxy's even when the Sidecar stands elsewhere.
            port.config = Some(config_path(&scope.namespace, "sidecar", &scope.name));
            ports.entry(port.target).or_insert(port);
        }
    }
    ports.into_values().collect()
}

/// Ports of the services that select the workload, but for those that the Sidecar states (`getFilterChainsByServicePort`).
fn service_ports<'a>(stack: &Stack<'a>, stated: &[IngressListener]) -> BTreeMap<u32, Port<'a>> {
    let proxy = stack.cx.proxy;
    let own_socket = proxy.interception == Interception::None;
    let wildcard = address::first_wildcard(proxy.ip_mode);
    let mut ports = BTreeMap::new();
    for target in &proxy.targets {
        let Some(service) = stack.cx.index.service(target.service) else { continue };
        let taken = stated.iter().any(|ingress| ingress.port.value == target.target_port);
        if taken || !address::can_bind(stack, own_socket, wildcard, target.target_port, target.protocol, true)
        {
            continue;
        }
        let written = service.ports.iter().find(|p| p.number == target.port && p.name == target.port_name);
        let port = Port {
            cluster: format!("inbound|{}||", target.target_port),
            service_port: target.port,
            port_name: &target.port_name,
            protocol: target.protocol,
            target: target.target_port,
            binds: address::owned(address::wildcards(proxy.ip_mode)),
            own_socket,
            host: service.hostname.value.clone(),
            service: Some(&**service),
            origin: written.and_then(|p| p.origin).or(service.hostname.origin),
            ..Port::default()
        };
        ports.entry(target.target_port).or_insert(port);
    }
    ports
}

fn ingress_port<'a>(stack: &Stack<'_>, ingress: &'a IngressListener) -> Option<Port<'a>> {
    let proxy = stack.cx.proxy;
    let own_socket = match ingress.capture_mode {
        CaptureMode::Default => proxy.interception == Interception::None,
        mode => mode == CaptureMode::None,
    };
    let number = ingress.port.value;
    if !address::can_bind(stack, own_socket, &ingress.bind, number, ingress.protocol, false) {
        return None;
    }
    let binds = match ingress.bind.as_str() {
        "" => address::global_unicast(proxy)
            .map_or_else(|| address::owned(address::wildcards(proxy.ip_mode)), |own| vec![own]),
        bind => vec![bind.to_owned()],
    };
    let tls = ingress.tls.as_ref().filter(|_| stack.flags.ingress_tls);
    Some(Port {
        cluster: format!("inbound|{number}||"),
        service_port: number,
        port_name: &ingress.port_name,
        protocol: if tls.is_some() { after_tls(ingress.protocol) } else { ingress.protocol },
        target: number,
        binds,
        own_socket,
        tls,
        origin: ingress.port.origin,
        ..Port::default()
    })
}

/// What is spoken inside of TLS (`AfterTLSTermination`).
fn after_tls(protocol: Protocol) -> Protocol {
    match protocol {
        Protocol::Https => Protocol::Http,
        Protocol::Tls => Protocol::Tcp,
        other => other,
    }
}

fn port_chains(stack: &Stack<'_>, port: &Port<'_>) -> Vec<FilterChain> {
    let mode = security::mtls_mode(&stack.cx, port.target);
    if let Some(tls) = port.tls.filter(|_| mode.value == MutualTlsMode::Disable) {
        let http = speech(port.protocol) == Some(Speech::Http);
        let context = downstream_tls::of_server(stack, tls, false);
        return inbound_chains::taken_with_own_tls(http)
            .iter()
            .map(|taken| chain(stack, port, taken, Some(context.clone())))
            .collect();
    }
    chains(stack, port, mode)
}

fn chains(stack: &Stack<'_>, port: &Port<'_>, mode: At<MutualTlsMode>) -> Vec<FilterChain> {
    // UDP, which no listener takes, falls to the rules of bytes.
    let speech = speech(port.protocol).unwrap_or(Speech::Tcp);
    let taken = inbound_chains::taken(stack, mode.value, speech);
    let one = |taken: &inbound_chains::Taken| {
        let tls = if taken.terminates { downstream_tls::mesh(stack, mode.value, taken.http) } else { None };
        chain(stack, port, taken, tls.map(|tls| DownstreamTls { origin: mode.origin, ..tls }))
    };
    taken.iter().map(one).collect()
}

fn chain(
    stack: &Stack<'_>,
    port: &Port<'_>,
    taken: &inbound_chains::Taken,
    tls: Option<DownstreamTls>,
) -> FilterChain {
    let filters = if taken.http {
        let manager = NetworkFilter::Http(Box::new(connection_manager(stack, port)));
        let extensions = stack.extensions.before_http(Class::Inbound, port.target);
        let exchange = tcp::metadata_exchange(stack).filter(|_| !port.tunnelled);
        exchange.into_iter().chain(extensions).chain([manager]).collect()
    } else {
        byte_filters(stack, port)
    };
    FilterChain {
        name: port.name(taken.http),
        matches: Some(ChainMatch {
            destination_port: (port.target > 0).then_some(port.target),
            transport: Some(taken.transport),
            alpn: taken.alpn.clone(),
            ..ChainMatch::default()
        }),
        tls,
        transport_connect_timeout: None,
        filters,
        config: port.config.clone(),
        origin: port.origin,
    }
}

/// Filters of bytes (`buildInboundNetworkFilters`).
fn byte_filters(stack: &Stack<'_>, port: &Port<'_>) -> Vec<NetworkFilter> {
    let pattern = &stack.cx.mesh.settings.inbound_cluster_stat_name;
    let kubernetes = port.service.filter(|s| s.registry == Registry::Kubernetes);
    let names = StatNames {
        host: &port.host,
        subset: "",
        port: port.service_port,
        port_name: port.port_name,
        service: kubernetes,
    };
    let stat_prefix =
        if pattern.is_empty() { port.cluster.clone() } else { destination::stat_prefix(pattern, names) };
    let proxy = tcp::plain_proxy(stack, Class::Inbound, &stat_prefix, &port.cluster);
    let mut filters = tcp::before(
        stack,
        Surround { class: Class::Inbound, exchange: true, security: true },
        Some(port.service_port),
    );
    filters.extend(tcp::protocol_filters(stack, port.protocol, proxy, &port.cluster));
    filters
}

fn connection_manager(stack: &Stack<'_>, port: &Port<'_>) -> HttpConnectionManager {
    let table = RouteSource::Inline(Box::new(port_routes(port)));
    let header = headers::HeaderPolicy::new(stack, Class::Inbound);
    let options = HttpOptions {
        forward_client_cert: Some(header.forward_client_cert),
        cert_details: Some(headers::inbound_cert_details(stack)),
        http2: port.protocol.is_http2(),
        exchange: !port.tunnelled,
        origin: port.origin,
        ..HttpOptions::new(stack, Class::Inbound, port.protocol, table)
    };
    connection_manager::build(stack, &options, &port.http_stat_prefix(), port.target)
}

/// One route for everything, with the line that asks for the port.
fn port_routes(port: &Port<'_>) -> RouteTable {
    let mut table = routes::inbound(&port.cluster, &port.host, port.service_port, port.protocol, None);
    for host in &mut table.virtual_hosts {
        host.origin = port.origin;
        for route in &mut host.routes {
            route.origin = port.origin;
        }
    }
    table
}

/// A loop back to the listener is refused; ports of no service are passed on (`buildInboundPassthroughChains`).
fn passthrough_chains(stack: &Stack<'_>) -> Vec<FilterChain> {
    let mut out = vec![black_hole(stack)];
    let modes = security::peer_modes(&stack.cx);
    let sidecar = stack.cx.scope.sidecar(stack.cx.mesh).filter(|s| !s.ingress.is_empty());
    let served = |port: u32| match sidecar {
        Some(sidecar) => sidecar.ingress.iter().any(|ingress| ingress.port.value == port),
        None => stack.cx.proxy.targets.iter().any(|target| target.target_port == port),
    };
    let extra = modes.ports.iter().filter(|(port, _)| !served(**port)).map(|(port, mode)| (*port, *mode));
    for (target, mode) in std::iter::once((0, modes.mode)).chain(extra) {
        let port = Port {
            cluster: destination::INBOUND_PASSTHROUGH.to_owned(),
            port_name: "virtualInbound",
            target,
            passthrough: true,
            origin: mode.origin,
            ..Port::default()
        };
        out.extend(chains(stack, &port, mode));
    }
    out
}

fn black_hole(stack: &Stack<'_>) -> FilterChain {
    let mut filters =
        tcp::before(stack, Surround { class: Class::Inbound, exchange: true, security: false }, None);
    filters.push(tcp::black_hole());
    FilterChain {
        name: "virtualInbound-blackhole".to_owned(),
        matches: Some(ChainMatch {
            destination_port: Some(*stack.cx.mesh.settings.inbound_listen_port),
            ..ChainMatch::default()
        }),
        filters,
        ..FilterChain::default()
    }
}
