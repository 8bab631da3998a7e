// tidy: table
//! Supported messages: bootstrap, listener, addresses, transport sockets, network filters.
use super::cluster_table::CLUSTER;
use super::dns_table::RESOLVER;
use super::filter_table::{
    CONNECTION_LIMIT, DYNAMIC_SNI, MONGO, NETWORK_AUTHZ, NETWORK_LIMIT, NETWORK_RBAC, NETWORK_STATE,
    TCP_PROXY,
};
use super::hcm_table::{ACCESS_LOG, HCM};
use super::istio_table::{ISTIO_STATS, PEER_EXCHANGE};
use super::table::Kind::{Any, Bool, Duration, Enum, Float, Free, Int, List, Map, Msg, Only, Str};
use super::table::{Message, inert, run};

const IDENTITY: &str = "identity of the node, used by control planes";
const NO_XDS: &str = "a static bootstrap has no control plane";
const OBSERVE: &str = "observability outside of the request path";

pub(super) static BOOTSTRAP: Message = Message {
    name: "envoy.config.bootstrap.v3.Bootstrap",
    fields: &[
        run("static_resources", Msg(&STATIC_RESOURCES)),
        run("admin", Msg(&ADMIN)),
        run("node", Free),
        run("stats_config", Msg(&STATS_CONFIG)),
        inert("stats_sinks", List(&Free), OBSERVE),
        inert("stats_flush_interval", Duration, OBSERVE),
        run("layered_runtime", Msg(&LAYERED_RUNTIME)),
        run("use_tcp_for_dns_lookups", Bool),
        run("typed_dns_resolver_config", Msg(&RESOLVER)),
        inert("application_log_config", Free, OBSERVE),
        inert("bootstrap_extensions", List(&Msg(&EXTENSION)), "internal listeners need no extension here"),
        inert("deferred_stat_options", Free, "stats are always created lazily"),
        inert("overload_manager", Free, "limits are the proxy's own"),
        inert("default_regex_engine", Free, "one regex engine is built in"),
        inert("tracing", Free, OBSERVE),
        inert("use_dns_for_metadata", Bool, IDENTITY),
        inert("memory_allocator_manager", Free, "one allocator is built in"),
        inert("enable_dispatcher_stats", Bool, OBSERVE),
        inert("inline_headers", List(&Free), "headers are kept as sent"),
        inert("perf_tracing_file_path", Str, OBSERVE),
        inert("flags_path", Str, "no runtime flags"),
        inert("hidden_envoy_deprecated_use_tcp_for_dns_lookups", Bool, NO_XDS),
    ],
};

static STATS_CONFIG: Message = Message {
    name: "envoy.config.metrics.v3.StatsConfig",
    fields: &[
        run("stats_tags", List(&Msg(&STATS_TAG))),
        run("use_all_default_tags", Bool),
        run("stats_matcher", Free),
        inert("histogram_bucket_settings", List(&Free), "the buckets are fixed"),
    ],
};

static STATS_TAG: Message = Message {
    name: "envoy.config.metrics.v3.TagSpecifier",
    fields: &[run("tag_name", Str), run("regex", Str), run("fixed_value", Str)],
};

static LAYERED_RUNTIME: Message = Message {
    name: "envoy.config.bootstrap.v3.LayeredRuntime",
    fields: &[run("layers", List(&Msg(&RUNTIME_LAYER)))],
};

static RUNTIME_LAYER: Message = Message {
    name: "envoy.config.bootstrap.v3.RuntimeLayer",
    fields: &[
        inert("name", Str, "a label"),
        run("static_layer", Free),
        inert("admin_layer", Free, "runtime cannot be changed while running"),
    ],
};

static STATIC_RESOURCES: Message = Message {
    name: "envoy.config.bootstrap.v3.Bootstrap.StaticResources",
    fields: &[
        run("listeners", List(&Msg(&LISTENER))),
        run("clusters", List(&Msg(&CLUSTER))),
        run("secrets", List(&Msg(&SECRET))),
    ],
};

static ADMIN: Message = Message {
    name: "envoy.config.bootstrap.v3.Admin",
    fields: &[
        run("address", Msg(&ADDRESS)),
        inert("access_log", List(&Free), "admin requests are not logged"),
        inert("access_log_path", Str, "admin requests are not logged"),
        inert("profile_path", Str, "no profiler"),
        inert("ignore_global_conn_limit", Bool, "there is no global limit"),
        inert("socket_options", List(&Free), "kernel defaults"),
    ],
};

pub(super) static EXTENSION: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), inert("typed_config", Free, "see the field that holds it")],
};

