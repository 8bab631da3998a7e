//! # Telemetries that meet each other or nobody
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web, version: v1}}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {matchLabels: {app: web}}}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {matchLabels: {version: v1}}}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: c, namespace: other}
//! spec: {selector: {matchLabels: {app: web}}}
//! # IST0159 Telemetry shop/a
//! # IST0159 Telemetry shop/b
//! # IST0101 Telemetry other/c
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {matchLabels: {app: web}}}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {matchLabels: {}}}
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::CONFLICTING_TELEMETRY_WORKLOAD_SELECTORS;
use super::selectors::pairs;
use super::workload_selectors::{Selecting, by_pod, names};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "telemetry.SelectorAnalyzer",
    inputs: &[SourceKind::Telemetry, SourceKind::Pod],
    codes: &["IST0101", "IST0159"],
    source: include_str!("telemetry_selectors.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let all = cx.store.messages(SourceKind::Telemetry).map(|(telemetry, message)| {
        let selector = message.message("selector");
        (telemetry, pairs(selector, "matchLabels"), telemetry.selector_line(selector, "matchLabels"))
    });
    let selecting: Vec<Selecting<'_, '_>> = all.filter(|(_, labels, _)| !labels.is_empty()).collect();
    for ((namespace, name), (_, telemetries)) in by_pod(cx, &selecting, out) {
        for telemetry in telemetries.iter().filter(|_| telemetries.len() > 1) {
            let kind = &CONFLICTING_TELEMETRY_WORKLOAD_SELECTORS;
            out.report_at(kind, telemetry, &[&names(&telemetries), &namespace, &name], telemetry.name_line());
        }
    }
}
