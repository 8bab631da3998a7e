//! Gateways and ListenerSets to Istio Gateways with one server each (`gateway_collection.go`, buildListener).

use std::collections::BTreeMap;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{ConditionKind, Evidence, Gateway, Protocol, Server, StatusExtra, StatusPart};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object};

use super::super::text;
use super::addresses::resolve;
use super::attach::Parent;
use super::conditions::Conditions;
use super::fault::Fault;
use super::listener::{self, Controller, Listener};
use super::owner::{self, Owner, Tally, accepted};
use super::report::{self, Report};
use super::{Cx, GENERATED, GROUP, age, head, tls};

const SEMANTICS: &str = "internal.istio.io/gateway-semantics";
const SERVICE_ACCOUNT: &str = "internal.istio.io/service-account-name";
const PARENT_NAMESPACE: &str = "internal.istio.io/parent-namespace";
/// The port of tunnels, and their protocol.
const TUNNEL: (u32, &str) = (15008, "HBONE");

/// All Istio Gateways, and what routes can attach to: invalid listeners too.
pub(super) fn all(cx: &Cx<'_>, report: &mut Report) -> (Vec<Gateway>, Vec<Parent>) {
    let mut sets: Vec<&Object> = cx.ws.of_kind(Kind::ListenerSet).collect();
    sets.sort_by(|a, b| age(a).cmp(&age(b)));
    let mut made = (Vec::new(), Vec::new());
    for object in cx.ws.of_kind(Kind::Gateway) {
        let Some(owner) = owner::of(cx, object) else { continue };
        let (sets, refused): (Vec<&Object>, Vec<&Object>) =
            sets.iter().copied().filter(|set| names(cx, &owner, set)).partition(|set| takes(cx, &owner, set));
        refused.into_iter().for_each(|set| refuse(cx, &owner, set, report));
        if owner.controller == Controller::Remote {
            owner.is_elsewhere(report);
        } else if owner.services.is_empty() {
            owner.tell(cx, &Tally::default(), report);
            sets.iter()
                .for_each(|set| tell_set(cx, &owner, set, &Tally { valid: 1, ..Tally::default() }, report));
        } else {
            gateway(cx, &owner, &sets, &mut made, report);
        }
    }
    made
}

/// The listeners of a Gateway and of its sets.
fn gateway(
    cx: &Cx<'_>,
    owner: &Owner<'_>,
    sets: &[&Object],
    (gateways, parents): &mut (Vec<Gateway>, Vec<Parent>),
    report: &mut Report,
) {
    let listeners = listeners(cx, owner, sets);
    let losers = if owner.takes_sets() { listener::losers(&listeners) } else { Vec::new() };
    let mut tally = Tally::default();
    let mut of_sets: BTreeMap<u32, Tally> = BTreeMap::new();
    for (at, listener) in listeners.iter().enumerate() {
        if let Some(reason) = losers.get(at).copied().flatten() {
            tell_listener(listener, report::conflict(listener, reason), report);
            continue;
        }
        let Built { gateway, valid, conditions } = build(cx, owner, listener);
        tell_listener(listener, report::with_kinds(listener, conditions), report);
        let of_set = listener.object.id != owner.object.id;
        let own = if of_set { of_sets.entry(listener.object.id.0).or_default() } else { &mut tally };
        own.valid += usize::from(valid && (gateway.is_some() || !of_set));
        let Some(gateway) = gateway else { continue };
        own.ports.insert(listener.port);
        if of_set && valid {
            tally.ports.insert(listener.port);
        }
        if owner.controller == Controller::Managed {
            if valid || !of_set {
                parents.push(parent(listener, &gateway));
            }
            gateways.extend(valid.then_some(gateway));
        }
    }
    tally.sets = of_sets.values().filter(|own| own.valid > 0).count();
    owner.tell(cx, &tally, report);
    for set in sets {
        tell_set(cx, owner, set, of_sets.get(&set.id.0).unwrap_or(&Tally::default()), report);
    }
}