pub(super) static ADDRESS: Message =
    Message { name: "envoy.config.core.v3.Address", fields: &[run("socket_address", Msg(&SOCKET_ADDRESS))] };

/// Where an endpoint may be.
pub(super) static UPSTREAM_ADDRESS: Message = Message {
    name: "envoy.config.core.v3.Address",
    fields: &[
        run("socket_address", Msg(&SOCKET_ADDRESS)),
        run("pipe", Msg(&PIPE)),
        run("envoy_internal_address", Msg(&INTERNAL_ADDRESS)),
    ],
};

static PIPE: Message = Message {
    name: "envoy.config.core.v3.Pipe",
    fields: &[run("path", Str), inert("mode", Int, "only for sockets that are listened on")],
};

static INTERNAL_ADDRESS: Message = Message {
    name: "envoy.config.core.v3.EnvoyInternalAddress",
    fields: &[run("server_listener_name", Str), run("endpoint_id", Str)],
};

pub(super) static SOCKET_ADDRESS: Message = Message {
    name: "envoy.config.core.v3.SocketAddress",
    fields: &[
        run("address", Str),
        run("port_value", Int),
        inert("protocol", Enum(&["TCP"]), "the only one"),
        inert("ipv4_compat", Bool, "dual stack sockets are not shared"),
        inert("resolver_name", Str, "the system's resolver"),
    ],
};

pub(super) static CIDR: Message = Message {
    name: "envoy.config.core.v3.CidrRange",
    fields: &[run("address_prefix", Str), run("prefix_len", Int)],
};

pub(super) static LISTENER: Message = Message {
    name: "envoy.config.listener.v3.Listener",
    fields: &[
        run("name", Str),
        run("address", Msg(&ADDRESS)),
        run("additional_addresses", List(&Msg(&ADDITIONAL_ADDRESS))),
        run("filter_chains", List(&Msg(&FILTER_CHAIN))),
        run("default_filter_chain", Msg(&FILTER_CHAIN)),
        run("listener_filters", List(&Msg(&LISTENER_FILTER))),
        run("listener_filters_timeout", Duration),
        run("continue_on_listener_filters_timeout", Bool),
        run("bind_to_port", Bool),
        run("transparent", Bool),
        run("internal_listener", Msg(&INTERNAL_LISTENER)),
        run("filter_chain_matcher", Msg(&CHAIN_MATCHER)),
        run("use_original_dst", Bool),
        run("access_log", List(&Msg(&ACCESS_LOG))),
        run("per_connection_buffer_limit_bytes", Int),
        run("stat_prefix", Str),
        run("traffic_direction", Enum(&["UNSPECIFIED", "INBOUND", "OUTBOUND"])),
        inert("metadata", Free, "a label"),
        inert("enable_reuse_port", Bool, "every worker has its own socket"),
        inert("reuse_port", Bool, "every worker has its own socket"),
        inert("max_connections_to_accept_per_socket_event", Int, "accepting is fair between tasks"),
        inert("ignore_global_conn_limit", Bool, "there is no global limit"),
        inert("bypass_overload_manager", Bool, "there is no overload manager"),
        inert("drain_type", Enum(&["DEFAULT", "MODIFY_ONLY"]), "draining is for the whole process"),
        inert("tcp_backlog_size", Int, "the kernel's maximum"),
        inert("connection_balance_config", Free, "the kernel balances between workers"),
        inert("enable_mptcp", Bool, "plain TCP"),
    ],
};

static INTERNAL_LISTENER: Message =
    Message { name: "envoy.config.listener.v3.Listener.InternalListenerConfig", fields: &[] };

static CHAIN_MATCHER: Message = Message {
    name: "xds.type.matcher.v3.Matcher",
    fields: &[run("matcher_tree", Msg(&MATCHER_TREE)), run("on_no_match", Msg(&ON_MATCH))],
};

static MATCHER_TREE: Message = Message {
    name: "xds.type.matcher.v3.Matcher.MatcherTree",
    fields: &[
        run("input", Msg(&NETWORK_INPUT)),
        run("exact_match_map", Msg(&EXACT_MAP)),
        run("custom_match", Msg(&CUSTOM_MATCH)),
    ],
};

static EXACT_MAP: Message = Message {
    name: "xds.type.matcher.v3.Matcher.MatcherTree.MatchMap",
    fields: &[run("map", Map(&Msg(&ON_MATCH)))],
};

