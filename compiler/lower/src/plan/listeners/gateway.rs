//! Listeners of a gateway, one per address and port of its merged servers (`gateway.go`).

use mp_ir::base::Origin;
use mp_ir::mesh::{ForwardClientCert, Protocol, Server};
use mp_ir::plan::{
    ClientCertDetails, Direction, Http1Options, Listener, ListenerFilter, PortPredicate, RouteSource,
    SocketAddress,
};

use crate::gateways::{MergedGateway, MergedPort, is_passthrough};

use super::chain::ChainDraft;
use super::connection_manager::HttpOptions;
use super::gateway_chains::{self, KnownHosts};
use super::stack::Stack;
use super::{Class, address, downstream_tls};

/// A listener under construction.
struct Draft {
    name: String,
    binds: Vec<String>,
    port: u32,
    chains: Vec<ChainDraft>,
    origin: Origin,
}

/// All listeners of a gateway; one without any chain is left out (`buildGatewayListeners`).
pub(super) fn listeners(stack: &Stack<'_>) -> Vec<Listener> {
    let Some(merged) = stack.cx.gateways else { return Vec::new() };
    let mut known = KnownHosts::default();
    let mut drafts: Vec<Draft> = Vec::new();
    for port in &merged.ports {
        if stack.cx.proxy.flag("UNPRIVILEGED_POD") && port.number < 1024 {
            continue;
        }
        let binds = binds(stack, port);
        let name = format!("{}_{}", binds.first().map_or("", String::as_str), port.number);
        let chains = chains(stack, merged, port, &mut known);
        match drafts.iter_mut().find(|draft| draft.name == name) {
            Some(draft) => draft.chains.extend(chains),
            None => {
                let first = port.servers.first().and_then(|place| merged.servers.get(*place));
                let origin = first.and_then(|server| server.server.port.origin);
                drafts.push(Draft { name, binds, port: port.number, chains, origin });
            }
        }
    }
    drafts.iter().filter(|draft| !draft.chains.is_empty()).map(|draft| finish(stack, draft)).collect()
}

fn binds(stack: &Stack<'_>, port: &MergedPort) -> Vec<String> {
    if !port.bind.is_empty() {
        return vec![port.bind.clone()];
    }
    let wildcards = address::wildcards(stack.cx.proxy.ip_mode);
    let count = if stack.flags.dual_stack { wildcards.len() } else { 1 };
    address::owned(wildcards.get(..count).unwrap_or(wildcards))
}

/// Chains of one port: one for plain HTTP, else one per server or more (`buildGatewayTCPBasedFilterChains`).
fn chains(
    stack: &Stack<'_>,
    merged: &MergedGateway,
    port: &MergedPort,
    known: &mut KnownHosts,
) -> Vec<ChainDraft> {
    let servers = || port.servers.iter().filter_map(|place| merged.servers.get(*place));
    if port.protocol.is_http() {
        let origin = servers().next().and_then(|server| server.server.origin);
        let http = http_options(stack, port.protocol, &port.route_name, "", origin);
        return vec![ChainDraft { http: Some(http), origin, ..ChainDraft::default() }];
    }
    let mut out = Vec::new();
    for server in servers() {
        if terminates_https(&server.server) {
            let own = &server.server;
            let http = http_options(stack, own.protocol, &server.route_name, &own.name, own.origin);
            // Plain HTTP among TLS servers keeps no server names and no TLS.
            let (sni_hosts, tls) = match own.protocol.is_http() {
                true => (Vec::new(), None),
                false => (server.sni_hosts.clone(), downstream_tls::of_gateway(stack, own)),
            };
            out.push(ChainDraft {
                sni_hosts,
                tls,
                http: Some(http),
                origin: own.origin,
                ..ChainDraft::default()
            });
        } else {
            out.extend(gateway_chains::chains(stack, server, port.number, known));
        }
    }
    out
}

/// `IsHTTPSServerWithTLSTermination`.
fn terminates_https(server: &Server) -> bool {
    server.tls.is_some() && server.protocol == Protocol::Https && !is_passthrough(server)
}

/// Options of a gateway (`createGatewayHTTPFilterChainOpts`, `buildGatewayConnectionManager`).
fn http_options(
    stack: &Stack<'_>,
    protocol: Protocol,
    route: &str,
    stat_prefix: &str,
    origin: Origin,
) -> HttpOptions {
    let settings = &stack.cx.proxy.settings;
    let mode = match settings.forward_client_cert {
        ForwardClientCert::Undefined => ForwardClientCert::SanitizeSet,
        stated => stated,
    };
    let sets = matches!(mode, ForwardClientCert::AppendForward | ForwardClientCert::SanitizeSet);
    let details = ClientCertDetails { subject: true, cert: true, chain: false, dns: true, uri: true };
    let http1 = Http1Options { accept_http10: stack.http10(), ..Http1Options::default() };
    HttpOptions {
        stat_prefix: stat_prefix.to_owned(),
        use_remote_address: true,
        trusted_hops: settings.num_trusted_proxies,
        forward_client_cert: Some(mode),
        cert_details: sets.then_some(details),
        http1: Some(http1),
        origin,
        ..HttpOptions::new(stack, Class::Gateway, protocol, RouteSource::Named(route.to_owned()))
    }
}

/// The finished listener (`buildGatewayListener`).
fn finish(stack: &Stack<'_>, draft: &Draft) -> Listener {
    let proxy_protocol = stack.cx.proxy.settings.gateway_proxy_protocol;
    let tls = draft
        .chains
        .iter()
        .any(|c| !c.sni_hosts.is_empty() || c.tls.as_ref().is_some_and(|tls| !tls.alpn.is_empty()));
    let filters = [
        proxy_protocol.then_some(ListenerFilter::ProxyProtocol { allow_without: false }),
        tls.then_some(ListenerFilter::TlsInspector(PortPredicate::Never)),
    ];
    let at = |address: &String| SocketAddress { address: address.clone(), port: draft.port };
    let mut extensions = stack.extensions.before_http(Class::Gateway, draft.port);
    let mut chain = |chain: &ChainDraft| chain.finish(stack, (&draft.name, draft.port), &mut extensions);
    Listener {
        name: draft.name.clone(),
        address: draft.binds.first().map(at).unwrap_or_default(),
        additional_addresses: draft.binds.iter().skip(1).map(at).collect(),
        direction: Direction::Outbound,
        bind_to_port: true,
        filters: filters.into_iter().flatten().collect(),
        max_accepts_per_event: stack.flags.max_accepts,
        buffer_limit: stack.connections.buffer_limit,
        exact_balance: stack.cx.proxy.flag("OUTBOUND_LISTENER_EXACT_BALANCE"),
        chains: draft.chains.iter().map(&mut chain).collect(),
        access_logs: stack.telemetry(Class::Gateway).listener_logs.clone(),
        origin: draft.origin,
        ..Listener::default()
    }
}
