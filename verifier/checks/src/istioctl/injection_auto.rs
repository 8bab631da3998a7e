//! # `image: auto` that nobody replaces
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop}
//! spec: {containers: [{name: istio-proxy, image: auto}]}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {spec: {containers: [{name: istio-proxy, image: auto}]}}}
//! # IST0146 Deployment shop/web
//! # IST0147 Pod shop/web
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: istio-sidecar-injector}
//! webhooks:
//! - name: namespace.sidecar-injector.istio.io
//!   namespaceSelector: {matchLabels: {istio-injection: enabled}}
//!   objectSelector: {matchExpressions: [{key: sidecar.istio.io/inject, operator: NotIn, values: ["false"]}]}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {spec: {containers: [{name: istio-proxy, image: auto}]}}}
//! ```

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::in_mesh::PROXY;
use super::notice::Out;
use super::notices::{IMAGE_AUTO_WITHOUT_INJECTION_ERROR, IMAGE_AUTO_WITHOUT_INJECTION_WARNING};
use super::selectors::{Labels, label_selector};
use super::store::{items, text, texts};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "injection.ImageAutoAnalyzer",
    inputs: &[
        SourceKind::Namespace,
        SourceKind::Pod,
        SourceKind::Deployment,
        SourceKind::MutatingWebhookConfiguration,
    ],
    codes: &["IST0146", "IST0147"],
    source: include_str!("injection_auto.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let is_auto = |one: Node<'_>| text(one, &["name"]) == PROXY && text(one, &["image"]) == "auto";
    for pod in cx.store.all(SourceKind::Pod) {
        if items(pod.root(), &["spec", "containers"]).any(is_auto) {
            out.report(&IMAGE_AUTO_WITHOUT_INJECTION_ERROR, pod, &[&"Pod", &pod.name()]);
        }
    }
    let all = cx.store.all(SourceKind::MutatingWebhookConfiguration).iter();
    let hooks = all.flat_map(|hooks| items(hooks.root(), &["webhooks"]));
    let hooks: Vec<Node<'_>> = hooks.filter(|hook| text(*hook, &["name"]).ends_with("istio.io")).collect();
    for deployment in cx.store.all(SourceKind::Deployment) {
        if !items(deployment.root(), &["spec", "template", "spec", "containers"]).any(is_auto) {
            continue;
        }
        let home = Some(deployment.namespace()).filter(|name| !name.is_empty()).unwrap_or("default");
        let namespace = cx.store.find(SourceKind::Namespace, "", home);
        let around = namespace.map_or_else(Labels::new, |namespace| namespace.labels().clone());
        let labels = texts(deployment.at(&["spec", "template", "metadata", "labels"]));
        let injects = |hook: &Node<'_>| {
            label_selector(hook.get("namespaceSelector"), &around)
                && label_selector(hook.get("objectSelector"), &labels)
        };
        if !hooks.iter().any(injects) {
            let kind = &IMAGE_AUTO_WITHOUT_INJECTION_WARNING;
            out.report(kind, deployment, &[&"Deployment", &deployment.name()]);
        }
    }
}
