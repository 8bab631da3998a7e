//! Whether workloads are in the mesh (istio 1.31 `pkg/config/analysis/analyzers/util/in_mesh.go`). A revision's label on the namespace says
//! nothing here, as it does not there.

use std::collections::BTreeMap;

use mp_model::{Node, SourceKind};

use super::analyzer::Context;
use super::store::{Resource, at, items, text, texts};

/// The container of the proxy.
pub(crate) const PROXY: &str = "istio-proxy";
/// The label and annotation that ask for a sidecar or refuse it.
pub(crate) const INJECT: &str = "sidecar.istio.io/inject";
/// The label by which a namespace asks for sidecars.
pub(crate) const INJECTION: &str = "istio-injection";

/// Whether a Deployment's Pods have a sidecar.
pub(crate) fn deployment_in_mesh(cx: &Context<'_>, deployment: &Resource<'_>) -> bool {
    let template = |path: &[&str]| deployment.at(&["spec", "template"]).and_then(|node| at(node, path));
    let containers = template(&["spec", "containers"]).into_iter().flat_map(Node::items);
    let labels = texts(template(&["metadata", "labels"]));
    let annotations = texts(template(&["metadata", "annotations"]));
    in_mesh(cx, (&annotations, &labels), deployment.namespace(), containers)
}

/// Whether a Pod has a sidecar.
pub(crate) fn pod_in_mesh(cx: &Context<'_>, pod: &Resource<'_>) -> bool {
    in_mesh(cx, (pod.annotations(), pod.labels()), pod.namespace(), containers(pod))
}

/// A Pod's containers, then those that start it.
pub(crate) fn containers<'a>(pod: &Resource<'a>) -> impl Iterator<Item = Node<'a>> {
    let root = pod.root();
    items(root, &["spec", "containers"]).chain(items(root, &["spec", "initContainers"]))
}

/// The image of the proxy among containers; empty where there is none.
pub(crate) fn proxy_image<'a>(mut containers: impl Iterator<Item = Node<'a>>) -> &'a str {
    containers.find(|one| text(*one, &["name"]) == PROXY).map_or("", |one| text(one, &["image"]))
}

/// Whether a Pod's traffic goes through ztunnel.
pub(crate) fn pod_in_ambient(pod: &Resource<'_>) -> bool {
    pod.annotations().get("ambient.istio.io/redirection") == Some(&"enabled")
}

/// Whether a namespace's Pods go through ztunnel and have no sidecars.
pub(crate) fn namespace_in_ambient(namespace: Option<&Resource<'_>>) -> bool {
    let Some(namespace) = namespace else { return false };
    let revision = namespace.label("istio.io/rev").unwrap_or_default();
    namespace.label(INJECTION) != Some("enabled")
        && revision.is_empty()
        && namespace.label("istio.io/dataplane-mode") == Some("ambient")
}

fn in_mesh<'a>(
    cx: &Context<'_>,
    (annotations, labels): (&BTreeMap<&str, &str>, &BTreeMap<&str, &str>),
    namespace: &str,
    containers: impl Iterator<Item = Node<'a>>,
) -> bool {
    if !proxy_image(containers).is_empty() {
        return true;
    }
    if let Some(asked) = labels.get(INJECT).or_else(|| annotations.get(INJECT)) {
        return *asked == "true";
    }
    let namespace = cx.store.find(SourceKind::Namespace, "", namespace);
    namespace.is_some_and(|namespace| namespace.label(INJECTION) == Some("enabled"))
}

/// Whether an object belongs to the control plane (`analyzers/util/config.go`).
pub(crate) fn is_control_plane(resource: &Resource<'_>) -> bool {
    resource.label("istio").is_some() || resource.label("release") == Some("istio")
}

/// The ConfigMap with the injector's settings of a revision.
pub(crate) fn injector_config_map(revision: &str) -> String {
    match revision {
        "" | "default" => "istio-sidecar-injector".to_owned(),
        _ => format!("istio-sidecar-injector-{revision}"),
    }
}
