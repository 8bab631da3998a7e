//! Requests made of the values of rules, which answer most questions before a solver is asked.
//!
//! A rule names the texts that meet it. A request of one value, with the other parts as the rule wants them, is made without a search, and
//! `mp-eval` tells what becomes of it. Where it shows that something exists, nobody needs to look for it; what it does not show is left
//! to the solver. So it does not matter for any answer how well these requests are chosen, but for the time that the answer takes.

mod example;
mod wishes;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use mp_eval::{Decider, Facts, Surroundings, decide_with_facts, policy_matches};
use mp_ir::base::Origin;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{EnforcementPoint, HttpSecurity, PortChain, RbacAction, TcpSecurity};

use crate::assignment::{Assignment, FLAGS, Flag};
use crate::automata::{Language, Languages};
use crate::domain::{Domain, METHODS};
use crate::patterns::bits;
use crate::question::Witness;
use crate::rules::{Rule, without_action};
use crate::space::Key;
use crate::witness;
use wishes::{Slot, Wishes};

/// A request that handshake and token filter let pass, and what policies are told of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) witness: Witness,
    facts: Facts,
    pub(crate) http: bool,
}

impl Trial {
    /// Whether a rule matches, on the chain that the request takes.
    pub(crate) fn meets(&self, rule: &Rule<'_>) -> bool {
        let policy = if self.http { rule.http } else { rule.tcp };
        policy.is_some_and(|policy| policy_matches(policy, &self.facts))
    }

    fn around(&self) -> Surroundings {
        Surroundings { answers: self.witness.consents.clone(), ..Surroundings::default() }
    }
}

/// Every text is in all of the first, and in none of the second.
type Bounds = (Vec<Language>, Vec<Language>);

/// A request, if one could be made.
type Made = Option<Rc<Trial>>;

/// Makes requests to one point.
#[derive(Debug)]
pub(crate) struct Trials<'a> {
    point: &'a EnforcementPoint,
    domain: Domain,
    /// The point without policies.
    bare: EnforcementPoint,
    /// The point without DENY rules.
    open: OnceCell<EnforcementPoint>,
    decider: OnceCell<Decider<'a>>,
    languages: Rc<Languages>,
    bounds: RefCell<BTreeMap<Key, Option<Rc<Bounds>>>>,
    /// The first request for each value.
    made: RefCell<HashMap<(String, Origin), Made>>,
}

/// Requests that are remembered.
const REMEMBERED: usize = 4_096;

impl<'a> Trials<'a> {
    pub(crate) fn new(point: &'a EnforcementPoint, domain: Domain, languages: &Rc<Languages>) -> Self {
        Self {
            point,
            domain,
            bare: without_policies(point),
            open: OnceCell::new(),
            decider: OnceCell::new(),
            languages: Rc::clone(languages),
            bounds: RefCell::default(),
            made: RefCell::default(),
        }
    }

    /// The point admits the request.
    pub(crate) fn is_admitted(&self, trial: &Trial) -> bool {
        let decider = self.decider.get_or_init(|| Decider::new(self.point));
        decider.decide(&trial.witness.request, &trial.around()).admitted()
    }

    /// The point would admit the request if it had no DENY rules.
    pub(crate) fn is_admitted_without_deny(&self, trial: &Trial) -> bool {
        let open = self.open.get_or_init(|| without_action(self.point, RbacAction::Deny));
        Decider::new(open).decide(&trial.witness.request, &trial.around()).admitted()
    }

    /// A request for a rule by way of one of its values, if one is given; another one each turn.
    pub(crate) fn request(&self, rule: &Rule<'_>, value: Origin, turn: usize) -> Option<Rc<Trial>> {
        if turn > 0 || value.is_none() {
            return self.make(rule, value, turn).map(Rc::new);
        }
        let key = (rule.name.to_owned(), value);
        if let Some(known) = self.made.borrow().get(&key) {
            return known.clone();
        }
        let made = self.make(rule, value, turn).map(Rc::new);
        let mut all = self.made.borrow_mut();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(key, made.clone());
        made
    }

    /// Requests are of HTTP where the rule is for it, and every other turn bytes where it is for both.
    fn make(&self, rule: &Rule<'_>, value: Origin, turn: usize) -> Option<Trial> {
        let by_bytes = rule.tcp.filter(|_| turn % 2 == 1 || rule.http.is_none());
        match by_bytes {
            Some(policy) => self.tried(&Wishes::of(policy, self.point, (value, turn, true)), false, turn),
            None => self.tried(&Wishes::of(rule.http?, self.point, (value, turn, false)), true, turn),
        }
    }

