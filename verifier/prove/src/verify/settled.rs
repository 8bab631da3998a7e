//! What points have settled for all points behind them, while several are looked at at once.
//!
//! A point may skip what one before it has settled, because its own answer would not be read: the report is that of going through
//! the points one by one, whichever thread is faster.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The first point, by place, that settled each thing.
#[derive(Debug)]
pub(super) struct Settled<K>(Mutex<BTreeMap<K, usize>>);

impl<K: Ord> Settled<K> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Whether a point before this one has settled it.
    pub(super) fn before(&self, key: &K, point: usize) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).is_some_and(|first| *first < point)
    }

    /// This point settles it.
    pub(super) fn by(&self, key: K, point: usize) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = known.entry(key).or_insert(point);
        *first = point.min(*first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_points_behind_the_first_one_skip() {
        let settled = Settled::new();
        settled.by("x", 5);
        settled.by("x", 3);
        settled.by("x", 7);
        assert_eq!([2, 3, 4].map(|point| settled.before(&"x", point)), [false, false, true]);
        assert!(!settled.before(&"y", 9));
    }
}
