//! Questions whose answers were confirmed by real Envoys, for every question that is on this machine.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads files and says when it cannot"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "functions of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_model::{Input, Workspace};
use mp_prove::{Kind, Subject, Truth, ask};

fn shared() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/questions");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "shared/oracle/questions is absent");
    eprintln!("skipped: shared/oracle/questions is absent");
    None
}

fn set(dir: &Path) -> (Mesh, EnforcementPoint) {
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join("in")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<Input> =
        files.iter().map(|f| Input::new(f.display().to_string(), &fs::read_to_string(f).unwrap())).collect();
    let mesh = mp_lower::facts(&Workspace::read(&inputs), &mp_lower::FactOptions::default());
    let meta: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.join("case.json")).unwrap()).unwrap();
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    let name = meta["workload"]["name"].as_str().unwrap().to_owned();
    let point = points.into_iter().find(|p| p.name == name).expect("the workload has a point");
    (mesh, point)
}

type Sets = BTreeMap<String, (Mesh, EnforcementPoint)>;

/// The kind with its parameters, and the names of the sets.
fn read(question: &serde_json::Value) -> (Kind, Vec<&str>) {
    let names = question["in"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    (Kind::parse(question["kind"].as_str().unwrap(), &question["params"]).unwrap(), names)
}

/// Empty when our answer is the confirmed one.
fn difference(question: &serde_json::Value, dir: &Path, sets: &mut Sets) -> String {
    let (kind, names) = read(question);
    for name in &names {
        sets.entry((*name).to_owned()).or_insert_with(|| set(&dir.join("sets").join(name)));
    }
    let subjects: Vec<Subject<'_>> = names
        .iter()
        .map(|name| &sets[*name])
        .map(|(mesh, point)| Subject { mesh, point, lower: mp_lower::plan::security::enforcement_points })
        .collect();
    let wanted = if question["answer"] == "holds" { Truth::Holds } else { Truth::Violated };
    match ask(&kind, &subjects) {
        Ok(answer) if answer.answer == wanted => String::new(),
        Ok(answer) => format!("got {:?}, {:?}, {:?}", answer.answer, answer.witness, answer.unknown),
        Err(error) => error.to_string(),
    }
}

#[test]
fn all_answers_are_equal() {
    let Some(dir) = shared() else { return };
    let text = fs::read_to_string(dir.join("questions.jsonl")).unwrap();
    let mut sets = Sets::new();
    let mut bad = 0;
    for line in text.lines() {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let difference = difference(&question, &dir, &mut sets);
        if !difference.is_empty() {
            bad += 1;
            eprintln!("{} {}: {difference}\n   {line}", question["id"], question["kind"]);
        }
    }
    let total = text.lines().count();
    eprintln!("questions: {} / {total}", total - bad);
    assert_eq!(bad, 0);
}
