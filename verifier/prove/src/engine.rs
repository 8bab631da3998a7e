//! Formulas over patterns, solved as propositions; models are checked against automata, and what automata refute is learnt.
//!
//! A small solver of our own finds models and cores, z3 confirms every proof and takes over what the small one gives up on.
//!
//! One engine answers many questions about the same points. What a question speaks of is its cone: atoms outside of it are
//! neither checked nor shown, so that an answer does not depend on what was asked before.

mod canonical;
mod cone;
mod judge;
mod known;
#[cfg(test)]
pub(crate) mod plain;
mod probe;
mod sat;
mod search;
mod theory;

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use mp_ir::base::Origin;

use crate::assignment::{Assignment, FLAGS, Flag};
use crate::automata::Languages;
use crate::domain::Domain;
use crate::formula::{Bool, ByIdentity, Node, Spread};
use crate::space::{Attribute, Key, Pattern};
use cone::Cone;
pub(crate) use cone::Scope;
use judge::Judge;
pub(crate) use known::Known as KnownRequest;
pub(crate) use probe::{About, Literal};
use search::Search;
use theory::{Left, Owed};

/// Ends each check of the solver after so many milliseconds; a question that needs longer is unknown. This is a parameter of libz3
/// for the whole process, and counts for questions that are asked later; 0 is no limit.
pub fn limit_time(milliseconds: u32) {
    if milliseconds > 0 {
        z3::set_global_param("timeout", &milliseconds.to_string());
    }
}

/// A fact of the configuration that a proof may rest on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What it says, in lower case.
    pub text: String,
    /// The YAML.
    pub origin: Origin,
}

/// An attribute and one of its patterns, as a proposition.
#[derive(Debug)]
struct Atom {
    attribute: usize,
    pattern: usize,
    literal: Bool,
    /// The first place that asks for it.
    origin: Origin,
}

/// A formula that stands as long as its reason is accepted.
#[derive(Debug)]
struct Guard {
    selector: Bool,
    /// The same as the formula, where the selector holds.
    stands: Bool,
    reason: Reason,
}

/// The answer to a formula.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Sat(Assignment),
    /// Nothing satisfies it; these facts suffice to see that.
    Unsat(Vec<Reason>),
    Unknown(Hard),
}

/// Why there is no answer, and the pattern that it was too hard because of, where it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hard {
    pub(crate) why: String,
    pub(crate) pattern: Option<Reason>,
}

impl Hard {
    fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), pattern: None }
    }
}

/// What of an answer is shown to somebody. The rest must be true, but need not be the best of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Everything,
    /// The request; a proof says no more than that there is none.
    Witness,
    /// The reasons of a proof; any request will do.
    Reasons,
}

/// What a variable stands for.
#[derive(Debug)]
enum Meaning {
    /// By its place in the engine.
    Atom(usize),
    Same(Bool),
}

/// What stands for a formula: its proposition and what it speaks of.
#[derive(Clone, Debug)]
struct Known {
    formula: Bool,
    scope: Scope,
}

