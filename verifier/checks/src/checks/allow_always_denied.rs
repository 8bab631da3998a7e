//! # ALLOW rule that a DENY rule always beats
//!
//! DENY policies are asked before ALLOW policies. Every request that this ALLOW rule admits is refused by a DENY rule for the same workloads, so that the rule
//! never admits anything. Values are compared by what they match: exact, prefix (`a*`), suffix (`*a`) and `*`.
//!
//! This is the quick form, which compares one rule with one rule. MP7104 (`meshproof verify`) proves the same of all rules together.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: ops-admin, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/ops/sa/op]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP3002 shop/no-admin
//!     to: [{operation: {paths: [/admin/*]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: [/admin/*, /debug/*]}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: ops-admin, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/ops/sa/op]}}]
//!     to: [{operation: {paths: [/admin/*, /status]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - from: [{source: {notPrincipals: [cluster.local/ns/ops/sa/op]}}]
//!     to: [{operation: {paths: [/admin/*]}}]
//!   - to: [{operation: {paths: [/admin/*], methods: [POST]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: other, namespace: shop}
//! spec:
//!   action: DENY
//!   selector: {matchLabels: {app: web}}
//!   rules:
//!   - to: [{operation: {paths: [/admin/*, /status]}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Operation, Source, Values,
};

use crate::hosts::carries;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3002",
    name: "allow-always-denied",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("allow_always_denied.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let with = |action: AuthorizationAction| {
        let fits = move |p: &&AuthorizationPolicy| p.action == action && !p.dry_run && p.targets.is_empty();
        cx.mesh.authorization_policies.iter().filter(fits)
    };
    let denies: Vec<&AuthorizationPolicy> = with(AuthorizationAction::Deny).collect();
    for policy in with(AuthorizationAction::Allow) {
        let beats = |deny: &&&AuthorizationPolicy| {
            let home = deny.meta.namespace();
            let near = home == policy.meta.namespace() || home == cx.mesh.settings.root_namespace;
            near && carries(&policy.selector, &deny.selector)
        };
        for (at, rule) in policy.rules.iter().enumerate() {
            let found = denies
                .iter()
                .filter(beats)
                .find_map(|deny| deny.rules.iter().find(|own| covers(own, rule)).map(|own| (*deny, own)));
            if let Some((deny, own)) = found {
                report(out, (policy, at, rule), deny, own);
            }
        }
    }
}

/// Whether every request of a rule also meets a DENY rule. "No" may mean "not known".
fn covers(deny: &AuthorizationRule, rule: &AuthorizationRule) -> bool {
    let (no_source, no_operation) = ([Source::default()], [Operation::default()]);
    let from = if rule.from.is_empty() { no_source.as_slice() } else { rule.from.as_slice() };
    let to = if rule.to.is_empty() { no_operation.as_slice() } else { rule.to.as_slice() };
    let stated = |when: &Condition| rule.when.iter().any(|own| same(own, when));
    (deny.from.is_empty() || from.iter().all(|own| deny.from.iter().any(|wide| source_covers(wide, own))))
        && (deny.to.is_empty() || to.iter().all(|own| deny.to.iter().any(|wide| operation_covers(wide, own))))
        && deny.when.iter().all(stated)
}

fn same(a: &Condition, b: &Condition) -> bool {
    let equal =
        |a: &Values, b: &Values| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value == b.value);
    a.key.value == b.key.value && equal(&a.values, &b.values) && equal(&a.not_values, &b.not_values)
}

fn source_covers(wide: &Source, own: &Source) -> bool {
    let any = [
        (&wide.principals, &own.principals),
        (&wide.request_principals, &own.request_principals),
        (&wide.namespaces, &own.namespaces),
        (&wide.service_accounts, &own.service_accounts),
        (&wide.trust_domains, &own.trust_domains),
        (&wide.ip_blocks, &own.ip_blocks),
        (&wide.remote_ip_blocks, &own.remote_ip_blocks),
    ];
    let none = [
        (&wide.not_principals, &own.not_principals),
        (&wide.not_request_principals, &own.not_request_principals),
        (&wide.not_namespaces, &own.not_namespaces),
        (&wide.not_service_accounts, &own.not_service_accounts),
        (&wide.not_trust_domains, &own.not_trust_domains),
        (&wide.not_ip_blocks, &own.not_ip_blocks),
        (&wide.not_remote_ip_blocks, &own.not_remote_ip_blocks),
    ];
    any.iter().all(|(wide, own)| any_covers(wide, own))
        && none.iter().all(|(wide, own)| none_covers(wide, own))
}

fn operation_covers(wide: &Operation, own: &Operation) -> bool {
    let any = [
        (&wide.hosts, &own.hosts),
        (&wide.ports, &own.ports),
        (&wide.methods, &own.methods),
        (&wide.paths, &own.paths),
    ];
    let none = [
        (&wide.not_hosts, &own.not_hosts),
        (&wide.not_ports, &own.not_ports),
        (&wide.not_methods, &own.not_methods),
        (&wide.not_paths, &own.not_paths),
    ];
    any.iter().all(|(wide, own)| any_covers(wide, own))
        && none.iter().all(|(wide, own)| none_covers(wide, own))
}

fn any_covers(wide: &Values, own: &Values) -> bool {
    let known = |value: &str| wide.iter().any(|wide| value_covers(&wide.value, value));
    wide.is_empty() || !own.is_empty() && own.iter().all(|own| known(&own.value))
}

/// What the wide side excludes, the other side excludes too.
fn none_covers(wide: &Values, own: &Values) -> bool {
    wide.iter().all(|wide| own.iter().any(|own| value_covers(&own.value, &wide.value)))
}

fn value_covers(wide: &str, own: &str) -> bool {
    if wide == own || wide == "*" {
        return true;
    }
    // `{*}` and `{**}` are templates of path segments.
    if wide.contains('{') || own.contains('{') {
        return false;
    }
    let own_is_suffix = own.starts_with('*');
    match (wide.strip_suffix('*'), wide.strip_prefix('*')) {
        (Some(start), _) => !own_is_suffix && own.strip_suffix('*').unwrap_or(own).starts_with(start),
        (_, Some(end)) => !own.ends_with('*') && own.strip_prefix('*').unwrap_or(own).ends_with(end),
        _ => false,
    }
}

fn report(
    out: &mut Findings,
    (policy, at, rule): (&AuthorizationPolicy, usize, &AuthorizationRule),
    deny: &AuthorizationPolicy,
    own: &AuthorizationRule,
) {
    out.report(
        rule.origin,
        &policy.meta.object,
        format!("spec.rules[{at}]"),
        format!("rule {at} never admits anything: {} refuses all of its requests", deny.meta.object),
    )
    .label("DENY is asked first")
    .also(own.origin, "this rule refuses them")
    .help("make an exception in the DENY rule (`notPrincipals`, `notPaths`), or remove the ALLOW rule");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cover_others() {
        for (wide, own) in [("/a/*", "/a/b"), ("/a/*", "/a/b*"), ("*", "x"), ("*.b", "a.b"), ("a", "a")] {
            assert!(value_covers(wide, own), "{wide} {own}");
        }
        for (wide, own) in
            [("/a/*", "/a"), ("/a/*", "*/a/"), ("a", "a*"), ("*.b", "a.b*"), ("/{*}", "/a"), ("/a*", "/a{*}")]
        {
            assert!(!value_covers(wide, own), "{wide} {own}");
        }
    }
}
