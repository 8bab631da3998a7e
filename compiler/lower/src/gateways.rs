//! The servers of all Gateways that select one proxy, merged by port (`pilot/pkg/model/gateway.go` mergeGateways,
//! `push_context.go` mergeGateways).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{Gateway, Mesh, Protocol, Server, ServerTlsMode};
use mp_ir::plan::{ProxyView, ServiceTarget};

use crate::Index;

/// Label of a Service whose ports are not translated for gateways that select Pods by label.
const DISABLE_PORT_TRANSLATION: &str = "experimental.istio.io/disable-gateway-port-translation";
const GATEWAY_SEMANTICS: &str = "internal.istio.io/gateway-semantics";
const SERVICE_ACCOUNT: &str = "internal.istio.io/service-account-name";
const PARENT_NAMESPACE: &str = "internal.istio.io/parent-namespace";

/// All that Gateways ask of one proxy.
#[derive(Clone, Debug, Default)]
pub struct MergedGateway {
    /// Servers that take part, in order of their Gateways. The other lists are places in this one.
    pub servers: Vec<MergedServer>,
    /// Ports to listen at, in order of appearance.
    pub ports: Vec<MergedPort>,
    /// Servers of each route table (`http.<port>`, `https.<port>.<portName>.<gateway>.<namespace>`).
    pub by_route: BTreeMap<String, Vec<usize>>,
    /// A server of mode `AUTO_PASSTHROUGH` takes part.
    pub auto_passthrough: bool,
    /// Hosts of those servers, `ns/` included where it was written.
    pub auto_passthrough_hosts: BTreeSet<String>,
    /// `namespace/name` of every Gateway that selects the proxy and has a server.
    pub gateway_names: BTreeSet<String>,
}

/// A server at one of the proxy's ports.
#[derive(Clone, Debug)]
pub struct MergedServer {
    /// Place in `Mesh::gateways`.
    pub gateway: usize,
    /// `namespace/name` of its Gateway.
    pub gateway_name: String,
    /// The server. Its hosts are `host` or `namespace/host`: `./` is resolved, `*/` is cut.
    pub server: Server,
    /// Port to listen at: target port of the service port, or the server's own.
    pub port: u32,
    /// Its route table; empty for servers that are not HTTP.
    pub route_name: String,
    /// Hosts of a server with TLS settings as server names: sorted, without namespaces.
    pub sni_hosts: Vec<String>,
}

/// A port to listen at. Two of them may share a number: TLS and HTTPS servers, or servers bound to different addresses.
#[derive(Clone, Debug)]
pub struct MergedPort {
    /// Its number.
    pub number: u32,
    /// Protocol of its first server.
    pub protocol: Protocol,
    /// Address to bind; empty for all.
    pub bind: String,
    /// Its servers, places in [`MergedGateway::servers`].
    pub servers: Vec<usize>,
    /// Route table of plain HTTP servers. For TLS each server has its own.
    pub route_name: String,
}

impl MergedServer {
    /// HTTP or HTTPS that is terminated here (`gateway.IsHTTPServer`).
    #[must_use]
    pub fn is_http(&self) -> bool {
        is_http(&self.server)
    }

    /// Not HTTP, with TLS settings (`gateway.IsTLSServer`).
    #[must_use]
    pub fn is_tls(&self) -> bool {
        is_tls(&self.server)
    }

    /// TLS passes through unopened (`gateway.IsPassThroughServer`).
    #[must_use]
    pub fn is_passthrough(&self) -> bool {
        is_passthrough(&self.server)
    }
}

/// HTTP, or HTTPS that is terminated (`pkg/config/gateway` IsHTTPServer).
#[must_use]
pub fn is_http(server: &Server) -> bool {
    server.protocol.is_http() || (server.protocol == Protocol::Https && !is_passthrough(server))
}

