//! Clusters: where traffic is sent and how (`envoy.config.cluster.v3.Cluster`).

use crate::base::Origin;
use crate::mesh::Hostname;

use super::{ClusterTarget, DnsCache, LocalityEndpoints, TunnelPart, UpstreamSecurity, Via};

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub target: ClusterTarget,
    /// Name in statistics, the closing `;` included.
    pub alt_stat_name: String,
    /// How endpoints are found.
    pub discovery: Discovery,
    /// Nanoseconds; `None` when not stated.
    pub connect_timeout: Option<i128>,
    /// Choice among endpoints.
    pub load_balancing: LoadBalancing,
    /// Settings that all algorithms share; `None` when the message is absent.
    pub common_lb: Option<CommonLb>,
    /// Limits; `None` when not stated.
    pub limits: Option<Limits>,
    /// Ejection of endpoints that fail.
    pub outlier: Option<Outlier>,
    /// HTTP towards the endpoints; `None` when not stated.
    pub http: Option<UpstreamHttp>,
    /// TCP keepalive; `None` leaves it off.
    pub keepalive: Option<Keepalive>,
    /// Source addresses; empty lets the kernel choose.
    pub bind: Vec<String>,
    /// Nanoseconds after which idle endpoints of [`Discovery::OriginalDst`] go.
    pub cleanup_interval: Option<i128>,
    /// TLS.
    pub security: UpstreamSecurity,
    /// Whether connections go through the proxy's own tunnel.
    pub via: Via,
    /// PROXY protocol towards the endpoints, version 1 or 2.
    pub proxy_protocol: Option<u8>,
    /// Exchanges peer metadata over TCP, with these further labels; `None` does not.
    pub metadata_exchange: Option<Vec<String>>,
    /// What telemetry says of the cluster.
    pub metadata: ClusterMetadata,
    /// The Service or ServiceEntry port that caused it.
    pub origin: Origin,
    /// The DestinationRule that shapes it, or the subset in it.
    pub rule_origin: Origin,
}

/// How endpoints are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Discovery {
    /// They are stated here.
    Static(Vec<LocalityEndpoints>),
    /// They are told apart ([`super::Plan::endpoints`]).
    Eds,
    /// All answers of DNS.
    StrictDns(DnsDiscovery),
    /// The first answer of DNS.
    LogicalDns(DnsDiscovery),
    /// The address that was dialled, with another port where one is stated.
    OriginalDst {
        /// Port that replaces the dialled one.
        port_override: Option<u32>,
        /// How DNS would have been asked, where a rule turned it off; Envoy is told, but does not ask.
        unused: Option<DnsDiscovery>,
    },
    /// A listener of this proxy.
    Internal(TunnelPart),
    /// The tunnel of the address that was dialled.
    Tunnel {
        /// Metadata of the endpoint may name a waypoint instead.
        to_waypoints: bool,
    },
    /// DNS is asked for the host of each request.
    DynamicForward {
        /// The cache of answers.
        cache: DnsCache,
        /// Allows clusters without checked names.
        allow_insecure: bool,
    },
}

/// Families asked of DNS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Envoy's")]
pub enum DnsFamily {
    Auto,
    #[default]
    V4Only,
    V6Only,
    V4Preferred,
    All,
}

/// Discovery through DNS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DnsDiscovery {
    /// Hosts to ask for.
    pub endpoints: Vec<LocalityEndpoints>,
    /// Families asked for.
    pub family: DnsFamily,
    /// Nanoseconds between questions.
    pub refresh: i128,
    /// Nanoseconds by which a question may be late.
    pub jitter: i128,
    /// Takes the answer's life instead.
    pub respect_ttl: bool,
    /// Questions per UDP socket.
    pub udp_max_queries: u32,
}

/// Weight of endpoints that are new.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SlowStart {
    /// Nanoseconds.
    pub window: i128,
    /// Shape; `None` when not stated.
    pub aggression: Option<f64>,
    /// Least weight in percent; `None` when not stated.
    pub min_weight_percent: Option<f64>,
}

/// Choice among endpoints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadBalancing {
    /// In turn.
    RoundRobin(Option<SlowStart>),
    /// The less busy of two.
    LeastRequest(Option<SlowStart>),
    /// By chance.
    Random,
    /// By hash on a ring with its least size.
    RingHash(Option<u64>),
    /// By hash in a table with its size.
    Maglev(Option<u64>),
    /// The discovery decides.
    Provided,
}

/// What all algorithms share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonLb {
    /// Percent of healthy endpoints below which all are used.
    pub panic_threshold: Option<f64>,
    /// Localities are chosen by weight.
    pub locality_weighted: bool,
    /// The own zone is preferred, as far as shares allow; instead of weights of localities.
    pub zone_aware: Option<ZoneAware>,
    /// Endpoints that are going away stay for sessions that name them.
    pub keep_draining: bool,
}

