//! # Host of the mesh that another VirtualService has
//!
//! Inside the mesh one VirtualService counts for a host: rules are not merged, as they are on a gateway. Of two that a client sees, the one that is private to its namespace
//! counts, and otherwise the older one. The routes of the other are never taken.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [cart], http: [{route: [{destination: {host: cart}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: b, namespace: shop}
//! spec: {hosts: [cart.shop.svc.cluster.local], http: [{route: [{destination: {host: pay}}]}]}
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1037 shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [cart, pay], exportTo: ["."], http: [{route: [{destination: {host: cart}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: b, namespace: ops}
//! spec: {hosts: [cart.shop.svc.cluster.local], exportTo: ["."], http: [{route: [{destination: {host: cart.shop.svc.cluster.local}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: c, namespace: shop}
//! spec: {hosts: [pay], gateways: [edge], http: [{route: [{destination: {host: pay}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: d, namespace: shop}
//! spec: {hosts: ["*.shop.svc.cluster.local"], http: [{route: [{destination: {host: pay}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: e, namespace: shop}
//! spec: {hosts: [cart], exportTo: [ops], http: [{route: [{destination: {host: pay}}]}]}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::{At, Level};
use mp_ir::mesh::{Hostname, VirtualService};

use crate::selection::seen_together;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1037",
    name: "mesh-host-taken",
    level: Level::Warning,
    istio: Some("IST0109"),
    kiali: Some("KIA1106"),
    source: include_str!("mesh_host_taken.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut older: BTreeMap<&str, Vec<(&VirtualService, &At<Hostname>)>> = BTreeMap::new();
    // Names with `~` are those of HTTPRoutes of a Service, which are merged by rules of their own.
    let for_mesh = |service: &&VirtualService| {
        !service.meta.name().contains('~') && service.gateways.iter().any(|gateway| gateway.value == "mesh")
    };
    for service in cx.mesh.virtual_services.iter().filter(for_mesh) {
        for host in &service.hosts {
            let slot = older.entry(&host.value).or_default();
            let both = |(other, _): &&(&VirtualService, &At<Hostname>)| {
                let (a, b) = ((&service.meta, &service.visibility), (&other.meta, &other.visibility));
                service.meta.object != other.meta.object
                    && !ranked(service, other)
                    && seen_together(cx.mesh, a, b)
            };
            if let Some((first, place)) = slot.iter().find(both) {
                let message = format!("{} has the host `{}` already", first.meta.object, host.value);
                out.report(host.origin, &service.meta.object, "spec.hosts", message)
                    .label("inside the mesh one of the two counts: the older one")
                    .also(place.origin, "the older one")
                    .help("put the routes into one VirtualService, or show each to other namespaces with `exportTo`");
            }
            slot.push((service, host));
        }
    }
}

/// Whether it is meant which of two counts: one is private to its namespace, and so goes before the other there alone
/// (`pilot/pkg/model/push_context.go`, `VirtualServicesForGateway`).
fn ranked(a: &VirtualService, b: &VirtualService) -> bool {
    let private = |service: &VirtualService| {
        let seen = &service.visibility;
        seen.own && !seen.everyone && seen.namespaces.is_empty()
    };
    private(a) != private(b)
}
