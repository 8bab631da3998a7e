//! # Workload between two data planes
//!
//! A workload is asked to be in the ambient mesh and has a sidecar, or the other way about. The sidecar wins, and ztunnel leaves the Pod alone: a state of a migration, not one
//! to stay in. With a waypoint, which a workload outside the ambient mesh does not use, or which does not exist, what was meant does not happen either.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! #                ^^^^^^ MP5005 sidecar
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: pay, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: till-0, namespace: pay, labels: {app: till}}
//! #                ^^^^^^ MP5005 pay/way
//! spec: {containers: [{name: app, image: till}]}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: way, namespace: shop}
//! spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: shop, labels: {app: edge, istio.io/dataplane-mode: none}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: pay, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: till-0, namespace: pay, labels: {app: till}}
//! spec: {containers: [{name: app, image: till}, {name: istio-proxy, image: proxy}]}
//! ```

use std::collections::BTreeSet;

use mp_ir::base::{Level, ObjectRef, Origin};
use mp_ir::mesh::{Labels, Workload};
use mp_model::{Entries, Kind, Object, Text};

use crate::ambient::{is_sidecar, waypoint};
use crate::hosts::carries;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP5005",
    name: "mixed-data-planes",
    level: Level::Info,
    istio: None,
    kiali: Some("KIA1315"),
    source: include_str!("mixed_data_planes.rs"),
    run,
};

/// What is wrong with a workload: message, help, Kiali's code.
type Mixture = (String, &'static str, &'static str);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let ambient = |key: &String| key.starts_with("istio.io/dataplane-mode") || key == "istio.io/use-waypoint";
    let in_pods = cx.mesh.workloads.iter().any(|w| w.labels().keys().any(ambient) || redirected(w));
    if !in_pods && !cx.mesh.namespaces.values().any(|labels| labels.keys().any(ambient)) {
        return;
    }
    let mut told: BTreeSet<(ObjectRef, &str)> = BTreeSet::new();
    for workload in cx.mesh.workloads.iter().filter(|w| w.meta.object.kind == "Pod" && !is_gateway(w)) {
        let (object, origin) = owner(cx, workload);
        for (message, help, kiali) in mixtures(cx, workload) {
            if told.insert((object.clone(), kiali)) {
                out.report(origin, &object, "metadata", message).help(help).kiali(kiali);
            }
        }
    }
}

fn redirected(workload: &Workload) -> bool {
    workload.meta.annotations.get("ambient.istio.io/redirection").is_some_and(|value| value == "enabled")
}

fn is_gateway(workload: &Workload) -> bool {
    workload.has_proxy && !is_sidecar(workload)
        || workload.labels().contains_key("gateway.networking.k8s.io/gateway-name")
}

/// The Deployment that selects a Pod, where the input has it.
fn owner(cx: &Cx<'_>, workload: &Workload) -> (ObjectRef, Origin) {
    let selects = |object: &&Object| {
        let root = cx.workspace.root(object);
        let labels = root.and_then(|root| root.get("spec")?.get("selector")?.get("matchLabels"));
        let labels = Entries::<Text<'_>>::new(labels).to_sorted();
        object.namespace == workload.meta.namespace()
            && !labels.is_empty()
            && carries(workload.labels(), &labels)
    };
    match cx.workspace.of_kind(Kind::Deployment).find(selects) {
        Some(object) => (object.reference(), Some(object.name_span)),
        None => (workload.meta.object.clone(), workload.meta.origin),
    }
}

fn mixtures(cx: &Cx<'_>, workload: &Workload) -> Vec<Mixture> {
    let (mesh, namespace) = (cx.mesh, workload.meta.namespace());
    let ambient = mesh.wants_ambient(namespace, workload.labels());
    let injected = is_injected(cx, workload);
    let mut out: Vec<Mixture> = Vec::new();
    if ambient && workload.has_proxy {
        let kiali = if injected { "KIA1311" } else { "KIA1315" };
        let help = "restart the Pod without injection, or take it out of the ambient mesh";
        out.push((
            "it has a sidecar, and is to be in the ambient mesh: the sidecar wins".to_owned(),
            help,
            kiali,
        ));
    }
    if injected && !ambient && redirected(workload) {
        let help = "restart the Pod, so that it gets the sidecar that its labels ask for";
        out.push((
            "ztunnel still takes its traffic, though it is to have a sidecar".to_owned(),
            help,
            "KIA1314",
        ));
    }
    let Some((home, name)) = mesh.wanted_waypoint(namespace, workload.labels()) else { return out };
    let taken_out = workload.labels().contains_key("istio.io/dataplane-mode");
    if !ambient && !taken_out {
        let message = format!("it is to use the waypoint `{home}/{name}`, but is not in the ambient mesh");
        out.push((message, "label the namespace `istio.io/dataplane-mode: ambient`", "KIA1312"));
    } else if ambient && !workload.has_proxy && waypoint(cx, namespace, workload.labels()).is_none() {
        let message = format!("its waypoint `{home}/{name}` is not part of the input");
        out.push((message, "create the Gateway of class `istio-waypoint`, or correct the label", "KIA1313"));
    }
    out
}

/// Whether its labels, or those of its namespace, ask for a sidecar.
fn is_injected(cx: &Cx<'_>, workload: &Workload) -> bool {
    let of_namespace = cx.mesh.namespaces.get(workload.meta.namespace());
    let has = |labels: &Labels, key: &str, value: &str| labels.get(key).is_some_and(|own| own == value);
    of_namespace.is_some_and(|labels| has(labels, "istio-injection", "enabled"))
        || has(workload.labels(), "sidecar.istio.io/inject", "true")
}
