// tidy: table
//! What Envoy's messages demand of their fields. Written by `cargo xtask codegen`.

use crate::faults::demand::Rule::{Defined, Length, Lines, NotIn, Number, OneOf, Required, Size, Span};
use crate::faults::demand::{Demand, each, of};

/// Demands by the full name of the message, sorted.
#[rustfmt::skip]
pub(crate) static DEMANDS: &[(&str, &[Demand])] = &[
    ("envoy.config.accesslog.v3.AccessLogFilter", &[
        of("filter_specifier", OneOf(&["statusCodeFilter", "durationFilter", "notHealthCheckFilter", "traceableFilter", "runtimeFilter", "andFilter", "orFilter", "headerFilter", "responseFlagFilter", "grpcStatusFilter", "extensionFilter", "metadataFilter", "logTypeFilter"])),
    ]),
    ("envoy.config.accesslog.v3.AndFilter", &[
        of("filters", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.accesslog.v3.ComparisonFilter", &[
        of("op", Defined),
        of("value", Required),
    ]),
    ("envoy.config.accesslog.v3.DurationFilter", &[
        of("comparison", Required),
    ]),
    ("envoy.config.accesslog.v3.GrpcStatusFilter", &[
        each("statuses", Defined),
    ]),
    ("envoy.config.accesslog.v3.HeaderFilter", &[
        of("header", Required),
    ]),
    ("envoy.config.accesslog.v3.LogTypeFilter", &[
        each("types", Defined),
    ]),
    ("envoy.config.accesslog.v3.OrFilter", &[
        of("filters", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.accesslog.v3.RuntimeFilter", &[
        of("runtimeKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.accesslog.v3.StatusCodeFilter", &[
        of("comparison", Required),
    ]),
    ("envoy.config.bootstrap.v3.Bootstrap", &[
        of("statsFlushInterval", Span { above: None, least: Some(0.001), below: Some(300.0), most: None }),
        of("statsEvictionInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat", &[
        of("log_format", OneOf(&["jsonFormat", "textFormat"])),
    ]),
    ("envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig", &[
        of("maxCachedEntryIdleDuration", Span { above: None, least: Some(5.0), below: None, most: None }),
    ]),
    ("envoy.config.bootstrap.v3.CustomInlineHeader", &[
        of("inlineHeaderName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("inlineHeaderName", Lines { name: true, strict: false }),
        of("inlineHeaderType", Defined),
    ]),
    ("envoy.config.bootstrap.v3.RuntimeLayer", &[
        of("layer_specifier", OneOf(&["staticLayer", "diskLayer", "adminLayer", "rtdsLayer"])),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.bootstrap.v3.Watchdog", &[
        of("maxKillTimeoutJitter", Span { above: None, least: Some(0.0), below: None, most: None }),
    ]),
    ("envoy.config.bootstrap.v3.Watchdog.WatchdogAction", &[
        of("event", Defined),
    ]),
    ("envoy.config.cluster.v3.CircuitBreakers.Thresholds", &[
        of("priority", Defined),
    ]),
    ("envoy.config.cluster.v3.Cluster", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("type", Defined),
        of("connectTimeout", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("lbPolicy", Defined),
        of("dnsRefreshRate", Span { above: Some(0.001), least: None, below: None, most: None }),
        of("dnsLookupFamily", Defined),
        of("cleanupInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("dnsJitter", Span { above: None, least: Some(0.0), below: None, most: None }),
        of("perConnectionBufferHighWatermarkTimeout", Span { above: None, least: Some(0.0), below: None, most: None }),
    ]),
    ("envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig", &[
        of("hashBalanceFactor", Number { above: None, least: Some(100.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.CustomClusterType", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.LbSubsetConfig", &[
        of("fallbackPolicy", Defined),
        of("metadataFallbackPolicy", Defined),
    ]),
    ("envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector", &[
        of("fallbackPolicy", Defined),
    ]),
    ("envoy.config.cluster.v3.Cluster.LeastRequestLbConfig", &[
        of("choiceCount", Number { above: None, least: Some(2.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.MaglevLbConfig", &[
        of("tableSize", Number { above: None, least: None, below: None, most: Some(5000011.0), or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.OriginalDstLbConfig", &[
        of("upstreamPortOverride", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.PreconnectPolicy", &[
        of("perUpstreamPreconnectRatio", Number { above: None, least: Some(1.0), below: None, most: Some(3.0), or_empty: false }),
        of("predictivePreconnectRatio", Number { above: None, least: Some(1.0), below: None, most: Some(3.0), or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.RefreshRate", &[
        of("baseInterval", Required),
        of("baseInterval", Span { above: Some(0.001), least: None, below: None, most: None }),
        of("maxInterval", Span { above: Some(0.001), least: None, below: None, most: None }),
    ]),
    ("envoy.config.cluster.v3.Cluster.RingHashLbConfig", &[
        of("minimumRingSize", Number { above: None, least: None, below: None, most: Some(8388608.0), or_empty: false }),
        of("hashFunction", Defined),
        of("maximumRingSize", Number { above: None, least: None, below: None, most: Some(8388608.0), or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Cluster.TransportSocketMatch", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.Filter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.cluster.v3.OutlierDetection", &[
        of("interval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("baseEjectionTime", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("maxEjectionPercent", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingConsecutive5xx", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingSuccessRate", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingConsecutiveGatewayFailure", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingConsecutiveLocalOriginFailure", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingLocalOriginSuccessRate", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("failurePercentageThreshold", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingFailurePercentage", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcingFailurePercentageLocalOrigin", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("maxEjectionTime", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig", &[
        of("firstAddressFamilyCount", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.common.key_value.v3.KeyValueStoreConfig", &[
        of("config", Required),
    ]),
    ("envoy.config.common.matcher.v3.HttpGenericBodyMatch", &[
        of("patterns", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.common.matcher.v3.HttpGenericBodyMatch.GenericTextMatch", &[
        of("rule", OneOf(&["stringMatch", "binaryMatch"])),
        of("stringMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("binaryMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.common.matcher.v3.MatchPredicate", &[
        of("rule", OneOf(&["orMatch", "andMatch", "notMatch", "anyMatch", "httpRequestHeadersMatch", "httpRequestTrailersMatch", "httpResponseHeadersMatch", "httpResponseTrailersMatch", "httpRequestGenericBodyMatch", "httpResponseGenericBodyMatch"])),
    ]),
    ("envoy.config.common.matcher.v3.MatchPredicate.MatchSet", &[
        of("rules", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.common.matcher.v3.Matcher", &[
        of("matcher_type", OneOf(&["matcherList", "matcherTree"])),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherList", &[
        of("matchers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherList.FieldMatcher", &[
        of("predicate", Required),
        of("onMatch", Required),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate", &[
        of("match_type", OneOf(&["singlePredicate", "orMatcher", "andMatcher", "notMatcher"])),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.PredicateList", &[
        of("predicate", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate", &[
        of("matcher", OneOf(&["valueMatch", "customMatch"])),
        of("input", Required),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherTree", &[
        of("tree_type", OneOf(&["exactMatchMap", "prefixMatchMap", "customMatch"])),
        of("input", Required),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.MatcherTree.MatchMap", &[
        of("map", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.common.matcher.v3.Matcher.OnMatch", &[
        of("on_match", OneOf(&["matcher", "action"])),
    ]),
    ("envoy.config.common.mutation_rules.v3.HeaderMutation", &[
        of("action", OneOf(&["remove", "append", "removeOnMatch"])),
        of("remove", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch", &[
        of("keyMatcher", Required),
    ]),
    ("envoy.config.core.v3.Address", &[
        of("address", OneOf(&["socketAddress", "pipe", "envoyInternalAddress"])),
    ]),
    ("envoy.config.core.v3.AlternateProtocolsCacheOptions", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("maxEntries", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry", &[
        of("hostname", Lines { name: true, strict: true }),
        of("port", Number { above: Some(0.0), least: None, below: Some(65535.0), most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.ApiConfigSource", &[
        of("apiType", Defined),
        of("requestTimeout", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("transportApiVersion", Defined),
    ]),
    ("envoy.config.core.v3.AsyncDataSource", &[
        of("specifier", OneOf(&["local", "remote"])),
    ]),
    ("envoy.config.core.v3.BackoffStrategy", &[
        of("baseInterval", Required),
        of("baseInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("maxInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.core.v3.CidrRange", &[
        of("addressPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("prefixLen", Number { above: None, least: None, below: None, most: Some(128.0), or_empty: false }),
    ]),
    ("envoy.config.core.v3.ConfigSource", &[
        of("config_source_specifier", OneOf(&["path", "pathConfigSource", "apiConfigSource", "ads", "self"])),
        of("resourceApiVersion", Defined),
    ]),
    ("envoy.config.core.v3.DataSource", &[
        of("specifier", OneOf(&["filename", "inlineBytes", "inlineString", "environmentVariable"])),
        of("filename", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("environmentVariable", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.DnsResolutionConfig", &[
        of("resolvers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.core.v3.EnvoyInternalAddress", &[
        of("address_name_specifier", OneOf(&["serverListenerName"])),
    ]),
    ("envoy.config.core.v3.EventServiceConfig", &[
        of("config_source_specifier", OneOf(&["grpcService"])),
    ]),
    ("envoy.config.core.v3.ExtensionConfigSource", &[
        of("configSource", Required),
        of("typeUrls", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.core.v3.ExtraSourceAddress", &[
        of("address", Required),
    ]),
    ("envoy.config.core.v3.GrpcMethodList.Service", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("methodNames", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.core.v3.GrpcService", &[
        of("target_specifier", OneOf(&["envoyGrpc", "googleGrpc"])),
    ]),
    ("envoy.config.core.v3.GrpcService.EnvoyGrpc", &[
        of("clusterName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("authority", Length { least: 0, most: 16384, or_empty: false }),
        of("authority", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.core.v3.GrpcService.GoogleGrpc", &[
        of("targetUri", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials", &[
        of("credential_specifier", OneOf(&["accessToken", "googleComputeEngine", "googleRefreshToken", "serviceAccountJwtAccess", "googleIam", "fromPlugin", "stsService"])),
    ]),
    ("envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService", &[
        of("subjectTokenPath", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("subjectTokenType", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value", &[
        of("value_specifier", OneOf(&["stringValue", "intValue"])),
    ]),
    ("envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials", &[
        of("credential_specifier", OneOf(&["sslCredentials", "googleDefault", "localCredentials"])),
    ]),
    ("envoy.config.core.v3.HeaderValue", &[
        of("key", Length { least: 1, most: 16384, or_empty: false }),
        of("key", Lines { name: true, strict: false }),
        of("value", Length { least: 0, most: 16384, or_empty: false }),
        of("value", Lines { name: false, strict: false }),
        of("rawValue", Length { least: 0, most: 16384, or_empty: false }),
    ]),
    ("envoy.config.core.v3.HeaderValueOption", &[
        of("header", Required),
        of("appendAction", Defined),
    ]),
    ("envoy.config.core.v3.HealthCheck", &[
        of("health_checker", OneOf(&["httpHealthCheck", "tcpHealthCheck", "grpcHealthCheck", "customHealthCheck"])),
        of("timeout", Required),
        of("timeout", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("interval", Required),
        of("interval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("unhealthyThreshold", Required),
        of("healthyThreshold", Required),
        of("noTrafficInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("unhealthyInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("unhealthyEdgeInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("healthyEdgeInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("noTrafficHealthyInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.core.v3.HealthCheck.CustomHealthCheck", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.HealthCheck.GrpcHealthCheck", &[
        of("authority", Lines { name: false, strict: false }),
        of("initialMetadata", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.config.core.v3.HealthCheck.HttpHealthCheck", &[
        of("host", Lines { name: false, strict: true }),
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("path", Lines { name: false, strict: true }),
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
        each("requestHeadersToRemove", Lines { name: true, strict: false }),
        of("codecClientType", Defined),
        of("method", Defined),
        of("method", NotIn(&[6])),
        of("responseBufferSize", Number { above: None, least: Some(0.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.HealthCheck.Payload", &[
        of("payload", OneOf(&["text", "binary"])),
        of("text", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.HealthStatusSet", &[
        each("statuses", Defined),
    ]),
    ("envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat", &[
        of("header_format", OneOf(&["properCaseWords", "statefulFormatter"])),
    ]),
    ("envoy.config.core.v3.Http2ProtocolOptions", &[
        of("maxConcurrentStreams", Number { above: None, least: Some(1.0), below: None, most: Some(2147483647.0), or_empty: false }),
        of("initialStreamWindowSize", Number { above: None, least: Some(65535.0), below: None, most: Some(2147483647.0), or_empty: false }),
        of("initialConnectionWindowSize", Number { above: None, least: Some(65535.0), below: None, most: Some(2147483647.0), or_empty: false }),
        of("maxOutboundFrames", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("maxOutboundControlFrames", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("maxInboundWindowUpdateFramesPerDataFrameSent", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("maxHeaderFieldSizeKb", Number { above: None, least: Some(64.0), below: None, most: Some(256.0), or_empty: false }),
    ]),
    ("envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter", &[
        of("identifier", Required),
        of("identifier", Number { above: None, least: Some(0.0), below: None, most: Some(65535.0), or_empty: false }),
        of("value", Required),
    ]),
    ("envoy.config.core.v3.HttpProtocolOptions", &[
        of("maxHeadersCount", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("maxResponseHeadersKb", Number { above: Some(0.0), least: None, below: None, most: Some(8192.0), or_empty: false }),
    ]),
    ("envoy.config.core.v3.HttpService", &[
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.config.core.v3.HttpUri", &[
        of("http_upstream_type", OneOf(&["cluster"])),
        of("uri", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("timeout", Required),
        of("timeout", Span { above: None, least: Some(0.0), below: Some(4294967296.0), most: None }),
    ]),
    ("envoy.config.core.v3.KeepaliveSettings", &[
        of("interval", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("timeout", Required),
        of("timeout", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("connectionIdleInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.config.core.v3.KeyValue", &[
        of("key", Length { least: 1, most: 16384, or_empty: false }),
    ]),
    ("envoy.config.core.v3.KeyValueAppend", &[
        of("action", Defined),
    ]),
    ("envoy.config.core.v3.KeyValueMutation", &[
        of("remove", Length { least: 0, most: 16384, or_empty: false }),
    ]),
    ("envoy.config.core.v3.KeyValuePair", &[
        of("key", Length { least: 1, most: 16384, or_empty: false }),
    ]),
    ("envoy.config.core.v3.PathConfigSource", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("pollInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.config.core.v3.Pipe", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("mode", Number { above: None, least: None, below: None, most: Some(511.0), or_empty: false }),
    ]),
    ("envoy.config.core.v3.ProxyProtocolPassThroughTLVs", &[
        each("tlvType", Number { above: None, least: None, below: Some(256.0), most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.QueryParameter", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.QuicKeepAliveSettings", &[
        of("initialInterval", Span { above: None, least: Some(0.001), below: None, most: Some(0.0) }),
    ]),
    ("envoy.config.core.v3.QuicProtocolOptions", &[
        of("maxConcurrentStreams", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("initialStreamWindowSize", Number { above: None, least: Some(1.0), below: None, most: Some(16777216.0), or_empty: false }),
        of("initialConnectionWindowSize", Number { above: None, least: Some(1.0), below: None, most: Some(25165824.0), or_empty: false }),
        of("numTimeoutsToTriggerPortMigration", Number { above: None, least: Some(0.0), below: None, most: Some(5.0), or_empty: false }),
        of("idleNetworkTimeout", Span { above: None, least: Some(1.0), below: None, most: None }),
        of("memoryReductionTimeout", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings", &[
        of("maxTimeOnNonDefaultNetwork", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings", &[
        of("maxIdleTimeBeforeMigration", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.config.core.v3.RateLimitSettings", &[
        of("fillRate", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.RemoteDataSource", &[
        of("httpUri", Required),
        of("sha256", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.RetryPolicy.RetryHostPredicate", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.RetryPolicy.RetryPriority", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.RuntimeFeatureFlag", &[
        of("defaultValue", Required),
    ]),
    ("envoy.config.core.v3.RuntimeFractionalPercent", &[
        of("defaultValue", Required),
    ]),
    ("envoy.config.core.v3.SelfConfigSource", &[
        of("transportApiVersion", Defined),
    ]),
    ("envoy.config.core.v3.SocketAddress", &[
        of("port_specifier", OneOf(&["portValue", "namedPort"])),
        of("protocol", Defined),
        of("address", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("portValue", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.config.core.v3.SocketOption", &[
        of("value", OneOf(&["intValue", "bufValue"])),
        of("state", Defined),
    ]),
    ("envoy.config.core.v3.SubstitutionFormatString", &[
        of("format", OneOf(&["textFormat", "jsonFormat", "textFormatSource"])),
        of("jsonFormat", Required),
        of("contentType", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.core.v3.TlvEntry", &[
        of("type", Number { above: None, least: None, below: Some(256.0), most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.TransportSocket", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.core.v3.TypedExtensionConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("typedConfig", Required),
    ]),
    ("envoy.config.core.v3.UdpSocketConfig", &[
        of("maxRxDatagramSize", Number { above: Some(0.0), least: None, below: Some(65536.0), most: None, or_empty: false }),
    ]),
    ("envoy.config.core.v3.UpstreamHttpProtocolOptions", &[
        of("overrideAutoSniHeader", Lines { name: true, strict: true }),
    ]),
    ("envoy.config.core.v3.WatchedDirectory", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.ClusterLoadAssignment", &[
        of("clusterName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.ClusterLoadAssignment.Policy", &[
        of("overprovisioningFactor", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("endpointStaleAfter", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload", &[
        of("category", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.ClusterStats", &[
        of("clusterName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("upstreamLocalityStats", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.endpoint.v3.ClusterStats.DroppedRequests", &[
        of("category", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.Endpoint.HealthCheckConfig", &[
        of("portValue", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.LbEndpoint", &[
        of("loadBalancingWeight", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.endpoint.v3.LocalityLbEndpoints", &[
        of("loadBalancingWeight", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("priority", Number { above: None, least: None, below: None, most: Some(128.0), or_empty: false }),
    ]),
    ("envoy.config.listener.v3.Filter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.listener.v3.FilterChainMatch", &[
        each("sourcePorts", Number { above: None, least: Some(1.0), below: None, most: Some(65535.0), or_empty: false }),
        of("destinationPort", Number { above: None, least: Some(1.0), below: None, most: Some(65535.0), or_empty: false }),
        of("sourceType", Defined),
    ]),
    ("envoy.config.listener.v3.Listener", &[
        of("maxConnectionsToAcceptPerSocketEvent", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("perConnectionBufferHighWatermarkTimeout", Span { above: None, least: Some(0.0), below: None, most: None }),
    ]),
    ("envoy.config.listener.v3.Listener.ConnectionBalanceConfig", &[
        of("balance_type", OneOf(&["exactBalance", "extendBalance", "cpuLocalityBalance"])),
    ]),
    ("envoy.config.listener.v3.ListenerFilter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.listener.v3.ListenerFilterChainMatchPredicate", &[
        of("rule", OneOf(&["orMatch", "andMatch", "notMatch", "anyMatch", "destinationPortRange"])),
    ]),
    ("envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet", &[
        of("rules", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.listener.v3.QuicProtocolOptions", &[
        of("packetsToReadToConnectionCountRatio", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("saveCmsgConfig", Size { least: 0, most: 1 }),
        of("maxSessionsPerEventLoop", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.metrics.v3.DogStatsdSink", &[
        of("dog_statsd_specifier", OneOf(&["address"])),
        of("maxBytesPerDatagram", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.metrics.v3.HistogramBucketSettings", &[
        of("match", Required),
        each("buckets", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("bins", Number { above: Some(0.0), least: None, below: None, most: Some(46082.0), or_empty: false }),
    ]),
    ("envoy.config.metrics.v3.MetricsServiceConfig", &[
        of("grpcService", Required),
        of("transportApiVersion", Defined),
        of("histogramEmitMode", Defined),
        of("batchSize", Number { above: None, least: Some(0.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.metrics.v3.StatsMatcher", &[
        of("stats_matcher", OneOf(&["rejectAll", "exclusionList", "inclusionList"])),
    ]),
    ("envoy.config.metrics.v3.StatsdSink", &[
        of("statsd_specifier", OneOf(&["address", "tcpClusterName"])),
    ]),
    ("envoy.config.metrics.v3.TagSpecifier", &[
        of("regex", Length { least: 0, most: 1024, or_empty: false }),
    ]),
    ("envoy.config.overload.v3.BufferFactoryConfig", &[
        of("minimumAccountToTrackPowerOfTwo", Number { above: None, least: Some(10.0), below: None, most: Some(56.0), or_empty: false }),
    ]),
    ("envoy.config.overload.v3.LoadShedPoint", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("triggers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.overload.v3.OverloadAction", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("triggers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.overload.v3.OverloadManager", &[
        of("resourceMonitors", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.overload.v3.ResourceMonitor", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.overload.v3.ScaleTimersOverloadActionConfig", &[
        of("timerScaleFactors", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer", &[
        of("overload_adjust", OneOf(&["minTimeout", "minScale"])),
        of("timer", Defined),
        of("timer", NotIn(&[0])),
    ]),
    ("envoy.config.overload.v3.ScaledTrigger", &[
        of("scalingThreshold", Number { above: None, least: Some(0.0), below: None, most: Some(1.0), or_empty: false }),
        of("saturationThreshold", Number { above: None, least: Some(0.0), below: None, most: Some(1.0), or_empty: false }),
    ]),
    ("envoy.config.overload.v3.ShrinkHeapConfig", &[
        of("timerInterval", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.config.overload.v3.ThresholdTrigger", &[
        of("value", Number { above: None, least: Some(0.0), below: None, most: Some(1.0), or_empty: false }),
    ]),
    ("envoy.config.overload.v3.Trigger", &[
        of("trigger_oneof", OneOf(&["threshold", "scaled"])),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.ratelimit.v3.RateLimitServiceConfig", &[
        of("grpcService", Required),
        of("transportApiVersion", Defined),
    ]),
    ("envoy.config.rbac.v3.Action", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.rbac.v3.Permission", &[
        of("rule", OneOf(&["andRules", "orRules", "any", "header", "urlPath", "destinationIp", "destinationPort", "destinationPortRange", "metadata", "notRule", "requestedServerName", "matcher", "uriTemplate", "sourcedMetadata"])),
        of("destinationPort", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.config.rbac.v3.Permission.Set", &[
        of("rules", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.rbac.v3.Policy", &[
        of("permissions", Size { least: 1, most: u64::MAX }),
        of("principals", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.rbac.v3.Principal", &[
        of("identifier", OneOf(&["andIds", "orIds", "any", "authenticated", "sourceIp", "directRemoteIp", "remoteIp", "header", "urlPath", "metadata", "filterState", "notId", "sourcedMetadata", "custom"])),
    ]),
    ("envoy.config.rbac.v3.Principal.Set", &[
        of("ids", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.rbac.v3.RBAC", &[
        of("action", Defined),
    ]),
    ("envoy.config.rbac.v3.RBAC.AuditLoggingOptions", &[
        of("auditCondition", Defined),
    ]),
    ("envoy.config.rbac.v3.SourcedMetadata", &[
        of("metadataMatcher", Required),
        of("metadataSource", Defined),
    ]),
    ("envoy.config.route.v3.ClusterSpecifierPlugin", &[
        of("extension", Required),
    ]),
    ("envoy.config.route.v3.CookieMatcher", &[
        of("name", Length { least: 1, most: 1024, or_empty: false }),
        of("stringMatch", Required),
    ]),
    ("envoy.config.route.v3.Decorator", &[
        of("operation", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.DirectResponseAction", &[
        of("status", Number { above: None, least: Some(200.0), below: Some(600.0), most: None, or_empty: false }),
    ]),
    ("envoy.config.route.v3.HeaderMatcher", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("prefixMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("suffixMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("containsMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.HedgePolicy", &[
        of("initialRequests", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.route.v3.InternalRedirectPolicy", &[
        of("redirectResponseCodes", Size { least: 0, most: 5 }),
        each("responseHeadersToCopy", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.QueryParameterMatcher", &[
        of("name", Length { least: 1, most: 1024, or_empty: false }),
        of("stringMatch", Required),
    ]),
    ("envoy.config.route.v3.RateLimit", &[
        of("stage", Number { above: None, least: None, below: None, most: Some(10.0), or_empty: false }),
        of("actions", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action", &[
        of("action_specifier", OneOf(&["sourceCluster", "destinationCluster", "requestHeaders", "queryParameters", "remoteAddress", "genericKey", "headerValueMatch", "dynamicMetadata", "metadata", "extension", "maskedRemoteAddress", "queryParameterValueMatch", "remoteAddressMatch"])),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.DynamicMetaData", &[
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("metadataKey", Required),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.GenericKey", &[
        of("descriptorValue", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.HeaderValueMatch", &[
        of("descriptorValue", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress", &[
        of("v4PrefixMaskLen", Number { above: None, least: None, below: None, most: Some(32.0), or_empty: false }),
        of("v6PrefixMaskLen", Number { above: None, least: None, below: None, most: Some(128.0), or_empty: false }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.MetaData", &[
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("metadataKey", Required),
        of("source", Defined),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch", &[
        of("descriptorValue", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("queryParameters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.QueryParameters", &[
        of("queryParameterName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch", &[
        of("descriptorValue", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("addressMatcher", Required),
    ]),
    ("envoy.config.route.v3.RateLimit.Action.RequestHeaders", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headerName", Lines { name: true, strict: false }),
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RateLimit.HitsAddend", &[
        of("number", Number { above: None, least: None, below: None, most: Some(1000000000.0), or_empty: false }),
    ]),
    ("envoy.config.route.v3.RateLimit.Override", &[
        of("override_specifier", OneOf(&["dynamicMetadata", "rateLimit"])),
    ]),
    ("envoy.config.route.v3.RateLimit.Override.DynamicMetadata", &[
        of("metadataKey", Required),
    ]),
    ("envoy.config.route.v3.RedirectAction", &[
        of("hostRedirect", Lines { name: false, strict: false }),
        of("pathRedirect", Lines { name: false, strict: false }),
        of("responseCode", Defined),
        of("prefixRewrite", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff", &[
        of("resetHeaders", Size { least: 1, most: u64::MAX }),
        of("maxInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.route.v3.RetryPolicy.ResetHeader", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("format", Defined),
    ]),
    ("envoy.config.route.v3.RetryPolicy.RetryBackOff", &[
        of("baseInterval", Required),
        of("baseInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("maxInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.config.route.v3.RetryPolicy.RetryHostPredicate", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RetryPolicy.RetryPriority", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.Route", &[
        of("action", OneOf(&["route", "redirect", "directResponse", "filterAction", "nonForwardingAction"])),
        of("match", Required),
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        each("responseHeadersToRemove", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("responseHeadersToRemove", Lines { name: true, strict: false }),
        each("requestHeadersToRemove", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("requestHeadersToRemove", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteAction", &[
        of("cluster_specifier", OneOf(&["cluster", "clusterHeader", "weightedClusters", "clusterSpecifierPlugin", "inlineClusterSpecifierPlugin"])),
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clusterHeader", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clusterHeader", Lines { name: true, strict: false }),
        of("prefixRewrite", Lines { name: false, strict: false }),
        of("hostRewriteLiteral", Lines { name: false, strict: false }),
        of("priority", Defined),
        of("clusterNotFoundResponseCode", Defined),
        of("hostRewriteHeader", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy", &[
        of("policy_specifier", OneOf(&["header", "cookie", "connectionProperties", "queryParameter", "filterState"])),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy.Cookie", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute", &[
        of("name", Length { least: 1, most: 16384, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("value", Length { least: 0, most: 16384, or_empty: false }),
        of("value", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy.FilterState", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy.Header", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.RequestMirrorPolicy", &[
        of("clusterHeader", Lines { name: true, strict: false }),
        of("requestHeadersMutations", Size { least: 0, most: 1000 }),
        of("hostRewriteLiteral", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteAction.UpgradeConfig", &[
        of("upgradeType", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("upgradeType", Lines { name: false, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteConfiguration", &[
        each("internalOnlyHeaders", Lines { name: true, strict: false }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        each("responseHeadersToRemove", Lines { name: true, strict: false }),
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
        each("requestHeadersToRemove", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.RouteMatch", &[
        of("path_specifier", OneOf(&["prefix", "path", "safeRegex", "connectMatcher", "pathSeparatedPrefix", "pathMatchPolicy"])),
        of("safeRegex", Required),
    ]),
    ("envoy.config.route.v3.ScopedRouteConfiguration", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("key", Required),
    ]),
    ("envoy.config.route.v3.ScopedRouteConfiguration.Key", &[
        of("fragments", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment", &[
        of("type", OneOf(&["stringKey"])),
    ]),
    ("envoy.config.route.v3.Vhds", &[
        of("configSource", Required),
    ]),
    ("envoy.config.route.v3.VirtualCluster", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.route.v3.VirtualHost", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("domains", Size { least: 1, most: u64::MAX }),
        each("domains", Lines { name: false, strict: false }),
        of("requireTls", Defined),
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        each("responseHeadersToRemove", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("responseHeadersToRemove", Lines { name: true, strict: false }),
        each("requestHeadersToRemove", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("requestHeadersToRemove", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.WeightedCluster", &[
        of("clusters", Size { least: 1, most: u64::MAX }),
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", &[
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        each("responseHeadersToRemove", Lines { name: true, strict: false }),
        each("requestHeadersToRemove", Lines { name: true, strict: false }),
        of("hostRewriteLiteral", Lines { name: false, strict: false }),
        of("clusterHeader", Lines { name: true, strict: false }),
    ]),
    ("envoy.config.tap.v3.BufferedAdminSink", &[
        of("maxTraces", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.config.tap.v3.FilePerTapSink", &[
        of("pathPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.tap.v3.HttpGenericBodyMatch", &[
        of("patterns", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.config.tap.v3.HttpGenericBodyMatch.GenericTextMatch", &[
        of("rule", OneOf(&["stringMatch", "binaryMatch"])),
        of("stringMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("binaryMatch", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.tap.v3.MatchPredicate", &[
        of("rule", OneOf(&["orMatch", "andMatch", "notMatch", "anyMatch", "httpRequestHeadersMatch", "httpRequestTrailersMatch", "httpResponseHeadersMatch", "httpResponseTrailersMatch", "httpRequestGenericBodyMatch", "httpResponseGenericBodyMatch"])),
    ]),
    ("envoy.config.tap.v3.MatchPredicate.MatchSet", &[
        of("rules", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.config.tap.v3.OutputConfig", &[
        of("sinks", Size { least: 1, most: 1 }),
    ]),
    ("envoy.config.tap.v3.OutputSink", &[
        of("output_sink_type", OneOf(&["streamingAdmin", "filePerTap", "streamingGrpc", "bufferedAdmin", "customSink"])),
        of("format", Defined),
    ]),
    ("envoy.config.tap.v3.StreamingGrpcSink", &[
        of("grpcService", Required),
    ]),
    ("envoy.config.tap.v3.TapConfig", &[
        of("outputConfig", Required),
    ]),
    ("envoy.config.trace.v3.DatadogConfig", &[
        of("collectorCluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("serviceName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.trace.v3.DynamicOtConfig", &[
        of("library", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.trace.v3.LightstepConfig", &[
        of("collectorCluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("propagationModes", Defined),
    ]),
    ("envoy.config.trace.v3.SkyWalkingConfig", &[
        of("grpcService", Required),
    ]),
    ("envoy.config.trace.v3.TraceServiceConfig", &[
        of("grpcService", Required),
    ]),
    ("envoy.config.trace.v3.Tracing.Http", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.config.trace.v3.XRayConfig", &[
        of("segmentName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.data.dns.v3.DnsTable", &[
        of("externalRetryCount", Number { above: None, least: None, below: None, most: Some(3.0), or_empty: false }),
    ]),
    ("envoy.data.dns.v3.DnsTable.AddressList", &[
        of("address", Size { least: 1, most: u64::MAX }),
        each("address", Length { least: 3, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsEndpoint", &[
        of("endpoint_config", OneOf(&["addressList", "clusterName", "serviceList"])),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsService", &[
        of("serviceName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("serviceName", Lines { name: true, strict: true }),
        of("ttl", Span { above: None, least: Some(1.0), below: None, most: None }),
        of("targets", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsServiceList", &[
        of("services", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsServiceProtocol", &[
        of("protocol_config", OneOf(&["number", "name"])),
        of("number", Number { above: None, least: None, below: Some(255.0), most: None, or_empty: false }),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: true }),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsServiceTarget", &[
        of("endpoint_type", OneOf(&["hostName", "clusterName"])),
        of("hostName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("hostName", Lines { name: true, strict: true }),
        of("clusterName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clusterName", Lines { name: true, strict: true }),
        of("priority", Number { above: None, least: None, below: Some(65536.0), most: None, or_empty: false }),
        of("weight", Number { above: None, least: None, below: Some(65536.0), most: None, or_empty: false }),
        of("port", Number { above: None, least: None, below: Some(65536.0), most: None, or_empty: false }),
    ]),
    ("envoy.data.dns.v3.DnsTable.DnsVirtualDomain", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: true }),
        of("answerTtl", Span { above: None, least: Some(30.0), below: None, most: None }),
    ]),
    ("envoy.extensions.access_loggers.dynamic_modules.v3.DynamicModuleAccessLog", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.access_loggers.file.v3.FileAccessLog", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("logFormat", Required),
    ]),
    ("envoy.extensions.access_loggers.filters.process_ratelimit.v3.DynamicTokenBucket", &[
        of("resourceName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("configSource", Required),
    ]),
    ("envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("tag", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("bufferFlushInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("record", Required),
    ]),
    ("envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig", &[
        of("logName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("grpcService", Required),
        of("bufferFlushInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("transportApiVersion", Defined),
    ]),
    ("envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig", &[
        of("commonConfig", Required),
    ]),
    ("envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig", &[
        of("commonConfig", Required),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Counter", &[
        of("stat", Required),
        of("valueFixed", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Gauge", &[
        of("stat", Required),
        of("valueFixed", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Gauge.PairedAddSubtract", &[
        of("addLogType", Defined),
        of("subLogType", Defined),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Gauge.Set", &[
        of("logType", Defined),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Histogram", &[
        of("stat", Required),
        of("unit", Defined),
        of("valueFormat", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Stat", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.access_loggers.stats.v3.Config.Tag", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("valueFormat", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.access_loggers.stream.v3.StderrAccessLog", &[
        of("logFormat", Required),
    ]),
    ("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", &[
        of("logFormat", Required),
    ]),
    ("envoy.extensions.bootstrap.internal_listener.v3.InternalListener", &[
        of("bufferSizeKb", Number { above: None, least: Some(1.0), below: None, most: Some(8192.0), or_empty: false }),
    ]),
    ("envoy.extensions.bootstrap.reverse_tunnel.downstream_socket_interface.v3.DownstreamReverseConnectionSocketInterface", &[
        of("maxReconnectBackoff", Span { above: None, least: Some(1.0), below: None, most: None }),
        of("maintainInterval", Span { above: None, least: Some(0.1), below: None, most: None }),
    ]),
    ("envoy.extensions.bootstrap.reverse_tunnel.upstream_socket_interface.v3.UpstreamReverseConnectionSocketInterface", &[
        of("pingFailureThreshold", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.clusters.aggregate.v3.AggregateClusterResource", &[
        of("configSource", Required),
        of("resourceName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.clusters.aggregate.v3.ClusterConfig", &[
        of("clusters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.clusters.composite.v3.ClusterConfig", &[
        of("clusters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.clusters.composite.v3.ClusterConfig.ClusterEntry", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.clusters.dns.v3.DnsCluster", &[
        of("dnsRefreshRate", Span { above: Some(0.001), least: None, below: None, most: None }),
        of("dnsJitter", Span { above: None, least: Some(0.0), below: None, most: None }),
        of("dnsMinRefreshRate", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate", &[
        of("baseInterval", Required),
        of("baseInterval", Span { above: Some(0.001), least: None, below: None, most: None }),
        of("maxInterval", Span { above: Some(0.001), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.clusters.dynamic_forward_proxy.v3.SubClustersConfig", &[
        of("lbPolicy", Defined),
        of("maxSubClusters", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("subClusterTtl", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.clusters.dynamic_modules.v3.ClusterConfig", &[
        of("dynamicModuleConfig", Required),
        of("clusterName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.clusters.mcp_multicluster.v3.ClusterConfig", &[
        of("servers", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.clusters.mcp_multicluster.v3.ClusterConfig.McpCluster", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.clusters.original_dst.v3.OriginalDstCluster", &[
        of("upstreamPortOverride", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.extensions.clusters.redis.v3.RedisClusterConfig", &[
        of("clusterRefreshRate", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("clusterRefreshTimeout", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.clusters.reverse_connection.v3.ReverseConnectionClusterConfig", &[
        of("cleanupInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("hostIdFormat", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("tenantIdFormat", Length { least: 0, most: 1024, or_empty: true }),
    ]),
    ("envoy.extensions.common.async_files.v3.AsyncFileManagerConfig", &[
        of("manager_type", OneOf(&["threadPool"])),
    ]),
    ("envoy.extensions.common.async_files.v3.AsyncFileManagerConfig.ThreadPool", &[
        of("threadCount", Number { above: None, least: None, below: None, most: Some(1024.0), or_empty: false }),
    ]),
    ("envoy.extensions.common.aws.v3.AssumeRoleCredentialProvider", &[
        of("roleArn", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("sessionDuration", Span { above: None, least: Some(900.0), below: None, most: Some(43200.0) }),
    ]),
    ("envoy.extensions.common.aws.v3.AssumeRoleWithWebIdentityCredentialProvider", &[
        of("roleArn", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.common.aws.v3.IAMRolesAnywhereCredentialProvider", &[
        of("roleArn", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("certificate", Required),
        of("privateKey", Required),
        of("trustAnchorArn", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("profileArn", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("sessionDuration", Span { above: None, least: Some(900.0), below: None, most: Some(43200.0) }),
    ]),
    ("envoy.extensions.common.aws.v3.InlineCredentialProvider", &[
        of("accessKeyId", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("secretAccessKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("dnsLookupFamily", Defined),
        of("dnsRefreshRate", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("hostTtl", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("maxHosts", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("dnsQueryTimeout", Span { above: None, least: Some(0.0), below: None, most: None }),
        of("dnsMinRefreshRate", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.extensions.common.matching.v3.ExtensionWithMatcher", &[
        of("extensionConfig", Required),
    ]),
    ("envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor", &[
        of("entries", Size { least: 1, most: u64::MAX }),
        of("tokenBucket", Required),
    ]),
    ("envoy.extensions.common.ratelimit.v3.RateLimitDescriptor", &[
        of("entries", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("value", Length { least: 0, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride", &[
        of("unit", Defined),
    ]),
    ("envoy.extensions.common.tap.v3.AdminConfig", &[
        of("configId", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.common.tap.v3.CommonExtensionConfig", &[
        of("config_type", OneOf(&["adminConfig", "staticConfig"])),
    ]),
    ("envoy.extensions.compression.brotli.compressor.v3.Brotli", &[
        of("quality", Number { above: None, least: None, below: None, most: Some(11.0), or_empty: false }),
        of("encoderMode", Defined),
        of("windowBits", Number { above: None, least: Some(10.0), below: None, most: Some(24.0), or_empty: false }),
        of("inputBlockBits", Number { above: None, least: Some(16.0), below: None, most: Some(24.0), or_empty: false }),
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.compression.brotli.decompressor.v3.Brotli", &[
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.compression.gzip.compressor.v3.Gzip", &[
        of("memoryLevel", Number { above: None, least: Some(1.0), below: None, most: Some(9.0), or_empty: false }),
        of("compressionLevel", Defined),
        of("compressionStrategy", Defined),
        of("windowBits", Number { above: None, least: Some(9.0), below: None, most: Some(15.0), or_empty: false }),
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.compression.gzip.decompressor.v3.Gzip", &[
        of("windowBits", Number { above: None, least: Some(9.0), below: None, most: Some(15.0), or_empty: false }),
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
        of("maxInflateRatio", Number { above: None, least: Some(1.0), below: None, most: Some(1032.0), or_empty: false }),
    ]),
    ("envoy.extensions.compression.zstd.compressor.v3.Zstd", &[
        of("strategy", Defined),
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.compression.zstd.decompressor.v3.Zstd", &[
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.config.validators.dynamic_modules.v3.DynamicModuleConfigValidator", &[
        of("dynamicModuleConfig", Required),
        of("extensionName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("typeUrls", Size { least: 1, most: 1 }),
        each("typeUrls", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.content_parsers.json.v3.JsonContentParser", &[
        of("rules", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.content_parsers.json.v3.JsonContentParser.RuleConfig", &[
        of("rule", Required),
        of("stopProcessingAfterMatches", Number { above: None, least: None, below: None, most: Some(1.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.common.dependency.v3.Dependency", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.common.fault.v3.FaultDelay", &[
        of("fault_delay_secifier", OneOf(&["fixedDelay", "headerDelay"])),
        of("fixedDelay", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.filters.common.fault.v3.FaultRateLimit", &[
        of("limit_type", OneOf(&["fixedLimit", "headerLimit"])),
    ]),
    ("envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit", &[
        of("limitKbps", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.common.jwks.v3.JwtHandshakeValidator", &[
        of("jwks_source_specifier", OneOf(&["localJwks", "remoteJwks"])),
        of("issuer", Length { least: 1, most: 1024, or_empty: false }),
        of("tokenHeader", Length { least: 0, most: 255, or_empty: true }),
        of("claimsMetadataNamespace", Length { least: 0, most: 255, or_empty: true }),
    ]),
    ("envoy.extensions.filters.common.jwks.v3.RemoteJwks", &[
        of("httpUri", Required),
        of("cacheDuration", Span { above: None, least: Some(0.001), below: Some(9000000000.0), most: None }),
    ]),
    ("envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue", &[
        of("key", OneOf(&["objectKey"])),
        of("value", OneOf(&["formatString"])),
        of("objectKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.a2a.v3.A2a", &[
        of("trafficMode", Defined),
        of("maxRequestBodySize", Number { above: None, least: None, below: None, most: Some(10485760.0), or_empty: false }),
        of("storageMode", Defined),
    ]),
    ("envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency", &[
        of("concurrency_controller_config", OneOf(&["gradientControllerConfig"])),
        of("gradientControllerConfig", Required),
    ]),
    ("envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig", &[
        of("concurrencyLimitParams", Required),
        of("minRttCalcParams", Required),
    ]),
    ("envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.ConcurrencyLimitCalculationParams", &[
        of("maxConcurrencyLimit", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("concurrencyUpdateInterval", Required),
        of("concurrencyUpdateInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("minConcurrencyLimit", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams", &[
        of("interval", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("requestCount", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("minConcurrency", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("fixedValue", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.admission_control.v3.AdmissionControl", &[
        of("evaluation_criteria", OneOf(&["successCriteria"])),
    ]),
    ("envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.GrpcCriteria", &[
        of("grpcSuccessStatus", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.HttpCriteria", &[
        of("httpSuccessStatus", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.ai_protocol_manager.v3.RequestParsingLimits", &[
        of("inlineStringThresholdBytes", Number { above: None, least: Some(64.0), below: None, most: Some(1048576.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.ai_protocol_manager.v3.RequestPerRoute", &[
        of("apiProtocol", Defined),
    ]),
    ("envoy.extensions.filters.http.ai_protocol_manager.v3.ResponsePerRoute", &[
        of("apiProtocol", Defined),
    ]),
    ("envoy.extensions.filters.http.ai_protocol_manager.v3.TokenUsageExtraction", &[
        of("defaultApiProtocol", Defined),
        of("usageSignal", Defined),
    ]),
    ("envoy.extensions.filters.http.ai_protocol_manager.v3.TokenUsageExtractionLimits", &[
        of("maxSseEventSize", Number { above: None, least: Some(1.0), below: None, most: Some(10485760.0), or_empty: false }),
        of("maxJsonBodySize", Number { above: None, least: Some(1.0), below: None, most: Some(10485760.0), or_empty: false }),
        of("maxParsedSseEvents", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.api_key_auth.v3.Credential", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("client", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.api_key_auth.v3.Forwarding", &[
        of("header", Length { least: 0, most: 1024, or_empty: false }),
        of("header", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.api_key_auth.v3.KeySource", &[
        of("header", Length { least: 0, most: 1024, or_empty: true }),
        of("header", Lines { name: true, strict: false }),
        of("query", Length { least: 0, most: 1024, or_empty: false }),
        of("cookie", Length { least: 0, most: 1024, or_empty: true }),
        of("cookie", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.aws_eventstream_parser.v3.AwsEventstreamParser", &[
        of("responseRules", Required),
    ]),
    ("envoy.extensions.filters.http.aws_eventstream_parser.v3.AwsEventstreamParser.HeaderKeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.aws_eventstream_parser.v3.AwsEventstreamParser.HeaderRule", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("stopProcessingAfterMatches", Number { above: None, least: None, below: None, most: Some(1.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.aws_eventstream_parser.v3.AwsEventstreamParser.ProcessingRules", &[
        of("contentParser", Required),
    ]),
    ("envoy.extensions.filters.http.aws_lambda.v3.Config", &[
        of("arn", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("invocationMode", Defined),
    ]),
    ("envoy.extensions.filters.http.aws_lambda.v3.Credentials", &[
        of("accessKeyId", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("secretAccessKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning", &[
        of("serviceName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning.QueryString", &[
        of("expirationTime", Span { above: None, least: Some(1.0), below: None, most: Some(3600.0) }),
    ]),
    ("envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigningPerRoute", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("enableMode", Defined),
        of("limitKbps", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("fillInterval", Span { above: None, least: Some(0.02), below: None, most: Some(1.0) }),
        of("responseTrailerPrefix", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.bandwidth_share.v3.BandwidthShare", &[
        of("fillInterval", Span { above: None, least: Some(0.02), below: None, most: Some(1.0) }),
        of("responseTrailerPrefix", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.bandwidth_share.v3.BandwidthShare.Limit", &[
        of("kbps", Required),
    ]),
    ("envoy.extensions.filters.http.basic_auth.v3.BasicAuth", &[
        of("forwardUsernameHeader", Lines { name: true, strict: false }),
        of("authenticationHeader", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute", &[
        of("users", Required),
    ]),
    ("envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit", &[
        of("maxRequestBytes", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.buffer.v3.Buffer", &[
        of("maxRequestBytes", Required),
        of("maxRequestBytes", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.buffer.v3.BufferPerRoute", &[
        of("override", OneOf(&["disabled", "buffer"])),
        of("buffer", Required),
    ]),
    ("envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig", &[
        of("cdnId", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.composite.v3.CompositePerRoute", &[
        of("matcher", Required),
    ]),
    ("envoy.extensions.filters.http.composite.v3.DynamicConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.compressor.v3.Compressor", &[
        of("compressorLibrary", Required),
    ]),
    ("envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig", &[
        each("uncompressibleResponseCodes", Number { above: None, least: Some(200.0), below: Some(600.0), most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.compressor.v3.CompressorPerRoute", &[
        of("override", OneOf(&["disabled", "overrides"])),
    ]),
    ("envoy.extensions.filters.http.credential_injector.v3.CredentialInjector", &[
        of("credential", Required),
    ]),
    ("envoy.extensions.filters.http.csrf.v3.CsrfPolicy", &[
        of("filterEnabled", Required),
    ]),
    ("envoy.extensions.filters.http.decompressor.v3.Decompressor", &[
        of("decompressorLibrary", Required),
    ]),
    ("envoy.extensions.filters.http.dynamic_forward_proxy.v3.SubClusterConfig", &[
        of("clusterInitTimeout", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.ext_authz.v3.BufferSettings", &[
        of("maxRequestBytes", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", &[
        of("transportApiVersion", Defined),
    ]),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", &[
        of("override", OneOf(&["disabled", "checkSettings"])),
        of("checkSettings", Required),
    ]),
    ("envoy.extensions.filters.http.ext_authz.v3.ShadowDecision", &[
        of("statusCode", Number { above: None, least: Some(100.0), below: None, most: Some(599.0), or_empty: true }),
    ]),
    ("envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute", &[
        of("override", OneOf(&["disabled", "overrides"])),
    ]),
    ("envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor", &[
        of("messageTimeout", Span { above: None, least: Some(0.0), below: None, most: Some(3600.0) }),
        of("maxMessageTimeout", Span { above: None, least: Some(0.0), below: None, most: Some(3600.0) }),
    ]),
    ("envoy.extensions.filters.http.ext_proc.v3.ProcessingMode", &[
        of("requestHeaderMode", Defined),
        of("responseHeaderMode", Defined),
        of("requestBodyMode", Defined),
        of("responseBodyMode", Defined),
        of("requestTrailerMode", Defined),
        of("responseTrailerMode", Defined),
    ]),
    ("envoy.extensions.filters.http.fault.v3.FaultAbort", &[
        of("error_type", OneOf(&["httpStatus", "grpcStatus", "headerAbort"])),
        of("httpStatus", Number { above: None, least: Some(200.0), below: Some(600.0), most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.file_server.v3.FileServerConfig", &[
        of("managerConfig", Required),
    ]),
    ("envoy.extensions.filters.http.file_server.v3.FileServerConfig.PathMapping", &[
        of("requestPathPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("filePathPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.file_system_buffer.v3.BufferBehavior", &[
        of("behavior", OneOf(&["streamWhenPossible", "bypass", "injectContentLengthIfNecessary", "fullyBufferAndAlwaysInjectContentLength", "fullyBuffer"])),
    ]),
    ("envoy.extensions.filters.http.file_system_buffer.v3.StreamConfig", &[
        of("memoryBufferBytesLimit", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.filter_chain.v3.FilterChain", &[
        of("filters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.filter_chain.v3.FilterChainConfigPerRoute", &[
        of("filterChain", Required),
    ]),
    ("envoy.extensions.filters.http.gcp_authn.v3.Audience.BoundJwt", &[
        of("url", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.gcp_authn.v3.Audience.IAMAccessToken", &[
        of("account", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("authorization", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.gcp_authn.v3.GcpAuthnFilterConfig", &[
        of("timeout", Span { above: None, least: Some(0.0), below: Some(4294967296.0), most: None }),
    ]),
    ("envoy.extensions.filters.http.gcp_authn.v3.TokenCacheConfig", &[
        of("cacheSize", Number { above: None, least: None, below: None, most: Some(9.223372036854776e18), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.gcp_authn.v3.TokenHeader", &[
        of("name", Lines { name: true, strict: false }),
        of("valuePrefix", Lines { name: false, strict: false }),
    ]),
    ("envoy.extensions.filters.http.geoip.v3.Geoip", &[
        of("provider", Required),
    ]),
    ("envoy.extensions.filters.http.geoip.v3.Geoip.CustomHeaderConfig", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.grpc_field_extraction.v3.GrpcFieldExtractionConfig", &[
        of("descriptorSet", Required),
    ]),
    ("envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig", &[
        of("contentType", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("responseSizeHeader", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder", &[
        of("maxRequestBodySize", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("maxResponseBodySize", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder", &[
        of("descriptor_set", OneOf(&["protoDescriptor", "protoDescriptorBin"])),
        of("urlUnescapeSpec", Defined),
        of("maxRequestBodySize", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("maxResponseBodySize", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.gzip.v3.Gzip", &[
        of("memoryLevel", Number { above: None, least: Some(1.0), below: None, most: Some(9.0), or_empty: false }),
        of("compressionLevel", Defined),
        of("compressionStrategy", Defined),
        of("windowBits", Number { above: None, least: Some(9.0), below: None, most: Some(15.0), or_empty: false }),
        of("chunkSize", Number { above: None, least: Some(4096.0), below: None, most: Some(65536.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("type", Defined),
    ]),
    ("envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule", &[
        of("header", Lines { name: true, strict: false }),
        of("cookie", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.health_check.v3.HealthCheck", &[
        of("passThroughMode", Required),
    ]),
    ("envoy.extensions.filters.http.ip_tagging.v3.IPTagging", &[
        of("requestType", Defined),
    ]),
    ("envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader", &[
        of("header", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("header", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("type", Defined),
    ]),
    ("envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.MatchRules", &[
        of("rules", Size { least: 1, most: u64::MAX }),
        each("allowContentTypes", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Rule", &[
        of("selectors", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Selector", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader.PathSegment", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtHeader", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("valuePrefix", Lines { name: false, strict: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtProvider", &[
        of("jwks_source_specifier", OneOf(&["remoteJwks", "localJwks"])),
        of("forwardPayloadHeader", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList", &[
        of("requirements", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList", &[
        of("requirements", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig", &[
        of("requirement_specifier", OneOf(&["disabled", "requirementName"])),
        of("requirementName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks", &[
        of("httpUri", Required),
        of("cacheDuration", Span { above: None, least: Some(0.001), below: Some(9000000000.0), most: None }),
    ]),
    ("envoy.extensions.filters.http.jwt_authn.v3.RequirementRule", &[
        of("match", Required),
        of("requirementName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.kill_request.v3.KillRequest", &[
        of("killRequestHeader", Lines { name: false, strict: false }),
        of("direction", Defined),
    ]),
    ("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("responseHeadersToAdd", Size { least: 0, most: 10 }),
        of("stage", Number { above: None, least: None, below: None, most: Some(10.0), or_empty: false }),
        of("requestHeadersToAddWhenNotEnforced", Size { least: 0, most: 10 }),
        of("enableXRatelimitHeaders", Defined),
        of("vhRateLimits", Defined),
        of("maxDynamicDescriptors", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.lua.v3.Lua", &[
        each("packagePaths", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("packageCpaths", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.lua.v3.LuaPerRoute", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("packagePaths", Length { least: 1, most: u64::MAX, or_empty: false }),
        each("packageCpaths", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp.v3.Mcp", &[
        of("trafficMode", Defined),
        of("maxRequestBodySize", Number { above: None, least: None, below: None, most: Some(10485760.0), or_empty: false }),
        of("requestStorageMode", Defined),
        of("attributeSource", Defined),
    ]),
    ("envoy.extensions.filters.http.mcp.v3.McpOverride", &[
        of("trafficMode", Defined),
        of("maxRequestBodySize", Number { above: None, least: None, below: None, most: Some(10485760.0), or_empty: false }),
        of("requestStorageMode", Defined),
    ]),
    ("envoy.extensions.filters.http.mcp.v3.ParserConfig.AttributeExtractionRule", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp.v3.ParserConfig.MethodConfig", &[
        of("method", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp_json_rest_bridge.v3.HttpRule.ParameterBinding", &[
        of("name", Length { least: 1, most: 16384, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("argumentPath", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp_json_rest_bridge.v3.McpJsonRestBridge", &[
        of("requestStorageMode", Defined),
    ]),
    ("envoy.extensions.filters.http.mcp_json_rest_bridge.v3.ToolConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp_router.v3.DynamicMetadataSource", &[
        of("key", Required),
    ]),
    ("envoy.extensions.filters.http.mcp_router.v3.HeaderSource", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: true }),
    ]),
    ("envoy.extensions.filters.http.mcp_router.v3.McpRouter.McpCluster", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.mcp_router.v3.SessionIdentity", &[
        of("identity", Required),
    ]),
    ("envoy.extensions.filters.http.mcp_router.v3.ValidationPolicy", &[
        of("mode", Defined),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.CookieConfig", &[
        of("sameSite", Defined),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2Config", &[
        of("authorizationEndpoint", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("credentials", Required),
        of("redirectUri", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("redirectPathMatcher", Required),
        of("signoutPath", Required),
        of("authType", Defined),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials", &[
        of("token_formation", OneOf(&["hmacSecret"])),
        of("clientId", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("hmacSecret", Required),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames", &[
        of("bearerToken", Lines { name: true, strict: true }),
        of("oauthHmac", Lines { name: true, strict: true }),
        of("oauthExpires", Lines { name: true, strict: true }),
        of("idToken", Lines { name: true, strict: true }),
        of("refreshToken", Lines { name: true, strict: true }),
        of("oauthNonce", Lines { name: true, strict: true }),
        of("codeVerifier", Lines { name: true, strict: true }),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute", &[
        of("config", Required),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2TokenForwarding", &[
        of("header", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("header", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.PostLogoutRedirectUri", &[
        of("config", OneOf(&["disabled", "uri"])),
        of("uri", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig", &[
        of("signingAlgorithm", Defined),
        of("assertionLifetime", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings", &[
        of("reportingInterval", Required),
        of("reportingInterval", Span { above: Some(0.1), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings.BucketIdBuilder", &[
        of("bucketIdBuilder", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings.BucketIdBuilder.ValueBuilder", &[
        of("value_specifier", OneOf(&["stringValue", "customValue"])),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings.DenyResponseSettings", &[
        of("responseHeadersToAdd", Size { least: 0, most: 10 }),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings.ExpiredAssignmentBehavior", &[
        of("expired_assignment_behavior", OneOf(&["fallbackRateLimit", "reuseLastAssignment"])),
        of("expiredAssignmentBehaviorTimeout", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings.NoAssignmentBehavior", &[
        of("no_assignment_behavior", OneOf(&["fallbackRateLimit"])),
    ]),
    ("envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig", &[
        of("rlqsServer", Required),
        of("domain", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("bucketMatchers", Required),
        of("requestHeadersToAddWhenNotEnforced", Size { least: 0, most: 10 }),
    ]),
    ("envoy.extensions.filters.http.ratelimit.v3.RateLimit", &[
        of("domain", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("stage", Number { above: None, least: None, below: None, most: Some(10.0), or_empty: false }),
        of("rateLimitService", Required),
        of("enableXRatelimitHeaders", Defined),
        of("responseHeadersToAdd", Size { least: 0, most: 10 }),
    ]),
    ("envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute", &[
        of("vhRateLimits", Defined),
        of("overrideOption", Defined),
    ]),
    ("envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions", &[
        of("upstreamLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.http.set_metadata.v3.Metadata", &[
        of("metadataNamespace", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.sse_to_metadata.v3.SseToMetadata", &[
        of("responseRules", Required),
    ]),
    ("envoy.extensions.filters.http.sse_to_metadata.v3.SseToMetadata.ProcessingRules", &[
        of("contentParser", Required),
        of("maxEventSize", Number { above: None, least: None, below: None, most: Some(10485760.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute", &[
        of("override", OneOf(&["disabled", "statefulSession"])),
    ]),
    ("envoy.extensions.filters.http.tap.v3.Tap", &[
        of("commonConfig", Required),
    ]),
    ("envoy.extensions.filters.http.thrift_to_metadata.v3.FieldSelector", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("id", Number { above: None, least: Some(-32768.0), below: None, most: Some(32767.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.thrift_to_metadata.v3.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.thrift_to_metadata.v3.ThriftToMetadata", &[
        of("transport", Defined),
        of("protocol", Defined),
        each("allowContentTypes", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.http.transform.v3.BodyTransformation", &[
        of("bodyFormat", Required),
    ]),
    ("envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("tokenBucket", Required),
    ]),
    ("envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule", &[
        of("tlvType", Number { above: None, least: None, below: Some(256.0), most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", &[
        of("initialReadBufferSize", Number { above: Some(255.0), least: None, below: Some(65537.0), most: None, or_empty: false }),
        of("maxClientHelloSize", Number { above: Some(255.0), least: None, below: None, most: Some(16384.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("maxConnections", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.Drds", &[
        of("configSource", Required),
    ]),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.DubboFilter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.DubboProxy", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("protocolType", Defined),
        of("serializationType", Defined),
    ]),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.Route", &[
        of("match", Required),
        of("route", Required),
    ]),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.RouteAction", &[
        of("cluster_specifier", OneOf(&["cluster", "weightedClusters"])),
    ]),
    ("envoy.extensions.filters.network.ext_authz.v3.ExtAuthz", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("transportApiVersion", Defined),
    ]),
    ("envoy.extensions.filters.network.ext_proc.v3.NetworkExternalProcessor", &[
        of("messageTimeout", Span { above: None, least: Some(0.0), below: None, most: Some(3600.0) }),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.action.v3.RouteAction", &[
        of("cluster_specifier", OneOf(&["cluster", "weightedClusters"])),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.matcher.v3.KeyValueMatchEntry", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("stringMatch", Required),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.matcher.v3.PropertyMatchInput", &[
        of("propertyName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.v3.GenericProxy", &[
        of("route_specifier", OneOf(&["genericRds", "routeConfig"])),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("codecConfig", Required),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.v3.GenericRds", &[
        of("configSource", Required),
        of("routeConfigName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.v3.RouteConfiguration", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.generic_proxy.v3.VirtualHost", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("hosts", Size { least: 1, most: u64::MAX }),
        of("routes", Required),
    ]),
    ("envoy.extensions.filters.network.geoip.v3.Geoip", &[
        of("provider", Required),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", &[
        of("route_specifier", OneOf(&["rds", "routeConfig", "scopedRoutes"])),
        of("codecType", Defined),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("serverName", Lines { name: false, strict: false }),
        of("forwardClientCertDetails", Defined),
        of("via", Lines { name: false, strict: false }),
        of("maxRequestHeadersKb", Number { above: Some(0.0), least: None, below: None, most: Some(8192.0), or_empty: false }),
        of("serverHeaderTransformation", Defined),
        of("requestHeadersTimeout", Span { above: None, least: Some(0.0), below: None, most: None }),
        of("accessLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.HcmAccessLogOptions", &[
        of("accessLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper", &[
        of("filter", Required),
        of("statusCode", Number { above: None, least: Some(200.0), below: Some(600.0), most: None, or_empty: false }),
        of("headersToAdd", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds", &[
        of("scopedRdsConfigSource", Required),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList", &[
        of("scopedRouteConfigurations", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes", &[
        of("config_specifier", OneOf(&["scopedRouteConfigurationsList", "scopedRds"])),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("scopeKeyBuilder", Required),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder", &[
        of("fragments", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder", &[
        of("type", OneOf(&["headerValueExtractor"])),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement", &[
        of("separator", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("tokenBucket", Required),
    ]),
    ("envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("maxBsonDepth", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.ratelimit.v3.RateLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("domain", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("descriptors", Size { least: 1, most: u64::MAX }),
        of("rateLimitService", Required),
    ]),
    ("envoy.extensions.filters.network.rbac.v3.RBAC", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.AwsIam", &[
        of("cacheName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("expirationTime", Span { above: None, least: Some(0.0), below: None, most: Some(900.0) }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("settings", Required),
        of("protocolVersion", Defined),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings", &[
        of("opTimeout", Required),
        of("readPolicy", Defined),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnectionRateLimit", &[
        of("connectionRateLimitPerSec", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route", &[
        of("prefix", Length { least: 0, most: 1000, or_empty: false }),
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault", &[
        of("faultType", Defined),
        of("faultEnabled", Required),
    ]),
    ("envoy.extensions.filters.network.reverse_tunnel.v3.ReverseTunnel", &[
        of("pingInterval", Span { above: None, least: Some(0.001), below: None, most: Some(300.0) }),
        of("requestPath", Length { least: 1, most: 255, or_empty: true }),
        of("requestMethod", Defined),
        of("requiredClusterName", Length { least: 0, most: 255, or_empty: true }),
    ]),
    ("envoy.extensions.filters.network.reverse_tunnel.v3.Validation", &[
        of("nodeIdFormat", Length { least: 0, most: 1024, or_empty: false }),
        of("clusterIdFormat", Length { least: 0, most: 1024, or_empty: false }),
        of("dynamicMetadataNamespace", Length { least: 0, most: 255, or_empty: false }),
        of("tenantIdFormat", Length { least: 0, most: 1024, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig", &[
        of("dnsCacheConfig", Required),
        of("portValue", Number { above: Some(0.0), least: None, below: None, most: Some(65535.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.tcp_bandwidth_limit.v3.TcpBandwidthLimit", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("fillInterval", Span { above: None, least: Some(0.02), below: None, most: Some(1.0) }),
    ]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", &[
        of("cluster_specifier", OneOf(&["cluster", "weightedClusters"])),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("maxConnectAttempts", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("hashPolicy", Size { least: 0, most: 1 }),
        of("maxDownstreamConnectionDuration", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("accessLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("upstreamConnectMode", Defined),
        of("maxEarlyDataBytes", Number { above: None, least: None, below: None, most: Some(1048576.0), or_empty: false }),
        of("proxyProtocolTlvMergePolicy", Defined),
    ]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions", &[
        of("accessLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig", &[
        of("hostname", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headersToAdd", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster", &[
        of("clusters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("weight", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata", &[
        of("requestRules", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("type", Defined),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata.Rule", &[
        of("header", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("header", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata", &[
        of("requestRules", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata.FieldSelector", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("id", Number { above: None, least: Some(-32768.0), below: None, most: Some(32767.0), or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata.KeyValuePair", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("type", Defined),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata.Rule", &[
        of("match_specifier", OneOf(&["methodName", "serviceName"])),
        of("fieldSelector", Required),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.filters.ratelimit.v3.RateLimit", &[
        of("domain", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("stage", Number { above: None, least: None, below: None, most: Some(10.0), or_empty: false }),
        of("rateLimitService", Required),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.Route", &[
        of("match", Required),
        of("route", Required),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteAction", &[
        of("cluster_specifier", OneOf(&["cluster", "weightedClusters", "clusterHeader"])),
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clusterHeader", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clusterHeader", Lines { name: false, strict: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteAction.RequestMirrorPolicy", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteMatch", &[
        of("match_specifier", OneOf(&["methodName", "serviceName"])),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.ThriftFilter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions", &[
        of("transport", Defined),
        of("protocol", Defined),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("transport", Defined),
        of("protocol", Defined),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.Trds", &[
        of("configSource", Required),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.WeightedCluster", &[
        of("clusters", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.WeightedCluster.ClusterWeight", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("weight", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.network.zookeeper_proxy.v3.LatencyThresholdOverride", &[
        of("opcode", Defined),
        of("threshold", Required),
        of("threshold", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.network.zookeeper_proxy.v3.ZooKeeperProxy", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("defaultLatencyThreshold", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig.ClientContextConfig", &[
        of("resolverTimeout", Span { above: None, least: Some(1.0), below: None, most: None }),
        of("maxPendingLookups", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig.ServerContextConfig", &[
        of("config_source", OneOf(&["inlineDnsTable", "externalDnsTable"])),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("dnsCacheConfig", Required),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig", &[
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("grpcService", Required),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.Route", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig", &[
        of("route_specifier", OneOf(&["cluster", "matcher"])),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("hashPolicies", Size { least: 0, most: 1 }),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.HashPolicy", &[
        of("policy_specifier", OneOf(&["sourceIp", "key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpAccessLogOptions", &[
        of("accessLogFlushInterval", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig", &[
        of("proxyHost", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("targetHost", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("defaultTargetPort", Number { above: Some(0.0), least: None, below: None, most: Some(65535.0), or_empty: false }),
        of("headersToAdd", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.extensions.formatter.dynamic_modules.v3.DynamicModuleFormatter", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.formatter.generic_secret.v3.GenericSecret", &[
        of("secretConfigs", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.geoip_providers.common.v3.CommonGeoipProviderConfig.GeolocationHeadersToAdd", &[
        of("country", Lines { name: true, strict: true }),
        of("city", Lines { name: true, strict: true }),
        of("region", Lines { name: true, strict: true }),
        of("asn", Lines { name: true, strict: true }),
        of("isAnon", Lines { name: true, strict: true }),
        of("anonVpn", Lines { name: true, strict: true }),
        of("anonHosting", Lines { name: true, strict: true }),
        of("anonTor", Lines { name: true, strict: true }),
        of("anonProxy", Lines { name: true, strict: true }),
        of("isp", Lines { name: true, strict: true }),
        of("applePrivateRelay", Lines { name: true, strict: true }),
        of("anon", Lines { name: true, strict: true }),
        of("asnOrg", Lines { name: true, strict: true }),
    ]),
    ("envoy.extensions.geoip_providers.maxmind.v3.MaxMindConfig", &[
        of("commonProviderConfig", Required),
    ]),
    ("envoy.extensions.grpc_service.call_credentials.sts_service.v3.StsServiceCredentials", &[
        of("subjectTokenPath", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("subjectTokenType", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink", &[
        of("eventLogPath", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.health_checkers.dynamic_modules.v3.DynamicModuleHealthCheck", &[
        of("dynamicModuleConfig", Required),
        of("healthCheckerName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.health_checkers.thrift.v3.Thrift", &[
        of("methodName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("transport", Defined),
        of("protocol", Defined),
    ]),
    ("envoy.extensions.health_checkers.udp.v3.UdpHealthCheck", &[
        of("send", Required),
        of("receive", Required),
    ]),
    ("envoy.extensions.http.cache.file_system_http_cache.v3.FileSystemHttpCacheConfig", &[
        of("managerConfig", Required),
        of("cachePath", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.http.cache_v2.file_system_http_cache.v3.FileSystemHttpCacheV2Config", &[
        of("managerConfig", Required),
        of("cachePath", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy", &[
        of("statusCode", Number { above: None, least: Some(200.0), below: Some(600.0), most: None, or_empty: false }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        of("responseCodeDetails", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy", &[
        of("redirect_action_specifier", OneOf(&["uri", "redirectAction"])),
        of("uri", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("statusCode", Number { above: None, least: Some(200.0), below: None, most: Some(999.0), or_empty: false }),
        of("responseHeadersToAdd", Size { least: 0, most: 1000 }),
        of("requestHeadersToAdd", Size { least: 0, most: 1000 }),
    ]),
    ("envoy.extensions.http.early_header_mutation.dynamic_modules.v3.DynamicModuleEarlyHeaderMutation", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", &[
        of("mutations", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.http.header_formatters.dynamic_modules.v3.DynamicModuleHeaderFormatter", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig", &[
        of("formatterTypeOnEnvoyHeaders", Defined),
    ]),
    ("envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig.UriPathNormalizationOptions", &[
        of("pathWithEscapedSlashesAction", Defined),
    ]),
    ("envoy.extensions.http.injected_credentials.generic.v3.Generic", &[
        of("credential", Required),
        of("header", Lines { name: true, strict: true }),
    ]),
    ("envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2", &[
        of("flow_type", OneOf(&["clientCredentials"])),
        of("tokenEndpoint", Required),
        of("tokenFetchRetryInterval", Span { above: None, least: Some(1.0), below: None, most: None }),
    ]),
    ("envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.ClientCredentials", &[
        of("clientId", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("clientSecret", Required),
    ]),
    ("envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.EndpointParameter", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig", &[
        of("headerName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headerName", Lines { name: true, strict: true }),
    ]),
    ("envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState", &[
        of("cookie", Required),
    ]),
    ("envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState", &[
        of("header", Required),
    ]),
    ("envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState.Header", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig", &[
        each("allowedRouteNames", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.internal_redirect.filter_state.v3.FilterStateConfig", &[
        of("redirectEnabledKey", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.key_value.file_based.v3.FileBasedKeyValueStoreConfig", &[
        of("filename", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin", &[
        of("errorUtilizationPenalty", Number { above: None, least: Some(0.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig", &[
        of("hashBalanceFactor", Number { above: None, least: Some(100.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig", &[
        of("locality_config_specifier", OneOf(&["zoneAwareLbConfig", "localityWeightedLbConfig"])),
    ]),
    ("envoy.extensions.load_balancing_policies.common.v3.OrcaOobReportingConfig", &[
        of("portValue", Number { above: None, least: None, below: None, most: Some(65535.0), or_empty: false }),
        of("authority", Lines { name: false, strict: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.dynamic_modules.v3.DynamicModulesLoadBalancerConfig", &[
        of("dynamicModuleConfig", Required),
        of("lbPolicyName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", &[
        of("choiceCount", Number { above: None, least: Some(2.0), below: None, most: None, or_empty: false }),
        of("selectionMethod", Defined),
    ]),
    ("envoy.extensions.load_balancing_policies.load_aware_locality.v3.LoadAwareLocality", &[
        of("endpointPickingPolicy", Required),
        of("weightUpdatePeriod", Span { above: None, least: Some(0.1), below: None, most: None }),
        of("utilizationVarianceThreshold", Number { above: None, least: Some(0.0), below: None, most: Some(1.0), or_empty: false }),
        of("smoothingTimeConstant", Span { above: Some(0.0), least: None, below: None, most: None }),
        of("remoteProbeFraction", Number { above: None, least: Some(0.0), below: Some(1.0), most: None, or_empty: false }),
        of("weightExpirationPeriod", Span { above: None, least: Some(0.0), below: None, most: None }),
    ]),
    ("envoy.extensions.load_balancing_policies.maglev.v3.Maglev", &[
        of("tableSize", Number { above: None, least: None, below: None, most: Some(5000011.0), or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost", &[
        of("overrideHostSources", Size { least: 1, most: u64::MAX }),
        of("fallbackPolicy", Required),
    ]),
    ("envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost.OverrideHostSource", &[
        of("header", Lines { name: false, strict: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.random_subsetting.v3.RandomSubsetting", &[
        of("subsetSize", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("childPolicy", Required),
    ]),
    ("envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash", &[
        of("hashFunction", Defined),
        of("minimumRingSize", Number { above: None, least: Some(1.0), below: None, most: Some(8388608.0), or_empty: false }),
        of("maximumRingSize", Number { above: None, least: None, below: None, most: Some(8388608.0), or_empty: false }),
        of("hashBalanceFactor", Number { above: None, least: Some(100.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.load_balancing_policies.subset.v3.Subset", &[
        of("fallbackPolicy", Defined),
        of("metadataFallbackPolicy", Defined),
        of("subsetLbPolicy", Required),
    ]),
    ("envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector", &[
        of("fallbackPolicy", Defined),
    ]),
    ("envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality", &[
        of("endpointPickingPolicy", Required),
    ]),
    ("envoy.extensions.matching.common_inputs.environment_variable.v3.Config", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput", &[
        of("filter", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("path", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput.PathSegment", &[
        of("segment", OneOf(&["key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.network.v3.FilterStateInput", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.EndpointMetadataInput", &[
        of("path", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.EndpointMetadataInput.PathSegment", &[
        of("segment", OneOf(&["key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.FilterStateInput", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.LocalityMetadataInput", &[
        of("path", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.LocalityMetadataInput.PathSegment", &[
        of("segment", OneOf(&["key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.common_inputs.transport_socket.v3.TransportSocketNameAction", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.http.dynamic_modules.v3.DynamicModuleDataInput", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing", &[
        of("modulo", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.matching.input_matchers.dynamic_modules.v3.DynamicModuleMatcher", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.matching.input_matchers.ip.v3.Ip", &[
        of("cidrRanges", Size { least: 1, most: u64::MAX }),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.matching.input_matchers.metadata.v3.Metadata", &[
        of("value", Required),
    ]),
    ("envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction", &[
        of("runtimeFraction", Required),
    ]),
    ("envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig", &[
        of("queryTimeoutSeconds", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("queryTries", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("edns0MaxPayloadSize", Number { above: None, least: Some(512.0), below: None, most: Some(4096.0), or_empty: false }),
        of("maxUdpChannelDuration", Span { above: None, least: Some(0.0), below: None, most: None }),
        of("qcacheMaxTtl", Number { above: None, least: Some(0.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.network.dns_resolver.hickory.v3.DnsOverHttpsConfig", &[
        each("serverUrls", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.network.dns_resolver.hickory.v3.DnsOverTlsConfig", &[
        of("tlsServerName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.network.dns_resolver.hickory.v3.HickoryDnsResolverConfig", &[
        of("numResolverThreads", Number { above: None, least: Some(1.0), below: None, most: Some(16.0), or_empty: false }),
        of("queryTimeout", Span { above: None, least: Some(0.001), below: None, most: None }),
        of("queryTries", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.network.socket_interface.sockmap.v3.Sockmap", &[
        of("sockhashMaxEntries", Number { above: None, least: Some(1.0), below: None, most: None, or_empty: false }),
        of("acceleratedPorts", Size { least: 0, most: 128 }),
    ]),
    ("envoy.extensions.network.socket_interface.v3.IoUringOptions", &[
        of("writeHighWatermarkBytes", Number { above: None, least: Some(4096.0), below: None, most: None, or_empty: false }),
        of("writeLowWatermarkBytes", Number { above: None, least: Some(1024.0), below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.outlier_detection_monitors.consecutive_errors.v3.ConsecutiveErrors", &[
        of("threshold", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
        of("enforcing", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
    ]),
    ("envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", &[
        of("pathTemplate", Length { least: 1, most: 256, or_empty: false }),
    ]),
    ("envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig", &[
        of("pathTemplateRewrite", Length { least: 1, most: 256, or_empty: false }),
    ]),
    ("envoy.extensions.quic.connection_debug_visitor.quic_stats.v3.Config", &[
        of("updatePeriod", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.quic.connection_id_generator.quic_lb.v3.Config", &[
        of("serverId", Required),
        of("expectedServerIdLength", Number { above: None, least: None, below: None, most: Some(18.0), or_empty: false }),
        of("nonceLengthBytes", Number { above: None, least: Some(4.0), below: None, most: Some(16.0), or_empty: false }),
        of("encryptionParameters", Required),
    ]),
    ("envoy.extensions.quic.server_preferred_address.v3.DataSourceServerPreferredAddressConfig.AddressFamilyConfig", &[
        of("address", Required),
    ]),
    ("envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor", &[
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("text", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.rate_limit_descriptors.jwt_claim.v3.Descriptor", &[
        of("descriptorKey", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("headerName", Lines { name: true, strict: false }),
        of("valuePrefix", Lines { name: false, strict: false }),
        of("claimName", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("cookie", Lines { name: true, strict: false }),
    ]),
    ("envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig", &[
        of("mode", Defined),
    ]),
    ("envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig", &[
        of("maxActiveDownstreamConnections", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig", &[
        of("filename", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", &[
        of("updateFrequency", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.router.cluster_specifiers.dynamic_modules.v3.DynamicModuleClusterSpecifier", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig", &[
        of("sourceCode", Required),
    ]),
    ("envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier", &[
        of("clusterMatcher", Required),
    ]),
    ("envoy.extensions.stat_sinks.dynamic_modules.v3.DynamicModuleStatsSink", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink", &[
        of("statsd_specifier", OneOf(&["address"])),
        of("maxBytesPerDatagram", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
    ]),
    ("envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig", &[
        of("protocol_specifier", OneOf(&["grpcService", "httpService"])),
        of("grpcService", Required),
    ]),
    ("envoy.extensions.string_matcher.lua.v3.Lua", &[
        of("sourceCode", Required),
    ]),
    ("envoy.extensions.tracers.dynamic_modules.v3.DynamicModuleTracer", &[
        of("dynamicModuleConfig", Required),
    ]),
    ("envoy.extensions.tracers.fluentd.v3.FluentdConfig", &[
        of("cluster", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("tag", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("statPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("bufferFlushInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("envoy.extensions.transport_sockets.alts.v3.Alts", &[
        of("handshakerService", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.dynamic_modules.v3.DynamicModuleTransportSocket", &[
        of("dynamicModuleConfig", Required),
        of("transportSocketName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport", &[
        of("transportSocket", Required),
    ]),
    ("envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport.MetadataValueSource", &[
        of("kind", Required),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport", &[
        of("transportSocket", Required),
    ]),
    ("envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport", &[
        of("downstreamTlsContext", Required),
    ]),
    ("envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport", &[
        of("upstreamTlsContext", Required),
    ]),
    ("envoy.extensions.transport_sockets.s2a.v3.S2AConfiguration", &[
        of("s2aAddress", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig", &[
        of("tlsSocketConfig", Required),
    ]),
    ("envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig", &[
        of("tlsSocketConfig", Required),
    ]),
    ("envoy.extensions.transport_sockets.tap.v3.Tap", &[
        of("commonConfig", Required),
        of("transportSocket", Required),
    ]),
    ("envoy.extensions.transport_sockets.tcp_stats.v3.Config", &[
        of("transportSocket", Required),
        of("updatePeriod", Span { above: None, least: Some(0.001), below: None, most: None }),
    ]),
    ("envoy.extensions.transport_sockets.tls.cert_mappers.filter_state_override.v3.Config", &[
        of("defaultValue", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.cert_mappers.sni.v3.SNI", &[
        of("defaultValue", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.cert_mappers.static_name.v3.StaticName", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.cert_selectors.on_demand_secret.v3.Config", &[
        of("configSource", Required),
        of("certificateMapper", Required),
    ]),
    ("envoy.extensions.transport_sockets.tls.cert_validator.dynamic_modules.v3.DynamicModuleCertValidatorConfig", &[
        of("dynamicModuleConfig", Required),
        of("validatorName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance", &[
        of("instanceName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext", &[
        each("verifyCertificateHash", Length { least: 64, most: 95, or_empty: false }),
        each("verifyCertificateSpki", Length { least: 44, most: 44, or_empty: false }),
        of("trustChainVerification", Defined),
        of("maxVerifyDepth", Number { above: None, least: None, below: None, most: Some(100.0), or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProvider", &[
        of("config", OneOf(&["typedConfig"])),
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext", &[
        of("defaultValidationContext", Required),
        of("validationContextSdsSecretConfig", Required),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", &[
        of("sessionTimeout", Span { above: None, least: Some(0.0), below: Some(4294967296.0), most: None }),
        of("ocspStaplePolicy", Defined),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider", &[
        of("providerName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig", &[
        of("trustDomains", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher", &[
        of("sanType", Defined),
        of("sanType", NotIn(&[0])),
        of("matcher", Required),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.TlsKeyLog", &[
        of("path", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.TlsParameters", &[
        of("tlsMinimumProtocolVersion", Defined),
        of("tlsMaximumProtocolVersion", Defined),
        of("compliancePolicies", Size { least: 0, most: 1 }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys", &[
        of("keys", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", &[
        of("sni", Length { least: 0, most: 255, or_empty: false }),
    ]),
    ("envoy.extensions.upstreams.http.dynamic_modules.v3.Config", &[
        of("dynamicModuleConfig", Required),
        of("bridgeName", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", &[
        of("upstream_protocol_options", OneOf(&["explicitHttpConfig", "useDownstreamProtocolConfig", "autoConfig"])),
    ]),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig", &[
        of("protocol_config", OneOf(&["httpProtocolOptions", "http2ProtocolOptions", "http3ProtocolOptions"])),
    ]),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection", &[
        of("errorMatcher", Required),
    ]),
    ("envoy.extensions.watchdog.profile_action.v3.ProfileActionConfig", &[
        of("profilePath", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint", &[
        of("constraint_type", OneOf(&["value", "exists"])),
    ]),
    ("envoy.type.HttpStatus", &[
        of("code", Defined),
        of("code", NotIn(&[0])),
    ]),
    ("envoy.type.http.v3.Cookie", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("ttl", Span { above: None, least: Some(0.0), below: None, most: None }),
    ]),
    ("envoy.type.http.v3.CookieAttribute", &[
        of("name", Length { least: 1, most: 16384, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
        of("value", Length { least: 0, most: 16384, or_empty: false }),
        of("value", Lines { name: false, strict: false }),
    ]),
    ("envoy.type.http.v3.PathTransformation.Operation", &[
        of("operation_specifier", OneOf(&["normalizePathRfc3986", "mergeSlashes"])),
    ]),
    ("envoy.type.matcher.v3.DoubleMatcher", &[
        of("match_pattern", OneOf(&["range", "exact"])),
    ]),
    ("envoy.type.matcher.v3.FilterStateMatcher", &[
        of("matcher", OneOf(&["stringMatch", "addressMatch"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", &[
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.type.matcher.v3.HttpRequestQueryParamMatchInput", &[
        of("queryParam", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.HttpRequestTrailerMatchInput", &[
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.type.matcher.v3.HttpResponseHeaderMatchInput", &[
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.type.matcher.v3.HttpResponseTrailerMatchInput", &[
        of("headerName", Lines { name: true, strict: false }),
    ]),
    ("envoy.type.matcher.v3.ListMatcher", &[
        of("match_pattern", OneOf(&["oneOf"])),
    ]),
    ("envoy.type.matcher.v3.ListStringMatcher", &[
        of("patterns", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.type.matcher.v3.MetadataMatcher", &[
        of("filter", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("path", Size { least: 1, most: u64::MAX }),
        of("value", Required),
    ]),
    ("envoy.type.matcher.v3.MetadataMatcher.PathSegment", &[
        of("segment", OneOf(&["key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.OrMatcher", &[
        of("valueMatchers", Size { least: 2, most: u64::MAX }),
    ]),
    ("envoy.type.matcher.v3.PathMatcher", &[
        of("rule", OneOf(&["path"])),
        of("path", Required),
    ]),
    ("envoy.type.matcher.v3.RegexMatchAndSubstitute", &[
        of("pattern", Required),
        of("substitution", Lines { name: false, strict: false }),
    ]),
    ("envoy.type.matcher.v3.RegexMatcher", &[
        of("regex", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.StringMatcher", &[
        of("match_pattern", OneOf(&["exact", "prefix", "suffix", "safeRegex", "contains", "custom"])),
        of("prefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("suffix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("safeRegex", Required),
        of("contains", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.StructMatcher", &[
        of("path", Size { least: 1, most: u64::MAX }),
        of("value", Required),
    ]),
    ("envoy.type.matcher.v3.StructMatcher.PathSegment", &[
        of("segment", OneOf(&["key"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.matcher.v3.ValueMatcher", &[
        of("match_pattern", OneOf(&["nullMatch", "doubleMatch", "stringMatch", "boolMatch", "presentMatch", "listMatch", "orMatch"])),
    ]),
    ("envoy.type.metadata.v3.MetadataKey", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("path", Size { least: 1, most: u64::MAX }),
    ]),
    ("envoy.type.metadata.v3.MetadataKey.PathSegment", &[
        of("segment", OneOf(&["key", "index"])),
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.metadata.v3.MetadataKind", &[
        of("kind", OneOf(&["request", "route", "cluster", "host"])),
    ]),
    ("envoy.type.tracing.v3.CustomTag", &[
        of("type", OneOf(&["literal", "environment", "requestHeader", "metadata", "value"])),
        of("tag", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.tracing.v3.CustomTag.Environment", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.tracing.v3.CustomTag.Header", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("name", Lines { name: true, strict: false }),
    ]),
    ("envoy.type.tracing.v3.CustomTag.Literal", &[
        of("value", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.v3.FractionalPercent", &[
        of("denominator", Defined),
    ]),
    ("envoy.type.v3.HashPolicy", &[
        of("policy_specifier", OneOf(&["sourceIp", "filterState"])),
    ]),
    ("envoy.type.v3.HashPolicy.FilterState", &[
        of("key", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("envoy.type.v3.HttpStatus", &[
        of("code", Defined),
        of("code", NotIn(&[0])),
    ]),
    ("envoy.type.v3.Percent", &[
        of("value", Number { above: None, least: Some(0.0), below: None, most: Some(100.0), or_empty: false }),
    ]),
    ("envoy.type.v3.RateLimitStrategy", &[
        of("strategy", OneOf(&["blanketRule", "requestsPerTimeUnit", "tokenBucket"])),
        of("blanketRule", Defined),
    ]),
    ("envoy.type.v3.RateLimitStrategy.RequestsPerTimeUnit", &[
        of("timeUnit", Defined),
    ]),
    ("envoy.type.v3.TokenBucket", &[
        of("maxTokens", Number { above: None, least: Some(0.0), below: None, most: None, or_empty: false }),
        of("tokensPerFill", Number { above: Some(0.0), least: None, below: None, most: None, or_empty: false }),
        of("fillInterval", Required),
        of("fillInterval", Span { above: Some(0.0), least: None, below: None, most: None }),
    ]),
    ("xds.core.v3.Authority", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("xds.core.v3.CidrRange", &[
        of("addressPrefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("prefixLen", Number { above: None, least: None, below: None, most: Some(128.0), or_empty: false }),
    ]),
    ("xds.core.v3.CollectionEntry", &[
        of("resource_specifier", OneOf(&["locator", "inlineEntry"])),
    ]),
    ("xds.core.v3.ResourceLocator", &[
        of("scheme", Defined),
        of("resourceType", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("xds.core.v3.ResourceLocator.Directive", &[
        of("directive", OneOf(&["alt", "entry"])),
        of("entry", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("xds.core.v3.TypedExtensionConfig", &[
        of("name", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("typedConfig", Required),
    ]),
    ("xds.type.matcher.v3.ListStringMatcher", &[
        of("patterns", Size { least: 1, most: u64::MAX }),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherList", &[
        of("matchers", Size { least: 1, most: u64::MAX }),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher", &[
        of("predicate", Required),
        of("onMatch", Required),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherList.Predicate", &[
        of("match_type", OneOf(&["singlePredicate", "orMatcher", "andMatcher", "notMatcher"])),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList", &[
        of("predicate", Size { least: 2, most: u64::MAX }),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate", &[
        of("matcher", OneOf(&["valueMatch", "customMatch"])),
        of("input", Required),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherTree", &[
        of("tree_type", OneOf(&["exactMatchMap", "prefixMatchMap", "customMatch"])),
        of("input", Required),
    ]),
    ("xds.type.matcher.v3.Matcher.MatcherTree.MatchMap", &[
        of("map", Size { least: 1, most: u64::MAX }),
    ]),
    ("xds.type.matcher.v3.Matcher.OnMatch", &[
        of("on_match", OneOf(&["matcher", "action"])),
    ]),
    ("xds.type.matcher.v3.RegexMatcher", &[
        of("engine_type", OneOf(&["googleRe2"])),
        of("googleRe2", Required),
        of("regex", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("xds.type.matcher.v3.StringMatcher", &[
        of("match_pattern", OneOf(&["exact", "prefix", "suffix", "safeRegex", "contains", "custom"])),
        of("prefix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("suffix", Length { least: 1, most: u64::MAX, or_empty: false }),
        of("safeRegex", Required),
        of("contains", Length { least: 1, most: u64::MAX, or_empty: false }),
    ]),
    ("xds.type.v3.CelExtractString", &[
        of("exprExtract", Required),
    ]),
];
