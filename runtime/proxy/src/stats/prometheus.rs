//! Statistics in Prometheus' text format (`source/server/admin/prometheus_stats.cc`).
use std::collections::BTreeMap;

use super::histogram::{BOUNDS, Snapshot};
use super::{Stat, Tags, Value};

/// How distributions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As buckets.
    Histogram,
    /// As quantiles of the last interval. None are kept.
    Summary,
}

/// Writes statistics, one family after the other; counters stand before gauges and histograms, as Envoy has them.
pub(crate) fn text(stats: &[Stat], tags: &Tags, shape: Shape) -> String {
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
            Value::Histogram(_) if shape == Shape::Summary => (2, summary(&name, &labels)),
            Value::Histogram(snapshot) => (2, histogram(&name, &labels, snapshot)),
        };
        if let Some(families) = kinds.get_mut(kind) {
            families.entry(name).or_default().extend(lines);
        }
    }
    let last = match shape {
        Shape::Histogram => "histogram",
        Shape::Summary => "summary",
    };
    let mut out = String::new();
    for (families, kind) in kinds.iter().zip(["counter", "gauge", last]) {
        for (name, lines) in families {
            out.push_str(&format!("# TYPE {name} {kind}\n"));
            out.push_str(&lines.concat());
        }
    }
    out
}

fn metric(name: &str) -> String {
    let clean = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    format!("envoy_{clean}")
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn join(labels: &[(String, String)], last: Option<(&str, f64)>) -> String {
    let labels = labels.iter().map(|(k, v)| format!("{k}=\"{v}\""));
    let last = last.map(|(name, value)| match value.is_finite() {
        true => format!("{name}=\"{value}\""),
        false => format!("{name}=\"+Inf\""),
    });
    labels.chain(last).collect::<Vec<_>>().join(",")
}

fn histogram(name: &str, labels: &[(String, String)], snapshot: &Snapshot) -> Vec<String> {
    let bucket =
        |bound: f64, count| format!("{name}_bucket{{{}}} {count}\n", join(labels, Some(("le", bound))));
    let mut lines: Vec<_> = BOUNDS.iter().map(|bound| bucket(*bound, snapshot.below(*bound))).collect();
    lines.push(bucket(f64::INFINITY, snapshot.count()));
    lines.push(format!("{name}_sum{{{}}} {}\n", join(labels, None), long(snapshot.sum())));
    lines.push(format!("{name}_count{{{}}} {}\n", join(labels, None), snapshot.count()));
    lines
}

fn summary(name: &str, labels: &[(String, String)]) -> Vec<String> {
    let shares = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0];
    let one = |share: &f64| format!("{name}{{{}}} nan\n", join(labels, Some(("quantile", *share))));
    let mut lines: Vec<_> = shares.iter().map(one).collect();
    lines.push(format!("{name}_sum{{{}}} 0\n", join(labels, None)));
    lines.push(format!("{name}_count{{{}}} 0\n", join(labels, None)));
    lines
}

/// A sum with up to 32 digits, as `%.32g` writes it.
fn long(sum: f64) -> String {
    if sum == 0.0 {
        return "0".to_owned();
    }
    let before = sum.log10().floor().max(0.0) as usize + 1;
    // Leading zeros of a part do not count.
    let zeros = if sum < 1.0 { (-sum.log10().floor()) as usize } else { 0 };
    let text = format!("{sum:.*}", (32 + zeros).saturating_sub(before));
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Histogram;

    #[test]
    fn sums_have_the_digits_of_envoy() {
        assert_eq!(long(94.036_344_953_789_5), "94.036344953789495093587902374566");
        assert_eq!(long(0.0), "0");
        assert_eq!(long(1024.0), "1024");
        assert_eq!(long(0.5), "0.5");
    }

    #[test]
    fn distributions_are_buckets_or_a_summary() {
        let histogram = Histogram::default();
        histogram.record(3);
        let stats = [Stat::histogram("http.p.downstream_rq_time", &histogram)];
        let shown = text(&stats, &Tags::new(None), Shape::Histogram);
        let label = "envoy_http_conn_manager_prefix=\"p\"";
        assert!(shown.starts_with("# TYPE envoy_http_downstream_rq_time histogram\n"));
        assert!(shown.contains(&format!("_bucket{{{label},le=\"1\"}} 0\n")));
        assert!(shown.contains(&format!("_bucket{{{label},le=\"5\"}} 1\n")));
        assert!(shown.contains(&format!("_bucket{{{label},le=\"+Inf\"}} 1\n")));
        let shown = text(&stats, &Tags::new(None), Shape::Summary);
        assert!(shown.starts_with("# TYPE envoy_http_downstream_rq_time summary\n"));
        assert!(shown.contains(&format!("{{{label},quantile=\"0.995\"}} nan\n")));
    }
}
