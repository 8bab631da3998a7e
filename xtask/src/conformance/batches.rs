//! Areas with one input file for all cases.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::compare::{self, by_id, list, text};
use super::program::{Said, args, each};
use super::{Answer, CaseResult, Context};
use crate::project;

/// Writes the rows, runs the batch command on them, and gives the answers by id.
fn batch(
    context: &Context,
    command: &str,
    rows: &[Value],
    more: &[&dyn AsRef<std::ffi::OsStr>],
) -> Result<Result<BTreeMap<String, Value>, String>, String> {
    let file = context.scratch.join("batch.jsonl");
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    project::write(&file, lines.as_bytes())?;
    let mut all = args(&[&command, &"--batch", &file]);
    all.extend(args(more));
    let said = context.program.run(&all, &context.scratch, command)?;
    match said.not_built() {
        Some(why) => Ok(Err(why)),
        None => answers(&said).map(Ok),
    }
}

/// A batch that died half-way still has the answers that it gave.
fn answers(said: &Said) -> Result<BTreeMap<String, Value>, String> {
    let rows = compare::lines(&said.stdout)?;
    if rows.is_empty() { Err(said.first_fault()) } else { Ok(by_id(rows)) }
}

/// `parse --batch` for single documents, `parse` for streams.
pub(crate) fn yaml(context: &Context) -> Result<Answer, String> {
    let scalars = wanted(context, &context.area.join("scalars.jsonl"))?;
    let rows: Vec<Value> =
        scalars.iter().map(|row| json!({"id": row.get("id"), "yaml": row.get("yaml")})).collect();
    let mut cases = Vec::new();
    if !rows.is_empty() {
        match batch(context, "parse", &rows, &[])? {
            Err(why) => return Ok(Answer::NotBuilt(why)),
            Ok(answers) => cases.extend(scalars.iter().map(|row| scalar(row, answers.get(text(row, "id"))))),
        }
    }
    let streams = wanted(context, &context.area.join("streams.jsonl"))?;
    for done in each(&streams, |row| stream(context, row)) {
        cases.push(done?);
    }
    Ok(Answer::Cases(cases))
}

fn wanted(context: &Context, path: &Path) -> Result<Vec<Value>, String> {
    let mut rows = compare::read_lines(path)?;
    rows.retain(|row| context.wants(text(row, "id")));
    Ok(rows)
}

fn scalar(row: &Value, answer: Option<&Value>) -> CaseResult {
    let fault = match (row.get("json"), answer.and_then(|a| a.get("json"))) {
        (None, None) => answer.and_then(|a| a.get("error")).is_none().then(|| "no answer".to_owned()),
        (Some(expect), Some(got)) if compare::equal(&parsed(expect), &parsed(got)) => None,
        (expect, got) => Some(format!("expect {}, got {}", compare::short(expect), compare::short(got))),
    };
    CaseResult::new(format!("scalars/{}", text(row, "id")), fault)
}

/// JSON may stand as text or as it is.
fn parsed(value: &Value) -> Value {
    let inner = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    inner.unwrap_or_else(|| value.clone())
}

/// The documents that each of the two readers sees, in order; exit 1 iff one of them is broken.
fn stream(context: &Context, row: &Value) -> Result<CaseResult, String> {
    let name = format!("streams/{}", text(row, "id"));
    for (reader, key) in [("kubernetes", "kubeDocs"), ("istio", "istioDocs")] {
        if let Some(fault) = stream_of(context, row, reader, key)? {
            return Ok(CaseResult::new(name, Some(format!("{key}: {fault}"))));
        }
    }
    Ok(CaseResult::new(name, None))
}

fn stream_of(context: &Context, row: &Value, reader: &str, key: &str) -> Result<Option<String>, String> {
    let id = text(row, "id");
    let file = context.scratch.join(format!("{id}.yaml"));
    project::write(&file, text(row, "yaml").as_bytes())?;
    let said = context.program.run(&args(&[&"parse", &"--reader", &reader, &file]), &context.scratch, id)?;
    let pieces = list(row, key);
    let expect: Vec<Value> = pieces.iter().filter_map(|piece| piece.get("json")).map(parsed).collect();
    let broken = pieces.iter().any(|piece| piece.get("error").is_some() || piece.get("readError").is_some());
    let got = match compare::lines(&said.stdout) {
        Ok(got) => got,
        Err(why) => return Ok(Some(why)),
    };
    let same = got.len() == expect.len() && got.iter().zip(&expect).all(|(a, b)| compare::equal(a, b));
    Ok(match (same, broken == (said.code == Some(1))) {
        (true, true) => None,
        (false, _) => {
            Some(format!("expect {} documents, got {} ({})", expect.len(), got.len(), said.first_fault()))
        }
        (true, false) => Some(format!("broken: {broken}, {}", said.first_fault())),
    })
}

