//! Histograms with the buckets of Envoy's Prometheus output.
use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds, after `source/common/stats/histogram_impl.cc`, `HistogramSettingsImpl::defaultBuckets`.
pub(crate) const BOUNDS: [f64; 19] = [
    0.5,
    1.0,
    5.0,
    10.0,
    25.0,
    50.0,
    100.0,
    250.0,
    500.0,
    1000.0,
    2500.0,
    5000.0,
    10000.0,
    30000.0,
    60000.0,
    300_000.0,
    600_000.0,
    1_800_000.0,
    3_600_000.0,
];

/// A distribution of whole numbers.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; 20],
    sum: AtomicU64,
}

/// A histogram at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// Values at or below each bound of [`BOUNDS`].
    pub(crate) cumulative: Vec<u64>,
    /// Number of values.
    pub(crate) count: u64,
    /// Sum of the values.
    pub(crate) sum: u64,
}

impl Histogram {
    /// Adds a value.
    pub(crate) fn record(&self, value: u64) {
        let index = BOUNDS.partition_point(|bound| *bound < value as f64);
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// The histogram as it is now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut count = 0;
        let mut cumulative = Vec::with_capacity(BOUNDS.len());
        for bucket in &self.buckets {
            count += bucket.load(Ordering::Relaxed);
            cumulative.push(count);
        }
        cumulative.truncate(BOUNDS.len());
        Snapshot { cumulative, count, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl Snapshot {
    /// A quantile between 0 and 1, interpolated within its bucket.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.count as f64;
        let mut before = (0.0, 0.0);
        for (bound, count) in BOUNDS.iter().zip(&self.cumulative) {
            let count = *count as f64;
            if count >= wanted && count > before.1 {
                let part = ((wanted - before.1) / (count - before.1)).clamp(0.0, 1.0);
                return before.0 + (bound - before.0) * part;
            }
            before = (*bound, count);
        }
        before.0
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn buckets_count_what_is_at_or_below_their_bound() {
        let histogram = Histogram::default();
        for value in [0, 1, 5, 6, 4_000_000] {
            histogram.record(value);
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.cumulative[..4], [1, 2, 3, 4]);
        assert_eq!((snapshot.count, snapshot.sum, snapshot.cumulative[18]), (5, 4_000_012, 4));
        assert!(snapshot.quantile(0.5) <= 5.0 && snapshot.quantile(0.5) > 1.0);
    }
}
