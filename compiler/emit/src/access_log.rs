//! Access logs.

use mp_ir::plan::{AccessLog, LogFilter, LogFormat, LogSink};
use serde_json::Value;

use crate::json::{Object, extension, list};

/// A list of access logs.
pub(crate) fn access_logs(logs: &[AccessLog]) -> Vec<Value> {
    logs.iter().map(access_log).collect()
}

fn access_log(log: &AccessLog) -> Value {
    let (name, config) = sink(&log.sink);
    Object::new().set("name", name).maybe("filter", log.filter.as_ref().map(filter)).set("typedConfig", config).into()
}

fn sink(sink: &LogSink) -> (&'static str, Object) {
    match sink {
        LogSink::File { path, format: text } => {
            let config = Object::typed("envoy.extensions.access_loggers.file.v3.FileAccessLog");
            ("envoy.access_loggers.file", config.set("path", path.as_str()).set("logFormat", format(text)))
        }
        LogSink::Grpc { tcp: true, log_name, cluster } => {
            let config = Object::typed("envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig");
            ("envoy.tcp_grpc_access_log", config.set("commonConfig", grpc(log_name, cluster)))
        }
        LogSink::Grpc { tcp: false, log_name, cluster } => {
            let config = Object::typed("envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig");
            ("envoy.access_loggers.http_grpc", config.set("commonConfig", grpc(log_name, cluster)))
        }
    }
}

/// Filter state that istiod asks for (`accesslog.go`, `envoyWasmStateToLog`).
const FILTER_STATE: [&str; 6] = [
    "upstream_peer",
    "downstream_peer",
    "wasm.upstream_peer",
    "wasm.upstream_peer_id",
    "wasm.downstream_peer",
    "wasm.downstream_peer_id",
];

fn grpc(log_name: &str, cluster: &str) -> Object {
    let service = Object::new().set("envoyGrpc", Object::new().set("clusterName", cluster));
    Object::new()
        .set("logName", log_name)
        .set("grpcService", service)
        .set("transportApiVersion", "V3")
        .unless_default("filterStateObjectsToLog", list(FILTER_STATE))
}

fn format(format: &LogFormat) -> Object {
    let (fields, text) = match format {
        LogFormat::Text(text) => {
            let source = Object::new().set("inlineString", text.as_str());
            (Object::new().set("textFormatSource", source), text)
        }
        LogFormat::Json(json) => {
            let value: Value = serde_json::from_str(json).unwrap_or(Value::Null);
            (Object::new().set("jsonFormat", value).set("jsonFormatOptions", Object::new()), json)
        }
    };
    fields.unless_default("formatters", list(formatters(text)))
}

/// Command operators that need an extension (`telemetry_logging.go`, `accessLogTextFormatters`).
fn formatters(text: &str) -> Option<Value> {
    text.contains("%REQ_WITHOUT_QUERY").then(|| {
        let config = Object::typed("envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery");
        extension("envoy.formatter.req_without_query", config)
    })
}

fn filter(filter: &LogFilter) -> Value {
    match filter {
        LogFilter::ResponseFlags(flags) => {
            let flags = Object::new().unless_default("flags", list(flags.iter().map(String::as_str)));
            Object::new().set("responseFlagFilter", flags).into()
        }
        LogFilter::Cel(expression) => {
            let config = Object::typed("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter");
            let config = config.set("expression", expression.as_str());
            Object::new().set("extensionFilter", extension("envoy.access_loggers.extension_filters.cel", config)).into()
        }
        LogFilter::And(filters) => {
            let all = Object::new().unless_default("filters", list(filters.iter().map(self::filter)));
            Object::new().set("andFilter", all).into()
        }
    }
}
