// tidy: table
//! Supported messages: HTTP connection manager, routes, access logs, matchers.
use super::coding_table::{COMPRESSOR, COMPRESSOR_PER_ROUTE, DECOMPRESSOR};
use super::filter_table::{
    BUFFER, BUFFER_PER_ROUTE, CORS, CORS_POLICY, CSRF, DYNAMIC_HOST, EXT_AUTHZ, EXT_AUTHZ_PER_ROUTE, FAULT,
    GLOBAL_RATELIMIT, GRPC_STATS, GRPC_WEB, HEADER_MUTATION, HEADER_MUTATION_PER_ROUTE, HEALTH_FILTER,
    HTTP_RBAC, JWT_AUTHN, JWT_PER_ROUTE, LOCAL_RATELIMIT, LUA, LUA_PER_ROUTE, RATELIMIT_PER_ROUTE,
    RBAC_PER_ROUTE, ROUTER, RUNTIME_FRACTION, SESSION, SESSION_PER_ROUTE, SET_FILTER_STATE,
};
use super::istio_table::{ALPN, ISTIO_STATS, PEER_HEADERS};
use super::listener_table::{DATA_SOURCE, EXTENSION, INT_RANGE, METADATA};
use super::log_table::{HTTP_SERVICE_LOG, OTLP_LOG, TCP_SERVICE_LOG};
use super::table::Kind::{Any, Bool, Duration, Enum, Float, Free, Int, List, Map, Msg, Only, Str};
use super::table::{Message, inert, run};

const TRACING: &str = "spans are not exported";

pub(super) static HCM: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    fields: &[
        run("codec_type", Enum(&["AUTO", "HTTP1", "HTTP2"])),
        run("stat_prefix", Str),
        run("route_config", Msg(&ROUTE_CONFIG)),
        run("http_filters", List(&Msg(&HTTP_FILTER))),
        run("access_log", List(&Msg(&ACCESS_LOG))),
        inert("access_log_options", Free, "one line at the end of a request"),
        run("use_remote_address", Bool),
        run("xff_num_trusted_hops", Int),
        run("skip_xff_append", Bool),
        run("append_x_forwarded_port", Bool),
        run("scheme_header_transformation", Msg(&SCHEME)),
        run("server_name", Str),
        run("server_header_transformation", Enum(&["OVERWRITE", "APPEND_IF_ABSENT", "PASS_THROUGH"])),
        run("generate_request_id", Bool),
        run("preserve_external_request_id", Bool),
        run("always_set_request_id_in_response", Bool),
        inert("request_id_extension", Msg(&REQUEST_ID), "UUIDs are built in"),
        run(
            "forward_client_cert_details",
            Enum(&["SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"]),
        ),
        run("set_current_client_cert_details", Msg(&CLIENT_CERT)),
        run("normalize_path", Bool),
        run("merge_slashes", Bool),
        run(
            "path_with_escaped_slashes_action",
            Enum(&[
                "IMPLEMENTATION_SPECIFIC_DEFAULT",
                "KEEP_UNCHANGED",
                "REJECT_REQUEST",
                "UNESCAPE_AND_REDIRECT",
                "UNESCAPE_AND_FORWARD",
            ]),
        ),
        run("strip_any_host_port", Bool),
        run("strip_matching_host_port", Bool),
        run("strip_trailing_host_dot", Bool),
        run("stream_idle_timeout", Duration),
        run("request_timeout", Duration),
        run("request_headers_timeout", Duration),
        run("drain_timeout", Duration),
        run("delayed_close_timeout", Duration),
        run("common_http_protocol_options", Msg(&HTTP_COMMON)),
        run("http_protocol_options", Msg(&H1_OPTIONS)),
        run("http2_protocol_options", Msg(&H2_OPTIONS)),
        run("max_request_headers_kb", Int),
        run("upgrade_configs", List(&Msg(&UPGRADE))),
        run("internal_address_config", Msg(&INTERNAL_ADDRESS)),
        run("via", Str),
        run("proxy_100_continue", Bool),
        run("tracing", Msg(&HCM_TRACING)),
        run("add_user_agent", Only("false")),
        inert("stream_error_on_invalid_http_message", Bool, "invalid messages close the connection"),
        inert("typed_header_validation_config", Msg(&EXTENSION), "one validator is built in"),
    ],
};

static DECORATOR: Message = Message {
    name: "envoy.config.route.v3.Decorator",
    fields: &[run("operation", Str), run("propagate", Bool)],
};

static HCM_TRACING: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing",
    fields: &[
        run("client_sampling", Msg(&super::listener_table::PERCENT)),
        run("random_sampling", Msg(&super::listener_table::PERCENT)),
        run("overall_sampling", Msg(&super::listener_table::PERCENT)),
        inert("verbose", Bool, "spans have no events"),
        run("max_path_tag_length", Int),
        run("custom_tags", List(&Msg(&CUSTOM_TAG))),
        run("provider", Msg(&TRACE_PROVIDER)),
        run("spawn_upstream_span", Bool),
    ],
};

