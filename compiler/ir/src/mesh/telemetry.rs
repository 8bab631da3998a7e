//! Telemetry (`telemetry/v1/telemetry.proto`): metrics, access logs and traces.

use std::collections::BTreeMap;

use crate::base::Origin;

use super::{Labels, Meta, TargetRef};

/// A Telemetry.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// Head.
    pub meta: Meta,
    /// Workloads; empty is all.
    pub selector: Labels,
    /// `targetRef` and `targetRefs`.
    pub targets: Vec<TargetRef>,
    /// Rules for metrics in order.
    pub metrics: Vec<MetricsRule>,
    /// Rules for access logs in order.
    pub access_logging: Vec<LoggingRule>,
    /// Rules for traces in order.
    pub tracing: Vec<TracingRule>,
}

/// On which side of a call a rule counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TelemetryMode {
    /// Both.
    #[default]
    Both,
    /// The caller's proxy.
    Client,
    /// The called workload's proxy.
    Server,
}

/// One entry of `metrics`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsRule {
    /// Names of providers; empty takes those above.
    pub providers: Vec<String>,
    /// Changes in order.
    pub overrides: Vec<MetricOverride>,
    /// Nanoseconds between reports about open connections.
    pub reporting_interval: Option<i128>,
    /// The entry in the file.
    pub origin: Origin,
}

/// A change of one metric, or of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricOverride {
    /// Name of the API (`REQUEST_COUNT`) or of a custom metric; `None` is all.
    pub metric: Option<String>,
    /// Where it counts.
    pub mode: TelemetryMode,
    /// `disabled`; `None` when not written.
    pub disabled: Option<bool>,
    /// Tags with their expressions; `None` removes the tag.
    pub tags: BTreeMap<String, Option<String>>,
}

/// One entry of `accessLogging`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoggingRule {
    /// Names of providers; empty takes those above.
    pub providers: Vec<String>,
    /// Where it counts; `None` when no match is written, which is everywhere.
    pub mode: Option<TelemetryMode>,
    /// `disabled`.
    pub disabled: bool,
    /// CEL expression of what is logged.
    pub filter: Option<String>,
    /// The entry in the file.
    pub origin: Origin,
}

/// One entry of `tracing`. `None` is not written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracingRule {
    /// Names of providers; the first one counts, empty takes the one above.
    pub providers: Vec<String>,
    /// Where it counts.
    pub mode: TelemetryMode,
    /// `disableSpanReporting`.
    pub disable_span_reporting: Option<bool>,
    /// `randomSamplingPercentage`.
    pub random_sampling: Option<f64>,
    /// `customTags` by name.
    pub custom_tags: Option<BTreeMap<String, CustomTag>>,
    /// `useRequestIdForTraceSampling`.
    pub use_request_id: Option<bool>,
    /// `enableIstioTags`.
    pub enable_istio_tags: Option<bool>,
    /// `disableContextPropagation`.
    pub disable_context_propagation: Option<bool>,
    /// The entry in the file.
    pub origin: Origin,
}

/// Where the value of a tag comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomTag {
    /// Nothing is written.
    Unset,
    /// Fixed text.
    Literal(String),
    /// A request header and a default.
    Header {
        /// Name of the header.
        name: String,
        /// Value without it.
        default: String,
    },
    /// An environment variable of the proxy and a default.
    Environment {
        /// Name of the variable.
        name: String,
        /// Value without it.
        default: String,
    },
    /// Text with command operators.
    Formatter(String),
}
