//! # Kind or version that is not served
//!
//! No CRD of Istio 1.31, or of the Gateway API that it ships with, serves this kind in this version: `kubectl apply` answers
//! `no matches for kind`, and nothing of the object takes effect. Kinds are written with capitals (`VirtualService`), and
//! versions come and go. Of the Gateway API other releases may be installed, so that there it is a warning.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v2
//! #           ^^^^^^^^^^^^^^^^^^^^^^ MP0113 not served
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec: {hosts: [shop.example], http: [{directResponse: {status: 200}}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorisationPolicy
//! #     ^^^^^^^^^^^^^^^^^^^ MP0113 no such kind
//! metadata: {name: shop, namespace: shop}
//! spec: {}
//! ---
//! apiVersion: authentication.istio.io/v1alpha1
//! kind: MeshPolicy
//! #     ^^^^^^^^^^ MP0113 no such kind
//! metadata: {name: default}
//! spec: {peers: [{mtls: {}}]}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1alpha3
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec: {hosts: [shop.example], http: [{directResponse: {status: 200}}]}
//! ---
//! apiVersion: install.istio.io/v1alpha1
//! kind: IstioOperator
//! metadata: {name: shop, namespace: istio-system}
//! spec: {profile: minimal}
//! ---
//! apiVersion: example.com/v2
//! kind: VirtualService
//! metadata: {name: other, namespace: shop}
//! ---
//! apiVersion: networking.istio.io/{{ .Values.version }}
//! kind: VirtualService
//! metadata: {name: chart, namespace: shop}
//! ```

use mp_ir::base::Level;
use mp_model::base::slip;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0113",
    name: "version-not-served",
    level: Level::Error,
    istio: None,
    kiali: None,
    source: include_str!("version_not_served.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for found in cx.workspace.unserved() {
        let (group, _) = found.api_version.split_once('/').unwrap_or((&found.api_version, ""));
        let level = if group.ends_with(".istio.io") { Level::Error } else { Level::Warning };
        let kind = &found.object.kind;
        let message = if found.versions.is_empty() {
            format!("no such kind as `{kind}` in `{group}`")
        } else {
            format!("`{}` of `{kind}` is not served", found.api_version)
        };
        let help = match (found.versions.first(), found.near) {
            (Some(version), _) => format!("write `{group}/{version}`"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "remove it, or write it as a kind that exists".to_owned(),
        };
        let own = if found.versions.is_empty() { kind.as_str() } else { found.api_version.as_str() };
        let meant = match (found.versions.first(), found.near) {
            (Some(version), _) => Some(format!("{group}/{version}")),
            (None, near) => near.filter(|near| slip([*near], kind).is_some()).map(str::to_owned),
        };
        // Other releases of the Gateway API may serve it as it is.
        let fix = meant
            .filter(|_| level == Level::Error)
            .and_then(|meant| cx.workspace.replacement(found.span, own, &meant, format!("write `{meant}`")));
        out.at(found.span, Some(&found.object), found.field, message)
            .label("the API server does not know it")
            .help(help)
            .level(level)
            .fix(fix);
    }
}
