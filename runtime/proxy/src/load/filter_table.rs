// tidy: table
//! Supported messages: HTTP and network filters.
use super::hcm_table::{
    ACCESS_LOG, HEADER_MATCHER, HEADER_OPTION, HEADER_VALUE, METADATA_MATCHER, RATE_LIMIT, STRING_MATCHER,
};
use super::listener_table::{CIDR, DATA_SOURCE, INT_RANGE, METADATA};
use super::table::Kind::{Any, Bool, Duration, Enum, Free, Int, List, Map, Msg, Only, Str};
use super::table::{Message, inert, run};

pub(super) static ROUTER: Message = Message {
    name: "envoy.extensions.filters.http.router.v3.Router",
    fields: &[
        run("suppress_envoy_headers", Bool),
        inert("dynamic_stats", Bool, "a statistic"),
        inert("start_child_span", Bool, "spans are not exported"),
        inert("suppress_grpc_request_failure_code_stats", Bool, "a statistic"),
        run("respect_expected_rq_timeout", Only("false")),
    ],
};

pub(super) static GRPC_STATS: Message = Message {
    name: "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    fields: &[
        run("emit_filter_state", Bool),
        run("stats_for_all_methods", Bool),
        run("individual_method_stats_allowlist", Msg(&METHOD_LIST)),
        inert("enable_upstream_stats", Bool, "a statistic"),
    ],
};

static METHOD_LIST: Message =
    Message { name: "envoy.config.core.v3.GrpcMethodList", fields: &[run("services", List(&Msg(&METHODS)))] };

static METHODS: Message = Message {
    name: "envoy.config.core.v3.GrpcMethodList.Service",
    fields: &[run("name", Str), run("method_names", List(&Str))],
};

pub(super) static FRACTION: Message = Message {
    name: "envoy.type.v3.FractionalPercent",
    fields: &[run("numerator", Int), run("denominator", Enum(&["HUNDRED", "TEN_THOUSAND", "MILLION"]))],
};

pub(super) static RUNTIME_FRACTION: Message = Message {
    name: "envoy.config.core.v3.RuntimeFractionalPercent",
    fields: &[run("default_value", Msg(&FRACTION)), run("runtime_key", Str)],
};

pub(super) static FAULT: Message = Message {
    name: "envoy.extensions.filters.http.fault.v3.HTTPFault",
    fields: &[
        run("delay", Msg(&FAULT_DELAY)),
        run("abort", Msg(&FAULT_ABORT)),
        run("upstream_cluster", Str),
        run("headers", List(&Msg(&HEADER_MATCHER))),
        run("downstream_nodes", List(&Str)),
        run("max_active_faults", Int),
        run("response_rate_limit", Msg(&FAULT_RATE)),
        run("delay_percent_runtime", Str),
        run("abort_percent_runtime", Str),
        run("delay_duration_runtime", Str),
        run("abort_http_status_runtime", Str),
        run("max_active_faults_runtime", Str),
        run("response_rate_limit_percent_runtime", Str),
        run("abort_grpc_status_runtime", Str),
        run("disable_downstream_cluster_stats", Bool),
        run("filter_metadata", Free),
    ],
};

static FAULT_RATE: Message = Message {
    name: "envoy.extensions.filters.common.fault.v3.FaultRateLimit",
    fields: &[
        run("fixed_limit", Msg(&FIXED_RATE)),
        run("header_limit", Msg(&FAULT_HEADERS)),
        run("percentage", Msg(&FRACTION)),
    ],
};

static FIXED_RATE: Message = Message {
    name: "envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit",
    fields: &[run("limit_kbps", Int)],
};

/// Three messages without fields that only differ in their names.
static FAULT_HEADERS: Message =
    Message { name: "envoy.extensions.filters.http.fault.v3.HeaderAbort", fields: &[] };

