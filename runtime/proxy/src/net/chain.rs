//! Picking a filter chain.
use std::net::IpAddr;

use crate::access::info::ConnectionInfo;
use crate::config::listener::{Chain, ChainMatch, Listener};
use crate::config::matcher::Cidr;

/// What is known about a connection before its chain is picked.
#[derive(Debug, Default, Clone)]
pub(crate) struct Facts {
    /// Destination port.
    pub(crate) port: u16,
    /// Destination address.
    pub(crate) local: Option<IpAddr>,
    /// The client.
    pub(crate) remote: Option<IpAddr>,
    /// The client's port.
    pub(crate) remote_port: u16,
    /// The peer of the socket.
    pub(crate) direct: Option<IpAddr>,
    /// Whether TLS was detected.
    pub(crate) tls: bool,
    /// Server name, in lower case.
    pub(crate) server_name: String,
    /// ALPN names, or what the HTTP inspector found.
    pub(crate) alpn: Vec<String>,
}

impl Facts {
    /// Notes the addresses of a connection.
    pub(crate) fn locate(&mut self, connection: &ConnectionInfo) {
        self.port = connection.local.port().unwrap_or_default();
        self.local = connection.local.ip();
        self.remote = connection.remote.ip();
        self.remote_port = connection.remote.port().unwrap_or_default();
        self.direct = connection.direct_remote.ip();
    }
}

/// Picks the chain that is most specific at every step, in Envoy's order of steps; a step never goes back.
pub(crate) fn pick<'l>(listener: &'l Listener, facts: &Facts) -> Option<&'l Chain> {
    if let Some(matcher) = &listener.matcher {
        let name = matcher.pick(facts);
        let named = listener.chains.iter().find(|chain| Some(chain.name.as_str()) == name);
        return named.or(listener.default_chain.as_ref().filter(|_| name.is_none()));
    }
    let steps: [fn(&ChainMatch, &Facts) -> Option<u32>; 9] =
        [port, destination, server_name, transport, alpn, direct_source, source_type, source, source_port];
    let mut chains: Vec<&Chain> = listener.chains.iter().collect();
    for step in steps {
        let best = chains.iter().filter_map(|c| step(&c.matching, facts)).max();
        let Some(best) = best else {
            chains.clear();
            break;
        };
        chains.retain(|c| step(&c.matching, facts) == Some(best));
    }
    chains.first().copied().or(listener.default_chain.as_ref())
}

/// 0 when the chain does not ask, 1 when it matches.
fn when(asks: bool, matches: bool) -> Option<u32> {
    match (asks, matches) {
        (false, _) => Some(0),
        (true, true) => Some(1),
        (true, false) => None,
    }
}

/// The length of the longest range that holds the address.
fn ranges(ranges: &[Cidr], address: Option<IpAddr>) -> Option<u32> {
    if ranges.is_empty() {
        return Some(0);
    }
    let address = address?;
    ranges.iter().filter(|r| r.contains(address)).map(|r| u32::from(r.length()) + 1).max()
}

fn port(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    when(matching.port.is_some(), matching.port == Some(facts.port))
}

fn destination(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    ranges(&matching.ranges, facts.local)
}

fn server_name(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    if matching.names.is_empty() {
        return Some(0);
    }
    let name = facts.server_name.as_str();
    matching
        .names
        .iter()
        .filter_map(|pattern| match pattern.strip_prefix('*') {
            Some(suffix) => {
                (name.ends_with(suffix) && name.len() > suffix.len()).then_some(suffix.len() as u32)
            }
            None => (pattern == name).then_some(u32::MAX),
        })
        .max()
}

fn transport(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    let found = if facts.tls { "tls" } else { "raw_buffer" };
    when(!matching.transport.is_empty(), matching.transport == found)
}

fn alpn(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    when(!matching.alpn.is_empty(), matching.alpn.iter().any(|a| facts.alpn.contains(a)))
}

fn direct_source(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    ranges(&matching.direct_sources, facts.direct)
}

fn source_type(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    let local = facts.remote.is_some_and(|r| r.is_loopback()) || facts.remote == facts.local;
    when(matching.local_source.is_some(), matching.local_source == Some(local))
}

fn source(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    ranges(&matching.sources, facts.remote)
}

fn source_port(matching: &ChainMatch, facts: &Facts) -> Option<u32> {
    when(!matching.source_ports.is_empty(), matching.source_ports.contains(&facts.remote_port))
}
