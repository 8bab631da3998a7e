//! `meshproof diff`: what changed in meaning between two meshes.

mod access;
mod args;
mod between;
mod markdown;
mod mtls;
mod objects;
mod plan;
mod report;
mod routes;
mod side;
mod text;

use std::io::Write as _;

use crate::failure::{Failure, Outcome};
use args::{DiffFormat, FailOnChange};
use objects::Objects;
use report::{PointVerdict, Report};
use side::Side;

pub(crate) use args::DiffArgs;
pub(crate) use report::schema;

pub(crate) fn run(args: &DiffArgs) -> Result<Outcome, Failure> {
    let [old, new] = side::load(args)?;
    let report = compare(args, &old, &new)?;
    let text = match args.output_format {
        DiffFormat::Full => text::full(&report),
        DiffFormat::Markdown => markdown::markdown(&report),
        DiffFormat::Json => {
            let text = serde_json::to_string_pretty(&report).map_err(|e| Failure::Internal(e.to_string()))?;
            format!("{text}\n")
        }
    };
    anstream::stdout().write_all(text.as_bytes())?;
    let outcome = outcome(args.fail_on, &report);
    // The program ends: taking two meshes apart first would only cost time.
    std::mem::forget((old, new));
    Ok(outcome)
}

fn compare(args: &DiffArgs, old: &Side, new: &Side) -> Result<Report, Failure> {
    let objects = Objects::of(old, new);
    let touched = objects.touch_access();
    if touched {
        rayon::join(|| old.points(), || new.points());
    }
    Ok(Report {
        version: 1,
        old: args.old.clone(),
        new: args.new.clone(),
        access: if touched { access::compare(old, new, &objects)? } else { access::untouched(new) },
        mtls: if touched { mtls::compare(old, new) } else { Vec::new() },
        routes: routes::compare(old, new, &objects)?,
        plan: args.plan.then(|| plan::plan(old, new, &objects)).transpose()?,
    })
}

/// An answer that is not known never counts as no difference.
fn outcome(fail_on: FailOnChange, report: &Report) -> Outcome {
    let points = &report.access.points;
    let unbound = !report.access.unbound.is_empty();
    let undecided = || unbound || points.iter().any(|point| !point.open.is_empty());
    let fails = match fail_on {
        FailOnChange::Any => report.differs(),
        FailOnChange::Gained => undecided() || points.iter().any(|point| !point.gained.is_empty()),
        FailOnChange::Lost => undecided() || points.iter().any(|point| !point.lost.is_empty()),
    };
    if fails { Outcome::Findings } else { Outcome::Clean }
}

/// The word for a verdict.
fn verdict_word(verdict: PointVerdict) -> &'static str {
    match verdict {
        PointVerdict::Same => "same access, proved",
        PointVerdict::Wider => "wider",
        PointVerdict::Narrower => "narrower",
        PointVerdict::Changed => "changed",
        PointVerdict::Unknown => "undecided",
    }
}
