//! MeshConfig with Istio's defaults (`pkg/config/mesh/mesh.go`).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{At, Origin};

use super::{ClientTls, ConnectionPool, OutlierDetection, Retries, TcpKeepalive, TlsVersion, Visibility};

/// What happens to calls of unknown hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutboundTrafficPolicy {
    /// Refused.
    RegistryOnly,
    /// Sent to the address that was dialled.
    #[default]
    AllowAny,
    /// Sent to what DNS says of the host.
    AllowAnyDynamicDns,
}

/// Path normalisation of the proxies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum PathNormalization {
    Default,
    None,
    #[default]
    Base,
    MergeSlashes,
    DecodeAndMergeSlashes,
}

/// `forwardClientCertDetails` of a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum ForwardClientCert {
    #[default]
    Undefined,
    Sanitize,
    ForwardOnly,
    AppendForward,
    SanitizeSet,
    AlwaysForwardOnly,
}

/// `localityLbSetting`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalityLb {
    /// Locality to shares of other localities.
    pub distribute: Vec<(String, BTreeMap<String, u32>)>,
    /// Region to region.
    pub failover: Vec<(String, String)>,
    /// Labels in order.
    pub failover_priority: Vec<String>,
    /// `None` is on.
    pub enabled: Option<bool>,
}

/// `proxyHeaders` of a proxy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyHeaders {
    /// `x-forwarded-client-cert` mode.
    pub forwarded_client_cert: ForwardClientCert,
    /// Parts of the client certificate that are set, where written: cert, chain, dns, subject, uri.
    pub set_current_client_cert_details: Option<[Option<bool>; 5]>,
    /// `requestId.disabled`.
    pub request_id_disabled: Option<bool>,
    /// `server.disabled`.
    pub server_disabled: Option<bool>,
    /// `server.value`.
    pub server_value: String,
    /// `attemptCount.disabled`.
    pub attempt_count_disabled: Option<bool>,
    /// `envoyDebugHeaders.disabled`.
    pub debug_headers_disabled: Option<bool>,
    /// `metadataExchangeHeaders.mode`: `IN_MESH` or `UNDEFINED`.
    pub metadata_exchange_in_mesh: bool,
    /// `preserveHttp1HeaderCase`.
    pub preserve_http1_header_case: Option<bool>,
    /// `xForwardedHost.enabled`.
    pub x_forwarded_host: Option<bool>,
    /// `xForwardedPort.enabled`.
    pub x_forwarded_port: Option<bool>,
}

/// Settings of one proxy: mesh default, ProxyConfig objects and the Pod's annotation, merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxySettings {
    /// `gatewayTopology.numTrustedProxies`.
    pub num_trusted_proxies: u32,
    /// `gatewayTopology.forwardClientCertDetails`.
    pub forward_client_cert: ForwardClientCert,
    /// `gatewayTopology.proxyProtocol` is written.
    pub gateway_proxy_protocol: bool,
    /// `proxyHeaders`.
    pub headers: ProxyHeaders,
    /// `privateKeyProvider` and further fields as canonical JSON, for what is not modelled yet.
    pub raw: BTreeMap<String, String>,
    /// `proxyMetadata`.
    pub metadata: BTreeMap<String, String>,
    /// `tracing.sampling`, percent.
    pub tracing_sampling: Option<f64>,
    /// `tracing.maxPathTagLength`.
    pub max_path_tag_length: Option<u32>,
    /// `tracing` names a tracer: its field (`zipkin`, `lightstep`, …) and address.
    pub tracer: Option<(String, String)>,
    /// `tracing.enableIstioTags`; `None` when not written.
    pub enable_istio_tags: Option<bool>,
    /// `tracing.customTags` as canonical JSON by tag.
    pub custom_tags: BTreeMap<String, String>,
    /// `discoveryAddress`.
    pub discovery_address: String,
    /// The texts themselves as JSON; what comes later counts more.
    pub layers: Vec<String>,
}

/// Who sees the ServiceEntries of a namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryVisibility {
    /// As their `exportTo` says.
    #[default]
    AsExported,
    /// At most their own namespace.
    Namespace,
    /// Nobody.
    Nobody,
}

/// `zoneAwareLbSetting`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneAwareLb {
    /// Failover, from region to region.
    pub failover: Vec<(String, String)>,
    /// Labels by which endpoints are preferred.
    pub failover_priority: Vec<String>,
    /// Endpoints below which zones do not count; `None` when not written.
    pub min_cluster_size: Option<u32>,
    /// `Some(false)` forbids Envoy to prefer the own zone by itself.
    pub enabled: Option<bool>,
}

/// Access log format of a mesh-wide file log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessLogFormat {
    /// `JSON` rather than `TEXT`.
    pub json: bool,
    /// Format; empty is Istio's default.
    pub format: String,
    /// Where the format is written.
    pub origin: Origin,
}

/// A provider of `extensionProviders`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionProvider {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ProviderKind,
    /// The entry in the file.
    pub origin: Origin,
}

/// Kinds of providers.
#[derive(Clone, Debug, PartialEq)]
pub enum ProviderKind {
    /// `envoyExtAuthzHttp`, `envoyExtAuthzGrpc` and all others: the field's name and its content as canonical JSON.
    Fields {
        /// Name of the field.
        field: String,
        /// Content as canonical JSON.
        json: String,
    },
}

