//! # Dead rule
//!
//! No request at all matches the rule: what it asks for contradicts itself, the workload, or the requests that can reach a proxy. A dead
//! ALLOW rule admits nobody, and a dead DENY rule protects nothing. The reasons name the lines that together leave no request: often a
//! path without its leading `/`, a method in lower case, an identity on a port that takes plain text alone, or a claim where no
//! RequestAuthentication applies. HTTP and bytes are looked at apart, so a DENY rule that closes a TCP port is alive.
//!
//! A rule is reported when it is dead at every workload that has it.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7101 no request matches
//! ```
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: staff, namespace: shop}
//! spec:
//!   rules:
//!   - when: [{key: "request.auth.claims[group]", values: [staff]}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7101 no request matches
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"], ports: ["9999"]}}]
//!   - from: [{source: {notNamespaces: [shop]}}]
//!     to: [{operation: {methods: [GET]}}]
//! ```
//! Callers of a gateway's TLS server say a server name though they have no identity, and one that must show a certificate may have one:
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 443}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {app: edge}
//!   servers:
//!   - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.example.com], tls: {mode: SIMPLE, credentialName: c}}
//!   - {port: {number: 8443, name: mutual, protocol: HTTPS}, hosts: [b.example.com], tls: {mode: MUTUAL, credentialName: d}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   rules:
//!   - when: [{key: connection.sni, values: [a.example.com]}]
//!     to: [{operation: {ports: ["443"]}}]
//!   - from: [{source: {principals: ["cluster.local/ns/web/sa/a"]}}]
//!     to: [{operation: {ports: ["8443"]}}]
//! ```

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, names_tokens};
use crate::scene::{Goal, Scene};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7101",
    name: "dead-rule",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("dead_rule.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    let found = scene.matched(rule, Goal::Nothing)?;
    let help = if scene.point.http.jwt.is_none() && rule.http.is_some_and(names_tokens) {
        "no RequestAuthentication applies here, so no request has a checked token; add one"
    } else {
        "mend the value that never fits, or take the rule out"
    };
    Ok(Some(Finding::absent(found, format!("no request matches {}", rule.shown())).help(help)))
}
