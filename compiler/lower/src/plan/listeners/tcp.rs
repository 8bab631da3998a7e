//! Network filters of chains that pass bytes (`networkfilter.go`).

use mp_ir::mesh::{
    ConnectionPool, DestinationRule, ExtensionPhase, HashKey, LoadBalancer, Meta, Protocol, RouteDestination,
    Service, Tunnel,
};
use mp_ir::plan::{NetworkFilter, TcpProxy, TcpTarget, TcpTunnel};

use super::Class;
use super::destination::{self, StatNames};
use super::stack::Stack;

/// The port that a chain listens on.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListenPort<'a> {
    /// Its number.
    pub(super) number: u32,
    /// Its name.
    pub(super) name: &'a str,
    /// Its protocol.
    pub(super) protocol: Protocol,
}

/// One cluster that a chain leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single<'a> {
    /// Prefix of statistics.
    pub(super) stat_prefix: &'a str,
    /// The cluster.
    pub(super) cluster: &'a str,
    /// Its subset; empty for none.
    pub(super) subset: &'a str,
    /// The rule of its host.
    pub(super) rule: Option<&'a DestinationRule>,
    /// A tunnel that the rule asks for is made.
    pub(super) tunnel: bool,
    /// The service, where it is one.
    pub(super) service: Option<&'a Service>,
}

/// What surrounds the TCP proxy of a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surround {
    /// Which traffic it is for.
    pub(super) class: Class,
    /// With metadata exchange.
    pub(super) exchange: bool,
    /// With the filters of policies.
    pub(super) security: bool,
}

impl Surround {
    /// Outbound chains of a sidecar.
    pub(super) const OUTBOUND: Self = Self { class: Class::Outbound, exchange: false, security: false };

    /// Chains of a gateway.
    pub(super) const fn gateway(exchange: bool) -> Self {
        Self { class: Class::Gateway, exchange, security: true }
    }
}

/// Filters that lead to one cluster (`buildOutboundNetworkFiltersWithSingleDestination`).
pub(super) fn single(
    stack: &Stack<'_>,
    port: ListenPort<'_>,
    to: Single<'_>,
    around: Surround,
) -> Vec<NetworkFilter> {
    let mut proxy =
        proxy(stack, around.class, to.stat_prefix, TcpTarget::Cluster(to.cluster.to_owned()), to.rule);
    proxy.hash_source_ip = hashes_source_ip(to.rule, to.subset);
    if to.tunnel {
        proxy.tunnel = tunnel(to.rule, to.subset);
    }
    let dynamic = to.service.and_then(|service| destination::dynamic_cache(stack, service));
    let mut filters = before(
        stack,
        Surround { security: around.security || dynamic.is_some(), ..around },
        Some(port.number),
    );
    if let (Some(cache), Class::Outbound) = (dynamic, around.class) {
        filters.push(NetworkFilter::SniDynamicForwardProxy { port: port.number, cache });
    }
    filters.extend(protocol_filters(stack, port.protocol, proxy, to.cluster));
    filters
}

/// Filters that lead to the destinations of a route (`buildOutboundNetworkFilters`). `None` without any destination that counts.
pub(super) fn routed(
    stack: &Stack<'_>,
    port: ListenPort<'_>,
    routes: &[RouteDestination],
    meta: &Meta,
    around: Surround,
) -> Option<Vec<NetworkFilter>> {
    let first = routes.first()?;
    let service = stack.cx.scope.service(&first.destination.host).map(|s| &*s.service);
    let rule = service.and_then(|s| destination::rule(stack, &s.hostname));
    if let [only] = routes {
        let cluster = destination::of(&only.destination, service, port.number);
        let names = StatNames {
            host: &only.destination.host,
            subset: &only.destination.subset,
            port: port.number,
            port_name: port.name,
            service,
        };
        let stat_prefix = match service {
            Some(_) => destination::outbound_stat_prefix(stack, &cluster, names),
            None => cluster.clone(),
        };
        let subset = only.destination.subset.as_str();
        let to = Single {
            stat_prefix: &stat_prefix,
            cluster: &cluster,
            subset,
            rule,
            tunnel: true,
            service: None,
        };
        return Some(single(stack, port, to, around));
    }
    weighted(stack, port, routes, meta, rule, around)
}

fn weighted(
    stack: &Stack<'_>,
    port: ListenPort<'_>,
    routes: &[RouteDestination],
    meta: &Meta,
    rule: Option<&DestinationRule>,
    around: Surround,
) -> Option<Vec<NetworkFilter>> {
    let counted = routes.iter().filter(|route| route.weight > 0).map(|route| {
        let service = stack.cx.scope.service(&route.destination.host).map(|s| &*s.service);
        let weight = u32::try_from(route.weight).unwrap_or(u32::MAX);
        (destination::of(&route.destination, service, port.number), weight)
    });
    let clusters: Vec<(String, u32)> = counted.collect();
    let first = clusters.first().map(|(name, _)| name.clone())?;
    let stat_prefix = format!("{}.{}", meta.name(), meta.namespace());
    let mut proxy = proxy(stack, around.class, &stat_prefix, TcpTarget::Weighted(clusters), rule);
    proxy.hash_source_ip = hashes_source_ip(rule, "");
    proxy.tunnel = tunnel(rule, "");
    let mut filters = before(stack, around, Some(port.number));
    filters.extend(protocol_filters(stack, port.protocol, proxy, &first));
    Some(filters)
}

