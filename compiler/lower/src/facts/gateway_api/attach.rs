//! Which listeners a route attaches to (`extractParentReferenceInfo`, `referenceAllowed`).

use std::collections::BTreeSet;

use mp_ir::base::Span;
use mp_ir::mesh::Evidence;
use mp_model::views::gateway as api;
use mp_model::{Kind, List, Object, Text};

use super::super::text;
use super::fault::{Fault, Made};
use super::listener::number;
use super::{Cx, GROUP, mesh};
use crate::hosts::{is_wildcard, overlap, subset_of};
use crate::virtual_services::MESH;

/// Something that routes attach to: a listener.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    /// `namespace/name` of its Istio Gateway.
    pub(super) internal: String,
    /// The Gateway or ListenerSet.
    pub(super) key: (Kind, String, String),
    /// Kinds of routes that it takes.
    pub(super) kinds: Vec<&'static str>,
    /// `namespace/host` of its server.
    pub(super) hosts: Vec<String>,
    /// Its host as written; empty for any.
    pub(super) hostname: String,
    /// Its name.
    pub(super) section: String,
    /// Its port.
    pub(super) port: u32,
    /// Its protocol.
    pub(super) protocol: String,
    /// It chooses namespaces by their labels.
    pub(super) selective: bool,
}

/// A route's place: a listener, or a service of the mesh.
#[derive(Clone, Debug)]
pub(super) struct Attachment<'a> {
    /// `mesh`, or `namespace/name` of the Istio Gateway.
    pub(super) internal: String,
    /// Host of the listener; empty for any.
    pub(super) hostname: String,
    /// Hosts of other listeners of the same port, which take their own.
    banned: BTreeSet<String>,
    /// The service or ServiceEntry, where it is the mesh.
    pub(super) target: Option<(Kind, String, String)>,
    /// `port` of the reference.
    pub(super) port: Option<u32>,
    /// `name` of the reference.
    pub(super) name: Option<Text<'a>>,
    /// The reference in the file.
    pub(super) span: Span,
    /// The reference as istiod sorts it.
    order: String,
}

/// Where a route attaches, and whether it names the mesh or gateways at all.
#[derive(Debug, Default)]
pub(super) struct Attachments<'a> {
    /// Places that take it.
    pub(super) places: Vec<Attachment<'a>>,
    /// It names a service.
    pub(super) mesh: bool,
    /// It names a listener that is there.
    pub(super) gateway: bool,
    /// What each reference came to at each thing that it may mean, in the order of the file.
    pub(super) verdicts: Vec<Verdict<'a>>,
}

/// What a reference came to at one listener, or at a service of the mesh.
#[derive(Clone, Debug)]
pub(super) struct Verdict<'a> {
    /// The reference.
    pub(super) reference: api::ParentReference<'a>,
    /// What is referred to.
    pub(super) key: (Kind, String, String),
    /// Name of the listener; empty for a service.
    pub(super) section: String,
    /// Why the route is not attached there.
    pub(super) denied: Option<Fault>,
}

impl Verdict<'_> {
    /// Whether it is a service of the mesh.
    pub(super) fn is_mesh(&self) -> bool {
        matches!(self.key.0, Kind::Service | Kind::ServiceEntry)
    }
}

impl Attachments<'_> {
    /// The routes for the mesh and for gateways, each where it is asked for (`buildMeshAndGatewayRoutes`).
    pub(super) fn made<T>(&self, made: impl Fn(bool) -> Made<T>) -> (Made<T>, Made<T>) {
        let of = |wanted: bool, granted: bool| if wanted { made(granted) } else { Made::default() };
        (of(self.mesh, false), of(self.gateway, true))
    }
}

