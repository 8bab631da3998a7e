//! Filter chains before they are finished: what they match, and which of them conflict (`filterChainOpts` in `listener.go`).

use std::collections::BTreeSet;

use mp_ir::base::Origin;
use mp_ir::plan::{ChainMatch, Cidr, DownstreamTls, FilterChain, NetworkFilter, Transport};

use super::address::{ANY_V4, range};
use super::connection_manager::{self, HttpOptions};
use super::stack::Stack;

/// A filter chain under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainDraft {
    /// Server names; `*` among them matches any.
    pub(super) sni_hosts: Vec<String>,
    /// Addresses and CIDRs of the destination.
    pub(super) destinations: Vec<String>,
    /// ALPN.
    pub(super) alpn: Vec<String>,
    /// What the connection begins with.
    pub(super) transport: Option<Transport>,
    /// The object that caused it.
    pub(super) config: Option<String>,
    /// TLS that is terminated.
    pub(super) tls: Option<DownstreamTls>,
    /// HTTP; otherwise `filters` are all.
    pub(super) http: Option<HttpOptions>,
    /// Network filters, those before the HTTP filter where there is one.
    pub(super) filters: Vec<NetworkFilter>,
    /// The YAML that asks for it.
    pub(super) origin: Origin,
}

impl ChainDraft {
    /// Takes every connection (`isMatchAll`).
    pub(super) fn matches_all(&self) -> bool {
        (self.sni_hosts.is_empty() || self.sni_hosts.iter().any(|h| h == "*"))
            && self.alpn.is_empty()
            && self.transport.is_none()
            && self.destinations.is_empty()
    }

    /// Would take the same connections as another one (`conflictsWith`).
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        self.transport == other.transport
            && self.alpn == other.alpn
            && names(&self.sni_hosts) == names(&other.sni_hosts)
            && ranges(&self.destinations) == ranges(&other.destinations)
    }

    /// Its match; `None` takes everything (`toFilterChainMatch`).
    pub(super) fn to_match(&self) -> Option<ChainMatch> {
        if self.matches_all() {
            return None;
        }
        let any_name = self.sni_hosts.iter().any(|h| h == "*");
        let mut server_names = if any_name { Vec::new() } else { self.sni_hosts.clone() };
        server_names.sort();
        let mut destinations = self.destinations.clone();
        destinations.sort();
        let destination_ranges =
            destinations.iter().filter_map(|d| range(d)).filter(|(address, _)| address != ANY_V4).collect();
        Some(ChainMatch {
            destination_port: None,
            destination_ranges,
            server_names,
            transport: self.transport,
            alpn: self.alpn.clone(),
        })
    }

    /// The chain of the outbound listener or the gateway's listener of this name and port. The first HTTP chain of a listener takes
    /// all `extensions`: istiod hands each of them out once.
    pub(super) fn finish(
        &self,
        stack: &Stack<'_>,
        (listener, port): (&str, u32),
        extensions: &mut Vec<NetworkFilter>,
    ) -> FilterChain {
        let mut filters = self.filters.clone();
        if let Some(options) = &self.http {
            let manager = connection_manager::build(stack, options, &format!("outbound_{listener};"), port);
            filters.append(extensions);
            filters.push(NetworkFilter::Http(Box::new(manager)));
        }
        FilterChain {
            name: String::new(),
            matches: self.to_match(),
            tls: self.tls.clone(),
            transport_connect_timeout: stack.flags.tls_handshake_timeout,
            filters,
            config: self.config.clone(),
            origin: self.origin,
        }
    }
}

fn names(hosts: &[String]) -> BTreeSet<&str> {
    hosts.iter().map(String::as_str).filter(|h| *h != "*").collect()
}

fn ranges(destinations: &[String]) -> BTreeSet<Cidr> {
    let blocks = destinations.iter().filter_map(|d| Cidr::parse(d));
    blocks.filter(|block| block.address.to_string() != ANY_V4).map(Cidr::masked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(hosts: &[&str], destinations: &[&str]) -> ChainDraft {
        let owned = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect();
        ChainDraft { sni_hosts: owned(hosts), destinations: owned(destinations), ..ChainDraft::default() }
    }

    #[test]
    fn chains_conflict_when_they_take_the_same_connections() {
        assert!(draft(&["a", "b"], &[]).conflicts_with(&draft(&["b", "a"], &[])));
        assert!(!draft(&["a"], &[]).conflicts_with(&draft(&["b"], &[])));
        assert!(draft(&[], &["1.2.3.4/8"]).conflicts_with(&draft(&[], &["1.5.6.7/8"])));
        assert!(!draft(&[], &["1.2.3.4/8"]).conflicts_with(&draft(&[], &["1.2.3.4/16"])));
        assert!(draft(&["*"], &[]).conflicts_with(&draft(&[], &["0.0.0.0"])));
        let tls = ChainDraft { transport: Some(Transport::Tls), ..draft(&[], &[]) };
        assert!(!tls.conflicts_with(&draft(&[], &[])));
    }

    #[test]
    fn a_star_among_names_matches_any_name() {
        assert!(draft(&["*", "a"], &[]).to_match().is_none());
        let some = draft(&["b", "a"], &["10.0.0.0/8", "0.0.0.0"]).to_match();
        assert_eq!(
            some.map(|m| (m.server_names, m.destination_ranges)),
            Some((vec!["a".to_owned(), "b".to_owned()], vec![("10.0.0.0".to_owned(), 8)]))
        );
    }
}
