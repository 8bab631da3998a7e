//! All invariants and built-in properties over all enforcement points.

use std::collections::BTreeMap;

use mp_eval::{Surroundings, decide};
use mp_ir::base::Origin;
use mp_ir::plan::{
    EnforcementPoint, HttpSecurity, Policy, Principal, PrincipalTest, RbacAction, RbacFilter, RbacRules,
    TcpSecurity, Tree,
};

use crate::ask::{self, Subject};
use crate::engine::Reason;
use crate::invariant::{Invariant, Place, Severity, Verb};
use crate::predicate::{Predicate, Presence};
use crate::question::{Answer, AskError, Kind, Truth, Witness};

/// Properties that need no invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builtin {
    /// Requests without a peer identity reach a workload whose policies name peers.
    OpenToPlaintext,
    /// A rule that no request matches.
    DeadRule,
    /// An ALLOW rule whose requests are all refused.
    ShadowedRule,
    /// Policies that refuse every request without saying so.
    AllowNothing,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Builtin; 4] =
        [Builtin::OpenToPlaintext, Builtin::DeadRule, Builtin::ShadowedRule, Builtin::AllowNothing];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Builtin::OpenToPlaintext => "open-to-plaintext",
            Builtin::DeadRule => "dead-rule",
            Builtin::ShadowedRule => "shadowed-rule",
            Builtin::AllowNothing => "allow-nothing",
        }
    }
}

/// One property at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Name of the invariant or built-in property.
    pub name: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Namespace and name of the workload.
    pub workload: (String, String),
    /// Workloads that are the same point.
    pub twins: Vec<(String, String)>,
    /// The rule it is about.
    pub rule: Option<String>,
    /// Whether it holds.
    pub answer: Truth,
    /// What refutes it, or shows it for `some`.
    pub witness: Option<Witness>,
    /// What the answer rests on.
    pub because: Vec<Reason>,
    /// Why there is no answer.
    pub unknown: Option<String>,
    /// Where the property or the rule is written.
    pub origin: Origin,
    /// File and line of the invariant.
    pub place: Option<(String, usize)>,
}

/// All verdicts: by point in the order of workloads, then by property.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// One per property and point.
    pub verdicts: Vec<Verdict>,
    /// Contradictions between solver and evaluator: mistakes of this program.
    pub internal: Vec<String>,
}

/// What to prove.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Built-in properties.
    pub builtins: Vec<Builtin>,
}

/// Proves invariants and built-in properties at every point. `subject.point` is ignored; its facts and lowering count.
#[must_use]
pub fn verify(
    points: &[EnforcementPoint],
    subject: &Subject<'_>,
    invariants: &[Invariant],
    options: &Options,
) -> Report {
    let mut report = Report::default();
    for point in distinct(points) {
        let subject = Subject { point: &point, ..*subject };
        for invariant in invariants.iter().filter(|inv| applies(&inv.at, &point)) {
            let found = invariant_at(&point, invariant);
            add(&mut report, &point, found, |verdict| {
                verdict.name.clone_from(&invariant.name);
                verdict.severity = invariant.severity;
                verdict.place = Some(invariant.place.clone());
            });
        }
        for builtin in &options.builtins {
            builtin_at(&subject, *builtin, &mut report);
        }
    }
    let meant = |invariant: &&Invariant| points.iter().any(|point| applies(&invariant.at, point));
    report.verdicts.extend(invariants.iter().filter(|inv| !meant(inv)).map(nowhere));
    report
}

/// An invariant that is asked nowhere proves nothing: a misspelt name must not look like a promise kept.
fn nowhere(invariant: &Invariant) -> Verdict {
    Verdict {
        name: invariant.name.clone(),
        severity: invariant.severity,
        workload: (String::new(), String::new()),
        twins: Vec::new(),
        rule: None,
        answer: Truth::Unknown,
        witness: None,
        because: Vec::new(),
        unknown: Some("no workload of the input is where it is asked".to_owned()),
        origin: None,
        place: Some(invariant.place.clone()),
    }
}

