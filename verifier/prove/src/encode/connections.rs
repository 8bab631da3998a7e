//! What ztunnel decides by, as formulas: it sees the caller, addresses and the port, whatever the bytes are.

use crate::formula::Bool;
use mp_ir::base::At;
use mp_ir::plan::{Authorization, Cidr, ConnectionMatch, PortChain, RbacAction, TextMatch};

use super::Encoder;
use crate::automata::quote;
use crate::engine::Reason;
use crate::space::{Key, Pattern};

impl Encoder<'_> {
    /// No DENY policy matches, and an ALLOW policy does where there are any.
    pub(super) fn connection(&mut self) -> Bool {
        let point = self.point;
        let of = |action: RbacAction| point.connections.iter().filter(move |policy| policy.action == action);
        let deny: Vec<Bool> = of(RbacAction::Deny).map(|policy| self.authorization(policy)).collect();
        let allow: Vec<Bool> = of(RbacAction::Allow).map(|policy| self.authorization(policy)).collect();
        let admitted = if allow.is_empty() { Self::constant(true) } else { Bool::or(&allow) };
        Bool::and(&[Bool::or(&deny).not(), admitted])
    }

    /// The port is one where no policy is asked.
    pub(super) fn passed(&mut self) -> Bool {
        let ports = self.point.ports.iter().filter(|port| port.chain == PortChain::Passed);
        let any: Vec<Bool> = ports.map(|port| self.port(port.number)).collect();
        Bool::or(&any)
    }

    fn authorization(&mut self, policy: &Authorization) -> Bool {
        let (point, view, tcp) = (self.point, self.view, self.tcp);
        self.engine.defined(&(policy, view, &point.addresses), |engine| {
            let mut inner = Encoder { engine, point, view, tcp };
            let mut groups = Vec::new();
            for group in &policy.groups {
                let mut all = Vec::new();
                for clause in group.clauses.iter().filter(|clause| !clause.is_empty()) {
                    let asking = clause.iter().filter(|m| !m.is_empty());
                    let any: Vec<Bool> = asking.map(|m| inner.connection_match(m)).collect();
                    all.push(Bool::or(&any));
                }
                groups.push(Bool::and(&all));
            }
            let reason =
                Reason { text: format!("{} matches what it says", policy.key()), origin: policy.origin };
            engine.guarded(reason, &Bool::or(&groups))
        })
    }

    fn connection_match(&mut self, m: &ConnectionMatch) -> Bool {
        let parts = [
            self.either(&m.namespaces, &m.not_namespaces, Self::namespace),
            self.either(&m.principals, &m.not_principals, Self::identity),
            self.either(&m.service_accounts, &m.not_service_accounts, Self::account),
            self.either(&m.source_ips, &m.not_source_ips, |this, block| this.address(&Key::Source, block)),
            self.either(&m.destination_ips, &m.not_destination_ips, Self::destination),
            self.either(&m.destination_ports, &m.not_destination_ports, |this, port| this.port(*port)),
        ];
        Bool::and(&parts)
    }

    fn either<T>(
        &mut self,
        yes: &[At<T>],
        no: &[At<T>],
        mut atom: impl FnMut(&mut Self, &T) -> Bool,
    ) -> Bool {
        let mut each = |entry: &At<T>| {
            self.engine.at(entry.origin);
            atom(self, &entry.value)
        };
        let some: Vec<Bool> = yes.iter().map(&mut each).collect();
        let none: Vec<Bool> = no.iter().map(&mut each).collect();
        let some = if yes.is_empty() { Self::constant(true) } else { Bool::or(&some) };
        Bool::and(&[some, Bool::or(&none).not()])
    }

    fn namespace(&mut self, text: &TextMatch) -> Bool {
        let name = match text {
            TextMatch::NotEmpty => return self.has_peer(),
            TextMatch::Exact(name) => quote(name.as_bytes()),
            TextMatch::Prefix(start) => format!("{}[^/]*", quote(start.as_bytes())),
            TextMatch::Suffix(end) => format!("[^/]*{}", quote(end.as_bytes())),
        };
        self.peer_atom(Pattern::regex("spiffe://", format!("spiffe://[^/]*/ns/{name}/sa/.*")))
    }

    fn identity(&mut self, text: &TextMatch) -> Bool {
        let pattern = match text {
            TextMatch::NotEmpty => return self.has_peer(),
            TextMatch::Exact(id) => Pattern::exact(&format!("spiffe://{id}")),
            TextMatch::Prefix(start) => Pattern::prefix(&format!("spiffe://{start}")),
            TextMatch::Suffix(end) => {
                Pattern::regex("spiffe://", format!("spiffe://.*{}", quote(end.as_bytes())))
            }
        };
        self.peer_atom(pattern)
    }

    fn account(&mut self, (namespace, name): &(String, String)) -> Bool {
        let (namespace, name) = (quote(namespace.as_bytes()), quote(name.as_bytes()));
        self.peer_atom(Pattern::regex("spiffe://", format!("spiffe://[^/]*/ns/{namespace}/sa/{name}")))
    }

    fn destination(&mut self, block: &Cidr) -> Bool {
        let address = self.point.addresses.first().and_then(|ip| ip.parse().ok());
        Self::constant(address.is_some_and(|ip| block.contains(ip)))
    }
}