static FAULT_DELAY: Message = Message {
    name: "envoy.extensions.filters.common.fault.v3.FaultDelay",
    fields: &[
        run("fixed_delay", Duration),
        run("header_delay", Msg(&FAULT_HEADERS)),
        run("percentage", Msg(&FRACTION)),
    ],
};

static FAULT_ABORT: Message = Message {
    name: "envoy.extensions.filters.http.fault.v3.FaultAbort",
    fields: &[
        run("http_status", Int),
        run("grpc_status", Int),
        run("header_abort", Msg(&FAULT_HEADERS)),
        run("percentage", Msg(&FRACTION)),
    ],
};

pub(super) static CORS: Message = Message { name: "envoy.extensions.filters.http.cors.v3.Cors", fields: &[] };

pub(super) static CORS_POLICY: Message = Message {
    name: "envoy.extensions.filters.http.cors.v3.CorsPolicy",
    fields: &[
        run("allow_origin_string_match", List(&Msg(&STRING_MATCHER))),
        run("allow_methods", Str),
        run("allow_headers", Str),
        run("expose_headers", Str),
        run("max_age", Str),
        run("allow_credentials", Bool),
        run("filter_enabled", Msg(&RUNTIME_FRACTION)),
        inert("shadow_enabled", Msg(&RUNTIME_FRACTION), "a statistic"),
        run("allow_private_network_access", Bool),
        run("forward_not_matching_preflights", Bool),
    ],
};

pub(super) static LOCAL_RATELIMIT: Message = Message {
    name: "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
    fields: &[
        run("stat_prefix", Str),
        run("status", Msg(&HTTP_STATUS)),
        run("token_bucket", Msg(&TOKEN_BUCKET)),
        run("filter_enabled", Msg(&RUNTIME_FRACTION)),
        run("filter_enforced", Msg(&RUNTIME_FRACTION)),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_add_when_not_enforced", List(&Msg(&HEADER_OPTION))),
        run("local_rate_limit_per_downstream_connection", Bool),
        run("descriptors", List(&Msg(&LOCAL_DESCRIPTOR))),
        run("stage", Int),
        run("enable_x_ratelimit_headers", Enum(&["OFF", "DRAFT_VERSION_03"])),
        run("vh_rate_limits", Enum(&["OVERRIDE", "INCLUDE", "IGNORE"])),
        run("always_consume_default_token_bucket", Bool),
        run("rate_limited_as_resource_exhausted", Bool),
        run("rate_limits", List(&Msg(&RATE_LIMIT))),
        run("max_dynamic_descriptors", Int),
    ],
};

static LOCAL_DESCRIPTOR: Message = Message {
    name: "envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor",
    fields: &[run("entries", List(&Msg(&DESCRIPTOR_ENTRY))), run("token_bucket", Msg(&TOKEN_BUCKET))],
};

static DESCRIPTOR_ENTRY: Message = Message {
    name: "envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry",
    fields: &[run("key", Str), run("value", Str)],
};

static HTTP_STATUS: Message =
    Message { name: "envoy.type.v3.HttpStatus", fields: &[run("code", super::table::Kind::Free)] };

static TOKEN_BUCKET: Message = Message {
    name: "envoy.type.v3.TokenBucket",
    fields: &[run("max_tokens", Int), run("tokens_per_fill", Int), run("fill_interval", Duration)],
};

pub(super) static HTTP_RBAC: Message = Message {
    name: "envoy.extensions.filters.http.rbac.v3.RBAC",
    fields: &[
        run("rules", Msg(&RBAC_RULES)),
        run("rules_stat_prefix", Str),
        run("shadow_rules", Msg(&RBAC_RULES)),
        run("shadow_rules_stat_prefix", Str),
        inert("track_per_rule_stats", Bool, "a statistic"),
    ],
};

pub(super) static RBAC_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
    fields: &[run("rbac", Msg(&HTTP_RBAC))],
};

