//! Metrics, access logs and tracing that the mesh configuration asks for (`model/telemetry.go`, `accesslog.go`, `tracing.go`).

use std::collections::BTreeSet;

use mp_ir::mesh::{MeshSettings, ProviderKind};
use mp_ir::plan::{AccessLog, LogFilter, LogFormat, LogSink, StatsFilter, TraceTag, TraceTagValue, Tracing};
use serde_json::Value;

use super::Class;
use super::log_format;
use super::stack::Stack;

const RBAC: &str = "envoy.filters.http.rbac";

/// Tags about shadow rules and the metadata that hold them (`optionalPolicyTags`).
const SHADOW_TAGS: [(&str, &str); 4] = [
    ("istio.authorization.dry_run.allow_policy.name", "istio_dry_run_allow_shadow_effective_policy_id"),
    ("istio.authorization.dry_run.allow_policy.result", "istio_dry_run_allow_shadow_engine_result"),
    ("istio.authorization.dry_run.deny_policy.name", "istio_dry_run_deny_shadow_effective_policy_id"),
    ("istio.authorization.dry_run.deny_policy.result", "istio_dry_run_deny_shadow_engine_result"),
];

/// A provider by name, whose case does not count: the field that says its kind, and its content. Three exist without being
/// written (`mesh.DefaultMeshConfig`).
fn provider(settings: &MeshSettings, name: &str) -> Option<(String, Value)> {
    let stated = settings.extension_providers.iter().find(|p| p.name.eq_ignore_ascii_case(name));
    if let Some(provider) = stated {
        let ProviderKind::Fields { field, json } = &provider.kind;
        return Some((field.clone(), serde_json::from_str(json).unwrap_or(Value::Null)));
    }
    match name.to_ascii_lowercase().as_str() {
        "prometheus" => Some(("prometheus".to_owned(), Value::Null)),
        "stackdriver" => Some(("stackdriver".to_owned(), Value::Null)),
        "envoy" => Some(("envoyFileAccessLog".to_owned(), serde_json::json!({"path": "/dev/stdout"}))),
        _ => None,
    }
}

/// `istio.stats`, once per Prometheus provider of metrics, sorted by name (`telemetryFilters`).
pub(super) fn stats(stack: &Stack<'_>, class: Class) -> Vec<StatsFilter> {
    let settings = &stack.cx.mesh.settings;
    let names: BTreeSet<&String> = settings.default_metrics_providers.iter().collect();
    let prometheus = names.into_iter().filter(|name| provider(settings, name).is_some_and(|(field, _)| field == "prometheus"));
    let filter = StatsFilter { disable_host_header_fallback: class != Class::Outbound, server_gateway: false };
    prometheus.map(|_| filter.clone()).collect()
}

/// Logs of requests and connections (`setHTTPAccessLog`, `setTCPAccessLog`).
pub(super) fn access_logs(stack: &Stack<'_>) -> Vec<AccessLog> {
    logs(stack, None)
}

/// Logs of connections that find no filter chain (`setListenerAccessLog`).
pub(super) fn listener_logs(stack: &Stack<'_>) -> Vec<AccessLog> {
    logs(stack, Some(&LogFilter::ResponseFlags(vec!["NR".to_owned()])))
}

fn logs(stack: &Stack<'_>, filter: Option<&LogFilter>) -> Vec<AccessLog> {
    let settings = &stack.cx.mesh.settings;
    let names: BTreeSet<&String> = settings.default_access_log_providers.iter().collect();
    let from_providers: Vec<LogSink> = names.into_iter().filter_map(|name| file_provider(settings, name)).collect();
    let file = (!settings.access_log_file.is_empty()).then(|| mesh_file(settings, &settings.access_log_file));
    let sinks = if from_providers.is_empty() { file.into_iter().collect() } else { from_providers };
    sinks.into_iter().map(|sink| AccessLog { sink, filter: filter.cloned() }).collect()
}

/// A provider that writes a file (`telemetryAccessLog`).
fn file_provider(settings: &MeshSettings, name: &str) -> Option<LogSink> {
    let (field, content) = provider(settings, name)?;
    if field != "envoyFileAccessLog" {
        return None;
    }
    let path = content.get("path").and_then(Value::as_str).filter(|p| !p.is_empty()).unwrap_or("/dev/stdout").to_owned();
    let format = match content.get("logFormat") {
        None => return Some(mesh_file(settings, &path)),
        Some(format) => format,
    };
    let format = match format.get("labels").filter(|labels| labels.as_object().is_some_and(|l| !l.is_empty())) {
        Some(labels) => LogFormat::Json(labels.to_string()),
        None if format.get("labels").is_some() => LogFormat::Json(default_json()),
        None => LogFormat::Text(text_format(format.get("text").and_then(Value::as_str).unwrap_or_default())),
    };
    Some(LogSink::File { path, format })
}

