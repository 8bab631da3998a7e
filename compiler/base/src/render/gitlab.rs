//! GitLab Code Quality: a JSON array.

use serde_json::{Value, json};

use super::place::range;
use super::{Report, fingerprints};
use crate::Level;

/// One object per finding. GitLab hides `check_name`, so the code stands before the description too.
#[must_use]
pub fn gitlab(report: &Report<'_>) -> String {
    let all: Vec<Value> = report
        .ordered()
        .into_iter()
        .zip(fingerprints(report))
        .map(|(finding, print)| {
            let span = finding.primary.span;
            let (begin, end) = range(report.sources, span).map_or((1, 1), |r| (r.start.line, r.end.line));
            let severity = match finding.level {
                Level::Error => "major",
                Level::Warning => "minor",
                Level::Info => "info",
            };
            json!({
                "description": format!("{} {}: {}", finding.code, finding.name, finding.message),
                "check_name": finding.code,
                "fingerprint": print,
                "severity": severity,
                "location": {"path": report.path(span), "lines": {"begin": begin, "end": end}},
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{findings, report, two_files};

    #[test]
    fn severities_and_places() {
        let sources = two_files();
        let value: Value = serde_json::from_str(&gitlab(&report(&sources, findings(&sources)))).unwrap();
        let severities: Vec<&str> =
            value.as_array().unwrap().iter().filter_map(|v| v["severity"].as_str()).collect();
        assert_eq!(severities, ["info", "major", "minor"]);
        assert_eq!(value[1]["description"], "MP1001 missing-host: host `größe` does not exist");
        assert_eq!(value[1]["location"], json!({"path": "b/route.yaml", "lines": {"begin": 2, "end": 2}}));
        assert_eq!(gitlab(&report(&sources, Vec::new())), "[]\n");
    }
}
