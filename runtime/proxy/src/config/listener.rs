//! Listeners and filter chains, compiled.
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::json::Value;
use xxhash_rust::xxh64::xxh64;

use super::chain_matcher::ChainMatcher;
use super::filter::FilterKind;
use super::filter_state::Setting;
use super::hcm::Hcm;
use super::listener_filters::ListenerFilters;
use super::log::AccessLog;
use super::matcher::Cidr;
use super::named::Named;
use super::network::{Gate, NetworkAuthz, NetworkRbac};
use super::secret::Secrets;
use super::tls::DownstreamTls;
use super::tunnel::Tunnel;
use super::value::{Get, Scope};
use crate::access::info::ConnectionInfo;
use crate::istio::exchange::PeerExchange;
use crate::istio::metrics::IstioStats;
use crate::stats::{ListenerStats, Registry, TcpStats};

/// A listener.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Its name.
    pub(crate) name: String,
    /// Addresses it listens on.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whether only connections from inside of the proxy come to it.
    pub(crate) internal: bool,
    /// What picks the chain instead of the chains' own matches.
    pub(crate) matcher: Option<ChainMatcher>,
    /// False for a listener that only takes over connections of others.
    pub(crate) bind: bool,
    /// Whether connections go to the listener of their original destination.
    pub(crate) use_original_dst: bool,
    /// Which way its traffic goes.
    pub(crate) direction: Direction,
    /// Filter chains.
    pub(crate) chains: Vec<Chain>,
    /// The chain when none matches.
    pub(crate) default_chain: Option<Chain>,
    /// What looks at a connection before its chain is picked.
    pub(crate) filters: ListenerFilters,
    /// Whether connections to any address are taken (`IP_TRANSPARENT`).
    pub(crate) transparent: bool,
    /// Time for detection.
    pub(crate) inspect_timeout: Duration,
    /// Whether a connection goes on when that time is over.
    pub(crate) inspect_continue: bool,
    /// Bytes buffered per connection.
    pub(crate) buffer_limit: usize,
    /// Logs of connections without a chain.
    pub(crate) logs: Vec<AccessLog>,
    /// Its name in statistics.
    pub(crate) stat_name: String,
    /// What it counts.
    pub(crate) stats: OnceLock<Arc<ListenerStats>>,
}

/// A filter chain.
#[derive(Debug)]
pub(crate) struct Chain {
    /// Its name.
    pub(crate) name: String,
    /// When it is used.
    pub(crate) matching: ChainMatch,
    /// TLS, when it ends here.
    pub(crate) tls: Option<DownstreamTls>,
    /// Time for a TLS handshake.
    pub(crate) handshake_timeout: Duration,
    /// Network filters before the last one: enforced and shadow rules.
    pub(crate) rbac: Vec<NetworkRbac>,
    /// Who is asked about connections.
    pub(crate) authz: Vec<NetworkAuthz>,
    /// Server names are resolved, to this port.
    pub(crate) named_port: Option<u16>,
    /// Values of the filter state that are set first.
    pub(crate) states: Vec<Setting>,
    /// Filters that let connections in or not.
    pub(crate) gates: Vec<Gate>,
    /// Workloads tell each other who they are.
    pub(crate) exchange: Option<PeerExchange>,
    /// Metrics of connections.
    pub(crate) metrics: Vec<IstioStats>,
    /// What is served.
    pub(crate) service: Service,
}

/// Which way the traffic of a listener goes, seen from the workload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Not said.
    #[default]
    Unspecified,
    /// To the workload.
    Inbound,
    /// From the workload.
    Outbound,
}

impl Direction {
    fn new(name: &str) -> Self {
        match name {
            "INBOUND" => Self::Inbound,
            "OUTBOUND" => Self::Outbound,
            _ => Self::Unspecified,
        }
    }
}

/// What a chain serves.
#[derive(Debug)]
pub(crate) enum Service {
    /// HTTP.
    Http(Arc<Hcm>),
    /// TCP.
    Tcp(Box<TcpProxy>),
    /// Nothing: connections are closed.
    Close,
}

/// A TCP proxy.
#[derive(Debug)]
pub(crate) struct TcpProxy {
    targets: Vec<(String, u64)>,
    /// Longest silence.
    pub(crate) idle_timeout: Duration,
    /// Longest life.
    pub(crate) max_duration: Option<Duration>,
    /// How often a connection is tried.
    pub(crate) attempts: u64,
    /// Metadata that endpoints must carry, sorted by key.
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    hash_source: bool,
    /// Its name in statistics.
    stat_prefix: String,
    /// What it counts.
    pub(crate) stats: OnceLock<Arc<TcpStats>>,
    /// Logs.
    pub(crate) logs: Vec<AccessLog>,
    /// How connections are carried in HTTP requests.
    pub(crate) tunnel: Option<Box<Tunnel>>,
}

