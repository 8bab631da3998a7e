//! Chains of a gateway's servers that pass bytes: `tcp` routes, `tls` routes by server name, and whole services by server name
//! (`gateway.go`).

use std::collections::HashMap;
use std::sync::Arc;

use mp_ir::mesh::{L4Match, Protocol, Server, ServerTlsMode, Service, VirtualService};
use mp_ir::plan::NetworkFilter;

use crate::gateways::{MergedServer, is_passthrough};
use crate::hosts::{overlap, subset_of};

use super::chain::ChainDraft;
use super::destination::{self, StatNames};
use super::stack::Stack;
use super::tcp::{self, ListenPort, Single, Surround};
use super::{downstream_tls, inbound_chains};

/// Server names that `tls` routes took already, by listener port, with the address that was bound.
#[derive(Debug, Default)]
pub(super) struct KnownHosts(HashMap<(u32, String), String>);

impl KnownHosts {
    /// Takes server names; whether one was taken before. Names that are free are taken all the same (`CheckDuplicates`).
    fn clash(&mut self, port: u32, bind: &str, hosts: &[String]) -> bool {
        let mut clash = false;
        for host in hosts {
            let key = (port, host.clone());
            if self.0.get(&key).is_some_and(|there| there == bind) {
                clash = true;
            } else {
                self.0.insert(key, bind.to_owned());
            }
        }
        clash
    }
}

/// Chains of one server (`createGatewayTCPFilterChainOpts`).
pub(super) fn chains(
    stack: &Stack<'_>,
    merged: &MergedServer,
    listener_port: u32,
    known: &mut KnownHosts,
) -> Vec<ChainDraft> {
    let server = &merged.server;
    if is_passthrough(server) {
        let auto = server.tls.as_ref().is_some_and(|tls| tls.mode == ServerTlsMode::AutoPassthrough);
        return if auto { services(stack, merged) } else { tls_routes(stack, merged, listener_port, known) };
    }
    let Some(filters) = tcp_route(stack, merged) else { return Vec::new() };
    let (sni_hosts, tls) = match server.tls {
        None => (Vec::new(), None),
        Some(_) => (merged.sni_hosts.clone(), downstream_tls::of_gateway(stack, server)),
    };
    vec![ChainDraft { sni_hosts, tls, filters, origin: server.origin, ..ChainDraft::default() }]
}

fn listen_port(server: &Server) -> ListenPort<'_> {
    ListenPort { number: server.port.value, name: &server.port_name, protocol: server.protocol }
}

/// VirtualServices of the server's Gateway with a host of the server.
fn rules(stack: &Stack<'_>, merged: &MergedServer) -> Vec<Arc<VirtualService>> {
    let cx = stack.cx;
    let mut rules = cx.index.virtual_services.for_gateway(&cx.proxy.namespace, &merged.gateway_name);
    rules.retain(|rule| shares_host(&merged.server, rule));
    rules
}

/// A host of the server, in the right namespace where it names one, and a host of the VirtualService have hosts in common
/// (`pickMatchingGatewayHosts`).
fn shares_host(server: &Server, rule: &VirtualService) -> bool {
    let mine = server.hosts.iter().filter_map(|host| match host.value.split_once('/') {
        Some((namespace, host)) => (namespace == rule.meta.namespace()).then_some(host),
        None => Some(host.value.as_str()),
    });
    mine.into_iter().any(|host| rule.hosts.iter().any(|theirs| overlap(host, theirs)))
}

/// The first `tcp` route that fits (`buildGatewayNetworkFiltersFromTCPRoutes`).
fn tcp_route(stack: &Stack<'_>, merged: &MergedServer) -> Option<Vec<NetworkFilter>> {
    let server = &merged.server;
    let exchange = server.tls.as_ref().is_some_and(|tls| tls.mode == ServerTlsMode::IstioMutual);
    rules(stack, merged).iter().find_map(|rule| {
        let fits = |matches: &[L4Match]| matches.is_empty() || matches.iter().any(|m| applies(m, merged));
        let route = rule.tcp.iter().find(|route| fits(&route.matches) && !route.route.is_empty())?;
        tcp::routed(stack, listen_port(server), &route.route, &rule.meta, Surround::gateway(exchange))
    })
}

