//! The external authorization filter, compiled.
use std::collections::BTreeMap;
use std::time::Duration;

use crate::json::Value;

use super::action::Fraction;
use super::filter::status_code;
use super::matcher::{MetadataMatcher, StringMatcher};
use super::value::{Get, Scope};
use crate::server::grpc::GrpcService;

/// `envoy.extensions.filters.http.ext_authz.v3.ExtAuthz`.
#[derive(Debug)]
pub(crate) struct ExtAuthz {
    /// Who is asked.
    pub(crate) authorizer: Authorizer,
    /// Request headers that are part of a check; all when there is no such list and the authorizer speaks gRPC.
    pub(crate) allowed: Option<Vec<StringMatcher>>,
    /// Request headers that are not part of a check.
    pub(crate) disallowed: Vec<StringMatcher>,
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
    /// The share of requests that are checked.
    pub(crate) enabled: Fraction,
    /// Whether requests that are not checked are refused.
    pub(crate) deny_at_disable: bool,
    /// Whether, and how much of, the body is part of a check.
    pub(crate) body: Option<BodySettings>,
    /// Namespaces of dynamic metadata that are part of a check.
    pub(crate) namespaces: Vec<String>,
    /// Whether the client's certificate is part of a check.
    pub(crate) certificate: bool,
    /// Whether the server name is part of a check.
    pub(crate) tls_session: bool,
    /// Its name in statistics.
    pub(crate) stat_prefix: String,
}

/// What a route changes.
#[derive(Debug)]
pub(crate) struct CheckSettings {
    /// Further attributes of a check.
    pub(crate) extensions: BTreeMap<String, String>,
    /// Whether the body is no part of a check.
    pub(crate) without_body: bool,
    /// Other settings for the body.
    pub(crate) body: Option<BodySettings>,
}

/// Who is asked.
#[derive(Debug)]
pub(crate) enum Authorizer {
    /// An HTTP service.
    Http(Box<HttpAuthorizer>),
    /// A gRPC service.
    Grpc(GrpcService),
}

/// `HttpService`
#[derive(Debug)]
pub(crate) struct HttpAuthorizer {
    /// The authorizer's cluster.
    pub(crate) cluster: String,
    /// How long a check may take.
    pub(crate) timeout: Duration,
    /// What is put before the path.
    pub(crate) path_prefix: String,
    /// What replaces the path.
    pub(crate) path_override: String,
    /// Headers added to checks.
    pub(crate) headers_to_add: Vec<(String, String)>,
    /// Authorizer headers that go upstream, replacing the client's.
    pub(crate) upstream: Vec<StringMatcher>,
    /// Authorizer headers that are added to those of the client.
    pub(crate) upstream_append: Vec<StringMatcher>,
    /// Authorizer headers that go to the client on denial; all when empty.
    pub(crate) client: Vec<StringMatcher>,
    /// Authorizer headers that go to the client on success.
    pub(crate) client_success: Vec<StringMatcher>,
    /// Authorizer headers that become dynamic metadata.
    pub(crate) metadata: Vec<StringMatcher>,
}

/// `BufferSettings`
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodySettings {
    /// The most that is read.
    pub(crate) most: usize,
    /// Whether a longer body is cut; it is refused else.
    pub(crate) partial: bool,
    /// Whether it is sent as bytes.
    pub(crate) raw: bool,
}

impl BodySettings {
    fn new(value: &Value) -> Self {
        Self {
            most: value.int("max_request_bytes").unwrap_or(0) as usize,
            partial: value.flag("allow_partial_message"),
            raw: value.flag("pack_as_bytes"),
        }
    }
}

fn patterns(holder: Option<&Value>, field: &str, scope: &Scope<'_>) -> Vec<StringMatcher> {
    let list = holder.get_field(field);
    list.items("patterns").iter().map(|p| StringMatcher::new(p, scope)).collect()
}

impl CheckSettings {
    pub(super) fn new(value: &Value) -> Self {
        let entries = value.entries("context_extensions");
        Self {
            extensions: entries.filter_map(|(k, v)| Some((k.to_owned(), v.as_str()?.to_owned()))).collect(),
            without_body: value.flag("disable_request_body_buffering"),
            body: value.get_field("with_request_body").map(BodySettings::new),
        }
    }
}

impl ExtAuthz {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let authorizer = if let Some(service) = value.get_field("http_service") {
            Authorizer::Http(Box::new(HttpAuthorizer::new(service, scope)))
        } else if let Some(service) = value.get_field("grpc_service") {
            let time = Duration::from_millis(200);
            Authorizer::Grpc(GrpcService::new(service, time, &scope.field("grpc_service")))
        } else {
            scope.refuse("an authorizer is needed: http_service or grpc_service");
            return None;
        };
        Some(Self {
            authorizer,
            allowed: value
                .get_field("allowed_headers")
                .map(|_| patterns(Some(value), "allowed_headers", scope)),
            disallowed: patterns(Some(value), "disallowed_headers", scope),
            clear_route: value.flag("clear_route_cache"),
            open: value.flag("failure_mode_allow"),
            open_header: value.flag("failure_mode_allow_header_add"),
            error_status: status_code(value.get_field("status_on_error"), 403, scope),
            metadata: value
                .get_field("filter_enabled_metadata")
                .map(|m| MetadataMatcher::new(m, &scope.field("filter_enabled_metadata"))),
            enabled: value.get_field("filter_enabled").map_or(Fraction::ALL, Fraction::runtime),
            deny_at_disable: value.get_field("deny_at_disable").flag("default_value"),
            body: value.get_field("with_request_body").map(BodySettings::new),
            namespaces: value.texts("metadata_context_namespaces"),
            certificate: value.flag("include_peer_certificate"),
            tls_session: value.flag("include_tls_session"),
            stat_prefix: value.text("stat_prefix").to_owned(),
        })
    }
}

impl HttpAuthorizer {
    fn new(service: &Value, scope: &Scope<'_>) -> Self {
        let uri = service.get_field("server_uri");
        let request = service.get_field("authorization_request");
        let response = service.get_field("authorization_response");
        let headers = request.items("headers_to_add").iter();
        Self {
            cluster: uri.text("cluster").to_owned(),
            timeout: uri.duration("timeout").unwrap_or(Duration::from_millis(200)),
            path_prefix: service.text("path_prefix").to_owned(),
            path_override: service.text("path_override").to_owned(),
            headers_to_add: headers
                .map(|h| (h.text("key").to_ascii_lowercase(), h.text("value").to_owned()))
                .collect(),
            upstream: patterns(response, "allowed_upstream_headers", scope),
            upstream_append: patterns(response, "allowed_upstream_headers_to_append", scope),
            client: patterns(response, "allowed_client_headers", scope),
            client_success: patterns(response, "allowed_client_headers_on_success", scope),
            metadata: patterns(response, "dynamic_metadata_from_headers", scope),
        }
    }
}
