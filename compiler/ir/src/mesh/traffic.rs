//! DestinationRules (`networking/v1/destination_rule.proto`).

use std::collections::BTreeMap;

use crate::base::{At, Origin};

use super::{Hostname, Labels, LocalityLb, Meta, Visibility, ZoneAwareLb};

/// A DestinationRule with its host fully qualified.
#[derive(Clone, Debug, Default)]
pub struct DestinationRule {
    /// Head.
    pub meta: Meta,
    /// Host, possibly with a leading `*`.
    pub host: At<Hostname>,
    /// Policy of the host.
    pub traffic_policy: Option<TrafficPolicy>,
    /// Subsets in order.
    pub subsets: Vec<Subset>,
    /// Who sees it.
    pub visibility: Visibility,
    /// Clients it is for; empty is all.
    pub workload_selector: Labels,
    /// Whether a selector is written.
    pub workload_selector_written: bool,
}

/// A named part of a host's endpoints.
#[derive(Clone, Debug, Default)]
pub struct Subset {
    /// Its name.
    pub name: At<String>,
    /// Labels of its endpoints.
    pub labels: Labels,
    /// Its own policy.
    pub traffic_policy: Option<TrafficPolicy>,
    /// The subset in the file.
    pub origin: Origin,
}

/// How connections to a host are made. `None` is not written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficPolicy {
    /// Choice of endpoint.
    pub load_balancer: Option<LoadBalancer>,
    /// Limits.
    pub connection_pool: Option<ConnectionPool>,
    /// Ejection.
    pub outlier_detection: Option<OutlierDetection>,
    /// TLS towards the host.
    pub tls: Option<ClientTls>,
    /// Policies of single ports, which replace the whole policy.
    pub port_level: BTreeMap<u32, TrafficPolicy>,
    /// CONNECT tunnel.
    pub tunnel: Option<Tunnel>,
    /// PROXY protocol version, `V1` or `V2`.
    pub proxy_protocol: Option<String>,
    /// Retry budget: percent and minimum concurrency.
    pub retry_budget: Option<(Option<f64>, u32)>,
    /// `retryBudget.budgetInterval` in nanoseconds.
    pub retry_budget_interval: Option<i128>,
    /// The policy in the file.
    pub origin: Origin,
}

/// Simple load balancing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum SimpleLb {
    #[default]
    Unspecified,
    LeastConn,
    Random,
    Passthrough,
    RoundRobin,
    LeastRequest,
}

/// `loadBalancer`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadBalancer {
    /// `simple`, `None` when not written.
    pub simple: Option<SimpleLb>,
    /// `consistentHash`.
    pub consistent_hash: Option<ConsistentHash>,
    /// `localityLbSetting`.
    pub locality: Option<LocalityLb>,
    /// `zoneAwareLbSetting`, which comes before `localityLbSetting`.
    pub zone_aware: Option<ZoneAwareLb>,
    /// `warmupDurationSecs` in nanoseconds.
    pub warmup: Option<i128>,
    /// Whether `warmup` is written, which comes before `warmupDurationSecs`.
    pub warmup_written: bool,
    /// `warmup.duration` in nanoseconds.
    pub warmup_duration: Option<i128>,
    /// `warmup.minimumPercent`.
    pub warmup_minimum_percent: Option<f64>,
    /// `warmup.aggression`.
    pub warmup_aggression: Option<f64>,
}

/// `consistentHash`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsistentHash {
    /// What is hashed; `None` when nothing is written.
    pub key: Option<HashKey>,
    /// How endpoints lie on the ring.
    pub ring: HashRing,
    /// Old place of the ring's minimum size.
    pub minimum_ring_size: u64,
}

/// What is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashKey {
    /// A header.
    Header(String),
    /// A cookie, made when absent: name, path, life in nanoseconds, attributes.
    Cookie {
        /// Name.
        name: String,
        /// Path.
        path: String,
        /// Life; `None` when not written.
        ttl: Option<i128>,
        /// Attributes, name and value.
        attributes: Vec<(String, String)>,
    },
    /// The caller's address.
    SourceIp,
    /// A query parameter.
    Query(String),
}