/// The listeners of a Gateway and of its sets, in order of precedence.
fn listeners<'l>(cx: &'l Cx<'_>, owner: &'l Owner<'_>, sets: &[&'l Object]) -> Vec<Listener<'l>> {
    let own = owner.spec.listeners();
    let mut out: Vec<Listener<'l>> =
        own.iter().map(|view| Listener::of_gateway(owner.object, view)).collect();
    for set in sets {
        let spec = cx.ws.spec::<api::ListenerSetSpec<'_>>(set);
        let entries = spec.into_iter().flat_map(|spec| spec.listeners().iter());
        out.extend(entries.map(|view| Listener::of_set(set, view)));
    }
    out
}

fn tell_listener(listener: &Listener<'_>, conditions: Conditions, report: &mut Report) {
    let name = listener.name.map_or("", |name| name.value).to_owned();
    let extra = StatusExtra::Listener { attached: 0, kinds: listener.kinds() };
    report.add(listener.object, StatusPart::Listener(name), conditions, extra);
}

/// Says what became of a ListenerSet that its Gateway takes (`ReportListenerSetStatus`).
fn tell_set(cx: &Cx<'_>, owner: &Owner<'_>, set: &Object, tally: &Tally, report: &mut Report) {
    let place = set.name_span;
    let mut conditions = accepted(place);
    let none = Fault::absent("ListenersNotValid", "None of the ListenerSet's listeners are valid", place);
    if let Some(Fault { reason, message, .. }) = &owner.fault {
        let fault = Fault::absent(reason, format!("Parent not accepted: {message}"), place);
        conditions.fails(ConditionKind::Accepted, &fault);
    } else if tally.valid == 0 {
        conditions.fails(ConditionKind::Accepted, &none);
    }
    let resolved = resolve(cx, &owner.object.namespace, &owner.services, &tally.ports);
    resolved.judge(&mut conditions, &owner.services, place);
    if tally.valid == 0 {
        conditions.fails(ConditionKind::Programmed, &none);
    }
    report.add(set, StatusPart::Whole, conditions, StatusExtra::Nothing);
}

/// Says that a Gateway does not take a ListenerSet.
fn refuse(cx: &Cx<'_>, owner: &Owner<'_>, set: &Object, report: &mut Report) {
    let message = if owner.takes_sets() {
        "The parent Gateway does not allow this reference; check the 'spec.allowedRoutes'".to_owned()
    } else {
        let class = text(owner.spec.gateway_class_name());
        format!("The \"{class}\" GatewayClass does not support ListenerSet")
    };
    let spec = cx.ws.spec::<api::ListenerSetSpec<'_>>(set);
    let parent = spec.and_then(api::ListenerSetSpec::parent_ref);
    let mut fault = Fault::new("NotAllowed", message, parent.map_or(set.name_span, |parent| parent.0.span()));
    if owner.spec.allowed_listeners().is_some_and(listener::chooses_sets) {
        fault.evidence = Evidence::Labels(set.namespace.clone());
    }
    let mut conditions = Conditions::default();
    conditions.fails(ConditionKind::Accepted, &fault);
    conditions.fails(ConditionKind::Programmed, &fault);
    report.add(set, StatusPart::Whole, conditions, StatusExtra::Nothing);
}

/// Whether a ListenerSet names a Gateway.
fn names(cx: &Cx<'_>, owner: &Owner<'_>, set: &Object) -> bool {
    let spec = cx.ws.spec::<api::ListenerSetSpec<'_>>(set);
    let Some(parent) = spec.and_then(api::ListenerSetSpec::parent_ref) else { return false };
    let kind = parent.group().is_none_or(|g| g == GROUP) && parent.kind().is_none_or(|k| k == "Gateway");
    let namespace = parent.namespace().map_or(set.namespace.as_str(), |ns| ns.value);
    kind && text(parent.name()) == owner.object.name && namespace == owner.object.namespace
}

/// Whether a Gateway takes ListenerSets of the set's namespace.
fn takes(cx: &Cx<'_>, owner: &Owner<'_>, set: &Object) -> bool {
    let (all, home) = (&cx.mesh.namespaces, &owner.object.namespace);
    owner.takes_sets() && listener::takes_sets(all, home, &set.namespace, owner.spec.allowed_listeners())
}