pub(super) static NETWORK_RBAC: Message = Message {
    name: "envoy.extensions.filters.network.rbac.v3.RBAC",
    fields: &[
        run("rules", Msg(&RBAC_RULES)),
        run("shadow_rules", Msg(&RBAC_RULES)),
        run("shadow_rules_stat_prefix", Str),
        inert("stat_prefix", Str, "a statistic"),
        inert(
            "enforcement_type",
            Enum(&["ONE_TIME_ON_FIRST_BYTE", "CONTINUOUS"]),
            "what the rules look at does not change while a connection lives",
        ),
    ],
};

static RBAC_RULES: Message = Message {
    name: "envoy.config.rbac.v3.RBAC",
    fields: &[
        run("action", Enum(&["ALLOW", "DENY", "LOG"])),
        run("policies", Map(&Msg(&RBAC_POLICY))),
        inert("audit_logging_options", Free, "no audit loggers"),
    ],
};

static RBAC_POLICY: Message = Message {
    name: "envoy.config.rbac.v3.Policy",
    fields: &[run("permissions", List(&Msg(&PERMISSION))), run("principals", List(&Msg(&PRINCIPAL)))],
};

static PERMISSION: Message = Message {
    name: "envoy.config.rbac.v3.Permission",
    fields: &[
        run("and_rules", Msg(&PERMISSION_SET)),
        run("or_rules", Msg(&PERMISSION_SET)),
        run("not_rule", Msg(&PERMISSION)),
        run("any", Bool),
        run("header", Msg(&HEADER_MATCHER)),
        run("url_path", Msg(&PATH_MATCHER)),
        run("destination_ip", Msg(&CIDR)),
        run("destination_port", Int),
        run("destination_port_range", Msg(&INT_RANGE)),
        run("metadata", Msg(&METADATA_MATCHER)),
        run("sourced_metadata", Msg(&SOURCED_METADATA)),
        run("requested_server_name", Msg(&STRING_MATCHER)),
        run("uri_template", Msg(&URI_TEMPLATE)),
    ],
};

static PERMISSION_SET: Message =
    Message { name: "envoy.config.rbac.v3.Permission.Set", fields: &[run("rules", List(&Msg(&PERMISSION)))] };

static PRINCIPAL: Message = Message {
    name: "envoy.config.rbac.v3.Principal",
    fields: &[
        run("and_ids", Msg(&PRINCIPAL_SET)),
        run("or_ids", Msg(&PRINCIPAL_SET)),
        run("not_id", Msg(&PRINCIPAL)),
        run("any", Bool),
        run("authenticated", Msg(&AUTHENTICATED)),
        run("source_ip", Msg(&CIDR)),
        run("direct_remote_ip", Msg(&CIDR)),
        run("remote_ip", Msg(&CIDR)),
        run("header", Msg(&HEADER_MATCHER)),
        run("url_path", Msg(&PATH_MATCHER)),
        run("metadata", Msg(&METADATA_MATCHER)),
        run("sourced_metadata", Msg(&SOURCED_METADATA)),
        run("filter_state", Msg(&FILTER_STATE)),
    ],
};

static FILTER_STATE: Message = Message {
    name: "envoy.type.matcher.v3.FilterStateMatcher",
    fields: &[
        run("key", Str),
        run("string_match", Msg(&STRING_MATCHER)),
        run("address_match", Msg(&ADDRESS_MATCHER)),
    ],
};

static ADDRESS_MATCHER: Message = Message {
    name: "envoy.type.matcher.v3.AddressMatcher",
    fields: &[run("ranges", List(&Msg(&CIDR))), run("invert_match", Bool)],
};

static PRINCIPAL_SET: Message =
    Message { name: "envoy.config.rbac.v3.Principal.Set", fields: &[run("ids", List(&Msg(&PRINCIPAL)))] };

static AUTHENTICATED: Message = Message {
    name: "envoy.config.rbac.v3.Principal.Authenticated",
    fields: &[run("principal_name", Msg(&STRING_MATCHER))],
};