static ROUTE_TRACING: Message = Message {
    name: "envoy.config.route.v3.Tracing",
    fields: &[
        run("client_sampling", Msg(&super::filter_table::FRACTION)),
        run("random_sampling", Msg(&super::filter_table::FRACTION)),
        run("overall_sampling", Msg(&super::filter_table::FRACTION)),
        run("custom_tags", List(&Msg(&CUSTOM_TAG))),
    ],
};

static CUSTOM_TAG: Message = Message {
    name: "envoy.type.tracing.v3.CustomTag",
    fields: &[
        run("tag", Str),
        run("value", Str),
        run("literal", Msg(&TAG_SOURCE)),
        run("environment", Msg(&TAG_SOURCE)),
        run("request_header", Msg(&TAG_SOURCE)),
        run("metadata", Msg(&TAG_SOURCE)),
    ],
};

/// The sources share their fields; each reads its own.
static TAG_SOURCE: Message = Message {
    name: "envoy.type.tracing.v3.CustomTag.Source",
    fields: &[
        run("value", Str),
        run("name", Str),
        run("default_value", Str),
        inert("kind", Free, "dynamic metadata"),
        run("metadata_key", Msg(&METADATA_KEY)),
    ],
};

static TRACE_PROVIDER: Message = Message {
    name: "envoy.config.trace.v3.Tracing.Http",
    fields: &[run("name", Str), run("typed_config", Any(&[&OPEN_TELEMETRY, &ZIPKIN, &SKYWALKING]))],
};

static OPEN_TELEMETRY: Message = Message {
    name: "envoy.config.trace.v3.OpenTelemetryConfig",
    fields: &[
        run("grpc_service", Msg(&super::filter_table::GRPC_SERVICE)),
        run("http_service", Msg(&TRACE_HTTP)),
        run("service_name", Str),
        inert("resource_detectors", List(&Free), "the service's name is the only attribute"),
        inert("max_cache_size", Int, "spans wait half a second"),
    ],
};

static TRACE_HTTP: Message = Message {
    name: "envoy.config.core.v3.HttpService",
    fields: &[
        run("http_uri", Msg(&super::filter_table::HTTP_URI)),
        inert("request_headers_to_add", List(&Free), "only headers of the protocol are sent"),
    ],
};

static ZIPKIN: Message = Message {
    name: "envoy.config.trace.v3.ZipkinConfig",
    fields: &[
        run("collector_cluster", Str),
        run("collector_endpoint", Str),
        run("collector_endpoint_version", Enum(&["HTTP_JSON"])),
        run("collector_hostname", Str),
        run("collector_service", Msg(&TRACE_HTTP)),
        run("trace_id_128bit", Bool),
        run("shared_span_context", Bool),
        inert("split_spans_for_request", Bool, "one span for each request"),
        run("trace_context_option", Enum(&["USE_B3"])),
    ],
};

static SKYWALKING: Message = Message {
    name: "envoy.config.trace.v3.SkyWalkingConfig",
    fields: &[
        run("grpc_service", Msg(&super::filter_table::GRPC_SERVICE)),
        run("client_config", Msg(&SKYWALKING_CLIENT)),
    ],
};

static SKYWALKING_CLIENT: Message = Message {
    name: "envoy.config.trace.v3.ClientConfig",
    fields: &[
        run("service_name", Str),
        run("instance_name", Str),
        run("backend_token", Str),
        inert("max_cache_size", Int, "segments wait half a second"),
    ],
};

static INTERNAL_ADDRESS: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig",
    fields: &[
        run("cidr_ranges", List(&Msg(&super::listener_table::CIDR))),
        inert("unix_sockets", Bool, "no unix listeners"),
    ],
};

static REQUEST_ID: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension",
    fields: &[inert("typed_config", Any(&[&UUID_REQUEST_ID]), "UUIDs are built in")],
};

static UUID_REQUEST_ID: Message = Message {
    name: "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
    fields: &[
        inert("pack_trace_reason", Bool, TRACING),
        inert("use_request_id_for_trace_sampling", Bool, TRACING),
    ],
};

static CLIENT_CERT: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails",
    fields: &[
        run("subject", Bool),
        run("cert", Bool),
        run("chain", Only("false")),
        run("dns", Bool),
        run("uri", Bool),
    ],
};

static UPGRADE: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig",
    fields: &[run("upgrade_type", Str), run("enabled", Bool)],
};

