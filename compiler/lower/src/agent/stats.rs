//! Which statistics a proxy keeps (`pkg/bootstrap/config.go`, `getStatsOptions`): annotations count more than the configuration of the proxy.

use std::collections::BTreeMap;

use mp_ir::plan::AgentStats;
use mp_model::admission::message::Message;
use mp_model::{duration_text, parse_duration};

use super::metadata::Metadata;
use super::verbatim;

const TAGS: &str = "sidecar.istio.io/extraStatTags";
const PREFIXES: &str = "sidecar.istio.io/statsInclusionPrefixes";
const SUFFIXES: &str = "sidecar.istio.io/statsInclusionSuffixes";
const PATTERNS: &str = "sidecar.istio.io/statsInclusionRegexps";
const BUCKETS: &str = "sidecar.istio.io/statsHistogramBuckets";
const FLUSH: &str = "sidecar.istio.io/statsFlushInterval";
const EVICTION: &str = "sidecar.istio.io/statsEvictionInterval";

/// What readiness rests on.
const NEEDED_PREFIXES: [&str; 5] =
    ["cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"];
const NEEDED_SUFFIXES: [&str; 4] = ["rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied"];
/// What the end of an idle proxy rests on.
const DRAINING: &str = "downstream_cx_active";
const NEEDED_PATTERN: &str = r"vhost\..*\.route\..*";

const SECOND: i128 = 1_000_000_000;
const DEFAULT_FLUSH: i128 = 5 * SECOND;

pub(super) fn of(config: &Message, metadata: &Metadata, exit_on_zero: bool) -> Result<AgentStats, String> {
    let included = |annotation: &str, field: &str| included(config, metadata, annotation, field);
    let mut prefixes = included(PREFIXES, "inclusionPrefixes");
    prefixes.extend(NEEDED_PREFIXES.map(str::to_owned));
    let mut suffixes = included(SUFFIXES, "inclusionSuffixes");
    suffixes.extend(NEEDED_SUFFIXES.map(str::to_owned));
    suffixes.extend(exit_on_zero.then(|| DRAINING.to_owned()));
    let mut patterns = included(PATTERNS, "inclusionRegexps");
    patterns.push(NEEDED_PATTERN.to_owned());
    let (flush, eviction) = intervals(metadata)?;
    let all = |what: &str, items: Vec<String>| {
        items.iter().map(|item| verbatim(what, item)).collect::<Result<Vec<_>, String>>()
    };
    Ok(AgentStats {
        prefixes: all(PREFIXES, prefixes)?,
        suffixes: all(SUFFIXES, suffixes)?,
        patterns: patterns.into_iter().map(pattern).collect::<Result<_, _>>()?,
        tags: all(TAGS, tags(config, metadata))?,
        buckets: buckets(metadata),
        flush,
        eviction,
        compression: !config.has("statsCompression") || config.bool("statsCompression"),
        annotated: [TAGS, PREFIXES, SUFFIXES, PATTERNS, BUCKETS]
            .iter()
            .any(|key| metadata.annotations.get(*key).is_some_and(|text| !text.is_empty())),
    })
}

/// What an annotation says, without one what the configuration says; `{pod_ip}` gives one for each address.
fn included(config: &Message, metadata: &Metadata, annotation: &str, field: &str) -> Vec<String> {
    let stated: Vec<String> = match metadata.annotations.get(annotation).filter(|text| !text.is_empty()) {
        Some(text) => text.split(',').map(str::to_owned).collect(),
        None => {
            let matcher = config.message("proxyStatsMatcher");
            matcher.iter().flat_map(|own| own.texts(field)).map(|(text, _)| text.to_owned()).collect()
        }
    };
    let each = |text: String| -> Vec<String> {
        if !text.contains("{pod_ip}") {
            return vec![text];
        }
        metadata.ips.iter().map(|ip| text.replace("{pod_ip}", ip)).collect()
    };
    stated.into_iter().flat_map(each).collect()
}

/// Patterns are written as texts of JavaScript, in which a quotation mark of one stroke has an escape that JSON does not know.
fn pattern(text: String) -> Result<String, String> {
    if text.contains('\'') {
        return Err(format!("{PATTERNS}: the agent writes `'` of `{text}` in a way that no proxy reads"));
    }
    Ok(text)
}

fn tags(config: &Message, metadata: &Metadata) -> Vec<String> {
    let annotated = metadata.annotations.get(TAGS).map_or("", String::as_str);
    let stated = config.texts("extraStatTags").map(|(tag, _)| tag);
    let mut out: Vec<String> = Vec::new();
    for tag in stated.chain(annotated.split(',')).filter(|tag| !tag.is_empty()) {
        if !out.iter().any(|known| known == tag) {
            out.push(tag.to_owned());
        }
    }
    out
}

/// An annotation that does not say buckets counts as none.
fn buckets(metadata: &Metadata) -> BTreeMap<String, Option<Vec<f64>>> {
    let text = metadata.annotations.get(BUCKETS).map_or("", String::as_str);
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(text) else { return BTreeMap::new() };
    let numbers = |value: serde_json::Value| match value {
        serde_json::Value::Null => Some(None),
        serde_json::Value::Array(items) => {
            let number = |item: &serde_json::Value| if item.is_null() { Some(0.0) } else { item.as_f64() };
            items.iter().map(number).collect::<Option<Vec<f64>>>().map(Some)
        }
        _ => None,
    };
    let all: Option<BTreeMap<_, _>> =
        fields.into_iter().map(|(key, value)| Some((key, numbers(value)?))).collect();
    all.unwrap_or_default()
}

/// How often statistics are flushed and dropped; what is no duration counts as not stated.
fn intervals(metadata: &Metadata) -> Result<(Option<String>, Option<i64>), String> {
    let of = |key: &str| metadata.annotations.get(key).and_then(|text| parse_duration(text));
    let flush = of(FLUSH);
    let every = flush.unwrap_or(DEFAULT_FLUSH);
    let eviction = match of(EVICTION) {
        Some(_) if every == 0 => {
            return Err(format!("the agent divides {EVICTION} by {FLUSH}, which is 0, and ends there"));
        }
        Some(time) if time % every == 0 => i64::try_from(time / SECOND).ok(),
        _ => None,
    };
    Ok((flush.filter(|time| *time != 0).map(duration_text), eviction))
}