/// `validate --batch`: the verdict.
pub(crate) fn validation(context: &Context) -> Result<Answer, String> {
    let mut rows = Vec::new();
    for path in project::files_below(&context.area, ".jsonl")? {
        rows.extend(wanted(context, &path)?);
    }
    let questions: Vec<Value> = rows
        .iter()
        .map(|row| json!({"id": row.get("id"), "kind": row.get("kind"), "doc": row.get("doc")}))
        .collect();
    let answers = match batch(context, "validate", &questions, &[])? {
        Err(why) => return Ok(Answer::NotBuilt(why)),
        Ok(answers) => answers,
    };
    let case = |row: &Value| {
        let answer = answers.get(text(row, "id"));
        let (expect, got) = (text(row, "verdict"), answer.map(|a| text(a, "verdict")).unwrap_or("no answer"));
        let by = |row: &Value| row.get("by").cloned().unwrap_or_default();
        let fault =
            format!("expect {expect} by {}, got {got} by {}", by(row), answer.map(by).unwrap_or_default());
        let mut case = CaseResult::new(text(row, "id"), (expect != got).then_some(fault));
        case.parts = (usize::from(answer.is_some_and(|a| same_set(&by(row), &by(a)))), 1);
        case
    };
    Ok(Answer::Cases(rows.iter().map(case).collect()))
}

fn same_set(a: &Value, b: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut words: Vec<String> = value.as_array().into_iter().flatten().map(Value::to_string).collect();
        words.sort();
        words
    };
    sorted(a) == sorted(b)
}

/// `ask --batch`: the answer, and a witness where there has to be one.
pub(crate) fn questions(context: &Context) -> Result<Answer, String> {
    let rows = wanted(context, &context.area.join("questions.jsonl"))?;
    let asked = |row: &Value| json!({"id": row.get("id"), "kind": row.get("kind"), "in": row.get("in"), "params": row.get("params")});
    let asked: Vec<Value> = rows.iter().map(asked).collect();
    let answers = match batch(context, "ask", &asked, &[&"--sets", &context.area.join("sets")])? {
        Err(why) => return Ok(Answer::NotBuilt(why)),
        Ok(answers) => answers,
    };
    let case = |row: &Value| {
        let answer = answers.get(text(row, "id"));
        let (expect, got) = (text(row, "answer"), answer.map(|a| text(a, "answer")).unwrap_or("no answer"));
        let has_witness = answer.and_then(|a| a.pointer("/witness/request")).is_some();
        let fault =
            match (expect == got, expect == "violated" && row.get("witness").is_some() && !has_witness) {
                (false, _) => Some(format!("{}: expect {expect}, got {got}", text(row, "kind"))),
                (true, true) => Some("violated without a witness".to_owned()),
                (true, false) => None,
            };
        CaseResult::new(text(row, "id"), fault)
    };
    Ok(Answer::Cases(rows.iter().map(case).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_equal_by_value_or_by_failing() {
        let equal = |row: Value, answer: Value| scalar(&row, Some(&answer)).equal;
        assert!(equal(json!({"id": "a", "json": "{\"v\":1}"}), json!({"id": "a", "json": "{\"v\": 1.0}"})));
        assert!(equal(json!({"id": "a", "json": "{\"v\":1}"}), json!({"id": "a", "json": {"v": 1}})));
        assert!(!equal(json!({"id": "a", "json": "{\"v\":1}"}), json!({"id": "a", "json": "{\"v\":\"1\"}"})));
        assert!(equal(json!({"id": "a", "error": "x"}), json!({"id": "a", "error": "y"})));
        assert!(!equal(json!({"id": "a", "error": "x"}), json!({"id": "a", "json": "1"})));
        assert!(!scalar(&json!({"id": "a", "error": "x"}), None).equal);
    }

    #[test]
    fn reasons_are_sets() {
        assert!(same_set(&json!(["a", "b"]), &json!(["b", "a"])));
        assert!(!same_set(&json!(["a"]), &json!(["b"])));
    }
}
