//! Which inbound connections are looked at before a chain is chosen (`listener_inbound.go`, `populateListenerFilters`).

use std::collections::BTreeMap;

use mp_ir::plan::{FilterChain, Interception, ListenerFilter, PortPredicate, Transport};

use super::stack::Stack;

/// What the chains of one destination port need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needs {
    tls: bool,
    http: bool,
}

/// Listener filters of an inbound listener.
pub(super) fn filters(stack: &Stack<'_>, chains: &[FilterChain], own_socket: bool) -> Vec<ListenerFilter> {
    let mut filters = Vec::new();
    if !own_socket {
        filters.push(ListenerFilter::OriginalDst);
        if stack.cx.proxy.interception == Interception::Tproxy {
            filters.push(ListenerFilter::OriginalSrc);
        }
    }
    let needs = needs(chains);
    if needs.values().any(|n| n.tls) {
        filters.push(ListenerFilter::TlsInspector(tls_ports(&needs)));
    }
    if needs.values().any(|n| n.http) {
        let without: Vec<u32> = needs.iter().filter(|(_, n)| !n.http).map(|(port, _)| *port).collect();
        filters.push(ListenerFilter::HttpInspector(if without.is_empty() {
            PortPredicate::Never
        } else {
            PortPredicate::At(without)
        }));
    }
    filters
}

/// By destination port; 0 stands for chains that take any.
fn needs(chains: &[FilterChain]) -> BTreeMap<u32, Needs> {
    let mut ports: BTreeMap<u32, Needs> = BTreeMap::new();
    for chain in chains {
        let matches = chain.matches.clone().unwrap_or_default();
        let needs = ports.entry(matches.destination_port.unwrap_or(0)).or_default();
        needs.tls |= matches.transport == Some(Transport::Tls);
        needs.http |= matches.alpn.iter().any(|name| name == "http/1.1" || name == "h2c");
    }
    ports
}

/// Ports without TLS are left out where the rest needs it; otherwise it runs at the ports that need it alone.
fn tls_ports(needs: &BTreeMap<u32, Needs>) -> PortPredicate {
    let stated = |wanted: bool| -> Vec<u32> {
        needs.iter().filter(|(port, n)| **port != 0 && n.tls == wanted).map(|(port, _)| *port).collect()
    };
    let everywhere = needs.get(&0).is_some_and(|n| n.tls);
    match stated(!everywhere) {
        ports if ports.is_empty() => PortPredicate::Never,
        ports if everywhere => PortPredicate::At(ports),
        ports => PortPredicate::Except(ports),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(list: &[(u32, bool)]) -> BTreeMap<u32, Needs> {
        list.iter().map(|(port, tls)| (*port, Needs { tls: *tls, http: false })).collect()
    }

    #[test]
    fn tls_is_looked_for_where_a_chain_needs_it() {
        assert_eq!(tls_ports(&needs(&[(0, true), (80, true)])), PortPredicate::Never);
        assert_eq!(tls_ports(&needs(&[(0, true), (80, false), (90, true)])), PortPredicate::At(vec![80]));
        assert_eq!(
            tls_ports(&needs(&[(0, false), (80, false), (90, true)])),
            PortPredicate::Except(vec![90])
        );
    }
}
