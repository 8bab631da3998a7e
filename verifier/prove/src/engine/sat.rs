//! A small solver of clauses, for many small questions over the same clauses.
//!
//! It learns from conflicts as all such solvers do, but it decides variables in the order that it is told and tries the value that it is
//! told. So its first model is the one that comes first in that order, and no second question is needed to make a model canonical.

mod proof;

use proof::Source;

/// A variable or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lit(u32);

impl Lit {
    pub(super) fn new(variable: u32, yes: bool) -> Self {
        Self(variable << 1 | u32::from(!yes))
    }

    pub(super) fn not(self) -> Self {
        Self(self.0 ^ 1)
    }

    fn is_yes(self) -> bool {
        self.0 & 1 == 0
    }

    fn variable(self) -> usize {
        self.index() >> 1
    }

    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Values stand until the next question or clause.
    Model,
    /// These assumptions cannot hold together.
    Core(Vec<Lit>),
    /// More conflicts than allowed.
    GaveUp,
}

#[derive(Clone, Copy, Debug, Default)]
struct Variable {
    value: Option<bool>,
    /// How many decisions stand before it.
    level: usize,
    /// The clause that forces it; none for decisions.
    reason: Option<usize>,
    seen: bool,
}

/// A clause that is looked at when a literal becomes false, unless the other literal is true.
#[derive(Clone, Copy, Debug)]
struct Watch {
    clause: usize,
    other: Lit,
}

/// What a clause says when one of its watched literals becomes false.
enum Visit {
    Satisfied(Lit),
    /// Another literal is watched from now on.
    Moved(Lit, Lit),
    Forces(Lit),
    Broken,
}

#[derive(Debug, Default)]
pub(super) struct Sat {
    variables: Vec<Variable>,
    clauses: Vec<Vec<Lit>>,
    /// By clause.
    sources: Vec<Vec<Source>>,
    /// Clauses that made the last question impossible.
    blamed: Vec<usize>,
    /// By literal.
    watches: Vec<Vec<Watch>>,
    trail: Vec<Lit>,
    /// Where each decision stands on the trail.
    decisions: Vec<usize>,
    /// How much of the trail is propagated.
    done: usize,
    /// The clauses contradict each other.
    broken: bool,
    /// The assumptions of the last question, each the decision of its place.
    assumed: Vec<Lit>,
}

fn value(variables: &[Variable], lit: Lit) -> Option<bool> {
    variables.get(lit.variable())?.value.map(|value| value == lit.is_yes())
}

impl Sat {
    pub(super) fn fresh(&mut self) -> u32 {
        let number = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
        self.variables.push(Variable::default());
        self.watches.extend([Vec::new(), Vec::new()]);
        number
    }

    pub(super) fn value(&self, lit: Lit) -> Option<bool> {
        value(&self.variables, lit)
    }

    fn level(&self, lit: Lit) -> usize {
        self.variables.get(lit.variable()).map_or(0, |variable| variable.level)
    }

    /// Adds a clause for good, with a number for what it says, unless it says nothing by itself; the values of the last model are gone.
    pub(super) fn clause(&mut self, lits: &[Lit], said: Option<u32>) {
        self.back_to(0);
        let mut lits: Vec<Lit> = lits.to_vec();
        lits.sort_unstable();
        lits.dedup();
        let opposite = lits.iter().any(|lit| lits.binary_search(&lit.not()).is_ok());
        if opposite || lits.iter().any(|lit| self.value(*lit) == Some(true)) {
            return;
        }
        let (left, gone): (Vec<Lit>, Vec<Lit>) = lits.into_iter().partition(|lit| self.value(*lit).is_none());
        let mut sources: Vec<Source> = said.map(Source::Said).into_iter().collect();
        sources.extend(gone.iter().filter_map(|lit| self.reason(*lit)).map(Source::Clause));
        let (first, alone) = (left.first().copied(), left.len() == 1);
        let clause = self.attach(left, sources);
        match first {
            None => self.contradict(clause),
            Some(one) if alone => self.force(one, Some(clause)),
            Some(_) => {}
        }
    }

