//! # Selectors that Kubernetes Gateways do not follow
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: edge, app: edge}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! spec: {selector: {matchLabels: {app: edge}}}
//! # IST0166 RequestAuthentication shop/jwt
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: edge, app: edge}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: other}
//! spec: {selector: {matchLabels: {app: edge}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: tls, namespace: shop}
//! spec: {selector: {matchLabels: {app: edge}}}
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::INEFFECTIVE_SELECTOR;
use super::selectors::{matches, pairs};
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "k8sgateway.SelectorAnalyzer",
    inputs: &[
        SourceKind::AuthorizationPolicy,
        SourceKind::RequestAuthentication,
        SourceKind::Telemetry,
        SourceKind::WasmPlugin,
        SourceKind::Pod,
    ],
    codes: &["IST0166"],
    source: include_str!("policy_selectors.rs"),
    run,
};

const GATEWAY: &str = "gateway.networking.k8s.io/gateway-name";

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut gateways: BTreeMap<&str, Vec<&Resource<'_>>> = BTreeMap::new();
    for pod in cx.store.all(SourceKind::Pod).iter().filter(|pod| pod.label(GATEWAY).is_some()) {
        gateways.entry(pod.namespace()).or_default().push(pod);
    }
    for kind in ANALYZER.inputs.iter().filter(|kind| **kind != SourceKind::Pod) {
        for (policy, message) in cx.store.messages(*kind) {
            let selector = message.message("selector").filter(|_| !message.has("targetRef"));
            let Some(selector) = selector else { continue };
            let asked = pairs(Some(selector), "matchLabels");
            for pod in gateways.get(policy.namespace()).into_iter().flatten() {
                if matches(&asked, pod.labels()) {
                    out.report(&INEFFECTIVE_SELECTOR, policy, &[&pod.label(GATEWAY).unwrap_or_default()]);
                }
            }
        }
    }
}
