//! VirtualServices of routes: one for each place and host, those of HTTP and gRPC merged (`route_collections.go`).

use std::collections::BTreeMap;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{HttpMatch, HttpRoute, VirtualService};
use mp_model::views::gateway as api;
use mp_model::views::networking;
use mp_model::{Kind, Object};

use super::super::names;
use super::attach::{Attachment, RouteHead, attachments};
use super::fault::Made;
use super::report::Report;
use super::{Cx, age, head, http, l4};
use crate::virtual_services::SEMANTICS;

/// All VirtualServices; what the routes' own status says goes into the report.
pub(super) fn all(cx: &Cx<'_>, report: &mut Report) -> Vec<VirtualService> {
    let mut by_key: BTreeMap<String, Vec<Piece<'_>>> = BTreeMap::new();
    for object in cx.ws.of_kind(Kind::HttpRoute) {
        if let Some(spec) = cx.ws.spec::<api::HTTPRouteSpec<'_>>(object) {
            let head = RouteHead { object, parents: spec.parent_refs(), hostnames: Some(spec.hostnames()) };
            add(cx, head, |granted| http::http(cx, object, granted), &mut by_key, report);
        }
    }
    for object in cx.ws.of_kind(Kind::GrpcRoute) {
        if let Some(spec) = cx.ws.spec::<api::GRPCRouteSpec<'_>>(object) {
            let head = RouteHead { object, parents: spec.parent_refs(), hostnames: Some(spec.hostnames()) };
            add(cx, head, |granted| http::grpc(cx, object, granted), &mut by_key, report);
        }
    }
    let mut out: Vec<VirtualService> =
        by_key.into_iter().filter_map(|(key, pieces)| merged(&key, pieces)).collect();
    out.extend(l4::tcp(cx, report));
    out.extend(l4::tls(cx, report));
    out
}

/// The routes of one object for one place and host.
struct Piece<'a> {
    object: &'a Object,
    /// Its place among those of its object.
    count: usize,
    service: VirtualService,
}

fn add<'a>(
    cx: &Cx<'a>,
    head: RouteHead<'a>,
    made: impl Fn(bool) -> Made<HttpRoute>,
    into: &mut BTreeMap<String, Vec<Piece<'a>>>,
    report: &mut Report,
) {
    let found = attachments(cx, head);
    let (mesh, gateway) = found.made(made);
    report.route(cx, head.object, &found, (mesh.fault.as_ref(), gateway.fault.as_ref()));
    let (mesh, gateway) = (mesh.routes, gateway.routes);
    let mut count = 0;
    for at in &found.places {
        let (hosts, mut routes) = match &at.target {
            Some(_) => (mesh_hosts(cx, at), mesh.clone()),
            None => (head.hosts(), gateway.clone()),
        };
        let mut prefix = if at.is_mesh() { head.object.namespace.clone() } else { at.internal.clone() };
        if let Some(port) = at.port.filter(|_| at.is_mesh()) {
            routes.iter_mut().for_each(|route| at_port(route, port));
            prefix = format!("{prefix}/{port}");
        }
        http::sort(&mut routes);
        for host in hosts.into_iter().filter(|(host, _)| !routes.is_empty() && at.takes(host)) {
            let key = format!("{prefix}/{}", host.0);
            let service = virtual_service(head.object, key.replace('/', "~"), at, host);
            let service = VirtualService { http: routes.clone(), ..service };
            into.entry(key).or_default().push(Piece { object: head.object, count, service });
            count += 1;
        }
    }
}

/// Bound to the port of the service (`augmentPortMatch`).
fn at_port(route: &mut HttpRoute, port: u32) {
    if route.matches.is_empty() {
        route.matches.push(HttpMatch { origin: route.origin, ..HttpMatch::default() });
    }
    for m in &mut route.matches {
        m.port = port;
    }
}

/// The pieces of one place and host as one VirtualService: the oldest object gives the head, all routes are sorted anew.
fn merged(key: &str, mut pieces: Vec<Piece<'_>>) -> Option<VirtualService> {
    if let [only] = pieces.as_slice() {
        return Some(only.service.clone());
    }
    pieces.sort_by(|a, b| {
        let (time, namespace, _) = age(a.object);
        let (other_time, other_namespace, _) = age(b.object);
        let name = |piece: &Piece<'_>| format!("{}~{}", piece.object.name, piece.count);
        (time, namespace, name(a)).cmp(&(other_time, other_namespace, name(b)))
    });
    let mut pieces = pieces.into_iter();
    let mut out = pieces.next()?.service;
    out.http.extend(pieces.flat_map(|piece| piece.service.http));
    http::sort(&mut out.http);
    out.meta.object.name = key.replace('/', "~");
    Some(out)
}

/// A VirtualService of a route without its routes.
pub(super) fn virtual_service(
    object: &Object,
    name: String,
    at: &Attachment<'_>,
    host: (String, Span),
) -> VirtualService {
    let mut meta = head(Kind::VirtualService, object, name, object.name_span);
    meta.annotations.insert(SEMANTICS.to_owned(), "gateway".to_owned());
    let place = at.name.map_or(at.span, |name| name.span);
    VirtualService {
        meta,
        hosts: vec![At::new(host.0, host.1)],
        gateways: vec![At::new(at.internal.clone(), place)],
        gateways_written: true,
        visibility: names::visibility_of(std::iter::empty()),
        ..VirtualService::default()
    }
}

/// Hosts of the service, or of the ServiceEntry, that a route of the mesh is for.
pub(super) fn mesh_hosts(cx: &Cx<'_>, at: &Attachment<'_>) -> Vec<(String, Span)> {
    let Some((kind, namespace, name)) = &at.target else { return Vec::new() };
    if *kind == Kind::ServiceEntry {
        let entry = cx.ws.find(*kind, namespace, name);
        let spec = entry.and_then(|object| cx.ws.spec::<networking::ServiceEntry<'_>>(object));
        let hosts = spec.into_iter().flat_map(|spec| spec.hosts().iter());
        return hosts.map(|host| (host.value.to_owned(), at.span)).collect();
    }
    vec![(format!("{name}.{namespace}.svc.{}", cx.mesh.settings.domain), at.span)]
}