static SOURCED_METADATA: Message = Message {
    name: "envoy.config.rbac.v3.SourcedMetadata",
    fields: &[
        run("metadata_matcher", Msg(&METADATA_MATCHER)),
        inert("metadata_source", Enum(&["DYNAMIC"]), "the only one"),
    ],
};

static PATH_MATCHER: Message =
    Message { name: "envoy.type.matcher.v3.PathMatcher", fields: &[run("path", Msg(&STRING_MATCHER))] };

static URI_TEMPLATE: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&URI_TEMPLATE_CONFIG]))],
};

static URI_TEMPLATE_CONFIG: Message = Message {
    name: "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
    fields: &[run("path_template", Str)],
};

pub(super) static TCP_PROXY: Message = Message {
    name: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    fields: &[
        inert("stat_prefix", Str, "a statistic"),
        run("cluster", Str),
        run("weighted_clusters", Msg(&TCP_WEIGHTED)),
        run("idle_timeout", Duration),
        run("max_downstream_connection_duration", Duration),
        run("max_connect_attempts", Int),
        run("access_log", List(&Msg(&ACCESS_LOG))),
        inert("access_log_options", Free, "one line at the end of a connection"),
        run("metadata_match", Msg(&METADATA)),
        run("hash_policy", List(&Msg(&TCP_HASH))),
        run("tunneling_config", Msg(&TUNNELING)),
    ],
};

static TUNNELING: Message = Message {
    name: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig",
    fields: &[
        run("hostname", Str),
        run("use_post", Bool),
        run("post_path", Str),
        run("headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("propagate_response_headers", Only("false")),
        run("propagate_response_trailers", Only("false")),
    ],
};

static TCP_HASH: Message = Message { name: "envoy.type.v3.HashPolicy", fields: &[run("source_ip", Free)] };

static TCP_WEIGHTED: Message = Message {
    name: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster",
    fields: &[run("clusters", List(&Msg(&TCP_WEIGHT)))],
};

static TCP_WEIGHT: Message = Message {
    name: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight",
    fields: &[run("name", Str), run("weight", Int)],
};

pub(super) static JWT_AUTHN: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
    fields: &[
        run("providers", Map(&Msg(&JWT_PROVIDER))),
        run("rules", List(&Msg(&JWT_RULE))),
        run("requirement_map", Map(&Msg(&JWT_REQUIREMENT))),
        run("bypass_cors_preflight", Bool),
        run("strip_failure_response", Bool),
        inert("stat_prefix", Str, "a statistic"),
    ],
};

pub(super) static JWT_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig",
    fields: &[run("disabled", Bool), run("requirement_name", Str)],
};

static JWT_PROVIDER: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider",
    fields: &[
        run("issuer", Str),
        run("audiences", List(&Str)),
        run("local_jwks", Msg(&DATA_SOURCE)),
        run("remote_jwks", Msg(&REMOTE_JWKS)),
        run("forward", Bool),
        run("from_headers", List(&Msg(&JWT_HEADER))),
        run("from_params", List(&Str)),
        run("from_cookies", List(&Str)),
        run("forward_payload_header", Str),
        run("pad_forward_payload_header", Bool),
        run("payload_in_metadata", Str),
        run("normalize_payload_in_metadata", Msg(&JWT_NORMALIZE)),
        run("clock_skew_seconds", Int),
        run("claim_to_headers", List(&Msg(&CLAIM_TO_HEADER))),
        run("clear_route_cache", Bool),
        run("subjects", Msg(&STRING_MATCHER)),
        run("require_expiration", Bool),
        run("max_lifetime", Duration),
        run("header_in_metadata", Str),
        run("failed_status_in_metadata", Str),
        inert("jwt_cache_config", Free, "tokens are verified each time"),
    ],
};

static JWT_NORMALIZE: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload",
    fields: &[run("space_delimited_claims", List(&Str))],
};

static REMOTE_JWKS: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks",
    fields: &[
        run("http_uri", Msg(&HTTP_URI)),
        run("cache_duration", Duration),
        run("async_fetch", Msg(&ASYNC_FETCH)),
        run("retry_policy", Msg(&CORE_RETRY)),
    ],
};

