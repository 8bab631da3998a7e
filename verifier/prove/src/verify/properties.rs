//! Built-in properties at points, and those on rules over all points that have the rule.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::Origin;

use super::notices::OUTSIDE;
use super::{Report, Verdict};
use crate::property::{Ask, Finding, Property};
use crate::question::{Answer, AskError, Truth};
use crate::scene::Scene;

/// Asks the properties of a point; what is said of rules is collected.
pub(super) fn at(
    scene: &mut Scene<'_>,
    properties: &[&'static Property],
    rules: &mut OfRules,
    report: &mut Report,
) {
    if let Some(answer) = Answer::doubtful(&[scene.point]).filter(|_| !properties.is_empty()) {
        let said = Verdict::new(OUTSIDE.code, OUTSIDE.name, OUTSIDE.severity).at(scene.point);
        report.add(Verdict { origin: answer.deciding(), ..said }, Ok(answer));
        rules.doubtful.extend(scene.rules().iter().map(|rule| rule.name.to_owned()));
        return;
    }
    for property in properties {
        match property.ask {
            Ask::Point(ask) => {
                let found = ask(scene);
                of_point(scene, property, found, report);
            }
            Ask::Rule(ask) => {
                for rule in scene.rules().iter() {
                    let key = (property.code, rule.name.to_owned(), None);
                    rules.ask(key, property, scene, report, |scene| {
                        Ok(ask(scene, rule)?.map(|finding| or_at(finding, rule.origin())))
                    });
                }
            }
            Ask::Value(ask) => {
                for rule in scene.rules().iter() {
                    for value in rule.values() {
                        let key = (property.code, rule.name.to_owned(), value.value.origin);
                        rules.ask(key, property, scene, report, |scene| {
                            Ok(ask(scene, rule, &value)?.map(|finding| or_at(finding, value.value.origin)))
                        });
                    }
                }
            }
        }
    }
}

/// What a property of points found at one.
fn of_point(
    scene: &Scene<'_>,
    property: &Property,
    found: Result<Vec<Finding>, AskError>,
    report: &mut Report,
) {
    match found {
        Ok(found) => found.into_iter().for_each(|finding| {
            let mut one = Report::default();
            add(&mut one, verdict(property).at(scene.point), finding);
            one.verdicts.into_iter().for_each(|verdict| or_like(report, verdict));
        }),
        Err(error) => report.add(verdict(property).at(scene.point), Err(error)),
    }
}

/// What is said of the same line with the same words is said once, for all points.
fn or_like(report: &mut Report, verdict: Verdict) {
    let key = (verdict.code, verdict.answer, verdict.origin, verdict.message.clone());
    let told = verdict.answer == Truth::Violated && verdict.origin.is_some();
    let same = |known: &&mut Verdict| {
        (known.code, known.answer, known.origin) == (key.0, key.1, key.2) && known.message == key.3
    };
    let known = if told { report.verdicts.iter_mut().find(same) } else { None };
    match known {
        Some(known) => {
            known.twins.push(verdict.workload);
            known.twins.extend(verdict.twins);
        }
        None => report.verdicts.push(verdict),
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
type Key = (&'static str, String, Origin);

/// What points said of each rule: the answer so far.
#[derive(Debug, Default)]
pub(super) struct OfRules {
    known: BTreeMap<Key, Verdict>,
    /// Rules of points where something beside the policies decides, so that nothing can be said against them.
    doubtful: BTreeSet<String>,
}

impl OfRules {
    /// Asks about a rule at one more point, unless a point has contradicted already.
    fn ask(
        &mut self,
        key: Key,
        property: &'static Property,
        scene: &mut Scene<'_>,
        report: &mut Report,
        ask: impl FnOnce(&mut Scene<'_>) -> Result<Option<Finding>, AskError>,
    ) {
        if self.known.get(&key).is_some_and(|known| known.answer == Truth::Holds) {
            return;
        }
        let finding = match ask(scene) {
            Ok(Some(finding)) => finding,
            Ok(None) => return,
            Err(error) => {
                report.add(verdict(property).at(scene.point), Err(error));
                return;
            }
        };
        let mut one = Report::default();
        let mut fresh = verdict(property).at(scene.point);
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
        let Self { known, doubtful } = self;
        let told = known
            .into_iter()
            .filter(|((_, rule, _), verdict)| verdict.answer != Truth::Violated || !doubtful.contains(rule));
        report.verdicts.extend(told.map(|(_, verdict)| verdict));
    }
}
