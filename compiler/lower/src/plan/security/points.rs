//! Enforcement points: everything that decides whether a request reaches a workload.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{
    Mesh, MutualTlsMode, PathNormalization, Protocol, ProxySettings, Registry, Server, ServerTlsMode,
    Service, TargetPort, Workload,
};
use mp_ir::plan::{
    Doubt, EnforcementPoint, EscapedSlashes, PathRules, PointKind, PointPort, PortChain, ProxyKind,
};

use super::select::{Subject, selects};
use super::{PeerModes, doubts, header_doubts, http_security, tcp_security, trust_domain, waypoint_points};
use crate::facts::is_pod;
use crate::plan::ambient::Policies;
use crate::plan::listeners::path_settings;
use crate::proxy::{is_between_networks, is_injected, role, settings, without_pods};

/// Label that says which data plane a namespace or Pod belongs to.
const DATAPLANE: &str = "istio.io/dataplane-mode";
/// Annotation by which a node's agent says that it redirected a Pod's traffic.
const REDIRECTION: &str = "ambient.istio.io/redirection";
/// Annotation of Pods that a sidecar was put into.
const INJECTED: &str = "sidecar.istio.io/status";

/// One point per workload, in the order of [`point_workloads`], then one for each service behind a waypoint. Equal points are not merged, so
/// that each can be named.
#[must_use]
pub fn enforcement_points(mesh: &Mesh) -> Vec<EnforcementPoint> {
    let policies = OnceCell::new();
    let workloads = point_workloads(mesh).map(|workload| point(mesh, workload, &policies));
    workloads.chain(waypoint_points::all(mesh)).collect()
}

/// The workloads that have a point: those of the input, then those that a template would make and that will have a proxy. Pods of waypoints
/// decide for the services behind them, each of which has a point of its own.
pub fn point_workloads(mesh: &Mesh) -> impl Iterator<Item = &Workload> {
    let made = without_pods(mesh);
    let proxied = |w: &&Workload| is_injected(mesh, w) || kind(mesh, w) != PointKind::Sidecar;
    let decides = |w: &&Workload| role(mesh, w) != ProxyKind::Waypoint || is_between_networks(w.labels());
    mesh.workloads.iter().chain(made.filter(proxied)).filter(decides)
}

/// What is said of a gateway between networks of the ambient mesh: what it asks policies is not modelled.
fn between_networks(workload: &Workload) -> Option<Doubt> {
    is_between_networks(workload.labels()).then(|| Doubt {
        text: format!(
            "{} is a gateway between networks, and what those ask is not modelled",
            workload.meta.object
        ),
        unread: false,
        origin: workload.meta.origin,
    })
}

/// The point of one workload; `None` when the input has no such workload.
#[must_use]
pub fn enforcement_point(mesh: &Mesh, namespace: &str, name: &str) -> Option<EnforcementPoint> {
    let named = |workload: &&Workload| workload.meta.namespace() == namespace && workload.meta.name() == name;
    let workload = point_workloads(mesh).find(named);
    workload.map(|workload| point(mesh, workload, &OnceCell::new())).or_else(|| {
        waypoint_points::all(mesh).find(|point| point.namespace == namespace && point.name == name)
    })
}

fn point<'m>(mesh: &'m Mesh, workload: &Workload, policies: &OnceCell<Policies<'m>>) -> EnforcementPoint {
    let kind = kind(mesh, workload);
    if kind == PointKind::Ztunnel {
        return ztunnel(mesh, workload, policies.get_or_init(|| Policies::of(mesh)));
    }
    let gateway = kind == PointKind::Gateway;
    let subject = Subject {
        namespace: workload.meta.namespace(),
        labels: workload.labels(),
        waypoint: false,
        service: None,
        router: gateway,
    };
    let modes = mesh.peer_modes(workload.meta.namespace(), workload.labels());
    let mut dropped = Vec::new();
    let http = http_security(mesh, &subject, &mut dropped);
    let tcp = tcp_security(mesh, &subject, &mut dropped);
    let settings = settings(mesh, &workload.meta.annotations);
    let (_, _, underscores) = path_settings(&settings, gateway);
    let mut doubts = doubts::of_workload(mesh, &subject);
    doubts.extend(header_doubts::of(&http, underscores.is_some()));
    doubts.extend(doubts::of_labels(mesh, workload));
    doubts.extend(between_networks(workload));
    EnforcementPoint {
        namespace: workload.meta.namespace().to_owned(),
        name: workload.meta.name().to_owned(),
        kind,
        addresses: workload.ips.clone(),
        ports: if gateway { gateway_ports(mesh, workload) } else { sidecar_ports(mesh, workload, &modes) },
        passthrough: (!gateway).then_some(modes.mode),
        trust_domains: trust_domain::for_validation(mesh),
        http,
        tcp,
        paths: path_rules(mesh.settings.path_normalization, &settings, gateway),
        underscores,
        use_remote_address: gateway,
        trusted_hops: if gateway { settings.num_trusted_proxies } else { 0 },
        dropped,
        doubts,
        ..EnforcementPoint::default()
    }
}

