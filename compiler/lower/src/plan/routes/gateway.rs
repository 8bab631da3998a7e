//! Route tables of a gateway (`core/gateway.go` buildGatewayHTTPRouteConfig).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mp_ir::base::Origin;
use mp_ir::mesh::VirtualService;
use mp_ir::plan::{Route, RouteTable, VirtualHost};

use super::domains::with_port;
use super::translate::{self, Known, Listening};
use super::{condition, filters};
use crate::Context;
use crate::gateways::{MergedGateway, MergedServer};
use crate::hosts::{is_wildcard, subset_of};
use crate::scope::ScopedService;

/// The table of a name; one without hosts when no server has it.
pub(super) fn table(cx: &Context<'_>, name: &str) -> RouteTable {
    let servers = cx.gateways.and_then(|merged| Some((merged, merged.by_route.get(name)?)));
    let Some((merged, places)) = servers else { return super::empty(name) };
    RouteTable {
        name: name.to_owned(),
        virtual_hosts: virtual_hosts(cx, merged, places),
        validate_clusters: Some(false),
        ignore_port_in_host_matching: true,
        max_direct_response_body_size: Some(super::MAX_DIRECT_RESPONSE),
    }
}

/// A virtual host under construction. Routes are shared, so that hosts with the same ones can be told.
struct Host {
    host: VirtualHost,
    routes: Vec<Arc<Route>>,
}

fn virtual_hosts(cx: &Context<'_>, merged: &MergedGateway, places: &[usize]) -> Vec<VirtualHost> {
    let mut table = Table { cx, hosts: BTreeMap::new(), routes: HashMap::new() };
    let servers: Vec<&MergedServer> = places.iter().filter_map(|place| merged.servers.get(*place)).collect();
    for server in &servers {
        table.add_server(server);
    }
    let Some(first) = servers.first().filter(|_| table.hosts.is_empty()) else { return table.finish() };
    vec![VirtualHost {
        name: with_port("blackhole", first.server.port.value),
        domains: vec!["*".to_owned()],
        origin: first.server.origin,
        ..VirtualHost::default()
    }]
}

struct Table<'a> {
    cx: &'a Context<'a>,
    /// By host in lower case.
    hosts: BTreeMap<String, Host>,
    /// Routes of a VirtualService behind a Gateway: by name of the Gateway, name and namespace of the VirtualService.
    routes: HashMap<(String, String, String), Vec<Arc<Route>>>,
}

impl Table<'_> {
    fn add_server(&mut self, server: &MergedServer) {
        for rule in self.cx.index.virtual_services.for_gateway(&self.cx.proxy.namespace, &server.gateway_name)
        {
            let hosts = common_hosts(server, &rule);
            if hosts.is_empty() {
                continue;
            }
            let routes = self.routes_of(server, &rule);
            if routes.is_empty() {
                continue;
            }
            for (host, origin) in hosts {
                self.add_routes(server, &rule, host.to_lowercase(), origin, &routes);
            }
        }
        if redirects(server) {
            self.add_redirects(server);
        }
    }

    /// The routes of a VirtualService; made once per Gateway, for the first server that has it.
    fn routes_of(&mut self, server: &MergedServer, rule: &VirtualService) -> Vec<Arc<Route>> {
        let meta = &rule.meta;
        let key = (server.gateway_name.clone(), meta.name().to_owned(), meta.namespace().to_owned());
        if let Some(routes) = self.routes.get(&key) {
            return routes.clone();
        }
        let cx = self.cx;
        let lookup = |host: &str| service(cx, host, meta.namespace());
        let listening = Listening {
            listen_port: server.server.port.value,
            gateway: &server.gateway_name,
            is_tls: server.server.tls.is_some(),
            lookup: &lookup,
            cluster: None,
        };
        let routes: Vec<Arc<Route>> =
            translate::routes(cx, rule, &listening).into_iter().map(Arc::new).collect();
        if !routes.is_empty() {
            self.routes.insert(key, routes.clone());
        }
        routes
    }

    fn add_routes(
        &mut self,
        server: &MergedServer,
        rule: &VirtualService,
        host: String,
        origin: Origin,
        routes: &[Arc<Route>],
    ) {
        let port = server.server.port.value;
        let cx = self.cx;
        let known = self.hosts.entry(host.clone()).or_insert_with(|| {
            let named =
                || rule.http.iter().flat_map(|http| &http.route).any(|to| to.destination.host.value == host);
            let asked = || filters::stateful_session(cx, service(cx, &host, rule.meta.namespace())?.service);
            let stateful_session = if named() { asked() } else { None };
            let host = VirtualHost {
                name: with_port(&host, port),
                domains: vec![host.clone()],
                include_request_attempt_count: super::attempt_count(cx),
                stateful_session,
                origin,
                ..VirtualHost::default()
            };
            Host { host, routes: Vec::new() }
        });
        known.routes.extend(routes.iter().map(Arc::clone));
        known.host.require_tls |= redirects(server);
    }

    /// Hosts of a server that redirects to https, be there a VirtualService or not.
    fn add_redirects(&mut self, server: &MergedServer) {
        for written in &server.server.hosts {
            let host = written.value.to_lowercase();
            let cx = self.cx;
            let known = self.hosts.entry(host.clone()).or_insert_with(|| {
                let host = VirtualHost {
                    name: with_port(&host, server.server.port.value),
                    domains: vec![host.clone()],
                    include_request_attempt_count: super::attempt_count(cx),
                    origin: written.origin,
                    ..VirtualHost::default()
                };
                Host { host, routes: Vec::new() }
            });
            known.host.require_tls = true;
        }
    }

    fn finish(self) -> Vec<VirtualHost> {
        let collapse = self.cx.mesh.compat.flag("PILOT_ENABLE_ROUTE_COLLAPSE_OPTIMIZATION", true);
        let mut hosts: Vec<Host> = self.hosts.into_values().collect();
        if collapse {
            hosts = collapsed(hosts);
        }
        let mut out: Vec<VirtualHost> = hosts.into_iter().map(sorted).collect();
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }
}

