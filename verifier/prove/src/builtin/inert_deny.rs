//! # DENY rule that changes nothing
//!
//! All requests that the rule refuses are refused without it, by other DENY rules or because no ALLOW rule admits them. That may be meant
//! as a second line of defence, so it is only a remark.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7106 refused without
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/api/admin/*"]}}]
//! ```

use mp_ir::plan::RbacAction;

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::Rule;
use crate::scene::{Goal, Scene};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7106",
    name: "inert-deny",
    group: Group::Rules,
    severity: Severity::Info,
    source: include_str!("inert_deny.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    if rule.action != RbacAction::Deny {
        return Ok(None);
    }
    let found = scene.matched(rule, Goal::RefusedAlone)?;
    if found.answer == Truth::Holds && scene.matched(rule, Goal::Nothing)?.answer != Truth::Violated {
        return Ok(None);
    }
    let message = format!("every request that {} refuses is refused without it", rule.shown());
    Ok(Some(Finding::absent(found, message).help("keep it as a second line of defence, or take it out")))
}
