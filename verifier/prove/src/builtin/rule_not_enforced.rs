//! # Rule that the proxy does not get
//!
//! A value cannot be understood (an attribute that does not exist, a block of addresses that is none), so istiod leaves it out: the whole
//! rule of an ALLOW policy, or for DENY the value alone, with an unknown attribute the whole rule. A DENY rule that is left out lets
//! through what it should refuse. The webhook would refuse such an object; a repository can hold it all the same.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"]}}]
//!     when: [{key: request.path, values: ["/admin"]}]
//! #                ^^^^^^^^^^^^ MP7109 does not exist
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"]}}]
//!     when: [{key: "request.headers[x-a]", values: ["a"]}]
//! ```

use mp_ir::mesh::AuthorizationAction;

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{Answer, AskError, Truth};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7109",
    name: "rule-not-enforced",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("rule_not_enforced.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut out = Vec::new();
    for dropped in scene.point.dropped.iter().filter(|dropped| !dropped.tcp) {
        let owner = scene.mesh.authorization_policies.iter().find(|policy| {
            let start = format!("ns[{}]-policy[{}]-rule[", policy.meta.namespace(), policy.meta.name());
            dropped.rule.contains(&start)
        });
        let denies = owner.is_some_and(|policy| policy.action == AuthorizationAction::Deny);
        let what = if dropped.whole_rule { "the whole rule" } else { "this value" };
        let message = format!("the proxy does not get {what}: {}", dropped.reason);
        let answer = Answer { answer: Truth::Violated, witness: None, because: Vec::new(), unknown: None };
        let finding = Finding::of(answer, message).at(dropped.origin).help("mend the value");
        let open = denies && dropped.whole_rule;
        out.push(if open { finding.severity(Severity::Error) } else { finding });
    }
    Ok(out)
}
