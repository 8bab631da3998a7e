//! A sidecar whose traffic nothing redirects: every listener opens a socket that clients can be pointed at.
//!
//! This is a mode of its own and not istiod's `INTERCEPTION_MODE: NONE`, which merges all services of a port into one loopback
//! listener and serves inbound ports only where a Sidecar names them.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::EndpointAddress;
use mp_ir::plan::{
    ChainMatch, Cluster, ClusterTarget, Direction, Discovery, FilterChain, LbEndpoint, Listener,
    ListenerFilter, LoadBalancing, LocalityEndpoints, Plan, SocketAddress,
};

const LOCALHOST: &str = "127.0.0.1";
const VIRTUAL_INBOUND: &str = "virtualInbound";
const VIRTUAL_OUTBOUND: &str = "virtualOutbound";

/// Gives every listener of the plan a socket, and ends what would need the dialled address. What that changes for clients and the
/// workload is told in the proxy's assumptions.
pub(super) fn all(plan: &mut Plan) {
    let mut taken: BTreeSet<SocketAddress> = BTreeSet::new();
    let mut notes = vec![
        "nothing is redirected: outbound listeners are bound to 127.0.0.1, those of one address to 127 and the rest of it (10.96.0.5 is \
         at 127.96.0.5), and clients must dial them; what has no listener is not proxied"
            .to_owned(),
    ];
    for listener in std::mem::take(&mut plan.listeners) {
        match (listener.name.as_str(), listener.direction) {
            (VIRTUAL_OUTBOUND, _) => {}
            (VIRTUAL_INBOUND, _) => {
                let own = plan.proxy.ips.first().cloned();
                plan.listeners.extend(inbound(&listener, own.as_deref(), &mut notes));
            }
            (_, Direction::Outbound) if !listener.bind_to_port => {
                plan.listeners.extend(outbound(listener, &mut taken, &mut notes));
            }
            _ => plan.listeners.push(listener),
        }
    }
    plan.clusters.iter_mut().for_each(fixed);
    plan.proxy.assumed.append(&mut notes);
}

/// An outbound listener on the loopback interface; `None` where another one has its place.
fn outbound(
    mut listener: Listener,
    taken: &mut BTreeSet<SocketAddress>,
    notes: &mut Vec<String>,
) -> Option<Listener> {
    listener.bind_to_port = true;
    listener.additional_addresses.clear();
    listener.address.address = loopback(&listener.address.address);
    if taken.insert(listener.address.clone()) {
        return Some(listener);
    }
    let SocketAddress { address, port } = &listener.address;
    notes.push(format!("listener `{}` is left out: another one is bound to {address}:{port}", listener.name));
    None
}

/// The loopback address that stands for an address: the network is replaced, the host part stays.
fn loopback(address: &str) -> String {
    match address.parse::<std::net::Ipv4Addr>() {
        Ok(ip) if !ip.is_unspecified() => {
            let [_, b, c, d] = ip.octets();
            format!("127.{b}.{c}.{d}")
        }
        Ok(_) => LOCALHOST.to_owned(),
        Err(_) => "::1".to_owned(),
    }
}

/// One listener for each port of the workload, at the workload's address.
fn inbound(all: &Listener, own: Option<&str>, notes: &mut Vec<String>) -> Vec<Listener> {
    let mut by_port: BTreeMap<u32, Vec<FilterChain>> = BTreeMap::new();
    for chain in &all.chains {
        let Some(port) = chain.matches.as_ref().and_then(|m| m.destination_port) else { continue };
        // The chain of the virtual listener's own port ends loops of redirection.
        if port != all.address.port {
            by_port.entry(port).or_default().push(on_its_own(chain));
        }
    }
    let Some(own) = own else {
        if !by_port.is_empty() {
            notes.push(
                "the proxy's address is not known, so no inbound listener can be bound to it".to_owned(),
            );
        }
        return Vec::new();
    };
    let ports: Vec<String> = by_port.keys().map(ToString::to_string).collect();
    if !ports.is_empty() {
        let ports = ports.join(", ");
        notes.push(format!(
            "the workload must listen on 127.0.0.1 alone: {own} is the proxy's, ports {ports}"
        ));
    }
    by_port.into_iter().map(|(port, chains)| of_port(all, own, port, chains)).collect()
}

