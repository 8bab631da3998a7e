//! # Several Telemetries for one whole namespace
//!
//! ```yaml bad
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: b, namespace: shop}
//! # IST0160 Telemetry shop/a
//! # IST0160 Telemetry shop/b
//! ```
//! ```yaml good
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! ---
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {matchLabels: {}}}
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::MULTIPLE_TELEMETRIES_WITHOUT_WORKLOAD_SELECTORS;
use super::workload_selectors::{by_namespace, names};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "telemetry.DefaultSelectorAnalyzer",
    inputs: &[SourceKind::Telemetry],
    codes: &["IST0160"],
    source: include_str!("telemetry_defaults.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let all = cx.store.messages(SourceKind::Telemetry).filter(|(_, message)| !message.has("selector"));
    for (namespace, telemetries) in by_namespace(all.map(|(telemetry, _)| telemetry)) {
        for telemetry in telemetries.iter().filter(|_| telemetries.len() > 1) {
            let kind = &MULTIPLE_TELEMETRIES_WITHOUT_WORKLOAD_SELECTORS;
            out.report(kind, telemetry, &[&names(&telemetries), &namespace]);
        }
    }
}