/// The algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashRing {
    /// Not written.
    Unset,
    /// Ring hash with its minimum size.
    Ring(u64),
    /// Maglev with its table size; `None` when not written.
    Maglev(Option<u64>),
}

/// TCP keepalive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpKeepalive {
    /// Probes; 0 when not written.
    pub probes: u32,
    /// Nanoseconds before the first probe.
    pub time: Option<i128>,
    /// Nanoseconds between probes.
    pub interval: Option<i128>,
}

/// `connectionPool`. Numbers are 0 when not written, durations nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionPool {
    /// Whether `tcp` is written.
    pub tcp_written: bool,
    /// Whether `http` is written.
    pub http_written: bool,
    /// `tcp.maxConnections`.
    pub max_connections: i64,
    /// `tcp.connectTimeout`.
    pub connect_timeout: Option<i128>,
    /// `tcp.tcpKeepalive`.
    pub tcp_keepalive: Option<TcpKeepalive>,
    /// `tcp.maxConnectionDuration`.
    pub max_connection_duration: Option<i128>,
    /// `tcp.idleTimeout`.
    pub tcp_idle_timeout: Option<i128>,
    /// `http.http1MaxPendingRequests`.
    pub http1_max_pending_requests: i64,
    /// `http.http2MaxRequests`.
    pub http2_max_requests: i64,
    /// `http.maxRequestsPerConnection`.
    pub max_requests_per_connection: i64,
    /// `http.maxRetries`.
    pub max_retries: i64,
    /// `http.idleTimeout`.
    pub http_idle_timeout: Option<i128>,
    /// `http.h2UpgradePolicy`: `DEFAULT`, `DO_NOT_UPGRADE`, `UPGRADE`.
    pub h2_upgrade_policy: String,
    /// `http.useClientProtocol`.
    pub use_client_protocol: bool,
    /// `http.maxConcurrentStreams`.
    pub max_concurrent_streams: i64,
    /// `http.http2KeepAlive`: interval and timeout.
    pub http2_keepalive: Option<(Option<i128>, Option<i128>)>,
}

/// `outlierDetection`. Durations are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutlierDetection {
    /// `consecutiveErrors`, the old field.
    pub consecutive_errors: i64,
    /// `splitExternalLocalOriginErrors`.
    pub split_external_local_origin_errors: bool,
    /// `consecutiveLocalOriginFailures`.
    pub consecutive_local_origin_failures: Option<u32>,
    /// `consecutiveGatewayErrors`.
    pub consecutive_gateway_errors: Option<u32>,
    /// `consecutive5xxErrors`.
    pub consecutive_5xx_errors: Option<u32>,
    /// `interval`.
    pub interval: Option<i128>,
    /// `baseEjectionTime`.
    pub base_ejection_time: Option<i128>,
    /// `maxEjectionPercent`.
    pub max_ejection_percent: i64,
    /// `minHealthPercent`.
    pub min_health_percent: i64,
}

/// TLS towards a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum ClientTlsMode {
    #[default]
    Disable,
    Simple,
    Mutual,
    IstioMutual,
}

/// `tls` of a traffic policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientTls {
    /// Mode.
    pub mode: ClientTlsMode,
    /// Client certificate file.
    pub client_certificate: String,
    /// Private key file.
    pub private_key: String,
    /// CA file.
    pub ca_certificates: String,
    /// Secret name.
    pub credential_name: String,
    /// Names that the server's certificate may have.
    pub subject_alt_names: Vec<String>,
    /// Server name sent.
    pub sni: String,
    /// No verification; `None` when not written.
    pub insecure_skip_verify: Option<bool>,
    /// CRL file.
    pub ca_crl: String,
    /// The field in the file.
    pub origin: Origin,
}

/// `tunnel`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tunnel {
    /// `CONNECT` or `POST`; empty is CONNECT.
    pub protocol: String,
    /// Host asked for.
    pub target_host: String,
    /// Port asked for.
    pub target_port: u32,
}
