//! What `sigs.k8s.io/yaml` and the two document readers answered for texts that lie beside the repository.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads files and says when it cannot"
)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "functions of tests may fail as tests do")]

use mp_syntax::{Reader, batch_json, documents_json};
use serde_json::Value;

fn rows(name: &str) -> Option<Vec<Value>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/oracle/yaml/");
    match std::fs::read_to_string(format!("{path}{name}")) {
        Ok(text) => Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()),
        Err(_) if std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_some() => panic!("{path}{name} is absent"),
        Err(_) => {
            eprintln!("skipped: {name} is absent");
            None
        }
    }
}

/// Empty when the answer is right.
fn difference(answer: &Result<String, String>, row: &Value) -> String {
    match (answer, row["json"].as_str()) {
        (Ok(json), Some(wanted)) => {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            if value(json) == value(wanted) { String::new() } else { format!("{json} is not {wanted}") }
        }
        (Ok(json), None) => format!("{json} should be refused: {}", row["error"]),
        (Err(error), Some(wanted)) => format!("refused ({error}), should be {wanted}"),
        (Err(_), None) => String::new(),
    }
}

#[test]
fn scalars_equal_the_real_answers() {
    let Some(rows) = rows("scalars.jsonl") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let difference = difference(&batch_json(row["yaml"].as_str().unwrap()), row);
        if !difference.is_empty() {
            wrong.push(format!("{}: {difference}", row["id"]));
        }
    }
    assert_eq!(wrong, [""; 0], "{} of {} rows differ", wrong.len(), rows.len());
    assert!(rows.len() >= 212);
}

#[test]
fn streams_are_cut_as_both_readers_cut_them() {
    let Some(rows) = rows("streams.jsonl") else { return };
    for row in &rows {
        let text = row["yaml"].as_str().unwrap();
        for (reader, key) in [(Reader::Kubernetes, "kubeDocs"), (Reader::Istio, "istioDocs")] {
            let wanted = row[key].as_array().cloned().unwrap_or_default();
            compare(text, reader, &wanted, &row["id"]);
        }
    }
    assert!(rows.len() >= 25);
}

fn compare(text: &str, reader: Reader, wanted: &[Value], id: &Value) {
    let answers = documents_json(text, reader);
    assert_eq!(answers.len(), wanted.len(), "{id} {reader:?} {answers:?}");
    for (answer, wanted) in answers.into_iter().zip(wanted) {
        match answer {
            Ok(None) => assert!(wanted.get("empty").is_some(), "{id} {reader:?}"),
            Ok(Some(json)) => assert_eq!(difference(&Ok(json), wanted), "", "{id} {reader:?}"),
            Err(_) => {
                assert!(wanted.get("json").is_none() && wanted.get("empty").is_none(), "{id} {reader:?}")
            }
        }
    }
}
