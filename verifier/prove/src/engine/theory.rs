//! What propositions cannot see: axioms over patterns, and automata that check each model.

use std::collections::BTreeMap;

use z3::SatResult;

use super::cone::Spoken;
use super::sat::Found;
use super::{Engine, Hard, Reason};
use crate::assignment::{Assignment, Flag};
use crate::axioms;
use crate::formula::Bool;
use crate::space::{Key, Verdict};

/// What some assumptions leave.
pub(super) enum Left {
    /// The model that reads best.
    Best(Assignment),
    /// Any model.
    One(Assignment),
    Nothing(Proof),
}

/// That some assumptions leave nothing.
#[derive(Debug, Default)]
pub(super) struct Proof {
    /// The assumptions that it needs, by their places.
    pub(super) places: Vec<usize>,
    /// The formulas that it needs, by their numbers; all of them where that is not known.
    used: Option<Vec<u32>>,
}

/// Assumptions that leave nothing, with the formulas of the proof.
#[derive(Debug)]
pub(super) struct Owed {
    assumptions: Vec<Bool>,
    used: Option<Vec<u32>>,
}

/// Rounds of learning before a question is given up.
const ROUNDS: usize = 2_000;

impl Engine {
    /// Axioms of attributes that got new patterns. The first time all relations are found at once; later patterns are compared with
    /// each of the others.
    pub(super) fn seal(&mut self) {
        let mut claims = false;
        for at in 0..self.attributes.len() {
            let Some(attribute) = self.attributes.get(at) else { continue };
            let (done, all) = (self.sealed.get(at).copied().unwrap_or(0), attribute.patterns.len());
            if done == all {
                continue;
            }
            claims |= matches!(attribute.key, Key::Claim(_));
            let (mut clauses, mut covers) = (Vec::new(), Vec::new());
            if done == 0 {
                covers = axioms::of(attribute, &mut |clause| clauses.push(clause));
            } else {
                (done..all)
                    .for_each(|new| axioms::beside(attribute, new, &mut |clause| clauses.push(clause)));
            }
            let groups =
                if done == 0 && !attribute.key.is_list() { axioms::exclusive(attribute) } else { Vec::new() };
            clauses.iter().for_each(|clause| self.learn(at, &clause.yes, &clause.no));
            groups.iter().for_each(|group| self.at_most_one(&self.literals(at, group)));
            covers.iter().for_each(|cover| self.cover(at, cover));
            if let Some(sealed) = self.sealed.get_mut(at) {
                *sealed = all;
            }
        }
        if claims {
            self.nested_claims();
        }
    }

    pub(super) fn literals(&self, attribute: usize, patterns: &[usize]) -> Vec<Bool> {
        let Some(places) = self.places.get(attribute) else { return Vec::new() };
        let atom = |pattern: &usize| places.get(*pattern).and_then(|at| self.atoms.get(*at));
        patterns.iter().filter_map(atom).map(|atom| atom.literal.clone()).collect()
    }

    /// Not all of `yes` without any of `no`.
    fn learn(&mut self, attribute: usize, yes: &[usize], no: &[usize]) {
        let mut clause: Vec<Bool> = self.literals(attribute, yes).iter().map(Bool::not).collect();
        clause.extend(self.literals(attribute, no));
        // What may be absent has no text that could be wrong.
        match self.attributes.get(attribute).map(|a| &a.key) {
            Some(Key::Peer) => clause.push(self.flag(Flag::Peer).not()),
            Some(Key::ServerName) => clause.push(self.flag(Flag::ServerName).not()),
            _ => {}
        }
        self.assert(&Bool::or(&clause));
    }

    /// Patterns that hold beside a whole text are patterns of that text.
    fn cover(&mut self, attribute: usize, cover: &axioms::Cover) {
        let some = self.fresh_bool();
        for exact in self.literals(attribute, &cover.exacts) {
            self.assert(&exact.implies(&some));
        }
        for (pattern, fitting) in &cover.patterns {
            let mut clause: Vec<Bool> = self.literals(attribute, &[*pattern]).iter().map(Bool::not).collect();
            clause.push(some.not());
            clause.extend(self.literals(attribute, fitting));
            self.assert(&Bool::or(&clause));
        }
    }

    fn at_most_one(&mut self, group: &[Bool]) {
        let mut before: Option<Bool> = None;
        for literal in group {
            let so_far = self.fresh_bool();
            self.assert(&literal.implies(&so_far));
            if let Some(before) = before {
                self.assert(&before.implies(&so_far));
                self.assert(&Bool::or(&[before.not(), literal.not()]));
            }
            before = Some(so_far);
        }
    }