/// TLS settings on something other than plain HTTP, where they only mean a redirect (`IsTLSServer`).
#[must_use]
pub fn is_tls(server: &Server) -> bool {
    server.tls.is_some() && !server.protocol.is_http()
}

/// TLS that passes through unopened, by itself or by server name (`IsPassThroughServer`).
#[must_use]
pub fn is_passthrough(server: &Server) -> bool {
    server
        .tls
        .as_ref()
        .is_some_and(|tls| matches!(tls.mode, ServerTlsMode::Passthrough | ServerTlsMode::AutoPassthrough))
}

fn is_auto_passthrough(server: &Server) -> bool {
    server.tls.as_ref().is_some_and(|tls| tls.mode == ServerTlsMode::AutoPassthrough)
}

/// A Gateway that selects the proxy, with the service ports that it may speak of.
struct Selected<'a> {
    place: usize,
    gateway: &'a Gateway,
    /// It selects Pods by label; ports that no service has are taken as they are.
    by_label: bool,
    targets: Vec<&'a ServiceTarget>,
}

/// Merges the Gateways that select a proxy; `None` when none does.
#[must_use]
pub fn merge(mesh: &Mesh, _index: &Index, proxy: &ProxyView) -> Option<MergedGateway> {
    let selected = strict(select(mesh, proxy), mesh);
    if selected.is_empty() {
        return None;
    }
    let mut merge = Merge::default();
    for gateway in &selected {
        merge.add_gateway(mesh, gateway);
    }
    let mut out = merge.out;
    let kept = out.ports.iter().flat_map(|port| &port.servers).filter_map(|place| out.servers.get(*place));
    let hosts =
        kept.filter(|server| is_auto_passthrough(&server.server)).flat_map(|server| &server.server.hosts);
    out.auto_passthrough_hosts = hosts.map(|host| host.value.clone()).collect();
    Some(out)
}

/// The Gateways that select a proxy, oldest first.
pub(crate) fn selecting<'a>(mesh: &'a Mesh, proxy: &'a ProxyView) -> Vec<&'a Gateway> {
    strict(select(mesh, proxy), mesh).into_iter().map(|selected| selected.gateway).collect()
}

fn select<'a>(mesh: &'a Mesh, proxy: &'a ProxyView) -> Vec<Selected<'a>> {
    let own_namespace_alone = mesh.compat.flag("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", false);
    let mut out = Vec::new();
    for (place, gateway) in mesh.gateways.iter().enumerate() {
        if own_namespace_alone && gateway.meta.namespace() != proxy.namespace {
            continue;
        }
        if gateway.services.is_empty() {
            if gateway.selector.iter().all(|(key, value)| proxy.labels.get(key) == Some(value)) {
                out.push(Selected {
                    place,
                    gateway,
                    by_label: true,
                    targets: proxy.targets.iter().collect(),
                });
            }
            continue;
        }
        let home = gateway.meta.annotations.get(PARENT_NAMESPACE).filter(|ns| !ns.is_empty());
        let home = home.map_or(gateway.meta.namespace(), String::as_str);
        let bound = |target: &&ServiceTarget| {
            let service = mesh.services.get(target.service);
            service
                .is_some_and(|s| s.meta.namespace() == home && gateway.services.contains(&s.hostname.value))
        };
        let targets: Vec<_> = proxy.targets.iter().filter(bound).collect();
        if !targets.is_empty() {
            out.push(Selected { place, gateway, by_label: false, targets });
        }
    }
    out
}