pub(super) static HTTP_COMMON: Message = Message {
    name: "envoy.config.core.v3.HttpProtocolOptions",
    fields: &[
        run("idle_timeout", Duration),
        run("max_connection_duration", Duration),
        run("max_headers_count", Int),
        run("max_stream_duration", Duration),
        run("headers_with_underscores_action", Enum(&["ALLOW", "REJECT_REQUEST", "DROP_HEADER"])),
        run("max_requests_per_connection", Int),
    ],
};

pub(super) static H1_OPTIONS: Message = Message {
    name: "envoy.config.core.v3.Http1ProtocolOptions",
    fields: &[
        run("accept_http_10", Bool),
        run("default_host_for_http_10", Str),
        run("header_key_format", Msg(&HEADER_KEY_FORMAT)),
        run("allow_absolute_url", Only("true")),
        inert("enable_trailers", Enum(&[]), "trailers of HTTP/1 are dropped"),
        inert("use_balsa_parser", Bool, "one parser is built in"),
    ],
};

static HEADER_KEY_FORMAT: Message = Message {
    name: "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat",
    fields: &[run("stateful_formatter", Msg(&STATEFUL_FORMATTER)), run("proper_case_words", Free)],
};

static STATEFUL_FORMATTER: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[run("name", Str), run("typed_config", Any(&[&PRESERVE_CASE]))],
};

static PRESERVE_CASE: Message = Message {
    name: "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
    fields: &[
        inert("forward_reason_phrase", Bool, "reason phrases are standard"),
        inert("formatter_type_on_envoy_headers", Enum(&["DEFAULT"]), "lower case"),
    ],
};

static SCHEME: Message = Message {
    name: "envoy.config.core.v3.SchemeHeaderTransformation",
    fields: &[run("scheme_to_overwrite", Enum(&["http", "https"])), run("match_upstream", Only("false"))],
};

static H2_KEEPALIVE: Message = Message {
    name: "envoy.config.core.v3.KeepaliveSettings",
    fields: &[
        run("interval", Duration),
        run("timeout", Duration),
        run("interval_jitter", Msg(&super::listener_table::PERCENT)),
        run("connection_idle_interval", Duration),
    ],
};

pub(super) static H2_OPTIONS: Message = Message {
    name: "envoy.config.core.v3.Http2ProtocolOptions",
    fields: &[
        run("max_concurrent_streams", Int),
        run("initial_stream_window_size", Int),
        run("initial_connection_window_size", Int),
        inert("hpack_table_size", Int, "4096"),
        run("allow_connect", Bool),
        inert("allow_metadata", Bool, "METADATA frames are not sent"),
        run("connection_keepalive", Msg(&H2_KEEPALIVE)),
        inert("override_stream_error_on_invalid_http_message", Bool, "errors end the stream"),
        inert("max_outbound_frames", Int, "bounded by flow control"),
        inert("max_outbound_control_frames", Int, "bounded by flow control"),
        inert("max_consecutive_inbound_frames_with_empty_payload", Int, "bounded by the codec"),
        inert("max_inbound_priority_frames_per_stream", Int, "bounded by the codec"),
        inert("max_inbound_window_update_frames_per_data_frame_sent", Int, "bounded by the codec"),
    ],
};

static HTTP_FILTER: Message = Message {
    name: "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    fields: &[
        run("name", Str),
        run(
            "typed_config",
            Any(&[
                &ROUTER,
                &HTTP_RBAC,
                &FAULT,
                &CORS,
                &GRPC_STATS,
                &LOCAL_RATELIMIT,
                &JWT_AUTHN,
                &EXT_AUTHZ,
                &GLOBAL_RATELIMIT,
                &HEADER_MUTATION,
                &BUFFER,
                &CSRF,
                &HEALTH_FILTER,
                &SET_FILTER_STATE,
                &COMPRESSOR,
                &DECOMPRESSOR,
                &PEER_HEADERS,
                &ALPN,
                &ISTIO_STATS,
                &SESSION,
                &GRPC_WEB,
                &DYNAMIC_HOST,
                &LUA,
            ]),
        ),
        run("disabled", Bool),
        inert("is_optional", Bool, "an unknown filter is refused all the same"),
    ],
};

static PER_FILTER: super::table::Kind = Any(&[
    &FAULT,
    &CORS_POLICY,
    &LOCAL_RATELIMIT,
    &RBAC_PER_ROUTE,
    &JWT_PER_ROUTE,
    &EXT_AUTHZ_PER_ROUTE,
    &RATELIMIT_PER_ROUTE,
    &HEADER_MUTATION_PER_ROUTE,
    &BUFFER_PER_ROUTE,
    &CSRF,
    &COMPRESSOR_PER_ROUTE,
    &SESSION_PER_ROUTE,
    &LUA_PER_ROUTE,
    &FILTER_CONFIG,
]);

