//! Network filters.

use mp_ir::plan::{NetworkFilter, TcpProxy, TcpTarget};
use serde_json::Value;

use crate::access_log::access_logs;
use crate::extension::discovered;
use crate::http_connection_manager::http_connection_manager;
use crate::json::{Object, duration, extension, list, typed_struct};
use crate::rbac;

use super::{dns_cache, stats, tunnel};

/// A network filter.
pub(crate) fn network_filter(filter: &NetworkFilter) -> Value {
    match filter {
        NetworkFilter::MetadataExchange { labels } => metadata_exchange(labels),
        NetworkFilter::Wasm(name) => discovered(name, "network"),
        NetworkFilter::Stats(filter) => stats(filter),
        NetworkFilter::Rbac(filter) => rbac::network_rbac(filter),
        NetworkFilter::ExtAuthz(filter) => rbac::network_ext_authz(filter),
        NetworkFilter::Mongo { stat_prefix } => {
            let config = Object::typed("envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy");
            extension("envoy.filters.network.mongo_proxy", config.set("statPrefix", stat_prefix.as_str()))
        }
        NetworkFilter::Mysql { stat_prefix } => {
            let config = Object::typed("envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy");
            extension("envoy.filters.network.mysql_proxy", config.set("statPrefix", stat_prefix.as_str()))
        }
        NetworkFilter::Redis { stat_prefix, cluster } => redis(stat_prefix, cluster),
        NetworkFilter::SniDynamicForwardProxy { port, cache } => {
            let config =
                Object::typed("envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig");
            let config = config.set("dnsCacheConfig", dns_cache(cache)).set("portValue", *port);
            extension("envoy.extensions.filters.network.sni_dynamic_forward_proxy", config)
        }
        NetworkFilter::ConnectAuthority => tunnel::network_authority(),
        NetworkFilter::TunnelMetadata { hashable } => tunnel::endpoint_metadata(*hashable),
        NetworkFilter::TunnelServer(server) => tunnel::server(server),
        NetworkFilter::TcpProxy(proxy) => tcp_proxy(proxy),
        NetworkFilter::Http(manager) => {
            extension("envoy.filters.network.http_connection_manager", http_connection_manager(manager))
        }
    }
}

fn metadata_exchange(labels: &[String]) -> Value {
    let value = Object::new()
        .set("enable_discovery", true)
        .set("protocol", "istio-peer-exchange")
        .unless_default("additional_labels", list(labels.iter().map(String::as_str)));
    let message = "envoy.tcp.metadataexchange.config.MetadataExchange";
    extension("istio.metadata_exchange", typed_struct(message, value))
}

/// A Redis proxy with one cluster for all keys (`networkfilter.go`, `buildRedisFilter`).
fn redis(stat_prefix: &str, cluster: &str) -> Value {
    let route = Object::new().set("catchAllRoute", Object::new().set("cluster", cluster));
    let config = Object::typed("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy")
        .set("statPrefix", stat_prefix)
        .set("latencyInMicros", true)
        .set("settings", Object::new().set("opTimeout", "5s"))
        .set("prefixRoutes", route);
    extension("envoy.filters.network.redis_proxy", config)
}

fn tcp_proxy(proxy: &TcpProxy) -> Value {
    let config = Object::typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy")
        .unless_default("statPrefix", proxy.stat_prefix.as_str());
    let config = match &proxy.target {
        TcpTarget::Cluster(name) => config.set("cluster", name.as_str()),
        TcpTarget::Weighted(clusters) => {
            let clusters = clusters
                .iter()
                .map(|(name, weight)| Object::new().set("name", name.as_str()).set("weight", *weight));
            config.set("weightedClusters", Object::new().unless_default("clusters", list(clusters)))
        }
    };
    let tunnel = proxy.tunnel.as_ref().map(|tunnel| {
        let headers = tunnel.headers.iter().map(|(key, value)| {
            let header = Object::new().set("key", key.as_str()).unless_default("value", value.as_str());
            Object::new().set("appendAction", "OVERWRITE_IF_EXISTS_OR_ADD").set("header", header)
        });
        Object::new()
            .set("hostname", tunnel.hostname.as_str())
            .unless_default("usePost", tunnel.use_post)
            .unless_default("headersToAdd", list(headers))
    });
    let hash = proxy.hash_source_ip.then(|| Object::new().set("sourceIp", Object::new()));
    let config = config
        .maybe("idleTimeout", proxy.idle_timeout.map(duration))
        .maybe("maxDownstreamConnectionDuration", proxy.max_connection_duration.map(duration))
        .unless_default("hashPolicy", list(hash))
        .maybe("tunnelingConfig", tunnel)
        .unless_default("accessLog", list(access_logs(&proxy.access_logs)));
    extension("envoy.filters.network.tcp_proxy", config)
}
