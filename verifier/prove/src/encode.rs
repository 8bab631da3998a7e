//! Enforcement points as formulas.

mod connections;
mod view;

use crate::formula::Bool;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{
    Cidr, ClaimTest, EnforcementPoint, HeaderTest, PermissionTest, PointKind, Policy, PortChain,
    PrincipalTest, RbacAction, RbacFilter, TextMatch, Tree,
};

use crate::assignment::Flag;
use crate::engine::{Engine, Reason};
use crate::patterns::{bits, cidr_pattern, peer_pattern, template_pattern};
use crate::space::{Key, Pattern};

pub(crate) use view::View;

/// The parts of a point's answer to one copy of a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The handshake and the token filter let it pass.
    pub(crate) feasible: Bool,
    /// The handshake lets it pass.
    pub(crate) connected: Bool,
    /// It reaches the workload.
    pub(crate) admitted: Bool,
}

/// Whether the handshake lets a copy of a request pass.
fn connected(engine: &mut Engine, point: &EnforcementPoint, view: &View) -> Bool {
    let says = (view, point.kind, &point.ports, &point.passthrough, &point.trust_domains);
    engine.defined(&("connected", says), |engine| Encoder { engine, point, view, tcp: false }.handshake())
}

/// Whether the handshake and the token filter let a copy of a request pass.
pub(crate) fn passes(engine: &mut Engine, point: &EnforcementPoint, view: &View) -> Bool {
    let connected = connected(engine, point, view);
    let says = (view, &point.http.jwt);
    let token =
        engine.defined(&("token", says), |engine| Encoder { engine, point, view, tcp: false }.token());
    let token_or_tcp = Bool::or(&[engine.flag(Flag::Http).not(), token]);
    Bool::and(&[connected, token_or_tcp])
}

/// Encodes a point.
pub(crate) fn answer(engine: &mut Engine, point: &EnforcementPoint, view: &View) -> Answer {
    let connected = connected(engine, point, view);
    if point.kind == PointKind::Ztunnel {
        let policies = Encoder { engine, point, view, tcp: false }.connection();
        let admitted = Bool::and(&[connected.clone(), policies]);
        return Answer { admitted, feasible: connected.clone(), connected };
    }
    let feasible = passes(engine, point, view);
    let mut encoder = Encoder { engine, point, view, tcp: false };
    let http = encoder.filters(&point.http.rbac, &point.http.custom);
    encoder.tcp = true;
    let tcp = encoder.filters(&point.tcp.rbac, &point.tcp.custom);
    let tcp = Bool::or(&[tcp, encoder.passed()]);
    let is_http = encoder.engine.flag(Flag::Http);
    let policies = Bool::or(&[Bool::and(&[is_http.clone(), http]), Bool::and(&[is_http.not(), tcp])]);
    Answer { admitted: Bool::and(&[feasible.clone(), policies]), feasible, connected }
}

/// Whether a rule matches, on chains of HTTP or of bytes.
pub(crate) fn rule(
    engine: &mut Engine,
    point: &EnforcementPoint,
    view: &View,
    policy: &Policy,
    tcp: bool,
) -> Bool {
    Encoder { engine, point, view, tcp }.policy(policy)
}

/// That a rule is as it is written.
pub(crate) fn stands(policy: &Policy) -> Reason {
    Reason { text: format!("{} matches what it says", policy.name), origin: policy.origin }
}

/// Which protocol goes to which port, and what plain text cannot have. Asserted once per engine and point.
pub(crate) fn ground_rules(engine: &mut Engine, points: &[&EnforcementPoint]) {
    let http = engine.flag(Flag::Http);
    for number in engine.domain().ports.clone() {
        let here = engine.atom(&Key::Port, Pattern::exact(&number.to_string()));
        for point in points {
            let speaks = match point.ports.iter().find(|port| port.number == number).map(|port| port.chain) {
                Some(PortChain::Http) => http.clone(),
                Some(PortChain::Tcp | PortChain::Passed) => http.not(),
                Some(PortChain::Sniffed) | None => continue,
            };
            engine.assert(&here.implies(speaks));
        }
    }
    let sni = engine.flag(Flag::ServerName);
    // A server name is said in the handshake: to a sidecar by callers with an identity alone, to TLS servers of a gateway by all.
    let mut speakers = vec![engine.flag(Flag::Peer)];
    for number in engine.domain().ports.clone() {
        if points.iter().any(|point| point.takes_server_names(number)) {
            speakers.push(engine.atom(&Key::Port, Pattern::exact(&number.to_string())));
        }
    }
    engine.assert(&sni.implies(Bool::or(&speakers)));
    // Bytes carry no token.
    let token = engine.flag(Flag::Token);
    engine.assert(&token.implies(http));
    let ports: Vec<Bool> = engine
        .domain()
        .ports
        .clone()
        .iter()
        .map(|number| engine.atom(&Key::Port, Pattern::exact(&number.to_string())))
        .collect();
    engine.assert(&Bool::or(&ports));
}