static FILTER_CONFIG: Message = Message {
    name: "envoy.config.route.v3.FilterConfig",
    fields: &[
        run(
            "config",
            Any(&[
                &FAULT,
                &CORS_POLICY,
                &LOCAL_RATELIMIT,
                &RBAC_PER_ROUTE,
                &JWT_PER_ROUTE,
                &EXT_AUTHZ_PER_ROUTE,
                &RATELIMIT_PER_ROUTE,
                &HEADER_MUTATION_PER_ROUTE,
                &BUFFER_PER_ROUTE,
                &CSRF,
                &COMPRESSOR_PER_ROUTE,
                &SESSION_PER_ROUTE,
                &LUA_PER_ROUTE,
            ]),
        ),
        run("disabled", Bool),
        inert("is_optional", Bool, "an unknown filter is refused all the same"),
    ],
};

pub(super) static ROUTE_CONFIG: Message = Message {
    name: "envoy.config.route.v3.RouteConfiguration",
    fields: &[
        inert("name", Str, "a label"),
        run("virtual_hosts", List(&Msg(&VIRTUAL_HOST))),
        run("internal_only_headers", List(&Str)),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("response_headers_to_remove", List(&Str)),
        run("request_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_remove", List(&Str)),
        run("most_specific_header_mutations_wins", Bool),
        run("validate_clusters", Bool),
        run("ignore_port_in_host_matching", Bool),
        inert("max_direct_response_body_size_bytes", Int, "bodies are as long as configured"),
        run("typed_per_filter_config", Map(&PER_FILTER)),
        inert("metadata", Free, "a label"),
    ],
};

static VIRTUAL_HOST: Message = Message {
    name: "envoy.config.route.v3.VirtualHost",
    fields: &[
        run("name", Str),
        run("domains", List(&Str)),
        run("routes", List(&Msg(&ROUTE))),
        run("require_tls", Enum(&["NONE", "EXTERNAL_ONLY", "ALL"])),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("response_headers_to_remove", List(&Str)),
        run("request_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_remove", List(&Str)),
        run("typed_per_filter_config", Map(&PER_FILTER)),
        run("include_request_attempt_count", Bool),
        run("include_attempt_count_in_response", Bool),
        run("retry_policy", Msg(&RETRY_POLICY)),
        run("hedge_policy", Msg(&HEDGE_POLICY)),
        run("request_mirror_policies", List(&Msg(&MIRROR))),
        run("cors", Free),
        run("rate_limits", List(&Msg(&RATE_LIMIT))),
        run("metadata", Msg(&METADATA)),
        run("virtual_clusters", List(&Msg(&VIRTUAL_CLUSTER))),
    ],
};

static VIRTUAL_CLUSTER: Message = Message {
    name: "envoy.config.route.v3.VirtualCluster",
    fields: &[run("name", Str), run("headers", List(&Msg(&HEADER_MATCHER)))],
};

static ROUTE: Message = Message {
    name: "envoy.config.route.v3.Route",
    fields: &[
        run("name", Str),
        run("match", Msg(&ROUTE_MATCH)),
        run("route", Msg(&ROUTE_ACTION)),
        run("redirect", Msg(&REDIRECT)),
        run("direct_response", Msg(&DIRECT_RESPONSE)),
        run("metadata", Msg(&METADATA)),
        run("decorator", Msg(&DECORATOR)),
        run("tracing", Msg(&ROUTE_TRACING)),
        inert("stat_prefix", Str, "a statistic"),
        run("typed_per_filter_config", Map(&PER_FILTER)),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("response_headers_to_remove", List(&Str)),
        run("request_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_remove", List(&Str)),
    ],
};

pub(super) static ROUTE_MATCH: Message = Message {
    name: "envoy.config.route.v3.RouteMatch",
    fields: &[
        run("prefix", Str),
        run("path", Str),
        run("path_separated_prefix", Str),
        run("safe_regex", Msg(&REGEX)),
        run("connect_matcher", Msg(&CONNECT_MATCHER)),
        run("case_sensitive", Bool),
        run("headers", List(&Msg(&HEADER_MATCHER))),
        run("query_parameters", List(&Msg(&QUERY_MATCHER))),
        run("runtime_fraction", Msg(&RUNTIME_FRACTION)),
        run("grpc", Free),
        run("dynamic_metadata", List(&Msg(&METADATA_MATCHER))),
    ],
};

pub(super) static REGEX: Message = Message {
    name: "envoy.type.matcher.v3.RegexMatcher",
    fields: &[inert("google_re2", Free, "the only engine"), run("regex", Str)],
};

static REGEX_SUBSTITUTE: Message = Message {
    name: "envoy.type.matcher.v3.RegexMatchAndSubstitute",
    fields: &[run("pattern", Msg(&REGEX)), run("substitution", Str)],
};