/// Points that decide alike are asked once.
fn distinct(points: &[EnforcementPoint]) -> Vec<EnforcementPoint> {
    let mut out: Vec<EnforcementPoint> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for point in points {
        let bare = EnforcementPoint {
            name: String::new(),
            addresses: Vec::new(),
            twins: Vec::new(),
            ..point.clone()
        };
        let same = seen.get(&format!("{bare:?}")).copied();
        match same.and_then(|at| out.get_mut(at)) {
            Some(first) => first.twins.push((point.namespace.clone(), point.name.clone())),
            None => {
                seen.insert(format!("{bare:?}"), out.len());
                out.push(point.clone());
            }
        }
    }
    out
}

fn applies(place: &Place, point: &EnforcementPoint) -> bool {
    let one = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    };
    let named = |pattern: &str, namespace: &str, name: &str| {
        pattern.split_once('/').is_some_and(|(ns, rest)| one(ns, namespace) && one(rest, name))
    };
    let names = std::iter::once((&point.namespace, &point.name))
        .chain(point.twins.iter().map(|(ns, name)| (ns, name)));
    let workload = place
        .workload
        .as_ref()
        .is_none_or(|pattern| names.clone().any(|(ns, name)| named(pattern, ns, name)));
    let service = place.service.as_ref().is_none_or(|pattern| {
        point.ports.iter().any(|port| {
            let mut labels = port.host.split('.');
            let (name, namespace) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
            named(pattern, namespace, name)
        })
    });
    workload && service && (!place.gateways || point.kind == mp_ir::plan::PointKind::Gateway)
}

fn invariant_at(point: &EnforcementPoint, invariant: &Invariant) -> Result<Answer, AskError> {
    let unless = invariant.unless.as_ref();
    match invariant.verb {
        Verb::Never => ask::never_unless(point, &invariant.of, unless),
        Verb::Always => ask::always_unless(point, &invariant.of, unless),
        Verb::Some => ask::never_unless(point, &invariant.of, unless).map(|answer| {
            let turned = match answer.answer {
                Truth::Holds => Truth::Violated,
                Truth::Violated => Truth::Holds,
                Truth::Unknown => Truth::Unknown,
            };
            Answer { answer: turned, ..answer }
        }),
    }
}

fn add(
    report: &mut Report,
    point: &EnforcementPoint,
    found: Result<Answer, AskError>,
    name: impl FnOnce(&mut Verdict),
) {
    let answer = match found {
        Ok(answer) => answer,
        Err(AskError::NotThere(reason)) => {
            Answer { answer: Truth::Unknown, witness: None, because: Vec::new(), unknown: Some(reason) }
        }
        Err(error @ AskError::Mismatch(_)) => {
            report.internal.push(error.to_string());
            return;
        }
    };
    let mut verdict = Verdict {
        name: String::new(),
        severity: Severity::Warning,
        workload: (point.namespace.clone(), point.name.clone()),
        twins: point.twins.clone(),
        rule: None,
        answer: answer.answer,
        witness: answer.witness,
        because: answer.because,
        unknown: answer.unknown,
        origin: None,
        place: None,
    };
    name(&mut verdict);
    report.verdicts.push(verdict);
}

