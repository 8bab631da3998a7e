//! Questions in the words of invariants.

use std::collections::BTreeMap;

use mp_ir::base::FileId;

use crate::ask::Subject;
use crate::engine::Reason;
use crate::invariant::{Demand, Invariant, parse_lines};
use crate::question::{Answer, AskError};
use crate::verify::{Baseline, Options, Report, verify};

/// Whether an invariant holds at the last subject; comparisons are with the one before it. What the line says about where it is asked counts.
pub(crate) fn ask(line: &str, subjects: &[Subject<'_>]) -> Result<Answer, AskError> {
    let invariant = read(line)?;
    let (point, baselines) = match subjects {
        [only] => (only, BTreeMap::new()),
        [old, new] => {
            let baseline = Baseline { mesh: old.mesh.clone(), points: vec![old.point.clone()] };
            (new, BTreeMap::from([(String::new(), baseline)]))
        }
        _ => return Err(AskError::NotThere("the question needs one set, or two".to_owned())),
    };
    let options = Options { baselines, ..Options::default() };
    let points = [point.point.clone()];
    answer(verify(&points, point, &[invariant], &options))
}

fn read(line: &str) -> Result<Invariant, AskError> {
    let (mut good, bad) = parse_lines(FileId(u32::MAX), &format!("asked: {line}"));
    if let Some(fault) = bad.first() {
        let help = fault.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        return Err(AskError::NotThere(format!("{}{help}", fault.message)));
    }
    match (good.pop(), good.is_empty()) {
        (Some(invariant), true) if !matches!(invariant.demand, Demand::Equal(..)) => Ok(invariant),
        (Some(_), true) => {
            Err(AskError::NotThere("`equal` names its meshes itself; ask `same` of two sets".to_owned()))
        }
        _ => Err(AskError::NotThere("a question is one line".to_owned())),
    }
}

/// The verdict, with what is said of the invariant besides.
fn answer(report: Report) -> Result<Answer, AskError> {
    if let Some(first) = report.internal.into_iter().next() {
        return Err(AskError::Mismatch(first));
    }
    let (found, besides): (Vec<_>, Vec<_>) = report.verdicts.into_iter().partition(|v| v.is_invariant);
    let Some(verdict) = found.into_iter().next() else {
        let why = besides.into_iter().find_map(|v| v.unknown);
        return Err(AskError::NotThere(
            why.unwrap_or_else(|| "there is nothing to compare it with".to_owned()),
        ));
    };
    let mut because = verdict.because;
    because.extend(besides.into_iter().map(|said| Reason { text: said.message, origin: None }));
    Ok(Answer { answer: verdict.answer, witness: verdict.witness, because, unknown: verdict.unknown })
}