/// Keeps Istio Gateways of other namespaces away from proxies that Gateway API manages (`filterStrictGatewayMerging`).
fn strict<'a>(selected: Vec<Selected<'a>>, mesh: &Mesh) -> Vec<Selected<'a>> {
    let annotation =
        |s: &Selected<'a>, key: &str| s.gateway.meta.annotations.get(key).cloned().unwrap_or_default();
    let is_gateway_api = |s: &Selected<'a>| annotation(s, GATEWAY_SEMANTICS) == "gateway";
    let managed: BTreeSet<&str> = selected
        .iter()
        .filter(|s| is_gateway_api(s) && !annotation(s, SERVICE_ACCOUNT).is_empty())
        .map(|s| s.gateway.meta.namespace())
        .collect();
    if managed.is_empty() || !mesh.compat.flag("PILOT_ENABLE_STRICT_GATEWAY_MERGING", true) {
        return selected;
    }
    selected
        .into_iter()
        .filter(|s| is_gateway_api(s) || managed.contains(s.gateway.meta.namespace()))
        .collect()
}

/// What is known while servers are added one after another.
#[derive(Default)]
struct Merge {
    out: MergedGateway,
    /// Port numbers seen.
    seen: BTreeSet<u32>,
    /// The plain-text port of a number: place in `out.ports`.
    plain: BTreeMap<u32, usize>,
    /// Per number: host to bind of servers with TLS settings.
    tls_hosts: BTreeMap<u32, BTreeMap<String, String>>,
}

impl Merge {
    fn add_gateway(&mut self, mesh: &Mesh, selected: &Selected<'_>) {
        let meta = &selected.gateway.meta;
        let gateway_name = format!("{}/{}", meta.namespace(), meta.name());
        for server in &selected.gateway.servers {
            self.out.gateway_names.insert(gateway_name.clone());
            let server = sanitize(server, meta.namespace());
            for port in resolve_ports(mesh, server.port.value, selected) {
                self.add_server(MergedServer {
                    gateway: selected.place,
                    gateway_name: gateway_name.clone(),
                    route_name: route_name(&server, port, meta.name(), meta.namespace()),
                    sni_hosts: sni_hosts(&server),
                    server: server.clone(),
                    port,
                });
            }
        }
    }

    fn add_server(&mut self, server: MergedServer) {
        if server.server.tls.is_some() && !self.claim_hosts(&server) {
            return;
        }
        self.out.auto_passthrough |= is_auto_passthrough(&server.server);
        if self.seen.insert(server.port) {
            self.add_new_port(server);
            return;
        }
        match self.plain.get(&server.port).copied() {
            Some(current) => self.add_to_plain(current, server),
            None if !server.is_tls() => self.add_new_port(server),
            None => self.add_to_tls(server),
        }
    }

    /// Takes the hosts of a TLS server for itself; false when one of them is taken at this port and bind.
    fn claim_hosts(&mut self, server: &MergedServer) -> bool {
        let known = self.tls_hosts.entry(server.port).or_default();
        let hosts = || server.server.hosts.iter().map(|host| &host.value);
        if hosts().any(|host| known.get(host) == Some(&server.server.bind)) {
            return false;
        }
        known.extend(hosts().map(|host| (host.clone(), server.server.bind.clone())));
        true
    }

    fn add_new_port(&mut self, server: MergedServer) {
        if !server.is_tls() {
            self.plain.insert(server.port, self.out.ports.len());
        }
        let (is_http, route_name) = (server.is_http(), server.route_name.clone());
        let place = self.add_port(server);
        if is_http {
            self.out.by_route.insert(route_name, vec![place]);
        }
    }

    fn add_port(&mut self, server: MergedServer) -> usize {
        let place = self.out.servers.len();
        self.out.ports.push(MergedPort {
            number: server.port,
            protocol: server.server.protocol,
            bind: server.server.bind.clone(),
            servers: vec![place],
            route_name: server.route_name.clone(),
        });
        self.out.servers.push(server);
        place
    }

    /// Adds to a port that has a plain-text server: HTTP joins HTTP, anything else needs another bind.
    fn add_to_plain(&mut self, current: usize, server: MergedServer) {
        let Some(port) = self.out.ports.get(current) else { return };
        let same_bind = port.bind == server.server.bind;
        let (old, new) = (port.protocol, server.server.protocol);
        let mergeable = (new.is_http() || new == old) && old.is_http();
        if same_bind {
            if mergeable && !server.route_name.is_empty() {
                self.join(current, server);
            }
            return;
        }
        match self.port_of(&server) {
            None => self.add_new_port(server),
            Some(existing) => {
                if let Some(port) = self.out.ports.get_mut(existing) {
                    port.route_name.clone_from(&server.route_name);
                }
                self.join(existing, server);
            }
        }
    }

