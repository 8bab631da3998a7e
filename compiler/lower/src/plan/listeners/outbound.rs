//! Outbound listeners of a sidecar, one per address and port, merged where several services want the same (`listener.go`).

use std::collections::HashMap;
use std::sync::Arc;

use mp_ir::base::Origin;
use mp_ir::mesh::{
    CaptureMode, EndpointAddress, Port, Protocol, Registry, Resolution, Service, VirtualService,
};
use mp_ir::plan::{Interception, IpMode, Listener, RouteSource, Transport};

use crate::plan::endpoints;
use crate::scope::EgressScope;

use super::address::{self, ANY_V4, ANY_V6};
use super::chain::ChainDraft;
use super::connection_manager::HttpOptions;
use super::outbound_chains::{self, Target};
use super::stack::Stack;
use super::tcp::ListenPort;
use super::{Class, destination, inbound_chains, outbound_listener};

/// Addresses that are bound, first one primary; none yet where the service decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Binding {
    /// Addresses.
    pub(super) binds: Vec<String>,
    /// The proxy opens a socket of its own.
    pub(super) own_socket: bool,
}

impl Binding {
    /// The primary one; empty for none.
    pub(super) fn first(&self) -> &str {
        self.binds.first().map_or("", String::as_str)
    }
}

/// A listener under construction (`outboundListenerEntry`).
#[derive(Debug)]
pub(super) struct Entry {
    /// Port number.
    pub(super) port: u32,
    /// Addresses.
    pub(super) binding: Binding,
    /// Made by a port of the Sidecar: nothing is added any more.
    pub(super) locked: bool,
    /// Chains in the order in which they were asked for.
    pub(super) chains: Vec<ChainDraft>,
    /// Protocol, as far as it is one.
    pub(super) protocol: Protocol,
    /// The YAML that asked first.
    pub(super) origin: Origin,
}

/// One service port that wants a listener (`outboundListenerOpts`).
#[derive(Clone, Debug)]
struct Wanted<'a> {
    binding: Binding,
    destinations: Vec<String>,
    port: ListenPort<'a>,
    service: &'a Service,
    origin: Origin,
}

/// What a new listener meets at its address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meeting {
    Nothing,
    HttpOverTcp,
    TcpOverHttp,
    TcpOverTcp,
    TcpOverAuto,
    AutoOverHttp,
    AutoOverTcp,
}

/// How a protocol is listened for (`ModelProtocolToListenerProtocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    /// HTTP alone.
    Http,
    /// Bytes.
    Tcp,
    /// Whatever the first bytes say.
    Auto,
}

/// `None` for protocols that are not listened for.
pub(super) fn speech(protocol: Protocol) -> Option<Speech> {
    match protocol {
        Protocol::Udp => None,
        p if p.is_http() => Some(Speech::Http),
        p if p.is_tcp() => Some(Speech::Tcp),
        _ => Some(Speech::Auto),
    }
}

/// All outbound listeners, in the order in which services ask for them.
pub(super) fn listeners(stack: &Stack<'_>) -> Vec<Listener> {
    let mut table = Table { stack, entries: Vec::new(), places: HashMap::new() };
    for egress in &stack.cx.scope.egress {
        table.add_egress(egress);
    }
    table.entries.iter().map(|entry| outbound_listener::finish(stack, entry)).collect()
}

struct Table<'s, 'a> {
    stack: &'s Stack<'a>,
    entries: Vec<Entry>,
    places: HashMap<(String, u32), usize>,
}