static ON_MATCH: Message = Message {
    name: "xds.type.matcher.v3.Matcher.OnMatch",
    fields: &[run("matcher", Msg(&CHAIN_MATCHER)), run("action", Msg(&CHAIN_ACTION))],
};

static CHAIN_ACTION: Message = Message {
    name: "xds.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&CHAIN_NAME]))],
};

static CHAIN_NAME: Message = Message { name: "google.protobuf.StringValue", fields: &[run("value", Str)] };

static CUSTOM_MATCH: Message = Message {
    name: "xds.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&IP_MATCHER]))],
};

static IP_MATCHER: Message = Message {
    name: "xds.type.matcher.v3.IPMatcher",
    fields: &[run("range_matchers", List(&Msg(&RANGE_MATCHER)))],
};

static RANGE_MATCHER: Message = Message {
    name: "xds.type.matcher.v3.IPMatcher.IPRangeMatcher",
    fields: &[run("ranges", List(&Msg(&CIDR))), run("on_match", Msg(&ON_MATCH)), run("exclusive", Bool)],
};

static NETWORK_INPUT: Message = Message {
    name: "xds.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(INPUTS))],
};

const INPUTS: &[&Message] = &[
    &Message { name: "envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput", fields: &[] },
    &Message { name: "envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput", fields: &[] },
    &Message { name: "envoy.extensions.matching.common_inputs.network.v3.SourceIPInput", fields: &[] },
    &Message { name: "envoy.extensions.matching.common_inputs.network.v3.SourcePortInput", fields: &[] },
    &Message { name: "envoy.extensions.matching.common_inputs.network.v3.ServerNameInput", fields: &[] },
    &Message {
        name: "envoy.extensions.matching.common_inputs.network.v3.TransportProtocolInput",
        fields: &[],
    },
    &Message {
        name: "envoy.extensions.matching.common_inputs.network.v3.ApplicationProtocolInput",
        fields: &[],
    },
];

static ADDITIONAL_ADDRESS: Message =
    Message { name: "envoy.config.listener.v3.AdditionalAddress", fields: &[run("address", Msg(&ADDRESS))] };

static FILTER_CHAIN: Message = Message {
    name: "envoy.config.listener.v3.FilterChain",
    fields: &[
        run("filter_chain_match", Msg(&FILTER_CHAIN_MATCH)),
        run("filters", List(&Msg(&NETWORK_FILTER))),
        run("transport_socket", Msg(&DOWNSTREAM_SOCKET)),
        run("transport_socket_connect_timeout", Duration),
        run("name", Str),
        inert("metadata", Free, "a label"),
    ],
};

static FILTER_CHAIN_MATCH: Message = Message {
    name: "envoy.config.listener.v3.FilterChainMatch",
    fields: &[
        run("destination_port", Int),
        run("prefix_ranges", List(&Msg(&CIDR))),
        run("source_prefix_ranges", List(&Msg(&CIDR))),
        run("direct_source_prefix_ranges", List(&Msg(&CIDR))),
        run("source_ports", List(&Int)),
        run("source_type", Enum(&["ANY", "SAME_IP_OR_LOOPBACK", "EXTERNAL"])),
        run("server_names", List(&Str)),
        run("transport_protocol", Str),
        run("application_protocols", List(&Str)),
    ],
};

static NETWORK_FILTER: Message = Message {
    name: "envoy.config.listener.v3.Filter",
    fields: &[
        run("name", Str),
        run(
            "typed_config",
            Any(&[
                &HCM,
                &TCP_PROXY,
                &NETWORK_RBAC,
                &PEER_EXCHANGE,
                &ISTIO_STATS,
                &NETWORK_LIMIT,
                &CONNECTION_LIMIT,
                &DYNAMIC_SNI,
                &NETWORK_STATE,
                &NETWORK_AUTHZ,
                &MONGO,
            ]),
        ),
    ],
};

static LISTENER_FILTER: Message = Message {
    name: "envoy.config.listener.v3.ListenerFilter",
    fields: &[
        run("name", Str),
        run(
            "typed_config",
            Any(&[&ORIGINAL_DST, &ORIGINAL_SRC, &TLS_INSPECTOR, &HTTP_INSPECTOR, &PROXY_PROTOCOL]),
        ),
        run("filter_disabled", Msg(&CHAIN_PREDICATE)),
    ],
};

static CHAIN_PREDICATE: Message = Message {
    name: "envoy.config.listener.v3.ListenerFilterChainMatchPredicate",
    fields: &[
        run("or_match", Msg(&CHAIN_PREDICATE_SET)),
        run("and_match", Msg(&CHAIN_PREDICATE_SET)),
        run("not_match", Msg(&CHAIN_PREDICATE)),
        run("any_match", Bool),
        run("destination_port_range", Msg(&INT_RANGE)),
    ],
};

