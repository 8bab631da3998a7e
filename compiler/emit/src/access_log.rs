//! Access logs.

use mp_ir::plan::{AccessLog, LogFilter, LogFormat, LogService, LogSink};
use serde_json::Value;

use crate::json::{Object, extension, list};

/// A list of access logs.
pub(crate) fn access_logs(logs: &[AccessLog]) -> Vec<Value> {
    logs.iter().map(access_log).collect()
}

fn access_log(log: &AccessLog) -> Value {
    let (name, config) = sink(&log.sink);
    Object::new()
        .set("name", name)
        .maybe("filter", log.filter.as_ref().map(filter))
        .set("typedConfig", config)
        .into()
}

fn sink(sink: &LogSink) -> (&'static str, Object) {
    match sink {
        LogSink::File { path, format: text, omit_empty } => {
            let config = Object::typed("envoy.extensions.access_loggers.file.v3.FileAccessLog");
            let format = format(text).unless_default("omitEmptyValues", *omit_empty);
            (
                "envoy.access_loggers.file",
                config.unless_default("path", path.as_str()).set("logFormat", format),
            )
        }
        LogSink::Grpc(log) if log.tcp => {
            let config = Object::typed("envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig");
            ("envoy.tcp_grpc_access_log", config.set("commonConfig", service(&log.service)))
        }
        LogSink::Grpc(log) => {
            let config = Object::typed("envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig")
                .set("commonConfig", service(&log.service))
                .unless_default(
                    "additionalRequestHeadersToLog",
                    list(log.request_headers.iter().map(String::as_str)),
                )
                .unless_default(
                    "additionalResponseHeadersToLog",
                    list(log.response_headers.iter().map(String::as_str)),
                )
                .unless_default(
                    "additionalResponseTrailersToLog",
                    list(log.response_trailers.iter().map(String::as_str)),
                );
            ("envoy.access_loggers.http_grpc", config)
        }
        LogSink::OpenTelemetry { service, body, attributes } => {
            ("envoy.access_loggers.open_telemetry", open_telemetry(service, body, attributes))
        }
    }
}

fn service(service: &LogService) -> Object {
    let grpc = Object::new()
        .set("clusterName", service.cluster.as_str())
        .unless_default("authority", service.authority.as_str());
    Object::new()
        .set("logName", service.log_name.as_str())
        .set("grpcService", Object::new().set("envoyGrpc", grpc))
        .set("transportApiVersion", "V3")
        .unless_default("filterStateObjectsToLog", list(service.filter_state.iter().map(String::as_str)))
}

fn open_telemetry(to: &LogService, body: &str, attributes: &[(String, String)]) -> Object {
    let text = |value: &str| Object::new().set("stringValue", value);
    let values = attributes
        .iter()
        .map(|(key, value)| Object::new().set("key", key.as_str()).set("value", text(value)));
    let values = Object::new().unless_default("values", list(values));
    let formatted =
        std::iter::once(body).chain(attributes.iter().map(|(_, value)| value.as_str())).any(needs_formatter);
    Object::typed("envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig")
        .set("commonConfig", service(to))
        .set("disableBuiltinLabels", true)
        .unless_default("body", if body.is_empty() { Object::new() } else { text(body) })
        .unless_default("attributes", values)
        .unless_default("formatters", list(formatted.then(formatter)))
}

fn format(format: &LogFormat) -> Object {
    let (fields, formatted) = match format {
        LogFormat::Text(text) => {
            let source = Object::new().set("inlineString", text.as_str());
            (Object::new().set("textFormatSource", source), needs_formatter(text))
        }
        LogFormat::Json(json) => {
            let value: Value = serde_json::from_str(json).unwrap_or(Value::Null);
            let formatted =
                value.as_object().into_iter().flatten().any(|(_, v)| v.as_str().is_some_and(needs_formatter));
            (Object::new().set("jsonFormat", value).set("jsonFormatOptions", Object::new()), formatted)
        }
    };
    fields.unless_default("formatters", list(formatted.then(formatter)))
}

/// A command operator that needs an extension (`telemetry_logging.go`, `accessLogTextFormatters`).
fn needs_formatter(text: &str) -> bool {
    text.contains("%REQ_WITHOUT_QUERY")
}

fn formatter() -> Value {
    let config = Object::typed("envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery");
    extension("envoy.formatter.req_without_query", config)
}

fn filter(filter: &LogFilter) -> Value {
    match filter {
        LogFilter::ResponseFlags(flags) => {
            let flags = Object::new().unless_default("flags", list(flags.iter().map(String::as_str)));
            Object::new().set("responseFlagFilter", flags).into()
        }
        LogFilter::StatusFrom(status) => {
            // Envoy wants a key; none of this name is ever set.
            let value = Object::new().set("defaultValue", *status).set("runtimeKey", "istio.io/unset");
            let comparison = Object::new().set("op", "GE").set("value", value);
            Object::new().set("statusCodeFilter", Object::new().set("comparison", comparison)).into()
        }
        LogFilter::Cel(expression) => {
            let config = Object::typed("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter");
            let config = config.set("expression", expression.as_str());
            Object::new()
                .set("extensionFilter", extension("envoy.access_loggers.extension_filters.cel", config))
                .into()
        }
        LogFilter::And(filters) => {
            let all = Object::new().unless_default("filters", list(filters.iter().map(self::filter)));
            Object::new().set("andFilter", all).into()
        }
    }
}
