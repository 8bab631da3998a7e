//! Statistics in Prometheus' text format.
use std::collections::BTreeMap;

use super::histogram::BOUNDS;
use super::{Stat, Tags, Value};

/// Writes statistics, one family after the other; counters stand before gauges and histograms, as Envoy has them.
pub(crate) fn text(stats: &[Stat], tags: &Tags) -> String {
    let mut kinds: [BTreeMap<String, Vec<String>>; 3] = Default::default();
    for stat in stats {
        let (name, mut labels) = match &stat.labels {
            Some((name, labels)) => (name.clone(), labels.clone()),
            None => {
                let (name, labels) = tags.split(&stat.name);
                (metric(&name), labels)
            }
        };
        labels.iter_mut().for_each(|(_, value)| *value = escape(value));
        let (kind, lines) = match &stat.value {
            Value::Counter(value) => (0, vec![format!("{name}{{{}}} {value}\n", join(&labels, None))]),
            Value::Gauge(value) => (1, vec![format!("{name}{{{}}} {value}\n", join(&labels, None))]),
            Value::Histogram(snapshot) => (2, histogram(&name, &labels, snapshot)),
        };
        if let Some(families) = kinds.get_mut(kind) {
            families.entry(name).or_default().extend(lines);
        }
    }
    let mut out = String::new();
    for (families, kind) in kinds.iter().zip(["counter", "gauge", "histogram"]) {
        for (name, lines) in families {
            out.push_str(&format!("# TYPE {name} {kind}\n"));
            out.push_str(&lines.concat());
        }
    }
    out
}

fn metric(name: &str) -> String {
    let clean = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':', "_");
    format!("envoy_{clean}")
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn join(labels: &[(String, String)], bound: Option<&str>) -> String {
    let labels = labels.iter().map(|(k, v)| format!("{k}=\"{v}\""));
    let bound = bound.map(|b| format!("le=\"{b}\""));
    labels.chain(bound).collect::<Vec<_>>().join(",")
}

fn histogram(name: &str, labels: &[(String, String)], snapshot: &super::histogram::Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for (bound, count) in BOUNDS.iter().zip(&snapshot.cumulative) {
        let labels = join(labels, Some(&bound.to_string()));
        lines.push(format!("{name}_bucket{{{labels}}} {count}\n"));
    }
    let all = join(labels, Some("+Inf"));
    lines.push(format!("{name}_bucket{{{all}}} {}\n", snapshot.count));
    lines.push(format!("{name}_sum{{{}}} {}\n", join(labels, None), snapshot.sum));
    lines.push(format!("{name}_count{{{}}} {}\n", join(labels, None), snapshot.count));
    lines
}