/// What a listener comes to.
struct Built {
    /// Its Istio Gateway; none without a server.
    gateway: Option<Gateway>,
    /// It is programmed.
    valid: bool,
    conditions: Conditions,
}

/// The Istio Gateway of a listener and what is said of it (`buildListener`).
fn build(cx: &Cx<'_>, owner: &Owner<'_>, listener: &Listener<'_>) -> Built {
    let place = listener.name.map_or(listener.span, |name| name.span);
    let mut conditions = sound(place);
    let settings = tls::of_listener(cx, owner.spec, listener);
    if let Err(fault) = &settings {
        bad_tls(&mut conditions, fault, place);
    }
    let of_set = listener.object.id != owner.object.id;
    let mut valid = settings.is_ok();
    if let Some(fault) = protocol_fault(owner.controller, listener, place) {
        conditions.fails(ConditionKind::Accepted, &fault);
        valid = false;
    }
    if let Some(fault) = tunnel_fault(owner.controller, listener, place) {
        conditions.fails(ConditionKind::Accepted, &fault);
    }
    let protocol = protocol(listener);
    if listener.tls.is_none() && matches!(protocol, Protocol::Https | Protocol::Tls) {
        if of_set {
            without_tls(&mut conditions, listener, place);
        }
        return Built { gateway: None, valid: valid && !of_set, conditions };
    }
    let server = Server {
        port: At::new(listener.port, listener.span),
        port_name: "default".to_owned(),
        protocol,
        hosts: hosts(cx, listener),
        tls: settings.ok().flatten(),
        origin: Some(listener.span),
        ..Server::default()
    };
    let gateway = istio_gateway(owner, listener, server);
    Built { gateway: Some(gateway), valid, conditions }
}

fn protocol(listener: &Listener<'_>) -> Protocol {
    match listener.protocol {
        "HTTP" => Protocol::Http,
        "HTTPS" => Protocol::Https,
        "TLS" => Protocol::Tls,
        "TCP" => Protocol::Tcp,
        _ => Protocol::Unsupported,
    }
}

/// Of a set's listener that asks for TLS and says nothing of it.
fn without_tls(conditions: &mut Conditions, listener: &Listener<'_>, place: Span) {
    let message = format!("protocol is {} but no TLS section is defined", listener.protocol);
    conditions.fails(ConditionKind::Accepted, &Fault::new("UnsupportedProtocol", message, place));
    conditions.fails(ConditionKind::Programmed, &Fault::absent("Invalid", "Bad TLS configuration", place));
}

fn istio_gateway(owner: &Owner<'_>, listener: &Listener<'_>, server: Server) -> Gateway {
    let of = listener.object;
    let place = listener.name.map_or(listener.span, |name| name.span);
    let name = format!("{}~{GENERATED}~{}", of.name, listener.name.map_or("", |name| name.value));
    let mut meta = head(Kind::IstioGateway, of, name, place);
    meta.annotations = BTreeMap::from([
        (SEMANTICS.to_owned(), "gateway".to_owned()),
        (SERVICE_ACCOUNT.to_owned(), owner.account.clone()),
    ]);
    if of.id != owner.object.id {
        meta.annotations.insert(PARENT_NAMESPACE.to_owned(), owner.object.namespace.clone());
    }
    Gateway { meta, services: owner.services.clone(), servers: vec![server], ..Gateway::default() }
}

/// The conditions of a listener that is as it should be.
fn sound(place: Span) -> Conditions {
    let fine = "No errors found";
    Conditions::default()
        .holds(ConditionKind::Accepted, "Accepted", fine, place)
        .holds(ConditionKind::Programmed, "Programmed", fine, place)
        .holds_not(ConditionKind::Conflicted, "NoConflicts", fine, place)
        .holds(ConditionKind::ResolvedRefs, "ResolvedRefs", fine, place)
}

