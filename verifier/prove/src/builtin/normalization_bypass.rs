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

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::Bool;
use mp_eval::{PathOutcome, application_path, normalize};
use mp_ir::plan::{EnforcementPoint, HeaderTest, PermissionTest, PrincipalTest, RbacAction, TextMatch};

use crate::ask::{admitted, refused_by_policy, replayed};
use crate::assignment::Assignment;
use crate::automata::Languages;
use crate::caller::text_is;
use crate::encode::{self, View};
use crate::engine::Need;
use crate::invariant::Severity;
use crate::patterns::template_pattern;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{Answer, AskError, Truth, Witness};
use crate::rules::{Rule, Value};
use crate::scene::Scene;
use crate::space::Pattern;
use crate::spelling::{each, spell};
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
    let mut classes = Classes { patterns: path_patterns(scene.point), first: BTreeMap::new() };
    for rule in scene.rules().iter().copied().filter(|rule| rule.http.is_some()) {
        for value in rule.values().into_iter().filter(|value| protects(&rule, value)) {
            let text = &value.value.value;
            let found = around(scene, &mut classes, text)?;
            let message =
                format!("a path that `{text}` is meant to refuse gets in when it is spelt differently");
            let help = "set `pathNormalization.normalization: DECODE_AND_MERGE_SLASHES` in MeshConfig, or admit what is known instead";
            out.push(Finding::of(found, message).at(value.value.origin).help(help));
        }
    }
    Ok(out)
}

/// Paths that no rule of the point tells apart, by the patterns that they match. All that a rule sees of a path is its class.
struct Classes {
    patterns: Vec<Pattern>,
    /// The first path of each class, which stands for all of them.
    first: BTreeMap<Vec<bool>, Vec<u8>>,
}

impl Classes {
    /// The path that stands for the class of one.
    fn stand_in(&mut self, path: &[u8], languages: &Languages) -> Vec<u8> {
        let class = self.patterns.iter().map(|pattern| languages.fits(pattern, path)).collect();
        self.first.entry(class).or_insert_with(|| path.to_vec()).clone()
    }
}

/// Patterns over paths that some rule has.
fn path_patterns(point: &EnforcementPoint) -> Vec<Pattern> {
    let (mut tests, mut headers) = (Vec::new(), Vec::new());
    each(
        point,
        &mut |test| match test {
            PermissionTest::Path(text) => tests.push(Pattern::of_text(text)),
            PermissionTest::PathTemplate(template) => tests.push(template_pattern(template)),
            _ => {}
        },
        &mut |test| match test {
            PrincipalTest::Header(name, HeaderTest::Value(text)) if name.eq_ignore_ascii_case(":path") => {
                headers.push(Pattern::of_text(text));
            }
            _ => {}
        },
    );
    let all: BTreeSet<Pattern> = tests.into_iter().chain(headers).collect();
    all.into_iter().collect()
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
fn around(scene: &mut Scene<'_>, classes: &mut Classes, text: &str) -> Result<Answer, AskError> {
    let mut last = Answer { answer: Truth::Holds, witness: None, because: Vec::new(), unknown: None };
    let mut tried = BTreeSet::new();
    for ((seen, read), raw) in spellings(scene.point, text) {
        let pair = [&seen, &read].map(|path| classes.stand_in(path, scene.languages()));
        let [odd, plain] = &pair;
        if odd == plain || tried.contains(&pair) {
            continue;
        }
        let answer = spelt(scene, [odd, plain], &raw, &read)?;
        tried.insert(pair);
        if answer.answer == Truth::Violated {
            return Ok(answer);
        }
        if last.answer == Truth::Holds {
            last = answer;
        }
    }
    Ok(last)
}

/// The same for one spelling, where the rules see the first path of two, and would see the second one if it were spelt plainly.
fn spelt(
    scene: &mut Scene<'_>,
    [odd, plain]: [&Vec<u8>; 2],
    raw: &str,
    read: &[u8],
) -> Result<Answer, AskError> {
    let point = scene.point;
    let with = |path: &[u8]| View { path: Some(path.to_vec()), ..View::default() };
    let make = |found: &Assignment| {
        let mut witness = witness::witness(found, point);
        raw.clone_into(&mut witness.request.path);
        let mut twin = witness.request.clone();
        twin.path = read.iter().map(|b| char::from(*b)).collect();
        Witness { twin: Some(twin), ..witness }
    };
    scene.seek_as(
        Need::Witness,
        |parts| {
            let odd = encode::answer(parts.engine, point, &with(odd));
            let plain = encode::answer(parts.engine, point, &with(plain));
            let refused = Bool::and(&[plain.feasible, plain.admitted.not()]);
            Bool::and(&[parts.http(), parts.declared_port(), odd.admitted, refused])
        },
        make,
        |witness| {
            let twin = witness.twin.as_ref().unwrap_or(&witness.request);
            let (odd, plain) = (admitted(point, witness), replayed(point, twin, witness));
            let so = odd.admitted() && refused_by_policy(&plain);
            so.then(|| vec![odd, plain])
                .ok_or_else(|| "the spellings should be answered differently".to_owned())
        },
    )
}
