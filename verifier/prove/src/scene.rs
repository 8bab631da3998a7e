//! One point with its formula, which all properties of the point share.

mod matched;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::formula::Bool;
use mp_eval::Decision;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;

use crate::ask::{self, Change, Subject};
use crate::assignment::{Assignment, Flag};
use crate::automata::Languages;
use crate::covered::Pair;
use crate::domain::Domain;
use crate::encode::{self, Answer as Encoded, View};
use crate::engine::{Engine, KnownRequest, Need, Outcome, Scope};
use crate::question::{Answer, AskError, Truth, Witness};
use crate::rules::{self, Rule};
use crate::space::{Key, Pattern};
use crate::trial::Trials;
use crate::witness;

pub(crate) use matched::Goal;

/// A point and what was found out about it so far.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// The facts.
    pub(crate) mesh: &'a Mesh,
    /// The point.
    pub(crate) point: &'a EnforcementPoint,
    domain: Domain,
    rules: OnceCell<Rc<[Rule<'a>]>>,
    trials: OnceCell<Trials<'a>>,
    languages: Rc<Languages>,
    encoded: Option<(Engine, Formulas)>,
    /// Requests that were found, the last one last.
    seen: Vec<Seen>,
    /// z3 is asked about all proofs together.
    owes: bool,
    /// Per rule by name: some rule of the same action before it matches, some rule behind it does.
    ladders: BTreeMap<String, (Bool, Bool)>,
    /// That the point would admit a request if it had no DENY rules, and what that speaks of.
    open: Option<(Bool, Scope)>,
    /// What covers what, to be proved in the end.
    covers: Vec<Pair>,
}

/// Requests that a point remembers.
const REMEMBERED: usize = 128;

/// A request that was found once.
#[derive(Debug)]
struct Seen {
    known: KnownRequest,
    witness: Witness,
}

/// What a point does with a request, and what saying so speaks of: most questions about rules do not, and are the smaller for it.
#[derive(Debug)]
struct Formulas {
    answer: Encoded,
    /// Of the handshake and the token filter alone.
    passing: Scope,
    whole: Scope,
}

impl Formulas {
    fn of(engine: &mut Engine, point: &EnforcementPoint) -> Self {
        let view = View::default();
        let (_, passing) = engine.aside(|engine| encode::passes(engine, point, &view));
        let (answer, whole) = engine.aside(|engine| encode::answer(engine, point, &view));
        Self { answer, passing, whole }
    }
}

/// What the parts of a goal are made of.
#[derive(Debug)]
pub(crate) struct Parts<'e> {
    pub(crate) engine: &'e mut Engine,
    pub(crate) point: &'e EnforcementPoint,
    formulas: &'e Formulas,
    mesh: &'e Mesh,
    ladders: &'e mut BTreeMap<String, (Bool, Bool)>,
    open: &'e mut Option<(Bool, Scope)>,
}

impl Parts<'_> {
    pub(crate) fn http(&self) -> Bool {
        self.engine.flag(Flag::Http)
    }

    /// The point admits the request.
    pub(crate) fn admitted(&mut self) -> Bool {
        self.engine.again(&self.formulas.whole);
        self.formulas.answer.admitted.clone()
    }

    /// The point would admit the request if it had no DENY rules.
    pub(crate) fn admitted_without_deny(&mut self) -> Bool {
        let Self { engine, point, open, .. } = self;
        let (formula, scope) = open.get_or_insert_with(|| {
            let point = rules::without_action(point, mp_ir::plan::RbacAction::Deny);
            engine.aside(|engine| encode::answer(engine, &point, &View::default()).admitted)
        });
        engine.again(scope);
        formula.clone()
    }

    /// Handshake and token filter let the request pass.
    pub(crate) fn feasible(&mut self) -> Bool {
        self.engine.again(&self.formulas.passing);
        self.formulas.answer.feasible.clone()
    }

    /// The port is one that services declare.
    pub(crate) fn declared_port(&mut self) -> Bool {
        let ports = Domain::of(&[self.point]).ports;
        let all: Vec<Bool> = ports
            .iter()
            .map(|port| self.engine.atom(&Key::Port, Pattern::exact(&port.to_string())))
            .collect();
        Bool::or(&all)
    }

    /// Whether a rule matches, on the chain that the request takes.
    pub(crate) fn matches(&mut self, rule: &Rule<'_>) -> Bool {
        let http = self.http();
        let mut on = |policy: Option<&mp_ir::plan::Policy>, tcp: bool| match policy {
            Some(policy) => encode::rule(self.engine, self.point, &View::default(), policy, tcp),
            None => Bool::from_bool(false),
        };
        let (in_http, in_tcp) = (on(rule.http, false), on(rule.tcp, true));
        Bool::or(&[Bool::and(&[http.clone(), in_http]), Bool::and(&[http.not(), in_tcp])])
    }

    /// Whether some other rule of the same action matches.
    pub(crate) fn others(&mut self, rule: &Rule<'_>) -> Bool {
        if !self.ladders.contains_key(rule.name) {
            self.climb(rule.action);
        }
        match self.ladders.get(rule.name) {
            Some((before, behind)) => Bool::or(&[before.clone(), behind.clone()]),
            None => Bool::from_bool(false),
        }
    }

    /// One proposition for the rules up to each place, from either end, so that all rules together cost no more than their number.
    fn climb(&mut self, action: mp_ir::plan::RbacAction) {
        let rules: Vec<Rule<'_>> =
            rules::rules(self.point, self.mesh).into_iter().filter(|rule| rule.action == action).collect();
        let matches: Vec<Bool> = rules.iter().map(|rule| self.matches(rule)).collect();
        let before = self.steps(matches.iter());
        let mut behind = self.steps(matches.iter().rev());
        behind.reverse();
        for ((rule, before), behind) in rules.iter().zip(before).zip(behind) {
            self.ladders.insert(rule.name.to_owned(), (before, behind));
        }
    }

    /// For each place: whether one of those before it holds.
    fn steps<'b>(&mut self, all: impl Iterator<Item = &'b Bool>) -> Vec<Bool> {
        let mut so_far = Bool::from_bool(false);
        let mut out = Vec::new();
        for one in all {
            out.push(so_far.clone());
            so_far = self.engine.abbreviated(Bool::or(&[so_far, one.clone()]));
        }
        out
    }
}

