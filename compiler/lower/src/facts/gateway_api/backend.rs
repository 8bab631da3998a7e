//! Where a route leads (`buildDestination`).

use mp_ir::base::{At, Span};
use mp_ir::mesh::Destination;
use mp_model::views::gateway as api;
use mp_model::{Kind, Object, Text};

use super::Cx;

/// A rule that cannot be turned into anything: none of its object's routes are made.
#[derive(Debug)]
pub(super) struct Broken;

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

/// A destination, and whether it is one that istiod found.
pub(super) struct Found {
    /// The destination; without a host when it may not be named.
    pub(super) destination: Destination,
    /// The service is there and may be named.
    pub(super) valid: bool,
}

/// The destination of a reference in a route. Gateways ask for grants, the mesh does not.
pub(super) fn destination(
    cx: &Cx<'_>,
    route: &Object,
    to: &Reference<'_>,
    granted: bool,
) -> Result<Found, Broken> {
    let word = |text: Option<Text<'_>>| text.map_or("", |text| text.value).to_owned();
    let (group, kind) = (word(to.group), to.kind.map_or("Service", |kind| kind.value));
    let name = word(to.name);
    let namespace = to.namespace.map_or(route.namespace.as_str(), |ns| ns.value);
    if granted && namespace != route.namespace {
        let from = (route.kind.name(), route.namespace.as_str());
        if !cx.grants.allow(from, (kind, namespace, &name)) {
            return Ok(Found { destination: Destination::default(), valid: false });
        }
    }
    let full = || format!("{name}.{namespace}.svc.{}", cx.mesh.settings.domain);
    let exists = || cx.ws.find(Kind::Service, namespace, &name).is_some();
    let (host, valid) = match (group.as_str(), kind) {
        ("", "Service") if name.contains('.') => return Err(Broken),
        ("", "Service") | ("multicluster.x-k8s.io", "ServiceImport") => (full(), exists()),
        ("networking.istio.io", "Hostname") if to.namespace.is_some() => return Err(Broken),
        ("networking.istio.io", "Hostname") => {
            let known = cx.mesh.services.iter().any(|service| service.hostname.value == name);
            (name, known)
        }
        _ => return Ok(Found { destination: Destination::default(), valid: false }),
    };
    let port = to.port.and_then(|port| u32::try_from(port).ok()).ok_or(Broken)?;
    let place = to.name.map_or(to.span, |name| name.span);
    let destination = Destination {
        host: At::new(host, place),
        port: Some(At::new(port, to.span)),
        ..Destination::default()
    };
    Ok(Found { destination, valid })
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