pub(super) static STRING_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.StringMatcher",
    fields: &[
        run("exact", Str),
        run("prefix", Str),
        run("suffix", Str),
        run("contains", Str),
        run("safe_regex", Msg(&REGEX)),
        run("ignore_case", Bool),
    ],
};

pub(super) static HEADER_MATCHER: Message = Message {
    name: "envoy.config.route.v3.HeaderMatcher",
    fields: &[
        run("name", Str),
        run("string_match", Msg(&STRING_MATCHER)),
        run("exact_match", Str),
        run("prefix_match", Str),
        run("suffix_match", Str),
        run("contains_match", Str),
        run("safe_regex_match", Msg(&REGEX)),
        run("range_match", Msg(&INT_RANGE)),
        run("present_match", Bool),
        run("invert_match", Bool),
        run("treat_missing_header_as_empty", Bool),
    ],
};

static QUERY_MATCHER: Message = Message {
    name: "envoy.config.route.v3.QueryParameterMatcher",
    fields: &[run("name", Str), run("string_match", Msg(&STRING_MATCHER)), run("present_match", Bool)],
};

pub(super) static METADATA_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.MetadataMatcher",
    fields: &[
        run("filter", Str),
        run("path", List(&Msg(&PATH_SEGMENT))),
        run("value", Msg(&VALUE_MATCHER)),
        run("invert", Bool),
    ],
};

static PATH_SEGMENT: Message =
    Message { name: "envoy.type.matcher.v3.MetadataMatcher.PathSegment", fields: &[run("key", Str)] };

static VALUE_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.ValueMatcher",
    fields: &[
        run("double_match", Msg(&DOUBLE_MATCHER)),
        run("string_match", Msg(&STRING_MATCHER)),
        run("bool_match", Bool),
        run("present_match", Bool),
        run("list_match", Msg(&LIST_MATCHER)),
        run("or_match", Msg(&OR_MATCHER)),
    ],
};

static DOUBLE_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.DoubleMatcher",
    fields: &[run("exact", Float), run("range", Msg(&DOUBLE_RANGE))],
};

static DOUBLE_RANGE: Message =
    Message { name: "envoy.type.v3.DoubleRange", fields: &[run("start", Float), run("end", Float)] };

static LIST_MATCHER: Message =
    Message { name: "envoy.type.matcher.v3.ListMatcher", fields: &[run("one_of", Msg(&VALUE_MATCHER))] };

static OR_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.OrMatcher",
    fields: &[run("value_matchers", List(&Msg(&VALUE_MATCHER)))],
};

static ROUTE_ACTION: Message = Message {
    name: "envoy.config.route.v3.RouteAction",
    fields: &[
        run("cluster", Str),
        run("cluster_header", Str),
        run("weighted_clusters", Msg(&WEIGHTED_CLUSTERS)),
        run(
            "cluster_not_found_response_code",
            Enum(&["SERVICE_UNAVAILABLE", "NOT_FOUND", "INTERNAL_SERVER_ERROR"]),
        ),
        run("prefix_rewrite", Str),
        run("regex_rewrite", Msg(&REGEX_SUBSTITUTE)),
        run("host_rewrite_literal", Str),
        run("host_rewrite_header", Str),
        run("host_rewrite_path_regex", Msg(&REGEX_SUBSTITUTE)),
        run("auto_host_rewrite", Bool),
        run("append_x_forwarded_host", Bool),
        run("timeout", Duration),
        run("idle_timeout", Duration),
        run("max_grpc_timeout", Duration),
        run("max_stream_duration", Msg(&MAX_STREAM_DURATION)),
        run("retry_policy", Msg(&RETRY_POLICY)),
        run("hedge_policy", Msg(&HEDGE_POLICY)),
        run("request_mirror_policies", List(&Msg(&MIRROR))),
        run("priority", Enum(&["DEFAULT", "HIGH"])),
        run("rate_limits", List(&Msg(&RATE_LIMIT))),
        run("include_vh_rate_limits", Bool),
        run("hash_policy", List(&Msg(&HASH_POLICY))),
        run("cors", Free),
        run("upgrade_configs", List(&Msg(&ROUTE_UPGRADE))),
        run("metadata_match", Msg(&METADATA)),
        run("internal_redirect_policy", Msg(&INTERNAL_REDIRECT)),
    ],
};

static INTERNAL_REDIRECT: Message = Message {
    name: "envoy.config.route.v3.InternalRedirectPolicy",
    fields: &[
        run("max_internal_redirects", Int),
        run("redirect_response_codes", List(&Int)),
        run("allow_cross_scheme_redirect", Bool),
        run("response_headers_to_copy", List(&Str)),
        run("predicates", List(&Msg(&REDIRECT_PREDICATE))),
    ],
};

static REDIRECT_PREDICATE: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[
        inert("name", Str, "a label"),
        run("typed_config", Any(&[&PREVIOUS_ROUTES, &ALLOWED_ROUTES, &SAFE_SCHEME])),
    ],
};

