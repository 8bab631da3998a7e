//! VirtualServices with all names completed (`pilot/pkg/model/virtualservice.go` ResolveVirtualServiceShortnames).

mod http;

use mp_ir::base::At;
use mp_ir::mesh::{
    Destination, HttpRoute, L4Match, Mesh, RouteDestination, TcpRoute, TlsRoute, VirtualService,
};
use mp_model::generated::networking as api;
use mp_model::{Kind, List, Node, Object, Text, Workspace};

use super::earlier::Kept;
use super::{by_age, meta, names};
use crate::virtual_services::{MESH, Semantics};

/// Reads all VirtualServices, oldest first. The mesh's settings must be known.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh, kept: &mut Kept) {
    let domain = mesh.settings.domain.clone();
    let mut one =
        |object| kept.virtual_service(object).unwrap_or_else(|| virtual_service(ws, object, &domain));
    mesh.virtual_services = ws.of_kind(Kind::VirtualService).map(&mut one).collect();
    mesh.virtual_services.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

/// What names are completed with.
#[derive(Clone, Copy)]
struct Names<'a> {
    namespace: &'a str,
    domain: &'a str,
    /// Objects made from Gateway API have full names already.
    complete: bool,
}

impl Names<'_> {
    fn host(&self, text: Text<'_>) -> At<String> {
        let full = if self.complete {
            text.value.to_owned()
        } else {
            names::hostname(text.value, self.namespace, self.domain)
        };
        At::new(full, text.span)
    }

    fn gateway(&self, text: Text<'_>) -> At<String> {
        let full =
            if self.complete { text.value.to_owned() } else { names::gateway(text.value, self.namespace) };
        At::new(full, text.span)
    }

    fn gateways(&self, list: List<'_, Text<'_>>) -> Vec<At<String>> {
        list.iter().map(|text| self.gateway(text)).collect()
    }

    fn destination(&self, view: Option<api::Destination<'_>>) -> Destination {
        let Some(view) = view else { return Destination::default() };
        Destination {
            host: view.host().map(|host| self.host(host)).unwrap_or_default(),
            subset: view.subset().map(at).unwrap_or_default(),
            port: view.port().map(|port| At::new(number(port.number()), port.0.span())),
        }
    }
}

/// A destination whose host is taken as it is.
pub(crate) fn destination_as_written(view: api::Destination<'_>) -> Destination {
    Names { namespace: "", domain: "", complete: true }.destination(Some(view))
}

/// All VirtualServices with names as they are written, in input order.
#[must_use]
pub fn virtual_services_as_written(ws: &Workspace) -> Vec<VirtualService> {
    let one = |object: &Object| lowered(ws, object, Names { namespace: "", domain: "", complete: true });
    let mut objects: Vec<&Object> = ws.of_kind(Kind::VirtualService).collect();
    objects.sort_by_key(|object| object.id);
    objects.into_iter().map(one).collect()
}

/// The fields of an HTTP route, with names as they are written.
#[must_use]
pub fn route_as_written(node: Node<'_>) -> HttpRoute {
    http::route(Names { namespace: "", domain: "", complete: true }, api::HTTPRoute(node))
}

fn virtual_service(ws: &Workspace, object: &Object, domain: &str) -> VirtualService {
    let head = VirtualService { meta: meta(object), ..VirtualService::default() };
    let complete = Semantics::of(&head) == Semantics::Gateway;
    lowered(ws, object, Names { namespace: &object.namespace, domain, complete })
}

fn lowered(ws: &Workspace, object: &Object, names: Names<'_>) -> VirtualService {
    let mut out = VirtualService { meta: meta(object), ..VirtualService::default() };
    let Some(spec) = ws.spec::<api::VirtualService<'_>>(object) else {
        out.gateways = vec![At::implied(MESH.to_owned())];
        return out;
    };
    out.hosts = spec.hosts().iter().map(|host| names.host(host)).collect();
    out.gateways_written = !spec.gateways().is_empty();
    out.gateways = names.gateways(spec.gateways());
    if !out.gateways_written {
        out.gateways = vec![At::implied(MESH.to_owned())];
    }
    out.visibility = super::names::visibility(spec.export_to());
    out.http = spec.http().iter().map(|route| http::route(names, route)).collect();
    out.tls = spec.tls().iter().map(|route| tls(names, route)).collect();
    out.tcp = spec.tcp().iter().map(|route| tcp(names, route)).collect();
    out
}

fn tls(names: Names<'_>, view: api::TLSRoute<'_>) -> TlsRoute {
    let one = |m: api::TLSMatchAttributes<'_>| L4Match {
        sni_hosts: m.sni_hosts().iter().map(at).collect(),
        destination_subnets: texts(m.destination_subnets()),
        port: number(m.port()),
        source_labels: m.source_labels().to_sorted(),
        source_namespace: text(m.source_namespace()),
        gateways: names.gateways(m.gateways()),
        origin: Some(m.0.span()),
    };
    TlsRoute {
        matches: view.match_().iter().map(one).collect(),
        route: l4_destinations(names, view.route()),
        origin: Some(view.0.span()),
    }
}

fn tcp(names: Names<'_>, view: api::TCPRoute<'_>) -> TcpRoute {
    let one = |m: api::L4MatchAttributes<'_>| L4Match {
        sni_hosts: Vec::new(),
        destination_subnets: texts(m.destination_subnets()),
        port: number(m.port()),
        source_labels: m.source_labels().to_sorted(),
        source_namespace: text(m.source_namespace()),
        gateways: names.gateways(m.gateways()),
        origin: Some(m.0.span()),
    };
    TcpRoute {
        matches: view.match_().iter().map(one).collect(),
        route: l4_destinations(names, view.route()),
        origin: Some(view.0.span()),
    }
}

fn l4_destinations(names: Names<'_>, list: List<'_, api::RouteDestination<'_>>) -> Vec<RouteDestination> {
    let one = |view: api::RouteDestination<'_>| RouteDestination {
        destination: names.destination(view.destination()),
        weight: view.weight().unwrap_or_default(),
        origin: Some(view.0.span()),
        ..RouteDestination::default()
    };
    list.iter().map(one).collect()
}

fn at(text: Text<'_>) -> At<String> {
    At::new(text.value.to_owned(), text.span)
}

fn text(text: Option<Text<'_>>) -> String {
    text.map(|text| text.value.to_owned()).unwrap_or_default()
}

fn texts(list: List<'_, Text<'_>>) -> Vec<String> {
    list.iter().map(|text| text.value.to_owned()).collect()
}

/// An unsigned number; 0 when it is absent or out of range.
fn number(value: Option<i64>) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or_default()
}
