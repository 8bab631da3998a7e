//! HTTP filters, compiled.
use crate::json::Value;

use super::action::Fraction;
use super::authz::ExtAuthz;
use super::compressor::{Compressor, Decompressor};
use super::fault::Fault;
use super::filter_state::States;
use super::gate::{Csrf, HealthFilter};
use super::global_limit::GlobalLimit;
use super::grpc_stats::GrpcStats;
use super::jwt::JwtAuthn;
use super::listener::Direction;
use super::local_limit::LocalLimit;
use super::lua::LuaFilter;
use super::matcher::StringMatcher;
use super::mutation::Mutations;
use super::policies::Policies;
use super::session::Session;
use super::value::{Get, Scope};
use crate::istio::alpn::AlpnOverride;
use crate::istio::headers::PeerHeaders;
use crate::istio::metrics::IstioStats;
use crate::stats::FilterStats;

/// One filter of a chain.
#[derive(Debug)]
pub(crate) struct HttpFilter {
    /// Its name, by which routes address it.
    pub(crate) name: String,
    /// Whether it is off unless a route turns it on.
    pub(crate) disabled: bool,
    /// What it does.
    pub(crate) kind: FilterKind,
}

/// What a filter does.
#[derive(Debug)]
pub(crate) enum FilterKind {
    /// Enforced and shadow rules.
    Rbac(Box<Policies>),
    /// Delays and aborts.
    Fault(Box<Fault>),
    /// Cross-origin answers, by the policies of routes.
    Cors,
    /// A token bucket.
    LocalLimit(Box<LocalLimit>),
    /// JSON web tokens.
    Jwt(Box<JwtAuthn>),
    /// An external authorizer.
    ExtAuthz(Box<ExtAuthz>),
    /// A rate limit service.
    GlobalLimit(Box<GlobalLimit>),
    /// Changes of headers.
    Mutation(Mutations),
    /// The whole body is read before it goes on, up to this size.
    Buffer(usize),
    /// Requests of other sites are refused.
    Csrf(Csrf),
    /// Health checks of the proxy itself are answered.
    HealthCheck(HealthFilter),
    /// Bodies are compressed.
    Compressor(Box<Compressor>),
    /// Bodies are decompressed.
    Decompressor(Box<Decompressor>),
    /// Values for logs and other filters.
    FilterState(States),
    /// Workloads tell each other who they are.
    PeerHeaders(Box<PeerHeaders>),
    /// ALPN names towards endpoints.
    Alpn(Box<AlpnOverride>),
    /// Istio's metrics.
    IstioStats(Box<IstioStats>),
    /// Requests of one session go to one endpoint.
    Session(Box<Session>),
    /// The host of a request is resolved.
    DynamicHost,
    /// gRPC for browsers.
    GrpcWeb,
    /// Statistics of gRPC.
    GrpcStats(GrpcStats),
    /// Scripts.
    Lua(Box<LuaFilter>),
}

/// The HTTP filters of a connection manager.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    /// Filters before the router.
    pub(crate) chain: Vec<HttpFilter>,
    /// Whether `x-envoy-` headers are neither added nor honoured by the router.
    pub(crate) suppress_envoy_headers: bool,
}

impl Filters {
    pub(super) fn new(value: &Value, direction: Direction, scope: &Scope<'_>) -> Self {
        let mut filters = Self::default();
        let items = value.items("http_filters");
        for (index, item) in items.iter().enumerate() {
            let scope = scope.item("http_filters", index);
            let empty = Value::Null;
            let config = item.get_field("typed_config").unwrap_or(&empty);
            let kind = match config.type_name().rsplit('.').next().unwrap_or_default() {
                "Router" => {
                    filters.suppress_envoy_headers = config.flag("suppress_envoy_headers");
                    if index + 1 != items.len() {
                        scope.refuse("the router is the last filter");
                    }
                    continue;
                }
                "" => continue,
                _ => kind(config, direction, &scope.field("typed_config")),
            };
            let Some(kind) = kind else { continue };
            filters.chain.push(HttpFilter {
                name: item.text("name").to_owned(),
                disabled: item.flag("disabled"),
                kind,
            });
        }
        if items
            .last()
            .is_none_or(|f| !f.get_field("typed_config").text("@type").ends_with("router.v3.Router"))
        {
            scope.field("http_filters").refuse("the last filter must be the router");
        }
        filters
    }
}