impl TcpProxy {
    /// The hash for consistent balancers: of the client's address, when the bootstrap says so.
    pub(crate) fn hash(&self, connection: &ConnectionInfo) -> Option<u64> {
        let ip = connection.remote.ip().filter(|_| self.hash_source)?;
        Some(xxh64(ip.to_string().as_bytes(), 0))
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let tunnel = value.get_field("tunneling_config");
        let weighted = value.get_field("weighted_clusters").items("clusters");
        let targets = weighted.iter().map(|c| (c.text("name").to_owned(), c.int("weight").unwrap_or(1)));
        let single = value.opt_text("cluster").map(|c| (c.to_owned(), 1));
        Self {
            targets: targets.chain(single).collect(),
            stat_prefix: value.text("stat_prefix").to_owned(),
            stats: OnceLock::new(),
            idle_timeout: value.duration("idle_timeout").unwrap_or(Duration::from_secs(3600)),
            max_duration: value.duration("max_downstream_connection_duration").filter(|d| !d.is_zero()),
            attempts: value.int("max_connect_attempts").unwrap_or(1),
            metadata: super::action::subset(value.get_field("metadata_match")),
            hash_source: value.items("hash_policy").iter().any(|p| p.get_field("source_ip").is_some()),
            logs: AccessLog::list(value, scope),
            tunnel: tunnel.map(|t| Box::new(Tunnel::new(t, &scope.field("tunneling_config")))),
        }
    }

    /// Picks a cluster by weight.
    pub(crate) fn cluster(&self, random: u64) -> Option<&str> {
        let total: u64 = self.targets.iter().map(|t| t.1).sum();
        let mut left = random.checked_rem(total)?;
        self.targets.iter().find_map(|(name, weight)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here.then_some(name.as_str())
        })
    }
}

/// `envoy.config.listener.v3.FilterChainMatch`.
#[derive(Debug, Default)]
pub(crate) struct ChainMatch {
    /// Destination port.
    pub(crate) port: Option<u16>,
    /// Destination ranges.
    pub(crate) ranges: Vec<Cidr>,
    /// Server names, in lower case; `*.` stands for any prefix.
    pub(crate) names: Vec<String>,
    /// `tls` or `raw_buffer`; empty matches both.
    pub(crate) transport: String,
    /// ALPN names.
    pub(crate) alpn: Vec<String>,
    /// Ranges of the peer.
    pub(crate) direct_sources: Vec<Cidr>,
    /// Whether the source is local: `SAME_IP_OR_LOOPBACK` or `EXTERNAL`.
    pub(crate) local_source: Option<bool>,
    /// Source ranges.
    pub(crate) sources: Vec<Cidr>,
    /// Source ports.
    pub(crate) source_ports: Vec<u16>,
}

impl ChainMatch {
    fn new(value: Option<&Value>, scope: &Scope<'_>) -> Self {
        let Some(value) = value else { return Self::default() };
        let port = |number: u64| u16::try_from(number).ok();
        Self {
            port: value.int("destination_port").and_then(port),
            ranges: Cidr::list(value, "prefix_ranges", scope),
            names: value.texts("server_names").into_iter().map(|n| n.to_ascii_lowercase()).collect(),
            transport: value.text("transport_protocol").to_owned(),
            alpn: value.texts("application_protocols"),
            direct_sources: Cidr::list(value, "direct_source_prefix_ranges", scope),
            local_source: match value.text("source_type") {
                "SAME_IP_OR_LOOPBACK" => Some(true),
                "EXTERNAL" => Some(false),
                _ => None,
            },
            sources: Cidr::list(value, "source_prefix_ranges", scope),
            source_ports: value
                .items("source_ports")
                .iter()
                .filter_map(|p| p.as_u64().and_then(port))
                .collect(),
        }
    }
}

impl Listener {
    pub(super) fn new(value: &Value, secrets: &Secrets<'_>, scope: &Scope<'_>) -> Self {
        let chains = value.items("filter_chains").iter().enumerate();
        let default = value.get_field("default_filter_chain");
        let direction = Direction::new(value.text("traffic_direction"));
        let internal = value.get_field("internal_listener").is_some();
        let chain = |c, scope: &Scope<'_>| Chain::new(c, secrets, direction, scope);
        let chains: Vec<_> = chains.map(|(i, c)| chain(c, &scope.item("filter_chains", i))).collect();
        let default_chain = default.map(|c| chain(c, &scope.field("default_filter_chain")));
        Self {
            name: value.text("name").to_owned(),
            addresses: if internal { Vec::new() } else { addresses(value, scope) },
            internal,
            matcher: value
                .get_field("filter_chain_matcher")
                .and_then(|m| ChainMatcher::new(m, &scope.field("filter_chain_matcher"))),
            bind: !internal && value.opt_flag("bind_to_port").unwrap_or(true),
            use_original_dst: value.flag("use_original_dst"),
            direction,
            chains,
            default_chain,
            filters: ListenerFilters::new(value, scope),
            transparent: value.flag("transparent"),
            inspect_timeout: value.duration("listener_filters_timeout").unwrap_or(Duration::from_secs(15)),
            inspect_continue: value.flag("continue_on_listener_filters_timeout"),
            buffer_limit: value.int("per_connection_buffer_limit_bytes").unwrap_or(1 << 20) as usize,
            logs: AccessLog::list(value, scope),
            stat_name: stat_name(value),
            stats: OnceLock::new(),
        }
    }

