//! Answers that do not depend on the solver: the model that reads best, and the reasons that come first.

use crate::formula::Bool;

use super::cone::{Cone, Spoken};
use super::theory::{Left, Proof};
use super::{Engine, Hard, Reason};
use crate::assignment::{Assignment, FLAGS, Flag};
use crate::space::{Key, Pattern};

/// Reasons that are found needed before a search ends; more of them nobody reads, and each costs a model.
const REASONS: usize = 24;

impl Engine {
    /// Goes from a model of z3 to the one that reads best: liked literals first, then as few positive patterns as possible.
    /// The result does not depend on which model the solver found.
    pub(super) fn readable(
        &mut self,
        mut fixed: Vec<Bool>,
        mut found: Assignment,
        spoken: &Spoken,
    ) -> Result<Assignment, Hard> {
        for (place, flag) in FLAGS.into_iter().enumerate() {
            let liked = matches!(flag, Flag::Http);
            let literal = self.flag(flag);
            let value = |found: &Assignment| found.flags.get(place).copied().unwrap_or(false);
            self.settle((&literal, liked), &mut fixed, &mut found, spoken, value)?;
        }
        for (at, liked) in self.reading_order(&spoken.attributes) {
            let Some(literal) = self.atoms.get(at).map(|atom| atom.literal.clone()) else { continue };
            let value = |found: &Assignment| found.atoms.get(at).copied().unwrap_or(false);
            self.settle((&literal, liked), &mut fixed, &mut found, spoken, value)?;
        }
        Ok(found)
    }

    /// The atoms of a question in the order in which they are settled, each with the value that is liked.
    pub(super) fn reading_order(&self, attributes: &[(usize, Vec<(usize, usize)>)]) -> Vec<(usize, bool)> {
        let mut free: Vec<(&Key, &Pattern, usize)> = Vec::new();
        for (attribute, atoms) in attributes {
            let Some(attribute) = self.attributes.get(*attribute) else { continue };
            let named = atoms.iter().filter(|(_, at)| !self.liked.contains(at));
            free.extend(
                named.filter_map(|(pattern, at)| {
                    Some((&attribute.key, attribute.patterns.get(*pattern)?, *at))
                }),
            );
        }
        free.sort();
        let liked = self.liked.iter().map(|at| (*at, true));
        liked.chain(free.into_iter().map(|(_, _, at)| (at, false))).collect()
    }

    fn settle(
        &mut self,
        (literal, liked): (&Bool, bool),
        fixed: &mut Vec<Bool>,
        found: &mut Assignment,
        spoken: &Spoken,
        value: impl Fn(&Assignment) -> bool,
    ) -> Result<(), Hard> {
        fixed.push(if liked { literal.clone() } else { literal.not() });
        if value(found) == liked {
            return Ok(());
        }
        match self.theory(fixed, spoken)? {
            Left::Best(better) | Left::One(better) => *found = better,
            Left::Nothing(_) => {
                fixed.pop();
                fixed.push(if liked { literal.not() } else { literal.clone() });
            }
        }
        Ok(())
    }

    /// Guards that leave nothing, after an unsatisfiable answer: none can be missed, and of several such sets the one whose
    /// members stand first. Cores only save checks, so that the answer does not depend on which cores are found.
    pub(super) fn reasons(
        &mut self,
        wanted: &Bool,
        cone: &Cone,
        spoken: &Spoken,
    ) -> Result<Vec<Reason>, Hard> {
        let selectors = self.selectors(cone);
        let mut needed: Vec<usize> = Vec::new();
        // Those before this place are not judged yet; those behind it are needed, or out.
        let mut open = selectors.len();
        let mut core: Vec<usize> = (0..open).collect();
        let mut given = selectors.clone();
        let mut proof = Proof::default();
        loop {
            // The first check only asks for a core: it has all guards.
            if let Ok(Left::Nothing(found)) = self.without(wanted, &given, spoken) {
                let left: Vec<usize> = (0..open).chain(needed.iter().copied()).collect();
                core = found.places.iter().filter_map(|place| left.get(*place).copied()).collect();
                proof = found;
            } else {
                needed.push(open);
            }
            let Some(last) = core.iter().copied().filter(|at| *at < open).max() else {
                open = 0;
                break;
            };
            if needed.len() >= REASONS {
                open = last + 1;
                break;
            }
            open = last;
            given =
                (0..open).chain(needed.iter().copied()).filter_map(|at| selectors.get(at).cloned()).collect();
        }
        let kept: Vec<usize> = (0..open).chain(needed).collect();
        // Those that the last proof needs are all among those that are kept.
        self.proved(wanted, cone, (&kept, &proof), spoken)
    }

    /// What these guards and the question leave.
    fn without(&mut self, wanted: &Bool, given: &[Bool], spoken: &Spoken) -> Result<Left, Hard> {
        self.theory(&[given, std::slice::from_ref(wanted)].concat(), spoken)
    }

    /// The reasons of guards that suffice, as z3 confirms.
    fn proved(
        &mut self,
        wanted: &Bool,
        cone: &Cone,
        (kept, proof): (&[usize], &Proof),
        spoken: &Spoken,
    ) -> Result<Vec<Reason>, Hard> {
        let guards: Vec<usize> = cone.guards.iter().copied().collect();
        let guards = kept.iter().filter_map(|at| self.guards.get(*guards.get(*at)?));
        let (mut reasons, mut assumptions) = (Vec::new(), vec![wanted.clone()]);
        for guard in guards {
            reasons.push(guard.reason.clone());
            assumptions.push(guard.selector.clone());
        }
        self.confirm(assumptions, proof, spoken)?;
        reasons.sort();
        reasons.dedup();
        Ok(reasons)
    }
}