impl FilterKind {
    /// Whether it looks at responses.
    pub(crate) fn sees_response(&self) -> bool {
        match self {
            Self::PeerHeaders(filter) => filter.sees_response(),
            _ => matches!(
                self,
                Self::Mutation(_)
                    | Self::Compressor(_)
                    | Self::Decompressor(_)
                    | Self::Session(_)
                    | Self::Lua(_)
            ),
        }
    }

    /// Makes sure that its counters are listed before they are used.
    pub(crate) fn declare(&self, stats: &FilterStats) {
        let all = |prefix: &str, names: &[&str]| {
            names.iter().for_each(|name| stats.declare(&format!("{prefix}{name}")));
        };
        match self {
            Self::Rbac(policies) => {
                for counters in [&policies.stats, &policies.shadow_stats] {
                    [true, false].iter().for_each(|allowed| stats.declare(counters.of(*allowed)));
                }
            }
            Self::Fault(_) => {
                stats.declare_gauge(crate::filter::fault::ACTIVE);
                let names = ["aborts_injected", "delays_injected", "faults_overflow", "response_rl_injected"];
                all("fault.", &names);
            }
            Self::Cors => all("cors.", &["origin_invalid", "origin_valid"]),
            Self::Jwt(_) => all("jwt_authn.", &["allowed", "denied", "cors_preflight_bypassed"]),
            Self::Csrf(_) => all("csrf.", &["missing_source_origin", "request_invalid", "request_valid"]),
            Self::Buffer(_) => all("buffer.", &["rq_timeout"]),
            Self::Compressor(_) | Self::Decompressor(_) => {
                self.coder_counters().iter().for_each(|name| stats.declare(name));
            }
            Self::Lua(filter) => all(&filter.prefix, &["errors", "executions"]),
            Self::LocalLimit(_)
            | Self::ExtAuthz(_)
            | Self::GlobalLimit(_)
            | Self::Mutation(_)
            | Self::HealthCheck(_)
            | Self::FilterState(_)
            | Self::PeerHeaders(_)
            | Self::Alpn(_)
            | Self::IstioStats(_)
            | Self::Session(_)
            | Self::GrpcWeb
            | Self::DynamicHost
            | Self::GrpcStats(_) => {}
        }
    }
}

/// Filters whose types are told apart by their full names.
fn kind(config: &Value, direction: Direction, scope: &Scope<'_>) -> Option<FilterKind> {
    match config.type_name() {
        "io.istio.http.peer_metadata.Config" => {
            Some(FilterKind::PeerHeaders(Box::new(PeerHeaders::new(config))))
        }
        "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig" => {
            Some(FilterKind::Alpn(Box::new(AlpnOverride::new(config))))
        }
        "stats.PluginConfig" => {
            Some(FilterKind::IstioStats(Box::new(IstioStats::new(config, direction, scope))))
        }
        "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig" => {
            Some(FilterKind::DynamicHost)
        }
        "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig" => {
            Some(FilterKind::GrpcStats(GrpcStats::new(config)))
        }
        _ => plain_kind(config, scope),
    }
}

