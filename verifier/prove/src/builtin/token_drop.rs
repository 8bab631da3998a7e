//! # Leaving out the token gets around it
//!
//! A request is refused for what its token says, and admitted without the token. Conditions on what a claim is not are true of a request
//! without claims, and a DENY rule on a claim does not match one.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec: {jwtRules: [{issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: banned, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: "request.auth.claims[group]", values: [banned]}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7302 without its token
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec: {jwtRules: [{issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: banned, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: "request.auth.claims[group]", values: [banned]}]
//!   - from: [{source: {notRequestPrincipals: ["*"]}}]
//! ```

use crate::encode::View;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::names_tokens;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7302",
    name: "token-drop",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("token_drop.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let checked = scene.point.http.jwt.is_some();
    if !checked || !scene.rules().iter().any(|rule| rule.http.is_some_and(names_tokens)) {
        return Ok(Vec::new());
    }
    let found = scene.gained_by(&View { no_token: true, ..View::default() })?;
    let message = "a request that is refused for its token gets in without its token";
    let help = "refuse requests without a token: DENY with `notRequestPrincipals: [\"*\"]`";
    Ok(vec![Finding::of(found, message).help(help)])
}
