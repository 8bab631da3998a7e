//! # Definitions of the Gateway API that are too old
//!
//! ```yaml bad
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata:
//!   name: tlsroutes.gateway.networking.k8s.io
//!   annotations: {gateway.networking.k8s.io/bundle-version: v1.4.1}
//! # IST0176 CustomResourceDefinition tlsroutes.gateway.networking.k8s.io
//! ```
//! ```yaml good
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata:
//!   name: tlsroutes.gateway.networking.k8s.io
//!   annotations: {gateway.networking.k8s.io/bundle-version: v1.5.0-rc.1}
//! ---
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata: {name: tcproutes.gateway.networking.k8s.io}
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::GATEWAY_API_CRD_VERSION_BELOW_MINIMUM;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "k8sgateway.CRDVersionAnalyzer",
    inputs: &[SourceKind::CustomResourceDefinition],
    codes: &["IST0176"],
    source: include_str!("crd_version.rs"),
    run,
};

/// What Istio needs at least (`pkg/config/schema/gatewayapi`).
const MINIMUM: &[(&str, [u64; 3])] = &[
    ("grpcroutes.gateway.networking.k8s.io", [1, 1, 0]),
    ("backendtlspolicies.gateway.networking.k8s.io", [1, 4, 0]),
    ("tlsroutes.gateway.networking.k8s.io", [1, 5, 0]),
    ("tcproutes.gateway.networking.k8s.io", [1, 6, 0]),
];

fn run(cx: &Context<'_>, out: &mut Out) {
    for definition in cx.store.all(SourceKind::CustomResourceDefinition) {
        let name = definition.name();
        let minimum = MINIMUM.iter().find(|(known, _)| *known == name);
        let written = definition.annotations().get("gateway.networking.k8s.io/bundle-version");
        let (Some((_, minimum)), Some(version)) = (minimum, written.and_then(|text| version(text))) else {
            continue;
        };
        if version.numbers < *minimum {
            let [major, minor, patch] = minimum;
            let least = format!("{major}.{minor}.{patch}");
            out.report(&GATEWAY_API_CRD_VERSION_BELOW_MINIMUM, definition, &[&name, &version.shown, &least]);
        }
    }
}

struct Version {
    numbers: [u64; 3],
    /// In full, without the `v`.
    shown: String,
}

/// A version as `github.com/Masterminds/semver` reads it: a `v` may stand before it, minor and patch may be left out.
fn version(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (text, before) = text.split_once('-').map_or((text, None), |(text, before)| (text, Some(before)));
    let is_words = |words: &str| {
        words
            .split('.')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    if ![before, build].into_iter().flatten().all(is_words) {
        return None;
    }
    let parts: Vec<&str> = text.split('.').collect();
    let number = |at: usize| match parts.get(at) {
        None if at > 0 => Some(0),
        None => None,
        Some(part) if part.len() > 1 && part.starts_with('0') => None,
        Some(part) if part.bytes().all(|b| b.is_ascii_digit()) => part.parse().ok(),
        Some(_) => None,
    };
    let numbers = [number(0)?, number(1)?, number(2)?];
    if parts.len() > 3 {
        return None;
    }
    let [major, minor, patch] = numbers;
    let mut shown = format!("{major}.{minor}.{patch}");
    shown.extend(before.into_iter().flat_map(|words| ["-", words]));
    shown.extend(build.into_iter().flat_map(|words| ["+", words]));
    Some(Version { numbers, shown })
}
