//! Random choices that a seed repeats.

use serde_json::{Map, Value};

/// A field of an object and what draws its value.
pub(crate) type Field = (&'static str, fn(&mut Dice) -> Value);

/// The same numbers for the same seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        self.roll().checked_rem(bound).and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    }

    /// One of several; nothing of none.
    pub(crate) fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        let at = self.below(of.len());
        of.get(at)
    }

    /// One of several texts; the empty one of none.
    pub(crate) fn word<'t>(&mut self, of: &[&'t str]) -> &'t str {
        self.one(of).copied().unwrap_or_default()
    }

    /// True once in so many times.
    pub(crate) fn chance(&mut self, of: u64) -> bool {
        self.roll().is_multiple_of(of)
    }

    /// A value of several.
    pub(crate) fn value(&mut self, of: &[Value]) -> Value {
        self.one(of).cloned().unwrap_or_default()
    }

    /// A number from `least` to `most`.
    pub(crate) fn number(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least + 1)
    }

    /// An object with each of some fields once in so many times.
    pub(crate) fn some(&mut self, of: u64, fields: &[Field]) -> Value {
        let mut out = Map::new();
        for (name, make) in fields {
            if self.chance(of) {
                out.insert((*name).to_owned(), make(self));
            }
        }
        Value::Object(out)
    }
}
