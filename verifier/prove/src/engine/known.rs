//! Requests that were found for one question, as answers to others.

use super::{Engine, Meaning};
use crate::assignment::{Assignment, FLAGS};
use crate::formula::{Bool, ByIdentity, Node};

/// A request with what is known of formulas on it.
#[derive(Debug)]
pub(crate) struct Known {
    found: Assignment,
    /// By the identity of a formula, which is kept, so that no other one gets the same identity.
    values: ByIdentity<(bool, Bool)>,
    /// By place of an atom.
    atoms: Vec<Option<bool>>,
    /// How deep the formula is that is being looked at.
    depth: usize,
}

/// Formulas nest as deep as there are rules. Beyond this depth the guess is no, rather than a full stack.
const DEPTH: usize = 400;

impl Known {
    pub(crate) fn new(found: Assignment) -> Self {
        Self { found, values: ByIdentity::default(), atoms: Vec::new(), depth: 0 }
    }
}

impl Engine {
    /// Whether a request meets a formula, as far as its texts tell. A guess for the replay to confirm: what no question asked of the
    /// request has no text, and matches nothing here.
    pub(crate) fn meets(&self, known: &mut Known, formula: &Bool) -> bool {
        match formula.node() {
            Node::Constant(value) => return *value,
            Node::Not(inner) => return !self.meets(known, inner),
            Node::Variable(number) => return self.variable(known, *number, formula),
            Node::And(_) | Node::Or(_) | Node::Same(..) => {}
        }
        if let Some((value, _)) = known.values.get(&formula.identity()) {
            return *value;
        }
        if known.depth >= DEPTH {
            return false;
        }
        known.depth += 1;
        let value = match formula.node() {
            Node::And(parts) => parts.iter().all(|part| self.meets(known, part)),
            Node::Or(parts) => parts.iter().any(|part| self.meets(known, part)),
            Node::Same(a, b) => self.meets(known, a) == self.meets(known, b),
            Node::Constant(_) | Node::Not(_) | Node::Variable(_) => false,
        };
        known.depth -= 1;
        known.values.insert(formula.identity(), (value, formula.clone()));
        value
    }

    fn variable(&self, known: &mut Known, number: u32, formula: &Bool) -> bool {
        match self.meanings.get(&number) {
            Some(Meaning::Atom(at)) => self.atom_of(known, *at),
            Some(Meaning::Same(inner)) => self.meets(known, inner),
            None => {
                let flag = self.flags.iter().position(|flag| flag.identity() == formula.identity());
                flag.and_then(|at| FLAGS.get(at)).is_some_and(|flag| known.found.flag(*flag))
            }
        }
    }

    fn atom_of(&self, known: &mut Known, at: usize) -> bool {
        if known.atoms.len() <= at {
            known.atoms.resize(self.atoms.len(), None);
        }
        if let Some(Some(value)) = known.atoms.get(at) {
            return *value;
        }
        let value = self.matches(&known.found, at).unwrap_or(false);
        if let Some(slot) = known.atoms.get_mut(at) {
            *slot = Some(value);
        }
        value
    }

    fn matches(&self, found: &Assignment, at: usize) -> Option<bool> {
        let atom = self.atoms.get(at)?;
        let attribute = self.attributes.get(atom.attribute)?;
        let texts = found.texts.get(&attribute.key)?;
        Some(texts.iter().any(|text| attribute.matches(atom.pattern, text) == Some(true)))
    }
}
