//! JUnit XML: a suite per file, a case per request. Only what the schema of Jenkins knows (`junit-10.xsd` of its xunit plugin) is
//! written, which refuses files with more; GitLab reads the same.

use mp_model::base::render::xml_text;

use super::{Report, faults};
use crate::verdict::TestResult;

/// The report; without tests it is empty.
#[must_use]
pub fn junit(report: &Report<'_>) -> String {
    let failed = |results: &[TestResult]| results.iter().filter(|result| !result.passed).count();
    let counts = |results: &[TestResult]| {
        format!("tests=\"{}\" failures=\"{}\" errors=\"0\"", results.len(), failed(results))
    };
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"meshproof test\" {}>\n", counts(report.results)));
    for suite in report.results.chunk_by(|a, b| a.place.file == b.place.file) {
        let path = xml_text(suite.first().map_or("", |first| report.file_and_line(first).0));
        let head = format!("name=\"{path}\" file=\"{path}\" {} skipped=\"0\"", counts(suite));
        out.push_str(&format!("  <testsuite {head}>\n"));
        suite.iter().for_each(|result| case(&mut out, report, result, &path));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, report: &Report<'_>, result: &TestResult, path: &str) {
    let name = xml_text(&format!("{} [{}]", result.name, result.input));
    let head = format!("    <testcase classname=\"{path}\" name=\"{name}\"");
    if result.passed {
        out.push_str(&format!("{head}/>\n"));
        return;
    }
    let faults = faults(result);
    let message = xml_text(faults.first().map_or("", String::as_str));
    let mut lines = vec![format!("at {}", report.at(Some(result.place)))];
    lines.extend(faults.iter().cloned());
    lines.extend(result.won_by.iter().map(|note| format!("decided by {}", report.noted(note))));
    lines.extend(result.near.iter().map(|note| format!("near miss {}", report.noted(note))));
    let kind = if result.undecided.is_some() { "undecided" } else { "mismatch" };
    let body = xml_text(&lines.join("\n"));
    out.push_str(&format!(
        "{head}>\n      <failure type=\"{kind}\" message=\"{message}\">{body}</failure>\n    </testcase>\n"
    ));
}
