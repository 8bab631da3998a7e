//! Sidecars.

use mp_ir::base::At;
use mp_ir::mesh::{
    CaptureMode, EgressListener, HostSelector, IngressListener, Mesh, OutboundTrafficPolicy, Protocol,
    Sidecar,
};
use mp_model::generated::networking as api;
use mp_model::{Kind, Object, Text, Workspace};

use super::gateway::server_tls;
use super::traffic_policy::connection_pool;
use super::{by_age, meta};

/// Reads all Sidecars, oldest first. The mesh's settings must be known.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    let root = mesh.settings.root_namespace.clone();
    mesh.sidecars = ws.of_kind(Kind::Sidecar).map(|object| sidecar(ws, object, &root)).collect();
    mesh.sidecars.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn sidecar(ws: &Workspace, object: &Object, root: &str) -> Sidecar {
    let mut out = Sidecar { meta: meta(object), ..Sidecar::default() };
    let Some(spec) = ws.spec::<api::Sidecar<'_>>(object) else { return out };
    let selector = spec.workload_selector();
    out.selector = selector.map(|selector| selector.labels().to_sorted()).unwrap_or_default();
    out.selector_written = selector.is_some();
    out.ingress = spec.ingress().iter().filter_map(ingress).collect();
    // A Sidecar of the root namespace means the namespace of each proxy by `.`, which is not known yet.
    let home = if object.namespace == root { "." } else { &object.namespace };
    let listeners = spec.egress();
    out.egress = listeners.is_present().then(|| listeners.iter().map(|view| egress(view, home)).collect());
    if let Some(policy) = spec.outbound_traffic_policy() {
        out.outbound = Some(outbound(policy.mode()));
        out.egress_proxy = policy.egress_proxy().map(super::virtual_service::destination_as_written);
    }
    out.inbound_connection_pool = spec.inbound_connection_pool().map(connection_pool);
    out
}

fn ingress(view: api::IstioIngressListener<'_>) -> Option<IngressListener> {
    let port = view.port()?;
    Some(IngressListener {
        port: At::new(number(port.number()), port.0.span()),
        port_name: text(port.name()),
        protocol: port.protocol().map(|protocol| Protocol::parse(protocol.value)).unwrap_or_default(),
        bind: text(view.bind()),
        capture_mode: view.capture_mode().map(capture).unwrap_or_default(),
        default_endpoint: text(view.default_endpoint()),
        tls: view.tls().map(server_tls),
        connection_pool: view.connection_pool().map(connection_pool),
    })
}

fn egress(view: api::IstioEgressListener<'_>, home: &str) -> EgressListener {
    let port = view.port();
    let protocol = port.and_then(|port| port.protocol());
    EgressListener {
        port: port.map(|port| At::new(number(port.number()), port.0.span())),
        port_name: text(port.and_then(|port| port.name())),
        protocol: protocol.map(|protocol| Protocol::parse(protocol.value)).unwrap_or_default(),
        bind: text(view.bind()),
        capture_mode: view.capture_mode().map(capture).unwrap_or_default(),
        hosts: view.hosts().iter().filter_map(|host| selector(host, home)).collect(),
        tls: None,
    }
}

/// `namespace/host`; istiod leaves out what has another form. `~namespace/host` excludes, `~/host` does so in all namespaces
/// (`convertIstioListenerToWrapper`).
fn selector(text: Text<'_>, home: &str) -> Option<At<HostSelector>> {
    let (namespace, host) = text.value.split_once('/').filter(|(_, host)| !host.contains('/'))?;
    let (namespace, exclude) = match namespace.strip_prefix('~') {
        None => (namespace, false),
        Some("") => ("*", true),
        Some(rest) => (rest, true),
    };
    let namespace = if namespace == "." { home } else { namespace };
    Some(At::new(HostSelector { namespace: namespace.to_owned(), host: host.to_owned(), exclude }, text.span))
}

fn outbound(mode: Option<api::OutboundTrafficPolicyMode>) -> OutboundTrafficPolicy {
    match mode.map(api::OutboundTrafficPolicyMode::name) {
        Some("ALLOW_ANY") => OutboundTrafficPolicy::AllowAny,
        Some("ALLOW_ANY_DYNAMIC_DNS") => OutboundTrafficPolicy::AllowAnyDynamicDns,
        _ => OutboundTrafficPolicy::RegistryOnly,
    }
}

fn capture(word: api::CaptureMode) -> CaptureMode {
    match word {
        api::CaptureMode::Default => CaptureMode::Default,
        api::CaptureMode::Iptables => CaptureMode::Iptables,
        api::CaptureMode::None => CaptureMode::None,
    }
}

fn text(text: Option<Text<'_>>) -> String {
    text.map(|text| text.value.to_owned()).unwrap_or_default()
}

fn number(value: Option<i64>) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or_default()
}