static PREVIOUS_ROUTES: Message = Message {
    name: "envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig",
    fields: &[],
};

static ALLOWED_ROUTES: Message = Message {
    name: "envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig",
    fields: &[run("allowed_route_names", List(&Str))],
};

static SAFE_SCHEME: Message = Message {
    name: "envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig",
    fields: &[],
};

static ROUTE_UPGRADE: Message = Message {
    name: "envoy.config.route.v3.RouteAction.UpgradeConfig",
    fields: &[run("upgrade_type", Str), run("enabled", Bool), run("connect_config", Msg(&CONNECT_CONFIG))],
};

static CONNECT_CONFIG: Message = Message {
    name: "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig",
    fields: &[run("allow_post", Bool)],
};

static CONNECT_MATCHER: Message =
    Message { name: "envoy.config.route.v3.RouteMatch.ConnectMatcher", fields: &[] };

static MAX_STREAM_DURATION: Message = Message {
    name: "envoy.config.route.v3.RouteAction.MaxStreamDuration",
    fields: &[run("max_stream_duration", Duration), run("grpc_timeout_header_max", Duration)],
};

static WEIGHTED_CLUSTERS: Message = Message {
    name: "envoy.config.route.v3.WeightedCluster",
    fields: &[
        run("clusters", List(&Msg(&CLUSTER_WEIGHT))),
        inert("total_weight", Int, "the sum of the weights"),
        run("runtime_key_prefix", Str),
    ],
};

static CLUSTER_WEIGHT: Message = Message {
    name: "envoy.config.route.v3.WeightedCluster.ClusterWeight",
    fields: &[
        run("name", Str),
        run("weight", Int),
        run("cluster_header", Str),
        run("metadata_match", Msg(&METADATA)),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("response_headers_to_remove", List(&Str)),
        run("request_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_remove", List(&Str)),
        run("typed_per_filter_config", Map(&PER_FILTER)),
        run("host_rewrite_literal", Str),
    ],
};

static HEDGE_POLICY: Message = Message {
    name: "envoy.config.route.v3.HedgePolicy",
    fields: &[
        run("hedge_on_per_try_timeout", Bool),
        inert("initial_requests", Int, "Envoy does not read it"),
        inert("additional_request_chance", Msg(&super::filter_table::FRACTION), "Envoy does not read it"),
    ],
};

static RETRY_POLICY: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy",
    fields: &[
        run("retry_on", Str),
        run("num_retries", Int),
        run("per_try_timeout", Duration),
        run("per_try_idle_timeout", Duration),
        run("retry_priority", Msg(&RETRY_PRIORITY)),
        run("rate_limited_retry_back_off", Msg(&RATE_LIMITED_BACK_OFF)),
        run("retry_host_predicate", List(&Msg(&RETRY_PREDICATE))),
        run("host_selection_retry_max_attempts", Int),
        run("retriable_status_codes", List(&Int)),
        run("retry_back_off", Msg(&BACK_OFF)),
        run("retriable_headers", List(&Msg(&HEADER_MATCHER))),
        run("retriable_request_headers", List(&Msg(&HEADER_MATCHER))),
    ],
};

static RETRY_PREDICATE: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy.RetryHostPredicate",
    fields: &[run("name", Str), run("typed_config", Any(&[&PREVIOUS_HOSTS, &OMIT_METADATA]))],
};

static OMIT_METADATA: Message = Message {
    name: "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig",
    fields: &[run("metadata_match", Msg(&METADATA))],
};

static RETRY_PRIORITY: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy.RetryPriority",
    fields: &[run("name", Str), run("typed_config", Any(&[&PREVIOUS_PRIORITIES]))],
};

static PREVIOUS_PRIORITIES: Message = Message {
    name: "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
    fields: &[run("update_frequency", Int)],
};

static RATE_LIMITED_BACK_OFF: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff",
    fields: &[run("reset_headers", List(&Msg(&RESET_HEADER))), run("max_interval", Duration)],
};

static RESET_HEADER: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy.ResetHeader",
    fields: &[run("name", Str), run("format", Enum(&["SECONDS", "UNIX_TIMESTAMP"]))],
};

pub(super) static RATE_LIMIT: Message = Message {
    name: "envoy.config.route.v3.RateLimit",
    fields: &[
        run("stage", Int),
        inert("disable_key", Str, "no runtime"),
        run("actions", List(&Msg(&RATE_LIMIT_ACTION))),
    ],
};

