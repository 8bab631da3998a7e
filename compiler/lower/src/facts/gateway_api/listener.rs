//! Listeners of Gateways and ListenerSets in one shape, and which of them conflict (`listener_conflict.go`).

use std::collections::BTreeMap;

use mp_ir::base::Span;
use mp_ir::mesh::Compat;
use mp_model::views::gateway as api;
use mp_model::views::k8s;
use mp_model::{Object, Text, Workspace};

use super::super::text;
use super::GROUP;

/// A listener with the defaults of its schema.
#[derive(Clone, Copy)]
pub(super) struct Listener<'a> {
    /// The Gateway or ListenerSet that it belongs to.
    pub(super) object: &'a Object,
    /// The listener in the file.
    pub(super) span: Span,
    /// Name.
    pub(super) name: Option<Text<'a>>,
    /// Host; `None` for any.
    pub(super) hostname: Option<Text<'a>>,
    /// Port; 0 when it neither is written nor follows from the protocol.
    pub(super) port: u32,
    /// Protocol as written.
    pub(super) protocol: &'a str,
    /// TLS.
    pub(super) tls: Option<api::ListenerTLSConfig<'a>>,
    /// Which routes.
    pub(super) allowed: Option<api::AllowedRoutes<'a>>,
}

impl<'a> Listener<'a> {
    /// Of a Gateway.
    pub(super) fn of_gateway(object: &'a Object, view: api::Listener<'a>) -> Self {
        Self {
            object,
            span: view.0.span(),
            name: view.name(),
            hostname: view.hostname().filter(|host| !host.is_empty()),
            port: number(view.port()),
            protocol: view.protocol().map_or("", |protocol| protocol.value),
            tls: view.tls(),
            allowed: view.allowed_routes(),
        }
    }

    /// Of a ListenerSet, where HTTP and HTTPS have ports of their own (`ListenerEntryPortNumber`).
    pub(super) fn of_set(object: &'a Object, view: api::ListenerEntry<'a>) -> Self {
        let protocol = view.protocol().map_or("", |protocol| protocol.value);
        let port = match (number(view.port()), protocol) {
            (0, "HTTP") => 80,
            (0, "HTTPS") => 443,
            (port, _) => port,
        };
        Self {
            object,
            span: view.0.span(),
            name: view.name(),
            hostname: view.hostname().filter(|host| !host.is_empty()),
            port,
            protocol,
            tls: view.tls(),
            allowed: view.allowed_routes(),
        }
    }

    fn host(&self) -> &str {
        self.hostname.map_or("*", |host| host.value)
    }

    /// Kinds of routes that may attach (`GenerateGatewaySupportedKinds`).
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let supported: &[&'static str] = match self.protocol {
            "HTTP" | "HTTPS" => &["HTTPRoute", "GRPCRoute"],
            "TCP" => &["TCPRoute"],
            "TLS" if self.terminates() => &["TLSRoute", "TCPRoute"],
            "TLS" => &["TLSRoute"],
            _ => &[],
        };
        let stated = self.allowed.map(api::AllowedRoutes::kinds).filter(|kinds| !kinds.is_empty());
        let Some(stated) = stated else { return supported.to_vec() };
        let wanted = |kind: &str| {
            stated.iter().any(|one| {
                one.group().is_none_or(|group| group == GROUP) && one.kind().is_some_and(|name| name == kind)
            })
        };
        supported.iter().copied().filter(|kind| wanted(kind)).collect()
    }

    /// Whether it takes every kind of routes that it asks for.
    pub(super) fn kinds_fit(&self) -> bool {
        let stated = self.allowed.map_or(0, |allowed| allowed.kinds().len());
        stated == 0 || self.kinds().len() == stated
    }

    fn terminates(&self) -> bool {
        self.tls.is_some_and(|tls| tls.mode().is_none_or(|mode| mode.name() == "Terminate"))
    }
}

