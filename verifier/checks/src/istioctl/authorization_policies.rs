//! # Authorization policies without workloads, or of unknown namespaces
//!
//! A policy that no Pod of the mesh is selected by decides nothing. A source that names a namespace which does not exist matches nobody.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: a, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: wbe}}
//!   rules: [{from: [{source: {namespaces: [shpo]}}]}]
//! # IST0101 AuthorizationPolicy shop/a
//! # IST0127 AuthorizationPolicy shop/a
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: a, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {app: web}}
//!   rules: [{from: [{source: {namespaces: ["SHOP", "s*"], notNamespaces: ["*op"]}}]}]
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::in_mesh::{pod_in_ambient, pod_in_mesh};
use super::notice::Out;
use super::notices::{NO_MATCHING_WORKLOADS_FOUND, REFERENCED_RESOURCE_NOT_FOUND};
use super::selectors::{Labels, matches, pairs, shown};
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "auth.AuthorizationPoliciesAnalyzer",
    inputs: &[
        SourceKind::MeshConfig,
        SourceKind::AuthorizationPolicy,
        SourceKind::Namespace,
        SourceKind::Pod,
    ],
    codes: &["IST0101", "IST0127"],
    source: include_str!("authorization_policies.rs"),
    run,
};

/// Labels of the Pods of the mesh, by namespace.
type Workloads<'a> = BTreeMap<&'a str, Vec<&'a Labels<'a>>>;

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut workloads: Workloads<'_> = BTreeMap::new();
    for pod in cx.store.all(SourceKind::Pod) {
        if pod_in_mesh(cx, pod) || pod_in_ambient(pod) {
            workloads.entry(pod.namespace()).or_default().push(pod.labels());
        }
    }
    for (policy, message) in cx.store.messages(SourceKind::AuthorizationPolicy) {
        without_workloads(cx, policy, message, &workloads, out);
        unknown_namespaces(cx, policy, message, out);
    }
}

fn without_workloads(
    cx: &Context<'_>,
    policy: &Resource<'_>,
    message: &Message,
    workloads: &Workloads<'_>,
    out: &mut Out,
) {
    let selector = message.message("selector");
    let own = workloads.get(policy.namespace()).map_or(&[][..], Vec::as_slice);
    let asked = pairs(selector, "matchLabels");
    let mesh_wide = policy.namespace() == cx.root_namespace();
    let found = match (selector.is_some(), mesh_wide) {
        (false, true) => true,
        (false, false) => !own.is_empty(),
        (true, true) => workloads.values().flatten().any(|labels| matches(&asked, labels)),
        (true, false) => own.iter().any(|labels| matches(&asked, labels)),
    };
    if !found {
        out.report(&NO_MATCHING_WORKLOADS_FOUND, policy, &[&shown(&asked)]);
    }
}

fn unknown_namespaces(cx: &Context<'_>, policy: &Resource<'_>, message: &Message, out: &mut Out) {
    let sources = message.messages("rules").flat_map(|rule| rule.messages("from"));
    for source in sources.filter_map(|from| from.message("source")) {
        let (wanted, unwanted) = (source.items("namespaces"), source.items("notNamespaces"));
        let all = cx.store.all(SourceKind::Namespace);
        let numbered = wanted.iter().enumerate().chain(unwanted.iter().enumerate());
        for (at, item) in numbered {
            let name = item.text();
            if !all.iter().any(|namespace| is_of(namespace.name(), name)) {
                // Istio looks for the line among `namespaces`, be the name of the other list.
                let line = policy.line_of_item(wanted.get(at));
                out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, policy, &[&"namespace", &name], line);
            }
        }
    }
}

fn is_of(namespace: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(suffix), _) => namespace.ends_with(suffix),
        (None, Some(prefix)) => namespace.starts_with(prefix),
        (None, None) => namespace.to_lowercase() == pattern.to_lowercase(),
    }
}
