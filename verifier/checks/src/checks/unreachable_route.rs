//! # Unreachable route
//!
//! Routes are tried in order and the first that matches is taken. A route of which every match is covered by matches of earlier
//! routes never gets a request. Coverage is decided by meaning: a prefix covers longer prefixes and exact paths below it, a
//! route without `match` covers all, and each further condition (headers, method, port, source) must be implied.
//!
//! A regular expression covers the exact values that it matches, and prefixes where it is a text followed by `.*`; other expressions
//! are compared as text, so that this check never says "unreachable" of a route that some request takes.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match: [{uri: {prefix: /api}}]
//!     directResponse: {status: 200}
//!   - match: [{uri: {exact: /api/v1}}, {uri: {prefix: /api/v2}, headers: {x-a: {exact: b}}}]
//! #           ^^^^^^^^^^^^^^^^^^^^^^^ MP1007 covered
//!     directResponse: {status: 201}
//! ```
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - directResponse: {status: 200}
//!   - directResponse: {status: 201}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1007 covered
//! ```
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match: [{uri: {regex: "/api/.*"}}]
//!     directResponse: {status: 200}
//!   - match: [{uri: {exact: /api/v1}}, {uri: {prefix: /api/v2}}]
//! #           ^^^^^^^^^^^^^^^^^^^^^^^ MP1007 covered
//!     directResponse: {status: 201}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match: [{uri: {prefix: /api}, headers: {x-a: {exact: b}}}, {uri: {prefix: /api}, method: {exact: POST}}]
//!     directResponse: {status: 200}
//!   - match: [{uri: {exact: /api/v1}}, {uri: {prefix: /api/v2}, headers: {x-a: {exact: c}}}]
//!     directResponse: {status: 201}
//!   - match: [{uri: {regex: "/ap[ip].*"}}]
//!     directResponse: {status: 202}
//!   - match: [{uri: {prefix: /api}}, {uri: {exact: /apx}}]
//!     directResponse: {status: 203}
//! ```

use mp_ir::base::{Level, Origin};
use mp_ir::mesh::{HttpRoute, VirtualService};

use crate::matches::{Patterns, first_cover};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1007",
    name: "unreachable-route",
    level: Level::Warning,
    istio: Some("IST0130"),
    kiali: None,
    source: include_str!("unreachable_route.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut patterns = Patterns::default();
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            if let Some(culprit) = first_cover(service.http.iter().take(at), route, &mut patterns) {
                report(out, service, at, route, culprit);
            }
        }
    }
}

fn report(out: &mut Findings, service: &VirtualService, at: usize, route: &HttpRoute, culprit: &HttpRoute) {
    let origin: Origin = route.matches.first().and_then(|m| m.origin).or(route.origin);
    out.report(
        origin,
        &service.meta.object,
        format!("spec.http[{at}]"),
        format!("route {at} is never taken"),
    )
    .label("all of its requests are covered by earlier routes")
    .also(culprit.matches.first().and_then(|m| m.origin).or(culprit.origin), "this route takes them first")
    .help("move the narrower route up, or remove it");
}
