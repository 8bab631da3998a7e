//! Clusters and endpoints, compiled.
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::http::encode::Names;
use crate::json::{Value, fields};

use super::balance::Balancing;
use super::cluster_facts::IstioFacts;
use super::dns::Dns;
use super::endpoint::{Endpoint, Metadata, endpoints};
use super::health::HealthCheck;
use super::http2::Http2;
use super::outlier::Outlier;
use super::secret::Secrets;
use super::transport::UpstreamSocket;
use super::value::{Get, Scope};
use crate::cluster::shared::Host;
use crate::istio::exchange::PeerExchange;

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Its name.
    pub(crate) name: String,
    /// Its name in statistics.
    pub(crate) stat_name: String,
    /// Its name in statistics, where logs show it and it is not its own.
    pub(crate) alias: Option<Arc<str>>,
    /// Two clusters with the same digest are the same.
    pub(crate) digest: u64,
    /// Where endpoints come from.
    pub(crate) discovery: Discovery,
    /// Configured endpoints.
    pub(crate) endpoints: Vec<Endpoint>,
    /// How an endpoint is picked.
    pub(crate) balancing: Balancing,
    /// Time for a connection to be made.
    pub(crate) connect_timeout: Duration,
    /// Circuit breakers.
    pub(crate) limits: Limits,
    /// Circuit breakers of requests with high priority.
    pub(crate) high: Limits,
    /// Active health checks.
    pub(crate) checks: Vec<HealthCheck>,
    /// Ejection of failing endpoints.
    pub(crate) outlier: Option<Outlier>,
    /// HTTP version to endpoints.
    pub(crate) protocol: UpstreamProtocol,
    /// How HTTP/2 is spoken.
    pub(crate) h2: Http2,
    /// How header names are spelled.
    pub(crate) names: Names,
    /// How long an idle connection is kept.
    pub(crate) idle_timeout: Option<Duration>,
    /// Requests per connection; 0 is any number.
    pub(crate) max_requests: u64,
    /// Transport sockets; endpoints refer to them by index.
    pub(crate) sockets: Vec<UpstreamSocket>,
    /// Whether the SNI is taken from the host header.
    pub(crate) auto_sni: bool,
    /// Address that connections are made from.
    pub(crate) bind: Option<IpAddr>,
    /// Whether the endpoint's certificate must be for the server name that was sent.
    pub(crate) auto_san: bool,
    /// Keep-alive probes.
    pub(crate) keepalive: Option<socket2::TcpKeepalive>,
    /// How names are resolved, where there are some.
    pub(crate) dns: Option<Box<Dns>>,
    /// How a cluster that goes to original destinations finds them.
    pub(crate) destination: Destination,
    /// All its metadata, when internal listeners are told it or something shows it.
    pub(crate) whole: Option<Arc<Metadata>>,
    /// Whether TCP that is carried in requests goes by HTTP/2.
    pub(crate) carries_h2: bool,
    /// The longest life of a connection to an endpoint.
    pub(crate) max_duration: Option<Duration>,
    /// Longest life of a try; zero is forever.
    pub(crate) max_stream: Duration,
    /// What Istio's filters read of its metadata.
    pub(crate) istio: Option<Box<IstioFacts>>,
    /// Workloads tell each other who they are.
    pub(crate) exchange: Option<Box<PeerExchange>>,
}

/// `OriginalDstLbConfig`
#[derive(Debug)]
pub(crate) struct Destination {
    /// Header that names the destination.
    pub(crate) header: Option<Vec<u8>>,
    /// Metadata that names it: namespace and path.
    pub(crate) metadata: Option<Vec<String>>,
    /// Port that replaces its own.
    pub(crate) port: Option<u16>,
}

impl Destination {
    fn new(value: Option<&Value>) -> Self {
        Self {
            header: destination_header(value),
            metadata: value.get_field("metadata_key").map(metadata_path),
            port: value.int("upstream_port_override").and_then(|p| u16::try_from(p).ok()),
        }
    }
}

