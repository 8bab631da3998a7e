//! # Sidecar of the root namespace with a selector
//!
//! A Sidecar of the root namespace is the default of all namespaces only without a selector. With one it is for workloads of the root namespace alone, and no such workload
//! carries the labels, though workloads elsewhere do.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: istio-system}
//! spec:
//!   workloadSelector: {labels: {app: cart}}
//! #                            ^^^^^^^^^^^ MP1034 istio-system
//!   egress: [{hosts: ["./*"]}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: tool-0, namespace: istio-system, labels: {app: tool}}
//! spec: {containers: [{name: app, image: tool}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: istio-system}
//! spec: {egress: [{hosts: ["./*"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: tool, namespace: istio-system}
//! spec: {workloadSelector: {labels: {app: tool}}, egress: [{hosts: ["*/*"]}]}
//! ```

use mp_ir::base::Level;

use crate::hosts::workloads_of_mesh;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1034",
    name: "root-sidecar-with-selector",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1006"),
    source: include_str!("root_sidecar_with_selector.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    let root = cx.mesh.settings.root_namespace.as_str();
    for sidecar in cx.mesh.sidecars.iter().filter(|s| s.meta.namespace() == root && !s.selector.is_empty()) {
        let meant = |inside: bool| {
            let mut all = workloads_of_mesh(cx.mesh).filter(|w| (w.meta.namespace() == root) == inside);
            all.find(|w| w.may_carry(&sidecar.selector))
        };
        let (None, Some(other)) = (meant(true), meant(false)) else { continue };
        let path = "spec.workloadSelector.labels";
        let at = cx.place(&sidecar.meta.object, path).or(sidecar.meta.origin);
        let message = format!("with a selector it is for workloads of `{root}` alone");
        out.report(at, &sidecar.meta.object, path, message)
            .label("no workload there carries these labels: it is in force nowhere")
            .also(other.meta.origin, "this workload does, in another namespace")
            .help("leave the selector out, or move the Sidecar to the namespace of the workloads");
    }
}
