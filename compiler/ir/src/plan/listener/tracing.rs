//! Traces of requests.

use crate::base::Origin;

/// Tracing. Shares are percent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracing {
    /// Share of requests that are traced when the client asks for it.
    pub client_sampling: f64,
    /// Share of requests that are traced at random.
    pub random_sampling: f64,
    /// Upper bound over all.
    pub overall_sampling: f64,
    /// Longest path in a span; `None` is Envoy's 256.
    pub max_path_tag_length: Option<u32>,
    /// Calls of upstreams get a span of their own.
    pub spawn_upstream_span: bool,
    /// Trace headers are not passed on.
    pub no_context_propagation: bool,
    /// Where traces go; `None` takes the tracer of the bootstrap.
    pub provider: Option<TraceProvider>,
    /// Tags, sorted by name.
    pub tags: Vec<TraceTag>,
    /// The rules that speak of them, the one that counts most first.
    pub origins: Vec<Origin>,
}

/// A collector of traces.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceProvider {
    /// Zipkin.
    Zipkin(Zipkin),
    /// Datadog.
    Datadog {
        /// Its cluster.
        cluster: String,
        /// Its host name.
        hostname: String,
        /// Name of the traced service.
        service: String,
    },
    /// SkyWalking.
    Skywalking {
        /// Its cluster.
        cluster: String,
        /// Its host name.
        hostname: String,
    },
    /// OpenTelemetry.
    OpenTelemetry(OpenTelemetry),
}

/// A Zipkin collector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zipkin {
    /// Its cluster.
    pub cluster: String,
    /// Its host name.
    pub hostname: String,
    /// Path that spans are sent to.
    pub path: String,
    /// Trace ids have 128 bits.
    pub long_ids: bool,
    /// W3C headers beside those of B3.
    pub w3c: bool,
    /// How spans are sent; `None` for proxies before 1.29, which know cluster, host and path alone.
    pub http: Option<HttpExport>,
}

/// How traces are sent over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpExport {
    /// Whole address.
    pub uri: String,
    /// The cluster.
    pub cluster: String,
    /// Nanoseconds; `None` when not written.
    pub timeout: Option<i128>,
    /// Headers set.
    pub headers: Vec<(String, String)>,
}

/// How traces are sent over gRPC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrpcExport {
    /// The cluster.
    pub cluster: String,
    /// The authority.
    pub authority: String,
    /// Nanoseconds; `None` when not written.
    pub timeout: Option<i128>,
    /// Metadata sent along.
    pub metadata: Vec<(String, String)>,
}

/// How OpenTelemetry traces are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtelExport {
    /// Over gRPC.
    Grpc(GrpcExport),
    /// Over HTTP.
    Http(HttpExport),
}

/// An OpenTelemetry collector.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTelemetry {
    /// Name of the traced service.
    pub service: String,
    /// How traces are sent.
    pub export: OtelExport,
    /// What adds attributes of the proxy.
    pub detectors: Vec<ResourceDetector>,
    /// Dynatrace decides which requests are traced.
    pub dynatrace: Option<DynatraceSampler>,
}

/// What adds attributes of the proxy to its traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceDetector {
    /// The variable `OTEL_RESOURCE_ATTRIBUTES`.
    Environment,
    /// Files of Dynatrace.
    Dynatrace,
}

/// A sampler that asks Dynatrace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DynatraceSampler {
    /// Tenant.
    pub tenant: String,
    /// Cluster id.
    pub cluster_id: i64,
    /// Root spans per minute.
    pub root_spans_per_minute: u32,
    /// Where it asks.
    pub http: HttpExport,
}

/// A tag of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceTag {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub value: TraceTagValue,
}

/// Where the value of a tag comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceTagValue {
    /// Nothing is stated: Envoy takes no such tag.
    Unset,
    /// Fixed.
    Literal(String),
    /// Text with command operators.
    Formatter(String),
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
    /// Dynamic metadata of the request: filter and path.
    RequestMetadata {
        /// Namespace of the metadata.
        filter: String,
        /// Keys to the value.
        path: Vec<String>,
    },
}
