//! VirtualServices (`networking/v1/virtual_service.proto`) with names resolved.

use std::collections::BTreeMap;

use crate::base::{At, Origin};

use super::{Hostname, Labels, Meta, StringMatch, Visibility};

/// A VirtualService. Hosts and destination hosts are fully qualified, gateways are `ns/name` or `mesh`.
#[derive(Clone, Debug, Default)]
pub struct VirtualService {
    /// Head.
    pub meta: Meta,
    /// Hosts; empty for a delegate.
    pub hosts: Vec<At<Hostname>>,
    /// Gateways; `mesh` where none is written.
    pub gateways: Vec<At<String>>,
    /// Whether gateways were written.
    pub gateways_written: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// HTTP routes in order.
    pub http: Vec<HttpRoute>,
    /// TLS routes in order.
    pub tls: Vec<TlsRoute>,
    /// TCP routes in order.
    pub tcp: Vec<TcpRoute>,
}

/// One HTTP route.
#[derive(Clone, Debug, Default)]
pub struct HttpRoute {
    /// `name`.
    pub name: String,
    /// Any of these; empty matches everything.
    pub matches: Vec<HttpMatch>,
    /// Weighted destinations.
    pub route: Vec<RouteDestination>,
    /// Answer with a redirect.
    pub redirect: Option<Redirect>,
    /// Answer directly.
    pub direct_response: Option<DirectResponse>,
    /// Routes of another VirtualService.
    pub delegate: Option<Delegate>,
    /// Change of path and authority.
    pub rewrite: Option<Rewrite>,
    /// Nanoseconds for the whole request; `None` when not written.
    pub timeout: Option<i128>,
    /// Retry policy; `None` when not written.
    pub retries: Option<Retries>,
    /// Delay injected.
    pub fault_delay: Option<FaultDelay>,
    /// Error injected.
    pub fault_abort: Option<FaultAbort>,
    /// Whether `fault` is written, be it empty.
    pub fault_written: bool,
    /// `mirror`, the old way to ask for one copy; also the first one of `mirrors`.
    pub mirror: Option<Destination>,
    /// `mirrorPercentage`, the share of `mirror`.
    pub mirror_percentage: Option<Percent>,
    /// `mirrorPercent`, the older integer form.
    pub mirror_percent: Option<u32>,
    /// Copies sent elsewhere: `mirror` first, then `mirrors`.
    pub mirrors: Vec<Mirror>,
    /// CORS policy.
    pub cors: Option<CorsPolicy>,
    /// Header changes of the route.
    pub headers: HeaderOps,
    /// Whether `headers` is written, be it empty.
    pub headers_written: bool,
    /// The route in the file.
    pub origin: Origin,
}

impl HttpRoute {
    /// Writes `mirrors` anew from `mirror` with its shares and the given list.
    pub fn set_mirrors(&mut self, listed: Vec<Mirror>) {
        let old = self.mirror.clone().map(|destination| Mirror {
            destination,
            percentage: self.mirror_percentage,
            percent: self.mirror_percent,
        });
        self.mirrors = old.into_iter().chain(listed).collect();
    }

    /// The mirrors that `mirrors` lists, without `mirror`.
    #[must_use]
    pub fn listed_mirrors(&self) -> &[Mirror] {
        let skip = usize::from(self.mirror.is_some());
        self.mirrors.get(skip..).unwrap_or(&[])
    }
}

/// A condition on an HTTP request; all parts must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpMatch {
    /// `name`.
    pub name: String,
    /// Path.
    pub uri: Option<At<StringMatch>>,
    /// Scheme.
    pub scheme: Option<At<StringMatch>>,
    /// Method.
    pub method: Option<At<StringMatch>>,
    /// Authority.
    pub authority: Option<At<StringMatch>>,
    /// Headers by name as written.
    pub headers: BTreeMap<String, At<StringMatch>>,
    /// Headers that must not match.
    pub without_headers: BTreeMap<String, At<StringMatch>>,
    /// Query parameters.
    pub query_params: BTreeMap<String, At<StringMatch>>,
    /// Path is compared without case.
    pub ignore_uri_case: bool,
    /// Port of the listener; 0 is any.
    pub port: u32,
    /// Labels that the caller must have.
    pub source_labels: Labels,
    /// Namespace of the caller; empty is any.
    pub source_namespace: String,
    /// Gateways, resolved; empty takes those of the VirtualService.
    pub gateways: Vec<At<String>>,
    /// `statPrefix`.
    pub stat_prefix: String,
    /// The match in the file.
    pub origin: Origin,
}

/// Where a route leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Destination {
    /// Fully qualified host.
    pub host: At<Hostname>,
    /// Subset name; empty for none.
    pub subset: At<String>,
    /// Port number; `None` when not written.
    pub port: Option<At<u32>>,
}

/// A destination with its share.
#[derive(Clone, Debug, Default)]
pub struct RouteDestination {
    /// Where to.
    pub destination: Destination,
    /// `weight`; 0 when not written.
    pub weight: i64,
    /// Header changes of this destination.
    pub headers: HeaderOps,
    /// The entry in the file.
    pub origin: Origin,
}