/// Where endpoints come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// The bootstrap.
    Static,
    /// Every address of every name.
    StrictDns,
    /// One address of one name.
    LogicalDns,
    /// The address the client connected to.
    OriginalDst,
    /// The name that a request or a connection asks for.
    Dynamic,
}

/// HTTP version to endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpstreamProtocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// What the client speaks.
    Downstream,
}

/// Circuit breakers, for the whole process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections.
    pub(crate) connections: u64,
    /// Requests that wait for a connection.
    pub(crate) pending: u64,
    /// Requests.
    pub(crate) requests: u64,
    /// Retries.
    pub(crate) retries: u64,
    /// Retry budget: percent of active requests and minimum.
    pub(crate) budget: Option<(f64, u64)>,
    /// Whether statistics show what is left.
    pub(crate) track_remaining: bool,
}

/// What logs and headers show of clusters; it is not kept otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown {
    /// Metadata of clusters and endpoints.
    metadata: bool,
    /// Names in statistics.
    aliases: bool,
}

impl Shown {
    /// Looks for the operators in a bootstrap.
    pub(super) fn new(text: &str) -> Self {
        let has = |operator: &&str| memchr::memmem::find(text.as_bytes(), operator.as_bytes()).is_some();
        let metadata =
            ["UPSTREAM_METADATA(", "CLUSTER_METADATA(", "METADATA(UPSTREAM_HOST", "METADATA(CLUSTER"];
        Self {
            metadata: metadata.iter().any(has),
            aliases: has(&"UPSTREAM_CLUSTER%") || has(&"UPSTREAM_CLUSTER\""),
        }
    }
}

impl Cluster {
    /// The transport socket of a host.
    pub(crate) fn socket(&self, host: &Host) -> Option<&UpstreamSocket> {
        self.sockets.get(host.endpoint.socket)
    }

    pub(super) fn new(value: &Value, secrets: &Secrets<'_>, shown: Shown, scope: &Scope<'_>) -> Self {
        let options = value.entries("typed_extension_protocol_options").next().map(|(_, o)| o);
        let common = [options, Some(value)].into_iter().find_map(common_options);
        let (sockets, matches) = sockets(value, secrets, scope);
        let discovery = discovery(value);
        let names = options.get_field("upstream_http_protocol_options");
        refuse_upstream_limits(common, scope);
        Self {
            stat_name: stat_name(value),
            alias: value.opt_text("alt_stat_name").filter(|_| shown.aliases).map(Arc::from),
            digest: value.digest(&[]),
            discovery,
            endpoints: endpoints(value, discovery, (&matches, shown.metadata), scope),
            balancing: Balancing::new(value, scope),
            connect_timeout: value.duration("connect_timeout").unwrap_or(Duration::from_secs(5)),
            limits: Limits::new(value, false),
            high: Limits::new(value, true),
            checks: HealthCheck::list(value, scope),
            outlier: value.get_field("outlier_detection").map(Outlier::new),
            protocol: protocol(value, options),
            names: header_names(value, options),
            h2: Http2::of_cluster(value, options),
            idle_timeout: idle_timeout(common),
            max_requests: max_requests(value, common),
            auto_sni: names.flag("auto_sni"),
            auto_san: names.flag("auto_san_validation"),
            bind: bind_address(value),
            keepalive: value.get_field("upstream_connection_options").get_field("tcp_keepalive").map(probes),
            dns: dns(value, discovery, scope),
            destination: Destination::new(value.get_field("original_dst_lb_config")),
            whole: whole(value, shown.metadata || tells_inside(&sockets)),
            sockets,
            carries_h2: carries_h2(value, options),
            max_duration: common.duration("max_connection_duration").filter(|d| !d.is_zero()),
            max_stream: common.duration("max_stream_duration").unwrap_or_default(),
            istio: IstioFacts::new(value),
            exchange: exchange(value),
            name: value.text("name").to_owned(),
        }
    }
}

