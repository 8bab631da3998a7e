//! Propositional formulas as shared graphs.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// Things by the identity of a node. Identities are spread well enough by one multiplication, and nobody chooses them.
pub(crate) type ByIdentity<T> = HashMap<usize, T, BuildHasherDefault<Spread>>;

/// Hashes a few whole numbers that nobody outside chooses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let number = chunk.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
            self.write_u64(number);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn finish(&self) -> u64 {
        // The low bits choose the place, and a product mixes upwards.
        self.0 ^ self.0 >> 32
    }
}

/// A formula. A copy is the same node, so that what is shared is translated once.
#[derive(Clone, Debug)]
pub(crate) struct Bool(Rc<Node>);

/// What a formula is made of.
#[derive(Debug)]
pub(crate) enum Node {
    Constant(bool),
    /// By number; the engine counts.
    Variable(u32),
    Not(Bool),
    And(Vec<Bool>),
    Or(Vec<Bool>),
    Same(Bool, Bool),
}

impl Bool {
    fn new(node: Node) -> Self {
        Self(Rc::new(node))
    }

    pub(crate) fn from_bool(value: bool) -> Self {
        Self::new(Node::Constant(value))
    }

    pub(crate) fn variable(number: u32) -> Self {
        Self::new(Node::Variable(number))
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0
    }

    /// The same for copies, and different for formulas that live at the same time.
    pub(crate) fn identity(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    fn constant(&self) -> Option<bool> {
        match self.node() {
            Node::Constant(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn not(&self) -> Self {
        match self.node() {
            Node::Constant(value) => Self::from_bool(!value),
            Node::Not(inner) => inner.clone(),
            _ => Self::new(Node::Not(self.clone())),
        }
    }

    pub(crate) fn and<T: Borrow<Self>>(parts: &[T]) -> Self {
        Self::all(parts, true, Node::And)
    }

    pub(crate) fn or<T: Borrow<Self>>(parts: &[T]) -> Self {
        Self::all(parts, false, Node::Or)
    }

    /// Parts without those that change nothing; the opposite of `neutral` decides.
    fn all<T: Borrow<Self>>(parts: &[T], neutral: bool, make: fn(Vec<Bool>) -> Node) -> Self {
        let parts = parts.iter().map(Borrow::borrow);
        let mut kept: Vec<Bool> = Vec::new();
        for part in parts {
            match part.constant() {
                Some(value) if value == neutral => {}
                Some(value) => return Self::from_bool(value),
                None => kept.push(part.clone()),
            }
        }
        match kept.as_slice() {
            [] => Self::from_bool(neutral),
            [one] => one.clone(),
            _ => Self::new(make(kept)),
        }
    }

    pub(crate) fn implies(&self, other: impl Borrow<Self>) -> Self {
        Self::or(&[&self.not(), other.borrow()])
    }

    pub(crate) fn iff(&self, other: impl Borrow<Self>) -> Self {
        let other = other.borrow();
        match (self.constant(), other.constant()) {
            (Some(true), _) => other.clone(),
            (Some(false), _) => other.not(),
            (_, Some(true)) => self.clone(),
            (_, Some(false)) => self.not(),
            _ => Self::new(Node::Same(self.clone(), other.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_vanish() {
        let (yes, no) = (Bool::from_bool(true), Bool::from_bool(false));
        let x = Bool::variable(7);
        assert_eq!(Bool::and(&[&yes, &x]).identity(), x.identity());
        assert_eq!(Bool::and(&[&x, &no]).constant(), Some(false));
        assert_eq!(Bool::or(&[&x, &yes]).constant(), Some(true));
        assert_eq!(Bool::or::<Bool>(&[]).constant(), Some(false));
        assert_eq!(no.iff(&x).not().identity(), x.identity());
    }
}
