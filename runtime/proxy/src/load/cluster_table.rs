// tidy: table
//! Supported messages: clusters and endpoints.
use super::dns_table::{REFRESH_RATE, RESOLVER};
use super::hcm_table::{H1_OPTIONS, H2_OPTIONS, HEADER_OPTION, HTTP_COMMON};
use super::istio_table::PEER_EXCHANGE;
use super::listener_table::{
    EXTENSION, INT_RANGE, METADATA, PERCENT, SOCKET_ADDRESS, UPSTREAM_ADDRESS, UPSTREAM_SOCKET,
};
use super::table::Kind::{Any, Bool, Duration, Enum, Float, Free, Int, List, Map, Msg, Only, Str};
use super::table::{Message, inert, run};

pub(super) static CLUSTER: Message = Message {
    name: "envoy.config.cluster.v3.Cluster",
    fields: &[
        run("name", Str),
        run("alt_stat_name", Str),
        run("type", Enum(&["STATIC", "STRICT_DNS", "LOGICAL_DNS", "ORIGINAL_DST"])),
        run("cluster_type", Msg(&CUSTOM_TYPE)),
        run("connect_timeout", Duration),
        run("load_assignment", Msg(&LOAD_ASSIGNMENT)),
        run(
            "lb_policy",
            Enum(&["ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV", "CLUSTER_PROVIDED"]),
        ),
        run("ring_hash_lb_config", Msg(&RING_HASH)),
        run("maglev_lb_config", Msg(&MAGLEV)),
        run("least_request_lb_config", Msg(&LEAST_REQUEST)),
        run("common_lb_config", Msg(&COMMON_LB)),
        run("circuit_breakers", Msg(&CIRCUIT_BREAKERS)),
        run("outlier_detection", Msg(&OUTLIER)),
        run("transport_socket", Msg(&UPSTREAM_SOCKET)),
        run("transport_socket_matches", List(&Msg(&SOCKET_MATCH))),
        run("typed_extension_protocol_options", Map(&Any(&[&PROTOCOL_OPTIONS]))),
        run("http_protocol_options", Msg(&H1_OPTIONS)),
        run("http2_protocol_options", Msg(&H2_OPTIONS)),
        run("common_http_protocol_options", Msg(&HTTP_COMMON)),
        inert("per_connection_buffer_limit_bytes", Int, "at most 64 KiB wait for a slow side"),
        run("max_requests_per_connection", Int),
        run("upstream_bind_config", Msg(&BIND_CONFIG)),
        run("original_dst_lb_config", Msg(&ORIGINAL_DST)),
        run("dns_lookup_family", Enum(&["AUTO", "V4_ONLY", "V6_ONLY", "V4_PREFERRED", "ALL"])),
        run("dns_refresh_rate", Duration),
        run("respect_dns_ttl", Bool),
        run("dns_jitter", Duration),
        run("dns_failure_refresh_rate", Msg(&REFRESH_RATE)),
        run("use_tcp_for_dns_lookups", Bool),
        run("typed_dns_resolver_config", Msg(&RESOLVER)),
        inert("wait_for_warm_on_init", Bool, "names are resolved before listening"),
        run("metadata", Msg(&METADATA)),
        run("filters", List(&Msg(&FILTER))),
        run("round_robin_lb_config", Msg(&ROUND_ROBIN)),
        run("lb_subset_config", Msg(&SUBSET)),
        run("health_checks", List(&Msg(&HEALTH_CHECK))),
        run("upstream_connection_options", Msg(&CONNECTION_OPTIONS)),
        inert("cleanup_interval", Duration, "original destinations are not kept"),
        run("close_connections_on_host_health_failure", Only("false")),
        inert(
            "ignore_health_on_host_removal",
            Bool,
            "hosts are removed when their names do not resolve to them",
        ),
        inert("track_timeout_budgets", Bool, "a statistic"),
        inert("track_cluster_stats", Free, "a statistic"),
        inert("protocol_selection", Enum(&["USE_CONFIGURED_PROTOCOL"]), "the default"),
    ],
};

static CUSTOM_TYPE: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.CustomClusterType",
    fields: &[run("name", Str), run("typed_config", Any(&[&DYNAMIC_CLUSTER]))],
};

static DYNAMIC_CLUSTER: Message = Message {
    name: "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
    fields: &[
        run("dns_cache_config", Msg(&DNS_CACHE)),
        inert("allow_insecure_cluster_options", Bool, "a check of the configuration"),
    ],
};