fn plain_kind(config: &Value, scope: &Scope<'_>) -> Option<FilterKind> {
    match config.type_name().rsplit('.').next().unwrap_or_default() {
        "RBAC" => Some(FilterKind::Rbac(Box::new(Policies::new(config, scope)))),
        "HTTPFault" => Some(FilterKind::Fault(Box::new(Fault::new(config, scope)))),
        "Cors" => Some(FilterKind::Cors),
        "LocalRateLimit" => Some(FilterKind::LocalLimit(Box::new(LocalLimit::new(config, scope)))),
        "JwtAuthentication" => Some(FilterKind::Jwt(Box::new(JwtAuthn::new(config, scope)))),
        "RateLimit" => Some(FilterKind::GlobalLimit(Box::new(GlobalLimit::new(config, scope)))),
        "HeaderMutation" => {
            let mutations = config.get_field("mutations");
            Some(FilterKind::Mutation(Mutations::new(mutations, &scope.field("mutations"))))
        }
        "Buffer" => Some(FilterKind::Buffer(config.int("max_request_bytes").unwrap_or(0) as usize)),
        "CsrfPolicy" => Some(FilterKind::Csrf(Csrf::new(config, scope))),
        "HealthCheck" => Some(FilterKind::HealthCheck(HealthFilter::new(config, scope))),
        "Compressor" => Some(FilterKind::Compressor(Box::new(Compressor::new(config, scope)))),
        "Decompressor" => Some(FilterKind::Decompressor(Box::new(Decompressor::new(config, scope)))),
        "StatefulSession" => Some(FilterKind::Session(Box::new(Session::new(config, scope)))),
        "Lua" => Some(FilterKind::Lua(Box::new(LuaFilter::new(config, scope)))),
        "GrpcWeb" => Some(FilterKind::GrpcWeb),
        "Config" => Some(FilterKind::FilterState(States::new(config, scope))),
        "ExtAuthz" => ExtAuthz::new(config, scope).map(|e| FilterKind::ExtAuthz(Box::new(e))),
        _ => {
            scope.refuse("a filter without a compiler");
            None
        }
    }
}

/// `envoy.extensions.filters.http.cors.v3.CorsPolicy`.
#[derive(Debug)]
pub(crate) struct CorsPolicy {
    origins: Vec<StringMatcher>,
    /// `access-control-allow-methods`.
    pub(crate) methods: String,
    /// `access-control-allow-headers`.
    pub(crate) headers: String,
    /// `access-control-expose-headers`.
    pub(crate) expose: String,
    /// `access-control-max-age`.
    pub(crate) max_age: String,
    /// Whether credentials are allowed.
    pub(crate) credentials: bool,
    /// Whether private network access is allowed.
    pub(crate) private_network: bool,
    /// Whether a preflight of an origin that does not match goes upstream.
    pub(crate) forward_not_matching: bool,
    /// The share of requests it applies to.
    pub(crate) enabled: Fraction,
}

impl CorsPolicy {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let origins = value.items("allow_origin_string_match").iter().enumerate();
        Self {
            origins: origins
                .map(|(i, o)| StringMatcher::new(o, &scope.item("allow_origin_string_match", i)))
                .collect(),
            methods: value.text("allow_methods").to_owned(),
            headers: value.text("allow_headers").to_owned(),
            expose: value.text("expose_headers").to_owned(),
            max_age: value.text("max_age").to_owned(),
            credentials: value.flag("allow_credentials"),
            private_network: value.flag("allow_private_network_access"),
            forward_not_matching: value.opt_flag("forward_not_matching_preflights").unwrap_or(true),
            enabled: value.get_field("filter_enabled").map_or(Fraction::ALL, Fraction::runtime),
        }
    }

    /// Whether an origin is allowed; `*` as a pattern allows every origin.
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        self.origins.iter().any(|o| o.matches(b"*") || o.matches(origin))
    }
}

/// Reads `envoy.type.v3.HttpStatus`: a number or one of the enum's names that proxies use.
pub(super) fn status_code(value: Option<&Value>, default: u16, scope: &Scope<'_>) -> u16 {
    let Some(code) = value.get_field("code") else { return default };
    if let Some(number) = code.as_u64() {
        return u16::try_from(number).unwrap_or(default);
    }
    match crate::http::status_by_name(code.as_str().unwrap_or_default()) {
        Some(status) => status,
        None => {
            scope.refuse("code is not the name of an HTTP status");
            default
        }
    }
}
