//! Listeners: where a proxy accepts connections, which filter chain takes a connection, and what that chain does with it.

use crate::base::Origin;

use super::{ChainMatcher, DnsFamily, ExtAuthz, RbacFilter, TunnelServer};

mod access_log;
mod downstream_tls;
mod http;
mod tracing;

pub use access_log::*;
pub use downstream_tls::*;
pub use http::*;
pub use tracing::*;

/// A listener. Durations are nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// Its name: `<address>_<port>`, `virtualInbound` or `virtualOutbound`.
    pub name: String,
    /// First address.
    pub address: SocketAddress,
    /// It has no address: other parts of the proxy hand connections to it by its name.
    pub internal: bool,
    /// Further addresses of a dual-stack proxy.
    pub additional_addresses: Vec<SocketAddress>,
    /// Which side of the proxy it serves.
    pub direction: Direction,
    /// The proxy opens a socket; otherwise connections are handed over by the listener that takes redirected traffic.
    pub bind_to_port: bool,
    /// Hands redirected connections to the listener of their original destination.
    pub use_original_dst: bool,
    /// Socket of a transparent proxy (`TPROXY`).
    pub transparent: bool,
    /// What looks at a connection before a chain is chosen, in order.
    pub filters: Vec<ListenerFilter>,
    /// How long those may wait for bytes; `Some(0)` for ever, `None` is Envoy's 15 s.
    pub filters_timeout: Option<i128>,
    /// A chain is chosen even when those have seen too little.
    pub continue_on_filters_timeout: bool,
    /// Connections accepted per event of the socket; `None` is no limit.
    pub max_accepts_per_event: Option<u32>,
    /// Accepted connections are spread over the proxy's threads evenly.
    pub exact_balance: bool,
    /// Buffer of a connection in bytes; `None` is Envoy's 1 MiB.
    pub buffer_limit: Option<u32>,
    /// Filter chains in istiod's order; Envoy chooses by the most specific match, not by order.
    pub chains: Vec<FilterChain>,
    /// Chooses among the chains by name, where their own matches do not.
    pub matcher: Option<ChainMatcher>,
    /// The chain for what no other one matches.
    pub default_chain: Option<FilterChain>,
    /// Logs of connections that find no chain.
    pub access_logs: Vec<AccessLog>,
    /// The YAML that asks for the listener: a service port, a server of a gateway, a port of a Sidecar.
    pub origin: Origin,
}

/// An address and port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketAddress {
    /// IP address as text; a path for a Unix socket.
    pub address: String,
    /// Port number; 0 for a Unix socket.
    pub port: u32,
}

/// Which side of the proxy a listener serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Calls that the workload makes; gateways too, as in istiod.
    #[default]
    Outbound,
    /// Calls that reach the workload.
    Inbound,
    /// Not said: parts of the tunnel.
    Unstated,
}

/// What looks at a connection before a filter chain is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerFilter {
    /// Restores the destination that the redirection replaced.
    OriginalDst,
    /// Keeps the caller's address towards the workload (`TPROXY`).
    OriginalSrc,
    /// Reads server name and ALPN of a TLS hello, except on some ports.
    TlsInspector(PortPredicate),
    /// Recognises plaintext HTTP/1.x and HTTP/2, except on some ports.
    HttpInspector(PortPredicate),
    /// Reads the PROXY protocol header; the flag lets connections without one pass.
    ProxyProtocol {
        /// Connections without the header are taken too.
        allow_without: bool,
    },
}

/// Destination ports at which a listener filter does not run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PortPredicate {
    /// It runs everywhere.
    #[default]
    Never,
    /// It does not run at these ports, ascending.
    At(Vec<u32>),
    /// It runs at these ports alone, ascending.
    Except(Vec<u32>),
}

/// A filter chain.
#[derive(Clone, Debug, Default)]
pub struct FilterChain {
    /// Its name; empty for the only chain of some listeners.
    pub name: String,
    /// What it takes; `None` where istiod sends no match at all, which takes everything.
    pub matches: Option<ChainMatch>,
    /// TLS that it terminates; `None` takes the bytes as they are.
    pub tls: Option<DownstreamTls>,
    /// Nanoseconds that the TLS handshake may take; `None` is no limit.
    pub transport_connect_timeout: Option<i128>,
    /// Network filters in order; the last one is terminal.
    pub filters: Vec<NetworkFilter>,
    /// Path of the object that caused it (`istio.config` metadata): `/apis/<group>/<version>/namespaces/<ns>/<kind>/<name>`.
    pub config: Option<String>,
    /// The YAML that asks for the chain.
    pub origin: Origin,
}