pub(super) static DNS_CACHE: Message = Message {
    name: "envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig",
    fields: &[
        inert(
            "name",
            Str,
            "clusters and filters of one name have one cache, which has no settings of its own",
        ),
        run("dns_lookup_family", Enum(&["AUTO", "V4_ONLY", "V6_ONLY", "V4_PREFERRED", "ALL"])),
        run("max_hosts", Int),
        run("dns_refresh_rate", Duration),
        run("dns_min_refresh_rate", Duration),
        run("host_ttl", Duration),
        run("dns_failure_refresh_rate", Msg(&REFRESH_RATE)),
        run("use_tcp_for_dns_lookups", Bool),
        run("typed_dns_resolver_config", Msg(&RESOLVER)),
    ],
};

static FILTER: Message = Message {
    name: "envoy.config.cluster.v3.Filter",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&PEER_EXCHANGE]))],
};

static CONNECTION_OPTIONS: Message = Message {
    name: "envoy.config.cluster.v3.UpstreamConnectionOptions",
    fields: &[
        run("tcp_keepalive", Msg(&KEEPALIVE)),
        inert("set_local_interface_name_on_upstream_connections", Bool, "a label"),
    ],
};

static KEEPALIVE: Message = Message {
    name: "envoy.config.core.v3.TcpKeepalive",
    fields: &[run("keepalive_probes", Int), run("keepalive_time", Int), run("keepalive_interval", Int)],
};

static BIND_CONFIG: Message = Message {
    name: "envoy.config.core.v3.BindConfig",
    fields: &[
        run("source_address", Msg(&SOCKET_ADDRESS)),
        inert("freebind", Bool, "set by the kernel's policy"),
        inert("extra_source_addresses", List(&Free), "the first address is used"),
        inert("socket_options", List(&Free), "kernel defaults"),
    ],
};

static ORIGINAL_DST: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.OriginalDstLbConfig",
    fields: &[
        run("upstream_port_override", Int),
        run("use_http_header", Bool),
        run("http_header_name", Str),
        run("metadata_key", Msg(&METADATA_KEY)),
    ],
};

static METADATA_KEY: Message = Message {
    name: "envoy.type.metadata.v3.MetadataKey",
    fields: &[run("key", Str), run("path", List(&Msg(&METADATA_STEP)))],
};

static METADATA_STEP: Message =
    Message { name: "envoy.type.metadata.v3.MetadataKey.PathSegment", fields: &[run("key", Str)] };

static RING_HASH: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.RingHashLbConfig",
    fields: &[
        run("minimum_ring_size", Int),
        run("maximum_ring_size", Int),
        run("hash_function", Enum(&["XX_HASH", "MURMUR_HASH_2"])),
    ],
};

static MAGLEV: Message =
    Message { name: "envoy.config.cluster.v3.Cluster.MaglevLbConfig", fields: &[run("table_size", Int)] };

static LEAST_REQUEST: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig",
    fields: &[
        run("choice_count", Int),
        run("active_request_bias", Msg(&RUNTIME_DOUBLE)),
        run("slow_start_config", Msg(&SLOW_START)),
        run("locality_lb_config", Msg(&LOCALITY_LB)),
    ],
};

static ROUND_ROBIN: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.RoundRobinLbConfig",
    fields: &[run("slow_start_config", Msg(&SLOW_START)), run("locality_lb_config", Msg(&LOCALITY_LB))],
};

static LOCALITY_LB: Message = Message {
    name: "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig",
    fields: &[run("locality_weighted_lb_config", Free)],
};

static SLOW_START: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.SlowStartConfig",
    fields: &[
        run("slow_start_window", Duration),
        run("aggression", Msg(&RUNTIME_DOUBLE)),
        run("min_weight_percent", Msg(&PERCENT)),
    ],
};

static RUNTIME_DOUBLE: Message = Message {
    name: "envoy.config.core.v3.RuntimeDouble",
    fields: &[run("default_value", Float), run("runtime_key", Str)],
};

static SUBSET: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.LbSubsetConfig",
    fields: &[
        run("fallback_policy", Enum(FALLBACKS)),
        run("default_subset", Free),
        run("subset_selectors", List(&Msg(&SUBSET_SELECTOR))),
        run("locality_weight_aware", Only("false")),
        run("scale_locality_weight", Only("false")),
        run("panic_mode_any", Only("false")),
        run("list_as_any", Only("false")),
    ],
};

const FALLBACKS: &[&str] = &["NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"];

static SUBSET_SELECTOR: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector",
    fields: &[
        run("keys", List(&Str)),
        run("fallback_policy", Enum(&["NOT_DEFINED", "NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"])),
        run("single_host_per_subset", Only("false")),
    ],
};

