//! `cargo xtask replay`: random policies and boundary requests, decided by the evaluator and by real Envoy from the compiled
//! configuration. `--sets N` and `--seed N` choose how many and which.

use std::path::PathBuf;

use serde_json::Value;

use crate::conformance::{Program, find_envoy, python};
use crate::{Outcome, project};

/// Makes the sets, runs both sides and compares.
const RUNNER: &str = include_str!("replay.py");
/// Requests to each set.
const REQUESTS: &str = "24";
/// Mismatches that are shown.
const SHOWN: usize = 5;

/// Compares; false when Envoy and the evaluator differ.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let (mut sets, mut seed, mut bin) = ("500", "1", None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = *args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        match *arg {
            "--sets" => sets = value,
            "--seed" => seed = value,
            "--bin" => bin = Some(PathBuf::from(value)),
            other => return Err(format!("replay does not know {other}")),
        }
    }
    let tools = project::root().join("../shared/oracle/tools/authz");
    let Some(envoy) = find_envoy().filter(|_| tools.is_dir()) else {
        println!("replay: skipped, there is no Envoy (`./dev envoy`) or no ../shared/oracle");
        return Ok(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
    };
    let program = Program::find(bin.as_deref())?;
    let scratch = project::root().join("target/replay");
    project::empty_dir(&scratch)?;
    let script = scratch.join("replay.py");
    project::write(&script, RUNNER.as_bytes())?;
    let mut python = python();
    python.env("ENVOY", envoy).arg(&script).arg(&tools).arg(&program.path).arg(&scratch);
    let said = project::output(python.args([sets, seed, REQUESTS]))?;
    let said: Value = serde_json::from_slice(&said).map_err(|e| format!("replay.py: {e}"))?;
    let count = |key: &str| said.get(key).and_then(Value::as_u64).unwrap_or(0);
    let mismatches = said.get("mismatches").and_then(Value::as_array).cloned().unwrap_or_default();
    println!(
        "replay: {} sets, {} requests, {} mismatches (seed {seed})",
        count("sets"),
        count("requests"),
        mismatches.len()
    );
    mismatches.iter().take(SHOWN).for_each(|one| println!("  {one}"));
    Ok(mismatches.is_empty())
}
