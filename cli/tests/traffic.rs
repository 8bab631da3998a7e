//! A sample of the recorded traffic through compiled bootstraps in real Envoy; `./dev conformance` runs all of it.

#![expect(clippy::disallowed_methods, reason = "the test starts programs and reads what they wrote")]

mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Folder, meshproof};

/// Cases of the sample, spread over all of them.
const SAMPLE: usize = 20;
/// What must be as it was recorded.
const DECIDING: [&str; 4] = ["status", "cluster", "flags", "grpc_status"];

fn path(text: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(text)
}

/// The recorded cases and Envoy; `None` skips the test, unless the environment demands everything.
fn needed() -> Option<(PathBuf, PathBuf)> {
    let cases = path("../../shared/oracle/traffic");
    let envoy = std::env::var_os("MESHPROOF_ENVOY").map(PathBuf::from);
    let found = envoy.filter(|_| cases.is_dir()).map(|envoy| (cases, envoy));
    if found.is_none() {
        assert!(
            std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(),
            "../shared/oracle/traffic or MESHPROOF_ENVOY is missing"
        );
        eprintln!("skipped: no ../shared/oracle/traffic, or no Envoy (`./dev envoy` fetches it)");
    }
    found
}

fn sample(cases: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(cases).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|case| case.join("expect.jsonl").is_file());
    all.sort();
    let step = all.len().div_ceil(SAMPLE).max(1);
    all.into_iter().step_by(step).collect()
}

/// Compiles the proxies of a case into a folder of its own.
fn compile(case: &Path, out: &Path) {
    let text = |path: PathBuf| path.display().to_string();
    let proxies = text(case.join("proxies.json"));
    let list: Value = serde_json::from_str(&std::fs::read_to_string(&proxies).unwrap()).unwrap();
    let to = match list.as_array().map(Vec::as_slice) {
        Some([only]) => out.join(format!("{}.json", only["name"].as_str().unwrap())),
        _ => out.to_owned(),
    };
    let mut args: Vec<String> =
        vec!["compile".into(), text(case.join("in")), "--proxies".into(), proxies, "-o".into(), text(to)];
    for (flag, file) in [("--mesh-config", "mesh.yaml"), ("--mesh-networks", "networks.yaml")] {
        if case.join(file).is_file() {
            args.extend([flag.to_owned(), text(case.join(file))]);
        }
    }
    let env = std::fs::read_to_string(case.join("env")).unwrap_or_default();
    for line in env.lines().filter(|line| line.contains('=')) {
        args.extend(["--env".to_owned(), line.to_owned()]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = meshproof(case, &args, b"");
    assert_eq!(ran.code, Some(0), "{}: {}", case.display(), ran.err);
}

/// The rows of the answers by case.
fn run(cases: &[(PathBuf, PathBuf)], folder: &Path, envoy: &Path) -> BTreeMap<String, Vec<Value>> {
    let command = format!(
        "{} --concurrency 1 -l warning --disable-hot-restart --file-flush-interval-msec 15 -c {{bootstrap}}",
        envoy.display()
    );
    let mut child = Command::new("python3")
        .arg(path("../xtask/src/conformance/traffic_run.py"))
        .arg(path("../../shared/oracle/tools/traffic"))
        .arg(folder.join("work"))
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    let asked: String = cases
        .iter()
        .map(|(case, out)| {
            format!("{}\n", json!({"case": case.file_name().unwrap().to_str(), "dir": case, "out": out}))
        })
        .collect();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    let lines = String::from_utf8_lossy(&done.stdout).into_owned();
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| {
        let rows = row["rows"].as_array().unwrap_or_else(|| panic!("{row}")).clone();
        (row["case"].as_str().unwrap().to_owned(), rows)
    })
    .collect()
}

#[test]
fn requests_end_as_they_did_behind_the_control_plane() {
    let Some((cases, envoy)) = needed() else { return };
    let folder = Folder::new("traffic", &[]);
    let cases: Vec<(PathBuf, PathBuf)> = sample(&cases)
        .into_iter()
        .map(|case| {
            let out = folder.0.join("out").join(case.file_name().unwrap());
            std::fs::create_dir_all(&out).unwrap();
            compile(&case, &out);
            (case, out)
        })
        .collect();
    assert!(cases.len() >= SAMPLE - 2, "{}", cases.len());
    let answers = run(&cases, &folder.0, &envoy);
    for (case, _) in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(case.join("expect.jsonl")).unwrap();
        for want in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let got = answers[name].iter().find(|row| row["id"] == want["id"]).expect("an answer");
            for key in DECIDING.iter().filter(|key| want.get(**key).is_some()) {
                assert_eq!(got[key], want[key], "{name} {} {key}", want["id"]);
            }
        }
    }
}