fn common_options<'v>(holder: Option<&'v Value<'v>>) -> Option<&'v Value<'v>> {
    holder.get_field("common_http_protocol_options")
}

fn dns(value: &Value, discovery: Discovery, scope: &Scope<'_>) -> Option<Box<Dns>> {
    match discovery {
        Discovery::StrictDns | Discovery::LogicalDns => Some(Box::new(Dns::of_cluster(value, scope))),
        Discovery::Dynamic => {
            let config = value.get_field("cluster_type").get_field("typed_config");
            let empty = Value::Null;
            let cache = config.get_field("dns_cache_config").unwrap_or(&empty);
            let scope = scope.field("cluster_type.typed_config.dns_cache_config");
            Some(Box::new(Dns::of_cache(cache, &scope)))
        }
        Discovery::Static | Discovery::OriginalDst => None,
    }
}

/// The network filter towards endpoints; the tables let only this one pass.
fn exchange(value: &Value) -> Option<Box<PeerExchange>> {
    let configs = value.items("filters").iter().filter_map(|f| f.get_field("typed_config"));
    let mut filters = configs.filter(|c| c.type_name().ends_with("MetadataExchange"));
    filters.next().map(|config| Box::new(PeerExchange::new(config)))
}

fn destination_header(value: Option<&Value>) -> Option<Vec<u8>> {
    let name = value.opt_text("http_header_name").unwrap_or("x-envoy-original-dst-host");
    value.flag("use_http_header").then(|| name.to_ascii_lowercase().into_bytes())
}

/// Namespace and path of a metadata key.
fn metadata_path(key: &Value) -> Vec<String> {
    let path = key.items("path").iter().map(|step| step.text("key"));
    std::iter::once(key.text("key")).chain(path).map(str::to_owned).collect()
}

/// Whether internal listeners are told the metadata of a cluster with these sockets.
fn tells_inside(sockets: &[UpstreamSocket]) -> bool {
    sockets.iter().any(|s| s.internal.as_ref().is_some_and(|i| !i.cluster.is_empty()))
}

fn whole(value: &Value, wanted: bool) -> Option<Arc<Metadata>> {
    let metadata = value.get_field("metadata").get_field("filter_metadata").and_then(Value::as_map);
    metadata.filter(|_| wanted).map(|all| Arc::new(fields(all)))
}

/// Whether HTTP/2 is among what is spoken to endpoints (`useHttp2` in `source/extensions/upstreams/http/config.cc`).
fn carries_h2(value: &Value, options: Option<&Value>) -> bool {
    let either = options.get_field("use_downstream_protocol_config").get_field("http2_protocol_options");
    either.is_some() || protocol(value, options) == UpstreamProtocol::Http2
}

fn probes(value: &Value) -> socket2::TcpKeepalive {
    let seconds = |name: &str| value.int(name).map(Duration::from_secs);
    let mut probes = socket2::TcpKeepalive::new()
        .with_time(seconds("keepalive_time").unwrap_or(Duration::from_secs(7200)));
    if let Some(interval) = seconds("keepalive_interval") {
        probes = probes.with_interval(interval);
    }
    match value.int("keepalive_probes").and_then(|p| u32::try_from(p).ok()) {
        Some(count) => probes.with_retries(count),
        None => probes,
    }
}

/// Limits that this proxy only holds towards clients.
fn refuse_upstream_limits(common: Option<&Value>, scope: &Scope<'_>) {
    let scope = scope.field("common_http_protocol_options");
    if common.get_field("max_headers_count").is_some() {
        scope
            .field("max_headers_count")
            .refuse("is not held towards endpoints; remove it, or run the bootstrap in Envoy");
    }
    if !matches!(common.text("headers_with_underscores_action"), "" | "ALLOW") {
        scope.field("headers_with_underscores_action").refuse("only ALLOW is run towards endpoints");
    }
}

