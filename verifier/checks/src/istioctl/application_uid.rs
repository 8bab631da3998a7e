//! # An application runs as the proxy's user
//!
//! Traffic of the user 1337 is not taken by the sidecar's rules: an application that runs as it goes around the proxy.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop}
//! spec: {containers: [{name: app, securityContext: {runAsUser: 1337}}]}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {spec: {securityContext: {runAsUser: 1337}}}}
//! # IST0144 Pod shop/web
//! # IST0144 Deployment shop/web
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop}
//! spec: {containers: [{name: istio-proxy, securityContext: {runAsUser: 1337}}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: istiod, namespace: istio-system, labels: {istio: pilot}}
//! spec: {securityContext: {runAsUser: 1337}}
//! ```

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::deployment_services::number;
use super::in_mesh::{PROXY, is_control_plane};
use super::notice::Out;
use super::notices::INVALID_APPLICATION_UID;
use super::store::{Resource, at, items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "applicationUID.Analyzer",
    inputs: &[SourceKind::Pod, SourceKind::Deployment],
    codes: &["IST0144"],
    source: include_str!("application_uid.rs"),
    run,
};

/// The proxy's user.
const RESERVED: i64 = 1337;

fn run(cx: &Context<'_>, out: &mut Out) {
    for pod in cx.store.all(SourceKind::Pod) {
        look(pod, pod.at(&["spec"]), out);
    }
    for deployment in cx.store.all(SourceKind::Deployment) {
        look(deployment, deployment.at(&["spec", "template", "spec"]), out);
    }
}

fn look(resource: &Resource<'_>, spec: Option<Node<'_>>, out: &mut Out) {
    let Some(spec) = spec.filter(|_| !is_control_plane(resource)) else { return };
    let is_reserved = |node: Node<'_>| number(at(node, &["securityContext", "runAsUser"])) == RESERVED;
    let is_app = |one: &Node<'_>| !matches!(text(*one, &["name"]), PROXY | "istio-operator");
    if is_reserved(spec) || items(spec, &["containers"]).filter(is_app).any(is_reserved) {
        out.report(&INVALID_APPLICATION_UID, resource, &[]);
    }
}
