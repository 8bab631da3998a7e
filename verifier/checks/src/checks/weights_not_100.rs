//! # Weights that look like percentages and are none
//!
//! Weights are shares of their sum. When they look like percentages but do not add up to 100, each destination gets another share than the number says: with 90
//! and 20 the second gets 18 %, not 20 %.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - route:
//!     - {destination: {host: cart}, weight: 90}
//!     - {destination: {host: cart-v2}, weight: 20}
//! #     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1028 18.2 %
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - match: [{uri: {prefix: /a}}]
//!     route: [{destination: {host: cart}, weight: 90}, {destination: {host: cart-v2}, weight: 10}]
//!   - match: [{uri: {prefix: /b}}]
//!     route: [{destination: {host: cart}, weight: 1}, {destination: {host: cart-v2}, weight: 1}]
//!   - match: [{uri: {prefix: /c}}]
//!     route: [{destination: {host: cart}}, {destination: {host: cart-v2}}]
//!   - match: [{uri: {prefix: /d}}]
//!     route: [{destination: {host: cart}, weight: 50}]
//!   - match: [{uri: {prefix: /e}}]
//!     route: [{destination: {host: cart}, weight: 100}, {destination: {host: cart-v2}, weight: 100}]
//!   - route: [{destination: {host: cart}, weight: 333}, {destination: {host: cart-v2}, weight: 667}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{RouteDestination, VirtualService};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1028",
    name: "weights-not-100",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("weights_not_100.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            look(out, service, &format!("spec.http[{at}].route"), &route.route);
        }
        for (at, route) in service.tls.iter().enumerate() {
            look(out, service, &format!("spec.tls[{at}].route"), &route.route);
        }
        for (at, route) in service.tcp.iter().enumerate() {
            look(out, service, &format!("spec.tcp[{at}].route"), &route.route);
        }
    }
}

fn look(out: &mut Findings, service: &VirtualService, path: &str, route: &[RouteDestination]) {
    let sum: i64 = route.iter().map(|to| to.weight).sum();
    let like_percentages = (51..=149).contains(&sum) && sum != 100 && route.iter().all(|to| to.weight > 0);
    if route.len() < 2 || !like_percentages {
        return;
    }
    let Some(last) = route.last() else { return };
    // Equal weights are shares for everybody who reads them.
    if route.iter().all(|to| to.weight == last.weight) {
        return;
    }
    let tenths = (last.weight * 2000 / sum + 1) / 2;
    out.report(last.origin, &service.meta.object, path, format!("the weights add up to {sum}, not to 100"))
        .label(format!("gets {}.{} %, not {} %", tenths / 10, tenths % 10, last.weight))
        .help("weights are shares of their sum: make them add up to 100");
}