impl<'a> Table<'_, 'a> {
    fn add_egress(&mut self, egress: &'a EgressScope) {
        let binding = egress_binding(self.stack, egress);
        let listener = egress.listener.as_ref();
        if let Some((listener, stated)) = listener.and_then(|l| l.port.as_ref().map(|p| (l, p))) {
            let port =
                ListenPort { number: stated.value, name: &listener.port_name, protocol: listener.protocol };
            if !self.may_bind(&binding, port) {
                return;
            }
            for service in &egress.services {
                let wanted = Wanted {
                    binding: binding.clone(),
                    destinations: Vec::new(),
                    port,
                    service: &service.service,
                    origin: stated.origin,
                };
                self.add(wanted, &egress.virtual_services);
            }
            return;
        }
        for entry in &mut self.entries {
            entry.locked = true;
        }
        for service in &egress.services {
            for port in &service.service.ports {
                self.add_port(&service.service, port, &binding, &egress.virtual_services);
            }
        }
    }

    fn may_bind(&self, binding: &Binding, port: ListenPort<'_>) -> bool {
        address::can_bind(self.stack, binding.own_socket, binding.first(), port.number, port.protocol, true)
    }

    /// One port of a service: a headless one is listened for at each of its endpoints.
    fn add_port(
        &mut self,
        service: &'a Service,
        port: &'a Port,
        binding: &Binding,
        rules: &[Arc<VirtualService>],
    ) {
        let listen = ListenPort { number: port.number, name: &port.name, protocol: port.protocol };
        if !self.may_bind(binding, listen) {
            return;
        }
        let wanted = Wanted {
            binding: binding.clone(),
            destinations: Vec::new(),
            port: listen,
            service,
            origin: port.origin,
        };
        let bytes = port.protocol.is_tcp() || port.protocol.is_sniffed();
        let headless = service.resolution == Resolution::Passthrough
            && address::of_service(self.stack, service).first == ANY_V4;
        if !(binding.binds.is_empty() && headless && bytes) {
            self.add(wanted, rules);
            return;
        }
        let endpoints = endpoint_addresses(self.stack, service, port);
        if service.registry != Registry::Kubernetes && endpoints.is_empty() && service.selector.is_empty() {
            self.add(wanted, rules);
            return;
        }
        let own = self.stack.cx.proxy.ips.first();
        for addresses in endpoints.into_iter().filter(|list| list.first() != own) {
            let binding = Binding { binds: addresses, own_socket: binding.own_socket };
            self.add(Wanted { binding, ..wanted.clone() }, rules);
        }
    }

    /// Adds a listener or merges it into the one that is there (`buildSidecarOutboundListener`).
    fn add(&mut self, mut wanted: Wanted<'a>, rules: &[Arc<VirtualService>]) {
        if wanted.service.resolution == Resolution::Alias {
            return;
        }
        let Some(speech) = speech(wanted.port.protocol) else { return };
        bind(self.stack, &mut wanted, speech);
        let key = (wanted.binding.first().to_owned(), wanted.port.number);
        let place = self.places.get(&key).copied();
        let current = place.and_then(|at| self.entries.get_mut(at));
        if current.as_ref().is_some_and(|entry| entry.locked) {
            return;
        }
        let met = current.as_ref().map(|entry| entry.protocol);
        let Some(meeting) = meet(wanted.port.protocol, speech, met) else { return };
        let wildcard = address::first_wildcard(self.stack.cx.proxy.ip_mode);
        let sniffed_http = speech == Speech::Http
            && wanted.port.protocol != Protocol::HttpProxy
            && wanted.binding.first() == wildcard;
        let protocol = if sniffed_http { Protocol::Unsupported } else { wanted.port.protocol };
        let chains = drafts(self.stack, &wanted, speech, sniffed_http, rules);
        let merged = matches!(meeting, Meeting::HttpOverTcp | Meeting::TcpOverHttp | Meeting::AutoOverTcp);
        match current {
            Some(entry) if !matches!(meeting, Meeting::Nothing | Meeting::AutoOverHttp) => {
                merge(entry, chains);
                if merged {
                    entry.protocol = Protocol::Unsupported;
                }
            }
            Some(entry) => *entry = new_entry(wanted, chains, protocol),
            None => {
                self.places.insert(key, self.entries.len());
                self.entries.push(new_entry(wanted, chains, protocol));
            }
        }
    }
}

fn new_entry(wanted: Wanted<'_>, chains: Vec<ChainDraft>, protocol: Protocol) -> Entry {
    Entry {
        port: wanted.port.number,
        binding: wanted.binding,
        locked: false,
        chains,
        protocol,
        origin: wanted.origin,
    }
}

fn egress_binding(stack: &Stack<'_>, egress: &EgressScope) -> Binding {
    let proxy = stack.cx.proxy;
    let stated = egress.listener.as_ref().map_or("", |l| l.bind.as_str());
    let captured = egress
        .listener
        .as_ref()
        .is_none_or(|l| l.capture_mode != CaptureMode::None && !stated.starts_with("unix://"));
    let own_socket = proxy.interception == Interception::None || !captured;
    let binds = match (stated, own_socket) {
        ("", true) => address::owned(address::local_hosts(proxy.ip_mode)),
        ("", false) => Vec::new(),
        (bind, _) => vec![bind.to_owned()],
    };
    Binding { binds, own_socket }
}

/// Addresses of the endpoints behind a port, IP addresses alone.
fn endpoint_addresses(stack: &Stack<'_>, service: &Service, port: &Port) -> Vec<Vec<String>> {
    let behind = endpoints::of_port(&stack.cx, service, port.number);
    let addresses = behind.filter_map(|(_, endpoint)| match &endpoint.address {
        EndpointAddress::Host(host) => {
            let all: Vec<String> = std::iter::once(host).chain(&endpoint.additional).cloned().collect();
            all.iter().all(|address| address.parse::<std::net::IpAddr>().is_ok()).then_some(all)
        }
        EndpointAddress::Unix(_) => None,
    });
    addresses.collect()
}

/// Decides the address where the Sidecar does not: HTTP takes any address, bytes take the service's.
fn bind(stack: &Stack<'_>, wanted: &mut Wanted<'_>, speech: Speech) {
    if !wanted.binding.binds.is_empty() {
        return;
    }
    let proxy = stack.cx.proxy;
    let wildcards = address::owned(address::wildcards(proxy.ip_mode));
    if speech == Speech::Http {
        wanted.binding.binds = wildcards;
        return;
    }
    let mut of = address::of_service(stack, wanted.service);
    if wanted.service.registry == Registry::External && of.first == ANY_V4 {
        match proxy.ip_mode {
            IpMode::V6 => ANY_V6.clone_into(&mut of.first),
            IpMode::Dual => of.extra.push(ANY_V6.to_owned()),
            IpMode::V4 => {}
        }
    }
    let addresses: Vec<String> = std::iter::once(of.first.clone()).chain(of.extra).collect();
    if of.first.contains('/') {
        wanted.binding.binds = wildcards;
        wanted.destinations = addresses;
    } else {
        wanted.binding.binds = addresses;
    }
}