/// A port number.
pub(super) fn number(value: Option<i64>) -> u32 {
    value.and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

/// Of listeners in order of precedence, why each loses to one before it (`ComputeGatewayListenerConflicts`).
pub(super) fn losers(listeners: &[Listener<'_>]) -> Vec<Option<&'static str>> {
    let mut accepted: Vec<&Listener<'_>> = Vec::new();
    let mut out = Vec::new();
    for listener in listeners {
        let winner = accepted.iter().find(|prior| !distinct(listener, prior));
        let bytes = |l: &Listener<'_>| matches!(l.protocol, "TCP" | "UDP");
        out.push(winner.map(|winner| {
            let same = listener.protocol == winner.protocol && !bytes(listener);
            if same { "HostnameConflict" } else { "ProtocolConflict" }
        }));
        if winner.is_none() {
            accepted.push(listener);
        }
    }
    out
}

fn distinct(a: &Listener<'_>, b: &Listener<'_>) -> bool {
    let bytes = |l: &Listener<'_>| matches!(l.protocol, "TCP" | "UDP");
    let http = |l: &Listener<'_>| matches!(l.protocol, "HTTP" | "HTTPS" | "TLS");
    if a.port != b.port {
        return true;
    }
    match (bytes(a), bytes(b)) {
        (true, true) => false,
        (true, false) if http(b) => false,
        (false, true) if http(a) => false,
        _ if http(a) && http(b) => a.host() != b.host(),
        _ => a.protocol != b.protocol,
    }
}

/// The namespaces that a listener takes routes from, `*` for all (`namespacesFromSelector`).
pub(super) fn namespaces(
    all: &BTreeMap<String, BTreeMap<String, String>>,
    home: &str,
    allowed: Option<api::AllowedRoutes<'_>>,
) -> Vec<String> {
    let Some(namespaces) = allowed.and_then(api::AllowedRoutes::namespaces) else {
        return vec![home.to_owned()];
    };
    match namespaces.from().map_or("Same", |from| from.name()) {
        "Same" => vec![home.to_owned()],
        "All" => vec!["*".to_owned()],
        _ => match namespaces.selector() {
            None => vec!["*".to_owned()],
            Some(selector) => {
                let fits = |(_, labels): &(&String, &BTreeMap<String, String>)| selects(selector, labels);
                all.iter().filter(fits).map(|(name, _)| name.clone()).collect()
            }
        },
    }
}

/// Whether a listener chooses namespaces by their labels.
pub(super) fn is_selective(allowed: Option<api::AllowedRoutes<'_>>) -> bool {
    let namespaces = allowed.and_then(api::AllowedRoutes::namespaces);
    namespaces.is_some_and(|own| {
        own.selector().is_some() && own.from().is_some_and(|from| from.name() == "Selector")
    })
}

/// Whether a Gateway chooses the namespaces of ListenerSets by their labels.
pub(super) fn chooses_sets(allowed: api::AllowedListeners<'_>) -> bool {
    allowed.namespaces().is_some_and(|own| own.from().is_some_and(|from| from.name() == "Selector"))
}

/// Whether a Gateway takes ListenerSets of a namespace (`NamespaceAcceptedByAllowListeners`).
pub(super) fn takes_sets(
    all: &BTreeMap<String, BTreeMap<String, String>>,
    home: &str,
    namespace: &str,
    allowed: Option<api::AllowedListeners<'_>>,
) -> bool {
    let Some(namespaces) = allowed.and_then(api::AllowedListeners::namespaces) else { return false };
    match namespaces.from().map_or("None", |from| from.name()) {
        "All" => true,
        "Same" => home == namespace,
        "Selector" => {
            let labels = all.get(namespace);
            namespaces.selector().zip(labels).is_some_and(|(selector, labels)| selects(selector, labels))
        }
        _ => false,
    }
}

/// Whether a selector of Kubernetes fits labels.
pub(crate) fn selects(selector: k8s::LabelSelector<'_>, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector.match_labels();
    let equal =
        equal.iter().all(|(key, value)| labels.get(key.value).is_some_and(|found| found == value.value));
    equal
        && selector.match_expressions().iter().all(|wanted| {
            let found = labels.get(&text(wanted.key()));
            let among = found.is_some_and(|found| wanted.values().iter().any(|value| value.value == found));
            match text(wanted.operator()).as_str() {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// The controller of waypoints.
pub(super) const MESH: &str = "istio.io/mesh-controller";
const UNMANAGED: &str = "istio.io/unmanaged-gateway";
const EAST_WEST: &str = "istio.io/eastwest-controller";

/// What istiod does with the Gateways of a class (`ClassInfos`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Controller {
    /// It makes gateways of them.
    Managed,
    /// It says that they are elsewhere.
    Remote,
    /// It makes waypoints of them.
    Waypoint,
    /// It makes gateways between networks of them.
    EastWest,
}

/// The name of istiod's own controller of gateways.
pub(super) fn managed(compat: &Compat) -> String {
    env(compat, "PILOT_GATEWAY_API_CONTROLLER_NAME", "istio.io/gateway-controller")
}

fn env(compat: &Compat, name: &str, default: &str) -> String {
    compat.env.get(name).cloned().unwrap_or(default.to_owned())
}

/// What istiod does with a class; `None` where it is another's. An object of the class counts when it names a controller of istiod; else what
/// istiod itself knows of the name (`GatewayClassesCollection`, `FetchGatewayClass`).
pub(super) fn controller(ws: &Workspace, compat: &Compat, class: &str) -> Option<Controller> {
    let ambient = |name, default| compat.flag("PILOT_ENABLE_AMBIENT", false) && compat.flag(name, default);
    let own = managed(compat);
    let default = env(compat, "PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME", "istio");
    let all = [
        (Controller::Managed, own.as_str(), default.as_str(), true),
        (
            Controller::Remote,
            UNMANAGED,
            "istio-remote",
            compat.flag("PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API", true),
        ),
        (Controller::Waypoint, MESH, "istio-waypoint", ambient("PILOT_ENABLE_AMBIENT_WAYPOINTS", true)),
        (Controller::EastWest, EAST_WEST, "istio-east-west", ambient("AMBIENT_ENABLE_MULTI_NETWORK", false)),
    ];
    let known = || all.iter().filter(|(.., on)| *on);
    let object = ws.find(mp_model::Kind::GatewayClass, "", class);
    let stated = object.and_then(|object| ws.spec::<api::GatewayClassSpec<'_>>(object)?.controller_name());
    let named = stated.and_then(|name| known().find(|(_, controller, ..)| *controller == name.value));
    named.or_else(|| known().find(|(_, _, own, _)| *own == class)).map(|(controller, ..)| *controller)
}
