//! `meshproof verify`: invariants and built-in properties, proved or refuted.

use std::io::Write as _;

use mp_base::Sources;
use mp_ir::plan::EnforcementPoint;
use mp_lower::plan::security::enforcement_points;
use mp_model::{Kind, Workspace};
use mp_prove::{
    Builtin, Invariant, Options, Report, Severity, Subject, Truth, Verdict, parse_document, parse_lines,
};
use serde_json::{Value, json};

use crate::args::{VerifyArgs, VerifyFormat};
use crate::failure::{Failure, Outcome};
use crate::input::{self, Read};
use crate::request_text::{curl, one_line};

pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome, Failure> {
    let options = Options { builtins: builtins(&args.builtin)? };
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    if workspace.objects().is_empty() && !args.input.allow_empty {
        return Err(Failure::NoInput("the input".to_owned()));
    }
    let invariants = invariants(&read, &workspace)?;
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = enforcement_points(&mesh);
    let nowhere = EnforcementPoint::default();
    let subject =
        Subject { mesh: &mesh, point: points.first().unwrap_or(&nowhere), lower: enforcement_points };
    let report = mp_prove::verify(&points, &subject, &invariants, &options);
    if let Some(first) = report.internal.first() {
        return Err(Failure::Internal(first.clone()));
    }
    let text = match args.output_format {
        VerifyFormat::Full => full(&report, workspace.sources(), &points),
        VerifyFormat::Json => json_text(&report, workspace.sources()),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(outcome(&report))
}

fn outcome(report: &Report) -> Outcome {
    let fails = |v: &Verdict| {
        v.answer == Truth::Unknown || (v.answer == Truth::Violated && v.severity == Severity::Error)
    };
    if report.verdicts.iter().any(fails) { Outcome::Findings } else { Outcome::Clean }
}

fn builtins(names: &[String]) -> Result<Vec<Builtin>, Failure> {
    if names.is_empty() {
        return Ok(Builtin::ALL.to_vec());
    }
    let known = || Builtin::ALL.iter().map(|b| b.name()).collect::<Vec<_>>().join(", ");
    let one = |name: &String| {
        let found = Builtin::ALL.iter().copied().find(|b| b.name() == name);
        found.ok_or_else(|| {
            Failure::usage(
                format!("there is no built-in property `{name}`"),
                format!("known are none, {}", known()),
            )
        })
    };
    names.iter().filter(|name| *name != "none").map(one).collect()
}

/// Invariants of `*.inv` files and `kind: Invariant` objects.
fn invariants(read: &Read, workspace: &Workspace) -> Result<Vec<Invariant>, Failure> {
    let mut out = Vec::new();
    let mut errors = Vec::new();
    for file in &read.invariants {
        let (good, bad) = parse_lines(&file.path, &String::from_utf8_lossy(&file.bytes));
        out.extend(good);
        errors.extend(bad);
    }
    for object in workspace.of_kind(Kind::Invariant) {
        let text = workspace.sources().slice(object.span);
        let path = workspace.sources().get(object.file).map(|f| f.path()).unwrap_or_default();
        let line = workspace.sources().get(object.file).map_or(0, |f| f.line_col(object.span.start).line)
            as usize
            + 1;
        match parse_document(path, line, text) {
            Ok(invariant) => out.push(invariant),
            Err(error) => errors.push(error),
        }
    }
    match errors.first() {
        None => Ok(out),
        Some(_) => {
            let all: Vec<String> =
                errors.iter().map(|e| format!("{}:{}: {}", e.place.0, e.place.1, e.message)).collect();
            Err(Failure::usage(all.join("\n"), "`meshproof schema invariant` describes the YAML form"))
        }
    }
}

fn full(report: &Report, sources: &Sources, points: &[EnforcementPoint]) -> String {
    let mut out = String::new();
    for verdict in &report.verdicts {
        let quiet = verdict.answer == Truth::Holds && verdict.place.is_none();
        if !quiet {
            out.push_str(&shown(verdict, sources, points));
        }
    }
    let count = |truth: Truth| report.verdicts.iter().filter(|v| v.answer == truth).count();
    let (holds, violated, unknown) = (count(Truth::Holds), count(Truth::Violated), count(Truth::Unknown));
    out.push_str(&format!(
        "{holds} proved, {violated} refuted, {unknown} undecided, at {} workloads\n",
        points.len()
    ));
    out
}

fn shown(verdict: &Verdict, sources: &Sources, points: &[EnforcementPoint]) -> String {
    let word = match (verdict.answer, verdict.severity) {
        (Truth::Holds, _) => "proved  ",
        (Truth::Violated, Severity::Error) => "REFUTED ",
        (Truth::Violated, Severity::Warning) => "warning ",
        (Truth::Violated, Severity::Info) => "note    ",
        (Truth::Unknown, _) => "unknown ",
    };
    let (namespace, name) = &verdict.workload;
    let more = if verdict.twins.is_empty() {
        String::new()
    } else {
        format!(" and {} like it", verdict.twins.len())
    };
    let rule = verdict.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    let at = if name.is_empty() { String::new() } else { format!("  at {namespace}/{name}{more}") };
    let mut out = format!("{word} {}{rule}{at}\n", verdict.name);
    if let Some((file, line)) = verdict.place.as_ref().filter(|_| verdict.answer != Truth::Holds) {
        out.push_str(&format!("    demanded  {file}:{line}\n"));
    }
    if let Some(reason) = &verdict.unknown {
        out.push_str(&format!("    cause     {reason}\n"));
    }
    let Some(witness) = verdict.witness.as_ref().filter(|_| verdict.answer == Truth::Violated) else {
        return out;
    };
    out.push_str(&format!("    request   {}\n", one_line(&witness.request)));
    out.push_str(&format!("    replay    {}\n", curl(&witness.request)));
    if let Some(twin) = &witness.twin {
        out.push_str(&format!("    against   {}\n", one_line(twin)));
    }
    let point = points.iter().find(|p| p.namespace == *namespace && p.name == *name);
    for step in point.map(|point| mp_prove::trace(point, witness)).unwrap_or_default() {
        let at = step.origin.map(|span| format!("  ({})", sources.locate(span))).unwrap_or_default();
        out.push_str(&format!("    {:9} {}{at}\n", step.stage, step.text));
    }
    out
}

fn json_text(report: &Report, sources: &Sources) -> String {
    let at = |origin: mp_base::Origin| origin.map(|span| sources.locate(span));
    let row = |v: &Verdict| -> Value {
        let because: Vec<Value> =
            v.because.iter().map(|r| json!({"text": r.text, "at": at(r.origin)})).collect();
        json!({
            "name": v.name,
            "severity": v.severity,
            "workload": format!("{}/{}", v.workload.0, v.workload.1),
            "twins": v.twins.iter().map(|(ns, name)| format!("{ns}/{name}")).collect::<Vec<_>>(),
            "rule": v.rule,
            "answer": v.answer,
            "witness": v.witness,
            "because": because,
            "unknown": v.unknown,
            "at": at(v.origin).or_else(|| v.place.as_ref().map(|(file, line)| format!("{file}:{line}"))),
        })
    };
    let rows: Vec<Value> = report.verdicts.iter().map(row).collect();
    format!("{:#}\n", json!({"version": 1, "verdicts": rows}))
}
