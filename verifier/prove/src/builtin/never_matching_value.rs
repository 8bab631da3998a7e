//! # Value that never matches
//!
//! No request can have this value: a path without leading `/` or with a query, a method in lower case, a `*` in the middle of a path, an
//! identity on a port that takes plain text alone, an issuer cut at the wrong `/`. In a list of things that must not be it excludes
//! nothing. The other values of the rule may work; this one does not.
//!
//! Ports are left out, because a Pod takes connections on any port.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to:
//!     - operation:
//!         paths: ["/api/*", "status"]
//! #                         ^^^^^^^^ MP7102 no request has this value
//!         methods: [GET, post]
//! #                      ^^^^ MP7102 no request has this value
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to:
//!     - operation:
//!         paths: ["/api/*", "*.js", "/status", "/a/{*}/b"]
//!         methods: [GET, "P*"]
//!         ports: ["15020"]
//!         hosts: ["WEB.example.com", "*.example.com:8080"]
//! ```

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, Value};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7102",
    name: "never-matching-value",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("never_matching_value.rs"),
    ask: Ask::Value(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>, value: &Value<'_>) -> Result<Option<Finding>, AskError> {
    if value.is_of_ports(rule) {
        return Ok(None);
    }
    let Some(alone) = rule.changed(|policy| crate::rules::value_alone(policy, value.value.origin)) else {
        return Ok(None);
    };
    let found = scene.has_value(rule, value.value.origin, &alone.rule())?;
    let message = format!("no request has this value: `{}` in `{}`", value.value.value, value.list);
    let help = if value.list.ends_with("aths") && !value.value.value.starts_with(['/', '*', '{']) {
        "paths begin with `/`"
    } else if value.list.ends_with("ethods") {
        "methods are compared with regard to case: write them in capitals"
    } else {
        "mend the value, or take it out"
    };
    Ok(Some(Finding::absent(found, message).help(help)))
}