    /// A request that no rule has a part in; another one each turn.
    pub(crate) fn plain(&self, turn: usize) -> Option<Trial> {
        self.tried(&Wishes::default(), true, turn)
    }

    fn tried(&self, wishes: &Wishes<'_>, http: bool, turn: usize) -> Option<Trial> {
        let found = self.assignment(wishes, http, turn)?;
        let witness = witness::witness(&found, self.point);
        let around = Surroundings { answers: witness.consents.clone(), ..Surroundings::default() };
        let (decision, facts) = decide_with_facts(&self.bare, &witness.request, &around);
        let facts = facts.filter(|_| decision.admitted())?;
        Some(Trial { witness, facts, http })
    }

    /// Texts for all attributes, within the bounds of requests that are considered at all.
    fn assignment(&self, wishes: &Wishes<'_>, http: bool, turn: usize) -> Option<Assignment> {
        let port = self.port(wishes, http, turn)?;
        let named = wishes.wants(&Key::ServerName);
        let peer = self.has_peer(wishes, port, turn)?;
        let token = http && wishes.claims().next().is_some();
        let mut found = Assignment::default();
        let yes = |flag: &Flag| match flag {
            Flag::Http => http,
            Flag::Peer => peer,
            Flag::ServerName => named,
            Flag::Token => token,
        };
        found.flags = FLAGS.iter().map(yes).collect();
        let request = http.then_some([Key::Method, Key::Path, Key::Host]);
        let keys = [Key::Source].into_iter().chain(peer.then_some(Key::Peer));
        for key in keys.chain(request.into_iter().flatten()).chain(wishes.more(http)) {
            let text = self.text(&key, wishes.slot(&key), turn)?;
            let spelt = match key {
                Key::Source | Key::Remote(_) => bits(&text),
                _ => text,
            };
            found.texts.insert(key, vec![spelt.into_bytes()]);
        }
        found.texts.insert(Key::Port, vec![port.to_string().into_bytes()]);
        if token {
            self.issue(&mut found, turn);
        }
        for provider in self.providers(http) {
            found.texts.insert(Key::Consent(provider), vec![b"yes".to_vec()]);
        }
        found.asked = found.texts.keys().cloned().collect();
        Some(found)
    }

    /// Whether the caller shows an identity: where the rule or a server name wants one, else as the port and the turn will have it.
    fn has_peer(&self, wishes: &Wishes<'_>, port: u32, turn: usize) -> Option<bool> {
        let named = wishes.wants(&Key::ServerName) && !self.point.takes_server_names(port);
        let stated = wishes.peer.unwrap_or(match self.mode(port)? {
            MutualTlsMode::Strict => true,
            MutualTlsMode::Disable => false,
            MutualTlsMode::Permissive | MutualTlsMode::Unset => (turn / 2).is_multiple_of(2),
        });
        Some(stated || wishes.wants(&Key::Peer) || named)
    }

    /// The names of external authorisers, who all consent.
    fn providers(&self, http: bool) -> impl Iterator<Item = String> {
        let all = if http { &self.point.http.custom } else { &self.point.tcp.custom };
        all.iter().filter_map(|custom| custom.ext_authz.as_ref()).map(|ext| ext.provider.clone())
    }

    /// A token comes from an issuer that is accepted, and is meant for an audience that is.
    fn issue(&self, found: &mut Assignment, turn: usize) {
        let providers = self.point.http.jwt.as_ref().map_or(&[][..], |filter| filter.providers.as_slice());
        let issuer = Key::Claim(vec!["iss".to_owned()]);
        let stated = found.texts.get(&issuer).and_then(|all| all.first());
        let fitting =
            |text: &Vec<u8>| providers.iter().find(|p| p.issuer.value.as_bytes() == text.as_slice());
        let provider = match stated {
            Some(text) => fitting(text),
            None => providers.get(turn % providers.len().max(1)),
        };
        let Some(provider) = provider else { return };
        let text = provider.issuer.value.clone().into_bytes();
        found.texts.entry(issuer).or_insert_with(|| vec![text]);
        if let Some(audience) = provider.audiences.first() {
            let key = Key::Claim(vec!["aud".to_owned()]);
            found.texts.entry(key).or_insert_with(|| vec![audience.clone().into_bytes()]);
        }
    }

