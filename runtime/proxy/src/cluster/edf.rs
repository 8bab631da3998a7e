//! Earliest deadline first: weighted picks without a cycle, as `source/common/upstream/edf_scheduler.h` makes them.
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A scheduler over the indices of a list.
#[derive(Debug, Default)]
pub(super) struct Edf {
    heap: BinaryHeap<Entry>,
    now: f64,
    order: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    deadline: f64,
    order: u64,
    index: usize,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The heap gives its greatest entry first: the one with the earliest deadline, then the one added first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.deadline.total_cmp(&self.deadline).then(other.order.cmp(&self.order))
    }
}

impl Edf {
    /// A scheduler over these weights; entries without weight are never picked.
    pub(super) fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut edf = Self::default();
        for (index, weight) in weights.enumerate() {
            if weight > 0.0 {
                edf.add(index, weight);
            }
        }
        edf
    }

    fn add(&mut self, index: usize, weight: f64) {
        self.heap.push(Entry { deadline: self.now + 1.0 / weight, order: self.order, index });
        self.order += 1;
    }

    /// The next index; `weight` tells what it weighs from now on.
    pub(super) fn pick(&mut self, weight: impl Fn(usize) -> f64) -> Option<usize> {
        let entry = self.heap.pop()?;
        self.now = entry.deadline;
        self.add(entry.index, weight(entry.index).max(f64::MIN_POSITIVE));
        Some(entry.index)
    }
}

#[cfg(test)]
mod tests {
    use super::Edf;

    #[test]
    fn picks_follow_weights_and_the_order_of_adding() {
        let weights = [1.0, 3.0, 0.0];
        let mut edf = Edf::new(weights.iter().copied());
        let picks: Vec<_> = (0..8).filter_map(|_| edf.pick(|i| weights[i])).collect();
        assert_eq!(picks.iter().filter(|p| **p == 1).count(), 6);
        assert_eq!(picks[..4], [1, 1, 0, 1]);
        assert!(Edf::new([0.0].into_iter()).pick(|_| 1.0).is_none());
    }
}
