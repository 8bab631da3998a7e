//! # Decided differently by an older version
//!
//! Fixes changed what policies mean, so that proxies of two versions decide some requests differently while an upgrade is on its way, and the
//! mesh decides them differently afterwards. In `serviceAccounts` a dot matched any character in Istio 1.25.0 to 1.27.8, 1.28.0 to 1.28.5
//! and 1.29.0 to 1.29.1 (CVE-2026-39350); since then it is a dot.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {serviceAccounts: ["web/front.end"]}}]
//! #                                      ^^^^^^^^^^^^^^^ MP7405 any character
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {serviceAccounts: ["web/front-end"]}}]
//!   - from: [{source: {principals: ["cluster.local/ns/web/sa/front.end"]}}]
//! ```

use crate::formula::Bool;
use mp_ir::plan::RbacAction;

use crate::automata::{Language, quote};
use crate::encode::{self, View};
use crate::engine::Need;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::rules::{Rule, Value, only, value_alone, with_any_value, without_action};
use crate::scene::Scene;
use crate::space::{Key, Pattern};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7405",
    name: "upgrade-difference",
    group: Group::Planes,
    severity: Severity::Info,
    source: include_str!("upgrade_difference.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut out = Vec::new();
    for rule in scene.rules().iter().copied().filter(|rule| rule.action != RbacAction::Log) {
        let dotted =
            |value: &Value<'_>| value.list.ends_with(".serviceAccounts") && value.value.value.contains('.');
        for value in rule.values().into_iter().filter(dotted) {
            out.extend(difference(scene, &rule, &value)?);
        }
    }
    Ok(out)
}

/// The identities that the value matched when its dots were any character.
fn before(rule: &Rule<'_>, value: &str) -> String {
    let home = rule.written.map_or("", |(policy, _)| policy.meta.namespace());
    let (namespace, name) = value.split_once('/').unwrap_or((home, value));
    let loose = |text: &str| text.split('.').map(|part| quote(part.as_bytes())).collect::<Vec<_>>().join(".");
    format!("spiffe://.+/ns/{}/(?:.+/)?sa/{}(?:/.+)?", loose(namespace), loose(name))
}

fn difference(
    scene: &mut Scene<'_>,
    rule: &Rule<'_>,
    value: &Value<'_>,
) -> Result<Option<Finding>, AskError> {
    let (text, origin) = (&value.value.value, value.value.origin);
    let Some(alone) = rule.changed(|policy| value_alone(policy, origin)) else { return Ok(None) };
    let Some(freed) = rule.changed(|policy| Some(with_any_value(policy, origin))) else { return Ok(None) };
    let (only_alone, only_freed) = (only(scene.point, &alone.rule()), only(scene.point, &freed.rule()));
    let (regex, point) = (before(rule, text), scene.point);
    let language = Language::new(&regex, false, "");
    // Where the rule did not match before, nothing but rules of its own kind had a say.
    let rest = without_action(point, rule.action);
    let admits = rule.action == RbacAction::Allow;
    let found = scene.seek(
        Need::Witness,
        |parts| {
            let loose = parts.engine.atom(&Key::Peer, Pattern::regex("spiffe://", regex.clone()));
            let (exact, hit) = (parts.matches(&alone.rule()), parts.matches(&freed.rule()));
            let passes = encode::answer(parts.engine, &rest, &View::default()).admitted;
            let now = parts.admitted();
            let changed = if admits { now.not() } else { now };
            Bool::and(&[passes, changed, loose, exact.not(), hit])
        },
        |witness| {
            let admitted = |point| crate::ask::admitted(point, witness).admitted();
            let peer = witness.request.peer.as_deref().unwrap_or_default();
            let loose = language.as_ref().is_some_and(|language| language.contains(peer.as_bytes()));
            let decision = crate::ask::admitted(point, witness);
            let so =
                loose && admitted(&only_freed) && !admitted(&only_alone) && decision.admitted() != admits;
            so.then(|| vec![decision]).ok_or_else(|| "the versions should differ".to_owned())
        },
    )?;
    let message = format!("in `{text}` a dot matched any character before Istio 1.29.2, 1.28.6 and 1.27.9");
    let help = "upgrade all proxies, or write the account as a principal";
    Ok(Some(Finding::of(found, message).at(origin).help(help)))
}
