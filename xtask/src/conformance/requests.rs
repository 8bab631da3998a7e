//! Areas that send requests: one answer per line of a requests file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::compare::{self, by_id, list, text};
use super::program::{args, each};
use super::{Answer, CaseResult, Context};

/// Runs one command per case; `judge` compares the expected rows with the answers by id.
pub(super) fn per_case(
    context: &Context,
    command: impl Fn(&Path) -> Result<Vec<std::ffi::OsString>, String> + Sync,
    judge: impl Fn(&Value, Option<&Value>) -> Verdict,
) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, path)| {
        let said = context.program.run(&command(path)?, &context.scratch, name)?;
        Ok::<_, String>((name, compare::read_lines(&path.join("expect.jsonl"))?, said))
    });
    let mut results = Vec::new();
    for run in done {
        let (name, expect, said) = run?;
        if let Some(why) = said.not_built() {
            return Ok(Answer::NotBuilt(why));
        }
        let answers = match compare::lines(&said.stdout) {
            Ok(rows) if !rows.is_empty() => Ok(by_id(rows)),
            _ => Err(said.first_fault()),
        };
        results.push(case_result(name, &expect, answers, &judge));
    }
    Ok(Answer::Cases(results))
}

/// What one request came to.
pub(super) struct Verdict {
    /// What differs in the fields that must agree.
    pub(super) fault: Option<String>,
    /// Whether the informative fields agree too.
    pub(super) whole: bool,
}

/// Judges the answers of one case, or says why there are none.
pub(super) fn case_result(
    name: &str,
    expect: &[Value],
    answers: Result<BTreeMap<String, Value>, String>,
    judge: impl Fn(&Value, Option<&Value>) -> Verdict,
) -> CaseResult {
    let answers = match answers {
        Ok(answers) => answers,
        Err(why) => {
            let mut failed = CaseResult::new(name, Some(why));
            failed.parts = (0, expect.len());
            return failed;
        }
    };
    let verdicts: Vec<(&str, Verdict)> =
        expect.iter().map(|row| (text(row, "id"), judge(row, answers.get(text(row, "id"))))).collect();
    let faults: Vec<String> = verdicts
        .iter()
        .filter_map(|(id, v)| v.fault.as_ref().map(|fault| format!("{id}: {fault}")))
        .collect();
    let first: Vec<&str> = faults.iter().take(3).map(String::as_str).collect();
    let detail =
        (!faults.is_empty()).then(|| format!("{} requests differ; {}", faults.len(), first.join("; ")));
    let mut case = CaseResult::new(name, detail);
    case.parts = (verdicts.iter().filter(|(_, v)| v.whole).count(), expect.len());
    case
}

/// `decide`: the decision, who made it, the status, the policy where the oracle names one.
pub(crate) fn authz(context: &Context) -> Result<Answer, String> {
    let command = |case: &Path| {
        let info = compare::read_json(&case.join("case.json"))?;
        let of =
            |key: &str| info.pointer(&format!("/workload/{key}")).and_then(Value::as_str).unwrap_or_default();
        let workload = format!("{}/{}", of("namespace"), of("name"));
        Ok(args(&[
            &"decide",
            &case.join("in"),
            &"--workload",
            &workload,
            &"--requests",
            &case.join("requests.jsonl"),
        ]))
    };
    per_case(context, command, |expect, got| {
        let Some(got) = got else { return Verdict { fault: Some("no answer".to_owned()), whole: false } };
        let matched = if expect.get("matched").is_some() { "matched" } else { "decision" };
        let fault = differing(expect, got, &["decision", "by", "status", matched, "audit"])
            .or_else(|| dry_run(expect).ne(&dry_run(got)).then(|| "dry_run differs".to_owned()));
        Verdict { whole: fault.is_none(), fault }
    })
}

/// The results of shadow rules, without the policies that gave them.
fn dry_run(row: &Value) -> BTreeMap<String, String> {
    let all = row.get("dry_run").and_then(Value::as_object).into_iter().flatten();
    all.map(|(action, said)| (action.clone(), text(said, "result").to_owned())).collect()
}

/// The first of the fields that is not the same; absent, null, false and empty are.
fn differing(expect: &Value, got: &Value, keys: &[&str]) -> Option<String> {
    let present = |row: &Value, key: &str| {
        let value = row.get(key).cloned().unwrap_or_default();
        let empty = value == Value::Bool(false) || value.as_array().is_some_and(Vec::is_empty);
        if empty { Value::Null } else { value }
    };
    keys.iter().find_map(|key| {
        let (expect, got) = (present(expect, key), present(got, key));
        let same = compare::equal(&expect, &got);
        (!same).then(|| {
            format!("{key}: expect {}, got {}", compare::short(Some(&expect)), compare::short(Some(&got)))
        })
    })
}

