//! Outbound listeners in their final form (`listener.go`, `buildListenerFromEntry`).

use mp_ir::mesh::Protocol;
use mp_ir::plan::{
    ChainMatch, Direction, FilterChain, Listener, ListenerFilter, NetworkFilter, PortPredicate, SocketAddress,
};

use super::chain::ChainDraft;
use super::connection_manager::HttpOptions;
use super::outbound::{Binding, Entry};
use super::stack::Stack;
use super::{Class, address, virtual_outbound};

/// The listener of an HTTP proxy at the proxy's own loopback addresses.
pub(super) fn proxy_listener(stack: &Stack<'_>, options: HttpOptions, port: u32) -> Listener {
    let binds = address::owned(address::local_hosts(stack.cx.proxy.ip_mode));
    let chains = vec![ChainDraft { http: Some(options), ..ChainDraft::default() }];
    let binding = Binding { binds, own_socket: true };
    finish(
        stack,
        &Entry { port, binding, locked: false, chains, protocol: Protocol::HttpProxy, origin: None },
    )
}

/// The finished listener (`buildListenerFromEntry`).
pub(super) fn finish(stack: &Stack<'_>, entry: &Entry) -> Listener {
    let primary = entry.binding.first();
    let name = format!("{primary}_{}", entry.port);
    let at = |address: &str| SocketAddress { address: address.to_owned(), port: entry.port };
    let (filters, timeout) = inspectors(stack, &entry.chains);
    let mut extensions = stack.extensions.before_http(Class::Outbound, entry.port);
    let mut chains = Vec::new();
    let mut default_chain = None;
    for draft in &entry.chains {
        let chain = draft.finish(stack, (&name, entry.port), &mut extensions);
        if draft.matches_all() { default_chain = Some(chain) } else { chains.push(chain) }
    }
    if chains.is_empty() {
        chains.extend(default_chain.take());
    } else {
        default_chain.get_or_insert_with(|| fall_through(stack));
    }
    Listener {
        address: socket(primary, entry.port),
        additional_addresses: entry.binding.binds.iter().skip(1).map(|a| at(a)).collect(),
        name,
        direction: Direction::Outbound,
        bind_to_port: entry.binding.own_socket,
        filters,
        filters_timeout: Some(timeout),
        continue_on_filters_timeout: true,
        max_accepts_per_event: stack.flags.max_accepts.filter(|_| entry.binding.own_socket),
        exact_balance: stack.cx.proxy.flag("OUTBOUND_LISTENER_EXACT_BALANCE"),
        chains,
        default_chain,
        origin: entry.origin,
        ..Listener::default()
    }
}

/// An address, or the path of a Unix socket (`util.BuildAddress`).
fn socket(bind: &str, port: u32) -> SocketAddress {
    match (port, bind.strip_prefix("unix://")) {
        (0, Some(path)) => SocketAddress { address: path.to_owned(), port: 0 },
        _ => SocketAddress { address: bind.to_owned(), port },
    }
}

fn fall_through(stack: &Stack<'_>) -> FilterChain {
    FilterChain {
        name: "PassthroughFilterChain".to_owned(),
        matches: Some(ChainMatch::default()),
        filters: virtual_outbound::catch_all_filters(stack),
        ..FilterChain::default()
    }
}

/// What must be looked at before a chain is chosen, and how long.
fn inspectors(stack: &Stack<'_>, chains: &[ChainDraft]) -> (Vec<ListenerFilter>, i128) {
    let sni = |draft: &ChainDraft| {
        draft.filters.iter().any(|f| matches!(f, NetworkFilter::SniDynamicForwardProxy { .. }))
    };
    let tls = chains.iter().any(|d| !d.sni_hosts.is_empty() || sni(d));
    let http = chains.iter().any(|d| !d.alpn.is_empty());
    let filters = [
        tls.then_some(ListenerFilter::TlsInspector(PortPredicate::Never)),
        http.then_some(ListenerFilter::HttpInspector(PortPredicate::Never)),
    ];
    let timeout = if http { stack.cx.mesh.settings.protocol_detection_timeout } else { 0 };
    (filters.into_iter().flatten().collect(), timeout)
}