static HEALTH_CHECK: Message = Message {
    name: "envoy.config.core.v3.HealthCheck",
    fields: &[
        run("timeout", Duration),
        run("interval", Duration),
        inert("initial_jitter", Duration, "checks begin at once"),
        inert("interval_jitter", Duration, "checks are spread by their hosts' answers"),
        inert("interval_jitter_percent", Int, "checks are spread by their hosts' answers"),
        run("unhealthy_threshold", Int),
        run("healthy_threshold", Int),
        inert("alt_port", Int, "Envoy does not read it; say `health_check_config` of endpoints"),
        inert("reuse_connection", Bool, "every check makes a connection"),
        run("http_health_check", Msg(&HTTP_CHECK)),
        run("tcp_health_check", Msg(&TCP_CHECK)),
        run("grpc_health_check", Msg(&GRPC_CHECK)),
        run("no_traffic_interval", Duration),
        run("unhealthy_interval", Duration),
        inert("unhealthy_edge_interval", Duration, "the unhealthy interval is kept"),
        inert("healthy_edge_interval", Duration, "the interval is kept"),
        inert("event_logger", List(&Free), "a log"),
        inert("event_log_path", Str, "a log"),
        inert("always_log_health_check_failures", Bool, "a log"),
        inert("always_log_health_check_success", Bool, "a log"),
    ],
};

static HTTP_CHECK: Message = Message {
    name: "envoy.config.core.v3.HealthCheck.HttpHealthCheck",
    fields: &[
        run("host", Str),
        run("path", Str),
        run("method", Enum(&["METHOD_UNSPECIFIED", "GET", "HEAD", "POST", "PUT", "OPTIONS"])),
        run("request_headers_to_add", List(&Msg(&HEADER_OPTION))),
        run("request_headers_to_remove", List(&Str)),
        run("expected_statuses", List(&Msg(&INT_RANGE))),
        run("retriable_statuses", List(&Msg(&INT_RANGE))),
        run("codec_client_type", Enum(&["HTTP1"])),
    ],
};

static TCP_CHECK: Message = Message {
    name: "envoy.config.core.v3.HealthCheck.TcpHealthCheck",
    fields: &[run("send", Msg(&PAYLOAD)), run("receive", List(&Msg(&PAYLOAD)))],
};

static PAYLOAD: Message = Message {
    name: "envoy.config.core.v3.HealthCheck.Payload",
    fields: &[run("text", Str), run("binary", Str)],
};

static GRPC_CHECK: Message = Message {
    name: "envoy.config.core.v3.HealthCheck.GrpcHealthCheck",
    fields: &[run("service_name", Str), run("authority", Str)],
};

static COMMON_LB: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.CommonLbConfig",
    fields: &[
        run("healthy_panic_threshold", Msg(&PERCENT)),
        run("locality_weighted_lb_config", Free),
        run("zone_aware_lb_config", Msg(&ZONE_AWARE)),
        inert("update_merge_window", Duration, "endpoints do not change"),
        run("ignore_new_hosts_until_first_hc", Only("false")),
        inert("close_connections_on_host_set_change", Bool, "endpoints do not change"),
        run("consistent_hashing_lb_config", Msg(&CONSISTENT)),
    ],
};

static CONSISTENT: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig",
    fields: &[run("use_hostname_for_hashing", Bool)],
};

static ZONE_AWARE: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig",
    fields: &[
        inert("routing_enabled", Msg(&PERCENT), "without a local cluster there is no zone of the own node"),
        inert("min_cluster_size", Int, "without a local cluster there is no zone of the own node"),
        run("fail_traffic_on_panic", Bool),
    ],
};

static CIRCUIT_BREAKERS: Message = Message {
    name: "envoy.config.cluster.v3.CircuitBreakers",
    fields: &[run("thresholds", List(&Msg(&THRESHOLD)))],
};

static THRESHOLD: Message = Message {
    name: "envoy.config.cluster.v3.CircuitBreakers.Thresholds",
    fields: &[
        run("priority", Enum(&["DEFAULT", "HIGH"])),
        run("max_connections", Int),
        run("max_pending_requests", Int),
        run("max_requests", Int),
        run("max_retries", Int),
        run("track_remaining", Bool),
        run("retry_budget", Msg(&RETRY_BUDGET)),
    ],
};

static RETRY_BUDGET: Message = Message {
    name: "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget",
    fields: &[run("budget_percent", Msg(&PERCENT)), run("min_retry_concurrency", Int)],
};