/// One chain per match of a `tls` route (`buildGatewayNetworkFiltersFromTLSRoutes`).
fn tls_routes(
    stack: &Stack<'_>,
    merged: &MergedServer,
    listener_port: u32,
    known: &mut KnownHosts,
) -> Vec<ChainDraft> {
    let server = &merged.server;
    let mut out = Vec::new();
    for rule in rules(stack, merged) {
        for route in rule.tls.iter().filter(|route| !route.route.is_empty()) {
            for matches in route.matches.iter().filter(|m| applies(m, merged)) {
                let sni_hosts: Vec<String> = matches.sni_hosts.iter().map(|h| h.value.clone()).collect();
                if known.clash(listener_port, &server.bind, &sni_hosts) {
                    continue;
                }
                let around = Surround::gateway(false);
                let Some(filters) = tcp::routed(stack, listen_port(server), &route.route, &rule.meta, around)
                else {
                    continue;
                };
                out.push(ChainDraft { sni_hosts, filters, origin: matches.origin, ..ChainDraft::default() });
            }
        }
    }
    out
}

/// Port and gateway fit; source and destination do not count at a gateway (`l4SingleMatch`).
fn applies(matches: &L4Match, merged: &MergedServer) -> bool {
    (matches.port == 0 || matches.port == merged.server.port.value)
        && (matches.gateways.is_empty() || matches.gateways.iter().any(|g| g.value == merged.gateway_name))
}

/// A chain per port and subset of every service of the mesh that the server's hosts cover (`builtAutoPassthroughFilterChains`).
fn services(stack: &Stack<'_>, merged: &MergedServer) -> Vec<ChainDraft> {
    let mut out = Vec::new();
    for service in stack.cx.scope.services.iter().filter(|s| !s.mesh_external) {
        if !merged.sni_hosts.iter().any(|host| subset_of(&service.hostname, host)) {
            continue;
        }
        let rule = destination::rule(stack, &service.hostname);
        for port in service.ports.iter().filter(|p| p.protocol != Protocol::Udp) {
            let listen = ListenPort { number: port.number, name: &port.name, protocol: port.protocol };
            let subsets = rule.map(|r| r.subsets.as_slice()).unwrap_or_default();
            let names = std::iter::once("").chain(subsets.iter().map(|s| s.name.value.as_str()));
            out.extend(names.map(|subset| ChainDraft {
                origin: port.origin,
                ..by_name(stack, &service.service, listen, subset)
            }));
        }
    }
    out
}

fn by_name(stack: &Stack<'_>, service: &Service, port: ListenPort<'_>, subset: &str) -> ChainDraft {
    let cluster = destination::sni_cluster(port.number, subset, &service.hostname);
    let names = StatNames {
        host: &service.hostname,
        subset,
        port: port.number,
        port_name: port.name,
        service: Some(service),
    };
    let stat_prefix = destination::outbound_stat_prefix(stack, &cluster, names);
    let rule = destination::rule(stack, &service.hostname);
    let to =
        Single { stat_prefix: &stat_prefix, cluster: &cluster, subset, rule, tunnel: false, service: None };
    // Chains of whole services are built without the gateway's policies, unlike those of routes.
    let around = Surround { security: false, ..Surround::gateway(false) };
    ChainDraft {
        filters: tcp::single(stack, port, to, around),
        sni_hosts: vec![cluster],
        alpn: inbound_chains::MESH.iter().map(|name| (*name).to_owned()).collect(),
        ..ChainDraft::default()
    }
}

#[cfg(test)]
mod tests {
    use super::KnownHosts;

    #[test]
    fn a_server_name_is_taken_once_per_port_and_address() {
        let mut known = KnownHosts::default();
        let hosts = ["a".to_owned(), "b".to_owned()];
        assert!(!known.clash(443, "", &hosts));
        assert!(known.clash(443, "", &["b".to_owned(), "c".to_owned()]));
        assert!(known.clash(443, "", &["c".to_owned()]));
        assert!(!known.clash(443, "10.0.0.1", &["a".to_owned()]));
        assert!(!known.clash(444, "", &["a".to_owned()]));
    }
}
