//! # Route of a delegate outside the match of its root
//!
//! istiod adds the conditions of the root's match to those of the delegate, and drops a route of the delegate whose matches all leave those of its root: another
//! prefix, another exact value, a regular expression beside anything else, another port. Its requests get 404.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: root, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     delegate: {name: child}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: child, namespace: shop}
//! spec:
//!   http:
//!   - match: [{uri: {prefix: /b}}]
//! #           ^^^^^^^^^^^^^^^^^^^ MP1022 shop/root
//!     directResponse: {status: 200}
//!   - match: [{uri: {prefix: /a/b}}]
//!     directResponse: {status: 201}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: root, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//!   http:
//!   - match: [{uri: {prefix: /a}}, {uri: {prefix: /b}, port: 80}]
//!     delegate: {name: child}
//!   - delegate: {name: other}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: child, namespace: shop}
//! spec:
//!   http:
//!   - match: [{uri: {prefix: /b/c}}]
//!     directResponse: {status: 200}
//!   - match: [{uri: {exact: /a}}, {uri: {exact: /x}}]
//!     directResponse: {status: 200}
//!   - match: [{headers: {x-a: {exact: b}}}]
//!     directResponse: {status: 201}
//!   - directResponse: {status: 202}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: other, namespace: shop}
//! spec:
//!   http:
//!   - match: [{uri: {regex: "/x.*"}}]
//!     directResponse: {status: 200}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_ir::mesh::{HttpRoute, VirtualService};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1022",
    name: "delegate-never-matches",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("delegate_never_matches.rs"),
    run,
};

type Root<'a> = (&'a VirtualService, &'a HttpRoute);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut roots: BTreeMap<(&str, &str), Vec<Root<'_>>> = BTreeMap::new();
    for service in &cx.mesh.virtual_services {
        for route in &service.http {
            let Some(delegate) = &route.delegate else { continue };
            let home = service.meta.namespace();
            let namespace = if delegate.namespace.is_empty() { home } else { &delegate.namespace };
            roots.entry((namespace, &delegate.name)).or_default().push((service, route));
        }
    }
    for child in cx.mesh.virtual_services.iter().filter(|service| service.hosts.is_empty()) {
        let Some(roots) = roots.get(&(child.meta.namespace(), child.meta.name())) else { continue };
        for (at, route) in child.http.iter().enumerate() {
            if let Some(root) =
                roots.first().filter(|_| roots.iter().all(|(_, root)| is_dropped(root, route)))
            {
                report(out, child, (at, route), root);
            }
        }
    }
}

/// Whether no match of the root leaves room for one of the route (`pilot/pkg/model/virtualservice.go`, `mergeHTTPMatchRequests`).
fn is_dropped(root: &HttpRoute, route: &HttpRoute) -> bool {
    !root.matches.is_empty()
        && !route.matches.is_empty()
        && route.matches.iter().all(|own| root.matches.iter().all(|outer| own.leaves(outer)))
}

fn report(
    out: &mut Findings,
    child: &VirtualService,
    (at, route): (usize, &HttpRoute),
    (root, outer): &Root<'_>,
) {
    out.report(
        route.matches.first().and_then(|m| m.origin).or(route.origin),
        &child.meta.object,
        format!("spec.http[{at}].match[0]"),
        format!("route {at} lies outside the match of its root {}", root.meta.object),
    )
    .label("dropped: the delegate gets no such request")
    .also(
        outer.matches.first().and_then(|m| m.origin).or(outer.origin),
        "all requests of the delegate meet this",
    )
    .help("match something within the root's match: a longer prefix, or other conditions beside it");
}
