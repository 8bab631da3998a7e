//! Access logs that are sent to a service, compiled.
use std::time::Duration;

use super::value::{Get, Scope};
use crate::access::format::Format;
use crate::json::Value;
use crate::server::grpc::GrpcService;

/// A service that logs are sent to; logs of one service and name are sent together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogService {
    /// What it wants.
    pub(crate) kind: ServiceKind,
    /// Whom to call.
    pub(crate) service: GrpcService,
    /// Name of the log.
    pub(crate) name: String,
    /// Attributes of the resource, for OpenTelemetry.
    pub(crate) resource: Vec<(String, String)>,
    /// Whether name, zone, cluster and node are left out of them.
    pub(crate) bare: bool,
}

/// What a service wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServiceKind {
    /// Entries of requests.
    Http,
    /// Entries of connections.
    Tcp,
    /// Records of OpenTelemetry.
    OpenTelemetry,
}

/// What is sent of a request or connection.
#[derive(Debug)]
pub(crate) enum Sent {
    /// An entry of Envoy's own service, with these headers and filter state.
    Entry(Box<EntryFields>),
    /// A record with this body and these attributes.
    Record(Option<Format>, Vec<(String, Format)>),
}

/// What an entry has beyond the usual.
#[derive(Debug, Default)]
pub(crate) struct EntryFields {
    /// Whether it is of a connection.
    pub(crate) tcp: bool,
    /// Request headers.
    pub(crate) request: Vec<String>,
    /// Response headers.
    pub(crate) response: Vec<String>,
    /// Response trailers.
    pub(crate) trailers: Vec<String>,
    /// Filter state.
    pub(crate) state: Vec<String>,
}

impl LogService {
    /// Compiles a log of this type; `None` for any other one.
    pub(super) fn new(kind: &str, value: &Value, scope: &Scope<'_>) -> Option<(Self, Sent)> {
        let kind = match kind {
            "HttpGrpcAccessLogConfig" => ServiceKind::Http,
            "TcpGrpcAccessLogConfig" => ServiceKind::Tcp,
            "OpenTelemetryAccessLogConfig" => ServiceKind::OpenTelemetry,
            _ => return None,
        };
        let common = value.get_field("common_config");
        let at = scope.field("common_config");
        let Some(grpc) = common.get_field("grpc_service") else {
            at.field("grpc_service").refuse("a log that is sent needs a service");
            return None;
        };
        let resource = value.get_field("resource_attributes").items("values").iter();
        let text = |v: &Value| v.get_field("value").text("string_value").to_owned();
        let service = Self {
            kind,
            service: GrpcService::new(grpc, Duration::from_secs(5), &at.field("grpc_service")),
            name: common.text("log_name").to_owned(),
            resource: resource.map(|v| (v.text("key").to_owned(), text(v))).collect(),
            bare: value.flag("disable_builtin_labels"),
        };
        let sent = match kind {
            ServiceKind::OpenTelemetry => record(value, scope),
            ServiceKind::Http | ServiceKind::Tcp => Sent::Entry(Box::new(EntryFields {
                tcp: kind == ServiceKind::Tcp,
                request: lower(value, "additional_request_headers_to_log"),
                response: lower(value, "additional_response_headers_to_log"),
                trailers: lower(value, "additional_response_trailers_to_log"),
                state: common.texts("filter_state_objects_to_log"),
            })),
        };
        Some((service, sent))
    }
}

fn lower(value: &Value, name: &str) -> Vec<String> {
    value.texts(name).into_iter().map(|name| name.to_ascii_lowercase()).collect()
}

fn record(value: &Value, scope: &Scope<'_>) -> Sent {
    let body = value.get_field("body").opt_text("string_value");
    let items = value.get_field("attributes").items("values").iter().enumerate();
    let attributes = items.map(|(index, item)| {
        let scope = scope.item("attributes.values", index);
        (item.text("key").to_owned(), Format::new(item.get_field("value").text("string_value"), &scope))
    });
    Sent::Record(body.map(|text| Format::new(text, &scope.field("body"))), attributes.collect())
}
