//! # A trust domain that no policy names
//!
//! The mesh has aliases of its trust domain. istiod extends every principal of the local domain to all of them, so a rule that names one
//! domain admits callers of another. That is what aliases are for, during a migration; afterwards it is easily forgotten.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: 'trustDomainAliases: [old.example]'}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: ["cluster.local/ns/web/sa/web"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7205 old.example
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: 'trustDomainAliases: [old.example]'}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: ["cluster.local/ns/web/sa/web", "old.example/ns/web/sa/web"]}}]
//!   - from: [{source: {namespaces: [web]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::RbacAction;

use crate::caller::{self, Who};
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, only};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7205",
    name: "trust-domain-alias",
    group: Group::Exposure,
    severity: Severity::Info,
    source: include_str!("trust_domain_alias.rs"),
    ask: Ask::Rule(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>) -> Result<Option<Finding>, AskError> {
    let named: Vec<&str> = rule
        .values()
        .iter()
        .filter(|value| value.list.ends_with(".principals"))
        .filter_map(|value| value.value.value.split_once('/').map(|(domain, _)| domain))
        .collect();
    let domains = scene.point.trust_domains.clone();
    let names_one = named.iter().any(|name| domains.iter().any(|domain| domain == name));
    if rule.action != RbacAction::Allow
        || domains.len() < 2
        || !names_one
        || named.iter().any(|n| n.contains('*'))
    {
        return Ok(None);
    }
    let this = only(scene.point, rule);
    let other =
        domains.iter().filter(|domain| !named.contains(&domain.as_str()) && *domain != "cluster.local");
    let from = other.map(|domain| vec![Who::TrustDomain(domain.clone())]).collect::<caller::Callers>();
    if from.is_empty() {
        return Ok(None);
    }
    let point = scene.point;
    let found = scene.admitted(
        Need::Witness,
        |parts| {
            let stranger = caller::formula(&from, parts.engine, point);
            Bool::and(&[parts.matches(rule), stranger])
        },
        |witness| {
            crate::ask::admitted(&this, witness).admitted() && caller::hold(&from, point, &witness.request)
        },
    )?;
    let message = format!("{} admits callers of {}, which it does not name", rule.shown(), names(&from));
    Ok(Some(
        Finding::of(found, message)
            .help("take the alias out of the mesh's configuration once the migration is over"),
    ))
}

fn names(domains: &caller::Callers) -> String {
    let name = |who: &Who| match who {
        Who::TrustDomain(name) => Some(format!("`{name}`")),
        _ => None,
    };
    domains.iter().flatten().filter_map(name).collect::<Vec<_>>().join(", ")
}
