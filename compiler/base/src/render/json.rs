//! JSON for scripts: one object (`json`), or one line per finding (`json-lines`).
//!
//! The shape is a promise; `report.schema.json` states it. Lines and columns count from 1, columns in characters, bytes from 0.

use std::borrow::Cow;

use serde::Serialize;

use super::place::{Range, range};
use super::summary::{Summary, is_fixable, summary};
use super::{Report, Unknown, docs_hint, fingerprints};
use crate::{Diagnostic, ObjectRef, Span};

#[derive(Serialize)]
struct Object<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    range: Option<Range>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    message: &'a str,
    object: Option<Object<'a>>,
    field: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    docs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    istio: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kiali: Option<&'a str>,
    fixable: bool,
    fingerprint: String,
}

#[derive(Serialize)]
struct Gap<'a> {
    object: Option<Object<'a>>,
    reason: &'a str,
    #[serde(flatten)]
    place: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    summary: Summary,
    unknown: Vec<Gap<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'a> {
    Finding(Finding<'a>),
    Unknown(Gap<'a>),
    Summary(Summary),
}

/// The whole report as one object, indented.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    let ordered = report.ordered();
    let findings = findings(report, &ordered);
    let whole = Whole { version: 1, findings, summary: summary(report), unknown: gaps(report) };
    text(serde_json::to_string_pretty(&whole)) + "\n"
}

/// One object per line with its `type`: `finding`, `unknown`, and `summary` at the end.
#[must_use]
pub fn json_lines(report: &Report<'_>) -> String {
    let mut out = String::new();
    let ordered = report.ordered();
    let findings = findings(report, &ordered).into_iter().map(Line::Finding);
    let gaps = gaps(report).into_iter().map(Line::Unknown);
    for line in findings.chain(gaps).chain([Line::Summary(summary(report))]) {
        out.push_str(&text(serde_json::to_string(&line)));
        out.push('\n');
    }
    out
}

/// The JSON Schema of what [`json`] gives.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    serde_json::from_str(include_str!("report.schema.json")).unwrap_or_default()
}

/// Plain structs of text and numbers always have a JSON text.
fn text(result: serde_json::Result<String>) -> String {
    result.unwrap_or_default()
}

fn object(object: &ObjectRef) -> Object<'_> {
    Object { kind: &object.kind, namespace: &object.namespace, name: &object.name }
}

fn place<'a>(report: &'a Report<'_>, span: Span) -> Place<'a> {
    Place { file: report.path(span), range: range(report.sources, span) }
}

fn findings<'a>(report: &'a Report<'_>, ordered: &'a [Cow<'_, Diagnostic>]) -> Vec<Finding<'a>> {
    let prints = fingerprints(report);
    ordered.iter().zip(prints).map(|(d, print)| finding(report, d, print)).collect()
}

fn finding<'a>(report: &'a Report<'_>, d: &'a Diagnostic, fingerprint: String) -> Finding<'a> {
    Finding {
        code: d.code,
        name: d.name,
        level: d.level.as_str(),
        message: &d.message,
        object: d.object.as_ref().map(object),
        field: &d.field,
        place: place(report, d.primary.span),
        related: d
            .related
            .iter()
            .map(|label| Related {
                message: &label.message,
                object: label.object.as_ref().map(object),
                place: place(report, label.span),
            })
            .collect(),
        help: d.help.as_deref(),
        docs: docs_hint(d.code),
        istio: d.istio,
        kiali: d.kiali,
        fixable: is_fixable(d),
        fingerprint,
    }
}

fn gaps<'a>(report: &'a Report<'_>) -> Vec<Gap<'a>> {
    let gap = |u: &'a Unknown| Gap {
        object: u.object.as_ref().map(object),
        reason: &u.reason,
        place: u.origin.map(|span| place(report, span)),
    };
    report.ordered_unknown().into_iter().map(gap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{findings, report, two_files, unknown};
    use serde_json::json;

    #[test]
    fn one_object() {
        let sources = two_files();
        let mut report = report(&sources, findings(&sources));
        report.unknown = unknown(&sources);
        let value: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
        assert_eq!(value["version"], 1);
        let error = &value["findings"][1];
        let print = fingerprints(&report).remove(1);
        let wanted = json!({
            "code": "MP1001", "name": "missing-host", "level": "error", "message": "host `größe` does not exist",
            "object": {"kind": "VirtualService", "namespace": "shop", "name": "r"},
            "field": "spec.hosts[0]", "file": "b/route.yaml",
            "range": {"start": {"line": 2, "column": 7, "byte": 20}, "end": {"line": 2, "column": 12, "byte": 27}},
            "related": [{"message": "the gateway takes every host", "file": "a/gateway.yaml",
                "range": {"start": {"line": 3, "column": 3, "byte": 25}, "end": {"line": 3, "column": 6, "byte": 28}}}],
            "help": "did you mean `groesse`?", "docs": "meshproof explain MP1001", "istio": "IST0101",
            "fixable": true, "fingerprint": print,
        });
        assert_eq!(error, &wanted);
        assert_eq!(value["findings"][0]["object"], json!(null));
        assert_eq!(
            value["summary"],
            json!({"errors": 1, "warnings": 1, "infos": 1, "fixable": 1, "unknown": 1})
        );
        assert_eq!(value["unknown"][0]["reason"], "no Pods were given");
        assert_eq!(value["unknown"][0]["range"]["start"]["line"], 3);
    }

    #[test]
    fn lines_have_types() {
        let sources = two_files();
        let mut report = report(&sources, findings(&sources));
        report.unknown = unknown(&sources);
        let lines: Vec<serde_json::Value> =
            json_lines(&report).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let types: Vec<&str> = lines.iter().filter_map(|l| l["type"].as_str()).collect();
        assert_eq!(types, ["finding", "finding", "finding", "unknown", "summary"]);
        assert_eq!(lines[1]["code"], "MP1001");
    }

    #[test]
    fn the_schema_names_every_field() {
        let schema = json_schema();
        let fields = &schema["$defs"]["finding"]["properties"];
        let sources = two_files();
        let report = report(&sources, findings(&sources));
        let value: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
        for (name, _) in value["findings"][1].as_object().unwrap() {
            assert!(fields.get(name).is_some(), "{name}");
        }
        assert_eq!(schema["required"], json!(["version", "findings", "summary", "unknown"]));
    }
}
