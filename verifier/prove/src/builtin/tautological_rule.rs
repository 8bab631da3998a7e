//! # Rule that matches everything
//!
//! The rule has conditions, and yet every HTTP request meets them. The usual cause are two sources that each exclude something: sources are
//! alternatives, so whoever is excluded by one is let in by the other. An ALLOW rule like that admits everybody, a DENY rule refuses
//! everybody. A rule that is meant for everything is written as `{}`.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: not-them, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {notNamespaces: [a]}}, {source: {notNamespaces: [b]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7108 every request meets
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: not-them, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {notNamespaces: [a, b]}}]
//!   - {}
//!   - to: [{operation: {ports: ["8080"]}}]
//! ```

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, any_permission};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7108",
    name: "tautological-rule",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("tautological_rule.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    // Whatever the mode of mutual TLS: a rule that asks for an identity says something even where everybody has one. And of ports only
    // those that somebody named are looked at, so nothing is said about rules that name ports.
    let names_ports = |policy| {
        any_permission(policy, |test| matches!(test, mp_ir::plan::PermissionTest::DestinationPort(_)))
    };
    if rule.is_empty() || rule.written.is_none() || rule.http.is_none_or(names_ports) {
        return Ok(None);
    }
    let found = scene.unmatched(rule)?;
    let message = format!("every request meets the conditions of {}", rule.shown());
    let help = "sources, and operations, are alternatives: put what must not be into one list; for everything write `{}`";
    Ok(Some(Finding::absent(found, message).help(help)))
}
