//! # Route hidden by another VirtualService of the host
//!
//! Several VirtualServices of one host on one gateway are merged, the oldest first. A route of a younger one of which every match is
//! covered by routes of an older one never gets a request, although nothing is wrong within either object. Routes that take everything are put last by
//! istiod and hide only each other. Age is `creationTimestamp`; without it, files count by name and documents in order.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {istio: edge}, servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: api, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /api}}]
//!     directResponse: {status: 200}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: bdmin, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /api/admin}}]
//! #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1014 VirtualService shop/api
//!     directResponse: {status: 201}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {istio: edge}, servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: admin, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /api/admin}}]
//!     directResponse: {status: 201}
//!   - directResponse: {status: 404}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: api, namespace: shop}
//! spec:
//!   hosts: [shop.example, other.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /api}}]
//!     directResponse: {status: 200}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: other, namespace: shop}
//! spec:
//!   hosts: [third.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /api/v1}}]
//!     directResponse: {status: 200}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Level;
use mp_ir::mesh::{HttpMatch, HttpRoute, StringMatch, VirtualService};

use crate::matches::{Patterns, first_cover};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1014",
    name: "merged-route-hidden",
    level: Level::Warning,
    istio: Some("IST0130"),
    kiali: None,
    source: include_str!("merged_route_hidden.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut by_host: BTreeMap<(&str, &str), Vec<&VirtualService>> = BTreeMap::new();
    // Routes of the Gateway API are merged by rules of their own.
    let written = |service: &&VirtualService| cx.workspace.named(&service.meta.object).is_some();
    for service in cx.mesh.virtual_services.iter().filter(written) {
        for gateway in service.gateways.iter().filter(|g| g.value != "mesh") {
            for host in &service.hosts {
                by_host.entry((&gateway.value, &host.value)).or_default().push(service);
            }
        }
    }
    let (mut told, mut patterns) = (BTreeSet::new(), Patterns::default());
    for services in by_host.values() {
        for (at, service) in services.iter().enumerate() {
            let older = services.get(..at).unwrap_or_default();
            for (route_at, route) in service.http.iter().enumerate() {
                let found = older.iter().find_map(|other| hides(other, route, &mut patterns));
                let Some((culprit, taken_by)) = found else { continue };
                if told.insert((&service.meta.object, route_at)) {
                    report(out, service, (route_at, route), culprit, taken_by);
                }
            }
        }
    }
}

/// The route of an older VirtualService that leaves nothing to a route.
fn hides<'a>(
    older: &'a VirtualService,
    route: &HttpRoute,
    patterns: &mut Patterns,
) -> Option<(&'a VirtualService, &'a HttpRoute)> {
    let last = takes_all(route);
    let same_place = older.http.iter().filter(|other| takes_all(other) == last);
    first_cover(same_place, route, patterns).map(|other| (older, other))
}

/// Whether istiod moves the route behind all others (`SortVHostRoutes`).
fn takes_all(route: &HttpRoute) -> bool {
    let bare = |m: &HttpMatch| {
        let uri = m.uri.as_ref().map(|uri| &uri.value);
        let open = match uri {
            None => true,
            Some(StringMatch::Prefix(prefix)) => prefix == "/",
            Some(StringMatch::Regex(regex)) => regex == ".*",
            Some(_) => false,
        };
        open && m.headers.is_empty()
            && m.query_params.is_empty()
            && m.without_headers.is_empty()
            && m.method.is_none()
            && m.authority.is_none()
            && m.scheme.is_none()
    };
    route.matches.is_empty() || route.matches.iter().any(bare)
}

fn report(
    out: &mut Findings,
    service: &VirtualService,
    (at, route): (usize, &HttpRoute),
    older: &VirtualService,
    taken_by: &HttpRoute,
) {
    let place = |route: &HttpRoute| route.matches.first().and_then(|m| m.origin).or(route.origin);
    out.report(
        place(route),
        &service.meta.object,
        format!("spec.http[{at}]"),
        format!("route {at} is hidden by {}", older.meta.object),
    )
    .label("the older VirtualService of this host comes first and takes all of its requests")
    .also(place(taken_by), "this route takes them")
    .help("put both routes into one VirtualService, the narrower one first");
}
