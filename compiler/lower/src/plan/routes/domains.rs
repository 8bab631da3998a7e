//! Hosts of the virtual host of a service (`generateVirtualHostDomains`).

use std::net::IpAddr;

use mp_ir::mesh::{Registry, Resolution, Service};
use mp_ir::plan::{IpMode, ProxyView};

use crate::Context;

/// Address of a service without one.
const UNSPECIFIED: &str = "0.0.0.0";

/// All domains of a service, and those among them that are short forms of its names.
#[derive(Debug, Default)]
pub(super) struct Domains {
    pub(super) all: Vec<String>,
    pub(super) short: Vec<String>,
}

/// `host:port`, with brackets around IPv6 addresses (`util.DomainName`).
pub(super) fn with_port(host: &str, port: u32) -> String {
    if host.contains([':', '%']) { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A host in brackets when it is an IPv6 address (`util.IPv6Compliant`).
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The domains of a service for a proxy. `port` adds `host:port` forms: where one table serves several ports.
pub(super) fn of_service(
    cx: &Context<'_>,
    service: &Service,
    host: &str,
    listener_port: u32,
    port: u32,
) -> Domains {
    let port = (listener_port == 0).then_some(port);
    let home = dns_domain(cx);
    let short_dot = cx.mesh.compat.flag("PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN", true);
    let mut out = Domains::default();
    let aliases = service.aliases.iter().map(|(alias, _)| alias.as_str());
    for name in std::iter::once(host).chain(aliases) {
        let short = alternatives(name, port, &home, short_dot);
        append(&mut out.all, name, port);
        out.all.extend(short.iter().cloned());
        out.short.extend(short);
    }
    if service.resolution == Resolution::Passthrough && service.registry == Registry::Kubernetes {
        let single: Vec<String> = out.all.iter().map(|domain| format!("*.{domain}")).collect();
        out.all.extend(single);
    }
    for address in addresses(cx, service, listener_port == 0) {
        append(&mut out.all, &address, port);
    }
    out
}

fn append(domains: &mut Vec<String>, host: &str, port: Option<u32>) {
    domains.push(bracketed(host));
    domains.extend(port.map(|port| with_port(host, port)));
}

/// The DNS domain of the proxy, `ns.svc.cluster.local`: the last part of its id.
fn dns_domain(cx: &Context<'_>) -> String {
    match cx.proxy.id.rsplit_once('~') {
        Some((_, domain)) => domain.to_owned(),
        None => format!("{}.svc.{}", cx.proxy.namespace, cx.mesh.settings.domain),
    }
}

/// Other forms of a host that the proxy's own DNS search would complete (`GenerateAltVirtualHosts`).
pub(super) fn alternatives(host: &str, port: Option<u32>, home: &str, with_dot: bool) -> Vec<String> {
    let mut out = Vec::new();
    if with_dot {
        let dotted = format!("{host}.");
        if host.parse::<IpAddr>().is_err() {
            out.push(dotted.clone());
        }
        out.extend(port.map(|port| with_port(&dotted, port)));
    }
    if let Some((namespace, suffix)) = home.split_once(".svc.") {
        if !namespace.is_empty() && host.ends_with(&format!(".svc.{suffix}")) {
            let forms = kubernetes_forms(host, namespace).into_iter().flatten();
            forms.for_each(|form| append(&mut out, &form, port));
        }
        return out;
    }
    for form in shared_suffix_forms(host, home) {
        append(&mut out, &form, port);
    }
    out
}

/// `name` in the own namespace, `name.ns.svc` and `name.ns` everywhere.
fn kubernetes_forms(host: &str, home: &str) -> Option<Vec<String>> {
    let (before, _) = host.split_once(".svc.").filter(|(before, _)| !before.is_empty())?;
    let (short, namespace) = before.split_once('.')?;
    if namespace == home {
        return Some(vec![short.to_owned(), format!("{before}.svc"), before.to_owned()]);
    }
    Some(vec![before.to_owned(), format!("{before}.svc")])
}

/// Forms for a proxy outside of Kubernetes: without the suffix that both names share.
fn shared_suffix_forms(host: &str, home: &str) -> Vec<String> {
    let parts: Vec<&str> = host.split('.').collect();
    let shared = parts.iter().rev().zip(home.split('.').rev()).take_while(|(a, b)| **a == *b).count();
    if shared == 0 {
        return Vec::new();
    }
    let (unique, common) = parts.split_at(parts.len() - shared);
    let mut out = vec![unique.join(".")];
    if let (2, Some(first)) = (unique.len(), common.first()) {
        out.push(format!("{}.{first}", unique.join(".")));
    }
    out
}

/// Addresses by which the proxy may call a service (`getAllAddressesForProxy`). Tables of a single port know only the
/// first allocated address.
fn addresses(cx: &Context<'_>, service: &Service, all_allocated: bool) -> Vec<String> {
    let proxy = cx.proxy;
    let stated: Vec<String> =
        service.addresses.iter().filter(|a| !a.is_empty() && *a != UNSPECIFIED).cloned().collect();
    if service.registry == Registry::Kubernetes && !stated.is_empty() {
        let flag = |name: &str| cx.mesh.compat.flag(name, false);
        let both =
            (flag("ISTIO_DUAL_STACK") || flag("PILOT_ENABLE_AMBIENT")) && proxy.ip_mode == IpMode::Dual;
        return if both { stated } else { of_family(proxy, stated) };
    }
    if !stated.is_empty() {
        return stated.into_iter().take(1).collect();
    }
    let allocated =
        cx.mesh.compat.flag("PILOT_ENABLE_IP_AUTOALLOCATE", true) || proxy.flag("DNS_AUTO_ALLOCATE");
    if !allocated || !proxy.flag("DNS_CAPTURE") {
        return Vec::new();
    }
    let v4 = service.auto_addresses.iter().find(|a| a.is_ipv4());
    let v6 = service.auto_addresses.iter().find(|a| a.is_ipv6());
    let usable = of_family(proxy, v4.into_iter().chain(v6).map(ToString::to_string).collect());
    usable.into_iter().take(if all_allocated { 2 } else { 1 }).collect()
}

/// The addresses of the proxy's family; of both families, those of the first address's (`FilterAddressesByIPFamily`).
fn of_family(proxy: &ProxyView, mut addresses: Vec<String>) -> Vec<String> {
    let is_v6 = |address: &str| address.contains(':');
    let v6 = match proxy.ip_mode {
        IpMode::V4 => false,
        IpMode::V6 => true,
        IpMode::Dual => addresses.first().is_some_and(|first| is_v6(first)),
    };
    addresses.retain(|address| is_v6(address) == v6);
    addresses
}
