//! `stats.PluginConfig`: which metrics are reported, and with which labels; after
//! `contrib/istio/filters/http/istio_stats/source/istio_stats.cc`.
use std::time::Duration;

use super::labels::STANDARD;
use super::series::Labels;
use crate::access::format::Source;
use crate::cel::Expression;
use crate::config::listener::Direction;
use crate::config::{Get, Scope};
use crate::json::Value;

/// Whose point of view a filter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reporter {
    /// The sidecar of the client.
    Client,
    /// The sidecar of the server.
    Server,
    /// A gateway in front of several servers.
    Gateway,
}

impl Reporter {
    /// The label's value.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "source",
            Self::Server => "destination",
            Self::Gateway => "waypoint",
        }
    }
}

/// The metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    Requests,
    Duration,
    RequestBytes,
    ResponseBytes,
    RequestMessages,
    ResponseMessages,
    Opened,
    Closed,
    Sent,
    Received,
}

/// Metrics by their names in the configuration; series have `istio_` in front.
const METRICS: &[(Metric, &str)] = &[
    (Metric::Requests, "istio_requests_total"),
    (Metric::Duration, "istio_request_duration_milliseconds"),
    (Metric::RequestBytes, "istio_request_bytes"),
    (Metric::ResponseBytes, "istio_response_bytes"),
    (Metric::RequestMessages, "istio_request_messages_total"),
    (Metric::ResponseMessages, "istio_response_messages_total"),
    (Metric::Opened, "istio_tcp_connections_opened_total"),
    (Metric::Closed, "istio_tcp_connections_closed_total"),
    (Metric::Sent, "istio_tcp_sent_bytes_total"),
    (Metric::Received, "istio_tcp_received_bytes_total"),
];

impl Metric {
    /// The name of its series.
    pub(crate) fn name(self) -> &'static str {
        METRICS.iter().find(|(metric, _)| *metric == self).map_or("", |(_, name)| name)
    }

    /// The metrics that an entry of the configuration speaks of: one by name, or all of them.
    fn chosen(name: &str) -> Vec<Self> {
        let fits = |full: &str| name.is_empty() || full.strip_prefix("istio_") == Some(name);
        METRICS.iter().filter(|(_, full)| fits(full)).map(|(metric, _)| *metric).collect()
    }
}

/// The filter.
#[derive(Debug)]
pub(crate) struct IstioStats {
    /// Whose point of view it has.
    pub(crate) reporter: Reporter,
    /// Whether the host header stands for a service that the cluster does not name.
    pub(crate) host_fallback: bool,
    /// How often long connections and streams are reported.
    pub(crate) every: Duration,
    dropped: Vec<Metric>,
    changes: Vec<Change>,
    expressions: Vec<Expression>,
}

/// A change of a metric's labels.
#[derive(Debug)]
struct Change {
    metric: Metric,
    label: String,
    /// The expression that gives the value; the label is removed without.
    value: Option<usize>,
}

/// The values of a filter's expressions for one request or connection.
pub(crate) type Values = Vec<String>;

impl IstioStats {
    pub(crate) fn new(value: &Value, direction: Direction, scope: &Scope<'_>) -> Self {
        let mut all = Self {
            reporter: match (value.text("reporter"), direction) {
                ("SERVER_GATEWAY", _) => Reporter::Gateway,
                (_, Direction::Inbound) => Reporter::Server,
                (_, Direction::Outbound | Direction::Unspecified) => Reporter::Client,
            },
            host_fallback: !value.flag("disable_host_header_fallback"),
            every: value.duration("tcp_reporting_duration").unwrap_or(Duration::from_secs(5)),
            dropped: Vec::new(),
            changes: Vec::new(),
            expressions: Vec::new(),
        };
        for (index, item) in value.items("metrics").iter().enumerate() {
            all.add(item, &scope.item("metrics", index));
        }
        all
    }

