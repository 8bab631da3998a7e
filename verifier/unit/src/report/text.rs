//! For people.

use mp_model::base::Origin;

use super::{Report, counted};
use crate::coverage::Share;
use crate::verdict::{Note, TestResult};

/// A line per test, and under a failed one each request that failed with the rules that decided.
#[must_use]
pub fn text(report: &Report<'_>) -> String {
    let mut out = String::new();
    let (mut tests, mut failed) = (0, 0);
    for test in report.tests() {
        let bad: Vec<&TestResult> = test.iter().filter(|result| !result.passed).collect();
        let Some(first) = test.first() else { continue };
        let requests = counted(test.len(), "request");
        tests += 1;
        if bad.is_empty() {
            out.push_str(&format!("ok    {}  {requests}\n", first.name));
            continue;
        }
        failed += 1;
        let place = report.at(Some(first.place));
        out.push_str(&format!("FAIL  {}  {} of {requests}  {place}\n", first.name, bad.len()));
        bad.iter().for_each(|result| request(&mut out, report, result));
    }
    out.push_str(&format!(
        "{}: {} passed, {failed} failed; {}\n",
        counted(tests, "test"),
        tests - failed,
        counted(report.results.len(), "request")
    ));
    for assumed in report.assumed {
        line(&mut out, report, "assumed", &assumed.to_string(), assumed.origin);
    }
    if let Some(coverage) = report.coverage {
        let (routes, rules) = (&coverage.routes, &coverage.rules);
        out.push_str(&format!(
            "coverage {} %: {} of {}, {} of {}\n",
            coverage.percent(),
            routes.reached(),
            counted(routes.total, "route"),
            rules.reached(),
            counted(rules.total, "policy rule")
        ));
        [routes, rules].iter().for_each(|share| missed(&mut out, report, share));
    }
    out
}

fn request(out: &mut String, report: &Report<'_>, result: &TestResult) {
    line(out, report, "request", &result.input, None);
    if let Some(why) = &result.undecided {
        line(out, report, "unknown", why, None);
    }
    for m in &result.mismatches {
        line(out, report, &m.field, &format!("expected {}, found {}", m.expected, m.actual), m.origin);
    }
    let notes = |out: &mut String, word: &str, notes: &[Note]| {
        notes.iter().for_each(|note| line(out, report, word, &note.text, note.origin));
    };
    notes(out, "decided by", &result.won_by);
    notes(out, "near miss", &result.near);
}

fn line(out: &mut String, report: &Report<'_>, word: &str, text: &str, origin: Origin) {
    let at = report.at(origin);
    let at = if at.is_empty() { at } else { format!("  ({at})") };
    out.push_str(&format!("    {word:11} {text}{at}\n"));
}

fn missed(out: &mut String, report: &Report<'_>, share: &Share) {
    for note in &share.missed {
        line(out, report, "not reached", &note.text, note.origin);
    }
}
