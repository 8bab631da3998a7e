//! The routes of VirtualServices whose gateways or services are not in the input: what whatever carries them would have.

use std::collections::BTreeMap;
use std::sync::Arc;

use mp_ir::base::At;
use mp_ir::mesh::{Mesh, VirtualService};
use mp_ir::plan::{ProxyKind, ProxyView, Route, RouteTable, VirtualHost};

use super::condition::is_catch_all;
use super::domains::alternatives;
use super::translate::{self, Listening};
use crate::virtual_services::MESH;
use crate::{Context, Index, Scope};

/// One table for all hosts of the VirtualServices that name a gateway (`mesh` or `namespace/name`), at one port of it. Hosts are taken
/// as they stand: no server of a gateway and no Service has to know them. At a gateway the rules of one host are joined, in the mesh
/// the first VirtualService has it, and short forms of names of the cluster lead to it too. The caller has no labels and is
/// of the VirtualService's own namespace.
#[must_use]
pub fn unbound(
    mesh: &Mesh,
    index: &Index,
    rules: &[Arc<VirtualService>],
    gateway: &str,
    port: u32,
) -> RouteTable {
    let in_mesh = gateway == MESH;
    let mut callers: BTreeMap<&str, (ProxyView, Scope)> = BTreeMap::new();
    let mut hosts: BTreeMap<String, VirtualHost> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.gateways.iter().any(|named| named.value == gateway)) {
        let home = rule.meta.namespace();
        let (proxy, scope) = callers.entry(home).or_insert_with(|| caller(mesh, index, home, in_mesh));
        let cx = Context { mesh, index, proxy, scope, gateways: None };
        let lookup = |_: &str| None;
        let listening =
            Listening { listen_port: port, gateway, is_tls: false, lookup: &lookup, cluster: None };
        let routes = translate::routes(&cx, rule, &listening);
        for host in rule.hosts.iter().filter(|_| !routes.is_empty()) {
            match hosts.get_mut(&host.value.to_lowercase()) {
                Some(_) if in_mesh => {}
                Some(known) => known.routes.extend(routes.iter().cloned()),
                None => {
                    let suffix = in_mesh.then(|| format!("{home}.svc.{}", mesh.settings.domain));
                    let made = virtual_host(host, suffix.as_deref(), routes.clone());
                    hosts.insert(made.name.clone(), made);
                }
            }
        }
    }
    let virtual_hosts = hosts.into_values().map(|host| if in_mesh { host } else { catch_alls_last(host) });
    RouteTable {
        name: gateway.to_owned(),
        virtual_hosts: virtual_hosts.collect(),
        ignore_port_in_host_matching: true,
        ..RouteTable::default()
    }
}

/// A host with its routes; with the DNS domain of a caller, short forms of its name too.
fn virtual_host(host: &At<String>, suffix: Option<&str>, routes: Vec<Route>) -> VirtualHost {
    let name = host.value.to_lowercase();
    let mut domains = vec![name.clone()];
    domains.extend(suffix.into_iter().flat_map(|suffix| alternatives(&name, None, suffix, true)));
    VirtualHost { name, domains, routes, origin: host.origin, ..VirtualHost::default() }
}

/// Somebody of a namespace, of whom nothing else is known.
fn caller(mesh: &Mesh, index: &Index, namespace: &str, in_mesh: bool) -> (ProxyView, Scope) {
    let kind = if in_mesh { ProxyKind::Sidecar } else { ProxyKind::Router };
    let proxy = ProxyView {
        kind,
        namespace: namespace.to_owned(),
        settings: mesh.settings.proxy.clone(),
        ..ProxyView::default()
    };
    let scope = Scope::new(mesh, index, &proxy);
    (proxy, scope)
}

/// As `SortVHostRoutes` has it.
fn catch_alls_last(mut host: VirtualHost) -> VirtualHost {
    let (last, first): (Vec<Route>, Vec<Route>) =
        host.routes.into_iter().partition(|route| is_catch_all(&route.matches));
    host.routes = first.into_iter().chain(last).collect();
    host
}