impl Attachment<'_> {
    /// Whether it is the mesh.
    pub(super) fn is_mesh(&self) -> bool {
        self.internal == MESH
    }

    /// Whether a route's host belongs to this listener rather than to a more exact one of the same port
    /// (`hostnameAllowedByIsolation`).
    pub(super) fn takes(&self, host: &str) -> bool {
        let own = self.hostname.as_str();
        if !own.is_empty() && !is_wildcard(own) {
            return true;
        }
        if !own.is_empty() && !overlap(host, own) {
            return false;
        }
        let exacter = |other: &&String| own.len() <= other.len();
        !self.banned.iter().filter(exacter).any(|other| subset_of(host, other))
    }
}

/// What kinds of routes have in common.
#[derive(Clone, Copy)]
pub(super) struct RouteHead<'a> {
    /// The route.
    pub(super) object: &'a Object,
    /// `parentRefs`.
    pub(super) parents: List<'a, api::ParentReference<'a>>,
    /// `hostnames`.
    pub(super) hostnames: Option<List<'a, Text<'a>>>,
}

impl<'a> RouteHead<'a> {
    /// Hosts as text; none means any.
    pub(super) fn hosts(&self) -> Vec<(String, Span)> {
        let written = self.hostnames.into_iter().flat_map(|list| list.iter());
        let hosts: Vec<_> = written.map(|host| (host.value.to_owned(), host.span)).collect();
        if hosts.is_empty() { vec![("*".to_owned(), self.object.name_span)] } else { hosts }
    }
}

/// Finds the places of a route, in istiod's order.
pub(super) fn attachments<'a>(cx: &Cx<'_>, head: RouteHead<'a>) -> Attachments<'a> {
    let mut out = Attachments::default();
    for reference in head.parents.iter() {
        let Some(key) = key(reference, &head.object.namespace) else { continue };
        match key.0 {
            Kind::Service | Kind::ServiceEntry => {
                if !mesh::is_of_others(cx, &key) {
                    at_service(cx, head, reference, key, &mut out);
                }
            }
            _ => {
                let listeners: Vec<&Parent> = cx.parents.iter().filter(|parent| parent.key == key).collect();
                out.gateway |= !listeners.is_empty();
                for parent in &listeners {
                    let denied = denied(parent, reference, head);
                    let section = parent.section.clone();
                    if denied.is_none() {
                        let (internal, hostname) = (parent.internal.clone(), parent.hostname.clone());
                        let at = attachment(head.object, reference, internal, hostname);
                        out.places.push(Attachment { banned: banned(parent, &listeners), ..at });
                    }
                    out.verdicts.push(Verdict { reference, key: key.clone(), section, denied });
                }
            }
        }
    }
    out.places.sort_by(|a, b| (&a.internal, &a.order).cmp(&(&b.internal, &b.order)));
    out
}

fn at_service<'a>(
    cx: &Cx<'_>,
    head: RouteHead<'a>,
    reference: api::ParentReference<'a>,
    key: (Kind, String, String),
    out: &mut Attachments<'a>,
) {
    out.mesh = true;
    let denied = if cx.ws.find(key.0, &key.1, &key.2).is_some() {
        let at = attachment(head.object, reference, MESH.to_owned(), String::new());
        out.places.push(Attachment { target: Some(key.clone()), ..at });
        None
    } else {
        let what = if key.0 == Kind::Service { "service" } else { "service entry" };
        let place = reference.name().map_or(reference.0.span(), |name| name.span);
        Some(Fault::absent("NoMatchingParent", format!("parent {what}: \"{}\" not found", key.2), place))
    };
    out.verdicts.push(Verdict { reference, key, section: String::new(), denied });
}

fn attachment<'a>(
    route: &Object,
    reference: api::ParentReference<'a>,
    internal: String,
    hostname: String,
) -> Attachment<'a> {
    let or = |text: Option<Text<'_>>, other: &str| text.map_or(other.to_owned(), |t| t.value.to_owned());
    let order = format!(
        "{}/{}/{}/{}/{}.{}",
        or(reference.group(), GROUP),
        or(reference.kind(), "Gateway"),
        text(reference.name()),
        text(reference.section_name()),
        number(reference.port()),
        or(reference.namespace(), &route.namespace),
    );
    Attachment {
        internal,
        hostname,
        banned: BTreeSet::new(),
        target: None,
        port: reference.port().map(|port| number(Some(port))),
        name: reference.name(),
        span: reference.0.span(),
        order,
    }
}

