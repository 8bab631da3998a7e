//! # Policy for a Service without a waypoint
//!
//! A policy is attached to a Service (`targetRefs`), and only the waypoint of the Service reads such policies. Neither the Service nor its namespace asks for a waypoint
//! (`istio.io/use-waypoint`): the policy is in force nowhere.
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
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: cart}]
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP5002 waypoint
//!   rules: [{to: [{operation: {methods: [GET]}}]}]
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
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: cart}]
//!   rules: [{to: [{operation: {methods: [GET]}}]}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: way}, {kind: Service, group: "", name: elsewhere}]
//!   jwtRules: [{issuer: a}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Meta, TargetRef};

use crate::ambient::target_service;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP5002",
    name: "target-without-waypoint",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0109"),
    source: include_str!("target_without_waypoint.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    let mesh = cx.mesh;
    for policy in &mesh.authorization_policies {
        look(cx, out, &policy.meta, &policy.targets, "KIA0109");
    }
    for policy in &mesh.request_authentications {
        look(cx, out, &policy.meta, &policy.targets, "KIA1110");
    }
    for extension in &mesh.traffic_extensions {
        look(cx, out, &extension.meta, &extension.targets, "KIA1111");
    }
    for telemetry in &mesh.telemetries {
        look(cx, out, &telemetry.meta, &telemetry.targets, "KIA1112");
    }
}

fn look(cx: &Cx<'_>, out: &mut Findings, meta: &Meta, targets: &[TargetRef], kiali: &'static str) {
    for target in targets {
        let Some(service) = target_service(cx, meta.namespace(), target) else { continue };
        // Labels of a namespace are known where the input has it.
        let known = cx.mesh.namespaces.get(service.meta.namespace()).is_some_and(|labels| !labels.is_empty());
        if !known || cx.mesh.wanted_waypoint(service.meta.namespace(), &service.meta.labels).is_some() {
            continue;
        }
        let message =
            format!("Service `{}` has no waypoint, which alone would read this", service.meta.name());
        out.report(target.origin, &meta.object, "spec.targetRefs", message)
            .label("in force nowhere")
            .also(service.meta.origin, "the Service")
            .help("label the Service or its namespace `istio.io/use-waypoint`, or select workloads with a sidecar by `selector`")
            .kiali(kiali);
    }
}
