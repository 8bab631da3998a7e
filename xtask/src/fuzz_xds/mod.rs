//! `cargo xtask fuzz-xds`: random meshes, made of the recorded ones, asked of istiod's own code and of `compile`; their bootstraps are
//! loaded by Envoy too. `--seed N` chooses the first mesh, `--meshes N` how many follow, `--xdsdump FILE` is the program that is built from
//! `../shared/oracle/tools/xdsdump`. What differs stays in `target/fuzz-xds` with both answers.

use std::path::PathBuf;

use serde_json::Value;

use crate::conformance::{Program, find_envoy, python};
use crate::{Outcome, project};

/// What is recorded, new values, meshes, and asking about them; the last one is run.
const SCRIPTS: [(&str, &str); 4] = [
    ("recorded.py", include_str!("recorded.py")),
    ("values.py", include_str!("values.py")),
    ("meshes.py", include_str!("meshes.py")),
    ("fuzz_xds.py", include_str!("fuzz_xds.py")),
];
/// Kinds of objects, their fields and types.
const SCHEMA: &str = "compiler/model/src/generated/schema.rs";

/// Compares; false when the two differ about a mesh.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let (mut meshes, mut seed, mut bin, mut xdsdump) = ("200", "1", None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = *args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        match *arg {
            "--meshes" => meshes = value,
            "--seed" => seed = value,
            "--bin" => bin = Some(PathBuf::from(value)),
            "--xdsdump" => xdsdump = Some(PathBuf::from(value)),
            other => return Err(format!("fuzz-xds does not know {other}")),
        }
    }
    let shared = project::root().join("../shared");
    let Some(xdsdump) = xdsdump.filter(|file| file.is_file() && shared.is_dir()) else {
        println!(
            "fuzz-xds: skipped, there is no ../shared or no `--xdsdump FILE` (see ../shared/oracle/README.md)"
        );
        return Ok(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
    };
    let program = Program::find(bin.as_deref())?;
    let scratch = project::root().join("target/fuzz-xds");
    project::empty_dir(&scratch)?;
    for (name, text) in SCRIPTS {
        project::write(&scratch.join(name), text.as_bytes())?;
    }
    let mut python = python();
    python.arg(scratch.join("fuzz_xds.py")).arg(&shared).arg(project::root().join(SCHEMA));
    python.arg(xdsdump).arg(&program.path).arg(&scratch).args([seed, meshes]);
    if let Some(envoy) = find_envoy() {
        python.arg(envoy).arg(project::root().join("fixtures/identity"));
    }
    let said = project::output(&mut python)?;
    told(&String::from_utf8_lossy(&said), seed)
}

/// Prints what came out; false when there is a difference.
fn told(said: &str, seed: &str) -> Outcome {
    let mut lines: Vec<&str> = said.lines().collect();
    let counts = lines.pop().ok_or("fuzz_xds.py said nothing")?;
    let counts: Value = serde_json::from_str(counts).map_err(|e| format!("fuzz_xds.py: {e}"))?;
    println!("fuzz-xds: {counts} (seed {seed})");
    lines.iter().for_each(|line| println!("  {line}"));
    let none = |key: &str| counts.get(key).and_then(Value::as_u64) == Some(0);
    Ok(none("differs") && none("error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_a_failure_and_a_mesh_that_istiod_refuses_is_none() {
        let counts = |differs, skip| {
            format!("{{\"equal\": 1, \"differs\": {differs}, \"error\": 0, \"skip\": {skip}}}")
        };
        assert_eq!(told(&counts(0, 1), "1"), Ok(true));
        assert_eq!(told(&format!("{{}}\n{}", counts(1, 0)), "1"), Ok(false));
        assert!(told("", "1").is_err());
    }
}
