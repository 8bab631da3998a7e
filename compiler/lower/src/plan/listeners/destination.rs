//! Clusters, statistics prefixes and DNS caches that chains lead to.

use mp_ir::mesh::{Destination, DestinationRule, OutboundTrafficPolicy, Registry, Resolution, Service};
use mp_ir::plan::{DnsCache, DnsFamily, IpMode, SocketAddress};

use crate::hosts::is_wildcard;

use super::stack::Stack;

/// Cluster to the address that was dialled.
pub(super) const PASSTHROUGH: &str = "PassthroughCluster";
/// Cluster without endpoints.
pub(super) const BLACK_HOLE: &str = "BlackHoleCluster";
/// Cluster to the port of the workload that was dialled.
pub(super) const INBOUND_PASSTHROUGH: &str = "InboundPassthroughCluster";

/// Where calls of unknown hosts go: the address that was dialled, or what the Sidecar names instead.
pub(super) fn catch_all(stack: &Stack<'_>) -> String {
    let cx = stack.cx;
    match cx.scope.outbound {
        OutboundTrafficPolicy::RegistryOnly => BLACK_HOLE.to_owned(),
        OutboundTrafficPolicy::AllowAny | OutboundTrafficPolicy::AllowAnyDynamicDns => {
            let proxy = cx.scope.sidecar(cx.mesh).and_then(|sidecar| sidecar.egress_proxy.as_ref());
            proxy.map_or_else(|| PASSTHROUGH.to_owned(), |to| of(to, None, 0))
        }
    }
}

/// `outbound|port|subset|host` (`BuildSubsetKey`).
pub(super) fn cluster(port: u32, subset: &str, host: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}

/// `outbound_.port_.subset_.host` (`BuildDNSSrvSubsetKey`).
pub(super) fn sni_cluster(port: u32, subset: &str, host: &str) -> String {
    format!("outbound_.{port}_.{subset}_.{host}")
}

/// The cluster of a destination (`GetDestinationCluster`).
pub(super) fn of(destination: &Destination, service: Option<&Service>, listener_port: u32) -> String {
    if destination.host.is_empty() {
        return "UnknownService".to_owned();
    }
    let external = service.and_then(|s| s.external_name.as_ref()).filter(|name| !name.is_empty());
    let host = external.map_or(destination.host.as_str(), |name| name.as_str());
    let port = match (&destination.port, service.map(|s| s.ports.as_slice())) {
        (Some(port), _) => port.value,
        (None, Some([only])) => only.number,
        (None, _) => listener_port,
    };
    cluster(port, &destination.subset, host)
}

/// What a statistics prefix is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatNames<'a> {
    /// Fully qualified host.
    pub(super) host: &'a str,
    /// Subset; empty for none.
    pub(super) subset: &'a str,
    /// Port number.
    pub(super) port: u32,
    /// Port name.
    pub(super) port_name: &'a str,
    /// The service, for its short names.
    pub(super) service: Option<&'a Service>,
}

/// Fills a pattern such as `%SERVICE%_%SERVICE_PORT%` (`telemetry.BuildInboundStatPrefix`, which leaves the target port as it is).
pub(super) fn stat_prefix(pattern: &str, names: StatNames<'_>) -> String {
    let kubernetes = names.service.filter(|s| s.registry == Registry::Kubernetes);
    let (short, name) = match kubernetes {
        Some(service) => {
            (format!("{}.{}", service.meta.name(), service.meta.namespace()), service.meta.name().to_owned())
        }
        None => (names.host.to_owned(), names.host.to_owned()),
    };
    pattern
        .replace("%SERVICE%", &short)
        .replace("%SERVICE_NAME%", &name)
        .replace("%SERVICE_FQDN%", names.host)
        .replace("%SUBSET_NAME%", names.subset)
        .replace("%SERVICE_PORT%", &names.port.to_string())
        .replace("%SERVICE_PORT_NAME%", names.port_name)
}

/// The prefix of an outbound cluster's TCP statistics: the pattern of the mesh, else the cluster's name.
pub(super) fn outbound_stat_prefix(stack: &Stack<'_>, cluster: &str, names: StatNames<'_>) -> String {
    let pattern = &stack.cx.mesh.settings.outbound_cluster_stat_name;
    if pattern.is_empty() {
        cluster.to_owned()
    } else {
        stat_prefix(pattern, names).replace("%TARGET_PORT%", "0")
    }
}

/// The DestinationRule for calls of a host.
pub(super) fn rule<'a>(stack: &Stack<'a>, host: &str) -> Option<&'a DestinationRule> {
    stack.cx.scope.destination_rule(stack.cx.proxy, host).map(|merged| &merged.rule)
}

/// DNS cache of a wildcard service whose hosts are resolved when they are called.
pub(super) fn dynamic_cache(stack: &Stack<'_>, service: &Service) -> Option<DnsCache> {
    wildcard_cache(stack, service).filter(|_| service.resolution == Resolution::DynamicDns)
}

/// DNS cache of a wildcard service, which a waypoint has whatever its resolution.
pub(super) fn wildcard_cache(stack: &Stack<'_>, service: &Service) -> Option<DnsCache> {
    is_wildcard(&service.hostname).then(|| DnsCache {
        name: format!("{}_dfp_dns_cache", service.hostname.value),
        family: dns_family(stack),
        ..DnsCache::default()
    })
}

/// DNS cache for calls of any unknown host (`buildAllowAnyDynamicDNSDNSCacheConfig`).
pub(super) fn any_host_cache(stack: &Stack<'_>) -> DnsCache {
    let proxy = stack.cx.proxy;
    let resolver = proxy.flag("DNS_CAPTURE").then(|| {
        let stated = proxy.metadata.get("DNS_PROXY_ADDR").and_then(|text| text.rsplit_once(':'));
        let (host, port) = stated.unwrap_or(("127.0.0.1", "15053"));
        let host = if host == "localhost" { "127.0.0.1" } else { host };
        SocketAddress { address: host.to_owned(), port: port.parse().unwrap_or(15053) }
    });
    DnsCache {
        name: "allow_any_dfp_dns_cache".to_owned(),
        family: dns_family(stack),
        max_hosts: Some(stack.flags.dynamic_dns_hosts),
        resolver,
    }
}

/// Families that are looked up (`SelectDNSLookupFamily`).
fn dns_family(stack: &Stack<'_>) -> DnsFamily {
    match stack.cx.proxy.ip_mode {
        IpMode::V6 if stack.flags.ipv4_for_ipv6_only => DnsFamily::All,
        IpMode::V6 => DnsFamily::V6Only,
        IpMode::Dual if stack.flags.dual_stack => DnsFamily::All,
        IpMode::V4 | IpMode::Dual => DnsFamily::V4Only,
    }
}

#[cfg(test)]
mod tests {
    use mp_ir::base::At;
    use mp_ir::mesh::Destination;

    use super::of;

    #[test]
    fn a_destination_without_port_takes_the_listener_port() {
        let destination = Destination { host: At::implied("a.b".to_owned()), ..Destination::default() };
        assert_eq!(of(&destination, None, 80), "outbound|80||a.b");
        let stated =
            Destination { port: Some(At::implied(90)), subset: At::implied("v1".to_owned()), ..destination };
        assert_eq!(of(&stated, None, 80), "outbound|90|v1|a.b");
        assert_eq!(of(&Destination::default(), None, 80), "UnknownService");
    }
}
