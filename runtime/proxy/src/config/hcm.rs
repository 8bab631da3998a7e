//! The HTTP connection manager, compiled.
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::http::encode::Names;
use crate::json::Value;

use super::filter::Filters;
use super::http2::Http2;
use super::listener::Direction;
use super::log::AccessLog;
use super::matcher::Cidr;
use super::route::RouteConfig;
use super::tracing::Tracing;
use super::value::{Get, Scope};
use crate::stats::{HttpScope, Registry};

/// Which HTTP version a listener expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// By ALPN or by the first bytes.
    Auto,
    /// HTTP/1.
    Http1,
    /// HTTP/2.
    Http2,
}

/// What happens to `server` in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerHeader {
    /// Always ours.
    Overwrite,
    /// Ours when upstream sent none.
    AppendIfAbsent,
    /// Upstream's or none.
    PassThrough,
}

/// What happens to `%2F` and `%5C` in paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EscapedSlashes {
    /// They stay.
    Keep,
    /// 400.
    Reject,
    /// A redirect to the unescaped path.
    Redirect,
    /// They are unescaped.
    Forward,
}

/// What happens to headers with underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Underscores {
    /// They stay.
    Allow,
    /// 400.
    Reject,
    /// They are dropped.
    Drop,
}

/// What happens to `x-forwarded-client-cert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientCert {
    /// Removed.
    Sanitize,
    /// Kept when the connection is mutual TLS.
    ForwardOnly,
    /// Appended to when the connection is mutual TLS.
    AppendForward,
    /// Replaced when the connection is mutual TLS, else removed.
    SanitizeSet,
    /// Kept.
    AlwaysForward,
}

/// How the client's address is found and passed on.
#[derive(Debug)]
pub(crate) struct ClientAddress {
    /// Whether the peer's address is the client's.
    pub(crate) use_remote_address: bool,
    /// How many proxies in front are trusted.
    pub(crate) trusted_hops: usize,
    /// Whether `x-forwarded-for` is left alone.
    pub(crate) skip_xff: bool,
    /// Whether `x-forwarded-port` is added.
    pub(crate) append_port: bool,
    /// Addresses that are internal.
    pub(crate) internal: Vec<Cidr>,
}

/// Request ids.
#[derive(Debug)]
pub(crate) struct RequestIds {
    /// Whether requests get an id.
    pub(crate) generate_request_id: bool,
    /// Whether an external request's id is kept.
    pub(crate) preserve_request_id: bool,
    /// Whether responses carry the id.
    pub(crate) request_id_in_response: bool,
}

/// How paths are normalised.
#[derive(Debug)]
pub(crate) struct PathRules {
    /// Whether paths are normalised.
    pub(crate) normalize_path: bool,
    /// Whether repeated slashes are merged.
    pub(crate) merge_slashes: bool,
    /// What happens to escaped slashes.
    pub(crate) escaped_slashes: EscapedSlashes,
}

/// Time limits.
#[derive(Debug)]
pub(crate) struct Times {
    /// Longest silence of a stream; zero is forever.
    pub(crate) stream_idle: Duration,
    /// Time to receive a whole request; zero is forever.
    pub(crate) request_timeout: Duration,
    /// Time to receive a request's head; zero is forever.
    pub(crate) headers_timeout: Duration,
    /// Time between announcing and doing a close.
    pub(crate) drain_timeout: Duration,
    /// Time a closing connection may still read.
    pub(crate) delayed_close: Duration,
    /// Longest idle time of a connection; zero is forever.
    pub(crate) idle_timeout: Duration,
    /// Longest life of a connection.
    pub(crate) max_connection_duration: Option<Duration>,
    /// Longest life of a stream.
    pub(crate) max_stream_duration: Option<Duration>,
}

/// What heads of requests may be.
#[derive(Debug)]
pub(crate) struct HeadRules {
    /// Largest number of headers.
    pub(crate) max_headers: usize,
    /// Largest head in bytes.
    pub(crate) max_head: usize,
    /// What happens to headers with underscores.
    pub(crate) underscores: Underscores,
    /// Whether HTTP/1.0 is served.
    pub(crate) accept_http_10: bool,
    /// Host of HTTP/1.0 requests without one.
    pub(crate) default_host: String,
    /// How header names are spelled.
    pub(crate) names: Names,
}

