//! Requests of a report: of `diff`, `verify` and `ask` as JSON, or requests alone.

use std::collections::BTreeMap;
use std::path::Path;

use mp_eval::{Request, Verdict};
use serde_json::Value;

use crate::failure::Failure;
use crate::input;

/// One request to send.
#[derive(Debug)]
pub(super) struct Witness {
    /// `namespace/name` of the workload.
    pub(super) workload: String,
    pub(super) request: Request,
    /// What external authorisers say, by provider.
    pub(super) consents: BTreeMap<String, bool>,
    /// What the report says of the new side.
    pub(super) expected: Option<Verdict>,
}

/// All requests of a file; `workload` stands in where the file names none.
pub(super) fn read(file: &Path, workload: Option<&str>) -> Result<Vec<Witness>, Failure> {
    let text = input::read_text(file)?;
    let bad = |what: String| {
        Failure::usage(
            format!("{}: {what}", file.display()),
            "pass the JSON report of `diff`, `verify` or `ask`, or one request as JSON",
        )
    };
    let value: Value = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
    let mut out = Vec::new();
    let start = Around { workload, expected: None };
    collect(&value, &start, &mut out).map_err(bad)?;
    if out.is_empty() {
        return Err(bad("there is no request in it".to_owned()));
    }
    Ok(out)
}

/// What stands around a part of the report.
#[derive(Clone, Copy)]
struct Around<'a> {
    workload: Option<&'a str>,
    expected: Option<Verdict>,
}

fn collect<'a>(value: &'a Value, around: &Around<'a>, out: &mut Vec<Witness>) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, around, out)),
        Value::Object(fields) => {
            let workload = fields.get("workload").and_then(Value::as_str).or(around.workload);
            let after = value
                .pointer("/after/decision")
                .and_then(|decision| serde_json::from_value(decision.clone()).ok());
            let here = Around { workload, expected: after.or(around.expected) };
            if let Some(request) = fields.get("request").filter(|request| request.is_object()) {
                out.push(made(request, fields.get("consents"), &here)?);
                return match fields.get("twin").filter(|twin| twin.is_object()) {
                    Some(twin) => made(twin, fields.get("consents"), &here).map(|twin| out.push(twin)),
                    None => Ok(()),
                };
            }
            let alone = fields.contains_key("port")
                && (fields.contains_key("proto") || fields.contains_key("method"));
            if alone {
                out.push(made(value, None, &here)?);
                return Ok(());
            }
            fields.values().try_for_each(|field| collect(field, &here, out))
        }
        _ => Ok(()),
    }
}

fn made(request: &Value, consents: Option<&Value>, around: &Around<'_>) -> Result<Witness, String> {
    let workload = around.workload.ok_or("it names no workload; pass `--workload NS/NAME`")?;
    let request: Request = serde_json::from_value(request.clone()).map_err(|e| e.to_string())?;
    let consents =
        consents.map(|c| serde_json::from_value(c.clone())).transpose().map_err(|e| e.to_string())?;
    Ok(Witness {
        workload: workload.to_owned(),
        request,
        consents: consents.unwrap_or_default(),
        expected: around.expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, workload: Option<&str>) -> Result<Vec<Witness>, String> {
        let value: Value = serde_json::from_str(text).unwrap();
        let mut out = Vec::new();
        collect(&value, &Around { workload, expected: None }, &mut out).map(|()| out)
    }

    #[test]
    fn requests_are_found_in_every_report() {
        let request = r#"{"port": 80, "proto": "http", "method": "GET", "path": "/"}"#;
        let diff = format!(
            r#"{{"access": {{"points": [{{"workload": "a/b", "gained": [{{"witness": {{"workload": "a/b", "request": {request}, "consents": {{"x": true}}}}, "after": {{"decision": "allow"}}}}]}}]}}}}"#
        );
        let all = found(&diff, None).unwrap();
        assert_eq!((all.len(), all[0].workload.as_str(), all[0].expected), (1, "a/b", Some(Verdict::Allow)));
        assert_eq!(all[0].consents.get("x"), Some(&true));
        let verify = format!(
            r#"{{"verdicts": [{{"workload": "a/b", "witness": {{"request": {request}, "twin": {request}}}}}, {{"workload": "a/c", "witness": null}}]}}"#
        );
        assert_eq!(found(&verify, None).unwrap().len(), 2);
        assert!(found(request, None).is_err());
        assert_eq!(found(request, Some("a/b")).unwrap().len(), 1);
        assert_eq!(
            found(r#"{"routes": {"changed": [{"witness": {"method": "GET", "path": "/"}}]}}"#, None)
                .unwrap()
                .len(),
            0
        );
    }
}
