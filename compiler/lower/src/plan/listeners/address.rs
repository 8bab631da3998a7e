//! Addresses that listeners bind, and addresses of services as a proxy sees them (`listener_address.go`, `model/service.go`).

use std::net::IpAddr;

use mp_ir::mesh::{Protocol, Registry, Service};
use mp_ir::plan::{IpMode, ProxyView};

use super::stack::Stack;

/// Any IPv4 address.
pub(super) const ANY_V4: &str = "0.0.0.0";
/// Any IPv6 address.
pub(super) const ANY_V6: &str = "::";

/// Wildcard addresses of a proxy, one per family (`getWildcardsAndLocalHost`).
pub(super) fn wildcards(mode: IpMode) -> &'static [&'static str] {
    match mode {
        IpMode::V4 => &[ANY_V4],
        IpMode::V6 => &[ANY_V6],
        IpMode::Dual => &[ANY_V4, ANY_V6],
    }
}

/// Loopback addresses of a proxy, one per family.
pub(super) fn local_hosts(mode: IpMode) -> &'static [&'static str] {
    match mode {
        IpMode::V4 => &["127.0.0.1"],
        IpMode::V6 => &["::1"],
        IpMode::Dual => &["127.0.0.1", "::1"],
    }
}

/// The wildcard that comes first.
pub(super) fn first_wildcard(mode: IpMode) -> &'static str {
    if mode == IpMode::V6 { ANY_V6 } else { ANY_V4 }
}

/// Texts as owned values.
pub(super) fn owned(addresses: &[&str]) -> Vec<String> {
    addresses.iter().map(|a| (*a).to_owned()).collect()
}

/// The addresses of a service for this proxy, first one primary (`GetAddressForProxy`, `GetExtraAddressesForProxy`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServiceAddresses {
    /// Primary address or CIDR; `0.0.0.0` for none.
    pub(super) first: String,
    /// Further ones of a dual-stack service.
    pub(super) extra: Vec<String>,
}

/// Addresses of a service as this proxy sees them.
pub(super) fn of_service(stack: &Stack<'_>, service: &Service) -> ServiceAddresses {
    let proxy = stack.cx.proxy;
    let stated: Vec<String> =
        service.addresses.iter().filter(|a| !a.is_empty() && *a != ANY_V4).cloned().collect();
    let default = stated.first().cloned().unwrap_or_else(|| ANY_V4.to_owned());
    let vips = if service.registry == Registry::Kubernetes { stated } else { Vec::new() };
    let auto = auto_addresses(stack, service);
    let family = in_family(proxy, &vips);
    let first = match (family.first(), auto.iter().find(|a| fits(proxy, a))) {
        (Some(vip), _) => vip.clone(),
        (None, Some(auto)) if default == ANY_V4 => auto.clone(),
        _ => default,
    };
    let all = if vips.is_empty() { auto } else { vips };
    let both = (stack.flags.dual_stack || stack.flags.ambient) && proxy.ip_mode == IpMode::Dual;
    let all = if both { all } else { in_family(proxy, &all) };
    ServiceAddresses { first, extra: all.into_iter().skip(1).collect() }
}

/// Addresses that the allocator gave, where the proxy answers DNS itself (`nodeUsesAutoallocatedIPs`).
fn auto_addresses(stack: &Stack<'_>, service: &Service) -> Vec<String> {
    let proxy = stack.cx.proxy;
    let allocated = stack.flags.ip_autoallocate || proxy.flag("DNS_AUTO_ALLOCATE");
    if !allocated || !proxy.flag("DNS_CAPTURE") {
        return Vec::new();
    }
    let v4 = service.auto_addresses.iter().find(|a| a.is_ipv4());
    let v6 = service.auto_addresses.iter().find(|a| a.is_ipv6());
    v4.into_iter().chain(v6).map(IpAddr::to_string).collect()
}

/// Addresses that the proxy can reach; where it can reach both families, those of the first one's
/// (`FilterAddressesByIPFamily`).
fn in_family(proxy: &ProxyView, addresses: &[String]) -> Vec<String> {
    let both = proxy.supports_ipv4() && proxy.supports_ipv6();
    let family = addresses.first().map(|a| a.contains(':'));
    let same = |a: &String| !both || Some(a.contains(':')) == family;
    addresses.iter().filter(|a| fits(proxy, a) && same(a)).cloned().collect()
}

fn fits(proxy: &ProxyView, address: &str) -> bool {
    if address.contains(':') { proxy.supports_ipv6() } else { proxy.supports_ipv4() }
}

/// Whether a listener may be made there: privileged ports, and ports that the proxy itself needs (`CanBindToPort`).
pub(super) fn can_bind(
    stack: &Stack<'_>,
    own_socket: bool,
    bind: &str,
    port: u32,
    protocol: Protocol,
    outbound: bool,
) -> bool {
    let proxy = stack.cx.proxy;
    if own_socket && (1..1024).contains(&port) && proxy.flag("UNPRIVILEGED_POD") {
        return false;
    }
    let reserved_there =
        if bind.is_empty() { protocol.is_http() } else { bind == first_wildcard(proxy.ip_mode) };
    if !reserved_there {
        return true;
    }
    let stated = |name: &str| proxy.metadata.get(name).and_then(|v| v.parse::<u32>().ok()).unwrap_or(0);
    let reserved = stated("ENVOY_STATUS_PORT") == port
        || stated("ENVOY_PROMETHEUS_PORT") == port
        || (port != 0 && stated("ENVOY_SECURE_METRICS_PORT") == port)
        || (port != 0 && stated("ENVOY_SECURE_MERGED_METRICS_PORT") == port);
    let settings = &stack.cx.mesh.settings;
    let own = outbound && (*settings.outbound_listen_port == port || *settings.inbound_listen_port == port);
    !(reserved || own)
}

/// The first address that is neither local nor a group (`networkutil.GlobalUnicastIP`).
pub(super) fn global_unicast(proxy: &ProxyView) -> Option<String> {
    let addresses = proxy.ips.iter().filter_map(|ip| ip.parse::<IpAddr>().ok());
    addresses.into_iter().find(|ip| is_global_unicast(*ip)).map(|ip| ip.to_string())
}

fn is_global_unicast(ip: IpAddr) -> bool {
    if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() {
        return false;
    }
    match ip {
        IpAddr::V4(v4) => !v4.is_broadcast() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    }
}

/// An address or CIDR as address and prefix length, bits behind the prefix kept (`AddrStrToCidrRange`).
pub(super) fn range(text: &str) -> Option<(String, u32)> {
    match text.split_once('/') {
        None => {
            let ip: IpAddr = text.parse().ok()?;
            Some((ip.to_string(), if ip.is_ipv4() { 32 } else { 128 }))
        }
        Some((address, bits)) => {
            let ip: IpAddr = address.parse().ok()?;
            let bits: u32 = bits.parse().ok()?;
            (bits <= if ip.is_ipv4() { 32 } else { 128 }).then(|| (ip.to_string(), bits))
        }
    }
}
