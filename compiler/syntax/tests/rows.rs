//! Texts of every kind with the JSON that `sigs.k8s.io/yaml` 1.6 makes of them. A row without `json` is refused.
#![expect(clippy::unwrap_used, reason = "functions of tests may fail as tests do")]

use mp_syntax::base::FileId;
use mp_syntax::{ProblemKind, batch_json, parse};
use serde_json::Value;

fn rows() -> Vec<Value> {
    include_str!("rows.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn field<'r>(row: &'r Value, name: &str) -> Option<&'r str> {
    row.get(name).and_then(Value::as_str)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_row_has_the_real_answer() {
    let mut wrong = Vec::new();
    for row in rows() {
        let answer = batch_json(field(&row, "yaml").unwrap());
        let same = match (&answer, field(&row, "json")) {
            (Ok(text), Some(wanted)) => json(text) == json(wanted),
            (Err(_), None) => true,
            _ => false,
        };
        if !same {
            wrong.push(format!("{row}: {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a file is read for says the same as the answer for the text alone: refused texts have a problem, others have none, and the tree
/// gives the same JSON.
#[test]
fn files_are_read_as_texts_are() {
    let refusals = [ProblemKind::Syntax, ProblemKind::Encoding, ProblemKind::Limit, ProblemKind::Template];
    for row in rows() {
        let text = field(&row, "yaml").unwrap();
        // The cut at `---` and the line break at the end make a difference of their own.
        if text.contains("---") || !text.ends_with('\n') {
            continue;
        }
        let parsed = parse(FileId(0), text.into());
        let refused = parsed.problems.iter().any(|p| refusals.contains(&p.kind));
        let late = field(&row, "id").is_some_and(|id| id.starts_with("character")) && text.contains("...");
        assert!(refused == field(&row, "json").is_none() || late, "{row}: {:?}", parsed.problems);
        if let (Some(wanted), false) = (field(&row, "json"), refused) {
            let answer = parsed.root(0).map_or(Ok("null".to_owned()), |root| root.to_json());
            assert_eq!(json(&answer.unwrap()), json(wanted), "{row}");
        }
    }
}
