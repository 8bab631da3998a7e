// tidy: table
//! Views of the mesh's own configuration: MeshConfig, MeshNetworks, ProxyConfig. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.mesh.v1alpha1.Certificate`.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a>(pub Node<'a>);
view!(Certificate);
impl<'a> Certificate<'a> {
    /// `dnsNames`.
    pub fn dns_names(self) -> List<'a, Text<'a>> { list(self.0, "dnsNames", "dns_names") }
    /// `secretName`.
    pub fn secret_name(self) -> Option<Text<'a>> { one(self.0, "secretName", "secret_name") }
}

/// `istio.mesh.v1alpha1.ConfigSource`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigSource<'a>(pub Node<'a>);
view!(ConfigSource);
impl<'a> ConfigSource<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `subscribedResources`.
    pub fn subscribed_resources(self) -> List<'a, Resource> { list(self.0, "subscribedResources", "subscribed_resources") }
    /// `tlsSettings`.
    pub fn tls_settings(self) -> Option<super::networking::ClientTLSSettings<'a>> { one(self.0, "tlsSettings", "tls_settings") }
}

/// `istio.mesh.v1alpha1.LabelSelector`.
#[derive(Clone, Copy, Debug)]
pub struct LabelSelector<'a>(pub Node<'a>);
view!(LabelSelector);
impl<'a> LabelSelector<'a> {
    /// `matchExpressions`.
    pub fn match_expressions(self) -> List<'a, LabelSelectorRequirement<'a>> { list(self.0, "matchExpressions", "matchExpressions") }
    /// `matchLabels`.
    pub fn match_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "matchLabels", "matchLabels") }
}

/// `istio.mesh.v1alpha1.LabelSelectorRequirement`.
#[derive(Clone, Copy, Debug)]
pub struct LabelSelectorRequirement<'a>(pub Node<'a>);
view!(LabelSelectorRequirement);
impl<'a> LabelSelectorRequirement<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `operator`.
    pub fn operator(self) -> Option<Text<'a>> { one(self.0, "operator", "operator") }
    /// `values`.
    pub fn values(self) -> List<'a, Text<'a>> { list(self.0, "values", "values") }
}

/// `istio.mesh.v1alpha1.MeshConfig`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfig<'a>(pub Node<'a>);
view!(MeshConfig);
impl<'a> MeshConfig<'a> {
    /// `accessLogEncoding`.
    pub fn access_log_encoding(self) -> Option<MeshConfigAccessLogEncoding> { one(self.0, "accessLogEncoding", "access_log_encoding") }
    /// `accessLogFile`.
    pub fn access_log_file(self) -> Option<Text<'a>> { one(self.0, "accessLogFile", "access_log_file") }
    /// `accessLogFormat`.
    pub fn access_log_format(self) -> Option<Text<'a>> { one(self.0, "accessLogFormat", "access_log_format") }
    /// `ca`.
    pub fn ca(self) -> Option<MeshConfigCA<'a>> { one(self.0, "ca", "ca") }
    /// `caCertificates`.
    pub fn ca_certificates(self) -> List<'a, MeshConfigCertificateData<'a>> { list(self.0, "caCertificates", "ca_certificates") }
    /// `certificates`.
    pub fn certificates(self) -> List<'a, Certificate<'a>> { list(self.0, "certificates", "certificates") }
    /// `configSources`.
    pub fn config_sources(self) -> List<'a, ConfigSource<'a>> { list(self.0, "configSources", "config_sources") }
    /// `connectTimeout`.
    pub fn connect_timeout(self) -> Option<DurationValue> { one(self.0, "connectTimeout", "connect_timeout") }
    /// `defaultConfig`.
    pub fn default_config(self) -> Option<ProxyConfig<'a>> { one(self.0, "defaultConfig", "default_config") }
    /// `defaultDestinationRuleExportTo`.
    pub fn default_destination_rule_export_to(self) -> List<'a, Text<'a>> { list(self.0, "defaultDestinationRuleExportTo", "default_destination_rule_export_to") }
    /// `defaultHttpRetryPolicy`.
    pub fn default_http_retry_policy(self) -> Option<super::networking::HTTPRetry<'a>> { one(self.0, "defaultHttpRetryPolicy", "default_http_retry_policy") }
    /// `defaultProviders`.
    pub fn default_providers(self) -> Option<MeshConfigDefaultProviders<'a>> { one(self.0, "defaultProviders", "default_providers") }
    /// `defaultServiceExportTo`.
    pub fn default_service_export_to(self) -> List<'a, Text<'a>> { list(self.0, "defaultServiceExportTo", "default_service_export_to") }
    /// `defaultTrafficPolicy`.
    pub fn default_traffic_policy(self) -> Option<MeshConfigDefaultTrafficPolicy<'a>> { one(self.0, "defaultTrafficPolicy", "default_traffic_policy") }
    /// `defaultVirtualServiceExportTo`.
    pub fn default_virtual_service_export_to(self) -> List<'a, Text<'a>> { list(self.0, "defaultVirtualServiceExportTo", "default_virtual_service_export_to") }
    /// `disableEnvoyListenerLog`.
    pub fn disable_envoy_listener_log(self) -> Option<bool> { one(self.0, "disableEnvoyListenerLog", "disable_envoy_listener_log") }
    /// `discoverySelectors`.
    pub fn discovery_selectors(self) -> List<'a, LabelSelector<'a>> { list(self.0, "discoverySelectors", "discovery_selectors") }
    /// `dnsRefreshRate`.
    pub fn dns_refresh_rate(self) -> Option<DurationValue> { one(self.0, "dnsRefreshRate", "dns_refresh_rate") }
    /// `enableAutoMtls`.
    pub fn enable_auto_mtls(self) -> Option<bool> { one(self.0, "enableAutoMtls", "enable_auto_mtls") }
    /// `enableEnvoyAccessLogService`.
    pub fn enable_envoy_access_log_service(self) -> Option<bool> { one(self.0, "enableEnvoyAccessLogService", "enable_envoy_access_log_service") }
    /// `enablePrometheusMerge`.
    pub fn enable_prometheus_merge(self) -> Option<bool> { one(self.0, "enablePrometheusMerge", "enable_prometheus_merge") }
    /// `enableTracing`.
    pub fn enable_tracing(self) -> Option<bool> { one(self.0, "enableTracing", "enable_tracing") }
    /// `extensionProviders`.
    pub fn extension_providers(self) -> List<'a, MeshConfigExtensionProvider<'a>> { list(self.0, "extensionProviders", "extension_providers") }
    /// `h2UpgradePolicy`.
    pub fn h2_upgrade_policy(self) -> Option<MeshConfigH2UpgradePolicy> { one(self.0, "h2UpgradePolicy", "h2_upgrade_policy") }
    /// `hboneIdleTimeout`.
    pub fn hbone_idle_timeout(self) -> Option<DurationValue> { one(self.0, "hboneIdleTimeout", "hbone_idle_timeout") }
    /// `inboundClusterStatName`.
    pub fn inbound_cluster_stat_name(self) -> Option<Text<'a>> { one(self.0, "inboundClusterStatName", "inbound_cluster_stat_name") }
    /// `inboundTrafficPolicy`.
    pub fn inbound_traffic_policy(self) -> Option<MeshConfigInboundTrafficPolicy<'a>> { one(self.0, "inboundTrafficPolicy", "inbound_traffic_policy") }
    /// `ingressClass`.
    pub fn ingress_class(self) -> Option<Text<'a>> { one(self.0, "ingressClass", "ingress_class") }
    /// `ingressControllerMode`.
    pub fn ingress_controller_mode(self) -> Option<MeshConfigIngressControllerMode> { one(self.0, "ingressControllerMode", "ingress_controller_mode") }
    /// `ingressSelector`.
    pub fn ingress_selector(self) -> Option<Text<'a>> { one(self.0, "ingressSelector", "ingress_selector") }
    /// `ingressService`.
    pub fn ingress_service(self) -> Option<Text<'a>> { one(self.0, "ingressService", "ingress_service") }
    /// `localityLbSetting`.
    pub fn locality_lb_setting(self) -> Option<super::networking::LocalityLoadBalancerSetting<'a>> { one(self.0, "localityLbSetting", "locality_lb_setting") }
    /// `meshMTLS`.
    pub fn mesh_m_tls(self) -> Option<MeshConfigTLSConfig<'a>> { one(self.0, "meshMTLS", "mesh_mTLS") }
    /// `outboundClusterStatName`.
    pub fn outbound_cluster_stat_name(self) -> Option<Text<'a>> { one(self.0, "outboundClusterStatName", "outbound_cluster_stat_name") }
    /// `outboundTrafficPolicy`.
    pub fn outbound_traffic_policy(self) -> Option<MeshConfigOutboundTrafficPolicy<'a>> { one(self.0, "outboundTrafficPolicy", "outbound_traffic_policy") }
    /// `pathNormalization`.
    pub fn path_normalization(self) -> Option<MeshConfigProxyPathNormalization<'a>> { one(self.0, "pathNormalization", "path_normalization") }
    /// `protocolDetectionTimeout`.
    pub fn protocol_detection_timeout(self) -> Option<DurationValue> { one(self.0, "protocolDetectionTimeout", "protocol_detection_timeout") }
    /// `proxyHttpPort`.
    pub fn proxy_http_port(self) -> Option<i64> { one(self.0, "proxyHttpPort", "proxy_http_port") }
    /// `proxyInboundListenPort`.
    pub fn proxy_inbound_listen_port(self) -> Option<i64> { one(self.0, "proxyInboundListenPort", "proxy_inbound_listen_port") }
    /// `proxyListenPort`.
    pub fn proxy_listen_port(self) -> Option<i64> { one(self.0, "proxyListenPort", "proxy_listen_port") }
    /// `rootNamespace`.
    pub fn root_namespace(self) -> Option<Text<'a>> { one(self.0, "rootNamespace", "root_namespace") }
    /// `serviceEntryVisibility`.
    pub fn service_entry_visibility(self) -> Option<ServiceEntryVisibility<'a>> { one(self.0, "serviceEntryVisibility", "service_entry_visibility") }
    /// `serviceScopeConfigs`.
    pub fn service_scope_configs(self) -> List<'a, MeshConfigServiceScopeConfigs<'a>> { list(self.0, "serviceScopeConfigs", "service_scope_configs") }
    /// `serviceSettings`.
    pub fn service_settings(self) -> List<'a, MeshConfigServiceSettings<'a>> { list(self.0, "serviceSettings", "service_settings") }
    /// `tcpKeepalive`.
    pub fn tcp_keepalive(self) -> Option<super::networking::ConnectionPoolSettingsTCPSettingsTcpKeepalive<'a>> { one(self.0, "tcpKeepalive", "tcp_keepalive") }
    /// `tlsDefaults`.
    pub fn tls_defaults(self) -> Option<MeshConfigTLSConfig<'a>> { one(self.0, "tlsDefaults", "tls_defaults") }
    /// `trustDomain`.
    pub fn trust_domain(self) -> Option<Text<'a>> { one(self.0, "trustDomain", "trust_domain") }
    /// `trustDomainAliases`.
    pub fn trust_domain_aliases(self) -> List<'a, Text<'a>> { list(self.0, "trustDomainAliases", "trust_domain_aliases") }
    /// `verifyCertificateAtClient`.
    pub fn verify_certificate_at_client(self) -> Option<bool> { one(self.0, "verifyCertificateAtClient", "verify_certificate_at_client") }
    /// `zoneAwareLbSetting`.
    pub fn zone_aware_lb_setting(self) -> Option<super::networking::ZoneAwareLoadBalancerSetting<'a>> { one(self.0, "zoneAwareLbSetting", "zone_aware_lb_setting") }
}

