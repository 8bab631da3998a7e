//! The external authorization filter over HTTP, compiled.
use std::time::Duration;

use serde_json::Value;

use super::filter::status_code;
use super::matcher::{MetadataMatcher, StringMatcher};
use super::value::{Get, Scope};

/// `envoy.extensions.filters.http.ext_authz.v3.ExtAuthz` with an HTTP service.
#[derive(Debug)]
pub(crate) struct ExtAuthz {
    /// The authorizer's cluster.
    pub(crate) cluster: String,
    /// How long a check may take.
    pub(crate) timeout: Duration,
    /// What is put before the path.
    pub(crate) path_prefix: String,
    /// Headers added to checks.
    pub(crate) headers_to_add: Vec<(String, String)>,
    /// Request headers that are part of a check.
    pub(crate) allowed: Vec<StringMatcher>,
    /// Authorizer headers that go upstream, replacing the client's.
    pub(crate) upstream: Vec<StringMatcher>,
    /// Authorizer headers that are added to those of the client.
    pub(crate) upstream_append: Vec<StringMatcher>,
    /// Authorizer headers that go to the client on denial; all when empty.
    pub(crate) client: Vec<StringMatcher>,
    /// Authorizer headers that go to the client on success.
    pub(crate) client_success: Vec<StringMatcher>,
    /// Whether the route is chosen again once a request was allowed.
    pub(crate) clear_route: bool,
    /// Whether requests pass when the authorizer fails.
    pub(crate) open: bool,
    /// Whether such requests carry `x-envoy-auth-failure-mode-allowed`.
    pub(crate) open_header: bool,
    /// The status when the authorizer fails.
    pub(crate) error_status: u16,
    /// Only requests with this metadata are checked.
    pub(crate) metadata: Option<MetadataMatcher>,
}

impl ExtAuthz {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let Some(service) = value.get_field("http_service") else {
            scope.refuse("only http_service authorizers are supported; run the bootstrap in Envoy");
            return None;
        };
        let uri = service.get_field("server_uri");
        let request = service.get_field("authorization_request");
        let response = service.get_field("authorization_response");
        let patterns = |holder: Option<&Value>, field: &str| -> Vec<StringMatcher> {
            let list = holder.get_field(field);
            list.items("patterns").iter().map(|p| StringMatcher::new(p, scope)).collect()
        };
        let headers = request.items("headers_to_add").iter();
        Some(Self {
            cluster: uri.text("cluster").to_owned(),
            timeout: uri.duration("timeout").unwrap_or(Duration::from_millis(200)),
            path_prefix: service.text("path_prefix").to_owned(),
            headers_to_add: headers
                .map(|h| (h.text("key").to_ascii_lowercase(), h.text("value").to_owned()))
                .collect(),
            allowed: patterns(Some(value), "allowed_headers"),
            upstream: patterns(response, "allowed_upstream_headers"),
            upstream_append: patterns(response, "allowed_upstream_headers_to_append"),
            client: patterns(response, "allowed_client_headers"),
            client_success: patterns(response, "allowed_client_headers_on_success"),
            clear_route: value.flag("clear_route_cache"),
            open: value.flag("failure_mode_allow"),
            open_header: value.flag("failure_mode_allow_header_add"),
            error_status: status_code(value.get_field("status_on_error"), 403, scope),
            metadata: value
                .get_field("filter_enabled_metadata")
                .map(|m| MetadataMatcher::new(m, &scope.field("filter_enabled_metadata"))),
        })
    }
}
