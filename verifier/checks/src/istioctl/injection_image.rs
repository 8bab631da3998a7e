//! # Pods with another proxy than the injector would add
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio-sidecar-injector, namespace: istio-system}
//! data: {values: '{"global": {"hub": "docker.io/istio", "tag": "1.31.0", "proxy": {"image": "proxyv2"}}}'}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop}
//! spec: {containers: [{name: istio-proxy, image: "docker.io/istio/proxyv2:1.30.0"}]}
//! # IST0158 Namespace shop
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio-sidecar-injector, namespace: istio-system}
//! data: {values: '{"global": {"hub": "docker.io/istio", "tag": "1.31.0", "proxy": {"image": "proxyv2"}}}'}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, annotations: {proxy.istio.io/config: "image: {imageType: distroless}"}}
//! spec: {initContainers: [{name: istio-proxy, image: "docker.io/istio/proxyv2:1.31.0-distroless"}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: own, namespace: shop, annotations: {sidecar.istio.io/proxyImage: mine}}
//! spec: {containers: [{name: istio-proxy, image: mine}]}
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;
use mp_model::admission::message::Message;
use mp_model::admission::proxy_config;

use super::analyzer::{Analyzer, Context};
use super::embedded_json::{json, root, yaml};
use super::in_mesh::{INJECTION, PROXY, containers, injector_config_map};
use super::notice::{Out, list};
use super::notices::PODS_ISTIO_PROXY_IMAGE_MISMATCH_IN_NAMESPACE;
use super::selectors::{matches, pairs};
use super::store::{Resource, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "injection.ImageAnalyzer",
    inputs: &[
        SourceKind::Namespace,
        SourceKind::Pod,
        SourceKind::ConfigMap,
        SourceKind::MeshConfig,
        SourceKind::ProxyConfig,
    ],
    codes: &["IST0158"],
    source: include_str!("injection_image.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let maps = cx.store.all(SourceKind::ConfigMap).iter();
    let maps = maps.filter(|map| map.name().starts_with("istio-sidecar-injector"));
    let images: BTreeMap<&str, String> = maps.map(|map| (map.name(), image(map))).collect();
    if images.is_empty() {
        return;
    }
    let mut odd: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pod in cx.store.all(SourceKind::Pod) {
        let Some(namespace) = cx.store.find(SourceKind::Namespace, "", pod.namespace()) else { continue };
        let revision = namespace.label("istio.io/rev");
        let asks = revision.is_some() || namespace.label(INJECTION) == Some("enabled");
        let own = pod.annotations().get("sidecar.istio.io/proxyImage").copied().unwrap_or_default();
        let wanted = images.get(injector_config_map(revision.unwrap_or_default()).as_str());
        let Some(wanted) = wanted.filter(|_| asks && own.is_empty()) else { continue };
        let variant = format!("{wanted}-{}", variant(cx, pod));
        for proxy in containers(pod).filter(|one| text(*one, &["name"]) == PROXY) {
            let image = text(proxy, &["image"]);
            if image != wanted && image != variant {
                odd.entry(pod.namespace()).or_default().push(pod.name());
            }
        }
    }
    for (namespace, mut pods) in odd {
        pods.sort_unstable();
        if let Some(namespace) = cx.store.find(SourceKind::Namespace, "", namespace) {
            out.report(&PODS_ISTIO_PROXY_IMAGE_MISMATCH_IN_NAMESPACE, namespace, &[&list(pods)]);
        }
    }
}

/// The image that an injector adds; empty when its values cannot be read.
fn image(map: &Resource<'_>) -> String {
    let values = json(text(map.root(), &["data", "values"]));
    let Some(values) = values.as_ref().and_then(root) else { return String::new() };
    let of = |path: &[&str]| text(values, path);
    let image = of(&["global", "proxy", "image"]);
    if image.contains('/') {
        return image.to_owned();
    }
    format!("{}/{image}:{}", of(&["global", "hub"]), of(&["global", "tag"]))
}

/// The variant of the image that counts for a Pod (`analyzers/util/proxyconfig.go`); empty for the usual one.
fn variant(cx: &Context<'_>, pod: &Resource<'_>) -> String {
    let stated = |message: Option<&Message>| {
        let image = message.and_then(|message| message.message("image"));
        image.map(|image| image.text("imageType").to_owned()).filter(|variant| !variant.is_empty())
    };
    let root_namespace = Some(cx.root_namespace()).filter(|name| !name.is_empty()).unwrap_or("istio-system");
    let (mut of_root, mut of_namespace, mut of_workload) = (None, None, None);
    for (config, message) in cx.store.messages(SourceKind::ProxyConfig) {
        let (home, selector) = (config.namespace(), message.message("selector"));
        match selector {
            _ if home == root_namespace => of_root = Some(message),
            None if home == pod.namespace() => of_namespace = Some(message),
            None => {}
            // Istio compares the beginning of `namespace/name` with the namespace.
            Some(_) if !config.full_name().starts_with(pod.namespace()) => {}
            Some(_) if matches(&pairs(selector, "matchLabels"), pod.labels()) => {
                of_workload = stated(Some(message)).or(of_workload);
            }
            Some(_) => {}
        }
    }
    let annotated = pod.annotations().get("proxy.istio.io/config").and_then(|text| yaml(text));
    let annotated = annotated.as_ref().and_then(root).and_then(|root| proxy_config(root).ok());
    let defaults = cx.mesh.as_ref().and_then(|mesh| mesh.message("defaultConfig"));
    let found = stated(annotated.as_ref())
        .or(of_workload)
        .or_else(|| stated(of_namespace))
        .or_else(|| stated(of_root))
        .or_else(|| stated(defaults));
    found.filter(|variant| variant != "default").unwrap_or_default()
}
