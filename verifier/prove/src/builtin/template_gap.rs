//! # Characters that a path template does not match
//!
//! `{*}` and `{**}` do not match every character: a raw `[` or `]` is in none of them, and without normalisation neither are `"`, `<`, `>`
//! and some more. A DENY rule for `/admin/{**}` therefore lets `/admin/[x]` through. A prefix with `*` covers every character.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/{**}"]}}]
//! #                             ^^^^^^^^^^^^^ MP7306 does not match
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/{**}", "/admin/*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/{*}/items"]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::RbacAction;

use crate::automata::quote;
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, Value, only, value_alone, with_any_value};
use crate::scene::Scene;
use crate::space::{Key, Pattern};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7306",
    name: "template-gap",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("template_gap.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut out = Vec::new();
    for rule in scene.rules().iter() {
        for value in rule.values().into_iter().filter(|value| protects(rule, value)) {
            out.extend(gap(scene, rule, &value)?);
        }
    }
    Ok(out)
}

/// A template that says which requests are refused: in DENY rules as it stands, in ALLOW rules as an exception.
fn protects(rule: &Rule<'_>, value: &Value<'_>) -> bool {
    let refuses = match rule.action {
        RbacAction::Deny => !value.negated,
        RbacAction::Allow => value.negated,
        RbacAction::Log => false,
    };
    let paths = value.list.ends_with(".paths") || value.list.ends_with(".notPaths");
    refuses && paths && value.value.value.contains("{*")
}

/// What people mean by a template: any text, or any text without `/`.
fn meant(template: &str) -> String {
    let pieces = template
        .split("{**}")
        .map(|piece| piece.split("{*}").map(|part| quote(part.as_bytes())).collect::<Vec<_>>().join("[^/]+"));
    pieces.collect::<Vec<_>>().join("(?s:.*)")
}

fn gap(scene: &mut Scene<'_>, rule: &Rule<'_>, value: &Value<'_>) -> Result<Option<Finding>, AskError> {
    let (template, origin) = (&value.value.value, value.value.origin);
    let Some(alone) = rule.changed(|policy| value_alone(policy, origin)) else { return Ok(None) };
    let Some(freed) = rule.changed(|policy| Some(with_any_value(policy, origin))) else { return Ok(None) };
    let (only_alone, only_freed) = (only(scene.point, &alone.rule()), only(scene.point, &freed.rule()));
    let language = scene.languages().get(&meant(template));
    let head = template.split('{').next().unwrap_or_default().to_owned();
    let denies = rule.action == RbacAction::Deny;
    let found = scene.admitted(
        Need::Witness,
        |parts| {
            let wanted = parts.engine.atom(&Key::Path, Pattern::regex(&head, meant(template)));
            let matches = parts.matches(&alone.rule());
            let else_hit = parts.matches(&freed.rule());
            // A DENY rule would refuse the path if it matched, so the rest of the rule must match; an exception would spoil the ALLOW rule.
            let rest = if denies { else_hit } else { parts.matches(rule) };
            Bool::and(&[parts.http(), wanted, matches.not(), rest])
        },
        |witness| {
            let hit = |point| crate::ask::admitted(point, witness).admitted();
            let inside = language.as_ref().is_some_and(|l| l.contains(witness.request.path.as_bytes()));
            inside && !hit(&only_alone) && (!denies || hit(&only_freed))
        },
    )?;
    let message = format!("`{template}` does not match every path of its form, and such a path gets in");
    let help = "write a prefix with `*`, which covers every character";
    Ok(Some(Finding::of(found, message).at(origin).help(help)))
}
