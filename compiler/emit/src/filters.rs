//! Network filters and HTTP filters.

mod http;
mod network;
mod tunnel;

pub(crate) use http::http_filter;
pub(crate) use network::network_filter;

use mp_ir::plan::{DnsCache, DnsFamily, StatsFilter};
use serde_json::Value;

use crate::json::{Object, duration, extension, list};

/// `istio.stats`, the same for requests and connections (`telemetry.go`, `generateStatsConfig`).
fn stats(filter: &StatsFilter) -> Value {
    let metrics = filter.metrics.iter().map(|metric| {
        let dimensions =
            metric.dimensions.iter().fold(Object::new(), |all, (tag, value)| all.set(tag, value.as_str()));
        Object::new()
            .unless_default("dimensions", dimensions)
            .set("name", metric.name.as_str())
            .unless_default("tagsToRemove", list(metric.removed.iter().map(String::as_str)))
            .unless_default("drop", metric.drop)
    });
    let config = Object::typed("stats.PluginConfig")
        .unless_default("disableHostHeaderFallback", filter.disable_host_header_fallback)
        .maybe("reporter", filter.server_gateway.then_some("SERVER_GATEWAY"))
        .maybe("tcpReportingDuration", filter.tcp_reporting.map(duration))
        .unless_default("metrics", list(metrics));
    extension("istio.stats", config)
}

/// A DNS cache of the dynamic forward proxy.
pub(crate) fn dns_cache(cache: &DnsCache) -> Object {
    let family = match cache.family {
        DnsFamily::Auto => "AUTO",
        DnsFamily::V4Only => "V4_ONLY",
        DnsFamily::V6Only => "V6_ONLY",
        DnsFamily::V4Preferred => "V4_PREFERRED",
        DnsFamily::All => "ALL",
    };
    let resolver = cache.resolver.as_ref().map(|server| {
        let socket = Object::new().set("address", server.address.as_str()).set("portValue", server.port);
        let config = Object::typed("envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig");
        let config = config.unless_default("resolvers", list([Object::new().set("socketAddress", socket)]));
        extension("envoy.network.dns_resolver.cares", config)
    });
    Object::new()
        .set("name", cache.name.as_str())
        .set("dnsLookupFamily", family)
        .maybe("maxHosts", cache.max_hosts)
        .maybe("typedDnsResolverConfig", resolver)
}
