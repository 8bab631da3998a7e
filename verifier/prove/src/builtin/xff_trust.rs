//! # The caller chooses its own address
//!
//! `remoteIpBlocks` looks at `x-forwarded-for`. A sidecar believes the last entry of whoever connects to it, so a caller that is refused for
//! its address writes another one. At gateways `numTrustedProxies` says how many entries are believed; where it is set, nothing is said.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: office, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {remoteIpBlocks: ["203.0.113.0/24"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7305 another address
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: office, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {ipBlocks: ["10.1.0.0/16"]}}]
//! ```

use mp_ir::plan::PrincipalTest;

use crate::encode::View;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::any_principal;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7305",
    name: "xff-trust",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("xff_trust.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let asks = |policy| any_principal(policy, |test| matches!(test, PrincipalTest::RemoteIp(_)));
    if scene.point.use_remote_address || !scene.rules().iter().any(|rule| rule.http.is_some_and(asks)) {
        return Ok(Vec::new());
    }
    let found = scene.gained_by(&View { remote: 1, ..View::default() })?;
    let message = "who is refused for its address gets in by writing another address into `x-forwarded-for`";
    let help = "ask for `ipBlocks`, or decide by address at the gateway alone";
    Ok(vec![Finding::of(found, message).help(help)])
}
