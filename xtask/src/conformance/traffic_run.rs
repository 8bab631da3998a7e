//! Recorded traffic through the compiled bootstraps: by real Envoy, and by the bundled proxy.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use super::compare::{self, by_id, list, text};
use super::findings::{env_flags, inputs};
use super::program::{args, each};
use super::requests::{case_result, outcome};
use super::{Answer, Context, python};
use crate::project;

/// Moves bootstraps to this machine, starts what runs them and sends the requests.
const RUNNER: &str = include_str!("traffic_run.py");
/// Runs at the same time, each on a network of its own.
const LANES: usize = 4;

/// `compile --target envoy`, run by Envoy.
pub(crate) fn envoy(context: &Context) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    traffic(context, "envoy", &envoy_command(&envoy))
}

/// How Envoy runs a bootstrap.
pub(super) fn envoy_command(envoy: &Path) -> String {
    let quiet = "--concurrency 1 -l warning --disable-hot-restart --file-flush-interval-msec 15";
    format!("{} {quiet} -c {{bootstrap}}", envoy.display())
}

/// `compile --target meshproof`, run by `meshproof run`.
pub(crate) fn proxy(context: &Context) -> Result<Answer, String> {
    traffic(context, "meshproof", &proxy_command(context))
}

/// How `meshproof run` runs a bootstrap.
pub(super) fn proxy_command(context: &Context) -> String {
    format!("{} run {{bootstrap}}", context.program.path.display())
}

/// The Envoy that `MESHPROOF_ENVOY` names, else the one that `./dev envoy` fetched.
pub(crate) fn find_envoy() -> Option<PathBuf> {
    let named = std::env::var_os("MESHPROOF_ENVOY").map(PathBuf::from);
    named.or_else(|| Some(project::root().join(".cache/envoy/envoy"))).filter(|path| path.is_file())
}

/// A case with the folder of its bootstraps, or why it has none.
type Compiled = (String, PathBuf, Result<PathBuf, String>);

fn traffic(context: &Context, target: &str, command: &str) -> Result<Answer, String> {
    let cases = context.cases()?;
    let mut results = Vec::new();
    for ((name, case), got) in cases.iter().zip(rows(context, target, command, &cases)?) {
        let expect = compare::read_lines(&case.join("expect.jsonl"))?;
        results.push(case_result(name, &expect, got.map(by_id), |expect, got| {
            outcome(&ended(expect), got.map(ended).as_ref())
        }));
    }
    Ok(Answer::Cases(results))
}

/// What clients and upstreams of cases saw when their bootstraps ran, case by case, or why nothing ran.
pub(super) fn rows(
    context: &Context,
    target: &str,
    command: &str,
    cases: &[(String, PathBuf)],
) -> Result<Vec<Result<Vec<Value>, String>>, String> {
    let compiled = each(cases, |(name, case)| {
        Ok::<_, String>((name.clone(), case.clone(), bootstraps(context, target, name, case)?))
    });
    let compiled = compiled.into_iter().collect::<Result<Vec<Compiled>, _>>()?;
    let ready: Vec<&Compiled> = compiled.iter().filter(|(.., out)| out.is_ok()).collect();
    let lanes: Vec<Vec<&Compiled>> =
        (0..LANES).map(|lane| ready.iter().copied().skip(lane).step_by(LANES).collect()).collect();
    let lanes: Vec<(usize, Vec<&Compiled>)> = lanes.into_iter().enumerate().collect();
    let ran = each(&lanes, |(lane, cases)| run(context, *lane, command, cases));
    let mut answers = BTreeMap::new();
    for lane in ran {
        answers.extend(lane?.into_iter().map(|row| (text(&row, "case").to_owned(), row)));
    }
    let told = compiled.iter().map(|(name, _, out)| match (out, answers.get(name)) {
        (Err(why), _) => Err(why.clone()),
        (Ok(_), None) => Err("no answer".to_owned()),
        (Ok(_), Some(row)) if row.get("rows").is_none() => Err(text(row, "error").to_owned()),
        (Ok(_), Some(row)) => Ok(list(row, "rows").to_vec()),
    });
    Ok(told.collect())
}

/// A row in which a connection that was reset counts as closed: which of the two a client sees is a matter of time.
fn ended(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(end) = row.get_mut("end").filter(|end| *end == "reset") {
        *end = json!("closed");
    }
    row
}

/// Compiles the proxies of a case into a folder, one file each.
pub(super) fn bootstraps(
    context: &Context,
    target: &str,
    name: &str,
    case: &Path,
) -> Result<Result<PathBuf, String>, String> {
    let out = context.scratch.join(name);
    project::empty_dir(&out)?;
    let proxies = case.join("proxies.json");
    let list = compare::read_json(&proxies)?;
    let file = match list.as_array().map(Vec::as_slice) {
        Some([only]) => out.join(format!("{}.json", text(only, "name"))),
        _ => out.clone(),
    };
    let mut all = args(&[&"compile", &"--target", &target, &"--proxies", &proxies, &"-o", &file]);
    all.extend(inputs(case, "networks.yaml"));
    all.extend(env_flags(case));
    let said = context.program.run(&all, &context.scratch, name)?;
    Ok(if said.code == Some(0) { Ok(out) } else { Err(said.first_fault()) })
}

/// One lane of cases through one Python process.
fn run(context: &Context, lane: usize, command: &str, cases: &[&Compiled]) -> Result<Vec<Value>, String> {
    let row = |(name, case, out): &&Compiled| {
        let out = out.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        format!("{}\n", json!({"case": name, "dir": case, "out": out}))
    };
    let asked: String = cases.iter().map(row).collect();
    let mut python = python();
    python.arg("-c").arg(RUNNER);
    python
        .arg(context.tools.join("../oracle/tools/traffic"))
        .arg(context.scratch.join(format!("lane{lane}")));
    python.arg(command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = python.spawn().map_err(|e| format!("python3 cannot be started: {e}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(asked.as_bytes()).map_err(|e| e.to_string())?;
    }
    let done = child.wait_with_output().map_err(|e| e.to_string())?;
    if !done.status.success() {
        return Err(format!("traffic_run.py: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    compare::lines(&String::from_utf8_lossy(&done.stdout))
}
