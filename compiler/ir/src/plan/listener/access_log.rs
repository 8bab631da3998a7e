//! Access logs.

use crate::base::Origin;

/// An access log.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessLog {
    /// Where it goes.
    pub sink: LogSink,
    /// What is logged; `None` is everything.
    pub filter: Option<LogFilter>,
    /// The provider, or the format of the mesh's own log.
    pub origin: Origin,
}

/// Where a log goes.
#[derive(Clone, Debug, PartialEq)]
pub enum LogSink {
    /// A file such as `/dev/stdout`.
    File {
        /// Its path.
        path: String,
        /// What a line holds.
        format: LogFormat,
        /// Fields without a value are left out.
        omit_empty: bool,
    },
    /// Envoy's access log service.
    Grpc(GrpcLog),
    /// OpenTelemetry.
    OpenTelemetry {
        /// The service.
        service: LogService,
        /// Body, text with command operators.
        body: String,
        /// Attributes, sorted by name.
        attributes: Vec<(String, String)>,
    },
}

/// A service that takes logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogService {
    /// Friendly name of the log.
    pub log_name: String,
    /// Its cluster.
    pub cluster: String,
    /// Its authority; empty for none.
    pub authority: String,
    /// Filter state objects that are sent along.
    pub filter_state: Vec<String>,
}

/// A log to Envoy's access log service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrpcLog {
    /// About connections rather than requests.
    pub tcp: bool,
    /// The service.
    pub service: LogService,
    /// Request headers that are sent along.
    pub request_headers: Vec<String>,
    /// Response headers that are sent along.
    pub response_headers: Vec<String>,
    /// Response trailers that are sent along.
    pub response_trailers: Vec<String>,
}

/// What a line of a log holds.
#[derive(Clone, Debug, PartialEq)]
pub enum LogFormat {
    /// Text with Envoy's command operators, line end included.
    Text(String),
    /// A JSON object as canonical JSON text, with command operators in its values.
    Json(String),
}

/// Which requests and connections are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFilter {
    /// Those with one of these response flags, such as `NR`.
    ResponseFlags(Vec<String>),
    /// Those answered with this status or a higher one.
    StatusFrom(u32),
    /// Those for which a CEL expression holds.
    Cel(String),
    /// Those that pass all of these.
    And(Vec<LogFilter>),
}