    fn chain(&self, number: u32) -> Option<PortChain> {
        let known = self.point.ports.iter().find(|port| port.number == number);
        known.map(|port| port.chain).or(self.point.passthrough.map(|_| PortChain::Sniffed))
    }

    fn mode(&self, number: u32) -> Option<MutualTlsMode> {
        let known = self.point.ports.iter().find(|port| port.number == number).map(|port| port.mode.value);
        known.or(self.point.passthrough.map(|mode| mode.value))
    }

    /// A port that the rule wants and that speaks the protocol, with or without mutual TLS as the rule wants it.
    fn port(&self, wishes: &Wishes<'_>, http: bool, turn: usize) -> Option<u32> {
        let slot = wishes.slot(&Key::Port);
        let fits = |number: &&u32| {
            let spoken = match self.chain(**number) {
                Some(PortChain::Http) => http,
                Some(PortChain::Tcp) => !http,
                Some(PortChain::Sniffed) => true,
                // No rule is asked where bytes go on as they came.
                Some(PortChain::Passed) | None => false,
            };
            spoken && slot.is_none_or(|slot| slot.fits(&number.to_string()))
        };
        let all: Vec<u32> = self.domain.ports.iter().filter(fits).copied().collect();
        let peer = wishes.wants(&Key::Peer) || wishes.peer == Some(true);
        let suits = |number: &&u32| match self.mode(**number) {
            Some(MutualTlsMode::Strict) => wishes.peer != Some(false),
            Some(MutualTlsMode::Disable) => !peer,
            _ => true,
        };
        let good: Vec<u32> = all.iter().filter(suits).copied().collect();
        let of = if good.is_empty() { all } else { good };
        of.get(turn % of.len().max(1)).copied()
    }

    /// A text that meets what is asked of an attribute, and if there is one nothing of what is not wanted.
    fn text(&self, key: &Key, slot: Option<&Slot<'_>>, turn: usize) -> Option<String> {
        let domain = self.point.trust_domains.first().map_or("cluster.local", String::as_str);
        let host = self.point.ports.first().map(|port| port.host.as_str());
        let texts = example::texts(key, slot, (domain, host.unwrap_or_default()), turn);
        let mut second = None;
        for text in texts {
            let meets = slot.is_none_or(|slot| slot.fits(&text));
            if !meets || !self.occurs(key, &text) {
                continue;
            }
            if slot.is_none_or(|slot| slot.avoids(&text)) {
                return Some(text);
            }
            second.get_or_insert(text);
        }
        second
    }

    /// Whether requests with this text are considered at all.
    fn occurs(&self, key: &Key, text: &str) -> bool {
        let bits = match key {
            Key::Method => return METHODS.contains(&text),
            Key::Source | Key::Remote(_) => Some(bits(text)),
            _ => None,
        };
        let text = bits.as_deref().unwrap_or(text);
        let known = self.bounds.borrow().get(key).cloned();
        let bounds = known.unwrap_or_else(|| {
            let (inside, outside) = self.domain.bounds(key);
            let make =
                |all: &[String]| all.iter().map(|one| self.languages.get(one)).collect::<Option<Vec<_>>>();
            let made = make(&inside).zip(make(&outside)).map(Rc::new);
            self.bounds.borrow_mut().insert(key.clone(), made.clone());
            made
        });
        let Some(bounds) = bounds else { return false };
        let within = |language: &Language| language.contains(text.as_bytes());
        bounds.0.iter().all(within) && !bounds.1.iter().any(within)
    }
}

/// The handshake and the token filter alone.
fn without_policies(point: &EnforcementPoint) -> EnforcementPoint {
    EnforcementPoint {
        namespace: point.namespace.clone(),
        name: point.name.clone(),
        kind: point.kind,
        addresses: point.addresses.clone(),
        ports: point.ports.clone(),
        passthrough: point.passthrough,
        trust_domains: point.trust_domains.clone(),
        http: HttpSecurity { jwt: point.http.jwt.clone(), ..HttpSecurity::default() },
        tcp: TcpSecurity::default(),
        paths: point.paths,
        use_remote_address: point.use_remote_address,
        trusted_hops: point.trusted_hops,
        ..EnforcementPoint::default()
    }
}

#[cfg(test)]
mod tests;
