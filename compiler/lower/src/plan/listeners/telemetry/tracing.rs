//! Traces: who is told, which share, and with which tags (`tracing.go`, `Telemetries.Tracing`).

use std::collections::BTreeMap;

use mp_ir::base::Origin;
use mp_ir::mesh::{CustomTag, IstioVersion, TelemetryMode, TracingRule};
use mp_ir::plan::{ProxyKind, TraceTag, TraceTagValue, Tracing};
use serde_json::Value;

use crate::Context;
use crate::plan::listeners::Class;
use crate::plan::listeners::flags::Flags;
use crate::plan::listeners::json::Part;

use super::{Rules, collectors, providers, side};

const RBAC: &str = "envoy.filters.http.rbac";

/// Tags about shadow rules and the metadata that hold them (`optionalPolicyTags`).
const SHADOW_TAGS: [(&str, &str); 4] = [
    ("istio.authorization.dry_run.allow_policy.name", "istio_dry_run_allow_shadow_effective_policy_id"),
    ("istio.authorization.dry_run.allow_policy.result", "istio_dry_run_allow_shadow_engine_result"),
    ("istio.authorization.dry_run.deny_policy.name", "istio_dry_run_deny_shadow_effective_policy_id"),
    ("istio.authorization.dry_run.deny_policy.result", "istio_dry_run_deny_shadow_engine_result"),
];

/// What is told of a peer: the end of the tag, and the field.
const PEER_FIELDS: [(&str, &str); 9] = [
    ("workload", "workload"),
    ("namespace", "namespace"),
    ("cluster_id", "cluster"),
    ("canonical_service", "service"),
    ("canonical_revision", "revision"),
    ("app", "app"),
    ("app_version", "version"),
    ("workload_type", "type"),
    ("instance_name", "name"),
];

/// What all rules of one side say together (`TracingSpec`).
#[derive(Clone, Debug)]
struct Spec<'a> {
    provider: Option<&'a str>,
    off: bool,
    sampling: Option<f64>,
    tags: Option<&'a BTreeMap<String, CustomTag>>,
    request_id: bool,
    istio_tags: bool,
    no_context: bool,
    /// The rules, the one that states tags first.
    origins: Vec<Origin>,
}

