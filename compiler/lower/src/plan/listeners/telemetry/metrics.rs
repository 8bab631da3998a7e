//! `istio.stats`: one filter per Prometheus provider, with the changes of all rules (`mergeMetrics`, `generateStatsConfig`).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{MetricOverride, TelemetryMode};
use mp_ir::plan::{MetricChange, ProxyKind, StatsFilter};

use crate::Context;
use crate::plan::listeners::Class;

use super::{Rules, providers, side};

/// Metrics of the API and their names in Prometheus, sorted by the former.
const METRICS: [(&str, &str); 10] = [
    ("GRPC_REQUEST_MESSAGES", "request_messages_total"),
    ("GRPC_RESPONSE_MESSAGES", "response_messages_total"),
    ("REQUEST_COUNT", "requests_total"),
    ("REQUEST_DURATION", "request_duration_milliseconds"),
    ("REQUEST_SIZE", "request_bytes"),
    ("RESPONSE_SIZE", "response_bytes"),
    ("TCP_CLOSED_CONNECTIONS", "tcp_connections_closed_total"),
    ("TCP_OPENED_CONNECTIONS", "tcp_connections_opened_total"),
    ("TCP_RECEIVED_BYTES", "tcp_received_bytes_total"),
    ("TCP_SENT_BYTES", "tcp_sent_bytes_total"),
];

/// Changes of one provider on one side.
#[derive(Clone, Debug, Default, PartialEq)]
struct Changes {
    /// All metrics are turned off.
    off: bool,
    /// By name of the API: turned off, and tags.
    metrics: BTreeMap<String, (bool, BTreeMap<String, Option<String>>)>,
    reporting: Option<i128>,
}

impl Changes {
    fn apply(&mut self, change: &MetricOverride) {
        if change.metric.is_none() && change.disabled == Some(true) {
            self.off = true;
            return;
        }
        self.off = false;
        let names: Vec<&str> = match &change.metric {
            Some(name) => vec![name],
            None => METRICS.iter().map(|(name, _)| *name).collect(),
        };
        for name in names {
            let (off, tags) = self.metrics.entry(name.to_owned()).or_default();
            if let Some(disabled) = change.disabled {
                *off = disabled;
            }
            tags.extend(change.tags.clone());
        }
    }
}

/// The filters of a class of listeners, sorted by provider.
pub(super) fn stats(cx: &Context<'_>, rules: &Rules<'_>, class: Class) -> Vec<StatsFilter> {
    let settings = &cx.mesh.settings;
    let merged = merge(&settings.default_metrics_providers, rules, side(class));
    let prometheus = merged.into_iter().filter(|(name, changes)| {
        !changes.off && providers::find(settings, name).is_some_and(|provider| provider.kind == "prometheus")
    });
    let filter = |changes: Changes| StatsFilter {
        disable_host_header_fallback: class != Class::Outbound,
        server_gateway: cx.proxy.kind == ProxyKind::Waypoint,
        tcp_reporting: changes.reporting,
        metrics: changes.metrics.into_iter().map(metric_change).collect(),
    };
    prometheus.map(|(_, changes)| filter(changes)).collect()
}

fn metric_change((name, (drop, tags)): (String, (bool, BTreeMap<String, Option<String>>))) -> MetricChange {
    let known = METRICS.iter().find(|(api, _)| *api == name).map(|(_, prometheus)| (*prometheus).to_owned());
    let removed = tags.iter().filter(|(_, value)| value.is_none()).map(|(tag, _)| tag.clone()).collect();
    let dimensions = tags.into_iter().filter_map(|(tag, value)| Some((tag, value?))).collect();
    MetricChange { name: known.unwrap_or(name), drop, dimensions, removed }
}

/// Changes by provider. The providers of the last rule that names any are those that count.
fn merge(defaults: &[String], rules: &Rules<'_>, side: TelemetryMode) -> BTreeMap<String, Changes> {
    if rules.metrics.is_empty() {
        return defaults.iter().map(|name| (name.clone(), Changes::default())).collect();
    }
    let last = rules.metrics.iter().rev().map(|rule| &rule.providers).find(|names| !names.is_empty());
    let counted: BTreeSet<&String> = last.map_or(defaults, Vec::as_slice).iter().collect();
    let mut above = defaults;
    let mut out: BTreeMap<String, Changes> = BTreeMap::new();
    for rule in &rules.metrics {
        let names = if rule.providers.is_empty() { above } else { rule.providers.as_slice() };
        above = names;
        for name in names.iter().filter(|name| counted.contains(name)) {
            let changes = out.entry(name.clone()).or_default();
            changes.reporting = rule.reporting_interval.or(changes.reporting);
            for change in rule.overrides.iter().filter(|c| c.mode == TelemetryMode::Both || c.mode == side) {
                changes.apply(change);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::MetricsRule;

    use super::*;

    fn rule(providers: &[&str], metric: Option<&str>, disabled: bool) -> MetricsRule {
        let change = MetricOverride {
            metric: metric.map(str::to_owned),
            disabled: Some(disabled),
            ..MetricOverride::default()
        };
        MetricsRule {
            providers: providers.iter().map(|p| (*p).to_owned()).collect(),
            overrides: vec![change],
            ..MetricsRule::default()
        }
    }

    fn merged(rules: &[MetricsRule]) -> BTreeMap<String, Changes> {
        let rules = Rules { metrics: rules.iter().collect(), ..Rules::default() };
        merge(&["prometheus".to_owned()], &rules, TelemetryMode::Client)
    }

    #[test]
    fn all_metrics_are_off_until_one_is_named() {
        assert!(merged(&[rule(&[], None, true)]).get("prometheus").is_some_and(|c| c.off));
        let again = merged(&[rule(&[], None, true), rule(&[], Some("REQUEST_COUNT"), false)]);
        assert!(again.get("prometheus").is_some_and(|c| !c.off && c.metrics.len() == 1));
    }

    #[test]
    fn providers_of_the_last_rule_count() {
        let other = merged(&[rule(&["a"], None, true), rule(&["b"], None, false)]);
        assert_eq!(other.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(merged(&[]).keys().collect::<Vec<_>>(), ["prometheus"]);
    }
}
