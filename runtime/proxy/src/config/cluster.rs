//! Clusters and endpoints, compiled.
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use super::endpoint::{Endpoint, endpoints};
use super::tls::UpstreamTls;
use super::value::{Get, Scope};

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Its name.
    pub(crate) name: String,
    /// Its name in statistics.
    pub(crate) stat_name: String,
    /// Where endpoints come from.
    pub(crate) discovery: Discovery,
    /// Configured endpoints.
    pub(crate) endpoints: Vec<Endpoint>,
    /// How an endpoint is picked.
    pub(crate) balancer: Balancer,
    /// Time for a connection to be made.
    pub(crate) connect_timeout: Duration,
    /// Circuit breakers.
    pub(crate) limits: Limits,
    /// Ejection of failing endpoints.
    pub(crate) outlier: Option<Outlier>,
    /// HTTP version to endpoints.
    pub(crate) protocol: UpstreamProtocol,
    /// Whether header names keep the spelling of the other side.
    pub(crate) preserve_case: bool,
    /// How long an idle connection is kept.
    pub(crate) idle_timeout: Option<Duration>,
    /// Requests per connection; 0 is any number.
    pub(crate) max_requests: u64,
    /// Below this share of healthy endpoints, all are used; in percent.
    pub(crate) panic_threshold: f64,
    /// 140 means that 71 % healthy endpoints carry all load.
    pub(crate) overprovisioning: u64,
    /// Transport sockets; endpoints refer to them by index.
    pub(crate) sockets: Vec<Option<UpstreamTls>>,
    /// Whether the SNI is taken from the host header.
    pub(crate) auto_sni: bool,
    /// Address that connections are made from.
    pub(crate) bind: Option<IpAddr>,
    /// Whether the endpoint's certificate must be for the server name that was sent.
    pub(crate) auto_san: bool,
    /// Keep-alive probes.
    pub(crate) keepalive: Option<socket2::TcpKeepalive>,
    /// Which addresses of a name are used.
    pub(crate) dns_family: DnsFamily,
    /// How often names are resolved again.
    pub(crate) dns_refresh: Duration,
    /// Port that replaces the one of the original destination.
    pub(crate) port_override: Option<u16>,
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
}

/// Which addresses of a name are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DnsFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// Both.
    Any,
}

/// How an endpoint is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Balancer {
    /// In turn, by weight.
    RoundRobin,
    /// The less busy of several random ones.
    LeastRequest(u64),
    /// At random.
    Random,
    /// Ketama ring: minimum and maximum size.
    RingHash(u64, u64),
    /// Maglev table of this size.
    Maglev(u64),
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
}

/// Outlier detection by consecutive failures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlier {
    /// Consecutive 5xx; 0 is off.
    pub(crate) server_errors: u64,
    /// Consecutive 502, 503, 504; 0 is off.
    pub(crate) gateway_errors: u64,
    /// Consecutive failures to connect; 0 is off.
    pub(crate) local_errors: u64,
    /// How often ejected endpoints are looked at.
    pub(crate) interval: Duration,
    /// First ejection time.
    pub(crate) base: Duration,
    /// Longest ejection time.
    pub(crate) max: Duration,
    /// Percentage of endpoints that may be ejected.
    pub(crate) max_percent: u64,
    /// Whether local errors are counted apart.
    pub(crate) split: bool,
}