/// `retry_on` is not looked at: what fails is tried again.
static CORE_RETRY: Message = Message {
    name: "envoy.config.core.v3.RetryPolicy",
    fields: &[
        run("num_retries", Int),
        run("retry_back_off", Msg(&BACK_OFF)),
        inert("retry_on", Str, "Envoy does not read it"),
    ],
};

static BACK_OFF: Message = Message {
    name: "envoy.config.core.v3.BackoffStrategy",
    fields: &[run("base_interval", Duration), run("max_interval", Duration)],
};

static ASYNC_FETCH: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch",
    fields: &[
        inert("fast_listener", Bool, "a request that comes before the keys fetches them itself"),
        run("failed_refetch_duration", Duration),
    ],
};

static JWT_HEADER: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtHeader",
    fields: &[run("name", Str), run("value_prefix", Str)],
};

static CLAIM_TO_HEADER: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader",
    fields: &[run("header_name", Str), run("claim_name", Str)],
};

static JWT_RULE: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.RequirementRule",
    fields: &[
        run("match", Msg(&super::hcm_table::ROUTE_MATCH)),
        run("requires", Msg(&JWT_REQUIREMENT)),
        run("requirement_name", Str),
    ],
};

static JWT_REQUIREMENT: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement",
    fields: &[
        run("provider_name", Str),
        run("provider_and_audiences", Msg(&PROVIDER_AUDIENCES)),
        run("requires_any", Msg(&JWT_REQUIREMENTS)),
        run("requires_all", Msg(&JWT_REQUIREMENTS)),
        run("allow_missing_or_failed", Free),
        run("allow_missing", Free),
    ],
};

static PROVIDER_AUDIENCES: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences",
    fields: &[run("provider_name", Str), run("audiences", List(&Str))],
};

static JWT_REQUIREMENTS: Message = Message {
    name: "envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList",
    fields: &[run("requirements", List(&Msg(&JWT_REQUIREMENT)))],
};

pub(super) static EXT_AUTHZ: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
    fields: &[
        run("http_service", Msg(&AUTHZ_HTTP)),
        run("grpc_service", Msg(&GRPC_SERVICE)),
        run("with_request_body", Msg(&AUTHZ_BODY)),
        run("disallowed_headers", Msg(&STRING_LIST)),
        run("filter_enabled", Msg(&RUNTIME_FRACTION)),
        run("deny_at_disable", Msg(&RUNTIME_FLAG)),
        run("metadata_context_namespaces", List(&Str)),
        run("include_peer_certificate", Bool),
        run("include_tls_session", Bool),
        inert("charge_cluster_response_stats", Bool, "a statistic"),
        inert("emit_filter_state_stats", Bool, "a statistic"),
        inert("transport_api_version", Enum(&["AUTO", "V2", "V3"]), "only for gRPC services"),
        run("failure_mode_allow", Bool),
        run("failure_mode_allow_header_add", Bool),
        run("status_on_error", Msg(&HTTP_STATUS)),
        run("allowed_headers", Msg(&STRING_LIST)),
        run("filter_enabled_metadata", Msg(&METADATA_MATCHER)),
        run("clear_route_cache", Bool),
        run("stat_prefix", Str),
    ],
};

pub(super) static EXT_AUTHZ_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute",
    fields: &[run("disabled", Bool), run("check_settings", Msg(&CHECK_SETTINGS))],
};

static CHECK_SETTINGS: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.CheckSettings",
    fields: &[
        run("context_extensions", Map(&Str)),
        run("disable_request_body_buffering", Bool),
        run("with_request_body", Msg(&AUTHZ_BODY)),
    ],
};

static AUTHZ_BODY: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.BufferSettings",
    fields: &[run("max_request_bytes", Int), run("allow_partial_message", Bool), run("pack_as_bytes", Bool)],
};