/// Preference for the own zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZoneAware {
    /// It is forbidden.
    pub off: bool,
    /// Endpoints below which zones do not count; `None` is Envoy's 6.
    pub min_cluster_size: Option<u32>,
}

/// Most of Envoy's limits when nothing is stated.
pub const NO_LIMIT: u32 = u32::MAX;

/// Circuit breakers.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Connections.
    pub connections: u32,
    /// Requests that wait for a connection.
    pub pending: u32,
    /// Requests under way.
    pub requests: u32,
    /// Retries under way.
    pub retries: u32,
    /// Shows what is left in statistics.
    pub track_remaining: bool,
    /// Retries as a share of the requests.
    pub retry_budget: Option<RetryBudget>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: NO_LIMIT,
            pending: NO_LIMIT,
            requests: NO_LIMIT,
            retries: NO_LIMIT,
            track_remaining: false,
            retry_budget: None,
        }
    }
}

/// Retries as a share of the requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    /// Percent.
    pub percent: f64,
    /// Nanoseconds over which requests are counted; `None` when not stated.
    pub interval: Option<i128>,
    /// Retries that are always allowed.
    pub min_concurrency: u32,
}

/// Ejection of endpoints that fail. `None` when not stated; durations in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlier {
    /// 5xx in a row; 0 turns the rule off.
    pub consecutive_5xx: Option<u32>,
    /// 502, 503, 504 in a row; 0 turns the rule off.
    pub consecutive_gateway: Option<u32>,
    /// Time between sweeps.
    pub interval: Option<i128>,
    /// First ejection.
    pub base_ejection: Option<i128>,
    /// Most percent of endpoints ejected.
    pub max_ejection_percent: Option<u32>,
    /// Local errors are counted apart.
    pub split_local: bool,
    /// Local errors in a row.
    pub consecutive_local: Option<u32>,
}

/// Version of HTTP towards the endpoints.
#[derive(Clone, Debug, PartialEq)]
pub enum UpstreamProtocol {
    /// HTTP/1.1; whether anything of it is stated.
    Http1 {
        /// Header names keep their case.
        preserve_case: bool,
    },
    /// HTTP/2.
    Http2(Http2Options),
    /// The version that the client used.
    Downstream {
        /// Header names keep their case in HTTP/1.1.
        preserve_case: bool,
        /// Options for HTTP/2.
        http2: Http2Options,
    },
    /// Not stated: HTTP/1.1.
    Unstated,
}

/// HTTP/2 towards the endpoints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Http2Options {
    /// Streams of one connection.
    pub max_concurrent_streams: Option<u32>,
    /// PING interval and timeout in nanoseconds.
    pub keepalive: Option<(Option<i128>, Option<i128>)>,
    /// CONNECT may be asked for.
    pub allow_connect: bool,
    /// Window of a stream in bytes; `None` is Envoy's.
    pub stream_window: Option<u32>,
    /// Window of a connection in bytes; `None` is Envoy's.
    pub connection_window: Option<u32>,
}

/// HTTP towards the endpoints. Durations in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamHttp {
    /// Version.
    pub protocol: UpstreamProtocol,
    /// Idle connections close after this.
    pub idle_timeout: Option<i128>,
    /// Requests after which a connection closes.
    pub max_requests_per_connection: Option<u32>,
    /// Life of a connection.
    pub max_connection_duration: Option<i128>,
    /// Server name of TLS from the request's host.
    pub auto_sni: bool,
    /// Certificate is checked against the request's host.
    pub auto_san_validation: bool,
}

impl Default for UpstreamHttp {
    fn default() -> Self {
        Self {
            protocol: UpstreamProtocol::Unstated,
            idle_timeout: None,
            max_requests_per_connection: None,
            max_connection_duration: None,
            auto_sni: false,
            auto_san_validation: false,
        }
    }
}

/// TCP keepalive in probes and whole seconds; `None` leaves the kernel's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keepalive {
    /// Probes.
    pub probes: Option<u32>,
    /// Seconds before the first.
    pub time: Option<u32>,
    /// Seconds between.
    pub interval: Option<u32>,
}

/// A service as telemetry names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLabel {
    /// Fully qualified host.
    pub host: Hostname,
    /// Name of the Service or ServiceEntry host.
    pub name: String,
    /// Namespace.
    pub namespace: String,
}

/// What telemetry says of a cluster (filter metadata `istio`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterMetadata {
    /// Services; `None` when the list is absent.
    pub services: Option<Vec<ServiceLabel>>,
    /// Path of the DestinationRule.
    pub config: Option<String>,
    /// Subset; empty for none.
    pub subset: String,
    /// Outside of the mesh.
    pub external: bool,
    /// All endpoints take the tunnel, so that peers do not tell who they are.
    pub tunnelled: bool,
    /// The HTTP filter for ALPN must leave ALPN alone.
    pub alpn_override_off: bool,
}
