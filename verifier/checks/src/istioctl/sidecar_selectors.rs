//! # Sidecars that meet each other, nobody, or ambient workloads
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web, version: v1}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: a, namespace: shop}
//! spec: {workloadSelector: {labels: {app: web}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: b, namespace: shop}
//! spec: {workloadSelector: {labels: {version: v1}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: c, namespace: other}
//! spec: {workloadSelector: {labels: {app: web}}}
//! # IST0110 Sidecar shop/a
//! # IST0110 Sidecar shop/b
//! # IST0101 Sidecar other/c
//! ```
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: a, namespace: shop}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: b, namespace: shop}
//! ---
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: mesh, labels: {istio.io/dataplane-mode: ambient}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: c, namespace: mesh}
//! # IST0111 Sidecar shop/a
//! # IST0111 Sidecar shop/b
//! # IST0167 Sidecar mesh/c
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: a, namespace: shop}
//! spec: {workloadSelector: {labels: {app: web}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: b, namespace: shop}
//! ```

use std::collections::BTreeSet;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::in_mesh::{namespace_in_ambient, pod_in_ambient};
use super::notice::Out;
use super::notices::{
    CONFLICTING_SIDECAR_WORKLOAD_SELECTORS, INEFFECTIVE_POLICY, MULTIPLE_SIDECARS_WITHOUT_WORKLOAD_SELECTORS,
};
use super::selectors::pairs;
use super::workload_selectors::{Selecting, by_namespace, by_pod, names};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "sidecar.SelectorAnalyzer",
    inputs: &[SourceKind::Sidecar, SourceKind::Pod, SourceKind::Namespace],
    codes: &["IST0101", "IST0110", "IST0111", "IST0167"],
    source: include_str!("sidecar_selectors.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let (mut selecting, mut others) = (Vec::new(), Vec::new());
    for (sidecar, message) in cx.store.messages(SourceKind::Sidecar) {
        let selector = message.message("workloadSelector");
        let labels = pairs(selector, "labels");
        if labels.is_empty() {
            others.push(sidecar);
        } else {
            selecting.push((sidecar, labels, sidecar.selector_line(selector, "labels")) as Selecting<'_, '_>);
        }
    }
    let mut told = BTreeSet::new();
    for ((namespace, name), (pod, sidecars)) in by_pod(cx, &selecting, out) {
        let in_ambient = pod_in_ambient(pod);
        for sidecar in &sidecars {
            if in_ambient && told.insert(sidecar.full_name()) {
                let why = "selected workload is in ambient mode, the policy has no impact";
                out.report(&INEFFECTIVE_POLICY, sidecar, &[&why]);
            } else if !in_ambient && sidecars.len() > 1 {
                let kind = &CONFLICTING_SIDECAR_WORKLOAD_SELECTORS;
                out.report_at(kind, sidecar, &[&names(&sidecars), &namespace, &name], sidecar.name_line());
            }
        }
    }
    for (name, sidecars) in by_namespace(others.into_iter()) {
        if namespace_in_ambient(cx.store.find(SourceKind::Namespace, "", name)) {
            for sidecar in sidecars.iter().filter(|sidecar| told.insert(sidecar.full_name())) {
                let why = "namespace is in ambient mode, the policy has no impact";
                out.report(&INEFFECTIVE_POLICY, sidecar, &[&why]);
            }
        } else if sidecars.len() > 1 {
            for sidecar in &sidecars {
                let kind = &MULTIPLE_SIDECARS_WITHOUT_WORKLOAD_SELECTORS;
                out.report(kind, sidecar, &[&names(&sidecars), &name]);
            }
        }
    }
}