pub(super) static GRPC_SERVICE: Message = Message {
    name: "envoy.config.core.v3.GrpcService",
    fields: &[
        run("envoy_grpc", Msg(&ENVOY_GRPC)),
        run("timeout", Duration),
        run("initial_metadata", List(&Msg(&HEADER_VALUE))),
    ],
};

static ENVOY_GRPC: Message = Message {
    name: "envoy.config.core.v3.GrpcService.EnvoyGrpc",
    fields: &[run("cluster_name", Str), run("authority", Str)],
};

static RUNTIME_FLAG: Message = Message {
    name: "envoy.config.core.v3.RuntimeFeatureFlag",
    fields: &[run("default_value", Bool), run("runtime_key", Str)],
};

static AUTHZ_HTTP: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.HttpService",
    fields: &[
        run("server_uri", Msg(&HTTP_URI)),
        run("path_prefix", Str),
        run("path_override", Str),
        run("authorization_request", Msg(&AUTHZ_REQUEST)),
        run("authorization_response", Msg(&AUTHZ_RESPONSE)),
    ],
};

pub(super) static HTTP_URI: Message = Message {
    name: "envoy.config.core.v3.HttpUri",
    fields: &[run("uri", Str), run("cluster", Str), run("timeout", Duration)],
};

static AUTHZ_REQUEST: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest",
    fields: &[run("headers_to_add", List(&Msg(&HEADER_VALUE)))],
};

static AUTHZ_RESPONSE: Message = Message {
    name: "envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse",
    fields: &[
        run("allowed_upstream_headers", Msg(&STRING_LIST)),
        run("allowed_upstream_headers_to_append", Msg(&STRING_LIST)),
        run("allowed_client_headers", Msg(&STRING_LIST)),
        run("allowed_client_headers_on_success", Msg(&STRING_LIST)),
        run("dynamic_metadata_from_headers", Msg(&STRING_LIST)),
    ],
};

static STRING_LIST: Message = Message {
    name: "envoy.type.matcher.v3.ListStringMatcher",
    fields: &[run("patterns", List(&Msg(&STRING_MATCHER)))],
};

pub(super) static GLOBAL_RATELIMIT: Message = Message {
    name: "envoy.extensions.filters.http.ratelimit.v3.RateLimit",
    fields: &[
        run("domain", Str),
        run("stage", Int),
        run("request_type", Enum(&["internal", "external", "both"])),
        run("timeout", Duration),
        run("failure_mode_deny", Bool),
        run("rate_limited_as_resource_exhausted", Bool),
        run("rate_limit_service", Msg(&RATE_LIMIT_SERVICE)),
        run("enable_x_ratelimit_headers", Enum(&["OFF", "DRAFT_VERSION_03"])),
        run("disable_x_envoy_ratelimited_header", Bool),
        run("rate_limited_status", Msg(&HTTP_STATUS)),
        run("response_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("status_on_error", Msg(&HTTP_STATUS)),
        inert("stat_prefix", Str, "a statistic"),
    ],
};

static RATE_LIMIT_SERVICE: Message = Message {
    name: "envoy.config.ratelimit.v3.RateLimitServiceConfig",
    fields: &[
        run("grpc_service", Msg(&GRPC_SERVICE)),
        inert("transport_api_version", Enum(&["AUTO", "V3"]), "the only one"),
    ],
};

pub(super) static RATELIMIT_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute",
    fields: &[run("vh_rate_limits", Enum(&["OVERRIDE", "INCLUDE", "IGNORE"])), run("domain", Str)],
};

pub(super) static HEADER_MUTATION: Message = Message {
    name: "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
    fields: &[run("mutations", Msg(&MUTATIONS)), run("most_specific_header_mutations_wins", Only("true"))],
};

pub(super) static HEADER_MUTATION_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute",
    fields: &[run("mutations", Msg(&MUTATIONS))],
};