/// What happens with the listener that is there; `None` leaves it as it is.
fn meet(new: Protocol, speech: Speech, met: Option<Protocol>) -> Option<Meeting> {
    let Some(met) = met else { return Some(Meeting::Nothing) };
    if new == Protocol::HttpProxy {
        return Some(Meeting::Nothing);
    }
    let meeting = match speech {
        Speech::Http if met.is_tcp() => Meeting::HttpOverTcp,
        Speech::Http => return None,
        Speech::Tcp if met.is_http() => Meeting::TcpOverHttp,
        Speech::Tcp if met.is_tcp() => Meeting::TcpOverTcp,
        Speech::Tcp => Meeting::TcpOverAuto,
        Speech::Auto if met.is_http() => Meeting::AutoOverHttp,
        Speech::Auto if met.is_tcp() => Meeting::AutoOverTcp,
        Speech::Auto => return None,
    };
    // Databases whose server speaks first never share a port with anything else.
    let alone = |p: Protocol| matches!(p, Protocol::Mongo | Protocol::Mysql);
    if (alone(new) || alone(met)) && new != met { None } else { Some(meeting) }
}

fn drafts(
    stack: &Stack<'_>,
    wanted: &Wanted<'_>,
    speech: Speech,
    sniffed_http: bool,
    rules: &[Arc<VirtualService>],
) -> Vec<ChainDraft> {
    let target = Target {
        service: wanted.service,
        port: wanted.port,
        bind: wanted.binding.first(),
        destinations: &wanted.destinations,
    };
    let sniffed = |draft: ChainDraft| ChainDraft {
        alpn: inbound_chains::plaintext_alpn(stack),
        transport: Some(Transport::RawBuffer),
        ..draft
    };
    match speech {
        Speech::Http if sniffed_http => vec![sniffed(http_draft(stack, wanted, speech))],
        Speech::Http => vec![http_draft(stack, wanted, speech)],
        Speech::Tcp => outbound_chains::chains(stack, target, rules),
        Speech::Auto => {
            let mut drafts = outbound_chains::chains(stack, target, rules);
            drafts.push(sniffed(http_draft(stack, wanted, speech)));
            drafts
        }
    }
}

/// The HTTP chain with its route table (`buildSidecarOutboundHTTPListenerOpts`).
fn http_draft(stack: &Stack<'_>, wanted: &Wanted<'_>, speech: Speech) -> ChainDraft {
    let wildcard = address::first_wildcard(stack.cx.proxy.ip_mode);
    let name = match (wanted.port.number, wanted.binding.first()) {
        (0, bind) => bind.to_owned(),
        (port, bind) if speech == Speech::Auto && bind != wildcard => {
            format!("{}:{port}", wanted.service.hostname.value)
        }
        (port, _) => port.to_string(),
    };
    let options = HttpOptions {
        use_remote_address: stack.flags.use_remote_address,
        dynamic_hosts: destination::dynamic_cache(stack, wanted.service),
        origin: wanted.origin,
        ..HttpOptions::new(stack, Class::Outbound, wanted.port.protocol, RouteSource::Named(name))
    };
    ChainDraft { http: Some(options), origin: wanted.origin, ..ChainDraft::default() }
}

/// Chains that take what none before takes are added (`mergeTCPFilterChains`).
fn merge(entry: &mut Entry, incoming: Vec<ChainDraft>) {
    for draft in incoming {
        if !entry.chains.iter().any(|there| there.conflicts_with(&draft)) {
            entry.chains.push(draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_that_meet_merge_or_give_way() {
        use Protocol::{Http, Mongo, Mysql, Tcp, Unsupported};
        assert_eq!(meet(Http, Speech::Http, None), Some(Meeting::Nothing));
        assert_eq!(meet(Http, Speech::Http, Some(Tcp)), Some(Meeting::HttpOverTcp));
        assert_eq!(meet(Http, Speech::Http, Some(Unsupported)), None);
        assert_eq!(meet(Tcp, Speech::Tcp, Some(Unsupported)), Some(Meeting::TcpOverAuto));
        assert_eq!(meet(Unsupported, Speech::Auto, Some(Tcp)), Some(Meeting::AutoOverTcp));
        assert_eq!(meet(Unsupported, Speech::Auto, Some(Unsupported)), None);
        assert_eq!(meet(Mongo, Speech::Tcp, Some(Mongo)), Some(Meeting::TcpOverTcp));
        assert_eq!(meet(Mysql, Speech::Tcp, Some(Mongo)), None);
        assert_eq!(meet(Tcp, Speech::Tcp, Some(Mysql)), None);
    }
}