/// A connection manager.
#[derive(Debug)]
pub(crate) struct Hcm {
    /// HTTP version.
    pub(crate) codec: Codec,
    /// Routes.
    pub(crate) routes: RouteConfig,
    /// Filters.
    pub(crate) filters: Filters,
    /// Logs.
    pub(crate) logs: Vec<AccessLog>,
    /// How the client's address is found and passed on.
    pub(crate) client: ClientAddress,
    /// Name in `server`.
    pub(crate) server_name: String,
    /// What happens to `server`.
    pub(crate) server_header: ServerHeader,
    /// Request ids.
    pub(crate) ids: RequestIds,
    /// What happens to `x-forwarded-client-cert`.
    pub(crate) client_cert: ClientCert,
    /// Parts of it: subject, certificate, DNS, URI.
    pub(crate) client_cert_parts: (bool, bool, bool, bool),
    /// How paths are normalised.
    pub(crate) paths: PathRules,
    /// Whether any port is removed from the host.
    pub(crate) strip_any_port: bool,
    /// Whether the listener's own port is removed from the host.
    pub(crate) strip_matching_port: bool,
    /// Whether a trailing dot is removed from the host.
    pub(crate) strip_dot: bool,
    /// Time limits.
    pub(crate) times: Times,
    /// Requests per connection; 0 is any number.
    pub(crate) max_requests: u64,
    /// What heads of requests may be.
    pub(crate) heads: HeadRules,
    /// The scheme that requests get, where stated.
    pub(crate) scheme: Option<Box<[u8]>>,
    /// How HTTP/2 is spoken.
    pub(crate) h2: Http2,
    /// Whether the endpoint answers `expect: 100-continue`, and its informational responses are passed on.
    pub(crate) passes_early: bool,
    /// Upgrades that are allowed, in lower case.
    pub(crate) upgrades: Vec<String>,
    /// `via` value.
    pub(crate) via: String,
    /// Tracing, when a provider is named.
    pub(crate) tracing: Option<Tracing>,
    /// Its name in statistics.
    pub(crate) stat_prefix: String,
    stats: OnceLock<HttpScope>,
    direction: Direction,
}

/// How HTTP/1 options want header names to be spelled.
pub(super) fn header_names(options: Option<&Value>) -> Names {
    let format = options.get_field("header_key_format");
    if format.get_field("stateful_formatter").is_some() {
        return Names::Kept;
    }
    if format.get_field("proper_case_words").is_some() { Names::Words } else { Names::Lower }
}

impl Hcm {
    /// What it counts.
    pub(crate) fn stats(&self) -> &HttpScope {
        self.stats.get_or_init(HttpScope::default)
    }

    /// Whether its listener serves requests that leave the workload.
    pub(crate) fn is_egress(&self) -> bool {
        self.direction == Direction::Outbound
    }

    /// Whether its listener serves requests to the workload.
    pub(crate) fn is_ingress(&self) -> bool {
        self.direction == Direction::Inbound
    }

    /// Lets it count into the statistics of the process, below a listener's name.
    pub(crate) fn count_into(&self, registry: &Registry, listener: &str) {
        let scope = self.stats.get_or_init(|| registry.http(&self.stat_prefix, listener));
        crate::trace::COUNTERS.iter().for_each(|name| scope.filters.declare(name));
        for filter in &self.filters.chain {
            filter.kind.declare(&scope.filters);
        }
    }

    pub(super) fn new(value: &Value, direction: Direction, scope: &Scope<'_>) -> Arc<Self> {
        let empty = Value::Null;
        let common = value.get_field("common_http_protocol_options");
        let cert = value.get_field("set_current_client_cert_details");
        let routes = value.get_field("route_config").unwrap_or(&empty);
        Arc::new(Self {
            codec: codec(value),
            routes: RouteConfig::new(routes, &scope.field("route_config")),
            filters: Filters::new(value, direction, scope),
            logs: AccessLog::list(value, scope),
            client: ClientAddress::new(value, scope),
            server_name: value.opt_text("server_name").unwrap_or("envoy").to_owned(),
            server_header: server_header(value),
            ids: RequestIds::new(value),
            client_cert: client_cert(value),
            client_cert_parts: (cert.flag("subject"), cert.flag("cert"), cert.flag("dns"), cert.flag("uri")),
            paths: PathRules::new(value),
            strip_any_port: value.flag("strip_any_host_port"),
            strip_matching_port: value.flag("strip_matching_host_port"),
            strip_dot: value.flag("strip_trailing_host_dot"),
            times: Times::new(value, common),
            max_requests: common.int("max_requests_per_connection").unwrap_or(0),
            heads: HeadRules::new(value, common),
            scheme: scheme(value.get_field("scheme_header_transformation")),
            h2: Http2::new(value.get_field("http2_protocol_options")),
            passes_early: value.flag("proxy_100_continue"),
            upgrades: upgrades(value),
            via: value.text("via").to_owned(),
            tracing: Tracing::new(value, scope),
            stat_prefix: value.text("stat_prefix").to_owned(),
            stats: OnceLock::new(),
            direction,
        })
    }
}