/// A TCP proxy with the timeouts of a DestinationRule.
fn proxy(
    stack: &Stack<'_>,
    class: Class,
    stat_prefix: &str,
    target: TcpTarget,
    rule: Option<&DestinationRule>,
) -> TcpProxy {
    let pool: Option<&ConnectionPool> =
        rule.and_then(|r| r.traffic_policy.as_ref()).and_then(|p| p.connection_pool.as_ref());
    TcpProxy {
        stat_prefix: stat_prefix.to_owned(),
        target,
        idle_timeout: pool.and_then(|p| p.tcp_idle_timeout).or_else(|| stack.idle_timeout()),
        max_connection_duration: pool.and_then(|p| p.max_connection_duration),
        hash_source_ip: false,
        tunnel: None,
        access_logs: stack.telemetry(class).tcp_logs.clone(),
    }
}

/// A TCP proxy of a waypoint with what the rule of a service says (`buildWaypointNetworkFilters`).
pub(super) fn waypoint_proxy(
    stack: &Stack<'_>,
    stat_prefix: &str,
    target: TcpTarget,
    rule: Option<&DestinationRule>,
    subset: &str,
) -> TcpProxy {
    let mut proxy = proxy(stack, Class::Inbound, stat_prefix, target, rule);
    proxy.hash_source_ip = hashes_source_ip(rule, subset);
    proxy.tunnel = tunnel(rule, subset);
    proxy
}

/// A TCP proxy to a fixed cluster, without DestinationRule.
pub(super) fn plain_proxy(stack: &Stack<'_>, class: Class, stat_prefix: &str, cluster: &str) -> TcpProxy {
    proxy(stack, class, stat_prefix, TcpTarget::Cluster(cluster.to_owned()), None)
}

/// A TCP proxy that refuses: no timeout, no log.
pub(super) fn black_hole() -> NetworkFilter {
    let name = destination::BLACK_HOLE.to_owned();
    NetworkFilter::TcpProxy(Box::new(TcpProxy {
        stat_prefix: name.clone(),
        target: TcpTarget::Cluster(name),
        ..TcpProxy::default()
    }))
}

/// What stands before the protocol's own filters (`buildCompleteNetworkFilters`).
/// Chains without a port, which lead nowhere in particular, have no extensions.
pub(super) fn before(stack: &Stack<'_>, around: Surround, port: Option<u32>) -> Vec<NetworkFilter> {
    let extensions =
        |phase| port.map(|port| stack.extensions.network(around.class, port, phase)).unwrap_or_default();
    let mut filters = Vec::new();
    if around.exchange {
        filters.extend(metadata_exchange(stack));
    }
    let (custom, local) = if around.security { stack.tcp_security() } else { Default::default() };
    filters.extend(custom);
    filters.extend(extensions(ExtensionPhase::Authn));
    filters.extend(extensions(ExtensionPhase::Authz));
    filters.extend(local);
    filters.extend(extensions(ExtensionPhase::Stats));
    filters.extend(extensions(ExtensionPhase::Unspecified));
    filters.extend(stack.telemetry(around.class).stats.iter().cloned().map(NetworkFilter::Stats));
    filters
}

/// `istio.metadata_exchange`, unless it is turned off.
pub(super) fn metadata_exchange(stack: &Stack<'_>) -> Option<NetworkFilter> {
    let labels = stack.flags.exchange_labels.clone();
    stack.flags.metadata_exchange.then_some(NetworkFilter::MetadataExchange { labels })
}

/// Filters of a protocol, the TCP proxy last (`buildNetworkFiltersStack`).
pub(super) fn protocol_filters(
    stack: &Stack<'_>,
    protocol: Protocol,
    proxy: TcpProxy,
    cluster: &str,
) -> Vec<NetworkFilter> {
    let stat_prefix = proxy.stat_prefix.clone();
    let tcp = NetworkFilter::TcpProxy(Box::new(proxy));
    match protocol {
        Protocol::Mongo if stack.flags.mongo => vec![NetworkFilter::Mongo { stat_prefix }, tcp],
        Protocol::Mysql if stack.flags.mysql => vec![NetworkFilter::Mysql { stat_prefix }, tcp],
        Protocol::Redis if stack.flags.redis => {
            vec![NetworkFilter::Redis { stat_prefix, cluster: cluster.to_owned() }]
        }
        _ => vec![tcp],
    }
}

/// The caller's address chooses the endpoint: as the subset says, else as the host's policy does (`maybeSetHashPolicy`).
fn hashes_source_ip(rule: Option<&DestinationRule>, subset: &str) -> bool {
    let Some(rule) = rule else { return false };
    let by_ip = |lb: &LoadBalancer| {
        lb.consistent_hash.as_ref().is_some_and(|hash| hash.key == Some(HashKey::SourceIp))
    };
    let of_subset = rule.subsets.iter().find(|s| s.name.value == subset);
    let stated = of_subset.and_then(|s| s.traffic_policy.as_ref()).and_then(|p| p.load_balancer.as_ref());
    let of_host = rule.traffic_policy.as_ref().and_then(|p| p.load_balancer.as_ref());
    stated.or(of_host).is_some_and(by_ip)
}

/// The tunnel that a subset, or else the host, asks for (`tunnelingconfig.Apply`).
fn tunnel(rule: Option<&DestinationRule>, subset: &str) -> Option<TcpTunnel> {
    let rule = rule?;
    let policy = match subset {
        "" => rule.traffic_policy.as_ref(),
        name => rule.subsets.iter().find(|s| s.name.value == name)?.traffic_policy.as_ref(),
    };
    let tunnel: &Tunnel = policy?.tunnel.as_ref()?;
    let host = if tunnel.target_host.contains(':') {
        format!("[{}]", tunnel.target_host)
    } else {
        tunnel.target_host.clone()
    };
    Some(TcpTunnel {
        hostname: format!("{host}:{}", tunnel.target_port),
        use_post: tunnel.protocol == "POST",
        headers: Vec::new(),
    })
}
