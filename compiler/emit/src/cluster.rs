//! Clusters.

mod http;

use mp_ir::plan::{
    Cluster, ClusterMetadata, CommonLb, Discovery, DnsDiscovery, DnsFamily, Keepalive, Limits, LoadBalancing,
    Outlier, SlowStart, TUNNEL_PORT, ZoneAware,
};
use serde_json::{Value, json};

use crate::filters::dns_cache;
use crate::json::{Object, ads_source, duration, extension, list, typed_struct};
use crate::{endpoint, tls};

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const CARES: &str = "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig";
const DYNAMIC_FORWARD: &str = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";
/// What Istio calls the seed of slow start in Envoy's runtime.
const SLOW_START_KEY: &str = "(";

/// A cluster as a resource.
pub(crate) fn message(cluster: &Cluster) -> Value {
    let object = Object::typed(CLUSTER)
        .set("name", cluster.name.as_str())
        .unless_default("altStatName", cluster.alt_stat_name.as_str())
        .maybe("connectTimeout", cluster.connect_timeout.map(duration))
        .maybe("commonLbConfig", cluster.common_lb.as_ref().map(common_lb))
        .maybe("circuitBreakers", cluster.limits.as_ref().map(|l| json!({"thresholds": [limits(l)]})))
        .maybe("outlierDetection", cluster.outlier.as_ref().map(outlier))
        .maybe("typedExtensionProtocolOptions", cluster.http.as_ref().map(http::options))
        .maybe("upstreamConnectionOptions", cluster.keepalive.as_ref().map(keepalive))
        .maybe("upstreamBindConfig", bind(&cluster.bind))
        .maybe("cleanupInterval", cluster.cleanup_interval.map(duration))
        .maybe("metadata", metadata(&cluster.metadata))
        .unless_default("filters", list(cluster.metadata_exchange.as_deref().map(metadata_exchange)));
    let object = discovery(object, cluster);
    let object = load_balancing(object, cluster.load_balancing);
    tls::transport(object, &cluster.security, cluster.via, cluster.proxy_protocol).into()
}

fn discovery(object: Object, cluster: &Cluster) -> Object {
    match &cluster.discovery {
        Discovery::Static(endpoints) => {
            let object = object.set("type", "STATIC");
            let inline = (!endpoints.is_empty()).then(|| endpoint::inline(&cluster.name, endpoints));
            object.maybe("loadAssignment", inline)
        }
        Discovery::Eds => object
            .set("type", "EDS")
            .set("edsClusterConfig", json!({"serviceName": cluster.name, "edsConfig": ads_source()})),
        Discovery::StrictDns(dns) => dns_discovery(object.set("type", "STRICT_DNS"), &cluster.name, dns),
        Discovery::LogicalDns(dns) => dns_discovery(object.set("type", "LOGICAL_DNS"), &cluster.name, dns),
        Discovery::OriginalDst { port_override, unused } => {
            let object = unused.iter().fold(object, dns_settings);
            object
                .set("type", "ORIGINAL_DST")
                .maybe("originalDstLbConfig", port_override.map(|port| json!({"upstreamPortOverride": port})))
        }
        Discovery::Internal(part) => {
            let address = json!({"envoyInternalAddress": {"serverListenerName": part.name()}});
            let endpoints = json!([{"lbEndpoints": [{"endpoint": {"address": address}}]}]);
            let assignment = json!({"clusterName": cluster.name, "endpoints": endpoints});
            object.set("type", "STATIC").set("loadAssignment", assignment)
        }
        Discovery::Tunnel { to_waypoints } => {
            let waypoint =
                json!({"key": "envoy.filters.listener.original_dst", "path": [{"key": "waypoint"}]});
            let config = Object::new()
                .set("upstreamPortOverride", TUNNEL_PORT)
                .maybe("metadataKey", to_waypoints.then_some(waypoint));
            object.set("type", "ORIGINAL_DST").set("originalDstLbConfig", config)
        }
        Discovery::DynamicForward { cache, allow_insecure } => {
            let config = Object::typed(DYNAMIC_FORWARD)
                .set("dnsCacheConfig", dns_cache(cache))
                .unless_default("allowInsecureClusterOptions", *allow_insecure);
            object.set("clusterType", extension("envoy.clusters.dynamic_forward_proxy", config))
        }
    }
}