fn stat_name(value: &Value) -> String {
    let name = value.opt_text("alt_stat_name").map(|s| s.trim_end_matches(';'));
    name.unwrap_or(value.text("name")).replace(':', "_")
}

fn discovery(value: &Value) -> Discovery {
    if value.get_field("cluster_type").is_some() {
        return Discovery::Dynamic;
    }
    match value.text("type") {
        "STRICT_DNS" => Discovery::StrictDns,
        "LOGICAL_DNS" => Discovery::LogicalDns,
        "ORIGINAL_DST" => Discovery::OriginalDst,
        _ => Discovery::Static,
    }
}

/// An hour unless stated; zero is forever.
fn idle_timeout(common: Option<&Value>) -> Option<Duration> {
    let stated = common.duration("idle_timeout").unwrap_or(Duration::from_secs(3600));
    Some(stated).filter(|time| !time.is_zero())
}

fn max_requests(value: &Value, common: Option<&Value>) -> u64 {
    let most = common.int("max_requests_per_connection");
    most.or_else(|| value.int("max_requests_per_connection")).unwrap_or(0)
}

fn bind_address(value: &Value) -> Option<IpAddr> {
    value.get_field("upstream_bind_config").get_field("source_address").text("address").parse().ok()
}

fn protocol(value: &Value, options: Option<&Value>) -> UpstreamProtocol {
    let explicit = options.get_field("explicit_http_config");
    if explicit.get_field("http2_protocol_options").is_some() {
        return UpstreamProtocol::Http2;
    }
    if explicit.is_none() && value.get_field("http2_protocol_options").is_some() {
        return UpstreamProtocol::Http2;
    }
    match options.get_field("use_downstream_protocol_config") {
        Some(_) => UpstreamProtocol::Downstream,
        None => UpstreamProtocol::Http1,
    }
}

fn header_names(value: &Value, options: Option<&Value>) -> Names {
    ["explicit_http_config", "use_downstream_protocol_config"]
        .iter()
        .filter_map(|field| options.get_field(field))
        .chain([value])
        .map(|holder| super::hcm::header_names(holder.get_field("http_protocol_options")))
        .find(|names| *names != Names::Lower)
        .unwrap_or_default()
}

impl Limits {
    fn new(value: &Value, high: bool) -> Self {
        let thresholds = value.get_field("circuit_breakers").items("thresholds");
        let first = thresholds.iter().find(|t| (t.text("priority") == "HIGH") == high);
        let budget = first.get_field("retry_budget").map(|b| {
            let percent = b.get_field("budget_percent").get_field("value").and_then(Value::as_f64);
            (percent.unwrap_or(20.0), b.int("min_retry_concurrency").unwrap_or(3))
        });
        Self {
            connections: first.int("max_connections").unwrap_or(1024),
            pending: first.int("max_pending_requests").unwrap_or(1024),
            requests: first.int("max_requests").unwrap_or(1024),
            retries: first.int("max_retries").unwrap_or(3),
            budget,
            track_remaining: first.flag("track_remaining"),
        }
    }
}

/// The transport sockets of a cluster and, for each, the endpoint metadata that selects it.
fn sockets<'v>(
    value: &'v Value<'v>,
    secrets: &Secrets<'_>,
    scope: &Scope<'_>,
) -> (Vec<UpstreamSocket>, Vec<Option<&'v Value<'v>>>) {
    let mut sockets = Vec::new();
    let mut matches = Vec::new();
    for (index, item) in value.items("transport_socket_matches").iter().enumerate() {
        let scope = scope.item("transport_socket_matches", index);
        let socket = item.get_field("transport_socket");
        sockets.push(UpstreamSocket::new(socket, secrets, &scope.field("transport_socket")));
        matches.push(item.get_field("match"));
    }
    let default = value.get_field("transport_socket");
    sockets.push(UpstreamSocket::new(default, secrets, &scope.field("transport_socket")));
    matches.push(None);
    (sockets, matches)
}
