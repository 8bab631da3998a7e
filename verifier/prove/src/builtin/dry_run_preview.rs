//! # What a dry run would change
//!
//! A policy with `istio.io/dry-run: "true"` has no effect. This is what it would do: a request that is decided differently once the policy
//! is enforced. Where there is none, it is safe to enforce.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop, annotations: {"istio.io/dry-run": "true"}}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7402 once the dry run
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop, annotations: {"istio.io/dry-run": "true"}}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! ```

use mp_ir::plan::{EnforcementPoint, RbacFilter};

use crate::ask::{Direction, differ_among};
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::requests::Requests;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7402",
    name: "dry-run-preview",
    group: Group::Planes,
    severity: Severity::Info,
    source: include_str!("dry_run_preview.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    let shadow = point.http.rbac.iter().filter_map(|filter| filter.shadow.as_ref());
    let Some(first) = shadow.flat_map(|rules| &rules.policies).next() else { return Ok(Vec::new()) };
    let enforced = enforced(point);
    let mut out = Vec::new();
    for (direction, word) in [(Direction::Lost, "refused"), (Direction::Gained, "admitted")] {
        let found = differ_among(point, &enforced, direction, &Requests::default())?;
        let message = format!("a request will be {word} once the dry run is enforced");
        out.push(Finding::of(found, message).at(first.origin));
    }
    Ok(out)
}

/// The point with its dry-run policies in force.
fn enforced(point: &EnforcementPoint) -> EnforcementPoint {
    let mut out = point.clone();
    for filter in out.http.rbac.iter_mut().chain(&mut out.tcp.rbac) {
        let RbacFilter { rules, shadow, .. } = filter;
        match (rules.as_mut(), shadow.take()) {
            (Some(rules), Some(shadow)) => {
                rules.policies.extend(shadow.policies);
                rules.policies.sort_by(|a, b| a.name.cmp(&b.name));
            }
            (None, shadow) => *rules = shadow,
            (Some(_), None) => {}
        }
    }
    out
}
