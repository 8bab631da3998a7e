//! `cargo xtask replay`: random policies and boundary requests, decided by the evaluator and by real Envoy from the compiled
//! configuration. `--sets N` and `--seed N` choose how many and which; `--requests N` says how many requests each set gets. With
//! `--policies recorded` the policies are those of the recorded cases, one after the other; with `--policies questions` the written
//! questions of `fixtures/questions` are answered by brute force, and their answers compared.

use std::path::PathBuf;

use serde_json::Value;

use crate::conformance::{Program, find_envoy, python};
use crate::{Outcome, project};

/// What makes sets and requests, runs both sides and compares.
const SCRIPTS: [(&str, &str); 6] = [
    ("sets.py", include_str!("sets.py")),
    ("boundary.py", include_str!("boundary.py")),
    ("compared.py", include_str!("compared.py")),
    ("asked.py", include_str!("asked.py")),
    ("questions.py", include_str!("questions.py")),
    ("replay.py", include_str!("replay.py")),
];
/// Mismatches that are shown.
const SHOWN: usize = 5;

/// Whose policies are replayed.
#[derive(Clone, Copy)]
enum Policies {
    Random,
    Recorded,
    Questions,
}

impl Policies {
    fn named(word: &str) -> Result<Self, String> {
        match word {
            "random" => Ok(Self::Random),
            "recorded" => Ok(Self::Recorded),
            "questions" => Ok(Self::Questions),
            other => Err(format!("policies are random, recorded or questions, not {other}")),
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::Random | Self::Recorded => "replay.py",
            Self::Questions => "questions.py",
        }
    }
}

/// Compares; false when Envoy and the evaluator differ.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let (mut sets, mut seed, mut requests, mut bin, mut policies) =
        ("500", "1", None, None, Policies::Random);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = *args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        match *arg {
            "--sets" => sets = value,
            "--seed" => seed = value,
            "--requests" => requests = Some(value),
            "--policies" => policies = Policies::named(value)?,
            "--bin" => bin = Some(PathBuf::from(value)),
            other => return Err(format!("replay does not know {other}")),
        }
    }
    let requests = requests.unwrap_or(if matches!(policies, Policies::Questions) { "300" } else { "24" });
    let tools = project::root().join("../shared/oracle/tools/authz");
    let Some(envoy) = find_envoy().filter(|_| tools.is_dir()) else {
        println!("replay: skipped, there is no Envoy (`./dev envoy`) or no ../shared/oracle");
        return Ok(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
    };
    let program = Program::find(bin.as_deref())?;
    let scratch = project::root().join("target/replay");
    project::empty_dir(&scratch)?;
    for (name, text) in SCRIPTS {
        project::write(&scratch.join(name), text.as_bytes())?;
    }
    let mut python = python();
    python
        .env("ENVOY", envoy)
        .arg(scratch.join(policies.script()))
        .arg(&tools)
        .arg(&program.path)
        .arg(&scratch);
    match policies {
        Policies::Random => python.args([sets, seed, requests]),
        Policies::Recorded => {
            python.args([sets, seed, requests]).arg(project::root().join("../shared/oracle/authz"))
        }
        Policies::Questions => python.arg(project::root().join("fixtures/questions")).args([seed, requests]),
    };
    let said = project::output(&mut python)?;
    let said: Value = serde_json::from_slice(&said).map_err(|e| format!("replay.py: {e}"))?;
    Ok(told(&said, seed))
}

/// Prints what came out; false when there is a mismatch.
fn told(said: &Value, seed: &str) -> bool {
    let count = |key: &str| said.get(key).and_then(Value::as_u64).unwrap_or(0);
    let mismatches = said.get("mismatches").and_then(Value::as_array).cloned().unwrap_or_default();
    println!(
        "replay: {} sets, {} requests, {} mismatches (seed {seed})",
        count("sets"),
        count("requests"),
        mismatches.len()
    );
    if let Some(seen) = said.get("seen") {
        println!("  outcomes: {seen}");
    }
    mismatches.iter().take(SHOWN).for_each(|one| println!("  {one}"));
    mismatches.is_empty()
}
