//! SARIF 2.1.0, within the limits that GitHub sets for an upload.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::place::{Range, range};
use super::{Report, docs_hint, fingerprints};
use crate::{Applicability, Diagnostic, Fix, Label, Level, Span};

/// Results that one run may have.
const RESULTS: usize = 25_000;
/// Places that one result may have besides its own.
const RELATED: usize = 999;

/// One run with its rules, results and fingerprints (`meshproof/v1`). Of too many results the loudest stay, and a notification says how
/// many were left out.
#[must_use]
pub fn sarif(report: &Report<'_>) -> String {
    sarif_with(report, RESULTS)
}

fn sarif_with(report: &Report<'_>, limit: usize) -> String {
    let mut results: Vec<(Cow<'_, Diagnostic>, String)> =
        report.ordered().into_iter().zip(fingerprints(report)).collect();
    let left_out = results.len().saturating_sub(limit);
    if left_out > 0 {
        results.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.level));
        results.truncate(limit);
    }
    let mut notes: Vec<Value> = report.ordered_unknown().iter().map(|u| note(report, u)).collect();
    if left_out > 0 {
        let text =
            format!("{left_out} findings of the lowest levels were left out: one run may have {limit}");
        notes.push(json!({"level": "warning", "message": {"text": text}}));
    }
    let run = json!({
        "tool": {"driver": driver(report)},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notes}],
        "results": results.iter().map(|(finding, print)| result(report, finding, print)).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    format!("{log:#}\n")
}

fn note(report: &Report<'_>, unknown: &super::Unknown) -> Value {
    let object = unknown.object.as_ref().map(|o| format!("{o}: ")).unwrap_or_default();
    let mut note =
        json!({"level": "note", "message": {"text": format!("unknown: {object}{}", unknown.reason)}});
    if let (Some(place), Some(map)) =
        (unknown.origin.and_then(|span| location(report, span)), note.as_object_mut())
    {
        map.insert("locations".to_owned(), json!([place]));
    }
    note
}

fn driver(report: &Report<'_>) -> Value {
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": pascal(rule.name),
                "shortDescription": {"text": rule.title},
                "help": {"text": docs_hint(rule.code), "markdown": rule.docs},
                "defaultConfiguration": {"level": level(rule.level)},
            })
        })
        .collect();
    json!({"name": "meshproof", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules})
}

/// `dead-rule` as `DeadRule`, the form that SARIF asks for.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    name.split('-').map(word).collect()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

fn result(report: &Report<'_>, finding: &Diagnostic, print: &str) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text = format!("{text}; {help}");
    }
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.level),
        "message": {"text": text},
        "locations": location(report, finding.primary.span).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"meshproof/v1": print},
    });
    let Some(map) = result.as_object_mut() else { return result };
    if let Some(index) = report.rules.iter().position(|rule| rule.code == finding.code) {
        map.insert("ruleIndex".to_owned(), json!(index));
    }
    let related: Vec<Value> =
        finding.related.iter().take(RELATED).filter_map(|label| related(report, label)).collect();
    if !related.is_empty() {
        map.insert("relatedLocations".to_owned(), Value::Array(related));
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability != Applicability::DisplayOnly) {
        map.insert("fixes".to_owned(), json!([fix_of(report, fix)]));
    }
    if let Some(object) = &finding.object {
        let properties = json!({"object": object.to_string(), "field": finding.field});
        map.insert("properties".to_owned(), properties);
    }
    result
}

fn related(report: &Report<'_>, label: &Label) -> Option<Value> {
    let mut place = location(report, label.span)?;
    place.as_object_mut()?.insert("message".to_owned(), json!({"text": label.message}));
    Some(place)
}

fn location(report: &Report<'_>, span: Span) -> Option<Value> {
    let range = range(report.sources, span)?;
    let artifact = json!({"uri": uri(report.path(span))});
    Some(json!({"physicalLocation": {"artifactLocation": artifact, "region": region(&range)}}))
}

fn region(range: &Range) -> Value {
    json!({
        "startLine": range.start.line,
        "startColumn": range.start.column,
        "endLine": range.end.line,
        "endColumn": range.end.column,
        "byteOffset": range.start.byte,
        "byteLength": range.end.byte - range.start.byte,
    })
}

fn fix_of(report: &Report<'_>, fix: &Fix) -> Value {
    let mut changes: Vec<(&str, Vec<Value>)> = Vec::new();
    for edit in &fix.edits {
        let Some(range) = range(report.sources, edit.span) else { continue };
        let path = report.path(edit.span);
        let replacement = json!({"deletedRegion": region(&range), "insertedContent": {"text": edit.text}});
        match changes.iter_mut().find(|(p, _)| *p == path) {
            Some((_, all)) => all.push(replacement),
            None => changes.push((path, vec![replacement])),
        }
    }
    let change = |(path, replacements): (&str, Vec<Value>)| json!({"artifactLocation": {"uri": uri(path)}, "replacements": replacements});
    let changes: Vec<Value> = changes.into_iter().map(change).collect();
    json!({"description": {"text": fix.title}, "artifactChanges": changes})
}

/// A path as a relative URI: everything but letters, digits and `-._~/` is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{findings, report, rules, sources, two_files, unknown};

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_result_with_its_places() {
        let (sources, rules) = (two_files(), rules());
        let mut report = report(&sources, findings(&sources));
        report.rules = &rules;
        report.unknown = unknown(&sources);
        let log = parsed(&sarif(&report));
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert_eq!(run["tool"]["driver"]["rules"][1]["name"], "DeadRule");
        assert_eq!(run["tool"]["driver"]["rules"][1]["defaultConfiguration"]["level"], "warning");
        let result = &run["results"][1];
        assert_eq!((&result["ruleId"], &result["ruleIndex"]), (&json!("MP1001"), &json!(0)));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let wanted = json!({"startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 12, "byteOffset": 20, "byteLength": 7});
        assert_eq!(region, &wanted);
        let related = &result["relatedLocations"][0];
        assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "a/gateway.yaml");
        assert_eq!(related["message"]["text"], "the gateway takes every host");
        assert_eq!(result["partialFingerprints"]["meshproof/v1"], fingerprints(&report)[1]);
        let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(replacement["insertedContent"]["text"], "groesse");
        assert_eq!(run["results"][0]["level"], "note");
        assert!(run["results"][0].get("ruleIndex").is_none());
        let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn of_too_many_results_the_loudest_stay() {
        let sources = two_files();
        let report = report(&sources, findings(&sources));
        let log = parsed(&sarif_with(&report, 2));
        let results = log["runs"][0]["results"].as_array().unwrap();
        let levels: Vec<&str> = results.iter().filter_map(|r| r["level"].as_str()).collect();
        assert_eq!(levels, ["error", "warning"]);
        let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
        assert!(note["message"]["text"].as_str().unwrap().starts_with("1 findings"));
    }

    #[test]
    fn paths_are_uris() {
        let sources = sources(&[("a b/ü#.yaml", "a: 1\n")]);
        let finding = Diagnostic::new("MP1", "x", Level::Error, Span::default(), "m");
        let log = parsed(&sarif(&report(&sources, vec![finding])));
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/%C3%BC%23.yaml");
    }
}
