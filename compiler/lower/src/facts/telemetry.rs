//! Telemetry: metrics, access logs and traces (`pilot/pkg/model/telemetry.go`).

use mp_ir::mesh::{
    CustomTag, LoggingRule, Mesh, MetricOverride, MetricsRule, Telemetry, TelemetryMode, TracingRule,
};
use mp_model::views::telemetry as view;
use mp_model::{FromNode, Kind, List, Workspace};

use super::request_authentication::{label_map, target_refs};
use super::{by_age, meta, text};

/// Reads all of them, oldest first.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::Telemetry) {
        let mut out = Telemetry { meta: meta(object), ..Telemetry::default() };
        let spec = ws.root(object).and_then(|root| root.get("spec"));
        if let Some((node, spec)) =
            spec.and_then(|node| view::Telemetry::from_node(node).map(|spec| (node, spec)))
        {
            out.selector = label_map(node);
            out.targets = target_refs(node);
            out.metrics = spec.metrics().iter().map(metrics).collect();
            out.access_logging = spec.access_logging().iter().map(logging).collect();
            out.tracing = spec.tracing().iter().map(tracing).collect();
        }
        mesh.telemetries.push(out);
    }
    mesh.telemetries.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn providers(list: List<'_, view::ProviderRef<'_>>) -> Vec<String> {
    list.iter().map(|provider| text(provider.name())).collect()
}

fn mode(mode: Option<view::WorkloadMode>) -> TelemetryMode {
    match mode {
        None | Some(view::WorkloadMode::ClientAndServer) => TelemetryMode::Both,
        Some(view::WorkloadMode::Client) => TelemetryMode::Client,
        Some(view::WorkloadMode::Server) => TelemetryMode::Server,
    }
}

fn metrics(rule: view::Metrics<'_>) -> MetricsRule {
    MetricsRule {
        providers: providers(rule.providers()),
        overrides: rule.overrides().iter().map(metric_override).collect(),
        reporting_interval: rule.reporting_interval().map(|d| d.nanos),
        origin: Some(rule.0.span()),
    }
}

fn metric_override(change: view::MetricsOverrides<'_>) -> MetricOverride {
    let selector = change.match_();
    let custom = selector.and_then(|s| s.custom_metric()).map(|name| name.value.to_owned());
    let known = selector
        .and_then(|s| s.metric())
        .filter(|metric| *metric != view::MetricSelectorIstioMetric::AllMetrics);
    let tags = change.tag_overrides().iter().map(|(name, tag)| {
        let removed = tag.operation() == Some(view::MetricsOverridesTagOverrideOperation::Remove);
        (name.value.to_owned(), (!removed).then(|| text(tag.value())))
    });
    MetricOverride {
        metric: custom.or_else(|| known.map(|metric| metric.name().to_owned())),
        mode: mode(selector.and_then(|s| s.mode())),
        disabled: change.disabled(),
        tags: tags.collect(),
    }
}

fn logging(rule: view::AccessLogging<'_>) -> LoggingRule {
    LoggingRule {
        providers: providers(rule.providers()),
        mode: rule.match_().map(|selector| mode(selector.mode())),
        disabled: rule.disabled().unwrap_or(false),
        filter: rule.filter().map(|filter| text(filter.expression())),
        origin: Some(rule.0.span()),
    }
}

fn tracing(rule: view::Tracing<'_>) -> TracingRule {
    let tags = rule.0.get("customTags").or_else(|| rule.0.get("custom_tags")).filter(|node| !node.is_null());
    let tags = tags.map(|_| {
        rule.custom_tags().iter().map(|(name, tag)| (name.value.to_owned(), custom_tag(tag))).collect()
    });
    TracingRule {
        providers: providers(rule.providers()),
        mode: mode(rule.match_().and_then(|selector| selector.mode())),
        disable_span_reporting: rule.disable_span_reporting(),
        random_sampling: rule.random_sampling_percentage(),
        custom_tags: tags,
        use_request_id: rule.use_request_id_for_trace_sampling(),
        enable_istio_tags: rule.enable_istio_tags(),
        disable_context_propagation: rule.disable_context_propagation(),
        origin: Some(rule.0.span()),
    }
}

fn custom_tag(tag: view::TracingCustomTag<'_>) -> CustomTag {
    if let Some(literal) = tag.literal() {
        return CustomTag::Literal(text(literal.value()));
    }
    if let Some(header) = tag.header() {
        return CustomTag::Header { name: text(header.name()), default: text(header.default_value()) };
    }
    if let Some(variable) = tag.environment() {
        return CustomTag::Environment {
            name: text(variable.name()),
            default: text(variable.default_value()),
        };
    }
    tag.formatter().map_or(CustomTag::Unset, |formatter| CustomTag::Formatter(text(formatter.value())))
}