/// What a witness should look like where it is free to choose.
pub(crate) fn preferences(engine: &mut Engine, point: &EnforcementPoint) {
    engine.like(&Key::Method, Pattern::exact("GET"));
    if let Some(port) = point.ports.first() {
        engine.like(&Key::Port, Pattern::exact(&port.number.to_string()));
        let host = if port.host.is_empty() || port.host.contains('*') { "example.com" } else { &port.host };
        engine.like(&Key::Host, Pattern::of_host(&TextMatch::Exact(host.to_owned())));
    }
    engine.like(&Key::Source, Pattern::exact(&bits("10.1.1.1")));
}

struct Encoder<'a> {
    engine: &'a mut Engine,
    point: &'a EnforcementPoint,
    view: &'a View,
    /// On chains of bytes, which have no headers that could name a client.
    tcp: bool,
}

impl Encoder<'_> {
    fn constant(value: bool) -> Bool {
        Bool::from_bool(value)
    }

    fn has_peer(&self) -> Bool {
        if self.view.plaintext { Self::constant(false) } else { self.engine.flag(Flag::Peer) }
    }

    /// Mode of mutual TLS per port, and trust domains.
    fn handshake(&mut self) -> Bool {
        let mut all = Vec::new();
        for number in self.engine.domain().ports.clone() {
            let here = self.engine.atom(&Key::Port, Pattern::exact(&number.to_string()));
            let stated = self.point.ports.iter().find(|port| port.number == number).map(|port| port.mode);
            let Some(mode) = stated.or(self.point.passthrough) else {
                all.push(here.not());
                continue;
            };
            let peer = self.has_peer();
            let (word, demand) = match mode.value {
                MutualTlsMode::Strict => ("mutual TLS alone", peer),
                MutualTlsMode::Disable if self.point.kind == PointKind::Gateway => {
                    ("callers without an identity of the mesh", peer.not())
                }
                MutualTlsMode::Disable => ("plain text alone", peer.not()),
                MutualTlsMode::Permissive | MutualTlsMode::Unset => continue,
            };
            let reason = Reason { text: format!("port {number} takes {word}"), origin: mode.origin };
            let demand = self.engine.guarded(reason, &demand);
            all.push(here.implies(demand));
        }
        let domains: Vec<Bool> = self
            .point
            .trust_domains
            .iter()
            .map(|d| format!("spiffe://{d}/"))
            .map(|d| self.peer_atom(Pattern::prefix(&d)))
            .collect();
        if !domains.is_empty() {
            let peer = self.has_peer();
            all.push(Bool::or(&[peer.not(), Bool::or(&domains)]));
        }
        Bool::and(&all)
    }

    fn peer_atom(&mut self, pattern: Pattern) -> Bool {
        if self.view.plaintext { Self::constant(false) } else { self.engine.atom(&Key::Peer, pattern) }
    }

    /// A token that is there must be one that some provider accepts.
    fn token(&mut self) -> Bool {
        let Some(filter) = &self.point.http.jwt else { return Self::constant(true) };
        if self.view.no_token {
            return Self::constant(true);
        }
        let mut accepted = Vec::new();
        for provider in &filter.providers {
            let mut all = Vec::new();
            if !provider.issuer.value.is_empty() {
                all.push(self.claim_atom("iss", Pattern::exact(&provider.issuer.value)));
            }
            if !provider.audiences.is_empty() {
                let any: Vec<Bool> = provider
                    .audiences
                    .iter()
                    .map(|aud| self.claim_atom("aud", Pattern::exact(aud)))
                    .collect();
                all.push(Bool::or(&any));
            }
            let text = format!("tokens of issuer {:?} are accepted", provider.issuer.value);
            accepted.push(self.engine.guarded(Reason { text, origin: provider.origin }, &Bool::and(&all)));
        }
        Bool::or(&[self.engine.flag(Flag::Token).not(), Bool::or(&accepted)])
    }

    fn claim_atom(&mut self, name: &str, pattern: Pattern) -> Bool {
        self.engine.atom(&Key::Claim(vec![name.to_owned()]), pattern)
    }

    fn filters(&mut self, rbac: &[RbacFilter], custom: &[mp_ir::plan::CustomFilter]) -> Bool {
        let mut all = Vec::new();
        for filter in custom {
            if let Some(rules) = &filter.rbac.rules {
                all.push(self.any_policy(&rules.policies).not());
            }
            if let (Some(ext), Some(rules)) = (&filter.ext_authz, &filter.rbac.shadow) {
                let consents = self.engine.atom(&Key::Consent(ext.provider.clone()), Pattern::exact("yes"));
                let asked = self.any_policy(&rules.policies);
                all.push(Bool::or(&[asked.not(), consents]));
            }
        }
        for filter in rbac {
            let Some(rules) = &filter.rules else { continue };
            match rules.action {
                RbacAction::Log => {}
                RbacAction::Deny => all.push(self.any_policy(&rules.policies).not()),
                RbacAction::Allow => {
                    let any = self.any_policy(&rules.policies);
                    all.push(any);
                }
            }
        }
        Bool::and(&all)
    }

    fn any_policy(&mut self, policies: &[Policy]) -> Bool {
        let all: Vec<Bool> = policies.iter().map(|policy| self.policy(policy)).collect();
        Bool::or(&all)
    }

    fn policy(&mut self, policy: &Policy) -> Bool {
        // Everything that the formula depends on: rules that two sides share become one proposition.
        let (point, view, tcp) = (self.point, &self.view.seen_by(policy), self.tcp);
        let around = (tcp, point.http.jwt.is_some(), &point.addresses);
        let client = (point.use_remote_address, point.trusted_hops);
        // Of a path only counts which tests of the rule it meets: most rules do not tell most paths apart.
        let met = view.path.as_ref().map(|path| view::tests_met(self.engine, policy, path));
        let says = (self.engine.said(policy), View { path: None, ..view.clone() }, met);
        self.engine.defined(&(says, around, client), |engine| {
            let mut inner = Encoder { engine, point, view, tcp };
            let may: Vec<Bool> = policy.permissions.iter().map(|tree| inner.permission_tree(tree)).collect();
            let who: Vec<Bool> = policy.principals.iter().map(|tree| inner.principal_tree(tree)).collect();
            let matches = Bool::and(&[Bool::or(&may), Bool::or(&who)]);
            engine.guarded(stands(policy), &matches)
        })
    }

    fn permission_tree(&mut self, tree: &Tree<PermissionTest>) -> Bool {
        self.tree(tree, &mut |this, test| this.permission(test))
    }

    fn principal_tree(&mut self, tree: &Tree<PrincipalTest>) -> Bool {
        self.tree(tree, &mut |this, test| this.principal(test))
    }

    fn tree<T>(&mut self, tree: &Tree<T>, leaf: &mut impl FnMut(&mut Self, &T) -> Bool) -> Bool {
        match tree {
            Tree::Any => Self::constant(true),
            Tree::And(all) => Bool::and(&all.iter().map(|t| self.tree(t, leaf)).collect::<Vec<_>>()),
            Tree::Or(any) => Bool::or(&any.iter().map(|t| self.tree(t, leaf)).collect::<Vec<_>>()),
            Tree::Not(inner) => self.tree(inner, leaf).not(),
            Tree::Test(test) => {
                self.engine.at(test.origin);
                leaf(self, &test.value)
            }
        }
    }

    fn permission(&mut self, test: &PermissionTest) -> Bool {
        match test {
            PermissionTest::Host(HeaderTest::Present) | PermissionTest::Method(HeaderTest::Present) => {
                Self::constant(true)
            }
            PermissionTest::Host(HeaderTest::Value(text)) => {
                match Pattern::of_host(text).before(&self.view.host_behind) {
                    Some(pattern) => self.engine.atom(&Key::Host, pattern),
                    None => Self::constant(false),
                }
            }
            PermissionTest::Method(HeaderTest::Value(text)) => {
                self.engine.atom(&Key::Method, Pattern::of_text(text))
            }
            PermissionTest::Path(text) => self.path(Pattern::of_text(text)),
            PermissionTest::PathTemplate(template) => self.path(template_pattern(template)),
            PermissionTest::DestinationIp(block) => {
                let address = self.point.addresses.first().and_then(|ip| ip.parse().ok());
                Self::constant(address.is_some_and(|ip| block.contains(ip)))
            }
            PermissionTest::DestinationPort(port) => self.port(*port),
            PermissionTest::ServerName(text) => {
                if self.view.plaintext {
                    Self::constant(false)
                } else {
                    self.engine.atom(&Key::ServerName, Pattern::of_text(text))
                }
            }
            PermissionTest::Metadata(_) => Self::constant(false),
        }
    }

    fn port(&mut self, port: u32) -> Bool {
        if !self.engine.domain().ports.contains(&port) {
            return Self::constant(false);
        }
        self.engine.atom(&Key::Port, Pattern::exact(&port.to_string()))
    }

    fn path(&mut self, pattern: Pattern) -> Bool {
        match &self.view.path {
            None => self.engine.atom(&Key::Path, pattern),
            Some(path) => Self::constant(self.engine.fits(&pattern, path)),
        }
    }

    fn principal(&mut self, test: &PrincipalTest) -> Bool {
        match test {
            PrincipalTest::Peer(peer) => match peer_pattern(peer) {
                None => self.has_peer(),
                Some(pattern) => self.peer_atom(pattern),
            },
            PrincipalTest::DirectIp(block) => self.address(&Key::Source, block),
            PrincipalTest::RemoteIp(block) => {
                let direct = self.tcp || self.point.use_remote_address && self.point.trusted_hops == 0;
                let key = if direct { Key::Source } else { Key::Remote(self.view.remote) };
                self.address(&key, block)
            }
            PrincipalTest::Claim(claim) => self.claim(claim),
            PrincipalTest::Header(name, value) => self.header(name, value),
        }
    }

    fn address(&mut self, key: &Key, block: &Cidr) -> Bool {
        match cidr_pattern(block) {
            Some(pattern) => self.engine.atom(key, pattern),
            None => Self::constant(false),
        }
    }

    /// Claims are there when a token was checked.
    fn claim(&mut self, claim: &ClaimTest) -> Bool {
        if self.view.no_token || self.point.http.jwt.is_none() {
            return Self::constant(false);
        }
        let key = Key::Claim(claim.path.clone());
        let any: Vec<Bool> =
            claim.any_of.iter().map(|text| self.engine.atom(&key, Pattern::of_text(&text.value))).collect();
        Bool::and(&[self.engine.flag(Flag::Token), Bool::or(&any)])
    }

    fn header(&mut self, name: &str, value: &HeaderTest) -> Bool {
        let name = name.to_ascii_lowercase();
        let pattern = match value {
            HeaderTest::Present => Pattern::regex("", "(?s:.*)"),
            HeaderTest::Value(text) => Pattern::of_text(text),
        };
        match name.as_str() {
            ":method" => return self.engine.atom(&Key::Method, pattern),
            ":path" => return self.path(pattern),
            ":authority" | "host" => {
                return match pattern.before(&self.view.host_behind) {
                    Some(pattern) => self.engine.atom(&Key::Host, pattern),
                    None => Self::constant(false),
                };
            }
            _ => {}
        }
        let present = self.engine.atom(&Key::Header(name.clone()), Pattern::regex("", "(?s:.*)"));
        let own = self.engine.atom(&Key::Header(name.clone()), pattern.clone());
        self.engine.assert(&own.implies(present));
        if self.view.extra_header.as_ref() == Some(&name) {
            let extra = self.engine.atom(&Key::ExtraHeader(name), pattern);
            return Bool::or(&[own, extra]);
        }
        own
    }
}
