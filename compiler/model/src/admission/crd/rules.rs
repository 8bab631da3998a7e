//! The last stage: the CEL rules of a CRD (apiextensions `schema/cel/validation.go`).

use super::cel::{Budget, Fault, Program, Verdict};
use super::document::{Datum, Item};
use super::outcome::Outcome;
use super::structure::wanted;
use super::table::{Rule, Schema, Ty, rule, schema};
use super::words::{bad_value, quoted};
use crate::admission::Misfit;
use crate::path::{Place, Style};

/// Asks all rules of a value and of what it holds. `Err` when the budget is used up; nothing more is asked then.
pub(super) fn check(
    of: &Schema,
    item: &Item<'_>,
    place: Place<'_>,
    budget: &mut Budget,
    out: &mut Outcome,
) -> Result<(), Exhausted> {
    if !of.has_rules || matches!(item.datum, Datum::Null | Datum::Hole) {
        return Ok(());
    }
    for id in of.rules {
        if let Some(rule) = rule(*id).filter(|rule| !rule.is_transition) {
            ask(of, rule, item, place, budget, out)?;
        }
    }
    for part in of.all_of.iter().filter_map(|id| schema(*id)) {
        check(part, item, place, budget, out)?;
    }
    match &item.datum {
        Datum::List(items, _) => {
            for (at, value) in items.iter().enumerate() {
                if let Some(of) = of.items() {
                    check(of, value, Place::Index(&place, at), budget, out)?;
                }
            }
        }
        Datum::Map(entries, _) => {
            for entry in entries {
                if let Some(of) = of.property(entry.key) {
                    check(of, &entry.value, Place::Field(&place, entry.key), budget, out)?;
                } else if let Some(of) = of.additional() {
                    check(of, &entry.value, Place::Key(&place, entry.key), budget, out)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The budget of the object is used up.
pub(super) struct Exhausted;

const NO_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

fn ask(
    of: &Schema,
    rule: &Rule,
    item: &Item<'_>,
    place: Place<'_>,
    budget: &mut Budget,
    out: &mut Outcome,
) -> Result<(), Exhausted> {
    if budget.is_empty() {
        let misfit = Misfit::Rule(NO_BUDGET.to_owned());
        out.fault(place, Style::Brackets, item, &not_answered(of, NO_BUDGET), misfit);
        return Err(Exhausted);
    }
    let verdict = Program::new(rule.program, item).run(budget);
    if budget.is_overdrawn() {
        let misfit = Misfit::Rule(NO_BUDGET.to_owned());
        out.fault(place, Style::Brackets, item, &not_answered(of, NO_BUDGET), misfit);
        return Err(Exhausted);
    }
    let body = match &verdict {
        Ok(Verdict::True | Verdict::Unknown) => return Ok(()),
        Ok(Verdict::False) => broken(of, rule, item),
        Err(fault) => not_answered(of, &unable(rule, fault)),
    };
    out.fault(place, Style::Brackets, item, &body, Misfit::Rule(rule.message.to_owned()));
    if verdict == Err(Fault::Limit) { Err(Exhausted) } else { Ok(()) }
}

/// The rule is false.
fn broken(of: &Schema, rule: &Rule, item: &Item<'_>) -> String {
    let message = rule.message;
    let told = if rule.has_message { message.to_owned() } else { format!("failed rule: {message}") };
    match of.ty {
        Ty::Object | Ty::Array => format!("Invalid value: {told}"),
        _ => format!("Invalid value: {}: {told}", bad_value(item)),
    }
}

/// The rule has no answer: the value is named by its type.
fn not_answered(of: &Schema, why: &str) -> String {
    let ty = if of.ty == Ty::IntOrString { "" } else { wanted(of.ty) };
    format!("Invalid value: {}: {why}", quoted(ty))
}

fn unable(rule: &Rule, fault: &Fault) -> String {
    let message = rule.message;
    match fault {
        Fault::Limit => format!(
            "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: {message}"
        ),
        Fault::Overload => format!(
            "'no such overload': call arguments did not match a supported operator, function or macro signature for rule: {message}"
        ),
        Fault::Text(text) => format!("{text} evaluating rule: {message}"),
    }
}