fn bad_tls(conditions: &mut Conditions, fault: &Fault, place: Span) {
    conditions.fails(ConditionKind::ResolvedRefs, fault);
    conditions.fails(ConditionKind::Programmed, &Fault::absent("Invalid", "Bad TLS configuration", place));
    if matches!(fault.reason, tls::BAD_AUTHORITY | tls::BAD_AUTHORITY_KIND | tls::NOT_PERMITTED) {
        let fault = Fault { reason: "NoValidCACertificate", ..fault.clone() };
        conditions.fails(ConditionKind::Accepted, &fault);
    }
}

/// A protocol that there is none of, or one that needs a port (`listenerProtocolToIstio`, `ListenerEntryPortNumber`).
fn protocol_fault(controller: Controller, listener: &Listener<'_>, place: Span) -> Option<Fault> {
    let name = listener.protocol;
    let unsupported = |message: String| Some(Fault::new("UnsupportedProtocol", message, place));
    match name {
        "HTTP" | "HTTPS" | "TLS" | "TCP" if listener.port != 0 => None,
        "HTTP" | "HTTPS" | "TLS" | "TCP" => unsupported(format!("protocol {name} requires a port to be set")),
        "HBONE" if matches!(controller, Controller::Waypoint | Controller::EastWest) => None,
        "HBONE" => unsupported("protocol \"HBONE\" is only supported for waypoint proxies".to_owned()),
        _ => {
            let upper = name.to_uppercase();
            if matches!(upper.as_str(), "HTTP" | "HTTPS" | "TLS" | "TCP" | "HBONE") {
                let hint = format!("hint: \"{upper}\" (uppercase) may be supported");
                return unsupported(format!("protocol \"{name}\" is unsupported. {hint}"));
            }
            unsupported(format!("protocol \"{name}\" is unsupported"))
        }
    }
}

/// A listener that waypoints, or gateways between networks, do not have.
fn tunnel_fault(controller: Controller, listener: &Listener<'_>, place: Span) -> Option<Fault> {
    let mode = listener.tls.map(|tls| tls.mode().map_or("Terminate", |mode| mode.name()));
    let is_tunnel = (listener.port, listener.protocol) == TUNNEL;
    let message = match controller {
        Controller::Waypoint if !is_tunnel => {
            "Expected a single listener on port 15008 with protocol \"HBONE\""
        }
        Controller::EastWest => {
            let fits = if listener.port == TUNNEL.0 {
                is_tunnel && mode == Some("Terminate")
            } else {
                listener.protocol == "TLS" && mode == Some("Passthrough")
            };
            if fits {
                return None;
            }
            "East-west gateway listeners must be either port 15008 with protocol \"HBONE\" and TLS.Mode == Terminate, or TLS with TLS.Mode == Passthrough"
        }
        Controller::Managed | Controller::Remote | Controller::Waypoint => return None,
    };
    Some(Fault::new("UnsupportedProtocol", message, place))
}

/// Hosts of the server with the namespaces that may use them; `~` for none (`buildHostnameMatch`).
fn hosts(cx: &Cx<'_>, listener: &Listener<'_>) -> Vec<At<String>> {
    let (host, place) = listener.hostname.map_or(("*", listener.span), |host| (host.value, host.span));
    let mut namespaces =
        listener::namespaces(&cx.mesh.namespaces, &listener.object.namespace, listener.allowed);
    if namespaces.is_empty() {
        namespaces.push("~".to_owned());
    }
    namespaces.iter().map(|namespace| At::new(format!("{namespace}/{host}"), place)).collect()
}

fn parent(listener: &Listener<'_>, gateway: &Gateway) -> Parent {
    let of = listener.object;
    let hosts = gateway.servers.iter().flat_map(|server| &server.hosts).map(|host| host.value.clone());
    Parent {
        internal: format!("{}/{}", gateway.meta.namespace(), gateway.meta.name()),
        key: (of.kind, of.namespace.clone(), of.name.clone()),
        kinds: listener.kinds(),
        hosts: hosts.collect(),
        hostname: listener.hostname.map_or("", |host| host.value).to_owned(),
        section: listener.name.map_or("", |name| name.value).to_owned(),
        port: listener.port,
        protocol: listener.protocol.to_owned(),
        selective: listener::is_selective(listener.allowed),
    }
}
