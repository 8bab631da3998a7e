//! The time series of Istio's metrics: a name, labels, a value.
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::stats::{Count, Histogram, Stat, Value, add};

/// Names and values in the order in which they are shown.
pub(crate) type Labels = Vec<(String, String)>;

/// More series than this are not kept: clients choose some of the values.
const MOST: usize = 32_768;

/// All series of the process.
#[derive(Debug, Default)]
pub(crate) struct SeriesSet {
    counters: Mutex<BTreeMap<Key, Arc<Count>>>,
    histograms: Mutex<BTreeMap<Key, Arc<Histogram>>>,
    build: Mutex<Option<String>>,
    refused: Count,
}

/// A metric's name with labels.
type Key = (&'static str, Labels);

impl SeriesSet {
    /// The counter with these labels; `None` when there are too many series.
    pub(crate) fn counter(&self, name: &'static str, labels: Labels) -> Option<Arc<Count>> {
        self.find(&self.counters, (name, labels))
    }

    /// The histogram with these labels; `None` when there are too many series.
    pub(crate) fn histogram(&self, name: &'static str, labels: Labels) -> Option<Arc<Histogram>> {
        self.find(&self.histograms, (name, labels))
    }

    fn find<T: Default>(&self, series: &Mutex<BTreeMap<Key, Arc<T>>>, key: Key) -> Option<Arc<T>> {
        let mut series = series.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = series.get(&key) {
            return Some(known.clone());
        }
        if series.len() >= MOST {
            add(&self.refused, 1);
            return None;
        }
        Some(series.entry(key).or_default().clone())
    }

    /// Notes the version of Istio, which `istio_build` shows as soon as a filter reports.
    pub(crate) fn build(&self, version: &str) {
        let version = if version.is_empty() { "unknown" } else { version };
        *self.build.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
    }

    /// Lists all of them.
    pub(crate) fn list(&self, into: &mut Vec<Stat>) {
        let build = self.build.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(version) = build else { return };
        let labels = vec![("component".to_owned(), "proxy".to_owned()), ("tag".to_owned(), version)];
        into.push(Stat::labelled("istio_build", labels, Value::Gauge(1)));
        into.push(Stat::counter("istio_series_overflow", self.refused.load(Ordering::Relaxed)));
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        into.extend(counters.iter().map(|((name, labels), count)| {
            Stat::labelled(name, labels.clone(), Value::Counter(count.load(Ordering::Relaxed)))
        }));
        let histograms = self.histograms.lock().unwrap_or_else(PoisonError::into_inner);
        into.extend(histograms.iter().map(|((name, labels), histogram)| {
            Stat::labelled(name, labels.clone(), Value::Histogram(histogram.snapshot()))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_series_has_an_end() {
        let set = SeriesSet::default();
        set.build("");
        let label = |n: usize| vec![("a".to_owned(), n.to_string())];
        let first = set.counter("istio_requests_total", label(0)).unwrap();
        add(&first, 2);
        for n in 1..MOST {
            assert!(set.counter("istio_requests_total", label(n)).is_some());
        }
        assert!(set.counter("istio_requests_total", label(MOST)).is_none());
        assert!(set.counter("istio_requests_total", label(0)).is_some());
        let mut stats = Vec::new();
        set.list(&mut stats);
        assert_eq!(stats[0].name, "istiocustom.istio_build.component.proxy.tag.unknown");
        assert!(matches!(stats[1].value, Value::Counter(1)));
        assert!(matches!(stats[2].value, Value::Counter(2)));
    }
}
