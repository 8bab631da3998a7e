//! The written questions of `fixtures/questions`, whose answers real Envoys and brute force gave.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "functions of tests may fail as tests do"
)]

mod support;

use serde_json::Value;
use support::{fixtures, meshproof};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn all_are_answered_rightly() {
    let home = fixtures().join("questions");
    let asked = lines(&std::fs::read_to_string(home.join("questions.jsonl")).unwrap());
    let ran = meshproof(&home, &["ask", "--batch", "questions.jsonl", "--sets", "sets"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let found = lines(&ran.out);
    assert_eq!(asked.len(), found.len());
    let wrong: Vec<String> = asked
        .iter()
        .zip(&found)
        .filter(|(asked, found)| asked["answer"] != found["answer"])
        .map(|(asked, found)| format!("{asked}\n    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked.len() > 100);
}

#[test]
fn places_of_two_sets_are_told_apart() {
    let home = fixtures().join("questions");
    let ran = meshproof(&home, &["ask", "--batch", "questions.jsonl", "--sets", "sets"], b"");
    let all = lines(&ran.out);
    let found = all.iter().find(|answer| answer["id"] == "templates-new").unwrap();
    let files: std::collections::BTreeSet<&str> = found["because"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|reason| reason["at"].as_str()?.split(':').next())
        .collect();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), ["sets/templates-prefix/in/mesh.yaml"]);
}
