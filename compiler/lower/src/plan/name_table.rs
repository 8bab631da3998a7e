//! Names that the proxy's agent answers DNS for (`pkg/dns/server/name_table.go` `BuildNameTable`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{Endpoint, EndpointAddress, Health, Registry, Resolution, Service};
use mp_ir::plan::NameEntry;

use super::addresses::{UNSPECIFIED, of_service};
use super::endpoints::of_port;
use crate::Context;

/// The table; `None` for proxies whose agent does not answer DNS.
pub(crate) fn table(cx: &Context<'_>) -> Option<BTreeMap<String, NameEntry>> {
    if !cx.proxy.flag("DNS_CAPTURE") {
        return None;
    }
    let mut out = BTreeMap::new();
    for service in cx.scope.egress.iter().flat_map(|listener| &listener.services) {
        add(cx, service, &mut out);
    }
    Some(out)
}

fn add(cx: &Context<'_>, service: &Service, out: &mut BTreeMap<String, NameEntry>) {
    let stated = of_service(cx, service);
    let headless = stated.iter().any(|ip| ip == UNSPECIFIED);
    let ips = if headless {
        of_pods(cx, service, out)
    } else {
        stated.into_iter().filter(|ip| is_ip(ip)).collect()
    };
    if ips.is_empty() {
        return;
    }
    match out.get_mut(&service.hostname.value) {
        None => {
            out.insert(service.hostname.value.clone(), entry(service, ips));
        }
        Some(known) if known.kubernetes => {}
        Some(known) if service.registry == Registry::Kubernetes => *known = entry(service, ips),
        Some(known) => known.ips.extend(ips),
    }
}

fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Kubernetes names have short forms that the agent makes itself.
fn entry(service: &Service, ips: Vec<String>) -> NameEntry {
    let kubernetes = service.registry == Registry::Kubernetes;
    let word = |text: &str| if kubernetes { text.to_owned() } else { String::new() };
    NameEntry {
        ips,
        kubernetes,
        short_name: word(service.meta.name()),
        namespace: word(service.meta.namespace()),
    }
}

/// Addresses of the Pods of a headless service; Pods with a subdomain get names of their own.
fn of_pods(cx: &Context<'_>, service: &Service, out: &mut BTreeMap<String, NameEntry>) -> Vec<String> {
    let Some(port) = service.ports.first().filter(|_| service.resolution == Resolution::Passthrough) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let mut own: BTreeMap<String, NameEntry> = BTreeMap::new();
    for (_, endpoint) in of_port(cx, service, port.number) {
        let Some(ips) = ips(service, endpoint) else { continue };
        let domain = service.hostname.value.split_once('.').map(|(_, domain)| domain);
        if let (Some((host, subdomain)), Some(domain)) = (&endpoint.pod_host, domain) {
            let short = format!("{host}.{subdomain}");
            let pod = own.entry(format!("{short}.{domain}")).or_insert_with(|| NameEntry {
                short_name: short,
                namespace: service.meta.namespace().to_owned(),
                kubernetes: service.registry == Registry::Kubernetes,
                ips: Vec::new(),
            });
            pod.ips.extend(ips.iter().cloned());
        }
        all.extend(ips);
    }
    out.extend(own);
    all
}

/// Addresses of an endpoint that is ready, or may be asked for while it is not.
fn ips(service: &Service, endpoint: &Endpoint) -> Option<Vec<String>> {
    let EndpointAddress::Host(first) = &endpoint.address else { return None };
    let ips: Vec<String> = std::iter::once(first).chain(&endpoint.additional).cloned().collect();
    let ready = service.publish_not_ready || endpoint.health == Health::Healthy;
    (ready && ips.iter().all(|ip| is_ip(ip))).then_some(ips)
}
