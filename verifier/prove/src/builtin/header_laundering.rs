//! # One more header line gets around a DENY rule
//!
//! A header that comes in several lines fits when one of them does. A DENY rule on what a header is not (`notValues`) is therefore met by
//! sending the good value in a further line; the application behind may read the first.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: tenant, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: "request.headers[x-tenant]", notValues: [a]}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7304 one more line
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: tenant, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: "request.headers[x-tenant]", values: [b]}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: allow-tenant, namespace: shop}
//! spec:
//!   rules:
//!   - when: [{key: "request.headers[x-tenant]", values: [a]}]
//! ```

use std::collections::BTreeSet;

use mp_ir::plan::{PrincipalTest, RbacAction, is_one_line};

use crate::encode::View;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{any_principal, enforced, without_action};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7304",
    name: "header-laundering",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("header_laundering.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut names = BTreeSet::new();
    for policy in enforced(scene.point, RbacAction::Deny).flat_map(|rules| &rules.policies) {
        any_principal(policy, |test| {
            if let PrincipalTest::Header(name, _) = test {
                names.insert(name.to_ascii_lowercase());
            }
            false
        });
    }
    // What is kept in one line has one value, whatever comes in further lines.
    names.retain(|name| !name.starts_with(':') && name != "host" && !is_one_line(name));
    // Who may send a header may send the right one: only what DENY rules refuse can be got around.
    let denying = without_action(scene.point, RbacAction::Allow);
    let mut out = Vec::new();
    for name in names {
        let view = View { extra_header: Some(name.clone()), ..View::default() };
        let found = scene.gained_at(&denying, &view)?;
        let message = format!("who is refused for the header `{name}` gets in with one more line of it");
        out.push(
            Finding::of(found, message)
                .help("deny the values that must not be, or let the gateway overwrite the header"),
        );
    }
    Ok(out)
}
