//! What Envoy would refuse to load, found before it is written, with the line that asks for it.

mod commands;
pub(crate) mod demand;
mod formats;
mod limits;
mod patterns;
mod values;

use std::collections::BTreeSet;
use std::net::IpAddr;

use mp_ir::base::Origin;
use mp_ir::plan::{ChainMatch, FilterChain, Listener, Plan, RouteAction, RouteTable};

pub(crate) use demand::Demand;
pub(crate) use values::{Judged, of_file, of_frame, of_piece};

/// One thing that keeps a bootstrap from loading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The YAML that asks for it.
    pub origin: Origin,
    /// What is wrong, as a sentence in lower case, with what Envoy would say of it.
    pub message: String,
}

/// Finds what Envoy would refuse of a plan (`RouteMatcher::RouteMatcher`, `FilterChainManagerImpl::addFilterChains`).
#[must_use]
pub fn faults(plan: &Plan) -> Vec<Fault> {
    let mut out = Vec::new();
    plan.routes.iter().for_each(|table| of_table(table, &mut out));
    plan.listeners.iter().for_each(|listener| of_listener(listener, &mut out));
    out
}

fn of_table(table: &RouteTable, out: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for host in &table.virtual_hosts {
        for domain in host.domains.iter().filter(|domain| !seen.insert(domain.to_ascii_lowercase())) {
            let message =
                format!("host `{domain}` stands twice in the routes `{}`: Envoy wants each once", table.name);
            out.push(Fault { origin: host.origin, message });
        }
        for route in &host.routes {
            if route.action == RouteAction::Missing {
                let message = "the route does nothing that Envoy knows: its redirect has no code of 301, 302, 303, 307 or 308";
                out.push(Fault { origin: route.origin.or(host.origin), message: message.to_owned() });
            }
        }
    }
}

fn of_listener(listener: &Listener, out: &mut Vec<Fault>) {
    if let Some(bad) = no_address(listener) {
        let message = format!("listener `{}` is bound to `{bad}`, which is no IP address", listener.name);
        out.push(Fault { origin: listener.origin, message });
    }
    // Chains that are chosen by name may have the same conditions, which are none.
    if listener.matcher.is_some() {
        return;
    }
    let mut seen = BTreeSet::new();
    for chain in &listener.chains {
        let taken = conditions(chain).into_iter().find(|condition| !seen.insert(*condition));
        if let Some(condition) = taken {
            let server = if condition.2.is_empty() { "any server name" } else { condition.2 };
            let message = format!(
                "listener `{}` has two filter chains for the same connections ({server}): Envoy wants each once",
                listener.name
            );
            out.push(Fault { origin: chain.origin.or(listener.origin), message });
        }
    }
}

/// The address of a socket that Envoy cannot read (`Utility::parseInternetAddress`).
fn no_address(listener: &Listener) -> Option<&str> {
    let all = std::iter::once(&listener.address).chain(&listener.additional_addresses);
    let mut sockets = all.filter(|address| !listener.internal && address.port != 0);
    let bad = sockets.find(|address| address.address.parse::<IpAddr>().is_err())?;
    Some(&bad.address)
}

/// Port, range of addresses, server name, transport, ALPN.
type Condition<'a> =
    (Option<u32>, Option<&'a (String, u32)>, &'a str, Option<mp_ir::plan::Transport>, &'a str);

/// The single conditions that a chain's lists stand for.
fn conditions(chain: &FilterChain) -> Vec<Condition<'_>> {
    let Some(matches) = &chain.matches else { return vec![(None, None, "", None, "")] };
    let ChainMatch { destination_port, destination_ranges, server_names, transport, alpn } = matches;
    let ranges: Vec<Option<&(String, u32)>> = or_any(destination_ranges.iter().map(Some).collect(), None);
    let names = or_any(server_names.iter().map(String::as_str).collect(), "");
    let alpn = or_any(alpn.iter().map(String::as_str).collect(), "");
    let mut out = Vec::new();
    for range in &ranges {
        for name in &names {
            out.extend(alpn.iter().map(|alpn| (*destination_port, *range, *name, *transport, *alpn)));
        }
    }
    out
}

/// An empty list means anything.
fn or_any<T>(list: Vec<T>, any: T) -> Vec<T> {
    if list.is_empty() { vec![any] } else { list }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_ir::plan::{SocketAddress, Transport, VirtualHost};

    #[test]
    fn a_domain_stands_once_whatever_its_case() {
        let host = |domains: &[&str]| VirtualHost {
            domains: domains.iter().map(|d| (*d).to_owned()).collect(),
            ..VirtualHost::default()
        };
        let table = |hosts| Plan {
            routes: vec![RouteTable { virtual_hosts: hosts, ..RouteTable::default() }],
            ..Plan::default()
        };
        assert_eq!(faults(&table(vec![host(&["a", "b"]), host(&["A"])])).len(), 1);
        assert_eq!(faults(&table(vec![host(&["a", "b"]), host(&["c"])])), []);
    }

    #[test]
    fn sockets_have_addresses_that_envoy_can_read() {
        let bound = |address: &str, port| Plan {
            listeners: vec![Listener {
                address: SocketAddress { address: address.to_owned(), port },
                ..Listener::default()
            }],
            ..Plan::default()
        };
        assert_eq!(faults(&bound("localhost", 80)).len(), 1);
        for (address, port) in [("::1", 80), ("0.0.0.0", 80), ("/run/a", 0)] {
            assert_eq!(faults(&bound(address, port)), []);
        }
    }

    #[test]
    fn chains_overlap_when_one_of_their_conditions_is_the_same() {
        let chain = |names: &[&str], transport| FilterChain {
            matches: Some(ChainMatch {
                server_names: names.iter().map(|n| (*n).to_owned()).collect(),
                transport,
                ..ChainMatch::default()
            }),
            ..FilterChain::default()
        };
        let listen =
            |chains| Plan { listeners: vec![Listener { chains, ..Listener::default() }], ..Plan::default() };
        let tls = Some(Transport::Tls);
        assert_eq!(faults(&listen(vec![chain(&["a", "b"], tls), chain(&["b"], tls)])).len(), 1);
        assert_eq!(faults(&listen(vec![chain(&["a"], tls), chain(&["a"], None), chain(&["b"], tls)])), []);
    }
}