/// Whether a server answers plain text with a redirect.
fn redirects(server: &MergedServer) -> bool {
    server.server.tls.as_ref().is_some_and(|tls| tls.https_redirect)
}

/// The service that a destination means: of the VirtualService's namespace, where the gateway sees it, else the one that the
/// gateway sees (`buildNameToServiceMapForHTTPRoutes`).
fn service<'a>(cx: &Context<'a>, host: &str, namespace: &str) -> Option<Known<'a>> {
    let own = cx.index.find(host, namespace).filter(|id| cx.index.sees(cx.mesh, &cx.proxy.namespace, *id));
    let own = own.and_then(|id| cx.index.service(id)).map(AsRef::as_ref);
    let service =
        own.or_else(|| cx.scope.service(host).map(|scoped: &'a ScopedService| scoped.service.as_ref()))?;
    let only_port = match service.ports.as_slice() {
        [only] => Some(only.number),
        _ => None,
    };
    Some(Known { service, only_port })
}

/// Hosts that a server and a VirtualService have in common, the narrower of each pair (`host.Names.Intersection`).
fn common_hosts(server: &MergedServer, rule: &VirtualService) -> Vec<(String, Origin)> {
    let mut out: Vec<(String, Origin)> = Vec::new();
    let mut add = |host: &str, origin: Origin| {
        if !out.iter().any(|(known, _)| known == host) {
            out.push((host.to_owned(), origin));
        }
    };
    for written in &server.server.hosts {
        let host = match written.value.split_once('/') {
            Some((namespace, _)) if namespace != "*" && namespace != rule.meta.namespace() => continue,
            Some((_, host)) => host,
            None => written.value.as_str(),
        };
        for wanted in &rule.hosts {
            if subset_of(host, &wanted.value) {
                add(host, written.origin);
            } else if subset_of(&wanted.value, host) {
                add(&wanted.value, wanted.origin);
            }
        }
    }
    out
}

/// Puts hosts with the very same routes together; the most specific host names them (`collapseDuplicateRoutes`).
fn collapsed(mut hosts: Vec<Host>) -> Vec<Host> {
    let key = |host: &Host| {
        let name = host.host.domains.first().cloned().unwrap_or_default();
        (is_wildcard(&name), std::cmp::Reverse(name.len()), name)
    };
    hosts.sort_by_key(key);
    let mut out: Vec<Host> = Vec::new();
    let mut latest: HashMap<Vec<*const Route>, usize> = HashMap::new();
    for host in hosts {
        let routes: Vec<*const Route> = host.routes.iter().map(Arc::as_ptr).collect();
        let primary = latest.get(&routes).and_then(|at| out.get_mut(*at));
        match primary.filter(|primary| primary.host.require_tls == host.host.require_tls) {
            Some(primary) => primary.host.domains.extend(host.host.domains),
            None => {
                latest.insert(routes, out.len());
                out.push(host);
            }
        }
    }
    out
}

/// Routes that take everything come last, the others keep their order (`SortVHostRoutes`).
fn sorted(host: Host) -> VirtualHost {
    let Host { mut host, routes } = host;
    let (last, first): (Vec<_>, Vec<_>) =
        routes.iter().partition(|route| condition::is_catch_all(&route.matches));
    host.routes = first.into_iter().chain(last).map(|route| route.as_ref().clone()).collect();
    host
}