    /// Watches the first two literals.
    fn attach(&mut self, lits: Vec<Lit>, sources: Vec<Source>) -> usize {
        let clause = self.clauses.len();
        if let [first, second, ..] = *lits.as_slice() {
            for (lit, other) in [(first, second), (second, first)] {
                if let Some(list) = self.watches.get_mut(lit.index()) {
                    list.push(Watch { clause, other });
                }
            }
        }
        self.clauses.push(lits);
        self.sources.push(sources);
        clause
    }

    fn force(&mut self, lit: Lit, reason: Option<usize>) {
        let level = self.decisions.len();
        if let Some(variable) = self.variables.get_mut(lit.variable()) {
            *variable = Variable { value: Some(lit.is_yes()), level, reason, seen: false };
        }
        self.trail.push(lit);
    }

    fn decide(&mut self, lit: Option<Lit>) {
        self.decisions.push(self.trail.len());
        if let Some(lit) = lit {
            self.force(lit, None);
        }
    }

    fn back_to(&mut self, level: usize) {
        let Some(keep) = self.decisions.get(level).copied() else { return };
        for lit in self.trail.drain(keep..) {
            if let Some(variable) = self.variables.get_mut(lit.variable()) {
                variable.value = None;
            }
        }
        self.decisions.truncate(level);
        self.done = self.done.min(keep);
    }

    /// Follows what is forced; the clause that breaks, if one does.
    fn propagate(&mut self) -> Option<usize> {
        while let Some(lit) = self.trail.get(self.done).copied() {
            self.done += 1;
            let wrong = lit.not();
            let mut list = self.watches.get_mut(wrong.index()).map(std::mem::take).unwrap_or_default();
            let mut broken = None;
            list.retain_mut(|watch| broken.is_some() || self.stays(wrong, watch, &mut broken));
            if let Some(slot) = self.watches.get_mut(wrong.index()) {
                *slot = list;
            }
            if broken.is_some() {
                return broken;
            }
        }
        None
    }

    /// Looks at a clause; whether it still watches the literal.
    fn stays(&mut self, wrong: Lit, watch: &mut Watch, broken: &mut Option<usize>) -> bool {
        if self.value(watch.other) == Some(true) {
            return true;
        }
        match self.visit(watch.clause, wrong) {
            Visit::Satisfied(by) => watch.other = by,
            Visit::Moved(to, other) => {
                if let Some(list) = self.watches.get_mut(to.index()) {
                    list.push(Watch { clause: watch.clause, other });
                }
                return false;
            }
            Visit::Forces(lit) => self.force(lit, Some(watch.clause)),
            Visit::Broken => *broken = Some(watch.clause),
        }
        true
    }

    fn visit(&mut self, clause: usize, wrong: Lit) -> Visit {
        let Some([first, second, rest @ ..]) = self.clauses.get_mut(clause).map(Vec::as_mut_slice) else {
            return Visit::Satisfied(wrong);
        };
        if *first == wrong {
            std::mem::swap(first, second);
        }
        let known = value(&self.variables, *first);
        if known == Some(true) {
            return Visit::Satisfied(*first);
        }
        if let Some(free) = rest.iter_mut().find(|lit| value(&self.variables, **lit) != Some(false)) {
            std::mem::swap(second, free);
            return Visit::Moved(*second, *first);
        }
        if known == Some(false) { Visit::Broken } else { Visit::Forces(*first) }
    }

    /// A model that comes first in `order`, whose literals are the values to try; assumptions come before all.
    pub(super) fn solve(&mut self, assumptions: &[Lit], order: &[Lit], conflicts: usize) -> Found {
        // What the assumptions in front force is known from the question before, where it had the same.
        let same = self.assumed.iter().zip(assumptions).take_while(|(a, b)| a == b).count();
        self.back_to(same);
        self.assumed = assumptions.to_vec();
        let (mut left, mut next) = (conflicts, 0);
        while !self.broken {
            if let Some(clause) = self.propagate() {
                next = 0;
                if self.decisions.is_empty() {
                    self.contradict(clause);
                } else if left == 0 {
                    self.back_to(0);
                    return Found::GaveUp;
                } else {
                    left -= 1;
                    self.learn(clause);
                }
                continue;
            }
            if let Some(lit) = assumptions.get(self.decisions.len()) {
                match self.value(*lit) {
                    Some(true) => self.decide(None),
                    Some(false) => return Found::Core(self.blame(*lit)),
                    None => self.decide(Some(*lit)),
                }
                continue;
            }
            let open = |lit: &&Lit| self.value(**lit).is_none();
            let rest = order.get(next..).unwrap_or_default();
            match rest.iter().enumerate().find(|(_, lit)| open(lit)) {
                None => return Found::Model,
                Some((skipped, lit)) => {
                    next += skipped;
                    self.decide(Some(*lit));
                }
            }
        }
        Found::Core(Vec::new())
    }