pub(crate) struct Engine {
    search: Search,
    judge: Judge,
    domain: Domain,
    languages: Rc<Languages>,
    pub(crate) attributes: Vec<Attribute>,
    by_key: BTreeMap<Key, usize>,
    atoms: Vec<Atom>,
    /// Atoms by attribute and pattern.
    places: Vec<Vec<usize>>,
    flags: [Bool; 4],
    /// Atoms that a witness should have where it can, in this order.
    liked: Vec<usize>,
    guards: Vec<Guard>,
    /// Patterns per attribute whose axioms are asserted.
    sealed: Vec<usize>,
    failure: Option<String>,
    /// Formulas that stand for parts of the points, by what those say.
    known: HashMap<u128, Known>,
    /// What policies say, by where they stand, of those that outlive the engine.
    said: ByIdentity<u128>,
    /// What variables stand for that are neither free nor of this question alone.
    meanings: HashMap<u32, Meaning, BuildHasherDefault<Spread>>,
    /// Proofs that z3 has not confirmed yet, where it is asked for all of them at the end.
    owed: Option<Vec<Owed>>,
    /// What is spoken of: of all questions, of this question, and of the formulas being made.
    cones: Vec<Cone>,
    /// Where the part stands that is being encoded.
    place: Origin,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("atoms", &self.atoms.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// An empty engine over requests of a domain.
    pub(crate) fn new(domain: Domain) -> Self {
        Self::sharing(domain, Rc::default())
    }

    /// The same with languages that other engines made.
    pub(crate) fn sharing(domain: Domain, languages: Rc<Languages>) -> Self {
        let mut search = Search::default();
        let flags = FLAGS.map(|_| search.fresh());
        Self {
            search,
            judge: Judge::new(),
            domain,
            languages,
            attributes: Vec::new(),
            by_key: BTreeMap::new(),
            atoms: Vec::new(),
            places: Vec::new(),
            flags,
            liked: Vec::new(),
            guards: Vec::new(),
            sealed: Vec::new(),
            failure: None,
            known: HashMap::new(),
            said: ByIdentity::default(),
            meanings: HashMap::default(),
            owed: None,
            cones: vec![Cone::default()],
            place: None,
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

    /// Whether a fixed text matches a pattern; one that no automaton stands for matches nothing.
    pub(crate) fn fits(&self, pattern: &Pattern, text: &[u8]) -> bool {
        self.languages.fits(pattern, text)
    }

    /// Where the part stands whose atoms come next.
    pub(crate) fn at(&mut self, place: Origin) {
        self.place = place;
    }

    /// The proposition that an attribute (one of its values, for lists) matches a pattern.
    pub(crate) fn atom(&mut self, key: &Key, pattern: Pattern) -> Bool {
        match self.intern(key, pattern) {
            Some(at) => self.atoms.get(at).map(|atom| atom.literal.clone()),
            None => None,
        }
        .unwrap_or_else(|| Bool::from_bool(false))
    }

    fn intern(&mut self, key: &Key, pattern: Pattern) -> Option<usize> {
        let attribute = self.attribute(key)?;
        let known = self.attributes.get(attribute)?;
        if !known.knows(&pattern) {
            self.stem(key, &pattern);
        }
        let (pattern, new) = self.attributes.get_mut(attribute)?.intern(pattern);
        let at = if new { self.atoms.len() } else { *self.places.get(attribute)?.get(pattern)? };
        if let Some(cone) = self.cones.last_mut() {
            cone.atoms.insert(at);
        }
        if !new {
            return Some(at);
        }
        let literal = self.named(Meaning::Atom(at));
        let flag = match key {
            Key::Peer => Some(Flag::Peer),
            Key::ServerName => Some(Flag::ServerName),
            Key::Claim(_) => Some(Flag::Token),
            _ => None,
        };
        if let Some(flag) = flag {
            self.assert(&literal.implies(self.flag(flag)));
        }
        self.places.get_mut(attribute)?.push(at);
        self.atoms.push(Atom { attribute, pattern, literal, origin: self.place });
        Some(at)
    }

    /// What a pattern that is no plain prefix begins with is a pattern of its own, though no question speaks of it: it keeps patterns
    /// with different beginnings apart.
    fn stem(&mut self, key: &Key, pattern: &Pattern) {
        let stem = pattern.stem().filter(|_| !key.is_list());
        if let Some(stem) = stem {
            self.cones.push(Cone::default());
            self.intern(key, stem);
            self.cones.pop();
        }
    }

    /// The same, and a witness should have it so where it can.
    pub(crate) fn like(&mut self, key: &Key, pattern: Pattern) {
        let atom = self.intern(key, pattern);
        self.liked.extend(atom);
    }

    fn attribute(&mut self, key: &Key) -> Option<usize> {
        if let Some(at) = self.by_key.get(key) {
            return Some(*at);
        }
        let (inside, outside) = self.domain.bounds(key);
        let Some(attribute) = Attribute::new(key.clone(), &inside, &outside, &self.languages) else {
            self.failure = Some(format!("the values of {key} cannot be described"));
            return None;
        };
        self.by_key.insert(key.clone(), self.attributes.len());
        self.attributes.push(attribute);
        self.places.push(Vec::new());
        self.sealed.push(0);
        Some(self.attributes.len() - 1)
    }

    pub(crate) fn assert(&mut self, formula: &Bool) {
        let number = self.judge.assert(formula.clone());
        self.search.assert(formula, number);
    }

    /// The same where a variable is assumed that is never anything but assumed.
    pub(super) fn assert_when(&mut self, assumed: &Bool, formula: &Bool) {
        let number = self.judge.assert_when(assumed, formula);
        self.search.assert(&assumed.implies(formula), number);
    }

    /// Stands for a formula as long as its reason is accepted.
    pub(crate) fn guarded(&mut self, reason: Reason, formula: &Bool) -> Bool {
        let stands = self.named(Meaning::Same(formula.clone()));
        let selector = self.fresh_bool();
        self.assert_when(&selector, &stands.iff(formula));
        if let Some(cone) = self.cones.last_mut() {
            cone.guards.insert(self.guards.len());
        }
        self.guards.push(Guard { selector, stands: stands.clone(), reason });
        stands
    }

    pub(crate) fn fresh_bool(&mut self) -> Bool {
        self.search.fresh()
    }

    /// A variable that is the same as a formula, for good.
    pub(crate) fn abbreviated(&mut self, formula: Bool) -> Bool {
        let out = self.named(Meaning::Same(formula.clone()));
        self.assert(&out.iff(formula));
        out
    }

    fn named(&mut self, meaning: Meaning) -> Bool {
        let out = self.search.fresh();
        if let Node::Variable(number) = out.node() {
            self.meanings.insert(*number, meaning);
        }
        out
    }

    /// Solves `goal` with everything asserted.
    pub(crate) fn solve(&mut self, goal: &Bool) -> Outcome {
        self.solve_for(goal, Need::Everything)
    }

    /// The same, and only what the caller shows is made fit to be shown.
    pub(crate) fn solve_for(&mut self, goal: &Bool, need: Need) -> Outcome {
        if let Some(failure) = &self.failure {
            return Outcome::Unknown(Hard::because(failure.clone()));
        }
        self.seal();
        let cone = self.cones.last().cloned().unwrap_or_default();
        let spoken = self.spoken(&cone);
        let wanted = self.fresh_bool();
        self.assert_when(&wanted, goal);
        let mut assumptions: Vec<Bool> = vec![wanted.clone()];
        assumptions.extend(self.selectors(&cone));
        let answer = match self.theory(&assumptions, &spoken) {
            Ok(Left::Best(found)) => Ok(Outcome::Sat(found)),
            Ok(Left::One(found)) if need == Need::Reasons => Ok(Outcome::Sat(found)),
            Ok(Left::One(found)) => self.readable(assumptions, found, &spoken).map(Outcome::Sat),
            Ok(Left::Nothing(proof)) if need == Need::Witness => {
                self.confirm(assumptions, &proof, &spoken).map(|()| Outcome::Unsat(Vec::new()))
            }
            Ok(Left::Nothing(_)) => self.reasons(&wanted, &cone, &spoken).map(Outcome::Unsat),
            Err(hard) => Err(hard),
        };
        // Nobody asks again: what the question demanded need not be looked at any more.
        self.search.retire(&wanted);
        answer.unwrap_or_else(Outcome::Unknown)
    }

    fn selectors(&self, cone: &Cone) -> Vec<Bool> {
        let selector = |at: &usize| self.guards.get(*at).map(|guard| guard.selector.clone());
        cone.guards.iter().filter_map(selector).collect()
    }
}
