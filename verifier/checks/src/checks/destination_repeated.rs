//! # Destination that a route names twice
//!
//! Two destinations of one route are the same: host, port, subset and headers. Their shares add up, and the split that the weights describe does not happen. Mostly one of
//! them was to be another subset.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route:
//!     - {destination: {host: cart, subset: v1}, weight: 90}
//!     - {destination: {host: cart.shop.svc.cluster.local, subset: v1}, weight: 10}
//! #     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1036 twice
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     route: [{destination: {host: cart, subset: v1}, weight: 90}, {destination: {host: cart, subset: v2}, weight: 10}]
//!   - match: [{uri: {prefix: /b}}]
//!     route: [{destination: {host: cart, port: {number: 80}}, weight: 90}, {destination: {host: cart, port: {number: 81}}, weight: 10}]
//!   - route:
//!     - {destination: {host: cart}, weight: 90}
//!     - {destination: {host: cart}, weight: 10, headers: {request: {set: {x-canary: "yes"}}}}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::RouteDestination;

use crate::destinations::route_lists;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1036",
    name: "destination-repeated",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1105"),
    source: include_str!("destination_repeated.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (service, path, route) in route_lists(cx.mesh) {
        for (at, entry) in route.iter().enumerate() {
            let Some(first) = route.iter().take(at).find(|other| same(other, entry)) else { continue };
            let host = &entry.destination.host.value;
            let message = format!("`{host}` is a destination of this route twice");
            out.report(entry.origin, &service.meta.object, format!("{path}[{at}]"), message)
                .label("its share goes where the other one's goes")
                .also(first.origin, "the same destination")
                .help("name another subset or host, or put the two together");
        }
    }
}

fn same(a: &RouteDestination, b: &RouteDestination) -> bool {
    let port = |entry: &RouteDestination| entry.destination.port.map(|port| port.value);
    let (left, right) = (&a.destination, &b.destination);
    left.host.value == right.host.value
        && left.subset.value == right.subset.value
        && port(a) == port(b)
        && a.headers == b.headers
}