impl<'a> Scene<'a> {
    /// Requests to the ports of services, as questions are about them.
    pub(crate) fn new(subject: &Subject<'a>) -> Self {
        Self::bare(subject.mesh, subject.point)
    }

    fn bare(mesh: &'a Mesh, point: &'a EnforcementPoint) -> Self {
        Self {
            mesh,
            point,
            domain: Domain::of(&[point]),
            rules: OnceCell::new(),
            trials: OnceCell::new(),
            languages: Rc::default(),
            encoded: None,
            seen: Vec::new(),
            owes: false,
            ladders: BTreeMap::new(),
            open: None,
            covers: Vec::new(),
        }
    }

    /// The same with the ports that rules name: a Pod takes connections on ports that no service declares, too.
    pub(crate) fn with_named_ports(subject: &Subject<'a>) -> Self {
        let mut out = Self::new(subject);
        if subject.point.passthrough.is_some() {
            out.domain.ports.extend(rules::named_ports(subject.point));
        }
        out
    }

    /// The same with more ports, where the workload takes connections on any.
    pub(crate) fn with_ports(mut self, ports: &[u32]) -> Self {
        if self.point.passthrough.is_some() {
            self.domain.ports.extend(ports);
        }
        self
    }

    /// A scene of its own for a question that names ports which this one leaves out; `None` where it leaves out none of them.
    pub(crate) fn beyond(&self, ports: &[u32]) -> Option<Self> {
        // A Service's own number is no port of the workload, though it is easily taken for it.
        let hosts: Vec<&str> = self.point.ports.iter().map(|port| port.host.as_str()).collect();
        let mine =
            self.mesh.services.iter().filter(|service| hosts.contains(&service.hostname.value.as_str()));
        let numbers: Vec<u32> = mine.flat_map(|service| &service.ports).map(|port| port.number).collect();
        let ports: Vec<u32> = ports.iter().copied().filter(|port| !numbers.contains(port)).collect();
        let all_known = ports.iter().all(|port| self.domain.ports.contains(port));
        let open = self.point.passthrough.is_some();
        (open && !all_known).then(|| {
            let languages = Rc::clone(&self.languages);
            let domain = self.domain.clone();
            Self { domain, ..Self::bare(self.mesh, self.point) }.sharing(&languages).with_ports(&ports)
        })
    }

    /// The enforced rules by name.
    pub(crate) fn rules(&self) -> Rc<[Rule<'a>]> {
        Rc::clone(self.rules.get_or_init(|| rules::rules(self.point, self.mesh).into()))
    }

    /// The same with languages that scenes of other points made.
    pub(crate) fn sharing(self, languages: &Rc<Languages>) -> Self {
        Self { languages: Rc::clone(languages), ..self }
    }

    /// From now on z3 is asked about all proofs together, by [`Scene::settle`].
    pub(crate) fn owing(self) -> Self {
        Self { owes: true, ..self }
    }

    pub(crate) fn languages(&self) -> &Languages {
        &self.languages
    }

