//! # Weight of the only destination
//!
//! A route has one destination, with a weight below 100. Weights are shares of their sum, so that it gets all requests: either a second destination is missing, or the
//! weight says nothing.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart}, weight: 40}]
//! #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1035 40
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     route: [{destination: {host: cart}, weight: 100}]
//!   - match: [{uri: {prefix: /b}}]
//!     route: [{destination: {host: cart}, weight: 40}, {destination: {host: pay}, weight: 60}]
//!   - route: [{destination: {host: cart}}]
//! ```

use mp_ir::base::Level;

use crate::destinations::route_lists;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1035",
    name: "weight-of-only-destination",
    level: Level::Info,
    istio: None,
    kiali: Some("KIA1104"),
    source: include_str!("weight_of_only_destination.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (service, path, route) in route_lists(cx.mesh) {
        let [only] = route else { continue };
        if !(1..100).contains(&only.weight) {
            continue;
        }
        let message = format!("the only destination has weight {}, and gets all requests", only.weight);
        out.report(only.origin, &service.meta.object, format!("{path}[0].weight"), message)
            .label("a share of nothing but itself")
            .help("add the destination of the rest, or leave the weight out");
    }
}
