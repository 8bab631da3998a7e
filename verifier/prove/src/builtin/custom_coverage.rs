//! # Requests that the external authoriser never sees
//!
//! A CUSTOM policy hands requests to an external authoriser, and some requests reach the workload without it: they do not match the policy's
//! rules. That may be meant, so it is only a remark. On a TCP port an authoriser that speaks HTTP is not asked at all.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: 'extensionProviders: [{name: oauth, envoyExtAuthzHttp: {service: oauth.auth.svc.cluster.local, port: 80}}]'}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: oauth, namespace: auth}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: login, namespace: shop}
//! spec:
//!   action: CUSTOM
//!   provider: {name: oauth}
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7403 without being shown
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: 'extensionProviders: [{name: oauth, envoyExtAuthzHttp: {service: oauth.auth.svc.cluster.local, port: 80}}]'}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: oauth, namespace: auth}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: login, namespace: shop}
//! spec:
//!   action: CUSTOM
//!   provider: {name: oauth}
//!   rules:
//!   - to: [{operation: {paths: ["/*"]}}]
//! ```

use mp_ir::plan::CustomFilter;

use crate::condition::Condition;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::requests::{Requests, never};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7403",
    name: "custom-coverage",
    group: Group::Planes,
    severity: Severity::Info,
    source: include_str!("custom_coverage.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    let mut out = Vec::new();
    for custom in &point.http.custom {
        let Some(ext) = &custom.ext_authz else { continue };
        // With this authoriser refusing and all others consenting, whoever still gets in was not shown to it.
        let others = point.http.custom.iter().filter_map(|custom| custom.ext_authz.as_ref());
        let of = Requests {
            all: vec![Condition { proto: Some(mp_eval::Proto::Http), ..Condition::default() }],
            none: Vec::new(),
            providers: others.map(|other| (other.provider.clone(), other.provider != ext.provider)).collect(),
        };
        let found = never(scene, &of)?;
        let message = format!("a request gets in without being shown to `{}`", ext.provider);
        out.push(
            Finding::of(found, message)
                .at(origin(custom))
                .help("widen the rules of the CUSTOM policy, if that is not meant"),
        );
    }
    Ok(out)
}

fn origin(custom: &CustomFilter) -> mp_ir::base::Origin {
    custom.rbac.shadow.as_ref().and_then(|rules| rules.policies.first()).and_then(|policy| policy.origin)
}
