//! The statistics of the admin interface (`source/server/admin/stats_handler.cc`).
use serde_json::json;

use super::pages::{JSON, Page, TEXT};
use super::query::Query;
use super::{distributions, server};
use crate::server::worker::Global;
use crate::stats::prometheus::{self, Shape};
use crate::stats::{Stat, Value};

/// How distributions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Buckets {
    /// As quantiles.
    Summary,
    /// As values at or below each bound.
    Cumulative,
    /// As values between bounds.
    Disjoint,
    /// As everything that is kept.
    Detailed,
}

/// Which kinds are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    All,
    Counters,
    Gauges,
    Histograms,
    Texts,
}

/// What is asked for.
struct Asked {
    used: bool,
    invert: bool,
    filter: Option<regex::Regex>,
    kind: Kind,
    buckets: Option<Buckets>,
    /// Whether only those are wanted that are hidden: there are none.
    hidden: bool,
}

impl Asked {
    fn new(query: &Query) -> Result<Self, Page> {
        let usage = |text: &str| Err(Page::new(400, TEXT, text));
        let buckets = match query.get("histogram_buckets") {
            None => None,
            Some("summary" | "none") => Some(Buckets::Summary),
            Some("cumulative") => Some(Buckets::Cumulative),
            Some("disjoint") => Some(Buckets::Disjoint),
            Some("detailed") => Some(Buckets::Detailed),
            Some(_) => {
                return usage("usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n");
            }
        };
        let kind = match query.get("type") {
            None | Some("All") => Kind::All,
            Some("Counters") => Kind::Counters,
            Some("Gauges") => Kind::Gauges,
            Some("Histograms") => Kind::Histograms,
            Some("TextReadouts") => Kind::Texts,
            Some(_) => return usage("invalid &type= param"),
        };
        let hidden = match query.get("hidden") {
            None | Some("include" | "exclude") => false,
            Some("only") => true,
            Some(_) => return usage("usage: /stats?hidden=(include|only|exclude)\n\n"),
        };
        Ok(Self {
            used: query.has("usedonly"),
            invert: query.has("invert_filter"),
            filter: query.regex("filter", "Invalid re2 regex: ")?,
            kind,
            buckets,
            hidden,
        })
    }

    fn wants(&self, stat: &Stat) -> bool {
        let kind = match self.kind {
            Kind::All => true,
            Kind::Counters => matches!(stat.value, Value::Counter(_)),
            Kind::Gauges => matches!(stat.value, Value::Gauge(_)),
            Kind::Histograms => matches!(stat.value, Value::Histogram(_)),
            Kind::Texts => false,
        };
        kind && !self.hidden
            && (!self.used || stat.is_used())
            && self.filter.as_ref().is_none_or(|filter| filter.is_match(&stat.name) != self.invert)
    }
}

/// Every statistic that is neither left out by what is asked for nor by the bootstrap, by name.
fn collect(global: &Global, asked: &Asked) -> Vec<Stat> {
    let mut all = server::list(global);
    for (cluster, shared) in global.all() {
        shared.list(cluster, &mut all);
    }
    global.stats.list(&mut all);
    all.retain(|stat| global.program.tags.keeps(&stat.name) && asked.wants(stat));
    all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    all
}

/// `/stats`
pub(super) fn page(global: &Global, query: &Query) -> Page {
    let answer = || {
        let asked = Asked::new(query)?;
        match query.get("format") {
            Some("prometheus") => Ok(exposed(global, Asked { kind: Kind::All, ..asked })),
            Some("json") => Ok(json(&collect(global, &asked), asked.buckets)),
            None | Some("text" | "html" | "active-html") => Ok(text(&collect(global, &asked), asked.buckets)),
            Some(_) => {
                let usage = "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n";
                Err(Page::new(400, TEXT, usage))
            }
        }
    };
    answer().unwrap_or_else(|refused| refused)
}

/// `/stats/prometheus`, which shows all kinds whatever is asked for.
pub(super) fn prometheus(global: &Global, query: &Query) -> Page {
    match Asked::new(query) {
        Ok(asked) => exposed(global, Asked { kind: Kind::All, ..asked }),
        Err(refused) => refused,
    }
}

fn exposed(global: &Global, asked: Asked) -> Page {
    let shape = match asked.buckets {
        Some(Buckets::Summary) => Shape::Summary,
        Some(Buckets::Cumulative | Buckets::Disjoint | Buckets::Detailed) | None => Shape::Histogram,
    };
    Page::new(200, TEXT, prometheus::text(&collect(global, &asked), &global.program.tags, shape))
}

fn text(stats: &[Stat], buckets: Option<Buckets>) -> Page {
    let (mut out, mut last) = (String::new(), String::new());
    for stat in stats {
        match &stat.value {
            Value::Counter(value) | Value::Gauge(value) => {
                out.push_str(&format!("{}: {value}\n", stat.name));
            }
            Value::Histogram(snapshot) => {
                last.push_str(&stat.name);
                distributions::text(snapshot, buckets.unwrap_or(Buckets::Summary), &mut last);
            }
        }
    }
    out.push_str(&last);
    Page::new(200, TEXT, out)
}

fn json(stats: &[Stat], buckets: Option<Buckets>) -> Page {
    let plain = |stat: &Stat| match stat.value {
        Value::Counter(value) | Value::Gauge(value) => Some(json!({"name": stat.name, "value": value})),
        Value::Histogram(_) => None,
    };
    let mut all: Vec<_> = stats.iter().filter_map(plain).collect();
    let histograms: Vec<_> = stats
        .iter()
        .filter_map(|stat| match &stat.value {
            Value::Histogram(snapshot) => Some((stat.name.as_str(), snapshot)),
            Value::Counter(_) | Value::Gauge(_) => None,
        })
        .collect();
    if let Some(shown) = distributions::json(&histograms, buckets.unwrap_or(Buckets::Summary)) {
        all.push(json!({"histograms": shown}));
    }
    Page::new(200, JSON, json!({"stats": all}).to_string())
}
