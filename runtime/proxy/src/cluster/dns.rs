//! Resolving names of endpoints with the system's resolver.
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use super::shared::{Host, Shared};
use crate::config::cluster::{Cluster, Discovery, DnsFamily};
use crate::config::endpoint::Target;
use crate::net::address::Address;

/// Whether a cluster has names to resolve.
pub(crate) fn has_names(cluster: &Cluster) -> bool {
    cluster.endpoints.iter().any(|e| matches!(e.target, Target::Name(..)))
}

/// Resolves the names of a cluster and replaces its hosts when something has changed; a name that does not resolve
/// keeps its last addresses. Blocks.
pub(crate) fn resolve(cluster: &Cluster, shared: &Shared) {
    let old = shared.hosts.load();
    let mut hosts: Vec<Arc<Host>> = Vec::new();
    for endpoint in &cluster.endpoints {
        let addresses = match &endpoint.target {
            Target::Address(address) => vec![address.clone()],
            Target::Name(name, port) => match (name.as_str(), *port).to_socket_addrs() {
                Ok(found) => found.filter(|a| fits(cluster.dns_family, a.ip())).map(Address::Ip).collect(),
                Err(_) => old
                    .iter()
                    .filter(|h| h.endpoint.target == endpoint.target)
                    .map(|h| h.address.clone())
                    .collect(),
            },
        };
        let most = if cluster.discovery == Discovery::LogicalDns { 1 } else { usize::MAX };
        for address in addresses.into_iter().take(most) {
            if hosts.iter().any(|h| h.address == address) {
                continue;
            }
            let known = old.iter().find(|h| h.address == address && h.endpoint.target == endpoint.target);
            hosts.push(known.cloned().unwrap_or_else(|| Arc::new(Host::new(address, endpoint.clone()))));
        }
    }
    let same = hosts.len() == old.len() && hosts.iter().zip(old.iter()).all(|(a, b)| Arc::ptr_eq(a, b));
    if !same {
        shared.hosts.store(Arc::new(hosts));
    }
}

/// Whether an address is one of those that a cluster wants.
pub(crate) fn fits(family: DnsFamily, address: IpAddr) -> bool {
    match family {
        DnsFamily::V4 => address.is_ipv4(),
        DnsFamily::V6 => address.is_ipv6(),
        DnsFamily::Any => true,
    }
}