/// Changes of request and response headers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeaderOps {
    /// Request headers overwritten.
    pub request_set: BTreeMap<String, String>,
    /// Request headers appended.
    pub request_add: BTreeMap<String, String>,
    /// Request headers removed.
    pub request_remove: Vec<String>,
    /// Response headers overwritten.
    pub response_set: BTreeMap<String, String>,
    /// Response headers appended.
    pub response_add: BTreeMap<String, String>,
    /// Response headers removed.
    pub response_remove: Vec<String>,
}

/// `redirect`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Redirect {
    /// New path; empty keeps it.
    pub uri: String,
    /// New authority; empty keeps it.
    pub authority: String,
    /// New scheme; empty keeps it.
    pub scheme: String,
    /// Status; 0 when not written.
    pub code: u32,
    /// New port.
    pub port: Option<u32>,
    /// New start of the path in place of the matched prefix; empty keeps it. Made from Gateway API alone.
    pub prefix_rewrite: String,
    /// `derivePort`: `FROM_PROTOCOL_DEFAULT` or `FROM_REQUEST_PORT`.
    pub derive_port: Option<String>,
    /// The field in the file.
    pub origin: Origin,
}

/// `directResponse`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DirectResponse {
    /// Status.
    pub status: u32,
    /// Body as text.
    pub body: Option<String>,
    /// Body as base64 of bytes.
    pub body_bytes: Option<String>,
}

/// `delegate`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delegate {
    /// Name of the delegate.
    pub name: String,
    /// Namespace; empty takes that of the root.
    pub namespace: String,
    /// The field in the file.
    pub origin: Origin,
}

/// `rewrite`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rewrite {
    /// New path or prefix; empty keeps it.
    pub uri: String,
    /// New authority; empty keeps it.
    pub authority: String,
    /// Regular expression and its substitution.
    pub uri_regex: Option<(String, String)>,
}

/// `retries`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retries {
    /// `attempts`.
    pub attempts: i64,
    /// Nanoseconds for each try.
    pub per_try_timeout: Option<i128>,
    /// Conditions, comma separated; empty takes the default.
    pub retry_on: String,
    /// Try other localities.
    pub remote_localities: Option<bool>,
    /// Take hosts that were tried before.
    pub ignore_previous_hosts: Option<bool>,
    /// Nanoseconds of the first pause.
    pub backoff: Option<i128>,
}

/// A share of the requests in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Percent(
    /// 0 to 100, as written.
    pub f64,
);

/// `fault.delay`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultDelay {
    /// Nanoseconds.
    pub fixed: i128,
    /// Share of the requests; `None` when not written.
    pub percentage: Option<Percent>,
    /// Old integer form of the share.
    pub percent: i64,
}

/// `fault.abort`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultAbort {
    /// HTTP status.
    pub http_status: Option<u32>,
    /// gRPC status by name.
    pub grpc_status: Option<String>,
    /// HTTP/2 error, not supported by Istio.
    pub http2_error: Option<String>,
    /// Share of the requests; `None` when not written.
    pub percentage: Option<Percent>,
}

/// One mirror.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mirror {
    /// Where to.
    pub destination: Destination,
    /// Share of the requests; `None` is all.
    pub percentage: Option<Percent>,
    /// Whole percents in the older form (`mirrorPercent`); counts where `percentage` is not written.
    pub percent: Option<u32>,
}

/// `corsPolicy`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CorsPolicy {
    /// Origins that may ask (`allowOrigins`, or `allowOrigin` as exact matches).
    pub allow_origins: Vec<StringMatch>,
    /// Methods.
    pub allow_methods: Vec<String>,
    /// Request headers.
    pub allow_headers: Vec<String>,
    /// Response headers.
    pub expose_headers: Vec<String>,
    /// Nanoseconds that a preflight may be kept.
    pub max_age: Option<i128>,
    /// Cookies allowed; `None` when not written.
    pub allow_credentials: Option<bool>,
    /// `unmatchedPreflights`: `FORWARD` or `IGNORE`; empty when not written.
    pub unmatched_preflights: String,
}

/// A condition on a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct L4Match {
    /// Server names (TLS routes alone).
    pub sni_hosts: Vec<At<String>>,
    /// CIDRs of the destination.
    pub destination_subnets: Vec<String>,
    /// Port of the listener; 0 is any.
    pub port: u32,
    /// Labels that the caller must have.
    pub source_labels: Labels,
    /// Namespace of the caller; empty is any.
    pub source_namespace: String,
    /// Gateways, resolved; empty takes those of the VirtualService.
    pub gateways: Vec<At<String>>,
    /// The match in the file.
    pub origin: Origin,
}

/// One TLS route.
#[derive(Clone, Debug, Default)]
pub struct TlsRoute {
    /// Any of these.
    pub matches: Vec<L4Match>,
    /// Weighted destinations.
    pub route: Vec<RouteDestination>,
    /// The route in the file.
    pub origin: Origin,
}

/// One TCP route.
#[derive(Clone, Debug, Default)]
pub struct TcpRoute {
    /// Any of these; empty matches everything.
    pub matches: Vec<L4Match>,
    /// Weighted destinations.
    pub route: Vec<RouteDestination>,
    /// The route in the file.
    pub origin: Origin,
}