static CHAIN_PREDICATE_SET: Message = Message {
    name: "envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet",
    fields: &[run("rules", List(&Msg(&CHAIN_PREDICATE)))],
};

pub(super) static INT_RANGE: Message =
    Message { name: "envoy.type.v3.Int64Range", fields: &[run("start", Int), run("end", Int)] };

static ORIGINAL_DST: Message =
    Message { name: "envoy.extensions.filters.listener.original_dst.v3.OriginalDst", fields: &[] };

static ORIGINAL_SRC: Message = Message {
    name: "envoy.extensions.filters.listener.original_src.v3.OriginalSrc",
    fields: &[run("bind_port", Only("false")), run("mark", Int)],
};

static TLS_INSPECTOR: Message = Message {
    name: "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
    fields: &[
        inert("initial_read_buffer_size", Int, "the buffer grows by itself"),
        inert("enable_ja3_fingerprinting", Enum(&[]), "not supported when set"),
        inert("max_client_hello_size", Int, "16 KiB"),
        run("close_connection_on_client_hello_parsing_errors", Only("false")),
    ],
};

static HTTP_INSPECTOR: Message =
    Message { name: "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector", fields: &[] };

static PROXY_PROTOCOL: Message = Message {
    name: "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
    fields: &[
        run("allow_requests_without_proxy_protocol", Bool),
        inert("stat_prefix", Str, "no stats"),
        inert("pass_through_tlvs", Free, "TLVs are read and dropped"),
    ],
};

static DOWNSTREAM_SOCKET: Message = Message {
    name: "envoy.config.core.v3.TransportSocket",
    fields: &[run("name", Str), run("typed_config", Any(&[&DOWNSTREAM_TLS, &RAW_BUFFER]))],
};

pub(super) static UPSTREAM_SOCKET: Message = Message {
    name: "envoy.config.core.v3.TransportSocket",
    fields: &[
        run("name", Str),
        run("typed_config", Any(&[&UPSTREAM_TLS, &RAW_BUFFER, &PROXY_TRANSPORT, &INTERNAL_TRANSPORT])),
    ],
};

static INTERNAL_TRANSPORT: Message = Message {
    name: "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport",
    fields: &[
        run("passthrough_metadata", List(&Msg(&PASSTHROUGH))),
        run("transport_socket", Msg(&UPSTREAM_SOCKET)),
    ],
};

static PASSTHROUGH: Message = Message {
    name: "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport.MetadataValueSource",
    fields: &[run("kind", Msg(&PASSTHROUGH_KIND)), run("name", Str)],
};

static PASSTHROUGH_KIND: Message = Message {
    name: "envoy.type.metadata.v3.MetadataKind",
    fields: &[run("host", Free), run("cluster", Free)],
};

static PROXY_TRANSPORT: Message = Message {
    name: "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
    fields: &[run("config", Msg(&PROXY_CONFIG)), run("transport_socket", Msg(&UPSTREAM_SOCKET))],
};

static PROXY_CONFIG: Message = Message {
    name: "envoy.config.core.v3.ProxyProtocolConfig",
    fields: &[run("version", Enum(&["V1", "V2"]))],
};

static RAW_BUFFER: Message =
    Message { name: "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", fields: &[] };

static DOWNSTREAM_TLS: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    fields: &[
        run("common_tls_context", Msg(&COMMON_TLS)),
        run("require_client_certificate", Bool),
        inert("disable_stateless_session_resumption", Bool, "sessions are not resumed"),
        inert("disable_stateful_session_resumption", Bool, "sessions are not resumed"),
        inert("full_scan_certs_on_sni_mismatch", Bool, "the first certificate answers"),
        inert("ocsp_staple_policy", Enum(&["LENIENT_STAPLING"]), "no stapling"),
        inert("session_timeout", Duration, "sessions are not resumed"),
    ],
};

static UPSTREAM_TLS: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    fields: &[
        run("common_tls_context", Msg(&COMMON_TLS)),
        run("sni", Str),
        run("auto_host_sni", Only("false")),
        run("auto_sni_san_validation", Only("false")),
        inert("allow_renegotiation", Bool, "TLS 1.3 has none"),
        inert("max_session_keys", Int, "sessions are not resumed"),
    ],
};

