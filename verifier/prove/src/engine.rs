//! Formulas over patterns, solved as propositions; models are checked against automata, and what automata refute is learnt.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;
use z3::ast::Bool;
use z3::{SatResult, Solver};

use crate::assignment::{Assignment, FLAGS, Flag};
use crate::axioms;
use crate::domain::Domain;
use crate::space::{Attribute, Key, Pattern, Verdict};

/// Rounds of learning before a question is given up.
const ROUNDS: usize = 2_000;

/// A fact of the configuration that a proof may rest on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What it says, in lower case.
    pub text: String,
    /// The YAML.
    pub origin: Origin,
}

/// An atom: an attribute and one of its patterns.
type Atom = (usize, usize);

/// The answer to a formula.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Sat(Assignment),
    /// Nothing satisfies it; these facts suffice to see that.
    Unsat(Vec<Reason>),
    Unknown(String),
}

pub(crate) struct Engine {
    solver: Solver,
    domain: Domain,
    pub(crate) attributes: Vec<Attribute>,
    by_key: BTreeMap<Key, usize>,
    atoms: Vec<(Atom, Bool)>,
    atom_at: BTreeMap<Atom, usize>,
    flags: [Bool; 4],
    /// Literals tried in this order when a witness is made readable: atom and the value that is liked.
    liked: Vec<(usize, bool)>,
    guards: Vec<(Bool, Reason)>,
    sealed: usize,
    fresh: usize,
    failure: Option<String>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("atoms", &self.atoms.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// An empty engine over requests of a domain.
    pub(crate) fn new(domain: Domain) -> Self {
        let solver = Solver::new_for_logic("QF_FD").unwrap_or_default();
        let flags = FLAGS.map(|flag| Bool::new_const(format!("flag_{flag:?}")));
        Self {
            solver,
            domain,
            attributes: Vec::new(),
            by_key: BTreeMap::new(),
            atoms: Vec::new(),
            atom_at: BTreeMap::new(),
            flags,
            liked: Vec::new(),
            guards: Vec::new(),
            sealed: 0,
            fresh: 0,
            failure: None,
        }
    }

    pub(crate) fn domain(&self) -> &Domain {
        &self.domain
    }

    pub(crate) fn flag(&self, flag: Flag) -> Bool {
        let [http, peer, server_name, token] = &self.flags;
        match flag {
            Flag::Http => http,
            Flag::Peer => peer,
            Flag::ServerName => server_name,
            Flag::Token => token,
        }
        .clone()
    }

    /// The proposition that an attribute (one of its values, for lists) matches a pattern.
    pub(crate) fn atom(&mut self, key: &Key, pattern: Pattern) -> Bool {
        let Some(attribute) = self.attribute(key) else { return Bool::from_bool(false) };
        let Some(patterns) = self.attributes.get_mut(attribute) else { return Bool::from_bool(false) };
        let (at, _) = patterns.intern(pattern);
        if let Some((_, known)) = self.atom_at.get(&(attribute, at)).and_then(|at| self.atoms.get(*at)) {
            return known.clone();
        }
        let made = Bool::new_const(format!("a{}", self.atoms.len()));
        self.atom_at.insert((attribute, at), self.atoms.len());
        self.atoms.push(((attribute, at), made.clone()));
        match key {
            Key::Peer => self.solver.assert(made.implies(self.flag(Flag::Peer))),
            Key::ServerName => self.solver.assert(made.implies(self.flag(Flag::ServerName))),
            Key::Claim(_) => self.solver.assert(made.implies(self.flag(Flag::Token))),
            _ => {}
        }
        made
    }

    /// The same, and a witness should have it so where it can.
    pub(crate) fn like(&mut self, key: &Key, pattern: Pattern) {
        let before = self.atoms.len();
        self.atom(key, pattern.clone());
        let known = self.by_key.get(key).copied().and_then(|attribute| {
            let at = self.attributes.get(attribute)?.patterns.iter().position(|p| *p == pattern)?;
            self.atom_at.get(&(attribute, at)).copied()
        });
        self.liked.push((known.unwrap_or(before), true));
    }

    fn attribute(&mut self, key: &Key) -> Option<usize> {
        if let Some(at) = self.by_key.get(key) {
            return Some(*at);
        }
        let (inside, outside) = self.domain.bounds(key);
        let Some(attribute) = Attribute::new(key.clone(), &inside, &outside) else {
            self.failure = Some(format!("the values of {key:?} cannot be described"));
            return None;
        };
        self.by_key.insert(key.clone(), self.attributes.len());
        self.attributes.push(attribute);
        Some(self.attributes.len() - 1)
    }

    pub(crate) fn assert(&self, formula: &Bool) {
        self.solver.assert(formula);
    }

    /// Stands for a formula as long as its reason is accepted.
    pub(crate) fn guarded(&mut self, reason: Reason, formula: &Bool) -> Bool {
        let stands = self.fresh_bool("m");
        let selector = self.fresh_bool("s");
        self.solver.assert(selector.implies(stands.iff(formula)));
        self.guards.push((selector, reason));
        stands
    }

    pub(crate) fn fresh_bool(&mut self, prefix: &str) -> Bool {
        self.fresh += 1;
        Bool::new_const(format!("{prefix}{}", self.fresh))
    }

    /// Solves `goal` with everything asserted.
    pub(crate) fn solve(&mut self, goal: &Bool) -> Outcome {
        if let Some(failure) = &self.failure {
            return Outcome::Unknown(failure.clone());
        }
        self.seal();
        let wanted = self.fresh_bool("q");
        self.solver.assert(wanted.implies(goal));
        let mut assumptions: Vec<Bool> = vec![wanted.clone()];
        assumptions.extend(self.guards.iter().map(|(selector, _)| selector.clone()));
        match self.theory(&assumptions) {
            Ok(Some(found)) => self.readable(assumptions, found).map_or_else(Outcome::Unknown, Outcome::Sat),
            Ok(None) => Outcome::Unsat(self.reasons(&wanted)),
            Err(reason) => Outcome::Unknown(reason),
        }
    }

    /// Axioms of attributes that got new patterns.
    fn seal(&mut self) {
        if self.sealed == self.atoms.len() {
            return;
        }
        self.sealed = self.atoms.len();
        let mut clauses = Vec::new();
        for (at, attribute) in self.attributes.iter().enumerate() {
            axioms::of(attribute, &mut |parts| clauses.push((at, parts)));
        }
        for (attribute, clause) in clauses {
            self.learn(attribute, &clause.yes, &clause.no);
        }
        for group in self.exclusive_groups() {
            self.at_most_one(&group);
        }
        self.nested_claims();
    }

    fn exclusive_groups(&self) -> Vec<Vec<Bool>> {
        let groups = self.attributes.iter().enumerate().filter(|(_, attribute)| !attribute.key.is_list());
        groups
            .flat_map(|(at, attribute)| {
                axioms::exclusive(attribute).into_iter().map(move |g| self.literals(at, &g))
            })
            .collect()
    }

    fn literals(&self, attribute: usize, patterns: &[usize]) -> Vec<Bool> {
        let place =
            |pattern: &usize| self.atom_at.get(&(attribute, *pattern)).and_then(|at| self.atoms.get(*at));
        patterns.iter().filter_map(place).map(|(_, literal)| literal.clone()).collect()
    }

    /// Not all of `yes` without any of `no`.
    fn learn(&self, attribute: usize, yes: &[usize], no: &[usize]) {
        let mut clause: Vec<Bool> = self.literals(attribute, yes).iter().map(Bool::not).collect();
        clause.extend(self.literals(attribute, no));
        // What may be absent has no text that could be wrong.
        match self.attributes.get(attribute).map(|a| &a.key) {
            Some(Key::Peer) => clause.push(self.flag(Flag::Peer).not()),
            Some(Key::ServerName) => clause.push(self.flag(Flag::ServerName).not()),
            _ => {}
        }
        self.solver.assert(Bool::or(&clause));
    }

    fn at_most_one(&mut self, group: &[Bool]) {
        let mut before: Option<Bool> = None;
        for literal in group {
            let so_far = self.fresh_bool("l");
            self.solver.assert(literal.implies(&so_far));
            if let Some(before) = before {
                self.solver.assert(before.implies(&so_far));
                self.solver.assert(Bool::or(&[before.not(), literal.not()]));
            }
            before = Some(so_far);
        }
    }

    /// A claim that is text or a list has no claims below it.
    fn nested_claims(&self) {
        for (at, outer) in self.attributes.iter().enumerate() {
            for (below, inner) in self.attributes.iter().enumerate() {
                let (Key::Claim(short), Key::Claim(long)) = (&outer.key, &inner.key) else { continue };
                if long.len() > short.len() && long.starts_with(short) {
                    let all = |at: usize, attribute: &Attribute| {
                        self.literals(at, &(0..attribute.patterns.len()).collect::<Vec<_>>())
                    };
                    let (a, b) = (Bool::or(&all(at, outer)), Bool::or(&all(below, inner)));
                    self.solver.assert(Bool::or(&[a.not(), b.not()]));
                }
            }
        }
    }

    /// A model that automata agree with; `None` when there is none.
    fn theory(&mut self, assumptions: &[Bool]) -> Result<Option<Assignment>, String> {
        for _ in 0..ROUNDS {
            match self.solver.check_assumptions(assumptions) {
                SatResult::Unsat => return Ok(None),
                SatResult::Unknown => return Err("the solver gave up".to_owned()),
                SatResult::Sat => {}
            }
            let Some(model) = self.solver.get_model() else {
                return Err("the solver has no model".to_owned());
            };
            let value = |literal: &Bool| model.eval(literal, true).and_then(|b| b.as_bool()).unwrap_or(false);
            let mut found = Assignment {
                atoms: self.atoms.iter().map(|(_, literal)| value(literal)).collect(),
                flags: self.flags.iter().map(value).collect(),
                texts: BTreeMap::new(),
                asked: self.by_key.keys().cloned().collect(),
            };
            if self.realise(&mut found)? {
                return Ok(Some(found));
            }
        }
        Err("too many rounds of learning".to_owned())
    }

    /// Finds texts for all attributes, or learns why there are none.
    fn realise(&self, found: &mut Assignment) -> Result<bool, String> {
        let mut fits = true;
        for (at, attribute) in self.attributes.iter().enumerate() {
            let (mut yes, mut no) = (Vec::new(), Vec::new());
            for pattern in 0..attribute.patterns.len() {
                let Some(atom) = self.atom_at.get(&(at, pattern)) else { continue };
                if found.atoms.get(*atom).copied().unwrap_or(false) {
                    yes.push(pattern)
                } else {
                    no.push(pattern)
                }
            }
            let groups: Vec<Vec<usize>> = if attribute.key.is_list() {
                yes.iter().map(|pattern| vec![*pattern]).collect()
            } else {
                vec![yes]
            };
            for group in groups {
                if group.is_empty() && !found.needs(&attribute.key) {
                    continue;
                }
                match attribute.find(&group, &no) {
                    Verdict::Text(text) => {
                        let texts = found.texts.entry(attribute.key.clone()).or_default();
                        if !texts.contains(&text) {
                            texts.push(text);
                        }
                    }
                    Verdict::Conflict(yes, no) => {
                        self.learn(at, &yes, &no);
                        fits = false;
                    }
                    Verdict::GaveUp => {
                        return Err(format!("the texts of {:?} are too many to search", attribute.key));
                    }
                }
            }
        }
        Ok(fits)
    }

    /// Goes from a model to the one that reads best: liked literals first, then as few positive patterns as possible.
    /// The result does not depend on which model the solver found.
    fn readable(&mut self, mut fixed: Vec<Bool>, mut found: Assignment) -> Result<Assignment, String> {
        for (place, flag) in FLAGS.into_iter().enumerate() {
            let liked = matches!(flag, Flag::Http);
            let literal = self.flag(flag);
            let value = |found: &Assignment| found.flags.get(place).copied().unwrap_or(false);
            self.settle(&literal, liked, &mut fixed, &mut found, value)?;
        }
        let mut order = self.liked.clone();
        let mut by_key: Vec<(Key, usize)> =
            (0..self.atoms.len()).filter_map(|at| Some((self.key_of(at)?.clone(), at))).collect();
        by_key.sort();
        let named: BTreeSet<usize> = order.iter().map(|(at, _)| *at).collect();
        order.extend(by_key.into_iter().filter(|(_, at)| !named.contains(at)).map(|(_, at)| (at, false)));
        for (at, liked) in order {
            let Some((_, literal)) = self.atoms.get(at).cloned() else { continue };
            let value = |found: &Assignment| found.atoms.get(at).copied().unwrap_or(false);
            self.settle(&literal, liked, &mut fixed, &mut found, value)?;
        }
        Ok(found)
    }

    fn settle(
        &mut self,
        literal: &Bool,
        liked: bool,
        fixed: &mut Vec<Bool>,
        found: &mut Assignment,
        value: impl Fn(&Assignment) -> bool,
    ) -> Result<(), String> {
        let wanted = if liked { literal.clone() } else { literal.not() };
        fixed.push(wanted);
        if value(found) == liked {
            return Ok(());
        }
        match self.theory(fixed)? {
            Some(better) => *found = better,
            None => {
                fixed.pop();
                fixed.push(if liked { literal.not() } else { literal.clone() });
            }
        }
        Ok(())
    }

    fn key_of(&self, atom: usize) -> Option<&Key> {
        let ((attribute, _), _) = self.atoms.get(atom)?;
        self.attributes.get(*attribute).map(|attribute| &attribute.key)
    }

    /// A small set of guards that still leaves nothing, after an unsatisfiable answer.
    fn reasons(&mut self, wanted: &Bool) -> Vec<Reason> {
        let mut core = self.solver.get_unsat_core();
        core.retain(|literal| literal != wanted);
        let mut at = 0;
        while at < core.len() {
            let mut fewer = core.clone();
            fewer.remove(at);
            let mut assumptions = fewer.clone();
            assumptions.push(wanted.clone());
            match self.theory(&assumptions) {
                Ok(None) => core = fewer,
                _ => at += 1,
            }
        }
        let mut out: Vec<Reason> = self
            .guards
            .iter()
            .filter(|(selector, _)| core.contains(selector))
            .map(|(_, reason)| reason.clone())
            .collect();
        out.sort();
        out.dedup();
        out
    }
}
