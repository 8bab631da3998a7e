//! Addresses under which a proxy can call a service (`Service.getAllAddressesForProxy`).

use mp_ir::mesh::{Registry, Service};
use mp_ir::plan::{IpMode, ProxyKind, ProxyView};

use crate::Context;

/// Stands for "any address": headless services and ServiceEntries without one.
pub(crate) const UNSPECIFIED: &str = "0.0.0.0";

/// All addresses: of a Service those of the proxy's families, of a ServiceEntry its own, else what was allocated for
/// proxies that capture DNS; [`UNSPECIFIED`] where there is none.
pub(crate) fn of_service(cx: &Context<'_>, service: &Service) -> Vec<String> {
    let kubernetes = service.registry == Registry::Kubernetes;
    let any = vec![UNSPECIFIED.to_owned()];
    let found = if kubernetes {
        service.addresses.clone()
    } else if captures_dns(cx) {
        service.auto_addresses.iter().map(ToString::to_string).collect()
    } else {
        Vec::new()
    };
    let flag = |name: &str| cx.mesh.compat.flag(name, false);
    let both = (flag("ISTIO_DUAL_STACK") || flag("PILOT_ENABLE_AMBIENT")) && cx.proxy.ip_mode == IpMode::Dual;
    let found: Vec<String> = found.into_iter().filter(|ip| both || in_family(cx.proxy, ip)).collect();
    match service.addresses.first() {
        _ if !found.is_empty() => found,
        _ if kubernetes => Vec::new(),
        Some(first) => vec![first.clone()],
        None => any,
    }
}

fn captures_dns(cx: &Context<'_>) -> bool {
    let allocated =
        cx.mesh.compat.flag("PILOT_ENABLE_IP_AUTOALLOCATE", true) || cx.proxy.flag("DNS_AUTO_ALLOCATE");
    allocated && (cx.proxy.flag("DNS_CAPTURE") || cx.proxy.kind == ProxyKind::Waypoint)
}

fn in_family(proxy: &ProxyView, ip: &str) -> bool {
    if ip.contains(':') { proxy.supports_ipv6() } else { proxy.supports_ipv4() }
}
