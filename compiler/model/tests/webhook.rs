//! What the webhook of istiod answered to documents, and what we answer.

use std::path::Path;

use mp_model::admission::{Claim, Layer, Subject, claim, review};
use mp_model::{Input, Workspace};
use serde_json::Value;

/// Texts of the layers that are istiod's, sorted; `None` for text that nobody can read.
fn said(kind: &str, doc: &str) -> Option<Vec<String>> {
    let workspace = Workspace::read(&[Input::new("a.yaml", doc)]);
    let file = workspace.files().first()?.clone();
    let (_, root) = file.roots().next()?;
    let subject = match (kind, claim(root)) {
        ("MeshConfig", _) => Subject::MeshConfig,
        ("MeshNetworks", _) => Subject::MeshNetworks,
        (_, Claim::Known(subject)) => subject,
        _ => return None,
    };
    let review = review(subject, root);
    let own = review.errors.iter().filter(|e| matches!(e.layer, Layer::Decode | Layer::Validation));
    let errors = own.map(|e| format!("{}: {}", e.layer.as_str(), e.message));
    let mut all: Vec<String> =
        errors.chain(review.warnings.iter().map(|w| format!("warning: {}", w.message))).collect();
    all.sort();
    Some(all)
}

fn wanted(row: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = row["errors"].as_array().into_iter().flatten();
    let own = errors.filter(|e| e["by"] == "decode" || e["by"] == "validation");
    let own = own.map(|e| format!("{}: {}", text(&e["by"]), text(&e["text"])));
    let warnings = row["warnings"].as_array().into_iter().flatten();
    let mut all: Vec<String> = own.chain(warnings.map(|w| format!("warning: {}", text(w)))).collect();
    all.sort();
    all
}

#[test]
fn recorded_answers() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/validation");
    let Ok(entries) = std::fs::read_dir(&dir) else {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "no recorded answers");
        println!("skipped: no recorded answers beside this repository");
        return;
    };
    let (mut total, mut refuses, mut words) = (0, 0, 0);
    for path in entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
    {
        for line in std::fs::read_to_string(&path).expect("text").lines() {
            let row: Value = serde_json::from_str(line).expect("JSON");
            let kind = row["kind"].as_str().unwrap_or_default();
            let Some(got) = said(kind, row["doc"].as_str().unwrap_or_default()) else { continue };
            let want = wanted(&row);
            let by = |all: &[String], word: &str| all.iter().any(|text| text.starts_with(word));
            let same = ["decode", "validation"].iter().all(|word| by(&got, word) == by(&want, word));
            total += 1;
            refuses += usize::from(same);
            words += usize::from(got == want);
            if got != want {
                println!("{kind} {}\n  want {want:?}\n  got  {got:?}", row["id"]);
            }
        }
    }
    println!("{total} documents: {refuses} refused by the same layers, {words} in the same words");
    assert_eq!(refuses, total, "refused by the same layers");
    assert!(words * 100 >= total * 99, "{words} of {total} in the same words");
}
