//! Chance that can be repeated.

use serde_json::{Map, Value};

/// The same numbers for the same seed (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of several; nothing of none.
    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        let sides = u64::try_from(of.len()).ok().filter(|sides| *sides > 0)?;
        of.get(usize::try_from(self.roll() % sides).ok()?)
    }

    /// One of several texts; empty of none.
    pub(super) fn word<'t>(&mut self, of: &[&'t str]) -> &'t str {
        self.one(of).copied().unwrap_or_default()
    }

    /// A value of several.
    pub(super) fn value(&mut self, of: &[Value]) -> Value {
        self.one(of).cloned().unwrap_or_default()
    }

    /// True once in so many times.
    pub(super) fn chance(&mut self, of: u64) -> bool {
        self.roll().is_multiple_of(of)
    }

    /// A number from `least` to `most`.
    pub(super) fn number(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least + 1)
    }

    /// An object with each of some fields once in so many times.
    pub(super) fn some(&mut self, of: u64, fields: &[(&str, fn(&mut Dice) -> Value)]) -> Value {
        let mut out = Map::new();
        for (name, make) in fields {
            if self.chance(of) {
                out.insert((*name).to_owned(), make(self));
            }
        }
        Value::Object(out)
    }
}

/// Writes a field of an object.
pub(super) fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// Writes all fields of another object.
pub(super) fn put_all(object: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        put(object, key, value.clone());
    }
}
