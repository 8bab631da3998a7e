//! # Another spelling of a path gets around it
//!
//! The application behind may read a path differently from the proxy: doubled slashes merged, `%2F` decoded, dot segments resolved once
//! more. A path that a DENY rule refuses, or that an ALLOW rule excepts, gets in when it is spelt so that the proxy sees another one. What
//! is tried are the usual spellings, for an application that decodes, merges slashes and resolves dots; `pathNormalization` in MeshConfig
//! says how much of this the proxy does itself.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/*"]}}]
//! #                             ^^^^^^^^^^ MP7307 spelt
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data: {mesh: 'pathNormalization: {normalization: DECODE_AND_MERGE_SLASHES}'}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/*"]}}]
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api-alone, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/items"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin/*"]}}]
//! ```

use std::collections::BTreeMap;

use crate::formula::Bool;
use mp_eval::{PathOutcome, application_path, normalize};
use mp_ir::plan::{EnforcementPoint, RbacAction, TextMatch};

use crate::ask::{self, conclude, engine_for};
use crate::assignment::Flag;
use crate::caller::text_is;
use crate::encode::{self, View};
use crate::engine::Engine;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{Answer, AskError, Truth};
use crate::rules::{Rule, Value};
use crate::scene::Scene;
use crate::spelling::spell;
use crate::witness;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7307",
    name: "normalization-bypass",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("normalization_bypass.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut out = Vec::new();
    // One engine for all spellings: what does not speak of paths is the same for each.
    let mut engine = engine_for(&[scene.point]);
    for rule in scene.rules().iter().copied().filter(|rule| rule.http.is_some()) {
        for value in rule.values().into_iter().filter(|value| protects(&rule, value)) {
            let text = &value.value.value;
            let found = around(&mut engine, scene.point, text)?;
            let message =
                format!("a path that `{text}` is meant to refuse gets in when it is spelt differently");
            let help = "set `pathNormalization.normalization: DECODE_AND_MERGE_SLASHES` in MeshConfig, or admit what is known instead";
            out.push(Finding::of(found, message).at(value.value.origin).help(help));
        }
    }
    Ok(out)
}

fn protects(rule: &Rule<'_>, value: &Value<'_>) -> bool {
    let refuses = match rule.action {
        RbacAction::Deny => value.list.ends_with(".paths"),
        RbacAction::Allow => value.list.ends_with(".notPaths"),
        RbacAction::Log => false,
    };
    refuses && value.value.value.starts_with('/') && !value.value.value.contains('{')
}

/// Spellings that the proxy sees outside of a pattern and the application inside, by what each sees.
fn spellings(point: &EnforcementPoint, text: &str) -> BTreeMap<(Vec<u8>, Vec<u8>), String> {
    let pattern = TextMatch::from_wildcard(text);
    let stem = match &pattern {
        TextMatch::Exact(whole) => whole.clone(),
        TextMatch::Prefix(start) => format!("{start}x"),
        TextMatch::Suffix(_) | TextMatch::NotEmpty => return BTreeMap::new(),
    };
    let inside = |path: &[u8]| std::str::from_utf8(path).is_ok_and(|path| text_is(&pattern, path));
    let mut out = BTreeMap::new();
    for raw in spell(&stem) {
        let PathOutcome::Path(seen) = normalize(raw.as_bytes(), point.paths) else { continue };
        // What the application reads is what the proxy passes on.
        let read = application_path(&seen);
        if inside(&read) && !inside(&seen) {
            out.entry((seen, read)).or_insert(raw);
        }
    }
    out
}

/// A request that gets in with another spelling and is refused with the plain one.
fn around(engine: &mut Engine, point: &EnforcementPoint, text: &str) -> Result<Answer, AskError> {
    let mut last = Answer { answer: Truth::Holds, witness: None, because: Vec::new(), unknown: None };
    for ((seen, read), raw) in spellings(point, text) {
        engine.begin();
        let with = |path: &[u8]| View { path: Some(path.to_vec()), ..View::default() };
        let odd = encode::answer(engine, point, &with(&seen));
        let plain = encode::answer(engine, point, &with(&read));
        let refused = Bool::and(&[plain.feasible, plain.admitted.not()]);
        let goal = Bool::and(&[engine.flag(Flag::Http), odd.admitted, refused]);
        let make = |found: &crate::assignment::Assignment| {
            let mut witness = witness::witness(found, point);
            raw.clone_into(&mut witness.request.path);
            let mut twin = witness.request.clone();
            twin.path = read.iter().map(|b| char::from(*b)).collect();
            crate::question::Witness { twin: Some(twin), ..witness }
        };
        let answer = conclude(engine.solve(&goal), make, |witness| {
            let twin = witness.twin.as_ref().unwrap_or(&witness.request);
            let (odd, plain) = (ask::admitted(point, witness), ask::replayed(point, twin, witness));
            let so = odd.admitted() && ask::refused_by_policy(&plain);
            so.then(|| vec![odd, plain])
                .ok_or_else(|| "the spellings should be answered differently".to_owned())
        })?;
        if answer.answer == Truth::Violated {
            return Ok(answer);
        }
        if last.answer == Truth::Holds {
            last = answer;
        }
    }
    Ok(last)
}
