//! What formulas speak of.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use mp_ir::plan::Policy;

use crate::formula::Bool;

use super::sat::Lit;
use super::{Engine, Known};
use crate::assignment::{FLAGS, Flag};
use crate::space::Key;

/// Atoms and guards by their place in the engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Cone {
    pub(super) atoms: BTreeSet<usize>,
    pub(super) guards: BTreeSet<usize>,
}

impl Cone {
    fn extend(&mut self, other: &Cone) {
        self.atoms.extend(&other.atoms);
        self.guards.extend(&other.guards);
    }
}

/// What something said, to be said again.
#[derive(Clone, Debug)]
pub(crate) struct Scope(Rc<Cone>);

/// What a question speaks of.
#[derive(Debug)]
pub(super) struct Spoken {
    /// The values that a model should have, those first that matter most to a reader; then the guards, whose values nobody reads.
    pub(super) order: Vec<Lit>,
    /// Attribute, and its atoms as pairs of pattern and atom.
    pub(super) attributes: Vec<(usize, Vec<(usize, usize)>)>,
}

impl Engine {
    /// Begins a question: what was said since the first one began is of no concern to it.
    pub(crate) fn begin(&mut self) {
        self.cones.truncate(1);
        let always = self.cones.first().cloned().unwrap_or_default();
        self.cones.push(always);
    }

    /// Does something, and tells what it spoke of.
    pub(crate) fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> (T, Scope) {
        let (made, scope) = self.aside(make);
        self.again(&scope);
        (made, scope)
    }

    /// The same, and the question does not speak of it until somebody says so.
    pub(crate) fn aside<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> (T, Scope) {
        self.cones.push(Cone::default());
        let made = make(self);
        (made, Scope(Rc::new(self.cones.pop().unwrap_or_default())))
    }

    /// Speaks of the same once more.
    pub(crate) fn again(&mut self, scope: &Scope) {
        if let Some(cone) = self.cones.last_mut() {
            cone.extend(&scope.0);
        }
    }

    /// The formula of something, made once and then known by what the thing says.
    pub(crate) fn defined(&mut self, says: &impl Hash, make: impl FnOnce(&mut Self) -> Bool) -> Bool {
        let key = digest(says);
        if let Some(Known { formula, scope }) = self.known.get(&key).cloned() {
            self.again(&scope);
            return formula;
        }
        let (formula, scope) = self.scoped(make);
        self.known.insert(key, Known { formula: formula.clone(), scope });
        formula
    }

    /// Remembers what a policy says, which must stand where it stands as long as there is this engine.
    pub(crate) fn remember(&mut self, policy: &Policy) {
        // INVARIANT: no other policy gets this address while the policy lives.
        self.said.insert(std::ptr::from_ref(policy).addr(), digest(policy));
    }

    /// What a policy says, in short.
    pub(crate) fn said(&self, policy: &Policy) -> u128 {
        let known = self.said.get(&std::ptr::from_ref(policy).addr());
        known.copied().unwrap_or_else(|| digest(policy))
    }

    pub(super) fn spoken(&mut self, cone: &Cone) -> Spoken {
        // A caller with an identity has one, whether or not anything asks which.
        let always = self.attribute(&Key::Peer);
        let mut attributes: Vec<(usize, Vec<(usize, usize)>)> =
            (0..self.attributes.len()).map(|at| (at, Vec::new())).collect();
        for at in &cone.atoms {
            let Some(atom) = self.atoms.get(*at) else { continue };
            if let Some((_, atoms)) = attributes.get_mut(atom.attribute) {
                atoms.push((atom.pattern, *at));
            }
        }
        attributes.retain(|(at, atoms)| !atoms.is_empty() || Some(*at) == always);
        let mut wishes: Vec<(Bool, bool)> =
            FLAGS.into_iter().map(|flag| (self.flag(flag), matches!(flag, Flag::Http))).collect();
        let atoms = self.reading_order(&attributes).into_iter();
        wishes.extend(atoms.filter_map(|(at, liked)| Some((self.atoms.get(at)?.literal.clone(), liked))));
        let guards = cone.guards.iter().filter_map(|at| self.guards.get(*at));
        wishes.extend(guards.map(|guard| (guard.stands.clone(), true)));
        let mut wish = |(literal, yes): &(Bool, bool)| {
            let lit = self.search.lit(literal, true);
            if *yes { lit } else { lit.not() }
        };
        let order = wishes.iter().map(&mut wish).collect();
        Spoken { order, attributes }
    }

    /// The attribute with the most patterns, and how many those are.
    pub(super) fn widest(&self, spoken: &Spoken) -> Option<(&Key, usize)> {
        let (at, atoms) = spoken.attributes.iter().max_by_key(|(_, atoms)| atoms.len())?;
        Some((&self.attributes.get(*at)?.key, atoms.len()))
    }
}

/// Two hashes with different beginnings: that two different parts share both does not happen.
fn digest(says: &impl Hash) -> u128 {
    let half = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        says.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0x9E37_79B9_7F4A_7C15) << 64 | half(0xC2B2_AE3D_27D4_EB4F)
}
