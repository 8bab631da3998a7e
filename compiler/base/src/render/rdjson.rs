//! Reviewdog's diagnostic format as one JSON object. Its columns count bytes.

use serde_json::{Value, json};

use super::place::range_in;
use super::{Report, summary::is_fixable};
use crate::{Diagnostic, Encoding, Level, Span};

/// All findings with their mends as suggestions.
#[must_use]
pub fn rdjson(report: &Report<'_>) -> String {
    let all: Vec<Value> = report.ordered().iter().map(|finding| diagnostic(report, finding)).collect();
    let whole = json!({"source": {"name": "meshproof"}, "diagnostics": all});
    format!("{whole:#}\n")
}

fn diagnostic(report: &Report<'_>, finding: &Diagnostic) -> Value {
    let severity = match finding.level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info => "INFO",
    };
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|label| json!({"message": label.message, "location": location(report, label.span)}))
        .collect();
    let fix = finding.fix.as_ref().filter(|_| is_fixable(finding));
    let suggestions: Vec<Value> = fix
        .iter()
        .flat_map(|fix| &fix.edits)
        .filter(|edit| edit.span.file == finding.primary.span.file)
        .map(|edit| json!({"range": range(report, edit.span), "text": edit.text}))
        .collect();
    let mut value = json!({
        "message": finding.message,
        "location": location(report, finding.primary.span),
        "severity": severity,
        "code": {"value": finding.code},
    });
    let lists = [("relatedLocations", related), ("suggestions", suggestions)];
    if let Some(map) = value.as_object_mut() {
        map.extend(
            lists.into_iter().filter(|l| !l.1.is_empty()).map(|(k, v)| (k.to_owned(), Value::Array(v))),
        );
    }
    value
}

fn location(report: &Report<'_>, span: Span) -> Value {
    json!({"path": report.path(span), "range": range(report, span)})
}

fn range(report: &Report<'_>, span: Span) -> Value {
    range_in(report.sources, span, Encoding::Utf8).map_or(Value::Null, |range| {
        json!({
            "start": {"line": range.start.line, "column": range.start.column},
            "end": {"line": range.end.line, "column": range.end.column},
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{findings, report, two_files};

    #[test]
    fn columns_are_bytes_and_mends_are_suggestions() {
        let sources = two_files();
        let value: Value = serde_json::from_str(&rdjson(&report(&sources, findings(&sources)))).unwrap();
        let error = &value["diagnostics"][1];
        let range = json!({"start": {"line": 2, "column": 7}, "end": {"line": 2, "column": 14}});
        assert_eq!(error["location"], json!({"path": "b/route.yaml", "range": range}));
        assert_eq!(error["suggestions"], json!([{"range": range, "text": "groesse"}]));
        assert_eq!(error["relatedLocations"][0]["location"]["path"], "a/gateway.yaml");
        assert_eq!((&error["severity"], &error["code"]["value"]), (&json!("ERROR"), &json!("MP1001")));
        assert!(value["diagnostics"][2].get("suggestions").is_none());
    }
}
