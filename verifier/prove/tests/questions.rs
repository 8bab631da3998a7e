//! Questions whose answers were confirmed by real Envoys, for every question that is on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

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
    let meta: serde_json::Value = serde_json::from_str(&fs::read_to_string(dir.join("case.json")).unwrap()).unwrap();
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    let name = meta["workload"]["name"].as_str().unwrap().to_owned();
    let point = points.into_iter().find(|p| p.name == name).expect("the workload has a point");
    (mesh, point)
}

#[test]
fn all_answers_are_equal() {
    let Some(dir) = shared() else { return };
    let only = std::env::var("QUESTION").ok();
    let text = fs::read_to_string(dir.join("questions.jsonl")).unwrap();
    let mut sets: BTreeMap<String, (Mesh, EnforcementPoint)> = BTreeMap::new();
    let (mut total, mut equal) = (0, 0);
    let mut slow: Vec<(u128, String)> = Vec::new();
    for line in text.lines() {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = question["id"].as_str().unwrap();
        if only.as_ref().is_some_and(|only| only != id) {
            continue;
        }
        total += 1;
        let names: Vec<&str> = question["in"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        for name in &names {
            sets.entry((*name).to_owned()).or_insert_with(|| set(&dir.join("sets").join(name)));
        }
        let mut kind = serde_json::json!({"kind": question["kind"]});
        if question["params"].as_object().is_some_and(|p| !p.is_empty()) {
            kind["params"] = question["params"].clone();
        }
        let kind: Kind = serde_json::from_value(kind).unwrap_or_else(|e| panic!("{e}: {line}"));
        let subjects: Vec<Subject<'_>> = names
            .iter()
            .map(|name| &sets[*name])
            .map(|(mesh, point)| Subject { mesh, point, lower: mp_lower::plan::security::enforcement_points })
            .collect();
        let start = Instant::now();
        let got = ask(&kind, &subjects);
        slow.push((start.elapsed().as_millis(), id.to_owned()));
        let wanted = if question["answer"] == "holds" { Truth::Holds } else { Truth::Violated };
        match got {
            Ok(answer) if answer.answer == wanted => {
                equal += 1;
                if only.is_some() {
                    eprintln!("{answer:#?}");
                }
            }
            Ok(answer) => eprintln!(
                "{id} {} {names:?}: got {:?} want {wanted:?}\n   params {}\n   ours {}\n   witness {}\n   {:?}",
                question["kind"],
                answer.answer,
                question["params"],
                serde_json::to_string(&answer.witness).unwrap(),
                question["witness"]["request"],
                answer.unknown,
            ),
            Err(error) => eprintln!("{id} {} {names:?}: {error} {}", question["kind"], question["params"]),
        }
    }
    slow.sort();
    slow.reverse();
    eprintln!("slowest: {:?}", slow.iter().take(5).collect::<Vec<_>>());
    eprintln!("questions: {equal} / {total}");
    assert_eq!(equal, total);
}
