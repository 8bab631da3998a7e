//! What a question was impossible because of.

use super::{Lit, Sat};

/// What a clause follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Somebody said so, by the number that it was given then.
    Said(u32),
    /// Another clause, by its place.
    Clause(usize),
}

impl Sat {
    /// From now on nothing is possible, because of a clause.
    pub(super) fn contradict(&mut self, clause: usize) {
        self.broken = true;
        self.blamed = vec![clause];
    }

    /// The clause that forces a literal.
    pub(super) fn reason(&self, lit: Lit) -> Option<usize> {
        self.variables.get(lit.variable()).and_then(|variable| variable.reason)
    }

    /// The numbers of what was said that the last question was impossible because of: enough of them, and maybe more.
    pub(in crate::engine) fn used(&self) -> Vec<u32> {
        let (mut out, mut todo) = (Vec::new(), self.blamed.clone());
        let mut known = vec![false; self.clauses.len()];
        while let Some(clause) = todo.pop() {
            if known.get_mut(clause).is_none_or(|known| std::mem::replace(known, true)) {
                continue;
            }
            for source in self.sources.get(clause).into_iter().flatten() {
                match source {
                    Source::Said(number) => out.push(*number),
                    Source::Clause(clause) => todo.push(*clause),
                }
            }
            // What is false for good is left out of what is learnt.
            let fixed = |lit: &&Lit| self.value(**lit).is_some() && self.level(**lit) == 0;
            let lits = self.clauses.get(clause).into_iter().flatten().filter(fixed);
            todo.extend(lits.filter_map(|lit| self.reason(*lit)));
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}
