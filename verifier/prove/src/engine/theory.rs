//! What propositions cannot see: axioms over patterns, and automata that check each model.

use std::collections::BTreeMap;

use z3::SatResult;
use z3::ast::Bool;

use super::{Engine, ROUNDS};
use crate::assignment::{Assignment, Flag};
use crate::axioms;
use crate::space::{Attribute, Key, Verdict};

impl Engine {
    /// Axioms of attributes that got new patterns.
    pub(super) fn seal(&mut self) {
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
    pub(super) fn theory(&mut self, assumptions: &[Bool]) -> Result<Option<Assignment>, String> {
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
    fn realise(&mut self, found: &mut Assignment) -> Result<bool, String> {
        let mut fits = true;
        for at in 0..self.attributes.len() {
            let Some(key) = self.attributes.get(at).map(|attribute| attribute.key.clone()) else { continue };
            let (yes, no) = self.sides(at, found);
            let groups: Vec<Vec<usize>> =
                if key.is_list() { yes.iter().map(|pattern| vec![*pattern]).collect() } else { vec![yes] };
            for group in groups {
                if group.is_empty() && !found.needs(&key) {
                    continue;
                }
                match self.find(at, group, &no) {
                    Verdict::Text(text) => {
                        let texts = found.texts.entry(key.clone()).or_default();
                        if !texts.contains(&text) {
                            texts.push(text);
                        }
                    }
                    Verdict::Conflict(yes, no) => {
                        self.learn(at, &yes, &no);
                        fits = false;
                    }
                    Verdict::GaveUp => return Err(format!("the texts of {key:?} are too many to search")),
                }
            }
        }
        Ok(fits)
    }

    /// Patterns of an attribute that hold, and those that do not.
    fn sides(&self, attribute: usize, found: &Assignment) -> (Vec<usize>, Vec<usize>) {
        let patterns = self.attributes.get(attribute).map_or(0, |a| a.patterns.len());
        let known = (0..patterns).filter(|pattern| self.atom_at.contains_key(&(attribute, *pattern)));
        known.partition(|pattern| {
            let atom = self.atom_at.get(&(attribute, *pattern));
            atom.and_then(|at| found.atoms.get(*at)).copied().unwrap_or(false)
        })
    }

    fn find(&mut self, at: usize, yes: Vec<usize>, no: &[usize]) -> Verdict {
        if let Some((old_yes, old_no, verdict)) = self.memo.get(&at)
            && *old_yes == yes
            && old_no == no
        {
            return verdict.clone();
        }
        let Some(attribute) = self.attributes.get(at) else { return Verdict::GaveUp };
        let verdict = attribute.find(&yes, no);
        self.memo.insert(at, (yes, no.to_vec(), verdict.clone()));
        verdict
    }
}