static COMMON_TLS: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext",
    fields: &[
        run("tls_params", Msg(&TLS_PARAMS)),
        run("tls_certificates", List(&Msg(&TLS_CERTIFICATE))),
        run("tls_certificate_sds_secret_configs", List(&Msg(&SDS_SECRET))),
        run("validation_context", Msg(&VALIDATION)),
        run("validation_context_sds_secret_config", Msg(&SDS_SECRET)),
        run("combined_validation_context", Msg(&COMBINED_VALIDATION)),
        run("alpn_protocols", List(&Str)),
    ],
};

static COMBINED_VALIDATION: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext",
    fields: &[
        run("default_validation_context", Msg(&VALIDATION)),
        run("validation_context_sds_secret_config", Msg(&SDS_SECRET)),
    ],
};

static SDS_SECRET: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig",
    fields: &[run("name", Str), run("sds_config", Msg(&SDS_SOURCE))],
};

static SDS_SOURCE: Message = Message {
    name: "envoy.config.core.v3.ConfigSource",
    fields: &[
        run("path_config_source", Msg(&SDS_FILE)),
        run("path", Str),
        inert("resource_api_version", Enum(&["AUTO", "V3"]), "the only version"),
        inert("initial_fetch_timeout", Duration, "files are read at once"),
    ],
};

static SDS_FILE: Message = Message {
    name: "envoy.config.core.v3.PathConfigSource",
    fields: &[
        run("path", Str),
        inert("watched_directory", Msg(&WATCHED_DIRECTORY), "the file itself is watched, links included"),
    ],
};

static WATCHED_DIRECTORY: Message = Message {
    name: "envoy.config.core.v3.WatchedDirectory",
    fields: &[inert("path", Str, "the files themselves are watched")],
};

pub(super) static SECRET: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.Secret",
    fields: &[
        run("name", Str),
        run("tls_certificate", Msg(&TLS_CERTIFICATE)),
        run("validation_context", Msg(&VALIDATION)),
    ],
};

static TLS_PARAMS: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.TlsParameters",
    fields: &[
        run("tls_minimum_protocol_version", Enum(&["TLS_AUTO", "TLSv1_2", "TLSv1_3"])),
        run("tls_maximum_protocol_version", Enum(&["TLS_AUTO", "TLSv1_2", "TLSv1_3"])),
        run(
            "cipher_suites",
            List(&Enum(&[
                "ECDHE-ECDSA-AES256-GCM-SHA384",
                "ECDHE-RSA-AES256-GCM-SHA384",
                "ECDHE-ECDSA-AES128-GCM-SHA256",
                "ECDHE-RSA-AES128-GCM-SHA256",
                "ECDHE-ECDSA-CHACHA20-POLY1305",
                "ECDHE-RSA-CHACHA20-POLY1305",
                "AES256-GCM-SHA384",
                "AES128-GCM-SHA256",
            ])),
        ),
        run("ecdh_curves", List(&Enum(&["X25519", "P-256", "P-384"]))),
    ],
};

static TLS_CERTIFICATE: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.TlsCertificate",
    fields: &[
        run("certificate_chain", Msg(&DATA_SOURCE)),
        run("private_key", Msg(&DATA_SOURCE)),
        inert("watched_directory", Msg(&WATCHED_DIRECTORY), "the files themselves are watched"),
    ],
};

pub(super) static DATA_SOURCE: Message = Message {
    name: "envoy.config.core.v3.DataSource",
    fields: &[run("filename", Str), run("inline_string", Str), run("inline_bytes", Str)],
};

static VALIDATION: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext",
    fields: &[
        run("trusted_ca", Msg(&DATA_SOURCE)),
        run("match_typed_subject_alt_names", List(&Msg(&SAN_MATCHER))),
        run("match_subject_alt_names", List(&Msg(&super::hcm_table::STRING_MATCHER))),
        inert("trust_chain_verification", Enum(&["VERIFY_TRUST_CHAIN"]), "the default"),
        inert("watched_directory", Msg(&WATCHED_DIRECTORY), "the files themselves are watched"),
    ],
};

static SAN_MATCHER: Message = Message {
    name: "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher",
    fields: &[run("san_type", Enum(&["URI", "DNS"])), run("matcher", Msg(&super::hcm_table::STRING_MATCHER))],
};

pub(super) static PERCENT: Message =
    Message { name: "envoy.type.v3.Percent", fields: &[run("value", Float)] };

pub(super) static METADATA: Message = Message {
    name: "envoy.config.core.v3.Metadata",
    fields: &[
        run("filter_metadata", Map(&Free)),
        inert("typed_filter_metadata", Map(&Free), "no filter reads it"),
    ],
};
