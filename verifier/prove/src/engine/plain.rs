//! The plain encoding, which the tests hold the fast one against: every class of texts that the patterns of an attribute tell apart is a
//! proposition of its own, exactly one of them holds, and a pattern is the disjunction of its classes. There are no axioms to be wrong
//! and nothing is learnt, but classes multiply.

use crate::formula::Bool;

use super::Engine;
use crate::assignment::Flag;
use crate::space::{Attribute, Key, Verdict};

/// Classes of one attribute beyond which the plain encoding is of no use.
const CLASSES: usize = 120;

/// The patterns that the texts of a class match.
type Class = Vec<usize>;

impl Engine {
    /// Asserts all classes of all attributes; `None` when there are too many.
    pub(crate) fn enumerate(&mut self) -> Option<usize> {
        let mut count = 0;
        for at in 0..self.attributes.len() {
            let attribute = self.attributes.get(at)?;
            let (key, all) = (attribute.key.clone(), classes(attribute)?);
            count += all.len();
            let holds: Vec<Bool> = all.iter().map(|_| self.fresh_bool()).collect();
            for pattern in 0..self.attributes.get(at)?.patterns.len() {
                let with = all.iter().zip(&holds).filter(|(class, _)| class.contains(&pattern));
                let some: Vec<Bool> = with.map(|(_, literal)| literal.clone()).collect();
                let literal = self.literals(at, &[pattern]).pop()?;
                self.assert(&literal.iff(Bool::or(&some)));
            }
            if !key.is_list() {
                self.one_of(&key, &holds);
            }
            if let Some(sealed) = self.sealed.get_mut(at) {
                *sealed = self.attributes.get(at)?.patterns.len();
            }
        }
        self.nested_claims();
        Some(count)
    }

    /// At most one class holds, and one does where the attribute has a value.
    fn one_of(&mut self, key: &Key, holds: &[Bool]) {
        for (at, a) in holds.iter().enumerate() {
            for b in holds.iter().skip(at + 1) {
                self.assert(&Bool::or(&[a.not(), b.not()]));
            }
        }
        let some = Bool::or(holds);
        let there = match key {
            Key::Peer => Some(self.flag(Flag::Peer)),
            Key::ServerName => Some(self.flag(Flag::ServerName)),
            Key::Method | Key::Path | Key::Host => Some(self.flag(Flag::Http)),
            Key::Port | Key::Source | Key::Remote(_) | Key::ExtraHeader(_) => None,
            Key::Header(_) | Key::Claim(_) | Key::Consent(_) | Key::Line(_) | Key::Query(_) => return,
        };
        self.assert(&match there {
            Some(flag) => flag.implies(some),
            None => some,
        });
    }
}

/// All sets of patterns that some text matches while it matches no other, found by splitting on one pattern after another.
fn classes(attribute: &Attribute) -> Option<Vec<Class>> {
    let mut found: Vec<(Class, Class)> = vec![(Vec::new(), Vec::new())];
    for pattern in 0..attribute.patterns.len() {
        let mut next = Vec::new();
        for (yes, no) in &found {
            for (more_yes, more_no) in [(vec![pattern], vec![]), (vec![], vec![pattern])] {
                let side = ([yes.as_slice(), &more_yes].concat(), [no.as_slice(), &more_no].concat());
                match attribute.find(&side.0, &side.1) {
                    Verdict::Text(_) => next.push(side),
                    Verdict::Conflict(..) => {}
                    Verdict::GaveUp(_) => return None,
                }
            }
        }
        found = next;
        if found.len() > CLASSES {
            return None;
        }
    }
    Some(found.into_iter().map(|(yes, _)| yes).collect())
}

/// Policies at random, the same as in the other tests.
#[path = "../../tests/support/mod.rs"]
pub(crate) mod support;

mod tests {
    use mp_ir::plan::EnforcementPoint;

    use super::support::{Dice, policies, side};
    use super::*;
    use crate::ask::engine_for;
    use crate::encode::{self, View};
    use crate::engine::Outcome;

    /// What some request does that the second point admits and the first refuses, by one encoding.
    fn gained(a: &EnforcementPoint, b: &EnforcementPoint, plain: bool) -> Option<bool> {
        let mut engine = engine_for(&[a, b]);
        let first = encode::answer(&mut engine, a, &View::default());
        let second = encode::answer(&mut engine, b, &View::default());
        let goal = Bool::and(&[second.admitted, first.admitted.not()]);
        if plain {
            engine.enumerate()?;
        }
        match engine.solve(&goal) {
            Outcome::Sat(_) => Some(true),
            Outcome::Unsat(_) => Some(false),
            Outcome::Unknown(_) => None,
        }
    }

    /// Whether the plain encoding alone, without any automaton looking at its models, finds a model.
    fn propositional(a: &EnforcementPoint, b: &EnforcementPoint) -> Option<bool> {
        let mut engine = engine_for(&[a, b]);
        let first = encode::answer(&mut engine, a, &View::default());
        let second = encode::answer(&mut engine, b, &View::default());
        engine.enumerate()?;
        let mut assumptions: Vec<Bool> = engine.guards.iter().map(|guard| guard.selector.clone()).collect();
        assumptions.push(second.admitted);
        assumptions.push(first.admitted.not());
        match engine.judge.check(&assumptions) {
            z3::SatResult::Sat => Some(true),
            z3::SatResult::Unsat => Some(false),
            z3::SatResult::Unknown => None,
        }
    }

    #[test]
    fn the_fast_encoding_agrees_with_the_plain_one() {
        let (mut yes, mut no) = (0, 0);
        for round in 0..24 {
            let mut dice = Dice(round * 48_611 + 11);
            let text = policies(&mut dice);
            // Half of the pairs are near misses of each other.
            let other = if round % 2 == 0 {
                format!("{text}{}", policies(&mut dice).replace("name: p", "name: q"))
            } else {
                policies(&mut dice)
            };
            let (a, b) = (side(&text).1, side(&other).1);
            let Some(wanted) = propositional(&a, &b) else { continue };
            assert_eq!(gained(&a, &b, false), Some(wanted), "{round}: fast\n{text}\n=====\n{other}");
            assert_eq!(gained(&a, &b, true), Some(wanted), "{round}: plain\n{text}\n=====\n{other}");
            if wanted { yes += 1 } else { no += 1 }
        }
        assert!(yes > 2 && no > 2, "{yes} gained, {no} not: the generator is one-sided");
    }
}
