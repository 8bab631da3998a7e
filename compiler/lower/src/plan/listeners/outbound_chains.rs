//! Filter chains of outbound ports that pass bytes: VirtualService `tls` and `tcp` routes, else the service itself (`tls.go`).

use std::collections::BTreeSet;
use std::sync::Arc;

use mp_ir::mesh::{L4Match, Registry, Resolution, Service, VirtualService};
use mp_ir::plan::IpMode;

use crate::hosts::{is_wildcard, overlap};

use super::address::{self, ANY_V4, ANY_V6};
use super::chain::ChainDraft;
use super::destination::{self, StatNames};
use super::stack::Stack;
use super::tcp::{self, ListenPort, Single, Surround};

/// A service port that is listened on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// The port.
    pub(super) port: ListenPort<'a>,
    /// Address that is bound.
    pub(super) bind: &'a str,
    /// CIDRs that the service stands for.
    pub(super) destinations: &'a [String],
}

/// All chains of a port (`buildSidecarOutboundTCPListenerOpts`).
pub(super) fn chains(
    stack: &Stack<'_>,
    target: Target<'_>,
    rules: &[Arc<VirtualService>],
) -> Vec<ChainDraft> {
    let host = target.service.hostname.as_str();
    let mine: Vec<&VirtualService> =
        rules.iter().map(Arc::as_ref).filter(|vs| vs.hosts.iter().any(|h| overlap(h, host))).collect();
    if target.port.protocol.is_tls() { tls(stack, target, &mine) } else { tcp(stack, target, &mine) }
}

/// `tls` routes by server name (`buildSidecarOutboundTLSFilterChainOpts`).
fn tls(stack: &Stack<'_>, target: Target<'_>, rules: &[&VirtualService]) -> Vec<ChainDraft> {
    let mut destinations = target.destinations.to_vec();
    let mut handled = BTreeSet::new();
    let mut out = Vec::new();
    for rule in rules {
        for route in rule.tls.iter().filter(|route| !route.route.is_empty()) {
            for matches in route.matches.iter().filter(|m| applies(stack, m, target.port.number)) {
                // The ranges of one match stay for those that follow, as in istiod.
                if !matches.destination_subnets.is_empty() && target.port.number > 0 {
                    destinations.clone_from(&matches.destination_subnets);
                }
                let hosts: Vec<String> = matches.sni_hosts.iter().map(|h| h.value.clone()).collect();
                if !handled.insert((hosts.clone(), matches.destination_subnets.clone())) {
                    continue;
                }
                let Some(filters) =
                    tcp::routed(stack, target.port, &route.route, &rule.meta, Surround::OUTBOUND)
                else {
                    continue;
                };
                out.push(ChainDraft {
                    sni_hosts: hosts,
                    destinations: destinations.clone(),
                    config: Some(rule_path(rule)),
                    filters,
                    origin: matches.origin,
                    ..ChainDraft::default()
                });
            }
        }
    }
    if handled.is_empty() {
        out.push(tls_default(stack, target, destinations));
    }
    out
}

/// The service itself, told apart by its server name where its address does not say enough.
fn tls_default(stack: &Stack<'_>, target: Target<'_>, destinations: Vec<String>) -> ChainDraft {
    let service = target.service;
    let wildcard = address::first_wildcard(stack.cx.proxy.ip_mode);
    let mut listen = address::of_service(stack, service).first;
    if listen.contains('/') {
        listen.clear();
    }
    if service.registry == Registry::External && stack.cx.proxy.ip_mode == IpMode::V6 && listen == ANY_V4 {
        ANY_V6.clone_into(&mut listen);
    }
    let dynamic = is_wildcard(&service.hostname) && service.resolution == Resolution::DynamicDns;
    let by_name = !destinations.is_empty()
        || listen.is_empty()
        || (listen == wildcard && target.bind == wildcard)
        || dynamic;
    let sni_hosts = if by_name { server_names(stack, service) } else { Vec::new() };
    ChainDraft { sni_hosts, destinations, ..default_chain(stack, target) }
}

/// The service's host and all names of its aliases.
fn server_names(stack: &Stack<'_>, service: &Service) -> Vec<String> {
    let proxy = stack.cx.proxy;
    let domain = format!("{}.svc.{}", proxy.namespace, stack.cx.mesh.settings.domain);
    let mut names = vec![service.hostname.value.clone()];
    for (alias, _) in &service.aliases {
        names.push(alias.clone());
        names.extend(short_names(alias, &domain));
    }
    names
}