static RATE_LIMIT_ACTION: Message = Message {
    name: "envoy.config.route.v3.RateLimit.Action",
    fields: &[
        run("source_cluster", Free),
        run("destination_cluster", Free),
        run("request_headers", Msg(&RATE_LIMIT_FIELDS)),
        run("query_parameters", Msg(&RATE_LIMIT_FIELDS)),
        run("remote_address", Free),
        run("masked_remote_address", Msg(&RATE_LIMIT_FIELDS)),
        run("generic_key", Msg(&RATE_LIMIT_FIELDS)),
        run("header_value_match", Msg(&RATE_LIMIT_FIELDS)),
        run("query_parameter_value_match", Msg(&RATE_LIMIT_FIELDS)),
        run("metadata", Msg(&RATE_LIMIT_FIELDS)),
    ],
};

/// The actions share their fields; each reads its own.
static RATE_LIMIT_FIELDS: Message = Message {
    name: "envoy.config.route.v3.RateLimit.Action.Fields",
    fields: &[
        run("header_name", Str),
        run("query_parameter_name", Str),
        run("descriptor_key", Str),
        run("descriptor_value", Str),
        run("skip_if_absent", Bool),
        run("expect_match", Bool),
        run("headers", List(&Msg(&HEADER_MATCHER))),
        run("query_parameters", List(&Msg(&QUERY_MATCHER))),
        run("metadata_key", Msg(&METADATA_KEY)),
        run("default_value", Str),
        run("source", Enum(&["DYNAMIC"])),
        run("v4_prefix_mask_len", Int),
        run("v6_prefix_mask_len", Int),
    ],
};

static METADATA_KEY: Message = Message {
    name: "envoy.type.metadata.v3.MetadataKey",
    fields: &[run("key", Str), run("path", List(&Msg(&PATH_SEGMENT)))],
};

static PREVIOUS_HOSTS: Message =
    Message { name: "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", fields: &[] };

static BACK_OFF: Message = Message {
    name: "envoy.config.route.v3.RetryPolicy.RetryBackOff",
    fields: &[run("base_interval", Duration), run("max_interval", Duration)],
};

static MIRROR: Message = Message {
    name: "envoy.config.route.v3.RouteAction.RequestMirrorPolicy",
    fields: &[
        run("cluster", Str),
        run("runtime_fraction", Msg(&RUNTIME_FRACTION)),
        run("disable_shadow_host_suffix_append", Bool),
        inert("trace_sampled", Bool, TRACING),
    ],
};

static HASH_POLICY: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy",
    fields: &[
        run("header", Msg(&HASH_HEADER)),
        run("cookie", Msg(&HASH_COOKIE)),
        run("connection_properties", Msg(&HASH_CONNECTION)),
        run("query_parameter", Msg(&HASH_QUERY)),
        run("terminal", Bool),
    ],
};

static HASH_HEADER: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy.Header",
    fields: &[run("header_name", Str), run("regex_rewrite", Msg(&REGEX_SUBSTITUTE))],
};

static HASH_COOKIE: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy.Cookie",
    fields: &[
        run("name", Str),
        run("ttl", Duration),
        run("path", Str),
        run("attributes", List(&Msg(&COOKIE_ATTRIBUTE))),
    ],
};

static COOKIE_ATTRIBUTE: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute",
    fields: &[run("name", Str), run("value", Str)],
};

static HASH_CONNECTION: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties",
    fields: &[run("source_ip", Only("true"))],
};

static HASH_QUERY: Message = Message {
    name: "envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter",
    fields: &[run("name", Str)],
};

static REDIRECT: Message = Message {
    name: "envoy.config.route.v3.RedirectAction",
    fields: &[
        run("https_redirect", Bool),
        run("scheme_redirect", Str),
        run("host_redirect", Str),
        run("port_redirect", Int),
        run("path_redirect", Str),
        run("prefix_rewrite", Str),
        run("regex_rewrite", Msg(&REGEX_SUBSTITUTE)),
        run(
            "response_code",
            Enum(&["MOVED_PERMANENTLY", "FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT"]),
        ),
        run("strip_query", Bool),
    ],
};

static DIRECT_RESPONSE: Message = Message {
    name: "envoy.config.route.v3.DirectResponseAction",
    fields: &[run("status", Int), run("body", Msg(&DATA_SOURCE))],
};

pub(super) static HEADER_OPTION: Message = Message {
    name: "envoy.config.core.v3.HeaderValueOption",
    fields: &[
        run("header", Msg(&HEADER_VALUE)),
        run("append", Bool),
        run(
            "append_action",
            Enum(&[
                "APPEND_IF_EXISTS_OR_ADD",
                "ADD_IF_ABSENT",
                "OVERWRITE_IF_EXISTS_OR_ADD",
                "OVERWRITE_IF_EXISTS",
            ]),
        ),
        run("keep_empty_value", Bool),
    ],
};

