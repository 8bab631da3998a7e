//! # Open to plain text
//!
//! Policies ask who calls, and yet a request without any identity gets in: the port takes plain text, and some rule admits without asking.
//! Mode PERMISSIVE is the default of a mesh, so it is easily forgotten. Where no policy asks who calls, nothing is said.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!   - to: [{operation: {methods: [GET], paths: ["/api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7201 without an identity
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {namespaces: [web]}}]
//!   - from: [{source: {principals: ["*"]}}]
//!     to: [{operation: {methods: [GET], paths: ["/api/*"]}}]
//! ```

use crate::assignment::Flag;
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::names_peers;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7201",
    name: "open-to-plaintext",
    group: Group::Exposure,
    severity: Severity::Warning,
    source: include_str!("open_to_plaintext.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    if !scene.rules().iter().any(|rule| rule.http.or(rule.tcp).is_some_and(names_peers)) {
        return Ok(Vec::new());
    }
    let found = scene.admitted(
        Need::Witness,
        |parts| parts.engine.flag(Flag::Peer).not(),
        |witness| witness.request.peer.is_none(),
    )?;
    let message = "policies ask who calls, and a request without an identity gets in";
    Ok(vec![
        Finding::of(found, message)
            .help("demand mutual TLS with mode STRICT, or ask for a source in that rule too"),
    ])
}