/// Fields of a traffic answer that decide; the others are compared for the inner count alone.
const DECIDING: &[&str] =
    &["status", "grpc_status", "end", "route", "cluster", "listener", "chain", "flags", "attempts"];
const INFORMATIVE: &[&str] = &["body", "response_headers", "data", "details", "tls_error", "utf", "ctd"];
/// Counts of rows that were sent many times.
const COUNTS: &[&str] = &["status_counts", "cluster_counts", "flag_counts"];
/// How far a share may be off.
const SHARE: f64 = 0.2;

/// Compares one recorded outcome with an answer.
pub(super) fn outcome(expect: &Value, got: Option<&Value>) -> Verdict {
    let Some(got) = got else { return Verdict { fault: Some("no answer".to_owned()), whole: false } };
    let fault = differing(expect, got, DECIDING)
        .or_else(|| (upstreams(expect, true) != upstreams(got, true)).then(|| "upstream differs".to_owned()))
        .or_else(|| COUNTS.iter().find_map(|key| shares(expect.get(*key), got.get(*key))));
    let whole = fault.is_none()
        && differing(expect, got, INFORMATIVE).is_none()
        && upstreams(expect, false) == upstreams(got, false);
    Verdict { fault, whole }
}

/// What upstreams saw, as a sorted list; with `core` only where it went and what was asked.
fn upstreams(row: &Value, core: bool) -> Vec<String> {
    let keys: &[&str] = if core {
        &["method", "path", "authority"]
    } else {
        &["method", "path", "authority", "proto", "body"]
    };
    let mut all: Vec<String> = list(row, "upstream")
        .iter()
        .map(|seen| {
            let pods: BTreeSet<String> = list(seen, "pods").iter().map(Value::to_string).collect();
            let rest: Vec<String> =
                keys.iter().map(|key| seen.get(*key).unwrap_or(&Value::Null).to_string()).collect();
            let headers = if core { Value::Null } else { seen.get("headers").cloned().unwrap_or_default() };
            format!("{pods:?} {} {headers}", rest.join(" "))
        })
        .collect();
    all.sort();
    all
}

/// Two tables of counts: the same keys, about the same shares.
pub(super) fn shares(expect: Option<&Value>, got: Option<&Value>) -> Option<String> {
    let expect = expect?.as_object()?;
    let Some(got) = got.and_then(Value::as_object) else { return Some("no counts".to_owned()) };
    let share = |table: &serde_json::Map<String, Value>, key: &str| {
        let total: f64 = table.values().filter_map(Value::as_f64).sum();
        table.get(key).and_then(Value::as_f64).map(|n| n / total)
    };
    let keys: BTreeSet<&String> = expect.keys().chain(got.keys()).collect();
    keys.into_iter().find_map(|key| match (share(expect, key), share(got, key)) {
        (Some(a), Some(b)) if (a - b).abs() <= SHARE => None,
        (a, b) => Some(format!("share of {key}: expect {a:?}, got {b:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_and_empty_are_the_same() {
        let keys = &["audit", "flags", "status"];
        assert_eq!(differing(&json!({"audit": false}), &json!({"flags": []}), keys), None);
        assert_eq!(differing(&json!({"status": null}), &json!({}), keys), None);
        assert!(differing(&json!({"status": 200}), &json!({}), keys).is_some());
        assert!(differing(&json!({}), &json!({"audit": true}), keys).is_some());
    }

    #[test]
    fn upstreams_have_pods_as_a_set_and_no_order() {
        let a = json!({"upstream": [{"pods": ["x", "y"], "path": "/"}, {"pods": ["z"], "path": "/m"}]});
        let b = json!({"upstream": [{"pods": ["z"], "path": "/m"}, {"pods": ["y", "x"], "path": "/"}]});
        assert_eq!(upstreams(&a, true), upstreams(&b, true));
        assert_ne!(
            upstreams(&a, true),
            upstreams(&json!({"upstream": [{"pods": ["x", "y"], "path": "/"}]}), true)
        );
    }

    #[test]
    fn shares_may_be_a_little_off() {
        assert_eq!(shares(Some(&json!({"a": 75, "b": 25})), Some(&json!({"a": 80, "b": 20}))), None);
        assert!(shares(Some(&json!({"a": 75, "b": 25})), Some(&json!({"a": 25, "b": 75}))).is_some());
        assert!(shares(Some(&json!({"a": 75, "b": 25})), Some(&json!({"a": 100}))).is_some());
        assert_eq!(shares(None, None), None);
    }
}
