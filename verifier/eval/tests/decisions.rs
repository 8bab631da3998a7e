//! Decisions of real Envoys behind real istiod configuration, for every case that is on this machine.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads files and says when it cannot"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "functions of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mp_eval::{Decision, Request, Surroundings, decide};
use mp_ir::plan::EnforcementPoint;
use mp_model::{Input, Workspace};

fn shared() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/authz");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "shared/oracle/authz is absent");
    eprintln!("skipped: shared/oracle/authz is absent");
    None
}

fn point(case: &Path) -> EnforcementPoint {
    let mut files: Vec<PathBuf> = fs::read_dir(case.join("in")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<Input> =
        files.iter().map(|f| Input::new(f.display().to_string(), &fs::read_to_string(f).unwrap())).collect();
    let ws = Workspace::read(&inputs);
    let mesh = mp_lower::facts(&ws, &mp_lower::FactOptions::default());
    let meta: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(case.join("case.json")).unwrap()).unwrap();
    let name = meta["workload"]["name"].as_str().unwrap();
    let namespace = meta["workload"]["namespace"].as_str().unwrap();
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    points.into_iter().find(|p| p.name == name && p.namespace == namespace).expect("the workload has a point")
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}: {line}", path.display())))
        .collect()
}

fn difference(got: &Decision, want: &serde_json::Value) -> Option<String> {
    let got = serde_json::to_value(got).unwrap();
    let null = serde_json::Value::Null;
    let field = |v: &serde_json::Value, key: &str| v.get(key).unwrap_or(&null).clone();
    let keys = ["decision", "by", "status", "matched", "dry_run", "audit"];
    let bad: Vec<String> = keys
        .into_iter()
        .filter(|key| field(&got, key) != field(want, key))
        .map(|key| format!("{key}: got {} want {}", field(&got, key), field(want, key)))
        .collect();
    (!bad.is_empty()).then(|| bad.join(", "))
}

#[test]
fn all_decisions_are_equal() {
    let Some(dir) = shared() else { return };
    let mut cases: Vec<PathBuf> =
        fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    let (mut total, mut equal) = (0, 0);
    let mut bad: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases {
        let point = point(&case);
        let requests: Vec<Request> = lines(&case.join("requests.jsonl"));
        let expect: Vec<serde_json::Value> = lines(&case.join("expect.jsonl"));
        let by_id: BTreeMap<&str, &serde_json::Value> =
            expect.iter().map(|e| (e["id"].as_str().unwrap(), e)).collect();
        for request in &requests {
            total += 1;
            let got = decide(&point, request, &Surroundings::default());
            match difference(&got, by_id[request.id.as_str()]) {
                None => equal += 1,
                Some(text) => {
                    let name = case.file_name().unwrap().to_string_lossy().into_owned();
                    let shown = serde_json::to_string(request).unwrap();
                    bad.entry(name)
                        .or_default()
                        .push(format!("{text}\n      {shown}\n      {:?}", got.trace));
                }
            }
        }
    }
    for (case, list) in &bad {
        eprintln!("{case}: {} differ", list.len());
        list.iter().take(2).for_each(|line| eprintln!("   {line}"));
    }
    eprintln!("decisions: {equal} / {total}");
    assert_eq!(equal, total);
}