/// The ztunnel before a workload: it takes plain text and the tunnel of its own trust domain, and any bytes (`tls/workload.rs`,
/// `TrustDomainVerifier`). Strictness is one of the policies.
fn ztunnel(mesh: &Mesh, workload: &Workload, policies: &Policies<'_>) -> EnforcementPoint {
    let open = At::implied(MutualTlsMode::Permissive);
    let modes = PeerModes { mode: open, ports: BTreeMap::new() };
    let mut ports = sidecar_ports(mesh, workload, &modes);
    ports.iter_mut().for_each(|port| port.chain = PortChain::Sniffed);
    let subject = Subject {
        namespace: workload.meta.namespace(),
        labels: workload.labels(),
        waypoint: false,
        service: None,
        router: false,
    };
    let mut doubts = doubts::of_connections(mesh, &subject);
    doubts.extend(doubts::of_labels(mesh, workload));
    EnforcementPoint {
        namespace: workload.meta.namespace().to_owned(),
        name: workload.meta.name().to_owned(),
        kind: PointKind::Ztunnel,
        addresses: workload.ips.clone(),
        ports,
        passthrough: Some(open),
        trust_domains: vec![mesh.settings.trust_domain.clone()],
        connections: policies.applying(mesh, workload.meta.namespace(), workload.labels()),
        waypoints: serves(mesh, workload)
            .filter_map(|service| waypoint_points::before(mesh, service))
            .collect(),
        doubts,
        ..EnforcementPoint::default()
    }
}

/// Whether ztunnel stands before a workload: a node's agent said so, or its namespace is of the ambient mesh and it has no
/// sidecar (`ambientutil.PodRedirectionEnabled`).
#[must_use]
pub fn is_captured(mesh: &Mesh, workload: &Workload) -> bool {
    if workload.meta.annotations.get(REDIRECTION).is_some_and(|word| word == "enabled") {
        return true;
    }
    let namespace = || mesh.namespaces.get(workload.meta.namespace()).and_then(|ns| ns.get(DATAPLANE));
    let stated = workload.labels().get(DATAPLANE).or_else(namespace);
    let injected = workload.from_template && is_injected(mesh, workload);
    let sidecar = workload.has_proxy || injected || workload.meta.annotations.contains_key(INJECTED);
    let runs = is_pod(workload) || workload.from_template;
    runs && !sidecar && stated.is_some_and(|word| word == "ambient")
}

/// A workload is a gateway when a Gateway selects it, or when it runs a Kubernetes Gateway.
fn kind(mesh: &Mesh, workload: &Workload) -> PointKind {
    let labels = workload.labels();
    let selected = mesh
        .gateways
        .iter()
        .any(|gateway| !gateway.selector.is_empty() && selects(&gateway.selector, labels));
    let managed = labels.contains_key("gateway.networking.k8s.io/gateway-name");
    match (selected || managed, is_captured(mesh, workload)) {
        (true, _) => PointKind::Gateway,
        (false, true) => PointKind::Ztunnel,
        (false, false) => PointKind::Sidecar,
    }
}

/// Whether a workload is a gateway.
pub(super) fn is_gateway(mesh: &Mesh, workload: &Workload) -> bool {
    kind(mesh, workload) == PointKind::Gateway
}

fn serves<'a>(mesh: &'a Mesh, workload: &'a Workload) -> impl Iterator<Item = &'a Service> {
    mesh.services.iter().filter(|service| {
        let here = service.meta.namespace() == workload.meta.namespace();
        here && !service.selector.is_empty() && selects(&service.selector, workload.labels())
    })
}

fn target_port(workload: &Workload, target: &TargetPort) -> Option<u32> {
    match target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => {
            workload.ports.iter().find(|port| port.name == *name).map(|port| port.number)
        }
    }
}

/// Ports of the services that select the workload. The first service decides the protocol of a port, as in istiod's listeners.
fn sidecar_ports(mesh: &Mesh, workload: &Workload, modes: &PeerModes) -> Vec<PointPort> {
    let mut services: Vec<&Service> = serves(mesh, workload).collect();
    services.sort_by_key(|service| {
        (service.registry != Registry::Kubernetes, service.meta.created, service.hostname.value.clone())
    });
    let mut ports: BTreeMap<u32, PointPort> = BTreeMap::new();
    for service in services {
        for port in service.ports.iter().filter(|port| port.protocol != Protocol::Udp) {
            let Some(number) = target_port(workload, &port.target) else { continue };
            let host = service.hostname.value.clone();
            let made = PointPort {
                number,
                chain: chain(port.protocol),
                mode: modes.at(number),
                host,
                tls: Vec::new(),
            };
            ports.entry(number).or_insert(made);
        }
    }
    // A port that a PeerAuthentication names has chains of its own, with or without a service (`buildInboundPassthroughChains`).
    for (number, mode) in &modes.ports {
        let made = PointPort {
            number: *number,
            chain: PortChain::Sniffed,
            mode: *mode,
            host: String::new(),
            tls: Vec::new(),
        };
        ports.entry(*number).or_insert(made);
    }
    ports.into_values().collect()
}

