//! Answers that do not depend on the solver: the model that reads best, and the reasons that come first.

use z3::ast::Bool;

use super::cone::{Cone, Spoken};
use super::{Engine, Hard, Reason};
use crate::assignment::{Assignment, FLAGS, Flag};
use crate::space::{Key, Pattern};

/// Checks spent on finding the reasons of one answer.
const REASON_TRIES: usize = 200;

/// Reasons that are being found: what suffices is wanted, the earlier the better.
struct Search<'s> {
    wanted: &'s Bool,
    selectors: Vec<Bool>,
    spoken: &'s Spoken,
    /// Sets that are known to suffice.
    cores: Vec<Vec<usize>>,
    tries: usize,
}

impl Engine {
    /// Goes from a model to the one that reads best: liked literals first, then as few positive patterns as possible.
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
        for (at, liked) in self.order(spoken) {
            let Some(literal) = self.atoms.get(at).map(|atom| atom.literal.clone()) else { continue };
            let value = |found: &Assignment| found.atoms.get(at).copied().unwrap_or(false);
            self.settle((&literal, liked), &mut fixed, &mut found, spoken, value)?;
        }
        Ok(found)
    }

    /// The atoms of a question in the order in which they are settled, each with the value that is liked.
    fn order(&self, spoken: &Spoken) -> Vec<(usize, bool)> {
        let mut free: Vec<(&Key, &Pattern, usize)> = Vec::new();
        for (attribute, atoms) in &spoken.attributes {
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
            Some(better) => *found = better,
            None => {
                fixed.pop();
                fixed.push(if liked { literal.not() } else { literal.clone() });
            }
        }
        Ok(())
    }

    /// Guards that leave nothing, after an unsatisfiable answer: none can be missed, and of several such sets the one whose
    /// members stand first. Cores of the solver only save checks.
    pub(super) fn reasons(&mut self, wanted: &Bool, cone: &Cone, spoken: &Spoken) -> Vec<Reason> {
        let guards: Vec<usize> = cone.guards.iter().copied().collect();
        let selectors = self.selectors(cone);
        let mut search = Search { wanted, selectors, spoken, cores: Vec::new(), tries: 0 };
        let first = self.core(&search);
        search.cores.push(first.clone());
        let all: Vec<usize> = (0..guards.len()).collect();
        let kept = match self.suffices(&mut search, &[]) {
            true => Vec::new(),
            false => self.preferred(&mut search, &[], false, &all),
        };
        // A search that was cut short keeps what it could not judge; the solver's own core is smaller.
        let kept = if search.tries > REASON_TRIES { first } else { kept };
        let guard = |at: &usize| guards.get(*at).and_then(|at| self.guards.get(*at));
        let mut out: Vec<Reason> = kept.iter().filter_map(guard).map(|(_, reason)| reason.clone()).collect();
        out.sort();
        out.dedup();
        out
    }

    /// What of `rest` is needed beside `given`, by halving (QuickXplain).
    fn preferred(
        &mut self,
        search: &mut Search<'_>,
        given: &[usize],
        grown: bool,
        rest: &[usize],
    ) -> Vec<usize> {
        if grown && self.suffices(search, given) {
            return Vec::new();
        }
        if rest.len() <= 1 {
            return rest.to_vec();
        }
        let (first, second) = rest.split_at_checked(rest.len() / 2).unwrap_or((rest, &[]));
        let with = |more: &[usize]| [given, more].concat();
        let late = self.preferred(search, &with(first), !first.is_empty(), second);
        let early = self.preferred(search, &with(&late), !late.is_empty(), first);
        [early, late].concat()
    }

    /// Whether these guards alone are known to leave nothing.
    fn suffices(&mut self, search: &mut Search<'_>, set: &[usize]) -> bool {
        if search.cores.iter().any(|core| core.iter().all(|at| set.contains(at))) {
            return true;
        }
        search.tries += 1;
        if search.tries > REASON_TRIES {
            return false;
        }
        let selector = |at: &usize| search.selectors.get(*at).cloned();
        let mut assumptions: Vec<Bool> = set.iter().filter_map(selector).collect();
        assumptions.push(search.wanted.clone());
        let nothing = matches!(self.theory(&assumptions, search.spoken), Ok(None));
        if nothing {
            let core = self.core(search);
            search.cores.push(core);
        }
        nothing
    }

    /// The solver's last core, as places in the list of selectors.
    fn core(&self, search: &Search<'_>) -> Vec<usize> {
        let core = self.solver.get_unsat_core();
        let places = search.selectors.iter().enumerate();
        places.filter(|(_, selector)| core.contains(selector)).map(|(at, _)| at).collect()
    }
}