fn builtin_at(subject: &Subject<'_>, builtin: Builtin, report: &mut Report) {
    let point = subject.point;
    let enforced = point.http.rbac.iter().filter_map(|filter| filter.rules.as_ref());
    match builtin {
        Builtin::OpenToPlaintext => open_to_plaintext(point, enforced, report),
        Builtin::AllowNothing => {
            let stated = enforced
                .clone()
                .any(|rules| rules.action == RbacAction::Allow && !rules.policies.iter().all(is_never));
            if stated {
                let found = ask::ask(&Kind::AllowNothing, &[*subject]);
                // The question holds when nothing is admitted, which is what must not be.
                let found = found.map(|answer| Answer { answer: turned(answer.answer), ..answer });
                add(report, point, found, |verdict| builtin.name().clone_into(&mut verdict.name));
            }
        }
        Builtin::DeadRule | Builtin::ShadowedRule => {
            let rules =
                enforced.filter(|rules| builtin == Builtin::DeadRule || rules.action == RbacAction::Allow);
            for policy in rules.flat_map(|rules| &rules.policies).filter(|policy| !is_never(policy)) {
                let alone = only(point, policy);
                let found = match builtin {
                    Builtin::DeadRule => ask::http_only(&alone, None),
                    _ => ask::http_only(point, Some(&alone)),
                };
                let found = found.map(|answer| Answer { answer: turned(answer.answer), ..answer });
                add(report, point, found, |verdict| {
                    builtin.name().clone_into(&mut verdict.name);
                    verdict.rule = Some(policy.name.clone());
                    verdict.origin = policy.origin;
                });
            }
        }
    }
}

/// The point with one rule as its only authorization, admitting.
fn only(point: &EnforcementPoint, policy: &Policy) -> EnforcementPoint {
    let rules = RbacRules { action: RbacAction::Allow, policies: vec![policy.clone()] };
    let filter = RbacFilter { rules: Some(rules), shadow: None, shadow_prefix: String::new() };
    let http = HttpSecurity { custom: Vec::new(), jwt: point.http.jwt.clone(), rbac: vec![filter] };
    EnforcementPoint { http, tcp: TcpSecurity::default(), ..point.clone() }
}

fn turned(answer: Truth) -> Truth {
    match answer {
        Truth::Holds => Truth::Violated,
        Truth::Violated => Truth::Holds,
        Truth::Unknown => Truth::Unknown,
    }
}

/// Stands for a policy without rules, which refuses everything on purpose.
/// Asks whether plain text gets in. Where no policy asks who calls, that is nobody's surprise.
fn open_to_plaintext<'p>(
    point: &EnforcementPoint,
    mut enforced: impl Iterator<Item = &'p RbacRules>,
    report: &mut Report,
) {
    if !enforced.any(|rules| rules.policies.iter().any(names_peers)) {
        return;
    }
    let plain = Predicate { peer: Some(Presence::None), ..Predicate::default() };
    let found = ask::never_unless(point, &plain, None);
    add(report, point, found, |verdict| Builtin::OpenToPlaintext.name().clone_into(&mut verdict.name));
}

fn names_peers(policy: &Policy) -> bool {
    let mut todo: Vec<&Principal> = policy.principals.iter().collect();
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Any => {}
            Tree::And(parts) | Tree::Or(parts) => todo.extend(parts),
            Tree::Not(part) => todo.push(part),
            Tree::Test(test) => {
                if matches!(test.value, PrincipalTest::Peer(_)) {
                    return true;
                }
            }
        }
    }
    false
}

fn is_never(policy: &Policy) -> bool {
    policy.permissions.iter().all(|tree| *tree == Tree::Not(Box::new(Tree::Any)))
}

/// The way of a witness, once more, for those who show it.
#[must_use]
pub fn trace(point: &EnforcementPoint, witness: &Witness) -> Vec<mp_eval::Step> {
    decide(point, &witness.request, &Surroundings::default()).trace
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_lines;

    #[test]
    fn an_invariant_that_is_asked_nowhere_is_not_kept() {
        let (invariants, _) =
            parse_lines("a.inv", "typo: never at pay/ladger-* path /a\nright: never at pay/ledger-* path /a");
        let mesh = mp_ir::mesh::Mesh::default();
        let point = EnforcementPoint {
            namespace: "pay".to_owned(),
            name: "ledger-0".to_owned(),
            ..EnforcementPoint::default()
        };
        let subject = Subject { mesh: &mesh, point: &point, lower: |_| Vec::new() };
        let report = verify(std::slice::from_ref(&point), &subject, &invariants, &Options::default());
        let unknown: Vec<&str> =
            report.verdicts.iter().filter(|v| v.unknown.is_some()).map(|v| v.name.as_str()).collect();
        assert_eq!(unknown, ["typo"]);
    }
}
