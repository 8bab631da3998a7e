//! # Telemetries that name no provider, or one that goes
//!
//! An entry of `accessLogging` without providers uses the mesh's defaults, of which there are none unless MeshConfig states them.
//!
//! ```yaml bad
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! spec: {accessLogging: [{filter: {expression: "true"}}]}
//! # IST0157 Telemetry shop/a
//! ```
//! ```yaml good
//! apiVersion: telemetry.istio.io/v1
//! kind: Telemetry
//! metadata: {name: a, namespace: shop}
//! spec: {accessLogging: [{disabled: true}, {providers: [{name: envoy}]}], tracing: [{}]}
//! ```

use std::collections::BTreeSet;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{DEPRECATED, INVALID_TELEMETRY_PROVIDER};

pub(super) static PROVIDERS: Analyzer = Analyzer {
    name: "telemetry.ProviderAnalyzer",
    inputs: &[SourceKind::Telemetry, SourceKind::MeshConfig],
    codes: &["IST0157"],
    source: include_str!("telemetry_providers.rs"),
    run,
};

pub(super) static LIGHTSTEP: Analyzer = Analyzer {
    name: "telemetry.LightstepAnalyzer",
    inputs: &[SourceKind::Telemetry, SourceKind::MeshConfig],
    codes: &["IST0002"],
    // Its examples would need a MeshConfig.
    source: "//! # Tracing by a provider that goes\n//!\n//! Lightstep is to be replaced by OpenTelemetry.\n",
    run: run_lightstep,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let defaults = cx.mesh.as_ref().and_then(|mesh| mesh.message("defaultProviders"));
    if defaults.is_some_and(|defaults| !defaults.items("accessLogging").is_empty()) {
        return;
    }
    for (telemetry, message) in cx.store.messages(SourceKind::Telemetry) {
        let logs = message.messages("accessLogging").filter(|log| !log.bool("disabled"));
        for _ in logs.filter(|log| log.items("providers").is_empty()) {
            let values: [&dyn std::fmt::Display; 2] = [&telemetry.name(), &telemetry.namespace()];
            out.report(&INVALID_TELEMETRY_PROVIDER, telemetry, &values);
        }
    }
}

fn run_lightstep(cx: &Context<'_>, out: &mut Out) {
    let providers = cx.mesh.iter().flat_map(|mesh| mesh.messages("extensionProviders"));
    let names: BTreeSet<&str> =
        providers.filter(|one| one.has("lightstep")).map(|provider| provider.text("name")).collect();
    for (telemetry, message) in cx.store.messages(SourceKind::Telemetry) {
        let used = message.messages("tracing").flat_map(|tracing| tracing.messages("providers"));
        for name in used.map(|provider| provider.text("name")).filter(|name| names.contains(name)) {
            let words = format!(
                "The Lightstep provider {name} is deprecated, please migrate to OpenTelemetry provider."
            );
            out.report(&DEPRECATED, telemetry, &[&words]);
        }
    }
}