/// Other names of a host without port (`GenerateAltVirtualHosts` with port 0): with a trailing dot, and short ones of a service.
fn short_names(host: &str, proxy_domain: &str) -> Vec<String> {
    let mut names = Vec::new();
    if host.parse::<std::net::IpAddr>().is_err() {
        names.push(format!("{host}."));
    }
    let Some((namespace, domain)) = proxy_domain.split_once('.') else { return names };
    let Some(short) = host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.')) else { return names };
    let Some((name, home)) = short.split_once('.') else { return names };
    if home == namespace {
        names.extend([name.to_owned(), format!("{short}.svc"), short.to_owned()]);
    } else {
        names.extend([short.to_owned(), format!("{short}.svc")]);
    }
    names
}

/// `tcp` routes by destination (`buildSidecarOutboundTCPFilterChainOpts`).
fn tcp(stack: &Stack<'_>, target: Target<'_>, rules: &[&VirtualService]) -> Vec<ChainDraft> {
    let mut out = Vec::new();
    let mut complete = false;
    'rules: for rule in rules {
        for route in rule.tcp.iter().filter(|route| !route.route.is_empty()) {
            let Some(filters) = tcp::routed(stack, target.port, &route.route, &rule.meta, Surround::OUTBOUND)
            else {
                continue;
            };
            let draft = ChainDraft { filters, origin: route.origin, ..ChainDraft::default() };
            let whole = |draft: ChainDraft| ChainDraft {
                config: Some(rule_path(rule)),
                destinations: target.destinations.to_vec(),
                ..draft
            };
            if route.matches.is_empty() {
                out.push(whole(draft));
                complete = true;
                break 'rules;
            }
            let mut subnets = Vec::new();
            for matches in route.matches.iter().filter(|m| applies(stack, m, target.port.number)) {
                if matches.destination_subnets.is_empty() || target.port.number == 0 {
                    out.push(whole(draft));
                    complete = true;
                    break 'rules;
                }
                subnets.extend(matches.destination_subnets.iter().cloned());
            }
            if !subnets.is_empty() {
                complete |= same_set(&subnets, target.destinations);
                out.push(ChainDraft { destinations: subnets, ..draft });
            }
        }
    }
    if !complete {
        out.push(ChainDraft { destinations: target.destinations.to_vec(), ..default_chain(stack, target) });
    }
    out
}

fn same_set(a: &[String], b: &[String]) -> bool {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort();
    b.sort();
    a == b
}

/// To the service itself; a service with one port has that port whatever the listener's is.
fn default_chain(stack: &Stack<'_>, target: Target<'_>) -> ChainDraft {
    let service = target.service;
    let port = match service.ports.as_slice() {
        [only] => only.number,
        _ => target.port.number,
    };
    let cluster = destination::cluster(port, "", &service.hostname);
    let names =
        StatNames { host: &service.hostname, subset: "", port, port_name: "", service: Some(service) };
    let stat_prefix = destination::outbound_stat_prefix(stack, &cluster, names);
    let rule = destination::rule(stack, &service.hostname);
    let to = Single {
        stat_prefix: &stat_prefix,
        cluster: &cluster,
        subset: "",
        rule,
        tunnel: true,
        service: Some(service),
    };
    let filters = tcp::single(stack, target.port, to, Surround::OUTBOUND);
    let origin = service
        .ports
        .iter()
        .find(|p| p.number == target.port.number)
        .and_then(|p| p.origin)
        .or(service.hostname.origin);
    ChainDraft { filters, origin, ..ChainDraft::default() }
}

/// A match holds for this sidecar and port as far as that is known beforehand (`matchTLS`, `matchTCP`).
fn applies(stack: &Stack<'_>, matches: &L4Match, port: u32) -> bool {
    let proxy = stack.cx.proxy;
    (matches.gateways.is_empty() || matches.gateways.iter().any(|g| g.value == "mesh"))
        && matches.source_labels.iter().all(|(key, value)| proxy.labels.get(key) == Some(value))
        && (matches.port == 0 || matches.port == port)
        && (matches.source_namespace.is_empty() || matches.source_namespace == proxy.namespace)
}

/// The path of an object of the networking API in Envoy's metadata (`BuildConfigInfoMetadata`).
pub(super) fn config_path(namespace: &str, kind: &str, name: &str) -> String {
    format!("/apis/networking.istio.io/v1/namespaces/{namespace}/{kind}/{name}")
}

fn rule_path(rule: &VirtualService) -> String {
    config_path(rule.meta.namespace(), "virtual-service", rule.meta.name())
}

#[cfg(test)]
mod tests {
    use super::short_names;

    #[test]
    fn aliases_are_known_by_short_names_too() {
        let domain = "shop.svc.cluster.local";
        assert_eq!(
            short_names("a.shop.svc.cluster.local", domain),
            ["a.shop.svc.cluster.local.", "a", "a.shop.svc", "a.shop"]
        );
        assert_eq!(
            short_names("a.bill.svc.cluster.local", domain),
            ["a.bill.svc.cluster.local.", "a.bill", "a.bill.svc"]
        );
        assert_eq!(short_names("a.example.com", domain), ["a.example.com."]);
    }
}
