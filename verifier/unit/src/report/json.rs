//! For programs.

use mp_ir::mesh::Unknown;
use mp_model::base::Origin;
use serde_json::{Value, json as object};

use super::Report;
use crate::coverage::Share;
use crate::verdict::{Note, TestResult};

/// One object with every request.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    let failed = report.results.iter().filter(|result| !result.passed).count();
    let tests: Vec<Value> = report.results.iter().map(|result| test(report, result)).collect();
    let assumption = |one: &Unknown| object!({"text": one.to_string(), "at": at(report, one.origin)});
    let assumptions: Vec<Value> = report.assumed.iter().map(assumption).collect();
    let mut out = object!({
        "version": 1,
        "summary": {
            "tests": report.tests().count(),
            "requests": report.results.len(),
            "passed": report.results.len() - failed,
            "failed": failed,
        },
        "assumptions": assumptions,
        "results": tests,
    });
    if let (Some(coverage), Some(fields)) = (report.coverage, out.as_object_mut()) {
        let share = |share: &Share| object!({"total": share.total, "reached": share.reached(), "missed": notes(report, &share.missed)});
        let value = object!({
            "percent": coverage.percent(),
            "routes": share(&coverage.routes),
            "rules": share(&coverage.rules),
        });
        fields.insert("coverage".to_owned(), value);
    }
    format!("{out:#}\n")
}

fn test(report: &Report<'_>, result: &TestResult) -> Value {
    let (file, line) = report.file_and_line(result);
    let mismatches: Vec<Value> = result
        .mismatches
        .iter()
        .map(|m| object!({"field": m.field, "expected": m.expected, "actual": m.actual, "at": at(report, m.origin)}))
        .collect();
    object!({
        "name": result.name,
        "request": result.input,
        "file": file,
        "line": line,
        "passed": result.passed,
        "unknown": result.undecided,
        "mismatches": mismatches,
        "decidedBy": notes(report, &result.won_by),
        "nearMisses": notes(report, &result.near),
    })
}

fn notes(report: &Report<'_>, notes: &[Note]) -> Vec<Value> {
    notes.iter().map(|note| object!({"text": note.text, "at": at(report, note.origin)})).collect()
}

fn at(report: &Report<'_>, origin: Origin) -> Value {
    origin.map_or(Value::Null, |span| Value::String(report.sources.locate(span)))
}
