//! Access logs (`mergeLogs`, `accesslog.go`, `telemetry_logging.go`).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;
use mp_ir::mesh::{LoggingRule, MeshSettings, TelemetryMode};
use mp_ir::plan::{AccessLog, GrpcLog, LogFilter, LogFormat, LogService, LogSink};
use serde_json::Value;

use crate::Context;
use crate::plan::listeners::json::Part;
use crate::plan::listeners::{Class, log_format};

use super::providers::{self, Provider};
use super::{Rules, side};

const STATE: [&str; 2] = ["upstream_peer", "downstream_peer"];
const WASM_STATE: [&str; 6] = [
    "upstream_peer",
    "downstream_peer",
    "wasm.upstream_peer",
    "wasm.upstream_peer_id",
    "wasm.downstream_peer",
    "wasm.downstream_peer_id",
];

/// A provider that logs: turned off, or with a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Logging {
    off: bool,
    filter: Option<String>,
}

/// The logs of one class of listeners.
#[derive(Clone, Debug)]
pub(super) struct Logs<'a> {
    settings: &'a MeshSettings,
    /// From providers; `None` where no provider speaks and the mesh's own file counts.
    stated: Option<Vec<Stated>>,
}

/// What a provider that is turned on logs.
#[derive(Clone, Debug)]
struct Stated {
    sink: LogSink,
    filter: Option<String>,
    origin: Origin,
}

impl<'a> Logs<'a> {
    /// Merges rules and defaults (`Telemetries.AccessLogging`).
    pub(super) fn new(cx: &Context<'a>, rules: &Rules<'_>, class: Class) -> Self {
        let settings = &cx.mesh.settings;
        let merged = merge(&settings.default_access_log_providers, &rules.logging, side(class));
        let mut known: Vec<(Provider, LogSink, Logging)> = Vec::new();
        for (name, logging) in merged {
            let Some(provider) = providers::find(settings, &name) else { continue };
            let Some(sink) = sink(cx, &provider) else { continue };
            known.push((provider, sink, logging));
        }
        known.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let speaks = !known.is_empty();
        let stated = |(provider, sink, logging): (Provider, LogSink, Logging)| {
            let origin = if takes_mesh_format(&provider) {
                settings.access_log_format.origin
            } else {
                provider.origin
            };
            Stated { sink, filter: logging.filter, origin }
        };
        let on = known.into_iter().filter(|(_, _, logging)| !logging.off).map(stated).collect();
        Self { settings, stated: speaks.then_some(on) }
    }

    /// Logs of requests (`setHTTPAccessLog`).
    pub(super) fn requests(&self) -> Vec<AccessLog> {
        self.all(None, false, "http_envoy_accesslog")
    }

    /// Logs of connections (`setTCPAccessLog`).
    pub(super) fn connections(&self) -> Vec<AccessLog> {
        self.all(None, true, "tcp_envoy_accesslog")
    }

    /// Logs of connections that find no filter chain (`setListenerAccessLog`).
    pub(super) fn listener(&self) -> Vec<AccessLog> {
        if self.settings.disable_listener_log {
            return Vec::new();
        }
        self.all(Some(LogFilter::ResponseFlags(vec!["NR".to_owned()])), true, "listener_envoy_accesslog")
    }

    /// Logs of tunnels alone: those that cannot be opened, or are refused (`setHboneOriginationAccessLog`,
    /// `setHboneTerminationAccessLog`).
    pub(super) fn tunnels(&self, filter: LogFilter) -> Vec<AccessLog> {
        let mut logs = self.all(Some(filter.clone()), true, "");
        logs.retain(|_| self.stated.is_some());
        let path = &self.settings.access_log_file;
        if self.stated.is_none() && !path.is_empty() {
            let origin = self.settings.access_log_format.origin;
            logs.push(AccessLog { sink: mesh_file(self.settings, path), filter: Some(filter), origin });
        }
        logs
    }

    fn all(&self, filter: Option<LogFilter>, tcp: bool, log_name: &str) -> Vec<AccessLog> {
        let log = |sink: LogSink, cel: Option<String>, origin: Origin| {
            let filters: Vec<LogFilter> = filter.clone().into_iter().chain(cel.map(LogFilter::Cel)).collect();
            AccessLog { sink, filter: both(filters), origin }
        };
        match &self.stated {
            Some(stated) => {
                stated.iter().map(|one| log(one.sink.clone(), one.filter.clone(), one.origin)).collect()
            }
            None => {
                let file = (!self.settings.access_log_file.is_empty())
                    .then(|| mesh_file(self.settings, &self.settings.access_log_file));
                let service = self.settings.access_log_service.then(|| mesh_service(tcp, log_name));
                let origin = self.settings.access_log_format.origin;
                file.into_iter().chain(service).map(|sink| log(sink, None, origin)).collect()
            }
        }
    }
}

fn both(mut filters: Vec<LogFilter>) -> Option<LogFilter> {
    if filters.len() > 1 { Some(LogFilter::And(filters)) } else { filters.pop() }
}

/// Providers that log on one side. Those named last are those that count; filters are the last ones.
fn merge(defaults: &[String], objects: &[&[LoggingRule]], side: TelemetryMode) -> BTreeMap<String, Logging> {
    if objects.is_empty() {
        return defaults.iter().map(|name| (name.clone(), Logging::default())).collect();
    }
    let here = |rule: &LoggingRule| rule.mode.is_none_or(|mode| mode == TelemetryMode::Both || mode == side);
    let mut counted: BTreeSet<&String> = defaults.iter().collect();
    let mut filters: BTreeMap<&String, Option<String>> = BTreeMap::new();
    for rules in objects {
        let mut names = BTreeSet::new();
        for rule in rules.iter().filter(|rule| here(rule)) {
            names.extend(&rule.providers);
            filters.extend(rule.providers.iter().map(|name| (name, rule.filter.clone())));
        }
        if !names.is_empty() {
            counted = names;
        }
    }
    let mut above = defaults;
    let mut out = BTreeMap::new();
    for rule in objects.iter().copied().flatten() {
        let names = if rule.providers.is_empty() { above } else { rule.providers.as_slice() };
        above = names;
        for name in names.iter().filter(|name| counted.contains(name) && here(rule)) {
            let filter = if rule.disabled { None } else { filters.get(name).cloned().flatten() };
            out.insert(name.clone(), Logging { off: rule.disabled, filter });
        }
    }
    out
}