fn of_port(all: &Listener, own: &str, port: u32, chains: Vec<FilterChain>) -> Listener {
    let mut filters = all.filters.clone();
    filters.retain(|filter| !matches!(filter, ListenerFilter::OriginalDst | ListenerFilter::OriginalSrc));
    Listener {
        name: format!("{own}_{port}"),
        address: SocketAddress { address: own.to_owned(), port },
        additional_addresses: Vec::new(),
        bind_to_port: true,
        use_original_dst: false,
        transparent: false,
        filters,
        origin: chains.iter().find_map(|chain| chain.origin),
        chains,
        default_chain: None,
        ..all.clone()
    }
}

/// A chain whose listener has no other port.
fn on_its_own(chain: &FilterChain) -> FilterChain {
    let mut chain = chain.clone();
    chain.matches = chain.matches.map(|matches| ChainMatch { destination_port: None, ..matches });
    chain
}

/// Clusters that would dial the address that the client dialled: the workload's ports are known, for all else it would be the
/// proxy itself.
fn fixed(cluster: &mut Cluster) {
    let Discovery::OriginalDst { .. } = cluster.discovery else { return };
    let endpoints = match cluster.target {
        ClusterTarget::Inbound { port } => {
            let address = EndpointAddress::Host(LOCALHOST.to_owned());
            let endpoints = vec![LbEndpoint::bare(address, port)];
            vec![LocalityEndpoints { endpoints, ..LocalityEndpoints::default() }]
        }
        _ => Vec::new(),
    };
    cluster.discovery = Discovery::Static(endpoints);
    cluster.load_balancing = LoadBalancing::RoundRobin(None);
    cluster.bind.clear();
    cluster.cleanup_interval = None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_host_part() {
        for (address, want) in
            [("0.0.0.0", "127.0.0.1"), ("10.96.0.5", "127.96.0.5"), ("::", "::1"), ("fd00::5", "::1")]
        {
            assert_eq!(loopback(address), want);
        }
    }

    #[test]
    fn two_listeners_of_one_place_are_one_and_a_note() {
        let listener = |name: &str, address: &str| Listener {
            name: name.to_owned(),
            address: SocketAddress { address: address.to_owned(), port: 3306 },
            ..Listener::default()
        };
        let listeners =
            vec![listener("a", "10.1.1.1"), listener("b", "172.1.1.1"), listener("c", "10.1.1.2")];
        let mut plan = Plan { listeners, ..Plan::default() };
        all(&mut plan);
        let names: Vec<&str> = plan.listeners.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
        assert!(plan.listeners.iter().all(|l| l.bind_to_port));
        assert_eq!(plan.proxy.assumed.len(), 2);
    }

    #[test]
    fn ports_of_the_workload_get_listeners_of_their_own() {
        let chain = |port| FilterChain {
            matches: Some(ChainMatch { destination_port: port, ..ChainMatch::default() }),
            ..FilterChain::default()
        };
        let virtual_inbound = Listener {
            name: VIRTUAL_INBOUND.to_owned(),
            address: SocketAddress { address: "0.0.0.0".to_owned(), port: 15006 },
            direction: Direction::Inbound,
            filters: vec![ListenerFilter::OriginalDst],
            chains: vec![chain(Some(15006)), chain(None), chain(Some(8080)), chain(Some(8080))],
            ..Listener::default()
        };
        let mut plan = Plan { listeners: vec![virtual_inbound], ..Plan::default() };
        plan.proxy.ips = vec!["10.0.0.7".to_owned()];
        all(&mut plan);
        let [one] = plan.listeners.as_slice() else { panic!("{:?}", plan.listeners) };
        assert_eq!((one.name.as_str(), one.chains.len(), one.filters.len()), ("10.0.0.7_8080", 2, 0));
        assert!(one.chains.iter().all(|c| c.matches.as_ref().unwrap().destination_port.is_none()));
    }
}