/// `istio.mesh.v1alpha1.MeshConfig.CA`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigCA<'a>(pub Node<'a>);
view!(MeshConfigCA);
impl<'a> MeshConfigCA<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `istiodSide`.
    pub fn istiod_side(self) -> Option<bool> { one(self.0, "istiodSide", "istiod_side") }
    /// `requestTimeout`.
    pub fn request_timeout(self) -> Option<DurationValue> { one(self.0, "requestTimeout", "request_timeout") }
    /// `tlsSettings`.
    pub fn tls_settings(self) -> Option<super::networking::ClientTLSSettings<'a>> { one(self.0, "tlsSettings", "tls_settings") }
}

/// `istio.mesh.v1alpha1.MeshConfig.CertificateData`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigCertificateData<'a>(pub Node<'a>);
view!(MeshConfigCertificateData);
impl<'a> MeshConfigCertificateData<'a> {
    /// `certSigners`.
    pub fn cert_signers(self) -> List<'a, Text<'a>> { list(self.0, "certSigners", "cert_signers") }
    /// `pem`.
    pub fn pem(self) -> Option<Text<'a>> { one(self.0, "pem", "pem") }
    /// `spiffeBundleUrl`.
    pub fn spiffe_bundle_url(self) -> Option<Text<'a>> { one(self.0, "spiffeBundleUrl", "spiffe_bundle_url") }
    /// `trustDomains`.
    pub fn trust_domains(self) -> List<'a, Text<'a>> { list(self.0, "trustDomains", "trust_domains") }
}

/// `istio.mesh.v1alpha1.MeshConfig.DefaultProviders`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigDefaultProviders<'a>(pub Node<'a>);
view!(MeshConfigDefaultProviders);
impl<'a> MeshConfigDefaultProviders<'a> {
    /// `accessLogging`.
    pub fn access_logging(self) -> List<'a, Text<'a>> { list(self.0, "accessLogging", "access_logging") }
    /// `metrics`.
    pub fn metrics(self) -> List<'a, Text<'a>> { list(self.0, "metrics", "metrics") }
    /// `tracing`.
    pub fn tracing(self) -> List<'a, Text<'a>> { list(self.0, "tracing", "tracing") }
}

