//! # Selector for workloads of the ambient mesh
//!
//! ztunnel reads AuthorizationPolicies and PeerAuthentications alone, and a waypoint reads no policy that selects workloads by labels. A RequestAuthentication, WasmPlugin,
//! TrafficExtension or Telemetry with a selector for workloads of the ambient mesh is in force nowhere; it belongs to a waypoint (`targetRefs`).
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//! #                         ^^^^^^^^^^^ MP5003 waypoint
//!   jwtRules: [{issuer: a}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {matchLabels: {app: edge}}, jwtRules: [{issuer: a}]}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: all, namespace: shop}
//! spec: {tracing: [{randomSamplingPercentage: 10}]}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: pay, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: pay}
//! spec: {selector: {matchLabels: {app: till}}, jwtRules: [{issuer: a}]}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Labels, Meta, TargetRef};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP5003",
    name: "selector-in-ambient",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1115"),
    source: include_str!("selector_in_ambient.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mesh = cx.mesh;
    for policy in &mesh.request_authentications {
        look(cx, out, &policy.meta, (&policy.selector, &policy.targets), "KIA1115");
    }
    for extension in &mesh.traffic_extensions {
        look(cx, out, &extension.meta, (&extension.selector, &extension.targets), "KIA1116");
    }
    for telemetry in &mesh.telemetries {
        look(cx, out, &telemetry.meta, (&telemetry.selector, &telemetry.targets), "KIA1117");
    }
}

fn look(
    cx: &Cx<'_>,
    out: &mut Findings,
    meta: &Meta,
    (selector, targets): (&Labels, &[TargetRef]),
    kiali: &'static str,
) {
    let ambient = cx.mesh.wants_ambient(meta.namespace(), &Labels::new());
    let root = meta.namespace() == cx.mesh.settings.root_namespace;
    if selector.is_empty() || !targets.is_empty() || !ambient || root {
        return;
    }
    // A proxy of its own reads it, and a Pod may be out of the ambient mesh.
    let own = |w: &mp_ir::mesh::Workload| w.has_proxy || !cx.mesh.wants_ambient(meta.namespace(), w.labels());
    if cx.hosts.selected(meta, selector).any(own) {
        return;
    }
    let path = "spec.selector.matchLabels";
    let at = cx.place(&meta.object, path).or(meta.origin);
    let message =
        format!("no waypoint reads a {} with a selector, and ztunnel none at all", meta.object.kind);
    out.report(at, &meta.object, path, message)
        .label("in force nowhere in the ambient mesh")
        .help("attach it to a waypoint: `targetRefs` with the Service or the Gateway of the waypoint")
        .kiali(kiali);
}
