//! TCPRoutes and TLSRoutes (`convertTCPRoute`, `convertTLSRoute`).

use mp_ir::base::{At, Span};
use mp_ir::mesh::{Destination, L4Match, RouteDestination, TcpRoute, TlsRoute, VirtualService};
use mp_model::views::gateway as api;
use mp_model::{Kind, List, Object};

use super::attach::{Attachment, RouteHead, attachments};
use super::backend::{self, weighted};
use super::fault::{Fault, Made};
use super::report::Report;
use super::routes::{self, mesh_hosts};
use super::{Cx, GENERATED};
use crate::hosts::{overlap, subset_of};

/// VirtualServices of all TCPRoutes.
pub(super) fn tcp(cx: &Cx<'_>, report: &mut Report) -> Vec<VirtualService> {
    cx.ws.of_kind(Kind::TcpRoute).flat_map(|object| tcp_route(cx, object, report)).collect()
}

fn tcp_route(cx: &Cx<'_>, object: &Object, report: &mut Report) -> Vec<VirtualService> {
    let Some(spec) = cx.ws.spec::<api::TCPRouteSpec<'_>>(object) else { return Vec::new() };
    let made = |granted: bool| -> Made<TcpRoute> {
        let all = || {
            let mut out = Made::default();
            for rule in spec.rules().iter() {
                let (route, fault) = destinations(cx, object, rule.backend_refs(), granted)?;
                out.push(
                    TcpRoute { route, origin: Some(rule.0.span()), ..TcpRoute::default() },
                    fault.as_ref(),
                );
            }
            Ok(out)
        };
        all().into()
    };
    let head = RouteHead { object, parents: spec.parent_refs(), hostnames: None };
    let found = attachments(cx, head);
    let (mesh, gateway) = found.made(made);
    report.route(cx, object, &found, (mesh.fault.as_ref(), gateway.fault.as_ref()));
    let (mesh, gateway) = (mesh.routes, gateway.routes);
    let mut out = Vec::new();
    for at in &found.places {
        let (hosts, mut tcp) = match &at.target {
            Some(_) => (mesh_hosts(cx, at), mesh.clone()),
            None => (vec![("*".to_owned(), at.span)], gateway.clone()),
        };
        if let Some(port) = at.port.filter(|_| at.is_mesh()) {
            for route in &mut tcp {
                route.matches = vec![L4Match { port, origin: Some(at.span), ..L4Match::default() }];
            }
        }
        for host in hosts {
            let name = format!("{}~tcp~{}~{GENERATED}", object.name, out.len());
            out.push(VirtualService { tcp: tcp.clone(), ..routes::virtual_service(object, name, at, host) });
        }
    }
    out
}

/// Destinations of a rule; one that refuses where none has a share.
fn destinations<'a>(
    cx: &Cx<'_>,
    object: &Object,
    references: List<'a, api::BackendRef<'a>>,
    granted: bool,
) -> Result<(Vec<RouteDestination>, Option<Fault>), Fault> {
    let shares: i64 = references.iter().map(|to| to.weight().unwrap_or(1)).sum();
    if shares == 0 {
        let destination = Destination {
            host: At::implied("internal.cluster.local".to_owned()),
            subset: At::implied("zero-weight".to_owned()),
            port: Some(At::implied(65535)),
        };
        return Ok((vec![RouteDestination { destination, ..RouteDestination::default() }], None));
    }
    let (mut out, mut fault) = (Vec::new(), None);
    for (to, weight) in weighted(references.iter()) {
        let found = backend::destination(cx, object, &to.into(), granted)?;
        fault = found.fault.or(fault);
        let (destination, origin) = (found.destination, Some(to.0.span()));
        out.push(RouteDestination { destination, weight, origin, ..RouteDestination::default() });
    }
    Ok((out, fault))
}

/// VirtualServices of all TLSRoutes.
pub(super) fn tls(cx: &Cx<'_>, report: &mut Report) -> Vec<VirtualService> {
    cx.ws.of_kind(Kind::TlsRoute).flat_map(|object| tls_route(cx, object, report)).collect()
}

