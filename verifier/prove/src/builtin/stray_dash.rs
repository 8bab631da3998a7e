//! # A dash that splits a rule in two
//!
//! `- from` and `- to` are two rules, of which either admits: who may call at all, and what anybody may do. Meant was one rule. What gives it
//! away is a rule with callers and nothing else, followed by one with operations and nothing else; the request shown is admitted only
//! because they are two. Nothing is said where all paths are those that are open to anybody by custom, such as `/healthz`.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7110 a rule of its own
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!     to: [{operation: {paths: ["/api/*"]}}]
//!   - to: [{operation: {paths: ["/healthz"]}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!   - to: [{operation: {paths: ["/healthz", "/stats/prometheus", "*/ready"]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::RbacAction;

use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::Rule;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7110",
    name: "stray-dash",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("stray_dash.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    let rules = scene.rules();
    let Some(callers) = half_before(rule, &rules) else { return Ok(None) };
    let (one, other) = (crate::rules::only(scene.point, rule), crate::rules::only(scene.point, callers));
    let found = scene.admitted(
        Need::Witness,
        |parts| {
            let (may, who) = (parts.matches(rule), parts.matches(callers));
            Bool::and(&[may, who.not()])
        },
        |witness| {
            crate::ask::admitted(&one, witness).admitted()
                && !crate::ask::admitted(&other, witness).admitted()
        },
    )?;
    let message = format!("{} admits anybody: the dash makes `to` a rule of its own", rule.shown());
    let help = "take out the dash before `to`, so that it belongs to the `from` above it";
    Ok(Some(Finding::of(found, message).help(help)))
}

/// The rule before this one in the same policy, if it has callers alone and this one operations alone, and there are no other rules.
fn half_before<'r, 'a>(rule: &Rule<'a>, rules: &'r [Rule<'a>]) -> Option<&'r Rule<'a>> {
    let (policy, written) = rule.written.filter(|_| rule.action == RbacAction::Allow)?;
    let http = rule.http?;
    let before = rules
        .iter()
        .find(|other| other.http.is_some_and(|p| p.policy == http.policy && p.rule + 1 == http.rule))?;
    let (_, callers) = before.written?;
    let halves = callers.to.is_empty()
        && !callers.from.is_empty()
        && written.from.is_empty()
        && !written.to.is_empty();
    let meant = written
        .to
        .iter()
        .all(|to| !to.paths.is_empty() && to.paths.iter().all(|path| is_open_by_custom(&path.value)));
    (halves && !meant && written.when.is_empty() && policy.rules.len() == 2).then_some(before)
}

/// Parts of the names of paths that probes, scrapers, browsers and those who log in ask for.
const OPEN: [&str; 16] = [
    "health",
    "ready",
    "live",
    "ping",
    "status",
    "metrics",
    "prometheus",
    "drain",
    "version",
    "favicon",
    "robots",
    "well-known",
    "login",
    "oauth",
    "public",
    "static",
];

fn is_open_by_custom(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    OPEN.iter().any(|part| path.contains(part))
}
