//! # Dead rule
//!
//! No request at all matches the rule: what it asks for contradicts itself, the workload, or the requests that can reach a proxy. A dead
//! ALLOW rule admits nobody, and a dead DENY rule protects nothing. The reasons name the lines that together leave no request: often a
//! path without its leading `/`, a method in lower case, an identity on a port that takes plain text alone, or a claim where no
//! RequestAuthentication applies. HTTP and bytes are looked at apart, so a DENY rule that closes a TCP port is alive.
//!
//! A rule is reported when it is dead at every workload that has it.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7101 no request matches
//! ```
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: staff, namespace: shop}
//! spec:
//!   rules:
//!   - when: [{key: "request.auth.claims[group]", values: [staff]}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7101 no request matches
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"], ports: ["9999"]}}]
//!   - from: [{source: {notNamespaces: [shop]}}]
//!     to: [{operation: {methods: [GET]}}]
//! ```

use crate::formula::Bool;

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, names_tokens};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7101",
    name: "dead-rule",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("dead_rule.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    let found = scene.matched(rule, |_| Bool::from_bool(true))?;
    let help = if scene.point.http.jwt.is_none() && rule.http.is_some_and(names_tokens) {
        "no RequestAuthentication applies here, so no request has a checked token; add one"
    } else {
        "mend the value that never fits, or take the rule out"
    };
    Ok(Some(Finding::absent(found, format!("no request matches {}", rule.shown())).help(help)))
}