fn tls_route(cx: &Cx<'_>, object: &Object, report: &mut Report) -> Vec<VirtualService> {
    let Some(spec) = cx.ws.spec::<api::TLSRouteSpec<'_>>(object) else { return Vec::new() };
    let head = RouteHead { object, parents: spec.parent_refs(), hostnames: Some(spec.hostnames()) };
    let made = |granted: bool| -> Made<TlsRoute> {
        let all = || {
            let mut out = Made::default();
            for rule in spec.rules().iter() {
                let (route, fault) = tls_rule(cx, head, rule, granted)?;
                out.push(route, fault.as_ref());
            }
            Ok(out)
        };
        all().into()
    };
    let found = attachments(cx, head);
    let (mesh, gateway) = found.made(made);
    report.route(cx, object, &found, (mesh.fault.as_ref(), gateway.fault.as_ref()));
    let (mesh, gateway) = (mesh.routes, gateway.routes);
    let mut out = Vec::new();
    for at in &found.places {
        let (hosts, tls) = match &at.target {
            Some(_) => {
                let hosts = mesh_hosts(cx, at);
                let tls = for_services(&mesh, at, &hosts);
                (hosts, tls)
            }
            None if at.hostname.is_empty() => (head.hosts(), gateway.clone()),
            None => (common(&head.hosts(), &at.hostname), for_listener(&gateway, &at.hostname)),
        };
        for host in hosts {
            let name = format!("{}~tls~{}~{GENERATED}", object.name, out.len());
            let tls = if at.is_mesh() { for_host(&tls, &host.0) } else { tls.clone() };
            out.push(VirtualService { tls, ..routes::virtual_service(object, name, at, host) });
        }
    }
    out
}

fn tls_rule(
    cx: &Cx<'_>,
    head: RouteHead<'_>,
    rule: api::TLSRouteRule<'_>,
    granted: bool,
) -> Result<(TlsRoute, Option<Fault>), Fault> {
    let references = rule.backend_refs();
    let (route, fault) = destinations(cx, head.object, references, granted)?;
    let origin = Some(rule.0.span());
    let shares: i64 = references.iter().map(|to| to.weight().unwrap_or(1)).sum();
    if shares == 0 {
        return Ok((TlsRoute { route, origin, ..TlsRoute::default() }, None));
    }
    let sni_hosts = head.hosts().into_iter().map(|(host, span)| At::new(host, span)).collect();
    let matches = vec![L4Match { sni_hosts, origin, ..L4Match::default() }];
    Ok((TlsRoute { matches, route, origin }, fault))
}

/// For services of the mesh: their hosts stand for a route without hosts (`augmentTLSPortMatch`).
fn for_services(routes: &[TlsRoute], at: &Attachment<'_>, hosts: &[(String, Span)]) -> Vec<TlsRoute> {
    let mut out = routes.to_vec();
    for route in &mut out {
        if let [only] = route.matches.as_mut_slice()
            && matches!(only.sni_hosts.as_slice(), [any] if any.value == "*")
        {
            only.sni_hosts = hosts.iter().map(|(host, span)| At::new(host.clone(), *span)).collect();
        }
        for m in &mut route.matches {
            m.port = at.port.unwrap_or(m.port);
        }
    }
    out
}

/// Of several server names, those that one host stands for (`compatibleRoutesForHost`).
fn for_host(routes: &[TlsRoute], host: &str) -> Vec<TlsRoute> {
    let mut out = routes.to_vec();
    for route in &mut out {
        if let [only] = route.matches.as_mut_slice()
            && only.sni_hosts.len() > 1
        {
            only.sni_hosts.retain(|sni| overlap(host, sni));
        }
    }
    out
}

/// Server names that a listener has as well (`constrainTLSRoutesToListenerHost`).
fn for_listener(routes: &[TlsRoute], listener: &str) -> Vec<TlsRoute> {
    let mut out = routes.to_vec();
    for m in out.iter_mut().flat_map(|route| &mut route.matches) {
        let written: Vec<(String, Span)> =
            m.sni_hosts.iter().map(|sni| (sni.value.clone(), sni.origin.unwrap_or_default())).collect();
        m.sni_hosts =
            common(&written, listener).into_iter().map(|(host, span)| At::new(host, span)).collect();
    }
    out.retain(|route| route.matches.is_empty() || route.matches.iter().any(|m| !m.sni_hosts.is_empty()));
    out
}

/// The narrower one of each host and another, once each (`Names.Intersection`).
fn common(hosts: &[(String, Span)], other: &str) -> Vec<(String, Span)> {
    let mut out: Vec<(String, Span)> = Vec::new();
    for (host, span) in hosts {
        let narrow = if subset_of(host, other) {
            host.as_str()
        } else if subset_of(other, host) {
            other
        } else {
            continue;
        };
        if !out.iter().any(|(known, _)| known == narrow) {
            out.push((narrow.to_owned(), *span));
        }
    }
    out
}
