//! HTTP routes of the rules of one host.

use std::cmp::Reverse;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{Destination, HttpMatch, HttpRoute, Mesh, Registry, RouteDestination, StringMatch};
use mp_model::Object;
use mp_model::views::k8s;

use crate::facts::service::number;
use crate::facts::text;

/// One rule of an Ingress.
pub(super) struct Rule<'a> {
    /// Whose it is.
    pub(super) object: &'a Object,
    /// Its place among the rules of the Ingress.
    pub(super) place: usize,
    /// The host, else the rule, in the file.
    pub(super) span: Span,
    /// Its paths.
    pub(super) http: k8s::HTTPIngressRuleValue<'a>,
}

impl Rule<'_> {
    /// Oldest first, those without a time before all others (`sortRulesByCreationTimestamp`).
    pub(super) fn age(&self) -> (i64, &str, &str, usize) {
        let created = self.object.created.unwrap_or(i64::MIN);
        (created, &self.object.name, &self.object.namespace, self.place)
    }
}

/// The routes of all rules, longer paths first, exact ones first among those of one length (`sortHTTPRoutes`).
pub(super) fn sorted(mesh: &Mesh, rules: &[Rule<'_>]) -> Vec<HttpRoute> {
    let mut out = Vec::new();
    for rule in rules {
        let paths = rule.http.paths().iter();
        out.extend(paths.filter_map(|path| route(mesh, &rule.object.namespace, path)));
    }
    out.sort_by_key(precedence);
    out
}

fn precedence(route: &HttpRoute) -> (Reverse<usize>, bool) {
    let uri = route.matches.first().and_then(|condition| condition.uri.as_ref());
    match uri.map(|uri| &uri.value) {
        Some(StringMatch::Exact(path)) => (Reverse(path.len()), false),
        Some(StringMatch::Prefix(path)) => (Reverse(path.len()), true),
        Some(StringMatch::Regex(_) | StringMatch::Present) | None => (Reverse(0), true),
    }
}

/// The route of a path; `None` when its backend is no Service or has no such port.
fn route(mesh: &Mesh, namespace: &str, path: k8s::HTTPIngressPath<'_>) -> Option<HttpRoute> {
    let origin = Some(path.0.span());
    let condition = |uri| HttpMatch { uri: Some(uri), origin, ..HttpMatch::default() };
    Some(HttpRoute {
        matches: uri(path).map(condition).into_iter().collect(),
        route: vec![destination(mesh, namespace, path.backend()?.service()?)?],
        origin,
        ..HttpRoute::default()
    })
}

fn destination(
    mesh: &Mesh,
    namespace: &str,
    backend: k8s::IngressServiceBackend<'_>,
) -> Option<RouteDestination> {
    let place = backend.0.span();
    let name = text(backend.name());
    let port = match number(backend.port().and_then(|port| port.number())) {
        0 => named_port(mesh, namespace, &name, &text(backend.port().and_then(|port| port.name())))?,
        number => number,
    };
    let host = format!("{name}.{namespace}.svc.{}", mesh.settings.domain);
    Some(RouteDestination {
        destination: Destination {
            host: At::new(host, backend.name().map_or(place, |name| name.span)),
            port: Some(At::new(port, backend.port().map_or(place, |port| port.0.span()))),
            ..Destination::default()
        },
        weight: 100,
        origin: Some(place),
        ..RouteDestination::default()
    })
}

/// The number of a port of a Kubernetes Service; a port without name has the empty one (`resolveNamedPort`).
fn named_port(mesh: &Mesh, namespace: &str, service: &str, port: &str) -> Option<u32> {
    let mut services = mesh.services.iter().filter(|found| found.registry == Registry::Kubernetes);
    let service =
        services.find(|found| found.meta.name() == service && found.meta.namespace() == namespace)?;
    service.ports.iter().find(|found| found.name == port).map(|found| found.number)
}

/// What a path matches; `None` matches everything.
fn uri(path: k8s::HTTPIngressPath<'_>) -> Option<At<StringMatch>> {
    let written = text(path.path());
    let found = match path.path_type().map(|kind| kind.value) {
        Some("Exact") => StringMatch::Exact(written),
        Some("Prefix") => StringMatch::Prefix(written),
        _ => of_old_path(&written)?,
    };
    Some(At::new(found, path.path().map_or(path.0.span(), |path| path.span)))
}

/// Paths without a known type: a wildcard at the end makes a prefix (`createFallbackStringMatch`).
fn of_old_path(path: &str) -> Option<StringMatch> {
    if matches!(path, "" | "*" | "/*" | ".*") {
        return None;
    }
    let prefix = path.strip_suffix(".*").or_else(|| path.strip_suffix("/*"));
    Some(match prefix {
        Some(prefix) => StringMatch::Prefix(prefix.to_owned()),
        None => StringMatch::Exact(path.to_owned()),
    })
}
