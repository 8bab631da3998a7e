//! Test Anything Protocol, version 14: a point per request.

use serde_json::{Value, json};

use super::{Report, faults};
use crate::verdict::{Note, TestResult};

/// The report.
#[must_use]
pub fn tap(report: &Report<'_>) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", report.results.len());
    for assumed in report.assumed {
        out.push_str(&format!("# assumed: {}\n", description(&assumed.to_string())));
    }
    for (at, result) in report.results.iter().enumerate() {
        let word = if result.passed { "ok" } else { "not ok" };
        let name = description(&format!("{} [{}]", result.name, result.input));
        out.push_str(&format!("{word} {} - {name}\n", at + 1));
        if !result.passed {
            block(&mut out, report, result);
        }
    }
    out
}

/// Text that no reader takes for a directive or another line.
fn description(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .replace('\\', "\\\\")
        .replace('#', "\\#")
}

/// What is wrong, as YAML; JSON is YAML.
fn block(out: &mut String, report: &Report<'_>, result: &TestResult) {
    let notes = |notes: &[Note]| -> Value { notes.iter().map(|note| report.noted(note)).collect() };
    let fields = [
        ("at", json!(report.at(Some(result.place)))),
        ("faults", json!(faults(result))),
        ("decidedBy", notes(&result.won_by)),
        ("nearMisses", notes(&result.near)),
    ];
    out.push_str("  ---\n");
    fields.iter().for_each(|(name, value)| out.push_str(&format!("  {name}: {value}\n")));
    out.push_str("  ...\n");
}
