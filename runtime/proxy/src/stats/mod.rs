//! Statistics: counters, gauges and histograms with the names that Envoy gives them.
mod counters;
pub(crate) mod histogram;
mod names;
pub(crate) mod prometheus;
mod registry;
mod statuses;

pub(crate) use counters::{ClusterStats, FilterStats, HttpStats, ListenerStats, TcpStats};
pub(crate) use histogram::Histogram;
pub(crate) use names::Tags;
pub(crate) use registry::{HttpScope, Registry};
pub(crate) use statuses::Statuses;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::istio::series::Labels;
use crate::net::io::Tally;

/// A number that threads count up (or up and down).
pub(crate) type Count = AtomicU64;

/// Counts one up.
pub(crate) fn add(counter: &Count, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

/// Counts a gauge one down; never below zero.
pub(crate) fn down(gauge: &Count) {
    let _below_zero = gauge.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| now.checked_sub(1));
}

impl Tally for HttpStats {
    fn received(&self, bytes: u64) {
        add(&self.downstream_cx_rx_bytes_total, bytes);
    }

    fn sent(&self, bytes: u64) {
        add(&self.downstream_cx_tx_bytes_total, bytes);
    }
}

impl Tally for TcpStats {
    fn received(&self, bytes: u64) {
        add(&self.downstream_cx_rx_bytes_total, bytes);
    }

    fn sent(&self, bytes: u64) {
        add(&self.downstream_cx_tx_bytes_total, bytes);
    }
}

/// Before names of Istio's statistics; Prometheus does not show it (`CustomStatNamespaces`).
const CUSTOM: &str = "istiocustom.";

/// The value of one statistic.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Only grows.
    Counter(u64),
    /// Goes up and down.
    Gauge(u64),
    /// A distribution.
    Histogram(histogram::Snapshot),
}

/// One statistic.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    /// Its full name with dots.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Value,
    /// The name without labels, and the labels, of a statistic that has labels of its own.
    pub(crate) labels: Option<(String, Labels)>,
}

impl Stat {
    /// A counter.
    pub(crate) fn counter(name: impl Into<String>, value: u64) -> Self {
        Self { name: name.into(), value: Value::Counter(value), labels: None }
    }

    /// A gauge.
    pub(crate) fn gauge(name: impl Into<String>, value: u64) -> Self {
        Self { name: name.into(), value: Value::Gauge(value), labels: None }
    }

    /// A histogram.
    pub(crate) fn histogram(name: impl Into<String>, histogram: &Histogram) -> Self {
        Self { name: name.into(), value: Value::Histogram(histogram.snapshot()), labels: None }
    }

    /// A distribution that was taken before.
    pub(crate) fn distribution(name: impl Into<String>, snapshot: histogram::Snapshot) -> Self {
        Self { name: name.into(), value: Value::Histogram(snapshot), labels: None }
    }

    /// A statistic of Istio, with labels of its own; empty values leave no trace in the dotted name.
    pub(crate) fn labelled(name: &str, labels: Labels, value: Value) -> Self {
        let mut dotted = format!("{CUSTOM}{name}");
        for part in labels.iter().flat_map(|(name, value)| [name, value]).filter(|part| !part.is_empty()) {
            dotted.push('.');
            dotted.push_str(part);
        }
        Self { name: dotted, value, labels: Some((name.to_owned(), labels)) }
    }

    /// Whether it was ever touched.
    pub(crate) fn is_used(&self) -> bool {
        match &self.value {
            Value::Counter(value) | Value::Gauge(value) => *value > 0,
            Value::Histogram(snapshot) => snapshot.count() > 0,
        }
    }
}
