//! # Redundant value
//!
//! The other values of the list cover this one, so that taking it out changes nothing. Such values are harmless as such, but who shortens
//! the list later may take out the wrong one.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*", "/api/v1/items"]}}]
//! #                                       ^^^^^^^^^^^^^^^ MP7103 the others cover it
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api", "/api/*", "/v1/{*}/items", "/v1/a/items/"], methods: [GET, HEAD]}}]
//!   - from: [{source: {namespaces: ["web"], principals: ["cluster.local/ns/web/sa/a", "*/sa/b"]}}]
//! ```

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::rules::{Rule, Value, value_alone, without_value};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7103",
    name: "redundant-value",
    group: Group::Rules,
    severity: Severity::Info,
    source: include_str!("redundant_value.rs"),
    ask: Ask::Value(ask),
};

fn ask(scene: &mut Scene<'_>, rule: &Rule<'_>, value: &Value<'_>) -> Result<Option<Finding>, AskError> {
    let origin = value.value.origin;
    if value.beside < 2 {
        return Ok(None);
    }
    let Some(without) = rule.changed(|policy| without_value(policy, origin)) else { return Ok(None) };
    let found = scene.matched_differently(rule, &without.rule(), origin)?;
    if found.answer != Truth::Violated {
        let Some(alone) = rule.changed(|policy| value_alone(policy, origin)) else { return Ok(None) };
        // A value that fits nothing is another finding.
        if found.answer == Truth::Holds
            && scene.has_value(rule, origin, &alone.rule())?.answer != Truth::Violated
        {
            return Ok(None);
        }
    }
    let message = format!("`{}` in `{}` changes nothing: the others cover it", value.value.value, value.list);
    Ok(Some(Finding::absent(found, message).help("take it out")))
}
