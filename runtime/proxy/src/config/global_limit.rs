//! The global rate limit filter, compiled.
use std::time::Duration;

use crate::json::Value;

use super::filter::status_code;
use super::header_ops::HeaderOps;
use super::local_limit::{HostActions, host_actions};
use super::value::{Get, Scope};
use crate::server::grpc::GrpcService;

/// `envoy.extensions.filters.http.ratelimit.v3.RateLimit`.
#[derive(Debug)]
pub(crate) struct GlobalLimit {
    /// Namespace of the descriptors.
    pub(crate) domain: String,
    /// Rate limit actions of this stage are looked at.
    pub(crate) stage: u64,
    /// Requests it is for: `internal`, `external` or both.
    pub(crate) kind: Option<bool>,
    /// Whether requests are refused when the service fails.
    pub(crate) deny: bool,
    /// The status then.
    pub(crate) error_status: u16,
    /// Whether gRPC requests are refused with RESOURCE_EXHAUSTED.
    pub(crate) exhausted: bool,
    /// The service.
    pub(crate) service: GrpcService,
    /// Whether responses tell limits.
    pub(crate) tells: bool,
    /// Whether a refusal carries `x-envoy-ratelimited`.
    pub(crate) marked: bool,
    /// The status of a limited request.
    pub(crate) status: u16,
    /// Headers of the refusal.
    pub(crate) response: HeaderOps,
}

/// What a route changes.
#[derive(Debug)]
pub(crate) struct GlobalLimitRoute {
    /// When actions of the virtual host apply.
    pub(crate) host_actions: HostActions,
    /// Another namespace.
    pub(crate) domain: Option<String>,
}

impl GlobalLimit {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let service = value.get_field("rate_limit_service").get_field("grpc_service");
        let time = value.duration("timeout").unwrap_or(Duration::from_millis(20));
        let scope_service = scope.field("rate_limit_service");
        let service = GrpcService::new(service.unwrap_or(&Value::Null), time, &scope_service);
        Self {
            domain: value.text("domain").to_owned(),
            stage: value.int("stage").unwrap_or(0),
            kind: match value.text("request_type") {
                "internal" => Some(true),
                "external" => Some(false),
                _ => None,
            },
            deny: value.flag("failure_mode_deny"),
            error_status: status_code(value.get_field("status_on_error"), 500, scope),
            exhausted: value.flag("rate_limited_as_resource_exhausted"),
            service: GrpcService { timeout: time, ..service },
            tells: value.text("enable_x_ratelimit_headers") == "DRAFT_VERSION_03",
            marked: !value.flag("disable_x_envoy_ratelimited_header"),
            status: status_code(value.get_field("rate_limited_status"), 429, scope),
            response: HeaderOps::added(value, "response_headers_to_add", scope),
        }
    }
}

impl GlobalLimitRoute {
    pub(super) fn new(value: &Value) -> Self {
        Self {
            host_actions: host_actions(value.text("vh_rate_limits")),
            domain: value.opt_text("domain").map(str::to_owned),
        }
    }
}
