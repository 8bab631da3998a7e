//! # Nothing is admitted
//!
//! Policies refuse every HTTP request of the workload, although none of them says so on purpose: an ALLOW policy is there, but its rules
//! match nothing, or DENY rules cover everything that they admit. A policy with `spec: {}` says so on purpose.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["api"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7107 no HTTP request is admitted
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: nobody, namespace: shop}
//! spec: {}
//! ```

use crate::formula::Bool;
use mp_ir::plan::RbacAction;

use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::{enforced, is_never};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7107",
    name: "allow-nothing",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("allow_nothing.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let stated =
        enforced(scene.point, RbacAction::Allow).flat_map(|rules| &rules.policies).find(|p| !is_never(p));
    let Some(stated) = stated else { return Ok(Vec::new()) };
    let found = scene.admitted_at_all()?;
    if found.answer == Truth::Holds {
        // A workload that speaks no HTTP admits no HTTP request, and nobody minds.
        let speaks = scene.seek(
            Need::Reasons,
            |parts| Bool::and(&[parts.http(), parts.feasible()]),
            |_| Ok(Vec::new()),
        )?;
        if speaks.answer != Truth::Violated {
            return Ok(Vec::new());
        }
    }
    let message = "no HTTP request is admitted, and no policy says so on purpose";
    let help = "mend the rules, or say it with a policy that has `spec: {}`";
    Ok(vec![Finding::absent(found, message).at(stated.origin).help(help)])
}