/// `istio.mesh.v1alpha1.MeshConfig.DefaultTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigDefaultTrafficPolicy<'a>(pub Node<'a>);
view!(MeshConfigDefaultTrafficPolicy);
impl<'a> MeshConfigDefaultTrafficPolicy<'a> {
    /// `connectionPool`.
    pub fn connection_pool(self) -> Option<super::networking::ConnectionPoolSettings<'a>> { one(self.0, "connectionPool", "connection_pool") }
    /// `outlierDetection`.
    pub fn outlier_detection(self) -> Option<super::networking::OutlierDetection<'a>> { one(self.0, "outlierDetection", "outlier_detection") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProvider);
impl<'a> MeshConfigExtensionProvider<'a> {
    /// `datadog`.
    pub fn datadog(self) -> Option<MeshConfigExtensionProviderDatadogTracingProvider<'a>> { one(self.0, "datadog", "datadog") }
    /// `envoyExtAuthzGrpc`.
    pub fn envoy_ext_authz_grpc(self) -> Option<MeshConfigExtensionProviderEnvoyExternalAuthorizationGrpcProvider<'a>> { one(self.0, "envoyExtAuthzGrpc", "envoy_ext_authz_grpc") }
    /// `envoyExtAuthzHttp`.
    pub fn envoy_ext_authz_http(self) -> Option<MeshConfigExtensionProviderEnvoyExternalAuthorizationHttpProvider<'a>> { one(self.0, "envoyExtAuthzHttp", "envoy_ext_authz_http") }
    /// `envoyFileAccessLog`.
    pub fn envoy_file_access_log(self) -> Option<MeshConfigExtensionProviderEnvoyFileAccessLogProvider<'a>> { one(self.0, "envoyFileAccessLog", "envoy_file_access_log") }
    /// `envoyHttpAls`.
    pub fn envoy_http_als(self) -> Option<MeshConfigExtensionProviderEnvoyHttpGrpcV3LogProvider<'a>> { one(self.0, "envoyHttpAls", "envoy_http_als") }
    /// `envoyOtelAls`.
    pub fn envoy_otel_als(self) -> Option<MeshConfigExtensionProviderEnvoyOpenTelemetryLogProvider<'a>> { one(self.0, "envoyOtelAls", "envoy_otel_als") }
    /// `envoyTcpAls`.
    pub fn envoy_tcp_als(self) -> Option<MeshConfigExtensionProviderEnvoyTcpGrpcV3LogProvider<'a>> { one(self.0, "envoyTcpAls", "envoy_tcp_als") }
    /// `lightstep`.
    pub fn lightstep(self) -> Option<MeshConfigExtensionProviderLightstepTracingProvider<'a>> { one(self.0, "lightstep", "lightstep") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `opencensus`.
    pub fn opencensus(self) -> Option<MeshConfigExtensionProviderOpenCensusAgentTracingProvider<'a>> { one(self.0, "opencensus", "opencensus") }
    /// `opentelemetry`.
    pub fn opentelemetry(self) -> Option<MeshConfigExtensionProviderOpenTelemetryTracingProvider<'a>> { one(self.0, "opentelemetry", "opentelemetry") }
    /// `prometheus`.
    pub fn prometheus(self) -> Option<MeshConfigExtensionProviderPrometheusMetricsProvider<'a>> { one(self.0, "prometheus", "prometheus") }
    /// `sds`.
    pub fn sds(self) -> Option<MeshConfigExtensionProviderSDSProvider<'a>> { one(self.0, "sds", "sds") }
    /// `skywalking`.
    pub fn skywalking(self) -> Option<MeshConfigExtensionProviderSkyWalkingTracingProvider<'a>> { one(self.0, "skywalking", "skywalking") }
    /// `stackdriver`.
    pub fn stackdriver(self) -> Option<MeshConfigExtensionProviderStackdriverProvider<'a>> { one(self.0, "stackdriver", "stackdriver") }
    /// `zipkin`.
    pub fn zipkin(self) -> Option<MeshConfigExtensionProviderZipkinTracingProvider<'a>> { one(self.0, "zipkin", "zipkin") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.DatadogTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderDatadogTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderDatadogTracingProvider);
impl<'a> MeshConfigExtensionProviderDatadogTracingProvider<'a> {
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationGrpcProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyExternalAuthorizationGrpcProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyExternalAuthorizationGrpcProvider);
impl<'a> MeshConfigExtensionProviderEnvoyExternalAuthorizationGrpcProvider<'a> {
    /// `clearRouteCache`.
    pub fn clear_route_cache(self) -> Option<bool> { one(self.0, "clearRouteCache", "clear_route_cache") }
    /// `failOpen`.
    pub fn fail_open(self) -> Option<bool> { one(self.0, "failOpen", "fail_open") }
    /// `includeRequestBodyInCheck`.
    pub fn include_request_body_in_check(self) -> Option<MeshConfigExtensionProviderEnvoyExternalAuthorizationRequestBody<'a>> { one(self.0, "includeRequestBodyInCheck", "include_request_body_in_check") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `statusOnError`.
    pub fn status_on_error(self) -> Option<Text<'a>> { one(self.0, "statusOnError", "status_on_error") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationHttpProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyExternalAuthorizationHttpProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyExternalAuthorizationHttpProvider);
impl<'a> MeshConfigExtensionProviderEnvoyExternalAuthorizationHttpProvider<'a> {
    /// `clearRouteCache`.
    pub fn clear_route_cache(self) -> Option<bool> { one(self.0, "clearRouteCache", "clear_route_cache") }
    /// `failOpen`.
    pub fn fail_open(self) -> Option<bool> { one(self.0, "failOpen", "fail_open") }
    /// `headersToDownstreamOnAllow`.
    pub fn headers_to_downstream_on_allow(self) -> List<'a, Text<'a>> { list(self.0, "headersToDownstreamOnAllow", "headers_to_downstream_on_allow") }
    /// `headersToDownstreamOnDeny`.
    pub fn headers_to_downstream_on_deny(self) -> List<'a, Text<'a>> { list(self.0, "headersToDownstreamOnDeny", "headers_to_downstream_on_deny") }
    /// `headersToUpstreamOnAllow`.
    pub fn headers_to_upstream_on_allow(self) -> List<'a, Text<'a>> { list(self.0, "headersToUpstreamOnAllow", "headers_to_upstream_on_allow") }
    /// `includeAdditionalHeadersInCheck`.
    pub fn include_additional_headers_in_check(self) -> Entries<'a, Text<'a>> { entries(self.0, "includeAdditionalHeadersInCheck", "include_additional_headers_in_check") }
    /// `includeHeadersInCheck`.
    pub fn include_headers_in_check(self) -> List<'a, Text<'a>> { list(self.0, "includeHeadersInCheck", "include_headers_in_check") }
    /// `includeRequestBodyInCheck`.
    pub fn include_request_body_in_check(self) -> Option<MeshConfigExtensionProviderEnvoyExternalAuthorizationRequestBody<'a>> { one(self.0, "includeRequestBodyInCheck", "include_request_body_in_check") }
    /// `includeRequestHeadersInCheck`.
    pub fn include_request_headers_in_check(self) -> List<'a, Text<'a>> { list(self.0, "includeRequestHeadersInCheck", "include_request_headers_in_check") }
    /// `pathPrefix`.
    pub fn path_prefix(self) -> Option<Text<'a>> { one(self.0, "pathPrefix", "path_prefix") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `statusOnError`.
    pub fn status_on_error(self) -> Option<Text<'a>> { one(self.0, "statusOnError", "status_on_error") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationRequestBody`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyExternalAuthorizationRequestBody<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyExternalAuthorizationRequestBody);
impl<'a> MeshConfigExtensionProviderEnvoyExternalAuthorizationRequestBody<'a> {
    /// `allowPartialMessage`.
    pub fn allow_partial_message(self) -> Option<bool> { one(self.0, "allowPartialMessage", "allow_partial_message") }
    /// `maxRequestBytes`.
    pub fn max_request_bytes(self) -> Option<i64> { one(self.0, "maxRequestBytes", "max_request_bytes") }
    /// `packAsBytes`.
    pub fn pack_as_bytes(self) -> Option<bool> { one(self.0, "packAsBytes", "pack_as_bytes") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyFileAccessLogProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyFileAccessLogProvider);
impl<'a> MeshConfigExtensionProviderEnvoyFileAccessLogProvider<'a> {
    /// `logFormat`.
    pub fn log_format(self) -> Option<MeshConfigExtensionProviderEnvoyFileAccessLogProviderLogFormat<'a>> { one(self.0, "logFormat", "log_format") }
    /// `omitEmptyValues`.
    pub fn omit_empty_values(self) -> Option<bool> { one(self.0, "omitEmptyValues", "omit_empty_values") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider.LogFormat`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyFileAccessLogProviderLogFormat<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyFileAccessLogProviderLogFormat);
impl<'a> MeshConfigExtensionProviderEnvoyFileAccessLogProviderLogFormat<'a> {
    /// `labels`.
    pub fn labels(self) -> Option<Node<'a>> { one(self.0, "labels", "labels") }
    /// `text`.
    pub fn text(self) -> Option<Text<'a>> { one(self.0, "text", "text") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyHttpGrpcV3LogProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyHttpGrpcV3LogProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyHttpGrpcV3LogProvider);
impl<'a> MeshConfigExtensionProviderEnvoyHttpGrpcV3LogProvider<'a> {
    /// `additionalRequestHeadersToLog`.
    pub fn additional_request_headers_to_log(self) -> List<'a, Text<'a>> { list(self.0, "additionalRequestHeadersToLog", "additional_request_headers_to_log") }
    /// `additionalResponseHeadersToLog`.
    pub fn additional_response_headers_to_log(self) -> List<'a, Text<'a>> { list(self.0, "additionalResponseHeadersToLog", "additional_response_headers_to_log") }
    /// `additionalResponseTrailersToLog`.
    pub fn additional_response_trailers_to_log(self) -> List<'a, Text<'a>> { list(self.0, "additionalResponseTrailersToLog", "additional_response_trailers_to_log") }
    /// `filterStateObjectsToLog`.
    pub fn filter_state_objects_to_log(self) -> List<'a, Text<'a>> { list(self.0, "filterStateObjectsToLog", "filter_state_objects_to_log") }
    /// `logName`.
    pub fn log_name(self) -> Option<Text<'a>> { one(self.0, "logName", "log_name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyOpenTelemetryLogProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyOpenTelemetryLogProvider);
impl<'a> MeshConfigExtensionProviderEnvoyOpenTelemetryLogProvider<'a> {
    /// `logFormat`.
    pub fn log_format(self) -> Option<MeshConfigExtensionProviderEnvoyOpenTelemetryLogProviderLogFormat<'a>> { one(self.0, "logFormat", "log_format") }
    /// `logName`.
    pub fn log_name(self) -> Option<Text<'a>> { one(self.0, "logName", "log_name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider.LogFormat`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyOpenTelemetryLogProviderLogFormat<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyOpenTelemetryLogProviderLogFormat);
impl<'a> MeshConfigExtensionProviderEnvoyOpenTelemetryLogProviderLogFormat<'a> {
    /// `labels`.
    pub fn labels(self) -> Option<Node<'a>> { one(self.0, "labels", "labels") }
    /// `text`.
    pub fn text(self) -> Option<Text<'a>> { one(self.0, "text", "text") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.EnvoyTcpGrpcV3LogProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderEnvoyTcpGrpcV3LogProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderEnvoyTcpGrpcV3LogProvider);
impl<'a> MeshConfigExtensionProviderEnvoyTcpGrpcV3LogProvider<'a> {
    /// `filterStateObjectsToLog`.
    pub fn filter_state_objects_to_log(self) -> List<'a, Text<'a>> { list(self.0, "filterStateObjectsToLog", "filter_state_objects_to_log") }
    /// `logName`.
    pub fn log_name(self) -> Option<Text<'a>> { one(self.0, "logName", "log_name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.GrpcService`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderGrpcService<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderGrpcService);
impl<'a> MeshConfigExtensionProviderGrpcService<'a> {
    /// `initialMetadata`.
    pub fn initial_metadata(self) -> List<'a, MeshConfigExtensionProviderHttpHeader<'a>> { list(self.0, "initialMetadata", "initial_metadata") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.HttpHeader`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderHttpHeader<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderHttpHeader);
impl<'a> MeshConfigExtensionProviderHttpHeader<'a> {
    /// `envName`.
    pub fn env_name(self) -> Option<Text<'a>> { one(self.0, "envName", "env_name") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.HttpService`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderHttpService<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderHttpService);
impl<'a> MeshConfigExtensionProviderHttpService<'a> {
    /// `headers`.
    pub fn headers(self) -> List<'a, MeshConfigExtensionProviderHttpHeader<'a>> { list(self.0, "headers", "headers") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.LightstepTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderLightstepTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderLightstepTracingProvider);
impl<'a> MeshConfigExtensionProviderLightstepTracingProvider<'a> {
    /// `accessToken`.
    pub fn access_token(self) -> Option<Text<'a>> { one(self.0, "accessToken", "access_token") }
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenCensusAgentTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderOpenCensusAgentTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderOpenCensusAgentTracingProvider);
impl<'a> MeshConfigExtensionProviderOpenCensusAgentTracingProvider<'a> {
    /// `context`.
    pub fn context(self) -> List<'a, MeshConfigExtensionProviderOpenCensusAgentTracingProviderTraceContext> { list(self.0, "context", "context") }
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderOpenTelemetryTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderOpenTelemetryTracingProvider);
impl<'a> MeshConfigExtensionProviderOpenTelemetryTracingProvider<'a> {
    /// `dynatraceSampler`.
    pub fn dynatrace_sampler(self) -> Option<MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSampler<'a>> { one(self.0, "dynatraceSampler", "dynatrace_sampler") }
    /// `grpc`.
    pub fn grpc(self) -> Option<MeshConfigExtensionProviderGrpcService<'a>> { one(self.0, "grpc", "grpc") }
    /// `http`.
    pub fn http(self) -> Option<MeshConfigExtensionProviderHttpService<'a>> { one(self.0, "http", "http") }
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `resourceDetectors`.
    pub fn resource_detectors(self) -> Option<MeshConfigExtensionProviderResourceDetectors<'a>> { one(self.0, "resourceDetectors", "resource_detectors") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `serviceAttributeEnrichment`.
    pub fn service_attribute_enrichment(self) -> Option<MeshConfigExtensionProviderServiceAttributeEnrichment> { one(self.0, "serviceAttributeEnrichment", "service_attribute_enrichment") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSampler<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSampler);
impl<'a> MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSampler<'a> {
    /// `clusterId`.
    pub fn cluster_id(self) -> Option<i64> { one(self.0, "clusterId", "cluster_id") }
    /// `httpService`.
    pub fn http_service(self) -> Option<MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSamplerDynatraceApi<'a>> { one(self.0, "httpService", "http_service") }
    /// `rootSpansPerMinute`.
    pub fn root_spans_per_minute(self) -> Option<i64> { one(self.0, "rootSpansPerMinute", "root_spans_per_minute") }
    /// `tenant`.
    pub fn tenant(self) -> Option<Text<'a>> { one(self.0, "tenant", "tenant") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler.DynatraceApi`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSamplerDynatraceApi<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSamplerDynatraceApi);
impl<'a> MeshConfigExtensionProviderOpenTelemetryTracingProviderDynatraceSamplerDynatraceApi<'a> {
    /// `http`.
    pub fn http(self) -> Option<MeshConfigExtensionProviderHttpService<'a>> { one(self.0, "http", "http") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.PrometheusMetricsProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderPrometheusMetricsProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderPrometheusMetricsProvider);

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ResourceDetectors`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderResourceDetectors<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderResourceDetectors);
impl<'a> MeshConfigExtensionProviderResourceDetectors<'a> {
    /// `dynatrace`.
    pub fn dynatrace(self) -> Option<MeshConfigExtensionProviderResourceDetectorsDynatraceResourceDetector<'a>> { one(self.0, "dynatrace", "dynatrace") }
    /// `environment`.
    pub fn environment(self) -> Option<MeshConfigExtensionProviderResourceDetectorsEnvironmentResourceDetector<'a>> { one(self.0, "environment", "environment") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ResourceDetectors.DynatraceResourceDetector`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderResourceDetectorsDynatraceResourceDetector<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderResourceDetectorsDynatraceResourceDetector);

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ResourceDetectors.EnvironmentResourceDetector`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderResourceDetectorsEnvironmentResourceDetector<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderResourceDetectorsEnvironmentResourceDetector);

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.SDSProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderSDSProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderSDSProvider);
impl<'a> MeshConfigExtensionProviderSDSProvider<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.SkyWalkingTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderSkyWalkingTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderSkyWalkingTracingProvider);
impl<'a> MeshConfigExtensionProviderSkyWalkingTracingProvider<'a> {
    /// `accessToken`.
    pub fn access_token(self) -> Option<Text<'a>> { one(self.0, "accessToken", "access_token") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.StackdriverProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderStackdriverProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderStackdriverProvider);
impl<'a> MeshConfigExtensionProviderStackdriverProvider<'a> {
    /// `debug`.
    pub fn debug(self) -> Option<bool> { one(self.0, "debug", "debug") }
    /// `logging`.
    pub fn logging(self) -> Option<MeshConfigExtensionProviderStackdriverProviderLogging<'a>> { one(self.0, "logging", "logging") }
    /// `maxNumberOfAnnotations`.
    pub fn max_number_of_annotations(self) -> Option<i64> { one(self.0, "maxNumberOfAnnotations", "max_number_of_annotations") }
    /// `maxNumberOfAttributes`.
    pub fn max_number_of_attributes(self) -> Option<i64> { one(self.0, "maxNumberOfAttributes", "max_number_of_attributes") }
    /// `maxNumberOfMessageEvents`.
    pub fn max_number_of_message_events(self) -> Option<i64> { one(self.0, "maxNumberOfMessageEvents", "max_number_of_message_events") }
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.StackdriverProvider.Logging`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderStackdriverProviderLogging<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderStackdriverProviderLogging);
impl<'a> MeshConfigExtensionProviderStackdriverProviderLogging<'a> {
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ZipkinTracingProvider`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigExtensionProviderZipkinTracingProvider<'a>(pub Node<'a>);
view!(MeshConfigExtensionProviderZipkinTracingProvider);
impl<'a> MeshConfigExtensionProviderZipkinTracingProvider<'a> {
    /// `enable64bitTraceId`.
    pub fn enable_64bit_trace_id(self) -> Option<bool> { one(self.0, "enable64bitTraceId", "enable_64bit_trace_id") }
    /// `headers`.
    pub fn headers(self) -> List<'a, MeshConfigExtensionProviderHttpHeader<'a>> { list(self.0, "headers", "headers") }
    /// `maxTagLength`.
    pub fn max_tag_length(self) -> Option<i64> { one(self.0, "maxTagLength", "max_tag_length") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
    /// `traceContextOption`.
    pub fn trace_context_option(self) -> Option<MeshConfigExtensionProviderZipkinTracingProviderTraceContextOption> { one(self.0, "traceContextOption", "trace_context_option") }
}

/// `istio.mesh.v1alpha1.MeshConfig.InboundTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigInboundTrafficPolicy<'a>(pub Node<'a>);
view!(MeshConfigInboundTrafficPolicy);
impl<'a> MeshConfigInboundTrafficPolicy<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<MeshConfigInboundTrafficPolicyMode> { one(self.0, "mode", "mode") }
}

/// `istio.mesh.v1alpha1.MeshConfig.OutboundTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigOutboundTrafficPolicy<'a>(pub Node<'a>);
view!(MeshConfigOutboundTrafficPolicy);
impl<'a> MeshConfigOutboundTrafficPolicy<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<MeshConfigOutboundTrafficPolicyMode> { one(self.0, "mode", "mode") }
    /// `tls`.
    pub fn tls(self) -> Option<super::networking::ClientTLSSettings<'a>> { one(self.0, "tls", "tls") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ProxyPathNormalization`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigProxyPathNormalization<'a>(pub Node<'a>);
view!(MeshConfigProxyPathNormalization);
impl<'a> MeshConfigProxyPathNormalization<'a> {
    /// `normalization`.
    pub fn normalization(self) -> Option<MeshConfigProxyPathNormalizationNormalizationType> { one(self.0, "normalization", "normalization") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ServiceScopeConfigs`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigServiceScopeConfigs<'a>(pub Node<'a>);
view!(MeshConfigServiceScopeConfigs);
impl<'a> MeshConfigServiceScopeConfigs<'a> {
    /// `namespaceSelector`.
    pub fn namespace_selector(self) -> Option<LabelSelector<'a>> { one(self.0, "namespaceSelector", "namespace_selector") }
    /// `scope`.
    pub fn scope(self) -> Option<MeshConfigServiceScopeConfigsScope> { one(self.0, "scope", "scope") }
    /// `servicesSelector`.
    pub fn services_selector(self) -> Option<LabelSelector<'a>> { one(self.0, "servicesSelector", "services_selector") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ServiceSettings`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigServiceSettings<'a>(pub Node<'a>);
view!(MeshConfigServiceSettings);
impl<'a> MeshConfigServiceSettings<'a> {
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `settings`.
    pub fn settings(self) -> Option<MeshConfigServiceSettingsSettings<'a>> { one(self.0, "settings", "settings") }
}

/// `istio.mesh.v1alpha1.MeshConfig.ServiceSettings.Settings`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigServiceSettingsSettings<'a>(pub Node<'a>);
view!(MeshConfigServiceSettingsSettings);
impl<'a> MeshConfigServiceSettingsSettings<'a> {
    /// `clusterLocal`.
    pub fn cluster_local(self) -> Option<bool> { one(self.0, "clusterLocal", "cluster_local") }
}

/// `istio.mesh.v1alpha1.MeshConfig.TLSConfig`.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfigTLSConfig<'a>(pub Node<'a>);
view!(MeshConfigTLSConfig);
impl<'a> MeshConfigTLSConfig<'a> {
    /// `cipherSuites`.
    pub fn cipher_suites(self) -> List<'a, Text<'a>> { list(self.0, "cipherSuites", "cipher_suites") }
    /// `ecdhCurves`.
    pub fn ecdh_curves(self) -> List<'a, Text<'a>> { list(self.0, "ecdhCurves", "ecdh_curves") }
    /// `minProtocolVersion`.
    pub fn min_protocol_version(self) -> Option<MeshConfigTLSConfigTLSProtocol> { one(self.0, "minProtocolVersion", "min_protocol_version") }
}

/// `istio.mesh.v1alpha1.MeshNetworks`.
#[derive(Clone, Copy, Debug)]
pub struct MeshNetworks<'a>(pub Node<'a>);
view!(MeshNetworks);
impl<'a> MeshNetworks<'a> {
    /// `networks`.
    pub fn networks(self) -> Entries<'a, Network<'a>> { entries(self.0, "networks", "networks") }
}

/// `istio.mesh.v1alpha1.Network`.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a>(pub Node<'a>);
view!(Network);
impl<'a> Network<'a> {
    /// `endpoints`.
    pub fn endpoints(self) -> List<'a, NetworkNetworkEndpoints<'a>> { list(self.0, "endpoints", "endpoints") }
    /// `gateways`.
    pub fn gateways(self) -> List<'a, NetworkIstioNetworkGateway<'a>> { list(self.0, "gateways", "gateways") }
}

/// `istio.mesh.v1alpha1.Network.IstioNetworkGateway`.
#[derive(Clone, Copy, Debug)]
pub struct NetworkIstioNetworkGateway<'a>(pub Node<'a>);
view!(NetworkIstioNetworkGateway);
impl<'a> NetworkIstioNetworkGateway<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `locality`.
    pub fn locality(self) -> Option<Text<'a>> { one(self.0, "locality", "locality") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `registryServiceName`.
    pub fn registry_service_name(self) -> Option<Text<'a>> { one(self.0, "registryServiceName", "registry_service_name") }
}

/// `istio.mesh.v1alpha1.Network.NetworkEndpoints`.
#[derive(Clone, Copy, Debug)]
pub struct NetworkNetworkEndpoints<'a>(pub Node<'a>);
view!(NetworkNetworkEndpoints);
impl<'a> NetworkNetworkEndpoints<'a> {
    /// `fromCidr`.
    pub fn from_cidr(self) -> Option<Text<'a>> { one(self.0, "fromCidr", "from_cidr") }
    /// `fromRegistry`.
    pub fn from_registry(self) -> Option<Text<'a>> { one(self.0, "fromRegistry", "from_registry") }
}

/// `istio.mesh.v1alpha1.PrivateKeyProvider`.
#[derive(Clone, Copy, Debug)]
pub struct PrivateKeyProvider<'a>(pub Node<'a>);
view!(PrivateKeyProvider);
impl<'a> PrivateKeyProvider<'a> {
    /// `cryptomb`.
    pub fn cryptomb(self) -> Option<PrivateKeyProviderCryptoMb<'a>> { one(self.0, "cryptomb", "cryptomb") }
    /// `qat`.
    pub fn qat(self) -> Option<PrivateKeyProviderQAT<'a>> { one(self.0, "qat", "qat") }
}

/// `istio.mesh.v1alpha1.PrivateKeyProvider.CryptoMb`.
#[derive(Clone, Copy, Debug)]
pub struct PrivateKeyProviderCryptoMb<'a>(pub Node<'a>);
view!(PrivateKeyProviderCryptoMb);
impl<'a> PrivateKeyProviderCryptoMb<'a> {
    /// `fallback`.
    pub fn fallback(self) -> Option<bool> { one(self.0, "fallback", "fallback") }
    /// `pollDelay`.
    pub fn poll_delay(self) -> Option<DurationValue> { one(self.0, "pollDelay", "poll_delay") }
}

/// `istio.mesh.v1alpha1.PrivateKeyProvider.QAT`.
#[derive(Clone, Copy, Debug)]
pub struct PrivateKeyProviderQAT<'a>(pub Node<'a>);
view!(PrivateKeyProviderQAT);
impl<'a> PrivateKeyProviderQAT<'a> {
    /// `fallback`.
    pub fn fallback(self) -> Option<bool> { one(self.0, "fallback", "fallback") }
    /// `pollDelay`.
    pub fn poll_delay(self) -> Option<DurationValue> { one(self.0, "pollDelay", "poll_delay") }
}

/// `istio.mesh.v1alpha1.ProxyConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfig<'a>(pub Node<'a>);
view!(ProxyConfig);
impl<'a> ProxyConfig<'a> {
    /// `availabilityZone`.
    pub fn availability_zone(self) -> Option<Text<'a>> { one(self.0, "availabilityZone", "availability_zone") }
    /// `binaryPath`.
    pub fn binary_path(self) -> Option<Text<'a>> { one(self.0, "binaryPath", "binary_path") }
    /// `caCertificatesPem`.
    pub fn ca_certificates_pem(self) -> List<'a, Text<'a>> { list(self.0, "caCertificatesPem", "ca_certificates_pem") }
    /// `concurrency`.
    pub fn concurrency(self) -> Option<i64> { one(self.0, "concurrency", "concurrency") }
    /// `configPath`.
    pub fn config_path(self) -> Option<Text<'a>> { one(self.0, "configPath", "config_path") }
    /// `connectionSettings`.
    pub fn connection_settings(self) -> Option<ProxyConfigConnectionSettings<'a>> { one(self.0, "connectionSettings", "connection_settings") }
    /// `controlPlaneAuthPolicy`.
    pub fn control_plane_auth_policy(self) -> Option<AuthenticationPolicy> { one(self.0, "controlPlaneAuthPolicy", "control_plane_auth_policy") }
    /// `customConfigFile`.
    pub fn custom_config_file(self) -> Option<Text<'a>> { one(self.0, "customConfigFile", "custom_config_file") }
    /// `discoveryAddress`.
    pub fn discovery_address(self) -> Option<Text<'a>> { one(self.0, "discoveryAddress", "discovery_address") }
    /// `discoveryRefreshDelay`.
    pub fn discovery_refresh_delay(self) -> Option<DurationValue> { one(self.0, "discoveryRefreshDelay", "discovery_refresh_delay") }
    /// `drainDuration`.
    pub fn drain_duration(self) -> Option<DurationValue> { one(self.0, "drainDuration", "drain_duration") }
    /// `envoyAccessLogService`.
    pub fn envoy_access_log_service(self) -> Option<RemoteService<'a>> { one(self.0, "envoyAccessLogService", "envoy_access_log_service") }
    /// `envoyMetricsService`.
    pub fn envoy_metrics_service(self) -> Option<RemoteService<'a>> { one(self.0, "envoyMetricsService", "envoy_metrics_service") }
    /// `envoyMetricsServiceAddress`.
    pub fn envoy_metrics_service_address(self) -> Option<Text<'a>> { one(self.0, "envoyMetricsServiceAddress", "envoy_metrics_service_address") }
    /// `extraStatTags`.
    pub fn extra_stat_tags(self) -> List<'a, Text<'a>> { list(self.0, "extraStatTags", "extra_stat_tags") }
    /// `fileFlushInterval`.
    pub fn file_flush_interval(self) -> Option<DurationValue> { one(self.0, "fileFlushInterval", "file_flush_interval") }
    /// `fileFlushMinSizeKb`.
    pub fn file_flush_min_size_kb(self) -> Option<i64> { one(self.0, "fileFlushMinSizeKb", "file_flush_min_size_kb") }
    /// `gatewayTopology`.
    pub fn gateway_topology(self) -> Option<Topology<'a>> { one(self.0, "gatewayTopology", "gateway_topology") }
    /// `holdApplicationUntilProxyStarts`.
    pub fn hold_application_until_proxy_starts(self) -> Option<bool> { one(self.0, "holdApplicationUntilProxyStarts", "hold_application_until_proxy_starts") }
    /// `image`.
    pub fn image(self) -> Option<super::networking::ProxyImage<'a>> { one(self.0, "image", "image") }
    /// `interceptionMode`.
    pub fn interception_mode(self) -> Option<ProxyConfigInboundInterceptionMode> { one(self.0, "interceptionMode", "interception_mode") }
    /// `meshId`.
    pub fn mesh_id(self) -> Option<Text<'a>> { one(self.0, "meshId", "mesh_id") }
    /// `privateKeyProvider`.
    pub fn private_key_provider(self) -> Option<PrivateKeyProvider<'a>> { one(self.0, "privateKeyProvider", "private_key_provider") }
    /// `proxyAdminPort`.
    pub fn proxy_admin_port(self) -> Option<i64> { one(self.0, "proxyAdminPort", "proxy_admin_port") }
    /// `proxyBootstrapTemplatePath`.
    pub fn proxy_bootstrap_template_path(self) -> Option<Text<'a>> { one(self.0, "proxyBootstrapTemplatePath", "proxy_bootstrap_template_path") }
    /// `proxyHeaders`.
    pub fn proxy_headers(self) -> Option<ProxyConfigProxyHeaders<'a>> { one(self.0, "proxyHeaders", "proxy_headers") }
    /// `proxyMetadata`.
    pub fn proxy_metadata(self) -> Entries<'a, Text<'a>> { entries(self.0, "proxyMetadata", "proxy_metadata") }
    /// `proxyStatsMatcher`.
    pub fn proxy_stats_matcher(self) -> Option<ProxyConfigProxyStatsMatcher<'a>> { one(self.0, "proxyStatsMatcher", "proxy_stats_matcher") }
    /// `readinessProbe`.
    pub fn readiness_probe(self) -> Option<super::networking::ReadinessProbe<'a>> { one(self.0, "readinessProbe", "readiness_probe") }
    /// `runtimeValues`.
    pub fn runtime_values(self) -> Entries<'a, Text<'a>> { entries(self.0, "runtimeValues", "runtime_values") }
    /// `sds`.
    pub fn sds(self) -> Option<SDS<'a>> { one(self.0, "sds", "sds") }
    /// `serviceCluster`.
    pub fn service_cluster(self) -> Option<Text<'a>> { one(self.0, "serviceCluster", "service_cluster") }
    /// `statNameLength`.
    pub fn stat_name_length(self) -> Option<i64> { one(self.0, "statNameLength", "stat_name_length") }
    /// `statsCompression`.
    pub fn stats_compression(self) -> Option<bool> { one(self.0, "statsCompression", "stats_compression") }
    /// `statsdUdpAddress`.
    pub fn statsd_udp_address(self) -> Option<Text<'a>> { one(self.0, "statsdUdpAddress", "statsd_udp_address") }
    /// `statusPort`.
    pub fn status_port(self) -> Option<i64> { one(self.0, "statusPort", "status_port") }
    /// `terminationDrainDuration`.
    pub fn termination_drain_duration(self) -> Option<DurationValue> { one(self.0, "terminationDrainDuration", "termination_drain_duration") }
    /// `tracing`.
    pub fn tracing(self) -> Option<Tracing<'a>> { one(self.0, "tracing", "tracing") }
    /// `tracingServiceName`.
    pub fn tracing_service_name(self) -> Option<ProxyConfigTracingServiceName> { one(self.0, "tracingServiceName", "tracing_service_name") }
    /// `zipkinAddress`.
    pub fn zipkin_address(self) -> Option<Text<'a>> { one(self.0, "zipkinAddress", "zipkin_address") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigConnectionSettings<'a>(pub Node<'a>);
view!(ProxyConfigConnectionSettings);
impl<'a> ProxyConfigConnectionSettings<'a> {
    /// `clusterPerConnectionBufferLimitBytes`.
    pub fn cluster_per_connection_buffer_limit_bytes(self) -> Option<i64> { one(self.0, "clusterPerConnectionBufferLimitBytes", "cluster_per_connection_buffer_limit_bytes") }
    /// `globalDownstreamConnectionLimit`.
    pub fn global_downstream_connection_limit(self) -> Option<i64> { one(self.0, "globalDownstreamConnectionLimit", "global_downstream_connection_limit") }
    /// `http2InitialConnectionWindowSize`.
    pub fn http2_initial_connection_window_size(self) -> Option<i64> { one(self.0, "http2InitialConnectionWindowSize", "http2_initial_connection_window_size") }
    /// `http2InitialStreamWindowSize`.
    pub fn http2_initial_stream_window_size(self) -> Option<i64> { one(self.0, "http2InitialStreamWindowSize", "http2_initial_stream_window_size") }
    /// `httpDrainTimeout`.
    pub fn http_drain_timeout(self) -> Option<DurationValue> { one(self.0, "httpDrainTimeout", "http_drain_timeout") }
    /// `httpHeadersWithUnderscoresAction`.
    pub fn http_headers_with_underscores_action(self) -> Option<ProxyConfigConnectionSettingsHeadersWithUnderscoresAction> { one(self.0, "httpHeadersWithUnderscoresAction", "http_headers_with_underscores_action") }
    /// `httpIdleTimeout`.
    pub fn http_idle_timeout(self) -> Option<DurationValue> { one(self.0, "httpIdleTimeout", "http_idle_timeout") }
    /// `httpMaxConcurrentStreams`.
    pub fn http_max_concurrent_streams(self) -> Option<i64> { one(self.0, "httpMaxConcurrentStreams", "http_max_concurrent_streams") }
    /// `httpMaxConnectionDuration`.
    pub fn http_max_connection_duration(self) -> Option<DurationValue> { one(self.0, "httpMaxConnectionDuration", "http_max_connection_duration") }
    /// `httpMaxStreamDuration`.
    pub fn http_max_stream_duration(self) -> Option<DurationValue> { one(self.0, "httpMaxStreamDuration", "http_max_stream_duration") }
    /// `httpMergeSlashes`.
    pub fn http_merge_slashes(self) -> Option<bool> { one(self.0, "httpMergeSlashes", "http_merge_slashes") }
    /// `httpPathWithEscapedSlashesAction`.
    pub fn http_path_with_escaped_slashes_action(self) -> Option<ProxyConfigConnectionSettingsPathWithEscapedSlashesAction> { one(self.0, "httpPathWithEscapedSlashesAction", "http_path_with_escaped_slashes_action") }
    /// `httpRequestHeadersTimeout`.
    pub fn http_request_headers_timeout(self) -> Option<DurationValue> { one(self.0, "httpRequestHeadersTimeout", "http_request_headers_timeout") }
    /// `httpRequestTimeout`.
    pub fn http_request_timeout(self) -> Option<DurationValue> { one(self.0, "httpRequestTimeout", "http_request_timeout") }
    /// `httpStreamIdleTimeout`.
    pub fn http_stream_idle_timeout(self) -> Option<DurationValue> { one(self.0, "httpStreamIdleTimeout", "http_stream_idle_timeout") }
    /// `listenerConnectionLimit`.
    pub fn listener_connection_limit(self) -> Option<i64> { one(self.0, "listenerConnectionLimit", "listener_connection_limit") }
    /// `listenerPerConnectionBufferLimitBytes`.
    pub fn listener_per_connection_buffer_limit_bytes(self) -> Option<i64> { one(self.0, "listenerPerConnectionBufferLimitBytes", "listener_per_connection_buffer_limit_bytes") }
    /// `profile`.
    pub fn profile(self) -> Option<ProxyConfigConnectionSettingsProfile> { one(self.0, "profile", "profile") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeaders<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeaders);
impl<'a> ProxyConfigProxyHeaders<'a> {
    /// `attemptCount`.
    pub fn attempt_count(self) -> Option<ProxyConfigProxyHeadersAttemptCount<'a>> { one(self.0, "attemptCount", "attempt_count") }
    /// `envoyDebugHeaders`.
    pub fn envoy_debug_headers(self) -> Option<ProxyConfigProxyHeadersEnvoyDebugHeaders<'a>> { one(self.0, "envoyDebugHeaders", "envoy_debug_headers") }
    /// `forwardedClientCert`.
    pub fn forwarded_client_cert(self) -> Option<ForwardClientCertDetails> { one(self.0, "forwardedClientCert", "forwarded_client_cert") }
    /// `metadataExchangeHeaders`.
    pub fn metadata_exchange_headers(self) -> Option<ProxyConfigProxyHeadersMetadataExchangeHeaders<'a>> { one(self.0, "metadataExchangeHeaders", "metadata_exchange_headers") }
    /// `preserveHttp1HeaderCase`.
    pub fn preserve_http1_header_case(self) -> Option<bool> { one(self.0, "preserveHttp1HeaderCase", "preserve_http1_header_case") }
    /// `requestId`.
    pub fn request_id(self) -> Option<ProxyConfigProxyHeadersRequestId<'a>> { one(self.0, "requestId", "request_id") }
    /// `server`.
    pub fn server(self) -> Option<ProxyConfigProxyHeadersServer<'a>> { one(self.0, "server", "server") }
    /// `setCurrentClientCertDetails`.
    pub fn set_current_client_cert_details(self) -> Option<ProxyConfigProxyHeadersSetCurrentClientCertDetails<'a>> { one(self.0, "setCurrentClientCertDetails", "set_current_client_cert_details") }
    /// `xForwardedHost`.
    pub fn x_forwarded_host(self) -> Option<ProxyConfigProxyHeadersXForwardedHost<'a>> { one(self.0, "xForwardedHost", "x_forwarded_host") }
    /// `xForwardedPort`.
    pub fn x_forwarded_port(self) -> Option<ProxyConfigProxyHeadersXForwardedPort<'a>> { one(self.0, "xForwardedPort", "x_forwarded_port") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.AttemptCount`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersAttemptCount<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersAttemptCount);
impl<'a> ProxyConfigProxyHeadersAttemptCount<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.EnvoyDebugHeaders`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersEnvoyDebugHeaders<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersEnvoyDebugHeaders);
impl<'a> ProxyConfigProxyHeadersEnvoyDebugHeaders<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.MetadataExchangeHeaders`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersMetadataExchangeHeaders<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersMetadataExchangeHeaders);
impl<'a> ProxyConfigProxyHeadersMetadataExchangeHeaders<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<ProxyConfigProxyHeadersMetadataExchangeMode> { one(self.0, "mode", "mode") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.RequestId`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersRequestId<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersRequestId);
impl<'a> ProxyConfigProxyHeadersRequestId<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.Server`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersServer<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersServer);
impl<'a> ProxyConfigProxyHeadersServer<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.SetCurrentClientCertDetails`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersSetCurrentClientCertDetails<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersSetCurrentClientCertDetails);
impl<'a> ProxyConfigProxyHeadersSetCurrentClientCertDetails<'a> {
    /// `cert`.
    pub fn cert(self) -> Option<bool> { one(self.0, "cert", "cert") }
    /// `chain`.
    pub fn chain(self) -> Option<bool> { one(self.0, "chain", "chain") }
    /// `dns`.
    pub fn dns(self) -> Option<bool> { one(self.0, "dns", "dns") }
    /// `subject`.
    pub fn subject(self) -> Option<bool> { one(self.0, "subject", "subject") }
    /// `uri`.
    pub fn uri(self) -> Option<bool> { one(self.0, "uri", "uri") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.XForwardedHost`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersXForwardedHost<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersXForwardedHost);
impl<'a> ProxyConfigProxyHeadersXForwardedHost<'a> {
    /// `enabled`.
    pub fn enabled(self) -> Option<bool> { one(self.0, "enabled", "enabled") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.XForwardedPort`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyHeadersXForwardedPort<'a>(pub Node<'a>);
view!(ProxyConfigProxyHeadersXForwardedPort);
impl<'a> ProxyConfigProxyHeadersXForwardedPort<'a> {
    /// `enabled`.
    pub fn enabled(self) -> Option<bool> { one(self.0, "enabled", "enabled") }
}

/// `istio.mesh.v1alpha1.ProxyConfig.ProxyStatsMatcher`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfigProxyStatsMatcher<'a>(pub Node<'a>);
view!(ProxyConfigProxyStatsMatcher);
impl<'a> ProxyConfigProxyStatsMatcher<'a> {
    /// `inclusionPrefixes`.
    pub fn inclusion_prefixes(self) -> List<'a, Text<'a>> { list(self.0, "inclusionPrefixes", "inclusion_prefixes") }
    /// `inclusionRegexps`.
    pub fn inclusion_regexps(self) -> List<'a, Text<'a>> { list(self.0, "inclusionRegexps", "inclusion_regexps") }
    /// `inclusionSuffixes`.
    pub fn inclusion_suffixes(self) -> List<'a, Text<'a>> { list(self.0, "inclusionSuffixes", "inclusion_suffixes") }
}

/// `istio.mesh.v1alpha1.RemoteService`.
#[derive(Clone, Copy, Debug)]
pub struct RemoteService<'a>(pub Node<'a>);
view!(RemoteService);
impl<'a> RemoteService<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `tcpKeepalive`.
    pub fn tcp_keepalive(self) -> Option<super::networking::ConnectionPoolSettingsTCPSettingsTcpKeepalive<'a>> { one(self.0, "tcpKeepalive", "tcp_keepalive") }
    /// `tlsSettings`.
    pub fn tls_settings(self) -> Option<super::networking::ClientTLSSettings<'a>> { one(self.0, "tlsSettings", "tls_settings") }
}

/// `istio.mesh.v1alpha1.SDS`.
#[derive(Clone, Copy, Debug)]
pub struct SDS<'a>(pub Node<'a>);
view!(SDS);
impl<'a> SDS<'a> {
    /// `enabled`.
    pub fn enabled(self) -> Option<bool> { one(self.0, "enabled", "enabled") }
    /// `k8sSaJwtPath`.
    pub fn k8s_sa_jwt_path(self) -> Option<Text<'a>> { one(self.0, "k8sSaJwtPath", "k8s_sa_jwt_path") }
}

/// `istio.mesh.v1alpha1.ServiceEntryVisibility`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceEntryVisibility<'a>(pub Node<'a>);
view!(ServiceEntryVisibility);
impl<'a> ServiceEntryVisibility<'a> {
    /// `applyToSidecars`.
    pub fn apply_to_sidecars(self) -> Option<bool> { one(self.0, "applyToSidecars", "apply_to_sidecars") }
    /// `defaultVisibility`.
    pub fn default_visibility(self) -> Option<ServiceEntryVisibilityVisibility> { one(self.0, "defaultVisibility", "default_visibility") }
    /// `policies`.
    pub fn policies(self) -> List<'a, ServiceEntryVisibilityPolicy<'a>> { list(self.0, "policies", "policies") }
}

/// `istio.mesh.v1alpha1.ServiceEntryVisibility.MatchRule`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceEntryVisibilityMatchRule<'a>(pub Node<'a>);
view!(ServiceEntryVisibilityMatchRule);
impl<'a> ServiceEntryVisibilityMatchRule<'a> {
    /// `namespaceSelector`.
    pub fn namespace_selector(self) -> Option<LabelSelector<'a>> { one(self.0, "namespaceSelector", "namespace_selector") }
}

/// `istio.mesh.v1alpha1.ServiceEntryVisibility.Policy`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceEntryVisibilityPolicy<'a>(pub Node<'a>);
view!(ServiceEntryVisibilityPolicy);
impl<'a> ServiceEntryVisibilityPolicy<'a> {
    /// `matchingRules`.
    pub fn matching_rules(self) -> List<'a, ServiceEntryVisibilityMatchRule<'a>> { list(self.0, "matchingRules", "matching_rules") }
    /// `visibility`.
    pub fn visibility(self) -> Option<ServiceEntryVisibilityVisibility> { one(self.0, "visibility", "visibility") }
}

/// `istio.mesh.v1alpha1.Topology`.
#[derive(Clone, Copy, Debug)]
pub struct Topology<'a>(pub Node<'a>);
view!(Topology);
impl<'a> Topology<'a> {
    /// `forwardClientCertDetails`.
    pub fn forward_client_cert_details(self) -> Option<ForwardClientCertDetails> { one(self.0, "forwardClientCertDetails", "forward_client_cert_details") }
    /// `numTrustedProxies`.
    pub fn num_trusted_proxies(self) -> Option<i64> { one(self.0, "numTrustedProxies", "num_trusted_proxies") }
    /// `proxyProtocol`.
    pub fn proxy_protocol(self) -> Option<TopologyProxyProtocolConfiguration<'a>> { one(self.0, "proxyProtocol", "proxy_protocol") }
}

/// `istio.mesh.v1alpha1.Topology.ProxyProtocolConfiguration`.
#[derive(Clone, Copy, Debug)]
pub struct TopologyProxyProtocolConfiguration<'a>(pub Node<'a>);
view!(TopologyProxyProtocolConfiguration);

/// `istio.mesh.v1alpha1.Tracing`.
#[derive(Clone, Copy, Debug)]
pub struct Tracing<'a>(pub Node<'a>);
view!(Tracing);
impl<'a> Tracing<'a> {
    /// `customTags`.
    pub fn custom_tags(self) -> Entries<'a, TracingCustomTag<'a>> { entries(self.0, "customTags", "custom_tags") }
    /// `datadog`.
    pub fn datadog(self) -> Option<TracingDatadog<'a>> { one(self.0, "datadog", "datadog") }
    /// `enableIstioTags`.
    pub fn enable_istio_tags(self) -> Option<bool> { one(self.0, "enableIstioTags", "enable_istio_tags") }
    /// `lightstep`.
    pub fn lightstep(self) -> Option<TracingLightstep<'a>> { one(self.0, "lightstep", "lightstep") }
    /// `maxPathTagLength`.
    pub fn max_path_tag_length(self) -> Option<i64> { one(self.0, "maxPathTagLength", "max_path_tag_length") }
    /// `openCensusAgent`.
    pub fn open_census_agent(self) -> Option<TracingOpenCensusAgent<'a>> { one(self.0, "openCensusAgent", "open_census_agent") }
    /// `sampling`.
    pub fn sampling(self) -> Option<f64> { one(self.0, "sampling", "sampling") }
    /// `stackdriver`.
    pub fn stackdriver(self) -> Option<TracingStackdriver<'a>> { one(self.0, "stackdriver", "stackdriver") }
    /// `tlsSettings`.
    pub fn tls_settings(self) -> Option<super::networking::ClientTLSSettings<'a>> { one(self.0, "tlsSettings", "tls_settings") }
    /// `zipkin`.
    pub fn zipkin(self) -> Option<TracingZipkin<'a>> { one(self.0, "zipkin", "zipkin") }
}

/// `istio.mesh.v1alpha1.Tracing.CustomTag`.
#[derive(Clone, Copy, Debug)]
pub struct TracingCustomTag<'a>(pub Node<'a>);
view!(TracingCustomTag);
impl<'a> TracingCustomTag<'a> {
    /// `environment`.
    pub fn environment(self) -> Option<TracingEnvironment<'a>> { one(self.0, "environment", "environment") }
    /// `header`.
    pub fn header(self) -> Option<TracingRequestHeader<'a>> { one(self.0, "header", "header") }
    /// `literal`.
    pub fn literal(self) -> Option<TracingLiteral<'a>> { one(self.0, "literal", "literal") }
}

/// `istio.mesh.v1alpha1.Tracing.Datadog`.
#[derive(Clone, Copy, Debug)]
pub struct TracingDatadog<'a>(pub Node<'a>);
view!(TracingDatadog);
impl<'a> TracingDatadog<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
}

/// `istio.mesh.v1alpha1.Tracing.Environment`.
#[derive(Clone, Copy, Debug)]
pub struct TracingEnvironment<'a>(pub Node<'a>);
view!(TracingEnvironment);
impl<'a> TracingEnvironment<'a> {
    /// `defaultValue`.
    pub fn default_value(self) -> Option<Text<'a>> { one(self.0, "defaultValue", "default_value") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.mesh.v1alpha1.Tracing.Lightstep`.
#[derive(Clone, Copy, Debug)]
pub struct TracingLightstep<'a>(pub Node<'a>);
view!(TracingLightstep);
impl<'a> TracingLightstep<'a> {
    /// `accessToken`.
    pub fn access_token(self) -> Option<Text<'a>> { one(self.0, "accessToken", "access_token") }
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
}