/// The file of the whole mesh (`FileAccessLogFromMeshConfig`).
fn mesh_file(settings: &MeshSettings, path: &str) -> LogSink {
    let written = &settings.access_log_format;
    let format = if !written.json {
        LogFormat::Text(text_format(&written.format))
    } else if serde_json::from_str::<Value>(&written.format).is_ok_and(|v| v.is_object()) {
        LogFormat::Json(written.format.clone())
    } else {
        LogFormat::Json(default_json())
    };
    LogSink::File { path: path.to_owned(), format }
}

fn text_format(written: &str) -> String {
    match written {
        "" => log_format::TEXT.to_owned(),
        text if text.ends_with('\n') => text.to_owned(),
        text => format!("{text}\n"),
    }
}

fn default_json() -> String {
    let fields = log_format::JSON.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value)));
    Value::Object(fields.collect()).to_string()
}

/// Tracing where no Telemetry speaks (`configureTracingFromTelemetry`).
pub(super) fn tracing(stack: &Stack<'_>) -> Option<Tracing> {
    let settings = &stack.cx.mesh.settings;
    if !settings.default_tracing_providers.is_empty() || !settings.enable_tracing {
        return None;
    }
    let proxy = &stack.cx.proxy.settings;
    let sampling = match proxy.tracing_sampling.filter(|s| *s != 0.0) {
        Some(stated) if stated > 100.0 => 1.0,
        Some(stated) => stated,
        None => stack.flags.trace_sampling,
    };
    Some(Tracing {
        client_sampling: 100.0,
        random_sampling: sampling,
        overall_sampling: 100.0,
        max_path_tag_length: proxy.max_path_tag_length.filter(|length| *length != 0),
        tags: tags(stack),
    })
}

fn tags(stack: &Stack<'_>) -> Vec<TraceTag> {
    let stated = stack.cx.proxy.settings.custom_tags.iter().filter_map(|(name, json)| custom_tag(name, json));
    let mut tags: Vec<TraceTag> = service_tags(stack).into_iter().chain(shadow_tags()).chain(stated).collect();
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    tags
}

fn shadow_tags() -> impl Iterator<Item = TraceTag> {
    SHADOW_TAGS.iter().map(|(name, key)| {
        let value = TraceTagValue::RequestMetadata { filter: RBAC.to_owned(), path: vec![(*key).to_owned()] };
        TraceTag { name: (*name).to_owned(), value }
    })
}

/// Who the proxy is (`buildServiceTags`).
fn service_tags(stack: &Stack<'_>) -> Vec<TraceTag> {
    let proxy = stack.cx.proxy;
    let settings = &stack.cx.mesh.settings;
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let label = |name: &str| proxy.labels.get(name).map_or("", String::as_str);
    let mesh_id = or(&settings.mesh_id, &settings.trust_domain);
    let values = [
        ("istio.canonical_revision", or(label("service.istio.io/canonical-revision"), "latest")),
        ("istio.canonical_service", or(label("service.istio.io/canonical-name"), "unknown")),
        ("istio.mesh_id", or(&mesh_id, "unknown")),
        ("istio.namespace", or(&proxy.namespace, "default")),
        ("istio.cluster_id", or(&settings.cluster_id, "unknown")),
    ];
    values.into_iter().map(|(name, value)| TraceTag { name: name.to_owned(), value: TraceTagValue::Literal(value) }).collect()
}

/// A tag of `tracing.customTags` (`buildCustomTagsFromProxyConfig`).
fn custom_tag(name: &str, json: &str) -> Option<TraceTag> {
    let tag: Value = serde_json::from_str(json).ok()?;
    let text = |part: &Value, key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let value = if let Some(literal) = tag.get("literal") {
        TraceTagValue::Literal(text(literal, "value"))
    } else if let Some(header) = tag.get("header") {
        TraceTagValue::Header { name: text(header, "name"), default: text(header, "defaultValue") }
    } else {
        let variable = tag.get("environment")?;
        TraceTagValue::Environment { name: text(variable, "name"), default: text(variable, "defaultValue") }
    };
    Some(TraceTag { name: name.to_owned(), value })
}