/// Conditions of a filter chain, all of which must hold. Empty lists and `None` match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainMatch {
    /// Original destination port.
    pub destination_port: Option<u32>,
    /// Original destination, any of these ranges: address and prefix length.
    pub destination_ranges: Vec<(String, u32)>,
    /// Server name of the TLS hello, any of these; `*.` stands for any labels in front.
    pub server_names: Vec<String>,
    /// Whether the connection begins with a TLS hello.
    pub transport: Option<Transport>,
    /// ALPN of the TLS hello, or what the HTTP inspector saw: any of these.
    pub alpn: Vec<String>,
}

/// What a connection begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A TLS hello.
    Tls,
    /// Anything else.
    RawBuffer,
}

/// A network filter.
#[derive(Clone, Debug)]
pub enum NetworkFilter {
    /// `istio.metadata_exchange`: tells both sides who the other is.
    MetadataExchange {
        /// Further labels of the workload that are told, sorted.
        labels: Vec<String>,
    },
    /// `istio.stats` for connections.
    Stats(StatsFilter),
    /// A Wasm module of the user, by the name of its configuration.
    Wasm(String),
    /// RBAC on connections.
    Rbac(RbacFilter),
    /// Asks an external authoriser about the connection.
    ExtAuthz(ExtAuthz),
    /// Counts MongoDB operations.
    Mongo {
        /// Prefix of its statistics.
        stat_prefix: String,
    },
    /// Counts MySQL operations.
    Mysql {
        /// Prefix of its statistics.
        stat_prefix: String,
    },
    /// Redis proxy with one cluster for all keys; terminal.
    Redis {
        /// Prefix of its statistics.
        stat_prefix: String,
        /// The cluster.
        cluster: String,
    },
    /// Resolves the server name of the TLS hello (`sni_dynamic_forward_proxy`).
    SniDynamicForwardProxy {
        /// Port that is called.
        port: u32,
        /// The DNS cache.
        cache: DnsCache,
    },
    /// Keeps the destination that a tunnel asked for towards the upstream.
    ConnectAuthority,
    /// Takes the destination of a second tunnel from the metadata of the endpoint.
    TunnelMetadata {
        /// Balancing can hash it.
        hashable: bool,
    },
    /// Takes tunnels; terminal.
    TunnelServer(Box<TunnelServer>),
    /// Passes bytes on; terminal.
    TcpProxy(Box<TcpProxy>),
    /// Speaks HTTP; terminal.
    Http(Box<HttpConnectionManager>),
}

/// A DNS cache of the dynamic forward proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsCache {
    /// Its name.
    pub name: String,
    /// Address families that are looked up.
    pub family: DnsFamily,
    /// Most hosts held; `None` is Envoy's default.
    pub max_hosts: Option<u32>,
    /// Resolver that is asked instead of the system's.
    pub resolver: Option<SocketAddress>,
}

/// `istio.stats`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsFilter {
    /// The host header is not used as name of the destination: inbound and gateways.
    pub disable_host_header_fallback: bool,
    /// A server gateway reports for the services behind it (waypoints).
    pub server_gateway: bool,
    /// Nanoseconds between reports about open connections; `None` is the filter's own.
    pub tcp_reporting: Option<i128>,
    /// Metrics that are changed, sorted by the name of the API.
    pub metrics: Vec<MetricChange>,
}

/// A change of one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricChange {
    /// Its name in Prometheus, without `istio_`.
    pub name: String,
    /// It is not reported.
    pub drop: bool,
    /// Tags set to expressions, sorted by name.
    pub dimensions: Vec<(String, String)>,
    /// Tags left out, sorted.
    pub removed: Vec<String>,
}

/// A TCP proxy. Durations are nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct TcpProxy {
    /// Prefix of its statistics.
    pub stat_prefix: String,
    /// Where the bytes go.
    pub target: TcpTarget,
    /// A connection is closed after this silence; `None` is Envoy's hour.
    pub idle_timeout: Option<i128>,
    /// Longest life of a connection; `None` is no limit.
    pub max_connection_duration: Option<i128>,
    /// The caller's address chooses the endpoint.
    pub hash_source_ip: bool,
    /// Tunnel through an HTTP proxy.
    pub tunnel: Option<TcpTunnel>,
    /// Logs.
    pub access_logs: Vec<AccessLog>,
}

/// Where a TCP proxy leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpTarget {
    /// One cluster.
    Cluster(String),
    /// Several with their shares, in order.
    Weighted(Vec<(String, u32)>),
}

impl Default for TcpTarget {
    fn default() -> Self {
        TcpTarget::Cluster(String::new())
    }
}

/// A tunnel made for each connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpTunnel {
    /// Authority that is asked for: `host:port`.
    pub hostname: String,
    /// POST rather than CONNECT.
    pub use_post: bool,
    /// Headers of the request, in order.
    pub headers: Vec<(String, String)>,
}