    /// Whether z3 confirms all proofs that were found here.
    pub(crate) fn settle(&mut self) -> bool {
        self.prove_covers() && self.encoded.as_mut().is_none_or(|(engine, _)| engine.confirm_owed())
    }

    /// Looks for a request that meets a goal; `replay` confirms it. Violated means that there is one.
    pub(crate) fn seek(
        &mut self,
        need: Need,
        goal: impl FnOnce(&mut Parts<'_>) -> Bool,
        replay: impl Fn(&Witness) -> Result<Vec<Decision>, String>,
    ) -> Result<Answer, AskError> {
        let point = self.point;
        self.seek_as(need, goal, |found| witness::witness(found, point), replay)
    }

    /// The same, where the request is made in some other way of what was found.
    pub(crate) fn seek_as(
        &mut self,
        need: Need,
        goal: impl FnOnce(&mut Parts<'_>) -> Bool,
        make: impl Fn(&Assignment) -> Witness,
        replay: impl Fn(&Witness) -> Result<Vec<Decision>, String>,
    ) -> Result<Answer, AskError> {
        let point = self.point;
        let (engine, formulas) = self.encoded.get_or_insert_with(|| {
            let mut engine = ask::engine_over(self.domain.clone(), &[point], &self.languages);
            rules::all(point).for_each(|policy| engine.remember(policy));
            if self.owes {
                engine.owe();
            }
            let formulas = Formulas::of(&mut engine, point);
            (engine, formulas)
        });
        // Goals speak of rules of the point, which its formula has spoken of already, or of atoms of their own.
        engine.begin();
        let (mesh, ladders, open) = (self.mesh, &mut self.ladders, &mut self.open);
        let goal = goal(&mut Parts { engine, point, formulas, mesh, ladders, open });
        if need == Need::Reasons
            && let Some(witness) = remembered(engine, &mut self.seen, &goal, &replay)
        {
            let witness = Some(Box::new(witness));
            return Ok(Answer { answer: Truth::Violated, witness, because: Vec::new(), unknown: None });
        }
        let outcome = engine.solve_for(&goal, need);
        let found = if let Outcome::Sat(found) = &outcome { Some(found.clone()) } else { None };
        let answer = ask::conclude(outcome, make, replay)?;
        if let (Some(found), Some(witness)) = (found, &answer.witness) {
            if self.seen.len() >= REMEMBERED {
                self.seen.remove(0);
            }
            self.seen.push(Seen { known: KnownRequest::new(found), witness: (**witness).clone() });
        }
        Ok(answer)
    }

    /// Looks for a request that is admitted and meets a goal and the same condition on one request.
    pub(crate) fn admitted(
        &mut self,
        need: Need,
        goal: impl FnOnce(&mut Parts<'_>) -> Bool,
        so: impl Fn(&Witness) -> bool,
    ) -> Result<Answer, AskError> {
        let point = self.point;
        self.seek(
            need,
            |parts| Bool::and(&[parts.admitted(), goal(parts)]),
            |witness| {
                let decision = ask::admitted(point, witness);
                let fits = decision.admitted() && so(witness);
                fits.then(|| vec![decision]).ok_or_else(|| "the request should be admitted".to_owned())
            },
        )
    }

    /// Looks for a request that is refused, and admitted once it is changed.
    pub(crate) fn gained_by(&mut self, view: &View) -> Result<Answer, AskError> {
        self.gained_at(self.point, view)
    }

    /// The same at a point that has some of the rules of this one.
    pub(crate) fn gained_at(&mut self, point: &EnforcementPoint, view: &View) -> Result<Answer, AskError> {
        let gains = Change::Gains;
        self.seek_as(
            Need::Witness,
            |parts| {
                let first = encode::answer(parts.engine, point, &View::default());
                let changed = ask::change_of(parts.engine, point, &first, view, gains);
                let mut all = vec![parts.declared_port(), changed];
                if !view.host_behind.is_empty() {
                    all.push(parts.engine.atom(&Key::Host, Pattern::regex("", "[^:]*")));
                }
                Bool::and(&all)
            },
            ask::both_copies(point, view),
            |witness| ask::replay_change(point, witness, gains),
        )
    }
}

/// A request of those that were found, the last one first, that meets a goal and is confirmed.
fn remembered(
    engine: &Engine,
    seen: &mut [Seen],
    goal: &Bool,
    replay: &impl Fn(&Witness) -> Result<Vec<Decision>, String>,
) -> Option<Witness> {
    let mut fitting = seen.iter_mut().rev().filter_map(|seen| {
        let fits = engine.meets(&mut seen.known, goal) && replay(&seen.witness).is_ok();
        fits.then(|| seen.witness.clone())
    });
    fitting.next()
}
