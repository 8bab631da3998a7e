//! # Namespaces and Pods without sidecars
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: plain}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled, istio.io/rev: canary}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop}
//! spec: {containers: [{name: app, image: web}]}
//! # IST0102 Namespace plain
//! # IST0103 Pod shop/web
//! # IST0123 Namespace shop
//! ```
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: plain}
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio-sidecar-injector, namespace: istio-system}
//! data: {values: '{"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}'}
//! # IST0148 Namespace plain
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: istio-system}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: none, labels: {istio-injection: disabled, istio.io/rev: canary}}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {sidecar.istio.io/inject: "False"}}
//! ```

use std::collections::BTreeSet;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::embedded_json::{json, root};
use super::in_mesh::{INJECT, INJECTION, containers, injector_config_map, proxy_image};
use super::notice::{Out, list};
use super::notices::{
    NAMESPACE_INJECTION_ENABLED_BY_DEFAULT, NAMESPACE_MULTIPLE_INJECTION_LABELS, NAMESPACE_NOT_INJECTED,
    POD_MISSING_PROXY,
};
use super::store::{Resource, at, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "injection.Analyzer",
    inputs: &[SourceKind::Namespace, SourceKind::Pod, SourceKind::ConfigMap],
    codes: &["IST0102", "IST0103", "IST0123", "IST0148"],
    source: include_str!("injection.rs"),
    run,
};

const REVISION: &str = "istio.io/rev";
const DATA_PLANE: &str = "istio.io/dataplane-mode";

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut injected: BTreeSet<&str> = BTreeSet::new();
    for namespace in cx.store.all(SourceKind::Namespace).iter().filter(|one| one.name() != "istio-system") {
        if is_injected(cx, namespace, out) {
            injected.insert(namespace.name());
        }
    }
    for pod in cx.store.all(SourceKind::Pod).iter().filter(|pod| injected.contains(pod.namespace())) {
        let annotated = pod.annotations().get(INJECT).copied();
        let asked = pod.label(INJECT).or(annotated).unwrap_or_default();
        let host = at(pod.root(), &["spec", "hostNetwork"]).and_then(mp_model::FromNode::from_node);
        let is_out = asked.eq_ignore_ascii_case("false") || host == Some(true);
        if !is_out && proxy_image(containers(pod)).is_empty() {
            out.report(&POD_MISSING_PROXY, pod, &[&pod.full_name()]);
        }
    }
}

/// Whether a namespace asks for sidecars by its older label; what is wrong with its labels is told.
fn is_injected(cx: &Context<'_>, namespace: &Resource<'_>, out: &mut Out) -> bool {
    let injection = namespace.label(INJECTION);
    let mut labels: Vec<String> = injection.iter().map(|value| format!("{INJECTION}={value}")).collect();
    if injection.is_none_or(|value| value == "enabled") {
        let more = [REVISION, DATA_PLANE].into_iter();
        labels.extend(more.filter_map(|key| Some(format!("{key}={}", namespace.label(key)?))));
    }
    if labels.len() > 1 {
        out.report(&NAMESPACE_MULTIPLE_INJECTION_LABELS, namespace, &[&list(labels)]);
    }
    if namespace.label(DATA_PLANE) == Some("ambient") {
        return false;
    }
    let revision = namespace.label(REVISION);
    if injection.unwrap_or_default().is_empty() && revision.is_none() {
        if injects_by_default(cx) {
            out.report(&NAMESPACE_INJECTION_ENABLED_BY_DEFAULT, namespace, &[]);
        } else {
            let name = namespace.name();
            out.report_at(&NAMESPACE_NOT_INJECTED, namespace, &[&name, &name], namespace.name_line());
        }
    }
    injection == Some("enabled")
}

/// What the ConfigMap of the injector without a revision says of namespaces without labels.
fn injects_by_default(cx: &Context<'_>) -> bool {
    let name = injector_config_map("");
    let map = cx.store.all(SourceKind::ConfigMap).iter().find(|map| map.name() == name);
    let values = map.and_then(|map| json(text(map.root(), &["data", "values"])));
    let found = values.as_ref().and_then(root);
    let found = found.and_then(|json| at(json, &["sidecarInjectorWebhook", "enableNamespacesByDefault"]));
    found.and_then(mp_model::FromNode::from_node) == Some(true)
}
