//! Distributions on the page of statistics (`source/server/admin/stats_render.cc`). Of each pair of numbers the first is that of the
//! last interval; none are kept, and nothing stands there.
use serde_json::{Value, json};

use super::stats::Buckets;
use crate::stats::histogram::{BOUNDS, Snapshot};

/// The quantiles of Envoy's summaries, in percent.
const QUANTILES: [f64; 10] = [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 100.0];

/// What follows a name in text, with the end of its line.
pub(super) fn text(snapshot: &Snapshot, buckets: Buckets, out: &mut String) {
    let bound = |bound: &f64, count: u64| format!("B{}(0,{count})", short(*bound));
    let line = match buckets {
        Buckets::Detailed => return detailed_text(snapshot, out),
        _ if snapshot.count() == 0 => "No recorded values".to_owned(),
        Buckets::Summary => summary(snapshot),
        Buckets::Cumulative => {
            BOUNDS.iter().map(|b| bound(b, snapshot.below(*b))).collect::<Vec<_>>().join(" ")
        }
        Buckets::Disjoint => disjoint(snapshot).map(|(b, n)| bound(&b, n)).collect::<Vec<_>>().join(" "),
    };
    out.push_str(&format!(": {line}\n"));
}

fn summary(snapshot: &Snapshot) -> String {
    let part = |share: &f64| format!("P{share}(nan,{})", number(snapshot.quantile(share / 100.0)));
    QUANTILES.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn detailed_text(snapshot: &Snapshot, out: &mut String) {
    if snapshot.count() == 0 {
        out.push_str(": No recorded values\n");
        return;
    }
    let part = |(bucket, count): &(crate::stats::histogram::Bucket, u64)| {
        format!("{},{}:{count}", number(bucket.lower()), number(bucket.width()))
    };
    let all: Vec<_> = snapshot.buckets().iter().map(part).collect();
    out.push_str(&format!(":\n  totals={}\n  intervals=\n  summary={}\n", all.join(", "), summary(snapshot)));
}

/// Values between each bound and the one before.
fn disjoint(snapshot: &Snapshot) -> impl Iterator<Item = (f64, u64)> {
    let mut before = 0;
    BOUNDS.iter().map(move |bound| {
        let below = snapshot.below(*bound);
        (*bound, below - std::mem::replace(&mut before, below))
    })
}

/// All distributions as JSON; `None` when there are none.
pub(super) fn json(all: &[(&str, &Snapshot)], buckets: Buckets) -> Option<Value> {
    if all.is_empty() {
        return None;
    }
    let each = |one: fn(&str, &Snapshot) -> Value| -> Vec<Value> {
        all.iter().map(|(name, snapshot)| one(name, snapshot)).collect()
    };
    let quantiles: Vec<_> = QUANTILES.iter().map(|share| value(*share)).collect();
    Some(match buckets {
        Buckets::Summary => {
            let computed = each(|name, snapshot| json!({"name": name, "values": computed(snapshot)}));
            json!({"supported_quantiles": quantiles, "computed_quantiles": computed})
        }
        Buckets::Cumulative => json!(each(|name, snapshot| {
            let pairs = BOUNDS.iter().map(|bound| (*bound, snapshot.below(*bound)));
            json!({"name": name, "buckets": bounds(pairs)})
        })),
        Buckets::Disjoint => {
            json!(each(|name, snapshot| json!({"name": name, "buckets": bounds(disjoint(snapshot))})))
        }
        Buckets::Detailed => {
            json!({"supported_percentiles": quantiles, "details": each(detailed_json)})
        }
    })
}

fn computed(snapshot: &Snapshot) -> Vec<Value> {
    let one = |share: &f64| json!({"cumulative": value(snapshot.quantile(share / 100.0)), "interval": null});
    QUANTILES.iter().map(one).collect()
}

fn bounds(pairs: impl Iterator<Item = (f64, u64)>) -> Vec<Value> {
    let one = |(bound, count)| json!({"upper_bound": value(bound), "interval": 0, "cumulative": count});
    pairs.map(one).collect()
}

fn detailed_json(name: &str, snapshot: &Snapshot) -> Value {
    let part = |(bucket, count): &(crate::stats::histogram::Bucket, u64)| json!({"lower_bound": value(bucket.lower()), "width": value(bucket.width()), "count": count});
    let totals: Vec<_> = snapshot.buckets().iter().map(part).collect();
    json!({"name": name, "totals": totals, "intervals": [], "percentiles": computed(snapshot)})
}

/// A number in JSON; whole ones have no point, and what is none is null.
fn value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// A number in text.
fn number(number: f64) -> String {
    if number.is_nan() { "nan".to_owned() } else { number.to_string() }
}

/// A bound with six digits, as `%g` writes it.
fn short(bound: f64) -> String {
    if bound < 1e6 {
        return bound.to_string();
    }
    let power = bound.log10().floor();
    format!("{}e+{power:02}", bound / 10_f64.powf(power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Histogram;

    /// Each as Envoy 1.40 showed it.
    #[test]
    fn distributions_are_shown_as_envoy_shows_them() {
        let histogram = Histogram::default();
        [0, 0, 0, 0, 0, 0, 0, 2, 36, 56].iter().for_each(|value| histogram.record(*value));
        let snapshot = histogram.snapshot();
        let shown = |buckets| {
            let mut out = String::new();
            text(&snapshot, buckets, &mut out);
            out
        };
        let zeros = "B100(0,1) B250(0,0) B500(0,0) B1000(0,0) B2500(0,0) B5000(0,0) B10000(0,0) B30000(0,0) B60000(0,0) \
                     B300000(0,0) B600000(0,0) B1.8e+06(0,0) B3.6e+06(0,0)";
        let wanted = format!(": B0.5(0,7) B1(0,0) B5(0,1) B10(0,0) B25(0,0) B50(0,1) {zeros}\n");
        assert_eq!(shown(Buckets::Disjoint), wanted);
        let summary = "P0(nan,0) P25(nan,0) P50(nan,0) P75(nan,2.05) P90(nan,36.5) P95(nan,56.5) P99(nan,56.5) P99.5(nan,56.5) \
                       P99.9(nan,56.5) P100(nan,56.5)";
        assert_eq!(shown(Buckets::Summary), format!(": {summary}\n"));
        let detailed =
            format!(":\n  totals=0,0:7, 2,0.1:1, 36,1:1, 56,1:1\n  intervals=\n  summary={summary}\n");
        assert_eq!(shown(Buckets::Detailed), detailed);
        let all = json(&[("h", &snapshot)], Buckets::Detailed).unwrap();
        assert_eq!(all["details"][0]["totals"][1].to_string(), r#"{"lower_bound":2,"width":0.1,"count":1}"#);
        assert_eq!(json(&[], Buckets::Summary), None);
    }
}
