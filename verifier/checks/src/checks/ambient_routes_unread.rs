//! # Routes and rules that nobody reads in the ambient mesh
//!
//! ztunnel passes connections on: it reads neither VirtualServices nor DestinationRules. The host is a Service of the ambient mesh without a waypoint, and no workload of the
//! input has a proxy of its own that would read them on the client's side.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//! #         ^^^^ MP5004 waypoint
//!   http: [{timeout: 3s, route: [{destination: {host: cart}}]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//! #       ^^^^ MP5004 waypoint
//!   trafficPolicy: {connectionPool: {http: {http1MaxPendingRequests: 5}}}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec: {hosts: [cart], http: [{timeout: 3s, route: [{destination: {host: cart}}]}]}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: old-0, namespace: pay, labels: {app: old}}
//! spec: {containers: [{name: app, image: old}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec: {hosts: [cart], http: [{timeout: 3s, route: [{destination: {host: cart}}]}]}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Registry, Service};

use crate::ambient::{has_clients, is_without_waypoint};
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP5004",
    name: "ambient-routes-unread",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1113"),
    source: include_str!("ambient_routes_unread.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let ambient = cx.mesh.namespaces.values().any(|labels| labels.contains_key("istio.io/dataplane-mode"));
    if !ambient || cx.mesh.workloads.is_empty() && cx.mesh.templates.is_empty() || !cx.is_final() {
        return;
    }
    if !has_clients(cx, false) {
        routes(cx, out);
    }
    if !has_clients(cx, true) {
        rules(cx, out);
    }
}

/// A Service of a host that ztunnel alone serves.
fn unserved<'a>(cx: &Cx<'a>, host: &str) -> Option<&'a Service> {
    let Answer::Yes(services) = cx.hosts.services(host) else { return None };
    let all = services.iter().all(|service| is_without_waypoint(cx, service));
    services.first().copied().filter(|_| all)
}

fn routes(cx: &Cx<'_>, out: &mut Findings) {
    let for_mesh = |service: &&mp_ir::mesh::VirtualService| {
        !service.meta.name().contains('~') && service.gateways.iter().any(|gateway| gateway.value == "mesh")
    };
    for service in cx.mesh.virtual_services.iter().filter(for_mesh) {
        for host in &service.hosts {
            let Some(found) = unserved(cx, &host.value) else { continue };
            let message = format!("nobody reads the routes of `{}`: it has no waypoint", host.value);
            out.report(host.origin, &service.meta.object, "spec.hosts", message)
                .label("ztunnel knows no routes")
                .also(found.meta.origin, "the Service")
                .help("label the Service or its namespace `istio.io/use-waypoint`")
                .kiali(if found.registry == Registry::Kubernetes { "KIA1113" } else { "KIA1109" });
        }
    }
}

fn rules(cx: &Cx<'_>, out: &mut Findings) {
    for rule in &cx.mesh.destination_rules {
        let Some(found) = unserved(cx, &rule.host.value) else { continue };
        let message = format!("nobody reads the rule for `{}`: it has no waypoint", rule.host.value);
        out.report(rule.host.origin, &rule.meta.object, "spec.host", message)
            .label("ztunnel knows no rules for connections")
            .also(found.meta.origin, "the Service")
            .help("label the Service or its namespace `istio.io/use-waypoint`")
            .kiali("KIA0211");
    }
}
