//! A connection from the listener to the filter that ends the chain.

use mp_ir::plan::{ExtAuthz, FilterChain, Listener, NetworkFilter, RbacFilter};

use super::handshake::LATE;
use super::handshake::shown;
use super::inspect::Look;
use super::outcome::{End, Reply, Stage};
use super::{Walk, chain, inspect, listener};
use crate::decision::By;
use crate::rbac::{self, Facts};

/// What a client's TLS library says when it gets something else than TLS.
pub(super) const NO_TLS: &str = "WRONG_VERSION_NUMBER";
/// What it says when the connection ends during the handshake.
const NO_MORE: &str = "UNEXPECTED_EOF_WHILE_READING";

impl<'p> Walk<'p, '_> {
    pub(super) fn connect(&mut self) {
        let plan = self.proxy.plan;
        let to = self.arrival.destination;
        let Some(own) = listener::bound(plan, &self.arrival.listener) else {
            self.out.reply = Reply::NoListener;
            return;
        };
        let chosen = listener::handed_over(plan, own, to);
        self.note(|| listener::note(plan, own, chosen, to));
        let seen = match inspect::look(chosen, self.arrival) {
            Look::Done(seen) => seen,
            Look::Waits => {
                return self.unseen(chosen, "too few bytes come to know what they are", End::Open);
            }
            Look::Overflows => {
                return self.unseen(chosen, "the request line is longer than is looked at", End::Reset);
            }
        };
        if !chosen.filters.is_empty() {
            let text = sniffed(&seen);
            self.step(Stage::Sniff, None, || text);
        }
        let facts = chain::Facts { destination: to, seen: &seen };
        let picked = chain::pick(chosen, &facts);
        self.note(|| chain::note(chosen, picked, &facts));
        match picked {
            Some(chain) => self.serve(chosen, chain),
            None => self.no_chain(chosen),
        }
    }

    fn unseen(&mut self, listener: &Listener, why: &str, end: End) {
        self.step(Stage::Sniff, listener.origin, || why.to_owned());
        self.out.reply = Reply::Bytes(end, String::new());
    }

    fn no_chain(&mut self, listener: &Listener) {
        self.out.listener.clone_from(&listener.name);
        self.flag("NR");
        self.out.details = "filter_chain_not_found".to_owned();
        self.out.reply = if self.arrival.hello.is_some() {
            Reply::TlsError("closed")
        } else {
            Reply::Bytes(End::Reset, String::new())
        };
    }

    fn serve(&mut self, listener: &Listener, chain: &'p FilterChain) {
        if let Some(tls) = &chain.tls
            && !self.handshake(tls)
        {
            if matches!(self.out.reply, Reply::TlsError(LATE)) {
                self.refused_late(listener, chain);
            }
            return;
        }
        self.certificate = chain.tls.as_ref().and_then(|tls| shown(tls, self.arrival));
        self.out.listener.clone_from(&listener.name);
        self.out.chain.clone_from(&chain.name);
        self.connection_left_open();
        for filter in &chain.filters {
            if self.network(chain, filter) {
                return;
            }
        }
        self.unknown("the filter chain has no filter that ends it", chain.origin);
        self.out.reply = Reply::Bytes(End::Closed, String::new());
    }

    /// What the log says of a client who is refused after its part of the handshake: bytes have been given a way by then.
    fn refused_late(&mut self, listener: &Listener, chain: &FilterChain) {
        if !chain.filters.iter().any(|filter| matches!(filter, NetworkFilter::TcpProxy(_))) {
            return;
        }
        self.out.listener.clone_from(&listener.name);
        self.out.chain.clone_from(&chain.name);
        self.out.cluster = self.announced_cluster(chain);
        // Where an authoriser is asked, nobody connects before the client has said something.
        let asks = chain.filters.iter().any(|filter| matches!(filter, NetworkFilter::ExtAuthz(_)));
        if !asks && self.refused_early(chain) {
            self.flag("UF");
            self.flag("URX");
            self.out.transport_failure = super::tries::REFUSED.to_owned();
            self.out.reply = Reply::TlsError("EOF");
        }
    }

    /// Runs a network filter; true when the connection is done with.
    fn network(&mut self, chain: &'p FilterChain, filter: &'p NetworkFilter) -> bool {
        match filter {
            NetworkFilter::MetadataExchange { .. }
            | NetworkFilter::Stats(_)
            | NetworkFilter::Mongo { .. }
            | NetworkFilter::Mysql { .. }
            | NetworkFilter::ConnectAuthority
            | NetworkFilter::TunnelMetadata { .. }
            | NetworkFilter::SniDynamicForwardProxy { .. } => false,
            NetworkFilter::TunnelServer(_) => {
                self.unknown("what is inside of a tunnel is not followed".to_owned(), None);
                true
            }
            NetworkFilter::Wasm(name) => {
                self.unknown(format!("the Wasm module `{name}` may do anything"), None);
                false
            }
            NetworkFilter::Rbac(filter) => self.network_rbac(chain, filter),
            NetworkFilter::ExtAuthz(authz) => self.network_authz(authz),
            NetworkFilter::Redis { cluster, .. } => {
                self.unknown("what the Redis proxy makes of the commands", chain.origin);
                self.tcp_to(chain, cluster);
                true
            }
            NetworkFilter::TcpProxy(proxy) => {
                self.tcp(chain, proxy);
                true
            }
            NetworkFilter::Http(hcm) => {
                self.http(chain, hcm);
                true
            }
        }
    }

    fn network_rbac(&mut self, chain: &FilterChain, filter: &RbacFilter) -> bool {
        let facts = self.connection_facts();
        let Some(rules) = &filter.rules else { return false };
        let matched = rbac::first_match(rules, &facts);
        self.tell_rules(rules, matched, &facts);
        if rbac::allows(rules, matched) || self.refused_early(chain) {
            return false;
        }
        self.out.by = Some(By::Rbac);
        // A connection is closed before its cluster would be chosen, which the log shows all the same.
        self.out.cluster = self.announced_cluster(chain);
        self.out.termination = rbac::details(matched);
        let passed = self.arrival.hello.is_some() && chain.tls.is_none();
        self.out.reply =
            if passed { Reply::TlsError(NO_MORE) } else { Reply::Bytes(End::Closed, String::new()) };
        true
    }

    fn network_authz(&mut self, authz: &ExtAuthz) -> bool {
        self.unknown(format!("what the authoriser `{}` says of the connection", authz.provider), None);
        false
    }

    /// What policies can ask about the connection.
    pub(super) fn connection_facts(&self) -> Facts {
        let hello = self.arrival.hello.as_ref();
        Facts {
            peer: self
                .certificate
                .and_then(|c| c.names_of("URI:").next())
                .map(str::to_owned)
                .or_else(|| self.arrival.tunnel_peer.clone()),
            server_name: hello.map(|hello| hello.server_name.to_ascii_lowercase()).unwrap_or_default(),
            direct_ip: Some(self.arrival.source),
            remote_ip: Some(self.arrival.source),
            destination_ip: Some(self.arrival.destination.0),
            destination_port: self.arrival.destination.1,
            http: None,
            claims: None,
        }
    }
}

fn sniffed(seen: &inspect::Seen) -> String {
    match (seen.tls, seen.alpn.first()) {
        (true, _) if seen.server_name.is_empty() => "a TLS hello without a server name".to_owned(),
        (true, _) => format!("a TLS hello for `{}`", seen.server_name),
        (false, Some(protocol)) => format!("plain text, {protocol}"),
        (false, None) => "plain text, no HTTP that anybody looked for".to_owned(),
    }
}
