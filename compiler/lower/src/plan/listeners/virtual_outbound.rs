//! The listener that takes all redirected outbound traffic, and the one for clients that know of an HTTP proxy.

use mp_ir::base::At;
use mp_ir::mesh::{OutboundTrafficPolicy, Protocol};
use mp_ir::plan::{
    ChainMatch, Direction, FilterChain, Forward, Http1Options, Interception, IpMode, Listener,
    ListenerFilter, NetworkFilter, PortPredicate, Route, RouteAction, RouteSource, RouteTable, SocketAddress,
    Target, VirtualHost,
};

use super::address::{self, ANY_V4};
use super::connection_manager::{self, HttpOptions};
use super::stack::Stack;
use super::tcp::{self, Surround};
use super::{Class, destination, inbound_chains, outbound_listener};

/// `virtualOutbound` (`buildVirtualOutboundListener`); `None` when nothing is captured.
pub(super) fn listener(stack: &Stack<'_>) -> Option<Listener> {
    let proxy = stack.cx.proxy;
    if proxy.interception == Interception::None {
        return None;
    }
    let At { value: port, origin } = stack.cx.mesh.settings.outbound_listen_port;
    let wildcards = address::wildcards(proxy.ip_mode);
    let more: &[&str] = match proxy.ip_mode {
        IpMode::Dual if stack.flags.dual_stack => wildcards.get(1..).unwrap_or_default(),
        IpMode::V6 if stack.flags.ipv4_for_ipv6_only => &[ANY_V4],
        IpMode::V4 | IpMode::V6 | IpMode::Dual => &[],
    };
    let inspect = dynamic_hosts(stack).then_some(ListenerFilter::HttpInspector(PortPredicate::Never));
    let at = |address: &str| SocketAddress { address: address.to_owned(), port };
    Some(Listener {
        name: "virtualOutbound".to_owned(),
        address: at(address::first_wildcard(proxy.ip_mode)),
        additional_addresses: more.iter().map(|a| at(a)).collect(),
        direction: Direction::Outbound,
        bind_to_port: true,
        use_original_dst: true,
        transparent: proxy.interception == Interception::Tproxy,
        filters: inspect.into_iter().collect(),
        max_accepts_per_event: stack.flags.max_accepts,
        chains: chains(stack, port),
        access_logs: stack.telemetry(Class::Outbound).listener_logs.clone(),
        origin,
        ..Listener::default()
    })
}

fn dynamic_hosts(stack: &Stack<'_>) -> bool {
    stack.cx.scope.outbound == OutboundTrafficPolicy::AllowAnyDynamicDns
}

/// A loop back to the listener is refused; then the catch-all (`buildOutboundCatchAllNetworkFilterChains`).
fn chains(stack: &Stack<'_>, port: u32) -> Vec<FilterChain> {
    let mut refuse = tcp::before(stack, Surround::OUTBOUND, None);
    refuse.push(tcp::black_hole());
    let black_hole = FilterChain {
        name: "virtualOutbound-blackhole".to_owned(),
        matches: Some(ChainMatch { destination_port: Some(port), ..ChainMatch::default() }),
        filters: refuse,
        ..FilterChain::default()
    };
    let rest = FilterChain {
        name: "virtualOutbound-catchall-tcp".to_owned(),
        filters: catch_all_filters(stack),
        ..FilterChain::default()
    };
    let http = dynamic_hosts(stack).then(|| dynamic_chain(stack));
    [Some(black_hole), http, Some(rest)].into_iter().flatten().collect()
}

/// Filters for what no service takes (`buildOutboundCatchAllNetworkFiltersOnly`).
pub(super) fn catch_all_filters(stack: &Stack<'_>) -> Vec<NetworkFilter> {
    let cluster = destination::catch_all(stack);
    let mut filters = tcp::before(stack, Surround::OUTBOUND, None);
    let proxy = tcp::plain_proxy(stack, Class::Outbound, &cluster, &cluster);
    filters.push(NetworkFilter::TcpProxy(Box::new(proxy)));
    filters
}

/// HTTP to any host, which is resolved per request (`buildAllowAnyDynamicDNSHTTPFilterChain`).
fn dynamic_chain(stack: &Stack<'_>) -> FilterChain {
    let settings = &stack.cx.proxy.settings.headers;
    let name = "allow_any_dynamic_dns".to_owned();
    let forward = Forward {
        target: Target::Cluster("AllowAnyDynamicDNSCluster".to_owned()),
        timeout: Some(0),
        max_grpc_timeout: Some(0),
        append_x_forwarded_host: settings.x_forwarded_host == Some(true),
        ..Forward::default()
    };
    let route =
        Route { name: name.clone(), action: RouteAction::Forward(Box::new(forward)), ..Route::default() };
    let host = VirtualHost {
        name: name.clone(),
        domains: vec!["*".to_owned()],
        routes: vec![route],
        include_request_attempt_count: settings.attempt_count_disabled != Some(true),
        ..VirtualHost::default()
    };
    let table = RouteTable {
        name,
        virtual_hosts: vec![host],
        validate_clusters: Some(false),
        ignore_port_in_host_matching: true,
        max_direct_response_body_size: Some(1024 * 1024),
    };
    let options = HttpOptions {
        use_remote_address: stack.flags.use_remote_address,
        ..HttpOptions::new(stack, Class::Outbound, Protocol::Http, RouteSource::Inline(Box::new(table)))
    };
    let manager =
        connection_manager::build(stack, &options, "outbound_virtualOutbound_allow_any_dynamic_dns;", 0);
    FilterChain {
        name: "virtualOutbound-catchall-tcp-http".to_owned(),
        matches: Some(ChainMatch { alpn: inbound_chains::plaintext_alpn(stack), ..ChainMatch::default() }),
        filters: vec![NetworkFilter::Http(Box::new(manager))],
        ..FilterChain::default()
    }
}

/// The listener of `proxyHttpPort` (`buildHTTPProxy`).
pub(super) fn http_proxy(stack: &Stack<'_>) -> Option<Listener> {
    let proxy = stack.cx.proxy;
    let stated = proxy.metadata.get("HTTP_PROXY_PORT").and_then(|v| v.parse::<u32>().ok());
    let port = stated.map_or(stack.cx.mesh.settings.http_proxy_port, At::implied);
    if *port == 0 {
        return None;
    }
    let http1 =
        Http1Options { allow_absolute_url: true, accept_http10: stack.http10(), ..Http1Options::default() };
    let options = HttpOptions {
        http1: Some(http1),
        exchange_everywhere: true,
        ..HttpOptions::new(
            stack,
            Class::Outbound,
            Protocol::HttpProxy,
            RouteSource::Named("http_proxy".to_owned()),
        )
    };
    let listener = outbound_listener::proxy_listener(stack, options, *port);
    Some(Listener { origin: port.origin, ..listener })
}