    /// Learns why a clause breaks, and goes back to where that would have mattered first.
    fn learn(&mut self, clause: usize) {
        let here = self.decisions.len();
        let mut learnt: Vec<Lit> = Vec::new();
        let mut marked: Vec<Lit> = Vec::new();
        let (mut open, mut at, mut reason) = (0_usize, self.trail.len(), Some(clause));
        let mut pivot: Option<Lit> = None;
        let mut sources = Vec::new();
        loop {
            sources.extend(reason.map(Source::Clause));
            for lit in self.others(reason, pivot) {
                let level = self.level(lit);
                if level == 0 || !self.mark(lit) {
                    continue;
                }
                marked.push(lit);
                if level == here { open += 1 } else { learnt.push(lit) }
            }
            let Some(lit) = self.last_marked(&mut at) else { break };
            open = open.saturating_sub(1);
            pivot = Some(lit);
            if open == 0 {
                break;
            }
            reason = self.reason(lit);
        }
        marked.iter().for_each(|lit| self.unmark(*lit));
        let Some(pivot) = pivot else { return };
        learnt.sort_by_key(|lit| std::cmp::Reverse(self.level(*lit)));
        let back = learnt.first().map_or(0, |lit| self.level(*lit));
        self.back_to(back);
        learnt.insert(0, pivot.not());
        let clause = self.attach(learnt, sources);
        self.force(pivot.not(), Some(clause));
    }

    /// The literals of a clause but for the one that it forces.
    fn others(&self, clause: Option<usize>, forced: Option<Lit>) -> Vec<Lit> {
        let lits = clause.and_then(|clause| self.clauses.get(clause)).map_or(&[][..], Vec::as_slice);
        lits.iter().copied().filter(|lit| Some(*lit) != forced).collect()
    }

    /// The last literal of the trail before a place that is marked.
    fn last_marked(&self, at: &mut usize) -> Option<Lit> {
        while let Some(before) = at.checked_sub(1) {
            *at = before;
            let lit = *self.trail.get(before)?;
            if self.variables.get(lit.variable()).is_some_and(|variable| variable.seen) {
                return Some(lit);
            }
        }
        None
    }

    /// Marks a variable; false when it is marked already.
    fn mark(&mut self, lit: Lit) -> bool {
        self.variables
            .get_mut(lit.variable())
            .is_some_and(|variable| !std::mem::replace(&mut variable.seen, true))
    }

    fn unmark(&mut self, lit: Lit) {
        if let Some(variable) = self.variables.get_mut(lit.variable()) {
            variable.seen = false;
        }
    }

    /// The assumptions that make another one false, and that one.
    fn blame(&mut self, wrong: Lit) -> Vec<Lit> {
        let mut core = vec![wrong];
        let mut marked = vec![wrong];
        self.mark(wrong);
        self.blamed.clear();
        let mut at = self.trail.len();
        while let Some(lit) = self.last_marked(&mut at) {
            let reason = self.reason(lit);
            self.blamed.extend(reason);
            if self.level(lit) == 0 {
                continue;
            }
            match reason {
                None => core.push(lit),
                reason => {
                    for other in self.others(reason, Some(lit)) {
                        if self.mark(other) {
                            marked.push(other);
                        }
                    }
                }
            }
        }
        marked.iter().for_each(|lit| self.unmark(*lit));
        core
    }
}

#[cfg(test)]
mod tests;
