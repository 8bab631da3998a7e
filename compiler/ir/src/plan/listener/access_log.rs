//! Access logs.

/// An access log.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessLog {
    /// Where it goes.
    pub sink: LogSink,
    /// What is logged; `None` is everything.
    pub filter: Option<LogFilter>,
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
    },
    /// Envoy's own access log service (`enableEnvoyAccessLogService`).
    Grpc {
        /// For connections rather than requests.
        tcp: bool,
        /// Friendly name of the log.
        log_name: String,
        /// The cluster of the service.
        cluster: String,
    },
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
    /// Those for which a CEL expression holds.
    Cel(String),
    /// Those that pass all of these.
    And(Vec<LogFilter>),
}