fn dns_discovery(object: Object, name: &str, dns: &DnsDiscovery) -> Object {
    dns_settings(object.set("loadAssignment", endpoint::inline(name, &dns.endpoints)), dns)
}

fn dns_settings(object: Object, dns: &DnsDiscovery) -> Object {
    let resolver = Object::typed(CARES).set("udpMaxQueries", dns.udp_max_queries);
    object
        .set("dnsLookupFamily", lookup(dns.family))
        .set("dnsRefreshRate", duration(dns.refresh))
        .set("dnsJitter", duration(dns.jitter))
        .unless_default("respectDnsTtl", dns.respect_ttl)
        .set("typedDnsResolverConfig", extension("envoy.network.dns_resolver.cares", resolver))
}

fn lookup(family: DnsFamily) -> &'static str {
    match family {
        DnsFamily::Auto => "AUTO",
        DnsFamily::V4Only => "V4_ONLY",
        DnsFamily::V6Only => "V6_ONLY",
        DnsFamily::V4Preferred => "V4_PREFERRED",
        DnsFamily::All => "ALL",
    }
}

fn load_balancing(object: Object, policy: LoadBalancing) -> Object {
    match policy {
        LoadBalancing::RoundRobin(slow) => {
            object.set("lbPolicy", "ROUND_ROBIN").maybe("roundRobinLbConfig", slow.map(slow_start))
        }
        LoadBalancing::LeastRequest(slow) => {
            object.set("lbPolicy", "LEAST_REQUEST").maybe("leastRequestLbConfig", slow.map(slow_start))
        }
        LoadBalancing::Random => object.set("lbPolicy", "RANDOM"),
        LoadBalancing::RingHash(size) => {
            let config = size.map(|size| json!({"minimumRingSize": size.to_string()}));
            object.set("lbPolicy", "RING_HASH").maybe("ringHashLbConfig", config)
        }
        LoadBalancing::Maglev(size) => {
            let config = size.map(|size| json!({"tableSize": size.to_string()}));
            object.set("lbPolicy", "MAGLEV").maybe("maglevLbConfig", config)
        }
        LoadBalancing::Provided => object.set("lbPolicy", "CLUSTER_PROVIDED"),
    }
}

fn slow_start(slow: SlowStart) -> Value {
    let aggression = slow.aggression.map(|a| json!({"defaultValue": a, "runtimeKey": SLOW_START_KEY}));
    let config = Object::new()
        .set("slowStartWindow", duration(slow.window))
        .maybe("aggression", aggression)
        .maybe("minWeightPercent", slow.min_weight_percent.map(|p| json!({"value": p})));
    Object::new().set("slowStartConfig", config).into()
}

fn common_lb(common: &CommonLb) -> Value {
    let statuses = json!({"statuses": ["HEALTHY", "DRAINING", "UNKNOWN", "DEGRADED"]});
    Object::new()
        .maybe("healthyPanicThreshold", common.panic_threshold.map(|p| json!({"value": p})))
        .maybe("zoneAwareLbConfig", common.zone_aware.map(zone_aware))
        .maybe("localityWeightedLbConfig", common.locality_weighted.then(|| json!({})))
        .maybe("overrideHostStatus", common.keep_draining.then_some(statuses))
        .into()
}

fn zone_aware(zones: ZoneAware) -> Value {
    Object::new()
        .maybe("routingEnabled", zones.off.then(|| json!({"value": 0.0})))
        .maybe("minClusterSize", zones.min_cluster_size.map(|size| size.to_string()))
        .into()
}