static MUTATIONS: Message = Message {
    name: "envoy.extensions.filters.http.header_mutation.v3.Mutations",
    fields: &[
        run("request_mutations", List(&Msg(&MUTATION))),
        run("response_mutations", List(&Msg(&MUTATION))),
        run("query_parameter_mutations", List(&Msg(&PARAMETER_MUTATION))),
    ],
};

static MUTATION: Message = Message {
    name: "envoy.config.common.mutation_rules.v3.HeaderMutation",
    fields: &[
        run("remove", Str),
        run("append", Msg(&HEADER_OPTION)),
        run("remove_on_match", Msg(&REMOVE_ON_MATCH)),
    ],
};

static REMOVE_ON_MATCH: Message = Message {
    name: "envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch",
    fields: &[run("key_matcher", Msg(&STRING_MATCHER))],
};

static PARAMETER_MUTATION: Message = Message {
    name: "envoy.config.core.v3.KeyValueMutation",
    fields: &[run("remove", Str), run("append", Msg(&PARAMETER_APPEND))],
};

static PARAMETER_APPEND: Message = Message {
    name: "envoy.config.core.v3.KeyValueAppend",
    fields: &[
        run("entry", Msg(&KEY_VALUE)),
        run("record", Msg(&KEY_VALUE)),
        run(
            "action",
            Enum(&[
                "APPEND_IF_EXISTS_OR_ADD",
                "ADD_IF_ABSENT",
                "OVERWRITE_IF_EXISTS_OR_ADD",
                "OVERWRITE_IF_EXISTS",
            ]),
        ),
    ],
};

static KEY_VALUE: Message =
    Message { name: "envoy.config.core.v3.KeyValue", fields: &[run("key", Str), run("value", Str)] };

pub(super) static BUFFER: Message = Message {
    name: "envoy.extensions.filters.http.buffer.v3.Buffer",
    fields: &[run("max_request_bytes", Int)],
};

pub(super) static BUFFER_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
    fields: &[run("disabled", Bool), run("buffer", Msg(&BUFFER))],
};

pub(super) static CSRF: Message = Message {
    name: "envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
    fields: &[
        run("filter_enabled", Msg(&RUNTIME_FRACTION)),
        inert("shadow_enabled", Msg(&RUNTIME_FRACTION), "a statistic"),
        run("additional_origins", List(&Msg(&STRING_MATCHER))),
    ],
};

pub(super) static DYNAMIC_HOST: Message = Message {
    name: "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig",
    fields: &[run("dns_cache_config", Msg(&super::cluster_table::DNS_CACHE))],
};

pub(super) static DYNAMIC_SNI: Message = Message {
    name: "envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig",
    fields: &[run("dns_cache_config", Msg(&super::cluster_table::DNS_CACHE)), run("port_value", Int)],
};

pub(super) static GRPC_WEB: Message =
    Message { name: "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", fields: &[] };

pub(super) static SESSION: Message = Message {
    name: "envoy.extensions.filters.http.stateful_session.v3.StatefulSession",
    fields: &[run("session_state", Msg(&SESSION_STATE)), run("strict", Bool)],
};

pub(super) static SESSION_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute",
    fields: &[run("disabled", Bool), run("stateful_session", Msg(&SESSION))],
};

static SESSION_STATE: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[run("name", Str), run("typed_config", Any(&[&SESSION_COOKIE, &SESSION_HEADER]))],
};

static SESSION_COOKIE: Message = Message {
    name: "envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState",
    fields: &[run("cookie", Msg(&COOKIE))],
};

static COOKIE: Message = Message {
    name: "envoy.type.http.v3.Cookie",
    fields: &[
        run("name", Str),
        run("ttl", Duration),
        run("path", Str),
        run("attributes", List(&Msg(&COOKIE_ATTRIBUTE))),
    ],
};

static COOKIE_ATTRIBUTE: Message =
    Message { name: "envoy.type.http.v3.CookieAttribute", fields: &[run("name", Str), run("value", Str)] };

static SESSION_HEADER: Message = Message {
    name: "envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState",
    fields: &[run("name", Str)],
};