    /// Lets it count into the statistics of the process.
    pub(crate) fn count_into(&self, registry: &Registry) {
        let _known = self.stats.set(registry.listener(&self.stat_name));
        for chain in self.all_chains() {
            match &chain.service {
                Service::Http(hcm) => hcm.count_into(registry, &self.stat_name),
                Service::Tcp(tcp) => drop(tcp.stats.set(registry.tcp(&tcp.stat_prefix))),
                Service::Close => {}
            }
        }
    }

    /// Whether one of its filters reports Istio's metrics.
    pub(crate) fn reports_metrics(&self) -> bool {
        self.all_chains().any(|chain| match &chain.service {
            Service::Http(hcm) => {
                hcm.filters.chain.iter().any(|f| matches!(f.kind, FilterKind::IstioStats(_)))
            }
            Service::Tcp(_) | Service::Close => !chain.metrics.is_empty(),
        })
    }

    /// Clusters that its routes name.
    pub(super) fn named(&self) -> impl Iterator<Item = &Named> {
        self.all_chains().flat_map(|chain| match &chain.service {
            Service::Http(hcm) => hcm.routes.named.as_slice(),
            Service::Tcp(_) | Service::Close => &[],
        })
    }

    /// Every chain.
    pub(crate) fn all_chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter().chain(&self.default_chain)
    }
}

/// The prefix of the bootstrap, else the address, with what stands for a separator replaced.
fn stat_name(value: &Value) -> String {
    if value.get_field("internal_listener").is_some() {
        let own = value.opt_text("stat_prefix").map(str::to_owned);
        return own.unwrap_or_else(|| format!("envoy_internal_{}", value.text("name"))).replace(':', "_");
    }
    let address = value.get_field("address").get_field("socket_address");
    let port = address.int("port_value").unwrap_or(0);
    let own = value.opt_text("stat_prefix").map(str::to_owned);
    own.unwrap_or_else(|| format!("{}:{port}", address.text("address"))).replace(':', "_")
}

fn addresses(value: &Value, scope: &Scope<'_>) -> Vec<SocketAddr> {
    let additional = value.items("additional_addresses").iter().map(|a| a.get_field("address"));
    let mut addresses = Vec::new();
    for address in [value.get_field("address")].into_iter().chain(additional) {
        match socket_address(address) {
            Some(address) => addresses.push(address),
            None => scope.field("address").refuse("a listener needs a socket_address with an IP address"),
        }
    }
    addresses
}

/// Reads an address with an IP.
pub(super) fn socket_address(value: Option<&Value>) -> Option<SocketAddr> {
    let address = value.get_field("socket_address")?;
    let port = u16::try_from(address.int("port_value").unwrap_or(0)).ok()?;
    Some(SocketAddr::new(address.text("address").parse().ok()?, port))
}

impl Chain {
    fn new(value: &Value, secrets: &Secrets<'_>, direction: Direction, scope: &Scope<'_>) -> Self {
        let matching = value.get_field("filter_chain_match");
        let socket = value.get_field("transport_socket");
        let time = value.duration("transport_socket_connect_timeout");
        let mut chain = Self {
            name: value.text("name").to_owned(),
            matching: ChainMatch::new(matching, &scope.field("filter_chain_match")),
            tls: DownstreamTls::new(socket, secrets, &scope.field("transport_socket")),
            handshake_timeout: time.unwrap_or(Duration::from_secs(15)),
            rbac: Vec::new(),
            authz: Vec::new(),
            named_port: None,
            states: Vec::new(),
            gates: Vec::new(),
            exchange: None,
            metrics: Vec::new(),
            service: Service::Close,
        };
        for (index, filter) in value.items("filters").iter().enumerate() {
            let scope = scope.item("filters", index);
            let Some(config) = filter.get_field("typed_config") else { continue };
            chain.add(config, direction, &scope.field("typed_config"));
        }
        chain
    }

    fn add(&mut self, config: &Value, direction: Direction, scope: &Scope<'_>) {
        match config.type_name().rsplit('.').next().unwrap_or_default() {
            "RBAC" => self.rbac.push(NetworkRbac::new(config, scope)),
            "ExtAuthz" => self.authz.extend(NetworkAuthz::new(config, scope)),
            "HttpConnectionManager" => self.service = Service::Http(Hcm::new(config, direction, scope)),
            "Config" => self.states.extend(Setting::list(config, "on_new_connection", scope)),
            "FilterConfig" => self.named_port = Some(config.int("port_value").map_or(443, |p| p as u16)),
            "MetadataExchange" => self.exchange = Some(PeerExchange::new(config)),
            "PluginConfig" => self.metrics.push(IstioStats::new(config, direction, scope)),
            "TcpProxy" => self.service = Service::Tcp(Box::new(TcpProxy::new(config, scope))),
            kind => self.gates.extend(Gate::new(kind, config)),
        }
    }
}
