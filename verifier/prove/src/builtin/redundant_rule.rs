//! # Redundant rule
//!
//! Other ALLOW rules admit everything that this one admits. Taking it out changes nothing, and narrowing it does not do what one might
//! expect: the access stays.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//!   - from: [{source: {namespaces: [web]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7105 other rules admit
//!     to: [{operation: {paths: ["/api/orders"]}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"], methods: [GET]}}]
//!   - from: [{source: {namespaces: [web]}}]
//!     to: [{operation: {paths: ["/api/orders"]}}]
//! ```

use mp_ir::plan::RbacAction;

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::Rule;
use crate::scene::{Goal, Scene};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7105",
    name: "redundant-rule",
    group: Group::Rules,
    severity: Severity::Info,
    source: include_str!("redundant_rule.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    let alone =
        !scene.rules().iter().any(|other| other.action == RbacAction::Allow && other.name != rule.name);
    if rule.action != RbacAction::Allow || alone {
        return Ok(None);
    }
    let found = scene.matched(rule, Goal::AdmittedAlone)?;
    // Dead and shadowed rules are other findings.
    if found.answer == Truth::Holds && scene.matched(rule, Goal::Admitted)?.answer != Truth::Violated {
        return Ok(None);
    }
    let message = format!("other rules admit all that {} admits", rule.shown());
    Ok(Some(Finding::absent(found, message).help("take it out, or narrow the wider rules")))
}
