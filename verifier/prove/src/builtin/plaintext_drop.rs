//! # Plain text gets around an identity
//!
//! A caller whose identity is refused gets in by sending the same request in plain text: conditions on what an identity is not are true of
//! a caller without any. The port takes plain text, so nothing keeps the caller from doing that.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: not-batch, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - from: [{source: {namespaces: [batch]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7301 in plain text
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: not-batch, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - from: [{source: {namespaces: [batch]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: default, namespace: shop}
//! spec: {mtls: {mode: STRICT}}
//! ```

use crate::encode::View;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::names_peers;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7301",
    name: "plaintext-drop",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("plaintext_drop.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    if !scene.rules().iter().any(|rule| rule.http.or(rule.tcp).is_some_and(names_peers)) {
        return Ok(Vec::new());
    }
    let found = scene.gained_by(&View { plaintext: true, ..View::default() })?;
    let message = "who is refused for its identity gets in by sending the same in plain text";
    Ok(vec![Finding::of(found, message).help("demand mutual TLS with mode STRICT")])
}