    fn add(&mut self, item: &Value, scope: &Scope<'_>) {
        let name = item.text("name");
        let metrics = Metric::chosen(name);
        if item.flag("drop") {
            // Without a name nothing is dropped.
            if !name.is_empty() {
                self.dropped.extend(metrics);
            }
            return;
        }
        for label in item.texts("tags_to_remove") {
            if STANDARD.contains(&label.as_str()) {
                self.change(&metrics, &label, None);
            }
        }
        let mut dimensions: Vec<_> = item.entries("dimensions").collect();
        dimensions.sort_by_key(|(label, _)| *label);
        for (label, text) in dimensions {
            match Expression::new(text.as_str().unwrap_or_default()) {
                Ok(expression) => {
                    self.expressions.push(expression);
                    self.change(&metrics, label, Some(self.expressions.len() - 1));
                }
                Err(reason) => {
                    scope.field("dimensions").field(label).refuse(format!("not an expression: {reason}"));
                }
            }
        }
    }

    fn change(&mut self, metrics: &[Metric], label: &str, value: Option<usize>) {
        for metric in metrics {
            if STANDARD.contains(&label) {
                self.changes.retain(|c| c.metric != *metric || c.label != label);
            }
            self.changes.push(Change { metric: *metric, label: label.to_owned(), value });
        }
    }

    /// Evaluates the expressions; what fails is `unknown`.
    pub(crate) fn values(&self, source: Source<'_>) -> Values {
        let value = |e: &Expression| e.text(source).unwrap_or_else(|| "unknown".to_owned());
        self.expressions.iter().map(value).collect()
    }

    /// The labels of a metric after all changes; `None` when it is not reported.
    pub(crate) fn labels(&self, metric: Metric, standard: &Labels, values: &Values) -> Option<Labels> {
        if self.dropped.contains(&metric) {
            return None;
        }
        let changes = || self.changes.iter().filter(|c| c.metric == metric);
        let value = |change: &Change| change.value.and_then(|at| values.get(at)).cloned();
        let mut labels = Labels::new();
        for (name, old) in standard {
            match changes().find(|c| c.label == *name) {
                None => labels.push((name.clone(), old.clone())),
                Some(change) => labels.extend(value(change).map(|new| (name.clone(), new))),
            }
        }
        let added = changes().filter(|c| !STANDARD.contains(&c.label.as_str()));
        labels.extend(added.filter_map(|c| Some((c.label.clone(), value(c)?))));
        Some(labels)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn filter(config: serde_json::Value) -> (IstioStats, usize) {
        let refusals = RefCell::new(Vec::new());
        let stats = IstioStats::new(&Value::from(&config), Direction::Inbound, &Scope::root(&refusals));
        (stats, refusals.into_inner().len())
    }

    fn label(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn labels_are_removed_replaced_and_added() {
        let (stats, refused) = filter(serde_json::json!({"metrics": [
            {"name": "requests_total", "dimensions": {"zone": "'z'", "reporter": "'me'", "added": "'a'"}},
            {"tags_to_remove": ["response_code", "no_such_label"]},
            {"name": "request_bytes", "drop": true}]}));
        assert_eq!((refused, stats.reporter), (0, Reporter::Server));
        let standard = vec![label("reporter", "destination"), label("response_code", "200")];
        let values = vec!["a".to_owned(), "me".to_owned(), "z".to_owned()];
        let labels = |metric| stats.labels(metric, &standard, &values);
        let wanted = vec![label("reporter", "me"), label("added", "a"), label("zone", "z")];
        assert_eq!(labels(Metric::Requests), Some(wanted));
        assert_eq!(labels(Metric::Duration), Some(vec![label("reporter", "destination")]));
        assert_eq!(labels(Metric::RequestBytes), None);
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        assert_eq!(filter(serde_json::json!({"metrics": [{"dimensions": {"a": "1 +"}}]})).1, 1);
        assert_eq!(filter(serde_json::json!({"metrics": [{"dimensions": {"a": "1 + 1"}}]})).1, 0);
    }

    #[test]
    fn the_point_of_view_follows_the_listener() {
        let gateway = filter(serde_json::json!({"reporter": "SERVER_GATEWAY"})).0;
        assert_eq!((gateway.reporter.name(), gateway.host_fallback), ("waypoint", true));
        assert_eq!(gateway.every, Duration::from_secs(5));
    }
}
