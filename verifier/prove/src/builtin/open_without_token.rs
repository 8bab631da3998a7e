//! # Tokens are checked and nobody needs one
//!
//! A RequestAuthentication refuses bad tokens and lets requests without any token pass. No policy of the workload asks for a token, so
//! everybody who leaves it out gets in.
//!
//! MP3003 is the quick form of it, which `meshproof check` reports where no policy speaks of tokens at all.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec:
//!   jwtRules:
//!   - {issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7202 without a token
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: idp, namespace: shop}
//! spec:
//!   jwtRules:
//!   - {issuer: "https://idp.example", jwksUri: "https://idp.example/keys"}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: users, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {requestPrincipals: ["https://idp.example/*"]}}]
//!   - to: [{operation: {paths: ["/healthz"]}}]
//! ```

use crate::formula::Bool;

use crate::assignment::Flag;
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::names_tokens;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7202",
    name: "open-without-token",
    group: Group::Exposure,
    severity: Severity::Warning,
    source: include_str!("open_without_token.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let Some(filter) = &scene.point.http.jwt else { return Ok(Vec::new()) };
    // Who asks an external authoriser may leave the question of tokens to it.
    let asked = scene.rules().iter().any(|rule| rule.http.is_some_and(names_tokens));
    if asked || !scene.point.http.custom.is_empty() {
        return Ok(Vec::new());
    }
    let origin = filter.providers.first().and_then(|provider| provider.origin);
    let found = scene.admitted(
        Need::Witness,
        |parts| Bool::and(&[parts.http(), parts.engine.flag(Flag::Token).not()]),
        |witness| witness.request.jwt.is_none(),
    )?;
    let message = "tokens are checked, and a request without a token gets in";
    let help = "add an AuthorizationPolicy that asks for `requestPrincipals: [\"*\"]`, where a token is meant to be needed";
    Ok(vec![Finding::of(found, message).at(origin).help(help)])
}
