//! Formulas over patterns, solved as propositions; models are checked against automata, and what automata refute is learnt.

mod probe;
mod theory;

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;
use z3::Solver;
use z3::ast::Bool;

use crate::assignment::{Assignment, FLAGS, Flag};
use crate::domain::Domain;
use crate::space::{Attribute, Key, Pattern, Verdict};

pub(crate) use probe::{About, Literal};

/// Rounds of learning before a question is given up.
const ROUNDS: usize = 2_000;

/// Checks spent on making a set of reasons smaller.
const REASON_TRIES: usize = 200;

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
    /// Formulas that stand for policies, by what the policies say.
    known: BTreeMap<String, Bool>,
    /// The last search per attribute, since most models differ in few attributes.
    memo: BTreeMap<usize, Search>,
}

/// Positive and negative patterns of a search, and its answer.
type Search = (Vec<usize>, Vec<usize>, Verdict);

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
            known: BTreeMap::new(),
            memo: BTreeMap::new(),
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

    /// The formula that was made for the same text before.
    pub(crate) fn known(&self, text: &str) -> Option<Bool> {
        self.known.get(text).cloned()
    }

    /// Remembers a formula by a text that says all of it.
    pub(crate) fn remember(&mut self, text: String, formula: &Bool) {
        self.known.insert(text, formula.clone());
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
        let (mut at, mut tries) = (0, 0);
        while at < core.len() && tries < REASON_TRIES {
            tries += 1;
            let mut assumptions = core.clone();
            assumptions.remove(at);
            assumptions.push(wanted.clone());
            match self.theory(&assumptions) {
                Ok(None) => {
                    // What is left of the order is kept, so that each literal is tried once.
                    let smaller = self.solver.get_unsat_core();
                    core.retain(|literal| smaller.contains(literal));
                }
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
