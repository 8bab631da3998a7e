//! What propositions cannot see: axioms over patterns, and automata that check each model.

use std::collections::BTreeMap;

use z3::SatResult;
use z3::ast::Bool;

use super::cone::Spoken;
use super::{Engine, Hard, Reason};
use crate::assignment::{Assignment, Flag};
use crate::axioms;
use crate::space::{Key, Verdict};

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
            let mut clauses = Vec::new();
            if done == 0 {
                axioms::of(attribute, &mut |clause| clauses.push(clause));
            } else {
                (done..all)
                    .for_each(|new| axioms::beside(attribute, new, &mut |clause| clauses.push(clause)));
            }
            let groups =
                if done == 0 && !attribute.key.is_list() { axioms::exclusive(attribute) } else { Vec::new() };
            clauses.iter().for_each(|clause| self.learn(at, &clause.yes, &clause.no));
            groups.iter().for_each(|group| self.at_most_one(&self.literals(at, group)));
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
    pub(super) fn nested_claims(&self) {
        for (at, outer) in self.attributes.iter().enumerate() {
            for (below, inner) in self.attributes.iter().enumerate() {
                let (Key::Claim(short), Key::Claim(long)) = (&outer.key, &inner.key) else { continue };
                if long.len() > short.len() && long.starts_with(short) {
                    let all = |at: usize, count: usize| self.literals(at, &(0..count).collect::<Vec<_>>());
                    let a = Bool::or(&all(at, outer.patterns.len()));
                    let b = Bool::or(&all(below, inner.patterns.len()));
                    self.solver.assert(Bool::or(&[a.not(), b.not()]));
                }
            }
        }
    }

    /// A model that automata agree with, as far as it is spoken of; `None` when there is none.
    pub(super) fn theory(
        &mut self,
        assumptions: &[Bool],
        spoken: &Spoken,
    ) -> Result<Option<Assignment>, Hard> {
        for _ in 0..ROUNDS {
            match self.solver.check_assumptions(assumptions) {
                SatResult::Unsat => return Ok(None),
                SatResult::Unknown => return Err(self.hard(spoken)),
                SatResult::Sat => {}
            }
            let Some(model) = self.solver.get_model() else {
                return Err(Hard::because("the solver has no model"));
            };
            let value = |literal: &Bool| model.eval(literal, true).and_then(|b| b.as_bool()).unwrap_or(false);
            let mut atoms = vec![false; self.atoms.len()];
            for at in spoken.attributes.iter().flat_map(|(_, atoms)| atoms.iter().map(|(_, at)| *at)) {
                let known = self.atoms.get(at).is_some_and(|atom| value(&atom.literal));
                if let Some(slot) = atoms.get_mut(at) {
                    *slot = known;
                }
            }
            let keys = spoken.attributes.iter().filter_map(|(at, _)| self.attributes.get(*at));
            let mut found = Assignment {
                atoms,
                flags: self.flags.iter().map(value).collect(),
                texts: BTreeMap::new(),
                asked: keys.map(|attribute| attribute.key.clone()).collect(),
            };
            if self.realise(&mut found, spoken)? {
                return Ok(Some(found));
            }
        }
        Err(Hard::because(format!("{ROUNDS} rounds of learning were not enough for {}", self.size(spoken))))
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
                match self.find(*at, group, &no) {
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

    fn find(&mut self, at: usize, yes: Vec<usize>, no: &[usize]) -> Verdict {
        if let Some((old_yes, old_no, verdict)) = self.memo.get(&at)
            && *old_yes == yes
            && old_no == no
        {
            return verdict.clone();
        }
        let Some(attribute) = self.attributes.get(at) else { return Verdict::GaveUp(None) };
        let verdict = attribute.find(&yes, no);
        self.memo.insert(at, (yes, no.to_vec(), verdict.clone()));
        verdict
    }
}