/// `istio.mesh.v1alpha1.Tracing.Literal`.
#[derive(Clone, Copy, Debug)]
pub struct TracingLiteral<'a>(pub Node<'a>);
view!(TracingLiteral);
impl<'a> TracingLiteral<'a> {
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.mesh.v1alpha1.Tracing.OpenCensusAgent`.
#[derive(Clone, Copy, Debug)]
pub struct TracingOpenCensusAgent<'a>(pub Node<'a>);
view!(TracingOpenCensusAgent);
impl<'a> TracingOpenCensusAgent<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `context`.
    pub fn context(self) -> List<'a, TracingOpenCensusAgentTraceContext> { list(self.0, "context", "context") }
}

/// `istio.mesh.v1alpha1.Tracing.RequestHeader`.
#[derive(Clone, Copy, Debug)]
pub struct TracingRequestHeader<'a>(pub Node<'a>);
view!(TracingRequestHeader);
impl<'a> TracingRequestHeader<'a> {
    /// `defaultValue`.
    pub fn default_value(self) -> Option<Text<'a>> { one(self.0, "defaultValue", "default_value") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.mesh.v1alpha1.Tracing.Stackdriver`.
#[derive(Clone, Copy, Debug)]
pub struct TracingStackdriver<'a>(pub Node<'a>);
view!(TracingStackdriver);
impl<'a> TracingStackdriver<'a> {
    /// `debug`.
    pub fn debug(self) -> Option<bool> { one(self.0, "debug", "debug") }
    /// `maxNumberOfAnnotations`.
    pub fn max_number_of_annotations(self) -> Option<i64> { one(self.0, "maxNumberOfAnnotations", "max_number_of_annotations") }
    /// `maxNumberOfAttributes`.
    pub fn max_number_of_attributes(self) -> Option<i64> { one(self.0, "maxNumberOfAttributes", "max_number_of_attributes") }
    /// `maxNumberOfMessageEvents`.
    pub fn max_number_of_message_events(self) -> Option<i64> { one(self.0, "maxNumberOfMessageEvents", "max_number_of_message_events") }
}

