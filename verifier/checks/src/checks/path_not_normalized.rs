//! # Path rule without normalization of paths
//!
//! The mesh turns off the normalization of paths (`pathNormalization: {normalization: NONE}`). A DENY rule for `/admin` then says nothing of `//admin`,
//! `/a/../admin` or `/%61dmin`, and an application that normalizes by itself serves them. The same holds for paths that an ALLOW rule leaves out with
//! `notPaths`.
//!
//! This is the quick form, which looks at the setting. MP7307 (`meshproof verify`) finds a request that gets in by another spelling under any setting.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data:
//!   mesh: "pathNormalization: {normalization: NONE}"
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: [/admin, /admin/*]}}]
//! #                             ^^^^^^ MP3005 //admin
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data:
//!   mesh: "pathNormalization: {normalization: NONE}"
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: some, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: [/admin, /admin/*]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: all, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["*"]}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{AuthorizationAction, PathNormalization};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3005",
    name: "path-not-normalized",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("path_not_normalized.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.settings.path_normalization != PathNormalization::None {
        return;
    }
    for policy in &cx.mesh.authorization_policies {
        for (at, rule) in policy.rules.iter().enumerate() {
            for (n, operation) in rule.to.iter().enumerate() {
                let (paths, field) = match policy.action {
                    AuthorizationAction::Deny => (&operation.paths, "paths"),
                    AuthorizationAction::Allow => (&operation.not_paths, "notPaths"),
                    AuthorizationAction::Audit | AuthorizationAction::Custom(_) => continue,
                };
                let Some(path) = paths.iter().find(|path| path.value.starts_with('/')) else { continue };
                let around = format!("/{}", path.value);
                out.report(
                    path.origin,
                    &policy.meta.object,
                    format!("spec.rules[{at}].to[{n}].operation.{field}"),
                    format!("`{around}` is another path than `{}`: the mesh does not normalize paths", path.value),
                )
                .label("an application that merges slashes or decodes `%61` serves it all the same")
                .help("set `pathNormalization.normalization` to `DECODE_AND_MERGE_SLASHES`, or allow what is meant instead of denying the rest");
            }
        }
    }
}