pub(super) static HEADER_VALUE: Message = Message {
    name: "envoy.config.core.v3.HeaderValue",
    fields: &[
        run("key", Str),
        run("value", Str),
        inert("raw_value", Str, "headers are made of `value` alone, as in Envoy"),
    ],
};

pub(super) static ACCESS_LOG: Message = Message {
    name: "envoy.config.accesslog.v3.AccessLog",
    fields: &[
        inert("name", Str, "a label"),
        run("filter", Msg(&LOG_FILTER)),
        run(
            "typed_config",
            Any(&[&FILE_LOG, &STDOUT_LOG, &STDERR_LOG, &HTTP_SERVICE_LOG, &TCP_SERVICE_LOG, &OTLP_LOG]),
        ),
    ],
};

static LOG_FILTER: Message = Message {
    name: "envoy.config.accesslog.v3.AccessLogFilter",
    fields: &[
        run("status_code_filter", Msg(&LOG_STATUS)),
        run("duration_filter", Msg(&LOG_STATUS)),
        run("not_health_check_filter", Free),
        run("runtime_filter", Msg(&LOG_SHARE)),
        run("grpc_status_filter", Msg(&LOG_GRPC)),
        run("metadata_filter", Msg(&LOG_METADATA)),
        run("and_filter", Msg(&LOG_FILTERS)),
        run("or_filter", Msg(&LOG_FILTERS)),
        run("header_filter", Msg(&LOG_HEADER)),
        run("response_flag_filter", Msg(&LOG_FLAGS)),
        run("extension_filter", Msg(&LOG_EXTENSION)),
    ],
};

static LOG_EXTENSION: Message = Message {
    name: "envoy.config.accesslog.v3.ExtensionFilter",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&LOG_EXPRESSION]))],
};

static LOG_EXPRESSION: Message = Message {
    name: "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
    fields: &[run("expression", Str)],
};

static LOG_SHARE: Message = Message {
    name: "envoy.config.accesslog.v3.RuntimeFilter",
    fields: &[
        run("runtime_key", Str),
        run("percent_sampled", Msg(&super::filter_table::FRACTION)),
        run("use_independent_randomness", Only("false")),
    ],
};

static LOG_GRPC: Message = Message {
    name: "envoy.config.accesslog.v3.GrpcStatusFilter",
    fields: &[run("statuses", List(&Str)), run("exclude", Bool)],
};

static LOG_METADATA: Message = Message {
    name: "envoy.config.accesslog.v3.MetadataFilter",
    fields: &[run("matcher", Msg(&METADATA_MATCHER)), run("match_if_key_not_found", Bool)],
};

static LOG_FILTERS: Message = Message {
    name: "envoy.config.accesslog.v3.AndFilter",
    fields: &[run("filters", List(&Msg(&LOG_FILTER)))],
};

static LOG_STATUS: Message = Message {
    name: "envoy.config.accesslog.v3.StatusCodeFilter",
    fields: &[run("comparison", Msg(&LOG_COMPARISON))],
};

static LOG_COMPARISON: Message = Message {
    name: "envoy.config.accesslog.v3.ComparisonFilter",
    fields: &[run("op", Enum(&["EQ", "GE", "LE", "NE"])), run("value", Msg(&RUNTIME_UINT))],
};

static RUNTIME_UINT: Message = Message {
    name: "envoy.config.core.v3.RuntimeUInt32",
    fields: &[run("default_value", Int), run("runtime_key", Str)],
};

static LOG_HEADER: Message = Message {
    name: "envoy.config.accesslog.v3.HeaderFilter",
    fields: &[run("header", Msg(&HEADER_MATCHER))],
};

static LOG_FLAGS: Message =
    Message { name: "envoy.config.accesslog.v3.ResponseFlagFilter", fields: &[run("flags", List(&Str))] };

static FILE_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.file.v3.FileAccessLog",
    fields: &[
        run("path", Str),
        run("format", Str),
        run("json_format", Free),
        run("typed_json_format", Free),
        run("log_format", Msg(&LOG_FORMAT)),
    ],
};

static STDOUT_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
    fields: &[run("log_format", Msg(&LOG_FORMAT))],
};

static STDERR_LOG: Message = Message {
    name: "envoy.extensions.access_loggers.stream.v3.StderrAccessLog",
    fields: &[run("log_format", Msg(&LOG_FORMAT))],
};

pub(super) static LOG_FORMAT: Message = Message {
    name: "envoy.config.core.v3.SubstitutionFormatString",
    fields: &[
        run("text_format", Str),
        run("text_format_source", Msg(&DATA_SOURCE)),
        run("json_format", Free),
        run("omit_empty_values", Bool),
        inert("content_type", Str, "only for local replies"),
        inert("json_format_options", Free, "keys are sorted"),
        inert("formatters", List(&Msg(&EXTENSION)), "REQ_WITHOUT_QUERY, METADATA and CEL are built in"),
    ],
};