impl<'a> Spec<'a> {
    fn of(cx: &Context<'a>, rules: &'a [&'a TracingRule], side: TelemetryMode) -> Self {
        let default = cx.mesh.settings.default_tracing_providers.first().map(String::as_str);
        let mut spec = Self {
            provider: default,
            off: false,
            sampling: None,
            tags: None,
            request_id: true,
            istio_tags: true,
            no_context: false,
            origins: Vec::new(),
        };
        for rule in rules.iter().filter(|rule| rule.mode == TelemetryMode::Both || rule.mode == side) {
            spec.provider = rule.providers.first().map(String::as_str).or(spec.provider);
            spec.off = rule.disable_span_reporting.unwrap_or(spec.off);
            spec.sampling = rule.random_sampling.or(spec.sampling);
            spec.tags = rule.custom_tags.as_ref().or(spec.tags);
            spec.request_id = rule.use_request_id.unwrap_or(spec.request_id);
            spec.istio_tags = rule.enable_istio_tags.unwrap_or(spec.istio_tags);
            spec.no_context = rule.disable_context_propagation.unwrap_or(spec.no_context);
            let place = if rule.custom_tags.is_some() { 0 } else { spec.origins.len() };
            spec.origins.insert(place, rule.origin);
        }
        spec
    }
}

/// Traces of a class of listeners, and whether the request id carries the decision about them.
pub(super) fn of(
    cx: &Context<'_>,
    flags: &Flags,
    rules: &Rules<'_>,
    class: Class,
) -> (Option<Tracing>, bool) {
    let settings = &cx.mesh.settings;
    if rules.tracing.is_empty() && settings.default_tracing_providers.is_empty() {
        return (settings.enable_tracing.then(|| of_proxy(cx, flags)), true);
    }
    let spec = Spec::of(cx, &rules.tracing, side(class));
    let provider = spec.provider.and_then(|name| providers::find(settings, name));
    let Some(provider) = provider.filter(|_| !spec.off) else { return (None, true) };
    let Some(collector) = collectors::of(cx, &provider) else { return (None, true) };
    let sampling = match spec.sampling {
        _ if collector.own_sampling => 100.0,
        Some(stated) => stated,
        None => proxy_sampling(cx, flags),
    };
    let length = Some(collector.max_tag_length).filter(|length| *length != 0);
    let tracing = Tracing {
        client_sampling: 100.0,
        random_sampling: sampling,
        overall_sampling: 100.0,
        max_path_tag_length: length.or_else(|| proxy_path_length(cx)),
        spawn_upstream_span: collector.spawn_span || cx.proxy.kind == ProxyKind::Router,
        no_context_propagation: spec.no_context && cx.proxy.istio_version >= IstioVersion(1, 30, 0),
        provider: Some(collector.provider),
        tags: tags(cx, spec.istio_tags, spec.tags),
        origins: spec.origins,
    };
    (Some(tracing), spec.request_id)
}

/// Traces as the proxy's own settings want them, where no Telemetry speaks.
fn of_proxy(cx: &Context<'_>, flags: &Flags) -> Tracing {
    Tracing {
        client_sampling: 100.0,
        random_sampling: proxy_sampling(cx, flags),
        overall_sampling: 100.0,
        max_path_tag_length: proxy_path_length(cx),
        tags: tags(cx, cx.proxy.settings.enable_istio_tags.unwrap_or(true), None),
        ..Tracing::default()
    }
}

/// `tracing.sampling`, else the flag (`proxyConfigSamplingValue`).
fn proxy_sampling(cx: &Context<'_>, flags: &Flags) -> f64 {
    match cx.proxy.settings.tracing_sampling.filter(|s| *s != 0.0) {
        Some(stated) if stated > 100.0 => 1.0,
        Some(stated) => stated,
        None => flags.trace_sampling,
    }
}

fn proxy_path_length(cx: &Context<'_>) -> Option<u32> {
    cx.proxy.settings.max_path_tag_length.filter(|length| *length != 0)
}

/// Tags of Istio, then those of the rules, or else those of the proxy's settings (`configureCustomTags`).
fn tags(cx: &Context<'_>, istio: bool, stated: Option<&BTreeMap<String, CustomTag>>) -> Vec<TraceTag> {
    let mut tags: Vec<TraceTag> =
        if istio { service_tags(cx).into_iter().chain(shadow_tags()).collect() } else { Vec::new() };
    if cx.proxy.kind == ProxyKind::Waypoint {
        tags.extend(peer_tags());
    }
    let formatters = cx.proxy.istio_version >= IstioVersion(1, 29, 0);
    match stated.filter(|tags| !tags.is_empty()) {
        Some(stated) => tags.extend(stated.iter().filter_map(|(name, tag)| rule_tag(name, tag, formatters))),
        None => {
            tags.extend(cx.proxy.settings.custom_tags.iter().filter_map(|(name, json)| proxy_tag(name, json)))
        }
    }
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    tags
}

/// Who both sides of a waypoint are (`buildWaypointSourceTags`).
fn peer_tags() -> impl Iterator<Item = TraceTag> {
    let sides = [("destination", "upstream"), ("source", "downstream")];
    sides.into_iter().flat_map(|(side, peer)| {
        PEER_FIELDS.iter().map(move |(tag, field)| TraceTag {
            name: format!("istio.{side}_{tag}"),
            value: TraceTagValue::Formatter(format!("%FILTER_STATE({peer}_peer_obj:FIELD:{field})%")),
        })
    })
}

fn shadow_tags() -> impl Iterator<Item = TraceTag> {
    SHADOW_TAGS.iter().map(|(name, key)| {
        let value = TraceTagValue::RequestMetadata { filter: RBAC.to_owned(), path: vec![(*key).to_owned()] };
        TraceTag { name: (*name).to_owned(), value }
    })
}

/// Who the proxy is (`buildServiceTags`).
fn service_tags(cx: &Context<'_>) -> Vec<TraceTag> {
    let (proxy, settings) = (cx.proxy, &cx.mesh.settings);
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let label = |name: &str| proxy.labels.get(name).map_or("", String::as_str);
    let stated = proxy.metadata.get("MESH_ID").map_or("", String::as_str);
    let values = [
        ("istio.canonical_revision", or(label("service.istio.io/canonical-revision"), "latest")),
        ("istio.canonical_service", or(label("service.istio.io/canonical-name"), "unknown")),
        ("istio.mesh_id", or(&or(stated, &or(&settings.mesh_id, &settings.trust_domain)), "unknown")),
        ("istio.namespace", or(&proxy.namespace, "default")),
        ("istio.cluster_id", or(&settings.cluster_id, "unknown")),
    ];
    values
        .into_iter()
        .map(|(name, value)| TraceTag { name: name.to_owned(), value: TraceTagValue::Literal(value) })
        .collect()
}

/// A tag of a Telemetry (`buildCustomTagsFromProvider`).
fn rule_tag(name: &str, tag: &CustomTag, formatters: bool) -> Option<TraceTag> {
    let value = match tag {
        CustomTag::Unset => TraceTagValue::Unset,
        CustomTag::Literal(text) => TraceTagValue::Literal(text.clone()),
        CustomTag::Header { name, default } => {
            TraceTagValue::Header { name: name.clone(), default: default.clone() }
        }
        CustomTag::Environment { name, default } => {
            TraceTagValue::Environment { name: name.clone(), default: default.clone() }
        }
        CustomTag::Formatter(_) if !formatters => return None,
        CustomTag::Formatter(text) => TraceTagValue::Formatter(text.clone()),
    };
    Some(TraceTag { name: name.to_owned(), value })
}

/// A tag of `tracing.customTags` (`buildCustomTagsFromProxyConfig`).
fn proxy_tag(name: &str, json: &str) -> Option<TraceTag> {
    let tag: Value = serde_json::from_str(json).ok()?;
    let part = Part(&tag);
    let value = if let Some(literal) = part.get("literal") {
        TraceTagValue::Literal(literal.text("value"))
    } else if let Some(header) = part.get("header") {
        TraceTagValue::Header { name: header.text("name"), default: header.text("defaultValue") }
    } else {
        let variable = part.get("environment")?;
        TraceTagValue::Environment { name: variable.text("name"), default: variable.text("defaultValue") }
    };
    Some(TraceTag { name: name.to_owned(), value })
}
