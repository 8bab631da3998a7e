//! Areas that are compared by the oracle's own scripts.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use super::compare::{self, text};
use super::findings::{env_flags, inputs};
use super::program::{Said, args, each};
use super::{Answer, CaseResult, Context, python};
use crate::project;

/// Compares many cases in one Python process.
const BATCH: &str = include_str!("xdsdiff_batch.py");

/// `compile --emit xds` for the proxies of each case, then one comparison of everything.
pub(crate) fn xds(context: &Context) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, path)| {
        let out = context.scratch.join(name);
        let mut all =
            args(&[&"compile", &"--emit", &"xds", &"--proxies", &path.join("proxies.json"), &"-o", &out]);
        all.extend(inputs(path, "networks.yaml"));
        all.extend(env_flags(path));
        let said = context.program.run(&all, &context.scratch, name)?;
        Ok::<_, String>((name.clone(), path.clone(), out, said))
    });
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    if let Some(why) = done.first().and_then(|(.., said)| said.not_built()) {
        return Ok(Answer::NotBuilt(why));
    }
    let asked: Vec<Value> = done.iter().map(|(name, case, out, _)| question(name, case, out)).collect();
    let answers = compare_all(context, &asked)?;
    let result =
        |(name, _, _, said): &(String, PathBuf, PathBuf, Said)| xds_case(name, answers.get(name), said);
    Ok(Answer::Cases(done.iter().map(result).collect()))
}

fn question(name: &str, case: &Path, out: &Path) -> Value {
    let mask = Some(case.join("mask.json")).filter(|mask| mask.is_file());
    json!({"case": name, "expect": case.join("expect"), "actual": out, "mask": mask})
}