/// `istio.mesh.v1alpha1.Tracing.Zipkin`.
#[derive(Clone, Copy, Debug)]
pub struct TracingZipkin<'a>(pub Node<'a>);
view!(TracingZipkin);
impl<'a> TracingZipkin<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
}

words! {
    /// `istio.mesh.v1alpha1.AuthenticationPolicy`.
    AuthenticationPolicy true {
        None = "NONE", 0;
        MutualTls = "MUTUAL_TLS", 1;
        Inherit = "INHERIT", 1000;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ForwardClientCertDetails`.
    ForwardClientCertDetails true {
        Undefined = "UNDEFINED", 0;
        Sanitize = "SANITIZE", 1;
        ForwardOnly = "FORWARD_ONLY", 2;
        AppendForward = "APPEND_FORWARD", 3;
        SanitizeSet = "SANITIZE_SET", 4;
        AlwaysForwardOnly = "ALWAYS_FORWARD_ONLY", 5;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.AccessLogEncoding`.
    MeshConfigAccessLogEncoding true {
        Text = "TEXT", 0;
        Json = "JSON", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenCensusAgentTracingProvider.TraceContext`.
    MeshConfigExtensionProviderOpenCensusAgentTracingProviderTraceContext true {
        Unspecified = "UNSPECIFIED", 0;
        W3cTraceContext = "W3C_TRACE_CONTEXT", 1;
        GrpcBin = "GRPC_BIN", 2;
        CloudTraceContext = "CLOUD_TRACE_CONTEXT", 3;
        B3 = "B3", 4;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ServiceAttributeEnrichment`.
    MeshConfigExtensionProviderServiceAttributeEnrichment true {
        IstioCanonical = "ISTIO_CANONICAL", 0;
        OtelSemanticConventions = "OTEL_SEMANTIC_CONVENTIONS", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ZipkinTracingProvider.TraceContextOption`.
    MeshConfigExtensionProviderZipkinTracingProviderTraceContextOption true {
        UseB3 = "USE_B3", 0;
        UseB3WithW3cPropagation = "USE_B3_WITH_W3C_PROPAGATION", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.H2UpgradePolicy`.
    MeshConfigH2UpgradePolicy true {
        DoNotUpgrade = "DO_NOT_UPGRADE", 0;
        Upgrade = "UPGRADE", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.InboundTrafficPolicy.Mode`.
    MeshConfigInboundTrafficPolicyMode true {
        Passthrough = "PASSTHROUGH", 0;
        Localhost = "LOCALHOST", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.IngressControllerMode`.
    MeshConfigIngressControllerMode true {
        Unspecified = "UNSPECIFIED", 0;
        Off = "OFF", 1;
        Default = "DEFAULT", 2;
        Strict = "STRICT", 3;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.OutboundTrafficPolicy.Mode`.
    MeshConfigOutboundTrafficPolicyMode true {
        RegistryOnly = "REGISTRY_ONLY", 0;
        AllowAny = "ALLOW_ANY", 1;
        AllowAnyDynamicDns = "ALLOW_ANY_DYNAMIC_DNS", 3;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.ProxyPathNormalization.NormalizationType`.
    MeshConfigProxyPathNormalizationNormalizationType true {
        Default = "DEFAULT", 0;
        None = "NONE", 1;
        Base = "BASE", 2;
        MergeSlashes = "MERGE_SLASHES", 3;
        DecodeAndMergeSlashes = "DECODE_AND_MERGE_SLASHES", 4;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.ServiceScopeConfigs.Scope`.
    MeshConfigServiceScopeConfigsScope true {
        Local = "LOCAL", 0;
        Global = "GLOBAL", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.MeshConfig.TLSConfig.TLSProtocol`.
    MeshConfigTLSConfigTLSProtocol true {
        TlsAuto = "TLS_AUTO", 0;
        Tlsv12 = "TLSV1_2", 1;
        Tlsv13 = "TLSV1_3", 2;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.HeadersWithUnderscoresAction`.
    ProxyConfigConnectionSettingsHeadersWithUnderscoresAction true {
        HeadersWithUnderscoresUnspecified = "HEADERS_WITH_UNDERSCORES_UNSPECIFIED", 0;
        HeadersWithUnderscoresAllow = "HEADERS_WITH_UNDERSCORES_ALLOW", 1;
        HeadersWithUnderscoresRejectRequest = "HEADERS_WITH_UNDERSCORES_REJECT_REQUEST", 2;
        HeadersWithUnderscoresDropHeader = "HEADERS_WITH_UNDERSCORES_DROP_HEADER", 3;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.PathWithEscapedSlashesAction`.
    ProxyConfigConnectionSettingsPathWithEscapedSlashesAction true {
        PathWithEscapedSlashesUnspecified = "PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED", 0;
        KeepUnchanged = "KEEP_UNCHANGED", 1;
        RejectRequest = "REJECT_REQUEST", 2;
        UnescapeAndRedirect = "UNESCAPE_AND_REDIRECT", 3;
        UnescapeAndForward = "UNESCAPE_AND_FORWARD", 4;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.Profile`.
    ProxyConfigConnectionSettingsProfile true {
        Sidecar = "SIDECAR", 0;
        Edge = "EDGE", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.InboundInterceptionMode`.
    ProxyConfigInboundInterceptionMode true {
        Redirect = "REDIRECT", 0;
        Tproxy = "TPROXY", 1;
        None = "NONE", 2;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.MetadataExchangeMode`.
    ProxyConfigProxyHeadersMetadataExchangeMode true {
        Undefined = "UNDEFINED", 0;
        InMesh = "IN_MESH", 1;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ProxyConfig.TracingServiceName`.
    ProxyConfigTracingServiceName true {
        AppLabelAndNamespace = "APP_LABEL_AND_NAMESPACE", 0;
        CanonicalNameOnly = "CANONICAL_NAME_ONLY", 1;
        CanonicalNameAndNamespace = "CANONICAL_NAME_AND_NAMESPACE", 2;
    }
}

words! {
    /// `istio.mesh.v1alpha1.Resource`.
    Resource true {
        ServiceRegistry = "SERVICE_REGISTRY", 0;
    }
}

words! {
    /// `istio.mesh.v1alpha1.ServiceEntryVisibility.Visibility`.
    ServiceEntryVisibilityVisibility true {
        VisibilityUnspecified = "VISIBILITY_UNSPECIFIED", 0;
        None = "NONE", 1;
        Namespace = "NAMESPACE", 2;
        Public = "PUBLIC", 3;
    }
}

words! {
    /// `istio.mesh.v1alpha1.Tracing.OpenCensusAgent.TraceContext`.
    TracingOpenCensusAgentTraceContext true {
        Unspecified = "UNSPECIFIED", 0;
        W3cTraceContext = "W3C_TRACE_CONTEXT", 1;
        GrpcBin = "GRPC_BIN", 2;
        CloudTraceContext = "CLOUD_TRACE_CONTEXT", 3;
        B3 = "B3", 4;
    }
}