    /// A claim that is text or a list has no claims below it.
    pub(super) fn nested_claims(&mut self) {
        let mut apart = Vec::new();
        for (at, outer) in self.attributes.iter().enumerate() {
            for (below, inner) in self.attributes.iter().enumerate() {
                let (Key::Claim(short), Key::Claim(long)) = (&outer.key, &inner.key) else { continue };
                if long.len() > short.len() && long.starts_with(short) {
                    let all = |at: usize, count: usize| self.literals(at, &(0..count).collect::<Vec<_>>());
                    let a = Bool::or(&all(at, outer.patterns.len()));
                    let b = Bool::or(&all(below, inner.patterns.len()));
                    apart.push(Bool::or(&[a.not(), b.not()]));
                }
            }
        }
        apart.iter().for_each(|formula| self.assert(formula));
    }

    /// What assumptions leave, as far as it is spoken of and automata agree. That nothing is left is for [`Engine::confirm`] to confirm.
    pub(super) fn theory(&mut self, assumptions: &[Bool], spoken: &Spoken) -> Result<Left, Hard> {
        let lits: Vec<_> = assumptions.iter().map(|literal| self.search.lit(literal, true)).collect();
        for _ in 0..ROUNDS {
            match self.search.solve(&lits, &spoken.order) {
                Found::Core(core) => {
                    let places = lits.iter().enumerate().filter(|(_, lit)| core.contains(lit));
                    let places = places.map(|(at, _)| at).collect();
                    return Ok(Left::Nothing(Proof { places, used: Some(self.search.used()) }));
                }
                Found::GaveUp => return self.any_model(assumptions, spoken),
                Found::Model => {}
            }
            let values = self.spoken_literals(spoken).into_iter();
            let values: Vec<bool> = values
                .map(|literal| {
                    let lit = self.search.lit(&literal, true);
                    self.search.value(lit)
                })
                .collect();
            let mut found = self.assignment(&values, spoken);
            if self.realise(&mut found, spoken)? {
                return Ok(Left::Best(found));
            }
        }
        Err(self.too_long(spoken))
    }

    /// The same by z3 alone, for what is too hard for the small solver.
    fn any_model(&mut self, assumptions: &[Bool], spoken: &Spoken) -> Result<Left, Hard> {
        for _ in 0..ROUNDS {
            match self.judge.check(assumptions) {
                SatResult::Unsat => {
                    let places = (0..assumptions.len()).collect();
                    return Ok(Left::Nothing(Proof { places, used: None }));
                }
                SatResult::Unknown => return Err(self.hard(spoken)),
                SatResult::Sat => {}
            }
            let literals = self.spoken_literals(spoken);
            let Some(values) = self.judge.values(literals.iter()) else {
                return Err(Hard::because("the solver has no model"));
            };
            let mut found = self.assignment(&values, spoken);
            if self.realise(&mut found, spoken)? {
                return Ok(Left::One(found));
            }
        }
        Err(self.too_long(spoken))
    }

    pub(super) fn leaves_nothing(&mut self, assumptions: &[Bool], spoken: &Spoken) -> bool {
        matches!(self.theory(assumptions, spoken), Ok(Left::Nothing(_)))
    }

    /// z3 agrees that nothing is left: no proof stands on the small solver alone. It is asked at once, or for all proofs together.
    pub(super) fn confirm(
        &mut self,
        assumptions: Vec<Bool>,
        proof: &Proof,
        spoken: &Spoken,
    ) -> Result<(), Hard> {
        let used = proof.used.clone();
        if let Some(owed) = &mut self.owed {
            owed.push(Owed { assumptions, used });
            return Ok(());
        }
        let by_some = used.map(|used| self.judge.check_some(&used, &assumptions));
        let answer = match by_some {
            Some(SatResult::Unsat) => SatResult::Unsat,
            _ => self.judge.check(&assumptions),
        };
        match answer {
            SatResult::Unsat => Ok(()),
            SatResult::Unknown => Err(self.hard(spoken)),
            SatResult::Sat => Err(Hard::because("z3 does not confirm the proof")),
        }
    }

    /// From now on proofs are confirmed by [`Engine::confirm_owed`] alone. Whoever asks so must ask that before anybody sees an answer.
    pub(crate) fn owe(&mut self) {
        self.owed = Some(Vec::new());
    }

    /// Whether z3 confirms all proofs that it was not asked about: none of them leaves anything exactly if one of them leaving
    /// something is impossible.
    pub(crate) fn confirm_owed(&mut self) -> bool {
        let owed = self.owed.as_mut().map(std::mem::take).unwrap_or_default();
        if owed.is_empty() {
            return true;
        }
        let each: Vec<Bool> = owed.iter().map(|owed| Bool::and(&owed.assumptions)).collect();
        let some = self.fresh_bool();
        let claim = self.judge.assert(some.implies(Bool::or(&each)));
        if owed.iter().all(|owed| owed.used.is_some()) {
            let mut used: Vec<u32> =
                owed.iter().filter_map(|owed| owed.used.as_ref()).flatten().copied().collect();
            used.push(claim);
            used.sort_unstable();
            used.dedup();
            if self.judge.check_some(&used, std::slice::from_ref(&some)) == SatResult::Unsat {
                return true;
            }
        }
        owed.iter().for_each(|owed| self.judge.wake(&owed.assumptions));
        self.judge.check(&[some]) == SatResult::Unsat
    }