pub(super) static NETWORK_LIMIT: Message = Message {
    name: "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit",
    fields: &[
        run("stat_prefix", Str),
        run("token_bucket", Msg(&TOKEN_BUCKET)),
        run("runtime_enabled", Msg(&RUNTIME_FLAG)),
    ],
};

pub(super) static CONNECTION_LIMIT: Message = Message {
    name: "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
    fields: &[
        run("stat_prefix", Str),
        run("max_connections", Int),
        run("delay", Duration),
        run("runtime_enabled", Msg(&RUNTIME_FLAG)),
    ],
};

pub(super) static HEALTH_FILTER: Message = Message {
    name: "envoy.extensions.filters.http.health_check.v3.HealthCheck",
    fields: &[
        run("pass_through_mode", Bool),
        inert("cache_time", Duration, "only for pass-through"),
        run("cluster_min_healthy_percentages", Map(&Msg(&super::listener_table::PERCENT))),
        run("headers", List(&Msg(&HEADER_MATCHER))),
    ],
};

pub(super) static SET_FILTER_STATE: Message = Message {
    name: "envoy.extensions.filters.http.set_filter_state.v3.Config",
    fields: &[run("on_request_headers", List(&Msg(&STATE_VALUE))), run("clear_route_cache", Bool)],
};

pub(super) static NETWORK_AUTHZ: Message = Message {
    name: "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
    fields: &[
        run("stat_prefix", Str),
        run("grpc_service", Msg(&GRPC_SERVICE)),
        run("failure_mode_allow", Bool),
        run("include_peer_certificate", Bool),
        run("include_tls_session", Bool),
        inert("transport_api_version", Enum(&["AUTO", "V3"]), "the only version"),
        run("filter_enabled_metadata", Msg(&METADATA_MATCHER)),
        run("bootstrap_metadata_labels_key", Only("")),
    ],
};

/// Decodes a copy of what passes; without delays and metadata only statistics come of it.
pub(super) static MONGO: Message = Message {
    name: "envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy",
    fields: &[
        inert("stat_prefix", Str, "a statistic"),
        inert("commands", List(&Str), "a statistic"),
        run("emit_dynamic_metadata", Only("false")),
    ],
};

pub(super) static NETWORK_STATE: Message = Message {
    name: "envoy.extensions.filters.network.set_filter_state.v3.Config",
    fields: &[run("on_new_connection", List(&Msg(&STATE_VALUE)))],
};

static STATE_VALUE: Message = Message {
    name: "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue",
    fields: &[
        run("object_key", Str),
        run(
            "factory_key",
            Enum(&[
                "envoy.string",
                "envoy.hashable_string",
                "istio.hashable_string",
                "envoy.filters.listener.original_dst.local_ip",
                "envoy.filters.listener.original_dst.remote_ip",
                "envoy.network.transport_socket.original_dst_address",
            ]),
        ),
        run("format_string", Msg(&super::hcm_table::LOG_FORMAT)),
        inert("read_only", Bool, "Envoy replaces such values as well"),
        run("shared_with_upstream", Enum(&["NONE", "ONCE", "TRANSITIVE"])),
        run("skip_if_empty", Bool),
    ],
};

pub(super) static LUA: Message = Message {
    name: "envoy.extensions.filters.http.lua.v3.Lua",
    fields: &[
        run("inline_code", Str),
        run("source_codes", Map(&Msg(&DATA_SOURCE))),
        run("default_source_code", Msg(&DATA_SOURCE)),
        run("stat_prefix", Str),
        run("clear_route_cache", Bool),
        run("filter_context", Free),
    ],
};

pub(super) static LUA_PER_ROUTE: Message = Message {
    name: "envoy.extensions.filters.http.lua.v3.LuaPerRoute",
    fields: &[
        run("disabled", Bool),
        run("name", Str),
        run("source_code", Msg(&DATA_SOURCE)),
        run("filter_context", Free),
    ],
};
