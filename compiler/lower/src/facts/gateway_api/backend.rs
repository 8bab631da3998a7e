//! Where a route leads (`buildDestination`).

use mp_ir::base::{At, Span};
use mp_ir::mesh::{Destination, Service};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object, Text};

use super::Cx;
use super::fault::Fault;

/// A reference to a backend in any of its shapes.
#[derive(Clone, Copy)]
pub(super) struct Reference<'a> {
    group: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    name: Option<Text<'a>>,
    namespace: Option<Text<'a>>,
    port: Option<i64>,
    weight: Option<i64>,
    /// The reference in the file.
    pub(super) span: Span,
}

macro_rules! reference {
    ($($view:ident),*) => {$(
        impl<'a> From<api::$view<'a>> for Reference<'a> {
            fn from(view: api::$view<'a>) -> Self {
                Self {
                    group: view.group(),
                    kind: view.kind(),
                    name: view.name(),
                    namespace: view.namespace(),
                    port: view.port(),
                    weight: view.weight(),
                    span: view.0.span(),
                }
            }
        }
    )*};
}
reference!(HTTPBackendRef, GRPCBackendRef, BackendRef);

impl<'a> From<api::BackendObjectReference<'a>> for Reference<'a> {
    fn from(view: api::BackendObjectReference<'a>) -> Self {
        Self {
            group: view.group(),
            kind: view.kind(),
            name: view.name(),
            namespace: view.namespace(),
            port: view.port(),
            weight: None,
            span: view.0.span(),
        }
    }
}

impl Reference<'_> {
    /// Its share; 1 where none is written.
    pub(super) fn weight(&self) -> i64 {
        self.weight.unwrap_or(1)
    }
}

/// A destination, and why istiod does not find it or may not take it.
pub(super) struct Found {
    /// The destination; without a host when it may not be named.
    pub(super) destination: Destination,
    /// The service is not there or may not be named.
    pub(super) fault: Option<Fault>,
}

/// The destination of a reference in a route. Gateways ask for grants, the mesh does not. An error takes all of the object's routes.
pub(super) fn destination(
    cx: &Cx<'_>,
    route: &Object,
    to: &Reference<'_>,
    granted: bool,
) -> Result<Found, Fault> {
    let (name, kind) = (to.name.map_or("", |name| name.value), to.kind.map_or("Service", |kind| kind.value));
    let namespace = to.namespace.map_or(route.namespace.as_str(), |ns| ns.value);
    let place = to.name.map_or(to.span, |name| name.span);
    let nowhere = |fault: Fault| Ok(Found { destination: Destination::default(), fault: Some(fault) });
    if granted && namespace != route.namespace {
        let from = (route.kind.name(), route.namespace.as_str());
        if !cx.grants.allow(from, (kind, namespace, name)) {
            return nowhere(not_granted(route, (name, namespace), to.namespace.map_or(place, |ns| ns.span)));
        }
    }
    let Some((host, valid)) = host(cx, to, (kind, name, namespace))? else {
        let group = to.group.map_or("", |group| group.value);
        let message = format!("referencing unsupported backendRef: group \"{group}\" kind \"{kind}\"");
        return nowhere(Fault::new("InvalidKind", message, to.kind.map_or(place, |kind| kind.span)));
    };
    let port = to.port.and_then(|port| u32::try_from(port).ok());
    let port = port.ok_or_else(|| invalid("port is required in backendRef", place))?;
    let fault =
        (!valid).then(|| Fault::absent("BackendNotFound", format!("backend({host}) not found"), place));
    let destination = Destination {
        host: At::new(host, place),
        port: Some(At::new(port, to.span)),
        ..Destination::default()
    };
    Ok(Found { destination, fault })
}

fn invalid(message: &str, place: Span) -> Fault {
    Fault::new("InvalidDestination", message, place)
}

/// The host of a reference, and whether there is one; `None` for kinds that istiod does not know.
fn host(
    cx: &Cx<'_>,
    to: &Reference<'_>,
    (kind, name, namespace): (&str, &str, &str),
) -> Result<Option<(String, bool)>, Fault> {
    let place = to.name.map_or(to.span, |name| name.span);
    Ok(match (to.group.map_or("", |group| group.value), kind) {
        ("", "Service") if name.contains('.') => {
            let message = "service name invalid; the name of the Service must be used, not the hostname.";
            return Err(invalid(message, place));
        }
        ("", "Service") | ("multicluster.x-k8s.io", "ServiceImport") => {
            let exists = cx.ws.find(Kind::Service, namespace, name).is_some();
            Some((format!("{name}.{namespace}.svc.{}", cx.mesh.settings.domain), exists))
        }
        ("networking.istio.io", "Hostname") if to.namespace.is_some() => {
            return Err(invalid("namespace may not be set with Hostname type", place));
        }
        ("networking.istio.io", "Hostname") => {
            let here = |s: &Service| s.hostname.value == *name && s.meta.namespace() == namespace;
            Some((name.to_owned(), cx.mesh.services.iter().any(here)))
        }
        _ => None,
    })
}

fn not_granted(route: &Object, (name, namespace): (&str, &str), place: Span) -> Fault {
    let (kind, home) = (route.kind.name(), &route.namespace);
    let message = format!(
        "backendRef {name}/{namespace} not accessible to a {kind} in namespace \"{home}\" (missing a ReferenceGrant?)"
    );
    Fault::absent("RefNotPermitted", message, place)
}

/// The references that have a share, each with its weight; the only one has none.
pub(super) fn weighted<'a, T: Copy + Into<Reference<'a>>>(
    references: impl Iterator<Item = T>,
) -> Vec<(T, i64)> {
    let mut out: Vec<(T, i64)> = references
        .map(|one| (one, Into::<Reference<'_>>::into(one).weight()))
        .filter(|(_, weight)| *weight != 0)
        .collect();
    if let [(_, weight)] = out.as_mut_slice() {
        *weight = 0;
    }
    out
}
