//! Histograms as Envoy keeps them: values count in buckets of two significant digits (`openhistogram/libcircllhist`), and what is
//! shown is worked out from those.
use std::sync::{Mutex, PoisonError};

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

/// A distribution of whole numbers; takes memory for the buckets that values fell into.
#[derive(Debug, Default)]
pub(crate) struct Histogram(Mutex<Vec<(Bucket, u64)>>);

/// All numbers that begin with the same two digits and are as long. Buckets are ordered as their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    /// The power of ten of the first digit.
    power: i8,
    /// The first two digits; zero is the bucket of zero alone.
    digits: u8,
}

/// A histogram at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot(Vec<(Bucket, u64)>);

impl Bucket {
    fn of(value: u64) -> Self {
        let (mut digits, mut power) = if value < 10 { (value * 10, 0) } else { (value, 1) };
        while digits >= 100 {
            digits /= 10;
            power += 1;
        }
        // Zero stands before everything, also before what is smaller than one.
        if digits == 0 {
            return Self { power: i8::MIN, digits: 0 };
        }
        Self { power, digits: digits as u8 }
    }

    /// The bucket of a bound, which may be a part of one.
    fn of_bound(bound: f64) -> Self {
        if bound >= 1.0 || bound <= 0.0 {
            return Self::of(bound as u64);
        }
        let tenths = Self::of((bound * 100.0).round() as u64);
        Self { power: tenths.power - 2, ..tenths }
    }

    /// The smallest number of the bucket.
    pub(crate) fn lower(self) -> f64 {
        if self.digits == 0 { 0.0 } else { f64::from(self.digits) / 10.0 * 10_f64.powi(self.power.into()) }
    }

    /// How far the numbers of the bucket reach.
    pub(crate) fn width(self) -> f64 {
        if self.digits == 0 { 0.0 } else { 10_f64.powi(self.power.into()) / 10.0 }
    }

    /// The number that stands for all of the bucket: no other one has a smaller greatest error.
    fn middle(self) -> f64 {
        let (lower, width) = (self.lower(), self.width());
        if self.digits == 0 { 0.0 } else { lower + width * (lower / (lower + (lower + width))) }
    }
}

impl Histogram {
    /// Adds a value.
    pub(crate) fn record(&self, value: u64) {
        let bucket = Bucket::of(value);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => {
                if let Some((_, count)) = buckets.get_mut(at) {
                    *count += 1;
                }
            }
            Err(at) => buckets.insert(at, (bucket, 1)),
        }
    }

    /// The histogram as it is now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Snapshot {
    /// Number of values.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// Sum of the values, each taken for the middle of its bucket (`hist_approx_sum`).
    pub(crate) fn sum(&self) -> f64 {
        // From a positive zero: the sum of nothing is not `-0`.
        self.0.iter().fold(0.0, |sum, (bucket, count)| sum + bucket.middle() * *count as f64)
    }

    /// Number of values at or below a bound, the whole bucket of the bound counted (`hist_approx_count_below_inclusive`).
    pub(crate) fn below(&self, bound: f64) -> u64 {
        let last = Bucket::of_bound(bound);
        self.0.iter().take_while(|(bucket, _)| *bucket <= last).map(|(_, count)| count).sum()
    }

    /// The values of both.
    #[must_use]
    pub(crate) fn with(mut self, other: &Self) -> Self {
        for (bucket, count) in &other.0 {
            match self.0.binary_search_by_key(bucket, |(bucket, _)| *bucket) {
                Ok(at) => self.0.iter_mut().skip(at).take(1).for_each(|(_, known)| *known += count),
                Err(at) => self.0.insert(at, (*bucket, *count)),
            }
        }
        self
    }

    /// The buckets that are not empty, with their counts.
    pub(crate) fn buckets(&self) -> &[(Bucket, u64)] {
        &self.0
    }

    /// A quantile between 0 and 1 (`hist_approx_quantile`): the values of a bucket stand at equal distances.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let wanted = self.count() as f64 * share;
        let mut before = 0.0;
        for (index, (bucket, count)) in self.0.iter().enumerate() {
            let count = *count as f64;
            if before + count >= wanted || index + 1 == self.0.len() {
                let place = (wanted - before).ceil().max(1.0);
                return bucket.lower() + place / (count + 1.0) * bucket.width();
            }
            before += count;
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    fn of(values: &[u64]) -> super::Snapshot {
        let histogram = Histogram::default();
        values.iter().for_each(|value| histogram.record(*value));
        histogram.snapshot()
    }

    #[test]
    fn bounds_count_what_is_at_or_below_them() {
        let snapshot = of(&[0, 1, 5, 6, 4_000_000]);
        let below: Vec<_> = [0.5, 1.0, 5.0, 10.0, 3_600_000.0].map(|bound| snapshot.below(bound)).into();
        assert_eq!((below, snapshot.count()), (vec![1, 2, 3, 4, 4], 5));
        // The whole bucket of a bound counts.
        assert_eq!((of(&[105]).below(100.0), of(&[110]).below(100.0)), (1, 0));
    }

    /// Each as Envoy 1.40 showed it.
    #[test]
    fn quantiles_and_sums_are_those_of_envoy() {
        let ones = of(&[1; 10]);
        let shown = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0].map(|q| ones.quantile(q).to_string());
        let wanted = [
            "1.009090909090909",
            "1.0272727272727273",
            "1.0454545454545454",
            "1.0727272727272728",
            "1.0818181818181818",
            "1.0909090909090908",
            "1.0909090909090908",
        ];
        assert_eq!(shown, wanted);
        let mixed = of(&[0, 0, 1, 36, 56]);
        let shown = [0.0, 0.25, 0.5, 0.75, 0.9].map(|q| mixed.quantile(q).to_string());
        assert_eq!(shown, ["0", "0", "1.05", "36.5", "56.5"]);
        assert_eq!(of(&[175]).quantile(0.5), 175.0);
        assert_eq!(format!("{:.30}", mixed.sum()), "94.036344953789495093587902374566");
        assert!(of(&[]).quantile(0.5).is_nan() && of(&[]).sum() == 0.0);
    }
}
