//! DNS as proxies ask it: families, and the caches of the dynamic forward proxy.

use mp_ir::plan::{DnsCache, DnsFamily, IpMode, SocketAddress};

use crate::Context;

/// Port of the agent's DNS proxy.
const AGENT_PORT: u32 = 15053;
const MAX_HOSTS: u32 = 1024;

/// Families that the proxy can reach (`SelectDNSLookupFamily`).
pub(crate) fn lookup_family(cx: &Context<'_>) -> DnsFamily {
    let flag = |name: &str| cx.mesh.compat.flag(name, false);
    match cx.proxy.ip_mode {
        IpMode::V6 if flag("ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS") => DnsFamily::All,
        IpMode::V6 => DnsFamily::V6Only,
        IpMode::Dual if flag("ISTIO_DUAL_STACK") => DnsFamily::All,
        IpMode::V4 | IpMode::Dual => DnsFamily::V4Only,
    }
}

/// The cache of a wildcard host (`BuildDNSCacheName`).
pub(crate) fn of_host(cx: &Context<'_>, host: &str) -> DnsCache {
    DnsCache { name: format!("{host}_dfp_dns_cache"), family: lookup_family(cx), ..DnsCache::default() }
}

/// The cache for all unknown hosts; with DNS capture the agent is asked (`buildAllowAnyDynamicDNSDNSCacheConfig`).
pub(crate) fn of_any_host(cx: &Context<'_>) -> DnsCache {
    let agent = || {
        let stated = cx.proxy.metadata.get("DNS_PROXY_ADDR").and_then(|address| address.rsplit_once(':'));
        let (host, port) =
            stated.map_or(("127.0.0.1", AGENT_PORT), |(h, p)| (h, p.parse().unwrap_or(AGENT_PORT)));
        let address = if host == "localhost" { "127.0.0.1" } else { host };
        SocketAddress { address: address.to_owned(), port }
    };
    let hosts =
        cx.mesh.compat.env.get("PILOT_ALLOW_ANY_DYNAMIC_DNS_MAX_HOSTS").and_then(|text| text.parse().ok());
    DnsCache {
        name: "allow_any_dfp_dns_cache".to_owned(),
        family: lookup_family(cx),
        max_hosts: Some(hosts.unwrap_or(MAX_HOSTS)),
        resolver: cx.proxy.flag("DNS_CAPTURE").then(agent),
    }
}