impl Cluster {
    pub(super) fn new(value: &Value, secrets: &[Value], scope: &Scope<'_>) -> Self {
        let name = value.text("name").to_owned();
        let options = value.entries("typed_extension_protocol_options").next().map(|(_, o)| o);
        let common = options.get_field("common_http_protocol_options");
        let common = common.or_else(|| value.get_field("common_http_protocol_options"));
        let (sockets, matches) = sockets(value, secrets, scope);
        let discovery = discovery(value);
        let outlier = value.get_field("outlier_detection");
        let names = options.get_field("upstream_http_protocol_options");
        let original = value.get_field("original_dst_lb_config");
        refuse_partly_run(value, common, scope);
        let keepalive = value.get_field("upstream_connection_options").get_field("tcp_keepalive");
        Self {
            stat_name: stat_name(value),
            discovery,
            endpoints: endpoints(value, discovery, &matches, scope),
            balancer: balancer(value),
            connect_timeout: value.duration("connect_timeout").unwrap_or(Duration::from_secs(5)),
            limits: Limits::new(value),
            outlier: outlier.map(|o| Outlier::new(o, &scope.field("outlier_detection"))),
            protocol: protocol(value, options),
            preserve_case: preserve_case(value, options),
            idle_timeout: Some(common.duration("idle_timeout").unwrap_or(Duration::from_secs(3600)))
                .filter(|d| !d.is_zero()),
            max_requests: max_requests(value, common),
            panic_threshold: panic_threshold(value),
            overprovisioning: overprovisioning(value),
            sockets,
            auto_sni: names.flag("auto_sni"),
            auto_san: names.flag("auto_san_validation"),
            bind: bind_address(value),
            keepalive: keepalive.map(probes),
            dns_family: dns_family(value),
            dns_refresh: value.duration("dns_refresh_rate").unwrap_or(Duration::from_secs(5)),
            port_override: original.int("upstream_port_override").and_then(|p| u16::try_from(p).ok()),
            name,
        }
    }
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

/// Refuses what depends on several fields together.
fn refuse_partly_run(value: &Value, common: Option<&Value>, scope: &Scope<'_>) {
    refuse_unbalanced(value, scope);
    refuse_upstream_limits(common, scope);
    let localities = value.get_field("load_assignment").items("endpoints").iter();
    let hosts: usize = localities.map(|l| l.items("lb_endpoints").len()).sum();
    let outlier = value.get_field("outlier_detection");
    // Envoy compares success rates by default, as soon as there are five hosts.
    if hosts >= 5 && outlier.is_some() && outlier.int("enforcing_success_rate").is_none() {
        let scope = scope.field("outlier_detection");
        scope
            .field("enforcing_success_rate")
            .refuse("is 100 by default, which is not supported; set it to 0");
    }
}

/// Weights of localities only matter where there is a choice between localities.
fn refuse_unbalanced(value: &Value, scope: &Scope<'_>) {
    if value.get_field("common_lb_config").get_field("locality_weighted_lb_config").is_none() {
        return;
    }
    let mut priorities = BTreeSet::new();
    for locality in value.get_field("load_assignment").items("endpoints") {
        if !locality.items("lb_endpoints").is_empty() && !priorities.insert(locality.int("priority")) {
            let scope = scope.field("common_lb_config");
            let field = scope.field("locality_weighted_lb_config");
            return field.refuse("balancing between localities is not supported; run the bootstrap in Envoy");
        }
    }
}

/// Limits that this proxy only holds towards clients.
fn refuse_upstream_limits(common: Option<&Value>, scope: &Scope<'_>) {
    let scope = scope.field("common_http_protocol_options");
    for name in ["max_connection_duration", "max_stream_duration", "max_headers_count"] {
        if common.get_field(name).is_some() {
            scope
                .field(name)
                .refuse("is not held towards endpoints; remove it, or run the bootstrap in Envoy");
        }
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
    match value.text("type") {
        "STRICT_DNS" => Discovery::StrictDns,
        "LOGICAL_DNS" => Discovery::LogicalDns,
        "ORIGINAL_DST" => Discovery::OriginalDst,
        _ => Discovery::Static,
    }
}

fn dns_family(value: &Value) -> DnsFamily {
    match value.text("dns_lookup_family") {
        "V4_ONLY" => DnsFamily::V4,
        "V6_ONLY" => DnsFamily::V6,
        _ => DnsFamily::Any,
    }
}

fn max_requests(value: &Value, common: Option<&Value>) -> u64 {
    let most = common.int("max_requests_per_connection");
    most.or_else(|| value.int("max_requests_per_connection")).unwrap_or(0)
}

fn panic_threshold(value: &Value) -> f64 {
    match value.get_field("common_lb_config").get_field("healthy_panic_threshold") {
        Some(percent) => percent.get_field("value").and_then(Value::as_f64).unwrap_or(0.0),
        None => 50.0,
    }
}

fn overprovisioning(value: &Value) -> u64 {
    value.get_field("load_assignment").get_field("policy").int("overprovisioning_factor").unwrap_or(140)
}

fn bind_address(value: &Value) -> Option<IpAddr> {
    value.get_field("upstream_bind_config").get_field("source_address").text("address").parse().ok()
}

fn balancer(value: &Value) -> Balancer {
    match value.text("lb_policy") {
        "LEAST_REQUEST" => Balancer::LeastRequest(
            value.get_field("least_request_lb_config").int("choice_count").unwrap_or(2),
        ),
        "RANDOM" => Balancer::Random,
        "RING_HASH" => {
            let config = value.get_field("ring_hash_lb_config");
            Balancer::RingHash(
                config.int("minimum_ring_size").unwrap_or(1024),
                config.int("maximum_ring_size").unwrap_or(8 << 20),
            )
        }
        "MAGLEV" => Balancer::Maglev(value.get_field("maglev_lb_config").int("table_size").unwrap_or(65537)),
        _ => Balancer::RoundRobin,
    }
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

fn preserve_case(value: &Value, options: Option<&Value>) -> bool {
    ["explicit_http_config", "use_downstream_protocol_config", "auto_config"]
        .iter()
        .filter_map(|field| options.get_field(field))
        .chain([value])
        .any(|holder| super::hcm::preserves_case(holder.get_field("http_protocol_options")))
}

impl Limits {
    fn new(value: &Value) -> Self {
        let thresholds = value.get_field("circuit_breakers").items("thresholds");
        let first = thresholds.iter().find(|t| matches!(t.text("priority"), "" | "DEFAULT"));
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
        }
    }
}

impl Outlier {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        for field in
            ["enforcing_success_rate", "enforcing_failure_percentage", "enforcing_local_origin_success_rate"]
        {
            if value.int(field).is_some_and(|v| v > 0) {
                scope.field(field).refuse("ejection by success rate is not supported; set it to 0");
            }
        }
        let enforced = |count: &str, enforcing: &str, default: u64, enforced: u64| {
            let on = value.int(enforcing).unwrap_or(enforced) > 0;
            if on { value.int(count).unwrap_or(default) } else { 0 }
        };
        let base = value.duration("base_ejection_time").unwrap_or(Duration::from_secs(30));
        Self {
            server_errors: enforced("consecutive_5xx", "enforcing_consecutive_5xx", 5, 100),
            gateway_errors: enforced(
                "consecutive_gateway_failure",
                "enforcing_consecutive_gateway_failure",
                5,
                0,
            ),
            local_errors: enforced(
                "consecutive_local_origin_failure",
                "enforcing_consecutive_local_origin_failure",
                5,
                100,
            ),
            interval: value.duration("interval").unwrap_or(Duration::from_secs(10)),
            base,
            max: value.duration("max_ejection_time").unwrap_or(Duration::from_secs(300)).max(base),
            max_percent: value.int("max_ejection_percent").unwrap_or(10),
            split: value.flag("split_external_local_origin_errors"),
        }
    }
}

/// The transport sockets of a cluster and, for each, the endpoint metadata that selects it.
fn sockets(value: &Value, secrets: &[Value], scope: &Scope<'_>) -> (Vec<Option<UpstreamTls>>, Vec<Value>) {
    let mut sockets = Vec::new();
    let mut matches = Vec::new();
    for (index, item) in value.items("transport_socket_matches").iter().enumerate() {
        let scope = scope.item("transport_socket_matches", index);
        sockets.push(UpstreamTls::new(item.get_field("transport_socket"), secrets, &scope));
        matches.push(item.get_field("match").cloned().unwrap_or(Value::Null));
    }
    let default = value.get_field("transport_socket");
    sockets.push(UpstreamTls::new(default, secrets, &scope.field("transport_socket")));
    matches.push(Value::Null);
    (sockets, matches)
}