fn limits(limits: &Limits) -> Value {
    let budget = limits.retry_budget.map(|budget| {
        Object::new()
            .set("budgetPercent", json!({"value": budget.percent}))
            .maybe("budgetInterval", budget.interval.map(duration))
            .set("minRetryConcurrency", budget.min_concurrency)
    });
    Object::new()
        .set("maxConnections", limits.connections)
        .set("maxPendingRequests", limits.pending)
        .set("maxRequests", limits.requests)
        .set("maxRetries", limits.retries)
        .unless_default("trackRemaining", limits.track_remaining)
        .maybe("retryBudget", budget)
        .into()
}

/// A rule with a limit above 0 is enforced in all cases, one with 0 in none.
fn enforced(limit: u32) -> u32 {
    if limit > 0 { 100 } else { 0 }
}

fn outlier(outlier: &Outlier) -> Value {
    let object = Object::new()
        .set("enforcingSuccessRate", 0)
        .maybe("consecutive5xx", outlier.consecutive_5xx)
        .maybe("enforcingConsecutive5xx", outlier.consecutive_5xx.map(enforced))
        .maybe("consecutiveGatewayFailure", outlier.consecutive_gateway)
        .maybe("enforcingConsecutiveGatewayFailure", outlier.consecutive_gateway.map(enforced))
        .maybe("interval", outlier.interval.map(duration))
        .maybe("baseEjectionTime", outlier.base_ejection.map(duration))
        .maybe("maxEjectionPercent", outlier.max_ejection_percent);
    if !outlier.split_local {
        return object.into();
    }
    object
        .set("splitExternalLocalOriginErrors", true)
        .maybe("consecutiveLocalOriginFailure", outlier.consecutive_local)
        .maybe("enforcingConsecutiveLocalOriginFailure", outlier.consecutive_local.map(|_| 100))
        .set("enforcingLocalOriginSuccessRate", 0)
        .into()
}

fn keepalive(keepalive: &Keepalive) -> Value {
    let tcp = Object::new()
        .maybe("keepaliveProbes", keepalive.probes)
        .maybe("keepaliveTime", keepalive.time)
        .maybe("keepaliveInterval", keepalive.interval);
    Object::new().set("tcpKeepalive", tcp).into()
}

fn bind(sources: &[String]) -> Option<Value> {
    let (first, rest) = sources.split_first()?;
    let address = |ip: &String| json!({"address": ip, "portValue": 0});
    let extra = rest.iter().map(|ip| json!({"address": address(ip)}));
    let object = Object::new().set("sourceAddress", address(first));
    Some(object.unless_default("extraSourceAddresses", list(extra)).into())
}

fn metadata_exchange(labels: &[String]) -> Value {
    let value = Object::new()
        .set("protocol", "istio-peer-exchange")
        .set("enable_discovery", true)
        .unless_default("additional_labels", list(labels.iter().map(String::as_str)));
    extension(
        "istio.metadata_exchange",
        typed_struct("envoy.tcp.metadataexchange.config.MetadataExchange", value),
    )
}

fn metadata(metadata: &ClusterMetadata) -> Option<Value> {
    let service =
        |s: &mp_ir::plan::ServiceLabel| json!({"host": s.host, "name": s.name, "namespace": s.namespace});
    let services = metadata.services.as_ref().map(|services| list(services.iter().map(service)));
    let istio = Object::new()
        .maybe("services", services)
        .maybe("config", metadata.config.as_deref())
        .unless_default("subset", metadata.subset.as_str())
        .unless_default("external", metadata.external && !metadata.tunnelled)
        .unless_default("disable_mx", metadata.tunnelled)
        .maybe("alpn_override", metadata.alpn_override_off.then_some("false"));
    (!istio.is_empty()).then(|| Object::new().set("filterMetadata", Object::new().set("istio", istio)).into())
}
