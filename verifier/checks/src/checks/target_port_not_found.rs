//! # Named target port that no Pod has
//!
//! A Service leads to a container port by its name, and no Pod that it selects has a port of this name: the Service has no endpoint on the port, and calls get 503.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   selector: {app: cart}
//!   ports:
//!   - {name: http, port: 80, targetPort: web}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1032 web
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart, ports: [{name: http, containerPort: 8080}]}]}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   selector: {app: cart}
//!   ports: [{name: http, port: 80, targetPort: http}, {name: admin, port: 81, targetPort: 9999}, {name: other, port: 82}]
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart, ports: [{name: http, containerPort: 8080}]}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: pay, namespace: shop}
//! spec:
//!   selector: {app: pay}
//!   ports: [{name: http, port: 80, targetPort: web}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Registry, TargetPort, Workload};

use crate::hosts::{carries, target};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1032",
    name: "target-port-not-found",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA0701"),
    source: include_str!("target_port_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for service in cx.mesh.services.iter().filter(|s| s.registry == Registry::Kubernetes) {
        let named = |port: &&mp_ir::mesh::Port| matches!(port.target, TargetPort::Name(_));
        if service.selector.is_empty() || !service.ports.iter().any(|port| named(&port)) {
            continue;
        }
        let near = cx.hosts.workloads_in(service.meta.namespace());
        let picked: Vec<&Workload> = near.filter(|w| carries(w.labels(), &service.selector)).collect();
        for (at, port) in service.ports.iter().enumerate().filter(|(_, port)| named(port)) {
            let TargetPort::Name(name) = &port.target else { continue };
            if picked.is_empty() || picked.iter().any(|workload| target(workload, port).is_some()) {
                continue;
            }
            let first = picked.first().and_then(|workload| workload.meta.origin);
            let message = format!("no Pod of the Service has a port named `{name}`");
            out.report(port.origin, &service.meta.object, format!("spec.ports[{at}]"), message)
                .label("no endpoint: calls get 503")
                .also(first, "selected, with other ports")
                .help("name the container's port, or write its number");
        }
    }
}
