//! Built-in properties at points, and those on rules over all points that have the rule.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;

use super::notices::OUTSIDE;
use super::settled::Settled;
use super::{Report, Verdict};
use crate::property::{Ask, Finding, Property};
use crate::question::{Answer, AskError, Truth};
use crate::rules::{Rule, Value};
use crate::scene::Scene;

/// What is said at one point.
pub(super) enum Said {
    /// Something beside the policies decides here, so that nothing can be said against these rules.
    Doubtful(Box<Answer>, Vec<String>),
    /// By a property; of the rule and value, where it is about one.
    By(&'static Property, Option<Key>, Result<Vec<Finding>, AskError>),
}

/// Asks the properties of a point. Of rules that a point before it has contradicted nothing is asked.
pub(super) fn at(
    scene: &mut Scene<'_>,
    place: usize,
    properties: &[&'static Property],
    contradicted: &Settled<Key>,
) -> Vec<Said> {
    if let Some(answer) = Answer::doubtful(&[scene.point]).filter(|_| !properties.is_empty()) {
        return vec![Said::Doubtful(
            Box::new(answer),
            scene.rules().iter().map(|rule| rule.name.to_owned()).collect(),
        )];
    }
    by_properties(scene, place, properties, contradicted)
}

fn by_properties(
    scene: &mut Scene<'_>,
    place: usize,
    properties: &[&'static Property],
    contradicted: &Settled<Key>,
) -> Vec<Said> {
    let mut out = Vec::new();
    for property in properties.iter().copied() {
        let mut of_rule = |key: Key, ask: &mut dyn FnMut() -> Result<Option<Finding>, AskError>| {
            if contradicted.before(&key, place) {
                return;
            }
            let found = ask();
            if matches!(&found, Ok(Some(finding)) if finding.answer.answer == Truth::Holds) {
                contradicted.by(key.clone(), place);
            }
            out.push(Said::By(property, Some(key), found.map(bare)));
        };
        match property.ask {
            Ask::Mesh(_) => {}
            Ask::Point(ask) => out.push(Said::By(property, None, ask(scene).map(bare))),
            Ask::Rule(ask) => {
                for rule in scene.rules().iter() {
                    of_rule((property.code, rule.name.to_owned(), None), &mut || {
                        Ok(ask(scene, rule)?.map(|finding| or_at(finding, rule.origin())))
                    });
                }
            }
            Ask::Value(ask) => {
                for (rule, value) in values(&scene.rules()) {
                    of_rule((property.code, rule.name.to_owned(), value.value.origin), &mut || {
                        Ok(ask(scene, rule, &value)?.map(|finding| or_at(finding, value.value.origin)))
                    });
                }
            }
        }
    }
    out
}

/// All values with their rules.
fn values<'r, 'a>(rules: &'r [Rule<'a>]) -> impl Iterator<Item = (&'r Rule<'a>, Value<'a>)> {
    rules.iter().flat_map(|rule| rule.values().into_iter().map(move |value| (rule, value)))
}

fn bare(found: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    found.into_iter().map(Finding::bare).collect()
}

/// Asks the properties of the mesh as such.
pub(super) fn of_mesh(mesh: &Mesh, properties: &[&'static Property], report: &mut Report) {
    for property in properties {
        if let Ask::Mesh(ask) = property.ask {
            ask(mesh).into_iter().for_each(|finding| add(report, verdict(property), finding));
        }
    }
}

/// Puts what was said at a point beside what was said at those before it.
pub(super) fn hear(point: &EnforcementPoint, said: Said, rules: &mut OfRules, report: &mut Report) {
    let (property, of, found) = match said {
        Said::By(property, of, found) => (property, of, found),
        Said::Doubtful(answer, names) => {
            let said = Verdict::new(OUTSIDE.code, OUTSIDE.name, OUTSIDE.severity).at(point);
            let origin = point.doubts.first().and_then(|doubt| doubt.origin);
            let help = Some(next_step(point).to_owned());
            let mut one = Report::default();
            one.add(Verdict { origin, help, ..said }, Ok(*answer));
            one.verdicts.into_iter().for_each(|verdict| rules.or_like(report, verdict));
            rules.doubtful.extend(names);
            return;
        }
    };
    let verdict = verdict(property).at(point);
    match (of, found) {
        (Some(key), found) => rules.hear(key, verdict, found, report),
        (None, Err(error)) => report.add(verdict, Err(error)),
        (None, Ok(found)) => found.into_iter().for_each(|finding| {
            let mut one = Report::default();
            add(&mut one, verdict.clone(), finding);
            one.verdicts.into_iter().for_each(|verdict| rules.or_like(report, verdict));
        }),
    }
}

/// What can be done about the first thing that keeps proofs from a point.
fn next_step(point: &EnforcementPoint) -> &'static str {
    if point.doubts.first().is_some_and(|doubt| doubt.unread) {
        "fill it in first: `helm template CHART | meshproof verify -`, or what else renders these files"
    } else {
        "see what it does there; `meshproof decide` shows what the policies alone say"
    }
}

fn or_at(finding: Finding, origin: Origin) -> Finding {
    Finding { origin: finding.origin.or(origin), ..finding }
}

fn verdict(property: &Property) -> Verdict {
    Verdict::new(property.code, property.name, property.severity)
}

fn add(report: &mut Report, verdict: Verdict, finding: Finding) {
    let Finding { answer, message, help, origin, severity } = finding;
    let severity = severity.unwrap_or(verdict.severity);
    let origin = origin.or_else(|| answer.deciding());
    report.add(Verdict { message, help, origin, severity, ..verdict }, Ok(answer));
}

/// Property, rule and value.
pub(super) type Key = (&'static str, String, Origin);

/// Property, answer, line, words, and why there is no answer.
type Words = (&'static str, Truth, Origin, String, Option<String>);

/// What points said of each rule: the answer so far, and what they said of lines.
#[derive(Debug, Default)]
pub(super) struct OfRules {
    known: BTreeMap<Key, Verdict>,
    /// Where in the report what was said of a line stands.
    told: BTreeMap<Words, usize>,
    /// Rules of points where something beside the policies decides, so that nothing can be said against them.
    doubtful: BTreeSet<String>,
}

impl OfRules {
    /// What is said of the same line with the same words is said once, for all points.
    fn or_like(&mut self, report: &mut Report, verdict: Verdict) {
        if verdict.answer == Truth::Holds || verdict.origin.is_none() {
            report.verdicts.push(verdict);
            return;
        }
        let of = &verdict;
        let said = (of.code, of.answer, of.origin, of.message.clone(), of.unknown.clone());
        let place = self.told.entry(said);
        let place = *place.or_insert(report.verdicts.len());
        match report.verdicts.get_mut(place) {
            Some(known) => {
                known.twins.push(verdict.workload);
                known.twins.extend(verdict.twins);
            }
            None => report.verdicts.push(verdict),
        }
    }

    /// What one more point says of a rule, unless a point has contradicted already.
    fn hear(
        &mut self,
        key: Key,
        verdict: Verdict,
        found: Result<Vec<Finding>, AskError>,
        report: &mut Report,
    ) {
        if self.known.get(&key).is_some_and(|known| known.answer == Truth::Holds) {
            return;
        }
        let finding = match found.map(|mut found| found.pop()) {
            Ok(Some(finding)) => finding,
            Ok(None) => return,
            Err(error) => {
                report.add(verdict, Err(error));
                return;
            }
        };
        let mut one = Report::default();
        let mut fresh = verdict;
        fresh.rule = Some(key.1.clone());
        add(&mut one, fresh, finding);
        let Some(fresh) = one.verdicts.pop() else { return };
        match self.known.get_mut(&key) {
            None => {
                self.known.insert(key, fresh);
            }
            // A point that contradicts decides; one that cannot tell keeps the others from being believed.
            Some(known) if fresh.answer == Truth::Holds => *known = fresh,
            Some(known) => {
                known.twins.push(fresh.workload);
                known.twins.extend(fresh.twins);
                if fresh.answer == Truth::Unknown {
                    known.answer = Truth::Unknown;
                    known.unknown = fresh.unknown;
                }
            }
        }
    }

    /// One verdict for each rule.
    pub(super) fn report(self, report: &mut Report) {
        let Self { known, doubtful, .. } = self;
        let told = known
            .into_iter()
            .filter(|((_, rule, _), verdict)| verdict.answer != Truth::Violated || !doubtful.contains(rule));
        report.verdicts.extend(told.map(|(_, verdict)| verdict));
    }
}
