//! # Webhooks that cannot reach a control plane outside
//!
//! ```yaml bad
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata: {name: istio-validator-shop}
//! webhooks: [{name: a, clientConfig: {}}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: istio-sidecar-injector}
//! webhooks:
//! - {name: a, clientConfig: {url: "https://10.0.0.1:15017/inject"}}
//! - {name: b, clientConfig: {url: "https://a b"}}
//! # IST0163 ValidatingWebhookConfiguration istio-validator-shop
//! # IST0163 MutatingWebhookConfiguration istio-sidecar-injector
//! # IST0164 MutatingWebhookConfiguration istio-sidecar-injector
//! ```
//! ```yaml good
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: istio-sidecar-injector}
//! webhooks:
//! - {name: a, clientConfig: {url: "https://istiod.example.com:15017/inject"}}
//! - {name: b, clientConfig: {service: {name: istiod, namespace: istio-system}}}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: other}
//! webhooks: [{name: a, clientConfig: {}}]
//! ```

use std::net::IpAddr;

use mp_model::SourceKind;
use mp_model::admission::url_host;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{
    EXTERNAL_CONTROL_PLANE_ADDRESS_IS_NOT_A_HOSTNAME, INVALID_EXTERNAL_CONTROL_PLANE_CONFIG,
};
use super::store::{Resource, at, items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "externalcontrolplane.ExternalControlPlaneAnalyzer",
    inputs: &[SourceKind::ValidatingWebhookConfiguration, SourceKind::MutatingWebhookConfiguration],
    codes: &["IST0163", "IST0164"],
    source: include_str!("external_control_plane.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    for hooks in cx.store.all(SourceKind::ValidatingWebhookConfiguration) {
        if hooks.name() == "istiod-default-validator" || hooks.name().starts_with("istio-validator") {
            look(hooks, out);
        }
    }
    for hooks in cx.store.all(SourceKind::MutatingWebhookConfiguration) {
        if hooks.name().starts_with("istio-sidecar-injector") {
            look(hooks, out);
        }
    }
}

fn look(hooks: &Resource<'_>, out: &mut Out) {
    for hook in items(hooks.root(), &["webhooks"]) {
        let name = text(hook, &["name"]);
        let invalid = &INVALID_EXTERNAL_CONTROL_PLANE_CONFIG;
        let Some(url) = at(hook, &["clientConfig", "url"]) else {
            if at(hook, &["clientConfig", "service"]).is_none() {
                out.report(invalid, hooks, &[&"", &name, &"is blank"]);
            }
            continue;
        };
        let url = url.as_str().unwrap_or_default();
        match url_host(url) {
            Err(_) => out.report(invalid, hooks, &[&url, &name, &"was provided in an invalid format"]),
            Ok(host) if host.parse::<IpAddr>().is_ok() => {
                out.report(&EXTERNAL_CONTROL_PLANE_ADDRESS_IS_NOT_A_HOSTNAME, hooks, &[&url, &name]);
            }
            Ok(_) => {}
        }
    }
}