    /// The flags, then the atoms in the order of attributes.
    fn spoken_literals(&self, spoken: &Spoken) -> Vec<Bool> {
        let atoms =
            spoken.attributes.iter().flat_map(|(_, atoms)| atoms).filter_map(|(_, at)| self.atoms.get(*at));
        self.flags.iter().chain(atoms.map(|atom| &atom.literal)).cloned().collect()
    }

    fn assignment(&self, values: &[bool], spoken: &Spoken) -> Assignment {
        let (flags, values) = values.split_at_checked(self.flags.len()).unwrap_or_default();
        let mut atoms = vec![false; self.atoms.len()];
        let places = spoken.attributes.iter().flat_map(|(_, atoms)| atoms.iter().map(|(_, at)| *at));
        for (at, value) in places.zip(values) {
            if let Some(slot) = atoms.get_mut(at) {
                *slot = *value;
            }
        }
        let keys = spoken.attributes.iter().filter_map(|(at, _)| self.attributes.get(*at));
        let asked = keys.map(|attribute| attribute.key.clone()).collect();
        Assignment { atoms, flags: flags.to_vec(), texts: BTreeMap::new(), asked }
    }

    fn too_long(&self, spoken: &Spoken) -> Hard {
        Hard::because(format!("{ROUNDS} rounds of learning were not enough for {}", self.size(spoken)))
    }

    fn hard(&self, spoken: &Spoken) -> Hard {
        Hard::because(format!("the solver gave up on {}", self.size(spoken)))
    }

    /// How large the question is, and what makes it so.
    fn size(&self, spoken: &Spoken) -> String {
        let patterns: usize = spoken.attributes.iter().map(|(_, atoms)| atoms.len()).sum();
        let most = self.widest(spoken).map(|(key, count)| format!(", {count} of them over {key}"));
        format!("{} rules and {patterns} patterns{}", self.guards.len(), most.unwrap_or_default())
    }

    /// Finds texts for all attributes, or learns why there are none.
    fn realise(&mut self, found: &mut Assignment, spoken: &Spoken) -> Result<bool, Hard> {
        let mut fits = true;
        for (at, atoms) in &spoken.attributes {
            let Some(key) = self.attributes.get(*at).map(|attribute| attribute.key.clone()) else { continue };
            let holds = |(_, atom): &&(usize, usize)| found.atoms.get(*atom).copied().unwrap_or(false);
            let pattern = |(pattern, _): &(usize, usize)| *pattern;
            let yes: Vec<usize> = atoms.iter().filter(holds).map(pattern).collect();
            let no: Vec<usize> = atoms.iter().filter(|pair| !holds(pair)).map(pattern).collect();
            let groups: Vec<Vec<usize>> =
                if key.is_list() { yes.iter().map(|pattern| vec![*pattern]).collect() } else { vec![yes] };
            for group in groups {
                if group.is_empty() && !found.needs(&key) {
                    continue;
                }
                let verdict = self.attributes.get(*at).map(|attribute| attribute.find(&group, &no));
                match verdict.unwrap_or(Verdict::GaveUp(None)) {
                    Verdict::Text(text) => {
                        let texts = found.texts.entry(key.clone()).or_default();
                        if !texts.contains(&text) {
                            texts.push(text);
                        }
                    }
                    Verdict::Conflict(yes, no) => {
                        self.learn(*at, &yes, &no);
                        fits = false;
                    }
                    Verdict::GaveUp(pattern) => return Err(self.too_large(*at, pattern)),
                }
            }
        }
        Ok(fits)
    }

    /// Names the pattern that no automaton of bearable size stands for, or the attribute whose patterns multiply too far.
    fn too_large(&self, attribute: usize, pattern: Option<usize>) -> Hard {
        let key = self.attributes.get(attribute).map(|a| a.key.to_string()).unwrap_or_default();
        let place = pattern.and_then(|pattern| self.places.get(attribute)?.get(pattern));
        match place.and_then(|at| self.atoms.get(*at)) {
            None => Hard::because(format!("the patterns over {key} are too many to search together")),
            Some(atom) => {
                let why = format!("a pattern over {key} is too large for an automaton");
                let reason = Reason { text: why.clone(), origin: atom.origin };
                Hard { why, pattern: Some(reason) }
            }
        }
    }
}
