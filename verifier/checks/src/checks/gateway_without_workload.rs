//! # Gateway whose selector selects no workload
//!
//! A Gateway configures the proxies whose labels it names, in any namespace, and no workload carries them, though others have labels of the same keys. No proxy serves it.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: istio-system, labels: {istio: ingressgateway}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: ingres}
//! #           ^^^^^^^^^^^^^^^ MP4010 istio=ingres
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: istio-system, labels: {istio: ingressgateway}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: other, namespace: shop}
//! spec:
//!   selector: {gateway: east-west}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
//! ```

use mp_ir::base::Level;

use crate::hosts::workloads_of_mesh;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4010",
    name: "gateway-without-workload",
    level: Level::Warning,
    istio: Some("IST0101"),
    kiali: Some("KIA0302"),
    source: include_str!("gateway_without_workload.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for gateway in cx.mesh.gateways.iter().filter(|gateway| !gateway.selector.is_empty()) {
        if workloads_of_mesh(cx.mesh).any(|workload| workload.may_carry(&gateway.selector)) {
            continue;
        }
        let telling =
            |key: &String| workloads_of_mesh(cx.mesh).any(|w| w.has_proxy && w.labels().contains_key(key));
        if gateway.services.is_empty() && gateway.selector.keys().all(telling) {
            let wanted: Vec<String> =
                gateway.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let at = cx.place(&gateway.meta.object, "spec.selector").or(gateway.meta.origin);
            out.report(
                at,
                &gateway.meta.object,
                "spec.selector",
                format!("no workload carries `{}`", wanted.join(",")),
            )
            .label("no proxy serves this Gateway")
            .help("write the labels of the gateway's Pods");
        }
    }
}
