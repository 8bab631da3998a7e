//! Gateways and ListenerSets to Istio Gateways with one server each (`gateway_collection.go`, buildListener).

use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{Gateway, Protocol, Server};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object};

use super::super::text;
use super::attach::Parent;
use super::listener::{self, Listener};
use super::{Cx, GENERATED, GROUP, age, head, tls};

const SEMANTICS: &str = "internal.istio.io/gateway-semantics";
const SERVICE_ACCOUNT: &str = "internal.istio.io/service-account-name";
const PARENT_NAMESPACE: &str = "internal.istio.io/parent-namespace";
/// Annotations that name the Service and the service account of a managed gateway.
const NAME_OVERRIDE: &str = "gateway.istio.io/name-override";
const ACCOUNT_OVERRIDE: &str = "gateway.istio.io/service-account";

/// A Gateway that istiod programs.
struct Owner<'a> {
    object: &'a Object,
    spec: api::GatewaySpec<'a>,
    /// Host names of its Services.
    services: Vec<String>,
    /// Service account of its Pods, empty where it is not managed.
    account: String,
}

/// All Istio Gateways, and what routes can attach to: invalid listeners too.
pub(super) fn all(cx: &Cx<'_>) -> (Vec<Gateway>, Vec<Parent>) {
    let mut sets: Vec<&Object> = cx.ws.of_kind(Kind::ListenerSet).collect();
    sets.sort_by(|a, b| age(a).cmp(&age(b)));
    let (mut gateways, mut parents) = (Vec::new(), Vec::new());
    for object in cx.ws.of_kind(Kind::Gateway) {
        let Some(owner) = owner(cx, object) else { continue };
        let mut listeners: Vec<Listener<'_>> =
            owner.spec.listeners().iter().map(|view| Listener::of_gateway(object, view)).collect();
        for set in sets.iter().copied().filter(|set| belongs(cx, &owner, set)) {
            let spec = cx.ws.spec::<api::ListenerSetSpec<'_>>(set);
            let entries = spec.into_iter().flat_map(|spec| spec.listeners().iter());
            listeners.extend(entries.map(|view| Listener::of_set(set, view)));
        }
        for (listener, loses) in listeners.iter().zip(listener::losers(&listeners)) {
            let Some((gateway, valid)) = build(cx, &owner, listener).filter(|_| !loses) else { continue };
            let of_set = listener.object.id != object.id;
            if valid || !of_set {
                parents.push(parent(listener, &gateway));
            }
            gateways.extend(valid.then_some(gateway));
        }
    }
    (gateways, parents)
}

/// `None` for a class that is not istiod's, and for addresses that name no Service.
fn owner<'a>(cx: &Cx<'a>, object: &'a Object) -> Option<Owner<'a>> {
    let spec = cx.ws.spec::<api::GatewaySpec<'_>>(object)?;
    let class = text(spec.gateway_class_name());
    if !listener::is_ours(cx.ws, &cx.mesh.compat, &class) {
        return None;
    }
    let name = format!("{}-{class}", object.name);
    let stated = |key: &str| object.annotations.get(key).filter(|value| !value.is_empty()).cloned();
    let domain = &cx.mesh.settings.domain;
    let full = |name: &str| format!("{name}.{}.svc.{domain}", object.namespace);
    if is_managed(cx, spec) {
        return Some(Owner {
            object,
            spec,
            services: vec![full(&stated(NAME_OVERRIDE).unwrap_or_else(|| name.clone()))],
            account: stated(ACCOUNT_OVERRIDE).unwrap_or(name),
        });
    }
    let hosts = spec.addresses().iter().filter(|a| a.type_().is_some_and(|kind| kind == "Hostname"));
    let services: Vec<String> = hosts
        .map(|address| text(address.value()))
        .map(|host| if host.contains('.') { host } else { full(&host) })
        .collect();
    (!services.is_empty()).then(|| Owner { object, spec, services, account: String::new() })
}

/// Whether istiod makes the Service: without addresses, or with one that is an IP address (`IsManaged`).
fn is_managed(cx: &Cx<'_>, spec: api::GatewaySpec<'_>) -> bool {
    if !cx.mesh.compat.flag("ENABLE_GATEWAY_API_MANUAL_DEPLOYMENT", true) {
        return true;
    }
    let addresses = spec.addresses();
    let is_ip = |a: api::GatewaySpecAddress<'_>| a.type_().is_none_or(|kind| kind == "IPAddress");
    addresses.is_empty() || (addresses.len() == 1 && addresses.first().is_some_and(is_ip))
}

/// Whether a ListenerSet names a Gateway that takes it.
fn belongs(cx: &Cx<'_>, owner: &Owner<'_>, set: &Object) -> bool {
    let spec = cx.ws.spec::<api::ListenerSetSpec<'_>>(set);
    let Some(parent) = spec.and_then(api::ListenerSetSpec::parent_ref) else { return false };
    let kind = parent.group().is_none_or(|g| g == GROUP) && parent.kind().is_none_or(|k| k == "Gateway");
    let namespace = parent.namespace().map_or(set.namespace.as_str(), |ns| ns.value);
    let named = text(parent.name()) == owner.object.name && namespace == owner.object.namespace;
    let (all, home) = (&cx.mesh.namespaces, &owner.object.namespace);
    kind && named && listener::takes_sets(all, home, &set.namespace, owner.spec.allowed_listeners())
}

/// The Istio Gateway of a listener and whether it is programmed; `None` for one that has no server.
fn build(cx: &Cx<'_>, owner: &Owner<'_>, listener: &Listener<'_>) -> Option<(Gateway, bool)> {
    let protocol = match listener.protocol {
        "HTTP" => Protocol::Http,
        "HTTPS" => Protocol::Https,
        "TLS" => Protocol::Tls,
        "TCP" => Protocol::Tcp,
        _ => Protocol::Unsupported,
    };
    if listener.tls.is_none() && matches!(protocol, Protocol::Https | Protocol::Tls) {
        return None;
    }
    let settings = tls::of_listener(cx, owner.spec, listener);
    let valid = settings.is_ok() && protocol != Protocol::Unsupported && listener.port != 0;
    let place = listener.name.map_or(listener.span, |name| name.span);
    let server = Server {
        port: At::new(listener.port, listener.span),
        port_name: "default".to_owned(),
        protocol,
        hosts: hosts(cx, listener),
        tls: settings.ok().flatten(),
        origin: Some(listener.span),
        ..Server::default()
    };
    let of = listener.object;
    let name = format!("{}~{GENERATED}~{}", of.name, listener.name.map_or("", |name| name.value));
    let mut meta = head(Kind::IstioGateway, of, name, place);
    meta.annotations = BTreeMap::from([
        (SEMANTICS.to_owned(), "gateway".to_owned()),
        (SERVICE_ACCOUNT.to_owned(), owner.account.clone()),
    ]);
    if of.id != owner.object.id {
        meta.annotations.insert(PARENT_NAMESPACE.to_owned(), owner.object.namespace.clone());
    }
    let gateway =
        Gateway { meta, services: owner.services.clone(), servers: vec![server], ..Gateway::default() };
    Some((gateway, valid))
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
    }
}