impl ClientAddress {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let internal = value.get_field("internal_address_config");
        Self {
            use_remote_address: value.flag("use_remote_address"),
            trusted_hops: value.int("xff_num_trusted_hops").unwrap_or(0) as usize,
            skip_xff: value.flag("skip_xff_append"),
            append_port: value.flag("append_x_forwarded_port"),
            internal: internal.map_or_else(Vec::new, |i| {
                Cidr::list(i, "cidr_ranges", &scope.field("internal_address_config"))
            }),
        }
    }
}

impl RequestIds {
    fn new(value: &Value) -> Self {
        Self {
            generate_request_id: value.opt_flag("generate_request_id").unwrap_or(true),
            preserve_request_id: value.flag("preserve_external_request_id"),
            request_id_in_response: value.flag("always_set_request_id_in_response"),
        }
    }
}

impl PathRules {
    fn new(value: &Value) -> Self {
        Self {
            normalize_path: value.flag("normalize_path"),
            merge_slashes: value.flag("merge_slashes"),
            escaped_slashes: escaped_slashes(value),
        }
    }
}

impl Times {
    fn new(value: &Value, common: Option<&Value>) -> Self {
        let seconds = Duration::from_secs;
        Self {
            stream_idle: value.duration("stream_idle_timeout").unwrap_or(seconds(300)),
            request_timeout: value.duration("request_timeout").unwrap_or_default(),
            headers_timeout: value.duration("request_headers_timeout").unwrap_or_default(),
            drain_timeout: value.duration("drain_timeout").unwrap_or(seconds(5)),
            delayed_close: value.duration("delayed_close_timeout").unwrap_or(seconds(1)),
            idle_timeout: common.duration("idle_timeout").unwrap_or(seconds(3600)),
            max_connection_duration: common.duration("max_connection_duration").filter(|d| !d.is_zero()),
            max_stream_duration: common.duration("max_stream_duration").filter(|d| !d.is_zero()),
        }
    }
}

impl HeadRules {
    fn new(value: &Value, common: Option<&Value>) -> Self {
        let h1 = value.get_field("http_protocol_options");
        Self {
            max_headers: common.int("max_headers_count").unwrap_or(100) as usize,
            max_head: value.int("max_request_headers_kb").unwrap_or(60) as usize * 1024,
            underscores: underscores(common),
            accept_http_10: h1.flag("accept_http_10"),
            default_host: h1.text("default_host_for_http_10").to_owned(),
            names: header_names(h1),
        }
    }
}

fn scheme(change: Option<&Value>) -> Option<Box<[u8]>> {
    change.opt_text("scheme_to_overwrite").map(|scheme| scheme.as_bytes().into())
}

fn codec(value: &Value) -> Codec {
    match value.text("codec_type") {
        "HTTP1" => Codec::Http1,
        "HTTP2" => Codec::Http2,
        _ => Codec::Auto,
    }
}

fn server_header(value: &Value) -> ServerHeader {
    match value.text("server_header_transformation") {
        "APPEND_IF_ABSENT" => ServerHeader::AppendIfAbsent,
        "PASS_THROUGH" => ServerHeader::PassThrough,
        _ => ServerHeader::Overwrite,
    }
}

fn client_cert(value: &Value) -> ClientCert {
    match value.text("forward_client_cert_details") {
        "FORWARD_ONLY" => ClientCert::ForwardOnly,
        "APPEND_FORWARD" => ClientCert::AppendForward,
        "SANITIZE_SET" => ClientCert::SanitizeSet,
        "ALWAYS_FORWARD_ONLY" => ClientCert::AlwaysForward,
        _ => ClientCert::Sanitize,
    }
}

fn escaped_slashes(value: &Value) -> EscapedSlashes {
    match value.text("path_with_escaped_slashes_action") {
        "REJECT_REQUEST" => EscapedSlashes::Reject,
        "UNESCAPE_AND_REDIRECT" => EscapedSlashes::Redirect,
        "UNESCAPE_AND_FORWARD" => EscapedSlashes::Forward,
        _ => EscapedSlashes::Keep,
    }
}

fn underscores(common: Option<&Value>) -> Underscores {
    match common.text("headers_with_underscores_action") {
        "REJECT_REQUEST" => Underscores::Reject,
        "DROP_HEADER" => Underscores::Drop,
        _ => Underscores::Allow,
    }
}

fn upgrades(value: &Value) -> Vec<String> {
    let enabled = value.items("upgrade_configs").iter().filter(|u| u.opt_flag("enabled").unwrap_or(true));
    enabled.map(|u| u.text("upgrade_type").to_ascii_lowercase()).collect()
}