pub(super) fn chain(protocol: Protocol) -> PortChain {
    if protocol.is_http() {
        PortChain::Http
    } else if protocol.is_sniffed() {
        PortChain::Sniffed
    } else {
        PortChain::Tcp
    }
}

/// Ports of the servers, as the workload sees them. Callers of a gateway have an identity only where a server asks for a certificate. What is
/// passed on by server name alone meets no policy (`gateway.go`, `builtAutoPassthroughFilterChains`).
fn gateway_ports(mesh: &Mesh, workload: &Workload) -> Vec<PointPort> {
    let mut ports: BTreeMap<u32, PointPort> = BTreeMap::new();
    let mine = mesh.gateways.iter().filter(|gateway| selects(&gateway.selector, workload.labels()));
    for server in mine.flat_map(|gateway| &gateway.servers) {
        let mut numbers: Vec<u32> = Vec::new();
        for port in serves(mesh, workload).flat_map(|s| &s.ports).filter(|p| p.number == server.port.value) {
            numbers.extend(target_port(workload, &port.target));
        }
        if numbers.is_empty() {
            numbers.push(server.port.value);
        }
        let terminates = server.protocol.is_http()
            || server.tls.as_ref().is_some_and(|_| server.protocol == Protocol::Https);
        let passed = server.tls.as_ref().is_some_and(|tls| tls.mode == ServerTlsMode::AutoPassthrough);
        let chain = match (terminates, passed) {
            (_, true) => PortChain::Passed,
            (true, false) => PortChain::Http,
            (false, false) => PortChain::Tcp,
        };
        let bare = |host: &At<String>| host.value.rsplit('/').next().unwrap_or_default().to_owned();
        let hosts: Vec<String> = server.hosts.iter().map(bare).collect();
        let host = hosts.first().cloned().unwrap_or_default();
        let mode = At { value: identity_at(server), origin: server.origin };
        let tls = matches!(server.protocol, Protocol::Https | Protocol::Tls).then_some(hosts);
        for number in numbers {
            let made = PointPort { number, chain, mode, host: host.clone(), tls: Vec::new() };
            let port = ports.entry(number).or_insert(made);
            port.tls.extend(tls.clone());
            // Servers of one port that ask for different things: a caller may meet either.
            if port.mode.value != mode.value {
                port.mode.value = MutualTlsMode::Permissive;
            }
        }
    }
    ports.into_values().collect()
}

/// Whether callers of a server have an identity of the mesh (`gateway.go`, `buildGatewayListenerTLSContext`): a certificate of the mesh is
/// demanded by `ISTIO_MUTUAL`; one that is demanded or taken otherwise may or may not name an identity.
fn identity_at(server: &Server) -> MutualTlsMode {
    let mode = server.tls.as_ref().map(|tls| tls.mode).filter(|_| server.protocol != Protocol::Http);
    match mode {
        Some(ServerTlsMode::IstioMutual) => MutualTlsMode::Strict,
        Some(ServerTlsMode::Mutual | ServerTlsMode::OptionalMutual) => MutualTlsMode::Permissive,
        Some(ServerTlsMode::Passthrough | ServerTlsMode::Simple | ServerTlsMode::AutoPassthrough) | None => {
            MutualTlsMode::Disable
        }
    }
}

/// `pathNormalization`, which a proxy's connection settings override (`listener_builder.go`, `connection_settings.go`).
pub(super) fn path_rules(stated: PathNormalization, proxy: &ProxySettings, gateway: bool) -> PathRules {
    use PathNormalization::{Base, DecodeAndMergeSlashes, Default, MergeSlashes, None};
    let mut rules = match stated {
        None => PathRules { normalize: false, merge_slashes: false, escaped_slashes: EscapedSlashes::Keep },
        Default | Base => {
            PathRules { normalize: true, merge_slashes: false, escaped_slashes: EscapedSlashes::Keep }
        }
        MergeSlashes => {
            PathRules { normalize: true, merge_slashes: true, escaped_slashes: EscapedSlashes::Keep }
        }
        DecodeAndMergeSlashes => {
            PathRules { normalize: true, merge_slashes: true, escaped_slashes: EscapedSlashes::Unescape }
        }
    };
    let (merge, escaped, _) = path_settings(proxy, gateway);
    rules.merge_slashes = merge.unwrap_or(rules.merge_slashes);
    rules.escaped_slashes = escaped.unwrap_or(rules.escaped_slashes);
    rules
}
