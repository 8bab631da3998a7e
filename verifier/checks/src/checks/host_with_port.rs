//! # Host in a DENY rule without its port
//!
//! The `Host` of a request may carry a port (`shop.example:8080`), and the value of `hosts` is compared with all of it. A DENY rule for `shop.example` alone does not refuse
//! requests that name the port, and every client may.
//!
//! This is the quick form, which looks at one value. MP7303 (`meshproof verify`) finds a request that gets in by its port.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: closed, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {hosts: [shop.example]}}]
//! #                             ^^^^^^^^^^^^ MP3008 shop.example:80
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: closed, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {hosts: [shop.example, "shop.example:*"]}}]
//!   - to: [{operation: {hosts: ["*.example*", "pay.example*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: open, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {hosts: [shop.example]}}]
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::{AuthorizationAction, AuthorizationPolicy, Operation};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3008",
    name: "host-with-port",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("host_with_port.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for policy in &cx.mesh.authorization_policies {
        let all: Vec<&At<String>> = policy
            .rules
            .iter()
            .flat_map(|rule| &rule.to)
            .filter_map(|to| list(policy, to))
            .flatten()
            .collect();
        for (at, rule) in policy.rules.iter().enumerate() {
            let hosts = rule.to.iter().filter_map(|to| list(policy, to)).flatten();
            for host in hosts.filter(|host| is_open(&host.value, &all)) {
                out.report(
                    host.origin,
                    &policy.meta.object,
                    format!("spec.rules[{at}].to"),
                    format!("`Host: {}:80` is not refused", host.value),
                )
                .label("compared with the whole `Host`, its port included")
                .help(format!("add `{}:*`", host.value));
            }
        }
    }
}

/// The hosts that must not pass.
fn list<'a>(policy: &AuthorizationPolicy, operation: &'a Operation) -> Option<&'a [At<String>]> {
    match policy.action {
        AuthorizationAction::Deny => Some(&operation.hosts),
        AuthorizationAction::Allow => Some(&operation.not_hosts),
        AuthorizationAction::Audit | AuthorizationAction::Custom(_) => None,
    }
}

/// Whether the host stands without a port, and no other value covers it with one.
fn is_open(host: &str, all: &[&At<String>]) -> bool {
    let with_port = format!("{host}:");
    let covers = |other: &At<String>| match other.value.strip_suffix('*') {
        Some(start) => with_port.starts_with(start.trim_start_matches('*')) || start.starts_with('*'),
        None => other.value.starts_with(&with_port),
    };
    !host.ends_with('*') && !host.contains(':') && !all.iter().any(|other| covers(other))
}
