//! # A token is needed, and another rule does without
//!
//! One ALLOW rule asks for a token on some paths. Another admits requests to these paths without one, from anybody, because it names no
//! path at all. Rules that name paths of their own are taken for exceptions that somebody wanted, and rules that ask who calls for another
//! way to prove it; nothing is said of either.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec: {jwtRules: [{issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: users, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {requestPrincipals: ["*"]}}]
//!     to: [{operation: {paths: ["/api/*"]}}]
//!   - to: [{operation: {methods: [GET]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7203 without a token
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec: {jwtRules: [{issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: users, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {requestPrincipals: ["*"]}}]
//!     to: [{operation: {paths: ["/api/*"]}}]
//!   - to: [{operation: {paths: ["/api/healthz"]}}]
//!   - from: [{source: {principals: ["cluster.local/ns/ops/sa/probe"]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::{PermissionTest, Policy, PrincipalTest, RbacAction, Tree};

use crate::assignment::Flag;
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, any_permission, any_principal, names_tokens, only};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7203",
    name: "token-missing-on-sibling",
    group: Group::Exposure,
    severity: Severity::Warning,
    source: include_str!("token_missing_on_sibling.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    if rule.action != RbacAction::Allow || rule.is_empty() || !rule.http.is_some_and(is_open) {
        return Ok(None);
    }
    let asking = |other: &Rule<'_>| {
        let on_paths = |p: &Policy| names_tokens(p) && any_permission(p, is_path);
        other.action == RbacAction::Allow && other.http.is_some_and(on_paths)
    };
    let asking: Vec<_> = scene
        .rules()
        .iter()
        .copied()
        .filter(asking)
        .filter_map(|other| {
            other.changed(|policy| Some(Policy { principals: vec![Tree::Any], ..policy.clone() }))
        })
        .collect();
    if asking.is_empty() {
        return Ok(None);
    }
    let points: Vec<_> = asking.iter().map(|other| only(scene.point, &other.rule())).collect();
    let this = only(scene.point, rule);
    let found = scene.admitted(
        Need::Witness,
        |parts| {
            let covered: Vec<Bool> = asking.iter().map(|other| parts.matches(&other.rule())).collect();
            let no_token = parts.engine.flag(Flag::Token).not();
            Bool::and(&[parts.http(), no_token, parts.matches(rule), Bool::or(&covered)])
        },
        |witness| {
            let matches = |point| crate::ask::admitted(point, witness).admitted();
            witness.request.jwt.is_none() && matches(&this) && points.iter().any(matches)
        },
    )?;
    let message = format!("{} admits without a token what another rule admits with one", rule.shown());
    Ok(Some(Finding::of(found, message).help("name the paths that need no token")))
}

/// Names neither paths nor callers.
fn is_open(policy: &Policy) -> bool {
    let caller = |test: &PrincipalTest| !matches!(test, PrincipalTest::Header(..));
    !any_permission(policy, is_path) && !any_principal(policy, caller)
}

fn is_path(test: &PermissionTest) -> bool {
    matches!(test, PermissionTest::Path(_) | PermissionTest::PathTemplate(_))
}