/// What a reference names; `None` for kinds of other controllers.
fn key(reference: api::ParentReference<'_>, home: &str) -> Option<(Kind, String, String)> {
    let group = reference.group().map_or(GROUP, |group| group.value);
    let kind = match (group, reference.kind().map_or("Gateway", |kind| kind.value)) {
        (GROUP, "Gateway") => Kind::Gateway,
        (GROUP, "ListenerSet") => Kind::ListenerSet,
        ("", "Service") => Kind::Service,
        ("networking.istio.io", "ServiceEntry") => Kind::ServiceEntry,
        _ => return None,
    };
    let namespace = reference.namespace().map_or(home, |ns| ns.value);
    Some((kind, namespace.to_owned(), text(reference.name())))
}

fn banned(parent: &Parent, all: &[&Parent]) -> BTreeSet<String> {
    let rival = |other: &&&Parent| {
        other.internal != parent.internal
            && other.port == parent.port
            && other.protocol == parent.protocol
            && other.hostname != parent.hostname
    };
    all.iter().filter(rival).map(|other| other.hostname.clone()).collect()
}

/// Why a route does not attach to a listener: port, section, hosts, namespace and kind must fit (`referenceAllowed`).
fn denied(parent: &Parent, reference: api::ParentReference<'_>, head: RouteHead<'_>) -> Option<Fault> {
    let (port, section) = (number(reference.port()), text(reference.section_name()));
    let place = reference.0.span();
    let no_parent = |message: String, place: Span| Some(Fault::new("NoMatchingParent", message, place));
    if port != 0 && port != parent.port {
        return no_parent(format!("port {port} not found"), place);
    }
    if !section.is_empty() && section != parent.section {
        let place = reference.section_name().map_or(place, |name| name.span);
        return no_parent(format!("sectionName \"{section}\" not found"), place);
    }
    if let Some(fault) = hosts_denied(parent, head, place) {
        return Some(fault);
    }
    let kind = head.object.kind.name();
    (!parent.kinds.contains(&kind))
        .then(|| Fault::new("NotAllowedByListeners", format!("kind {GROUP}/v1/{kind} is not allowed"), place))
}

fn hosts_denied(parent: &Parent, head: RouteHead<'_>, place: Span) -> Option<Fault> {
    let hosts = head.hosts();
    let meets = |theirs: &str| {
        let (namespace, host) = theirs.split_once('/').unwrap_or(("*", theirs));
        let here = namespace == "*" || namespace == head.object.namespace;
        (here, hosts.iter().any(|(ours, _)| overlap(host, ours)))
    };
    let met: Vec<(bool, bool)> = parent.hosts.iter().map(|host| meets(host)).collect();
    if met.is_empty() || met.contains(&(true, true)) {
        return None;
    }
    let name = &parent.hostname;
    if met.iter().any(|(_, host)| *host) {
        let message = format!(
            "hostnames matched parent hostname \"{name}\", but namespace \"{}\" is not allowed by the parent",
            head.object.namespace
        );
        let fault = Fault::new("NotAllowedByListeners", message, place);
        let labels = || Evidence::Labels(head.object.namespace.clone());
        let evidence = if parent.selective { labels() } else { Evidence::Written };
        return Some(Fault { evidence, ..fault });
    }
    let place = head.hostnames.and_then(List::first).map_or(place, |host| host.span);
    let message = format!("no hostnames matched parent hostname \"{name}\"");
    Some(Fault::new("NoMatchingListenerHostname", message, place))
}