fn compare_all(context: &Context, asked: &[Value]) -> Result<BTreeMap<String, Value>, String> {
    let mut python = python();
    python
        .arg("-c")
        .arg(BATCH)
        .arg(&context.tools)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = python.spawn().map_err(|e| format!("python3 cannot be started: {e}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        let lines: String = asked.iter().map(|row| format!("{row}\n")).collect();
        stdin.write_all(lines.as_bytes()).map_err(|e| e.to_string())?;
    }
    let done = child.wait_with_output().map_err(|e| e.to_string())?;
    if !done.status.success() {
        return Err(format!("xdsdiff: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    let rows = compare::lines(&String::from_utf8_lossy(&done.stdout))?;
    Ok(rows.into_iter().map(|row| (text(&row, "case").to_owned(), row)).collect())
}

fn xds_case(name: &str, answer: Option<&Value>, said: &Said) -> CaseResult {
    let Some(answer) = answer else { return CaseResult::new(name, Some("not compared".to_owned())) };
    let number = |key: &str| {
        answer.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    };
    let fault = match (said.code, answer.get("equal")) {
        (Some(0), Some(Value::Bool(true))) => None,
        (Some(0), _) => Some(text(answer, "differs").to_owned()),
        _ => Some(said.first_fault()),
    };
    let mut case = CaseResult::new(name, fault);
    case.parts = (number("resources"), number("of"));
    case
}

/// `run` under proxydiff.py, which prints the ids that differ.
pub(crate) fn proxy(context: &Context) -> Result<Answer, String> {
    let said = context.program.run(
        &args(&[&"run", &"--validate", &context.area.join("bootstrap.json")]),
        &context.scratch,
        "run",
    )?;
    if let Some(why) = said.not_built() {
        return Ok(Answer::NotBuilt(why));
    }
    let scenarios = compare::read_lines(&context.area.join("scenarios.jsonl"))?;
    settle_races(context, &scenarios)?;
    let asked: Vec<&Value> = scenarios.iter().filter(|s| context.wants(text(s, "id"))).collect();
    let mut differ = proxydiff(context, context.only.as_deref())?;
    // A scenario can lose a race on a busy machine: what does not depend on others is asked once more.
    let again = |s: &&&Value| s.get("serial").is_none() && differ.contains_key(text(s, "id"));
    let again: Vec<&str> = asked.iter().filter(again).map(|s| text(s, "id")).collect();
    if (1..=RETRIED).contains(&again.len()) {
        let still = proxydiff(context, Some(&again.join(",")))?;
        differ.retain(|id, _| still.contains_key(id) || !again.contains(&id.as_str()));
    }
    let case = |s: &&Value| CaseResult::new(text(s, "id"), differ.get(text(s, "id")).cloned());
    Ok(Answer::Cases(asked.iter().map(case).collect()))
}

/// Scenarios whose recorded answer rests on a client that gives up in the moment in which the answer comes, with Envoy as well, and
/// the seconds after which it gives up here (`runtime/deviations.txt` has the evidence).
const RACES: &[(&str, f64)] = &[("cb", 1.2)];

/// Writes the area's files into the scratch folder, with clients that lose no races.
fn settle_races(context: &Context, scenarios: &[Value]) -> Result<(), String> {
    for file in project::entries(&context.area)? {
        if let Some(name) = file.file_name().filter(|name| *name != "scenarios.jsonl") {
            std::fs::copy(&file, context.scratch.join(name))
                .map_err(|e| format!("{}: {e}", file.display()))?;
        }
    }
    let line = |scenario: &Value| {
        let mut scenario = scenario.clone();
        let race = RACES.iter().find(|(id, _)| *id == text(&scenario, "id"));
        if let Some(((_, wait), fields)) = race.zip(scenario.as_object_mut()) {
            fields.insert("wait".to_owned(), json!(wait));
        }
        format!("{scenario}\n")
    };
    let lines: String = scenarios.iter().map(line).collect();
    project::write(&context.scratch.join("scenarios.jsonl"), lines.as_bytes())
}

/// More differences than this are no accident.
const RETRIED: usize = 30;

/// The scenarios that differ, and in what; all of them when the proxy does not start.
fn proxydiff(context: &Context, only: Option<&str>) -> Result<BTreeMap<String, String>, String> {
    let mut python = python();
    python.arg(context.tools.join("proxydiff.py")).arg("--data").arg(&context.scratch).arg("--cmd");
    // Envoy had one worker when it was recorded: each worker has connections of its own, and admin pages count them.
    python.arg(format!("{} run --workers 1 {{bootstrap}}", context.program.path.display()));
    python.args(only.iter().flat_map(|only| ["--only", *only]));
    let done = python.output().map_err(|e| format!("python3 cannot be started: {e}"))?;
    match done.status.code() {
        Some(0 | 1) => Ok(differing(&String::from_utf8_lossy(&done.stdout))),
        _ => Err(format!("proxydiff.py: {}", String::from_utf8_lossy(&done.stdout).trim())),
    }
}

/// `differ: id(keys) id*(keys)` by id.
fn differing(out: &str) -> BTreeMap<String, String> {
    let words = out.lines().filter_map(|line| line.strip_prefix("differ: ")).flat_map(str::split_whitespace);
    let pairs = words.filter_map(|word| word.split_once('('));
    pairs
        .map(|(id, keys)| (id.trim_end_matches('*').to_owned(), keys.trim_end_matches(')').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ() {
        let found = differing("h1   3/5\ntotal 3/5\ndiffer: h1-a(resp,log) h1-b*(end)\n");
        assert_eq!(found.keys().collect::<Vec<_>>(), ["h1-a", "h1-b"]);
        assert_eq!(found["h1-a"], "resp,log");
        assert!(differing("total 5/5\n").is_empty());
    }

    #[test]
    fn a_case_is_equal_only_when_it_compiled_and_compared() {
        let said = |code| Said { code: Some(code), ..Said::default() };
        let yes = json!({"case": "a", "equal": true, "resources": 3, "of": 3});
        assert!(xds_case("a", Some(&yes), &said(0)).equal);
        assert!(!xds_case("a", Some(&yes), &said(2)).equal);
        assert!(!xds_case("a", None, &said(0)).equal);
    }
}
