//! # A port behind the host gets around it
//!
//! `hosts` compares the whole `Host` header, port and trailing dot included, while routing does not look at the port. A DENY rule for
//! `admin.example.com` therefore does not see `admin.example.com:8443`, which reaches the same place.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {hosts: ["admin.example.com"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7303 behind the host
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {hosts: ["admin.example.com*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {hosts: ["api.example.com"]}}]
//! ```

use mp_ir::plan::{PermissionTest, PointKind};

use crate::encode::View;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::any_permission;
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7303",
    name: "host-port-bypass",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("host_port_bypass.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let asks = |policy| any_permission(policy, |test| matches!(test, PermissionTest::Host(_)));
    if !scene.rules().iter().any(|rule| rule.http.is_some_and(asks)) {
        return Ok(Vec::new());
    }
    let mut found = behind(scene, ":8443")?;
    // A gateway has no route for a host with a dot behind it, but a sidecar serves every host.
    if found.answer == Truth::Holds && scene.point.kind == PointKind::Sidecar {
        found = behind(scene, ".")?;
    }
    let message = "who is refused for the host gets in with a port, or a dot, behind the host";
    let help = "write the host with `*` behind it, or once more with `:*`";
    Ok(vec![Finding::of(found, message).help(help)])
}

fn behind(scene: &mut Scene<'_>, behind: &str) -> Result<crate::question::Answer, AskError> {
    scene.gained_by(&View { host_behind: behind.to_owned(), ..View::default() })
}