static OUTLIER: Message = Message {
    name: "envoy.config.cluster.v3.OutlierDetection",
    fields: &[
        run("consecutive_5xx", Int),
        run("consecutive_gateway_failure", Int),
        run("consecutive_local_origin_failure", Int),
        run("interval", Duration),
        run("base_ejection_time", Duration),
        run("max_ejection_time", Duration),
        run("max_ejection_percent", Int),
        run("enforcing_consecutive_5xx", Int),
        run("enforcing_consecutive_gateway_failure", Int),
        run("enforcing_consecutive_local_origin_failure", Int),
        run("enforcing_success_rate", Int),
        run("enforcing_failure_percentage", Int),
        run("enforcing_local_origin_success_rate", Int),
        run("enforcing_failure_percentage_local_origin", Int),
        run("success_rate_minimum_hosts", Int),
        run("success_rate_request_volume", Int),
        run("success_rate_stdev_factor", Int),
        run("failure_percentage_threshold", Int),
        run("failure_percentage_minimum_hosts", Int),
        run("failure_percentage_request_volume", Int),
        run("max_ejection_time_jitter", Duration),
        run("always_eject_one_host", Bool),
        run("successful_active_health_check_uneject_host", Bool),
        run("split_external_local_origin_errors", Bool),
    ],
};

static SOCKET_MATCH: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.TransportSocketMatch",
    fields: &[run("name", Str), run("match", Free), run("transport_socket", Msg(&UPSTREAM_SOCKET))],
};

static LOAD_ASSIGNMENT: Message = Message {
    name: "envoy.config.endpoint.v3.ClusterLoadAssignment",
    fields: &[
        inert("cluster_name", Str, "the cluster that holds it"),
        run("endpoints", List(&Msg(&LOCALITY_ENDPOINTS))),
        run("policy", Msg(&ASSIGNMENT_POLICY)),
    ],
};

static ASSIGNMENT_POLICY: Message = Message {
    name: "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy",
    fields: &[run("overprovisioning_factor", Int), run("weighted_priority_health", Bool)],
};

static LOCALITY_ENDPOINTS: Message = Message {
    name: "envoy.config.endpoint.v3.LocalityLbEndpoints",
    fields: &[
        run("locality", Free),
        run("lb_endpoints", List(&Msg(&LB_ENDPOINT))),
        run("load_balancing_weight", Int),
        run("priority", Int),
        inert("proximity", Int, "a label"),
        inert("metadata", Free, "a label"),
    ],
};

static LB_ENDPOINT: Message = Message {
    name: "envoy.config.endpoint.v3.LbEndpoint",
    fields: &[
        run("endpoint", Msg(&ENDPOINT)),
        run("health_status", Enum(&["UNKNOWN", "HEALTHY", "UNHEALTHY", "DRAINING", "TIMEOUT", "DEGRADED"])),
        run("metadata", Msg(&METADATA)),
        run("load_balancing_weight", Int),
    ],
};

static ENDPOINT: Message = Message {
    name: "envoy.config.endpoint.v3.Endpoint",
    fields: &[
        run("address", Msg(&UPSTREAM_ADDRESS)),
        run("additional_addresses", List(&Msg(&MORE_ADDRESS))),
        run("health_check_config", Msg(&HEALTH_CONFIG)),
        run("hostname", Str),
    ],
};

static HEALTH_CONFIG: Message = Message {
    name: "envoy.config.endpoint.v3.Endpoint.HealthCheckConfig",
    fields: &[run("port_value", Int)],
};

static MORE_ADDRESS: Message = Message {
    name: "envoy.config.endpoint.v3.Endpoint.AdditionalAddress",
    fields: &[run("address", Msg(&UPSTREAM_ADDRESS))],
};

static PROTOCOL_OPTIONS: Message = Message {
    name: "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    fields: &[
        run("explicit_http_config", Msg(&EXPLICIT_HTTP)),
        run("use_downstream_protocol_config", Msg(&EXPLICIT_HTTP)),
        run("common_http_protocol_options", Msg(&HTTP_COMMON)),
        run("upstream_http_protocol_options", Msg(&UPSTREAM_HTTP)),
        inert("header_validation_config", Msg(&EXTENSION), "one validator is built in"),
        inert("outlier_detection", Free, "the default error matcher"),
    ],
};

static EXPLICIT_HTTP: Message = Message {
    name: "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig",
    fields: &[
        run("http_protocol_options", Msg(&H1_OPTIONS)),
        run("http2_protocol_options", Msg(&H2_OPTIONS)),
    ],
};

static UPSTREAM_HTTP: Message = Message {
    name: "envoy.config.core.v3.UpstreamHttpProtocolOptions",
    fields: &[
        run("auto_sni", Bool),
        run("auto_san_validation", Bool),
        run("override_auto_sni_header", Only("")),
    ],
};
