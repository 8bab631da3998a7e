//! # Shadowed rule
//!
//! An ALLOW rule all of whose requests are refused all the same, most often by a DENY rule, sometimes by the mode of mutual TLS. Somebody
//! who reads the rule believes in an access that is not there.
//!
//! MP3002 is the quick form of it, which `meshproof check` reports; what this property says is proved.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: admin, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/admin/keys"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7104 is refused
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"]}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: admin, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/admin/keys"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - from: [{source: {notNamespaces: [ops]}}]
//!     to: [{operation: {paths: ["/admin*"]}}]
//! ```

use mp_ir::plan::RbacAction;

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::Rule;
use crate::scene::{Goal, Scene};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7104",
    name: "shadowed-rule",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("shadowed_rule.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    if rule.action != RbacAction::Allow {
        return Ok(None);
    }
    let found = scene.matched(rule, Goal::Admitted)?;
    // A rule that matches nothing is dead, which is another finding.
    if found.answer == Truth::Holds && scene.matched(rule, Goal::Nothing)?.answer != Truth::Violated {
        return Ok(None);
    }
    let message = format!("every request that {} admits is refused", rule.shown());
    Ok(Some(Finding::absent(found, message).help("take the rule out, or narrow what refuses its requests")))
}
