//! # Keys may be fetched from anywhere
//!
//! istiod fetches the keys of RequestAuthentications from whatever address they name, unless its Deployment sets
//! `BLOCKED_CIDRS_IN_JWKS_URIS`.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}
//! # IST0175 Deployment istio-system/istiod
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: shop}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}
//! spec:
//!   template:
//!     spec: {containers: [{name: discovery, env: [{name: BLOCKED_CIDRS_IN_JWKS_URIS, value: 10.0.0.0/8}]}]}
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::JWKS_URI_FETCH_UNRESTRICTED;
use super::store::{items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "authn.BlockedCIDRsAnalyzer",
    inputs: &[SourceKind::RequestAuthentication, SourceKind::Deployment],
    codes: &["IST0175"],
    source: include_str!("blocked_cidrs.rs"),
    run,
};

/// So many names are told.
const SHOWN: usize = 5;

fn run(cx: &Context<'_>, out: &mut Out) {
    let all = cx.store.all(SourceKind::RequestAuthentication);
    if all.is_empty() {
        return;
    }
    let names: Vec<String> = all.iter().take(SHOWN).map(super::store::Resource::full_name).collect();
    let mut names = names.join(", ");
    if all.len() > SHOWN {
        names += &format!(", and {} more", all.len() - SHOWN);
    }
    let path = ["spec", "template", "spec", "containers"];
    for deployment in cx.store.all(SourceKind::Deployment) {
        let mut variables = items(deployment.root(), &path).flat_map(|one| items(one, &["env"]));
        let blocks = variables.any(|env| {
            text(env, &["name"]) == "BLOCKED_CIDRS_IN_JWKS_URIS" && !text(env, &["value"]).is_empty()
        });
        if deployment.label("app") == Some("istiod") && !blocks {
            out.report(&JWKS_URI_FETCH_UNRESTRICTED, deployment, &[&all.len(), &names]);
        }
    }
}