/// Where a provider logs; `None` when it does not log, or its service is unknown (`telemetryAccessLog`).
fn sink(cx: &Context<'_>, provider: &Provider) -> Option<LogSink> {
    let part = provider.part();
    match provider.kind.as_str() {
        "envoyFileAccessLog" => Some(file(&cx.mesh.settings, provider)),
        "envoyHttpAls" => Some(LogSink::Grpc(GrpcLog {
            tcp: false,
            service: log_service(cx, part, "http_envoy_accesslog")?,
            request_headers: part.texts("additionalRequestHeadersToLog"),
            response_headers: part.texts("additionalResponseHeadersToLog"),
            response_trailers: part.texts("additionalResponseTrailersToLog"),
        })),
        "envoyTcpAls" => {
            let service = log_service(cx, part, "tcp_envoy_accesslog")?;
            Some(LogSink::Grpc(GrpcLog { tcp: true, service, ..GrpcLog::default() }))
        }
        "envoyOtelAls" => {
            let service = LogService {
                filter_state: owned(&WASM_STATE),
                ..log_service(cx, part, "otel_envoy_accesslog")?
            };
            let format = part.get("logFormat");
            let body = format
                .map(|f| f.text("text"))
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| log_format::TEXT.to_owned());
            let labels = format.and_then(|f| f.get("labels")).and_then(|labels| labels.0.as_object());
            let attribute = |(key, value): (&String, &Value)| {
                (key.clone(), value.as_str().unwrap_or_default().to_owned())
            };
            let mut attributes: Vec<(String, String)> = labels.into_iter().flatten().map(attribute).collect();
            attributes.sort();
            Some(LogSink::OpenTelemetry { service, body, attributes })
        }
        _ => None,
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn log_service(cx: &Context<'_>, part: Part<'_>, default_name: &str) -> Option<LogService> {
    let (authority, cluster) = part.service(cx)?;
    let stated = part.texts("filterStateObjectsToLog");
    let log_name =
        Some(part.text("logName")).filter(|name| !name.is_empty()).unwrap_or_else(|| default_name.to_owned());
    let filter_state = if stated.is_empty() { owned(&STATE) } else { stated };
    Some(LogService { log_name, cluster, authority, filter_state })
}

/// The service of `enableEnvoyAccessLogService`, which the bootstrap names.
fn mesh_service(tcp: bool, log_name: &str) -> LogSink {
    let service = LogService {
        log_name: log_name.to_owned(),
        cluster: "envoy_accesslog_service".to_owned(),
        authority: String::new(),
        filter_state: owned(&WASM_STATE),
    };
    LogSink::Grpc(GrpcLog { tcp, service, ..GrpcLog::default() })
}

/// Whether a provider is the one that istiod brings along, without a format of its own.
fn takes_mesh_format(provider: &Provider) -> bool {
    let part = provider.part();
    provider.kind == "envoyFileAccessLog"
        && provider.name == "envoy"
        && part.get("logFormat").is_none()
        && !part.flag("omitEmptyValues")
}

/// A provider that writes a file. The one that istiod brings along takes the mesh's format.
fn file(settings: &MeshSettings, provider: &Provider) -> LogSink {
    let part = provider.part();
    let omit_empty = part.flag("omitEmptyValues");
    let stated = part.get("logFormat");
    if takes_mesh_format(provider) {
        return mesh_file(settings, &part.text("path"));
    }
    let path =
        Some(part.text("path")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/dev/stdout".to_owned());
    let format = match stated.and_then(|format| format.get("labels")) {
        Some(labels) if labels.0.as_object().is_some_and(|l| !l.is_empty()) => {
            LogFormat::Json(labels.0.to_string())
        }
        Some(_) => LogFormat::Json(default_json()),
        None => LogFormat::Text(text_format(&stated.map(|format| format.text("text")).unwrap_or_default())),
    };
    LogSink::File { path, format, omit_empty }
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
    LogSink::File { path: path.to_owned(), format, omit_empty: false }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(providers: &[&str], mode: Option<TelemetryMode>, disabled: bool) -> LoggingRule {
        LoggingRule { providers: owned(providers), mode, disabled, ..LoggingRule::default() }
    }

    fn merged(objects: &[&[LoggingRule]]) -> Vec<(String, bool)> {
        let out = merge(&["envoy".to_owned()], objects, TelemetryMode::Client);
        out.into_iter().map(|(name, logging)| (name, logging.off)).collect()
    }

    #[test]
    fn rules_of_the_other_side_do_not_count() {
        let server = [rule(&["a"], Some(TelemetryMode::Server), false)];
        assert_eq!(merged(&[&server]), []);
        let both = [rule(&["a"], Some(TelemetryMode::Both), false)];
        assert_eq!(merged(&[&both]), [("a".to_owned(), false)]);
    }

    #[test]
    fn a_rule_without_providers_speaks_of_those_above() {
        let off = [rule(&[], None, true)];
        assert_eq!(merged(&[&off]), [("envoy".to_owned(), true)]);
        assert_eq!(merged(&[]), [("envoy".to_owned(), false)]);
    }
}