    fn join(&mut self, port: usize, server: MergedServer) {
        let place = self.out.servers.len();
        self.out.by_route.entry(server.route_name.clone()).or_default().push(place);
        if let Some(port) = self.out.ports.get_mut(port) {
            port.servers.push(place);
        }
        self.out.servers.push(server);
    }

    /// Adds a TLS server to a port that has TLS servers alone; server names tell them apart.
    fn add_to_tls(&mut self, server: MergedServer) {
        let place = self.out.servers.len();
        if server.is_http() {
            if server.route_name.is_empty() || self.out.by_route.contains_key(&server.route_name) {
                return;
            }
            self.out.by_route.insert(server.route_name.clone(), vec![place]);
        }
        if let Some(port) = self.port_of(&server).and_then(|port| self.out.ports.get_mut(port)) {
            port.servers.push(place);
            self.out.servers.push(server);
            return;
        }
        self.add_port(server);
        if let Some(port) = self.out.ports.last_mut() {
            port.route_name.clear();
        }
    }

    /// The port of the same number, protocol and bind.
    fn port_of(&self, server: &MergedServer) -> Option<usize> {
        self.out.ports.iter().position(|port| {
            port.number == server.port
                && port.protocol == server.server.protocol
                && port.bind == server.server.bind
        })
    }
}

/// Resolves `./host` to the Gateway's namespace and cuts `*/` (`sanitizeServerHostNamespace`).
fn sanitize(server: &Server, namespace: &str) -> Server {
    let mut server = server.clone();
    if let Some(all) = server.hosts.iter().find(|host| host.value == "*/*").cloned() {
        server.hosts = vec![all];
    }
    for host in &mut server.hosts {
        if let Some((scope, name)) = host.value.split_once('/') {
            match scope {
                "." => host.value = format!("{namespace}/{name}"),
                "*" => host.value = name.to_owned(),
                _ => {}
            }
        }
    }
    server
}

/// Ports to listen at for a server's port (`resolvePorts`).
fn resolve_ports(mesh: &Mesh, number: u32, selected: &Selected<'_>) -> Vec<u32> {
    let translated = |target: &&&ServiceTarget| {
        let labels = mesh.services.get(target.service).map(|service| &service.meta.labels);
        let opted_out =
            selected.by_label && labels.is_some_and(|labels| labels.contains_key(DISABLE_PORT_TRANSLATION));
        target.port == number && !opted_out
    };
    let mut ports = selected.targets.iter().filter(translated).map(|target| target.target_port);
    if selected.by_label {
        return vec![ports.next().unwrap_or(number)];
    }
    ports.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Name of a server's route table (`gatewayRDSRouteName`); empty when it is not HTTP.
fn route_name(server: &Server, port: u32, gateway: &str, namespace: &str) -> String {
    let bind = if server.bind.is_empty() { String::new() } else { format!(".{}", server.bind) };
    if server.protocol.is_http() {
        return format!("http.{port}{bind}");
    }
    if server.protocol == Protocol::Https && !is_passthrough(server) {
        return format!("https.{}.{}.{gateway}.{namespace}{bind}", server.port.value, server.port_name);
    }
    String::new()
}

fn sni_hosts(server: &Server) -> Vec<String> {
    if server.tls.is_none() {
        return Vec::new();
    }
    let bare = |host: &str| host.split('/').nth(1).unwrap_or(host).to_owned();
    server.hosts.iter().map(|host| bare(&host.value)).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
#[path = "gateways/tests.rs"]
mod tests;
