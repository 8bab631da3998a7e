//! Steps of the tunnel of the ambient mesh (`pilot/pkg/networking/core/listener_waypoint.go`, `listener.go`).

use mp_ir::mesh::{IstioVersion, TlsVersion};
use mp_ir::plan::{
    ClientValidation, Direction, DownstreamTls, FilterChain, HttpFilter, Listener, ListenerFilter, NameMatch,
    NetworkFilter, PeerMetadata, SocketAddress, TUNNEL_PORT, TcpProxy, TcpTarget, TcpTunnel, TunnelPart,
    TunnelServer,
};

use crate::plan::security;

use super::stack::Stack;
use super::{Class, address, downstream_tls, headers};

/// Destination of the outer tunnel, which the inner one wrote down.
const TARGET: &str = "%FILTER_STATE(istio.double_hbone.hbone_target_address:PLAIN)%";

/// Takes tunnels from others (`buildConnectTerminateListener`).
pub(super) fn connect_terminate(stack: &Stack<'_>) -> Listener {
    let wildcards = address::wildcards(stack.cx.proxy.ip_mode);
    let at = |address: &str| SocketAddress { address: address.to_owned(), port: TUNNEL_PORT };
    let chain = FilterChain {
        name: "default".to_owned(),
        tls: Some(tls(stack)),
        filters: vec![NetworkFilter::TunnelServer(Box::new(server(stack)))],
        ..FilterChain::default()
    };
    Listener {
        name: TunnelPart::ConnectTerminate.name().to_owned(),
        address: at(address::first_wildcard(stack.cx.proxy.ip_mode)),
        additional_addresses: wildcards.iter().skip(1).map(|address| at(address)).collect(),
        direction: Direction::Unstated,
        bind_to_port: true,
        exact_balance: true,
        chains: vec![chain],
        access_logs: stack.telemetry(Class::Inbound).listener_logs.clone(),
        ..Listener::default()
    }
}

fn server(stack: &Stack<'_>) -> TunnelServer {
    let header = headers::HeaderPolicy::new(stack, Class::Inbound);
    let policies = security::tunnel_filters(&stack.cx).into_iter().map(HttpFilter::Rbac);
    let rest = [
        HttpFilter::PeerMetadata { side: PeerMetadata::Tunnelled, labels: Vec::new() },
        HttpFilter::ConnectAuthority { hashable: hashable(stack) },
        HttpFilter::Router { suppress_envoy_headers: header.suppress_debug },
    ];
    TunnelServer {
        cluster: TunnelPart::MainInternal.name().to_owned(),
        forward_client_cert: Some(header.forward_client_cert),
        server_name: header.server_name.clone(),
        server_header_pass_through: header.server_pass_through,
        generate_request_id: header.generate_request_id,
        filters: policies.chain(rest).collect(),
        access_logs: stack.telemetry(Class::Inbound).taken_logs.clone(),
    }
}

/// Proxies from 1.29.2 on know strings that balancing can hash.
fn hashable(stack: &Stack<'_>) -> bool {
    stack.cx.proxy.istio_version >= IstioVersion(1, 29, 2)
}

/// TLS 1.3 with an identity of the mesh on both sides (`buildCommonConnectTLSContext`).
fn tls(stack: &Stack<'_>) -> DownstreamTls {
    let domains = security::trust_domains_for_validation(stack.cx.mesh);
    let names = domains.into_iter().map(|domain| NameMatch::Prefix(format!("spiffe://{domain}/"))).collect();
    let authorities = Some(downstream_tls::own_root(stack));
    DownstreamTls {
        alpn: vec!["h2".to_owned()],
        require_client_certificate: true,
        certificates: vec![downstream_tls::own_certificate(stack)],
        validation: Some(ClientValidation { authorities, names, ..ClientValidation::default() }),
        min_version: TlsVersion::V1_3,
        max_version: TlsVersion::V1_3,
        tunnel: true,
        ..DownstreamTls::default()
    }
}

/// Opens tunnels (`buildConnectOriginateListener`).
pub(super) fn connect_originate(stack: &Stack<'_>, class: Class) -> Listener {
    let tunnel = TcpTunnel { hostname: "%DOWNSTREAM_LOCAL_ADDRESS%".to_owned(), ..TcpTunnel::default() };
    let mut out = step(stack, class, TunnelPart::ConnectOriginate, tunnel);
    out.filters = vec![ListenerFilter::OriginalDst];
    out
}

/// A tunnel in a tunnel to another network (`buildInnerConnectOriginateListener`, `buildOuterConnectOriginateListener`).
pub(super) fn twice(stack: &Stack<'_>) -> [Listener; 2] {
    let header = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let network = stack.cx.proxy.network.as_str();
    let tunnel = |headers| TcpTunnel { hostname: TARGET.to_owned(), headers, ..TcpTunnel::default() };
    let to = tunnel(header("x-forwarded-network", network));
    let mut inner = step(stack, Class::Inbound, TunnelPart::InnerConnect, to);
    for chain in &mut inner.chains {
        chain.filters.insert(0, NetworkFilter::TunnelMetadata { hashable: hashable(stack) });
    }
    let source = if stack.cx.proxy.kind == mp_ir::plan::ProxyKind::Router { "gateway" } else { "waypoint" };
    let to = tunnel(header("x-istio-source", source));
    let mut outer = step(stack, Class::Inbound, TunnelPart::OuterConnect, to);
    outer.filters = vec![ListenerFilter::OriginalDst];
    [inner, outer]
}

/// An internal listener whose connections are sent through a tunnel to the cluster of its name.
fn step(stack: &Stack<'_>, class: Class, part: TunnelPart, tunnel: TcpTunnel) -> Listener {
    let told = stack.telemetry(class);
    let proxy = TcpProxy {
        stat_prefix: part.name().to_owned(),
        target: TcpTarget::Cluster(part.name().to_owned()),
        tunnel: Some(tunnel),
        access_logs: told.opened_logs.clone(),
        ..TcpProxy::default()
    };
    let filters = vec![NetworkFilter::TcpProxy(Box::new(proxy))];
    Listener {
        name: part.name().to_owned(),
        internal: true,
        direction: Direction::Unstated,
        bind_to_port: true,
        chains: vec![FilterChain { filters, ..FilterChain::default() }],
        access_logs: told.listener_logs.clone(),
        ..Listener::default()
    }
}