/// MeshConfig with defaults applied. Durations are nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshSettings {
    /// `rootNamespace`.
    pub root_namespace: String,
    /// `trustDomain`.
    pub trust_domain: String,
    /// `trustDomainAliases`.
    pub trust_domain_aliases: Vec<String>,
    /// DNS domain of the cluster.
    pub domain: String,
    /// Cluster id.
    pub cluster_id: String,
    /// Mesh id; empty takes the trust domain.
    pub mesh_id: String,
    /// Network of the cluster where it is stated.
    pub network: String,
    /// `connectTimeout`.
    pub connect_timeout: i128,
    /// `protocolDetectionTimeout`.
    pub protocol_detection_timeout: i128,
    /// `dnsRefreshRate`.
    pub dns_refresh_rate: i128,
    /// `enableAutoMtls`.
    pub auto_mtls: bool,
    /// `outboundTrafficPolicy.mode`.
    pub outbound: OutboundTrafficPolicy,
    /// `outboundTrafficPolicy.tls`, for `ALLOW_ANY_DYNAMIC_DNS`.
    pub outbound_tls: Option<ClientTls>,
    /// `tlsDefaults.cipherSuites`.
    pub tls_defaults_ciphers: Vec<String>,
    /// `pathNormalization.normalization`.
    pub path_normalization: PathNormalization,
    /// `localityLbSetting`.
    pub locality_lb: LocalityLb,
    /// `zoneAwareLbSetting`, which comes before `localityLbSetting`.
    pub zone_aware_lb: Option<ZoneAwareLb>,
    /// `defaultConfig`.
    pub proxy: ProxySettings,
    /// `accessLogFile`; empty for none.
    pub access_log_file: String,
    /// `accessLogEncoding` and `accessLogFormat`.
    pub access_log_format: AccessLogFormat,
    /// `enableEnvoyAccessLogService`.
    pub access_log_service: bool,
    /// `disableEnvoyListenerLog`.
    pub disable_listener_log: bool,
    /// `enableTracing`.
    pub enable_tracing: bool,
    /// `defaultProviders`: tracing, metrics, accessLogging.
    pub default_tracing_providers: Vec<String>,
    /// Providers of metrics.
    pub default_metrics_providers: Vec<String>,
    /// Providers of access logs.
    pub default_access_log_providers: Vec<String>,
    /// `extensionProviders`.
    pub extension_providers: Vec<ExtensionProvider>,
    /// `enablePrometheusMerge`.
    pub prometheus_merge: bool,
    /// `defaultServiceExportTo`.
    pub default_service_visibility: Visibility,
    /// Namespaces that `discoverySelectors` choose; `None` is all.
    pub discovered: Option<BTreeSet<String>>,
    /// Who sees the ServiceEntries of a namespace (`serviceEntryVisibility`), where it says anything to sidecars.
    pub entry_visibility: BTreeMap<String, EntryVisibility>,
    /// `defaultVirtualServiceExportTo`.
    pub default_virtual_service_visibility: Visibility,
    /// `defaultDestinationRuleExportTo`.
    pub default_destination_rule_visibility: Visibility,
    /// `h2UpgradePolicy` is UPGRADE.
    pub h2_upgrade: bool,
    /// `tcpKeepalive`.
    pub tcp_keepalive: Option<TcpKeepalive>,
    /// Nanoseconds after which an idle tunnel closes; `None` when not stated.
    pub hbone_idle_timeout: Option<i128>,
    /// `defaultHttpRetryPolicy`; `None` when not written.
    pub default_retry: Option<Retries>,
    /// `defaultTrafficPolicy.connectionPool`.
    pub default_connection_pool: Option<ConnectionPool>,
    /// `defaultTrafficPolicy.outlierDetection`.
    pub default_outlier_detection: Option<OutlierDetection>,
    /// `inboundClusterStatName`.
    pub inbound_cluster_stat_name: String,
    /// `outboundClusterStatName`.
    pub outbound_cluster_stat_name: String,
    /// `inboundTrafficPolicy.mode` is LOCALHOST.
    pub inbound_localhost: bool,
    /// `proxyInboundListenPort`.
    pub inbound_listen_port: At<u32>,
    /// `proxyListenPort`.
    pub outbound_listen_port: At<u32>,
    /// `proxyHttpPort`; 0 for none.
    pub http_proxy_port: At<u32>,
    /// `verifyCertificateAtClient`.
    pub verify_certificate_at_client: Option<bool>,
    /// `meshMTLS.minProtocolVersion`.
    pub mesh_mtls_min_version: TlsVersion,
    /// `tlsDefaults.minProtocolVersion`.
    pub tls_defaults_min_version: TlsVersion,
    /// `meshMTLS.cipherSuites`.
    pub mesh_mtls_ciphers: Vec<String>,
    /// `tlsDefaults.ecdhCurves`.
    pub ecdh_curves: Vec<String>,
    /// `ingressClass`.
    pub ingress_class: String,
    /// `ingressService`.
    pub ingress_service: String,
    /// `ingressSelector`.
    pub ingress_selector: String,
    /// `ingressControllerMode`: `OFF`, `DEFAULT`, `STRICT`.
    pub ingress_controller_mode: String,
    /// Where the configuration was written.
    pub origin: Origin,
}
