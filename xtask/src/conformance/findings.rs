//! Areas that ask `check`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use serde_json::Value;

use super::compare::{self, list, text};
use super::program::{Said, args, each};
use super::{Answer, CaseResult, Context};

/// `in` of a case with its mesh files, if it has them.
pub(crate) fn inputs(case: &Path, networks: &str) -> Vec<OsString> {
    let mut all = args(&[&case.join("in")]);
    for (flag, file) in [("--mesh-config", "mesh.yaml"), ("--mesh-networks", networks)] {
        if case.join(file).is_file() {
            all.extend(args(&[&flag, &case.join(file)]));
        }
    }
    all
}

/// Feature flags of a case, one a line.
pub(crate) fn env_flags(case: &Path) -> Vec<OsString> {
    let text = std::fs::read_to_string(case.join("env")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| line.contains('=') && !line.starts_with('#'));
    lines.flat_map(|line| args(&[&"--env", &line])).collect()
}

/// `check --compat istioctl` in both modes: the multiset of code and resource.
pub(crate) fn analysis(context: &Context) -> Result<Answer, String> {
    let mut runs = Vec::new();
    for (name, path) in context.cases()? {
        let expect = compare::read_json(&path.join("expect.json"))?;
        for mode in ["full", "cli"] {
            if let Some(expect) = expect.get(mode) {
                runs.push((name.clone(), path.clone(), mode, messages(list(expect, "messages"))));
            }
        }
    }
    let done = each(&runs, |(name, path, mode, expect)| {
        let mut all =
            args(&[&"check", &"--compat", &"istioctl", &"--compat-mode", mode, &"--output-format", &"json"]);
        all.extend(inputs(path, "meshnetworks.yaml"));
        if path.join("cluster2").is_dir() {
            all.extend(args(&[&format!("--cluster=cluster2={}", path.join("cluster2").display())]));
        }
        let said = context.program.run(&all, &context.scratch, &format!("{name}.{mode}"))?;
        Ok((format!("{name}/{mode}"), expect, said))
    });
    judge(done, |expect, said| match serde_json::from_str::<Value>(&said.stdout) {
        Ok(Value::Array(got)) => difference(expect, &messages(&got)),
        _ => Some(said.first_fault()),
    })
}

/// Turns runs into cases; the area is not built when a run says so.
fn judge<E>(
    done: Vec<Result<(String, E, Said), String>>,
    fault: impl Fn(E, &Said) -> Option<String>,
) -> Result<Answer, String> {
    let mut cases = Vec::new();
    for run in done {
        let (name, expect, said) = run?;
        if let Some(why) = said.not_built() {
            return Ok(Answer::NotBuilt(why));
        }
        cases.push(CaseResult::new(name, fault(expect, &said)));
    }
    Ok(Answer::Cases(cases))
}

fn messages(rows: &[Value]) -> Vec<String> {
    let mut all: Vec<String> =
        rows.iter().map(|m| format!("{} {}", text(m, "code"), text(m, "resource"))).collect();
    all.sort();
    all
}

/// What one multiset has and the other has not.
fn difference(expect: &[String], got: &[String]) -> Option<String> {
    let less = |a: &[String], b: &[String]| {
        let mut rest = b.to_vec();
        let keep =
            |m: &&String| rest.iter().position(|other| other == *m).map(|at| rest.swap_remove(at)).is_none();
        a.iter().filter(keep).cloned().collect::<Vec<_>>().join(", ")
    };
    let (missing, extra) = (less(expect, got), less(got, expect));
    if missing.is_empty() && extra.is_empty() {
        return None;
    }
    Some(format!("missing [{missing}], extra [{extra}]"))
}

/// `check` on problems and their twins. A problem counts as reported when some code names an object of the evidence
/// and that code is silent on the twin; a twin is right when there is no error and no such code.
pub(crate) fn problems(context: &Context) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, path)| {
        let expect = compare::read_json(&path.join("expect.json"))?;
        let said = check(context, name, path)?;
        let (base, is_twin) = match name.strip_suffix("-twin") {
            Some(base) => (base.to_owned(), true),
            None => (name.clone(), false),
        };
        let other = if is_twin { base } else { format!("{base}-twin") };
        let other_path = path.with_file_name(&other);
        let other = if other_path.is_dir() {
            Some(check(context, &format!("{name}.other"), &other_path)?)
        } else {
            None
        };
        Ok((name.clone(), (expect, other), said))
    });
    judge(done, |(expect, other), said| problem(&expect, said, other.as_ref()))
}

/// What one case came to, by its name, its folder and the JSON that the program answers about it.
pub(crate) type Judge = fn(&str, &Path, Result<Value, String>) -> Result<CaseResult, String>;

/// Judges the JSON that the program answers about each case.
pub(crate) fn answers(
    context: &Context,
    arguments: impl Fn(&Path) -> Vec<OsString> + Sync,
    judge: Judge,
) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, path)| {
        let said = context.program.run(&arguments(path), &context.scratch, name)?;
        if let Some(why) = said.not_built() {
            return Ok(Err(why));
        }
        let got = serde_json::from_str(&said.stdout).map_err(|_| said.first_fault());
        judge(name, path, got).map(Ok)
    });
    let done: Vec<Result<CaseResult, String>> = done.into_iter().collect::<Result<_, String>>()?;
    Ok(done.into_iter().collect::<Result<_, _>>().map_or_else(Answer::NotBuilt, Answer::Cases))
}

/// The ordinary `check` of a case, as JSON.
pub(crate) fn check(context: &Context, name: &str, path: &Path) -> Result<Said, String> {
    let mut all = args(&[&"check", &"--output-format", &"json"]);
    all.extend(inputs(path, "networks.yaml"));
    context.program.run(&all, &context.scratch, name)
}

fn problem(expect: &Value, said: &Said, other: Option<&Said>) -> Option<String> {
    let Some(report) = parsed(said) else { return Some(said.first_fault()) };
    let evidence: BTreeSet<&str> = list(expect, "evidence").iter().map(|e| text(e, "resource")).collect();
    let other = other.and_then(parsed);
    let codes = |report: &Value| -> BTreeSet<String> {
        let named = list(report, "findings").iter().filter(|f| names(f, &evidence));
        named.map(|f| text(f, "code").to_owned()).collect()
    };
    let (here, there) = (codes(&report), other.as_ref().map(codes).unwrap_or_default());
    if expect.get("must_report") == Some(&Value::Bool(true)) {
        let own = here.difference(&there).count();
        return (own == 0)
            .then(|| format!("not reported on {evidence:?} (codes there: {here:?}, twin: {there:?})"));
    }
    let errors: Vec<&str> = list(&report, "findings")
        .iter()
        .filter(|f| text(f, "level") == "error")
        .map(|f| text(f, "code"))
        .collect();
    (!errors.is_empty()).then(|| format!("errors on a sound input: {errors:?}"))
}

/// The report of a run of `check`.
pub(crate) fn parsed(said: &Said) -> Option<Value> {
    serde_json::from_str::<Value>(&said.stdout).ok().filter(|report| report.get("findings").is_some())
}

/// Whether a finding is about one of the resources, or relates to it.
fn names(finding: &Value, resources: &BTreeSet<&str>) -> bool {
    named_by(finding).iter().any(|object| resources.contains(object.as_str()))
}

/// The objects that a finding is about or relates to, `Kind ns/name`.
pub(crate) fn named_by(finding: &Value) -> Vec<String> {
    let whole = |object: &Value| {
        let (kind, namespace, name) = (text(object, "kind"), text(object, "namespace"), text(object, "name"));
        if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
    };
    let related = list(finding, "related").iter().filter_map(|r| r.get("object"));
    finding.get("object").into_iter().chain(related).map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(findings: Value) -> Said {
        Said { code: Some(1), stdout: json!({"findings": findings}).to_string(), stderr: String::new() }
    }

    fn finding(code: &str, name: &str, level: &str) -> Value {
        json!({"code": code, "level": level, "object": {"kind": "Service", "namespace": "a", "name": name}})
    }

    #[test]
    fn messages_are_multisets() {
        let set = |all: &[&str]| all.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>();
        assert_eq!(difference(&set(&["a", "a"]), &set(&["a", "a"])), None);
        assert_eq!(
            difference(&set(&["a", "a"]), &set(&["a", "b"])),
            Some("missing [a], extra [b]".to_owned())
        );
    }

    #[test]
    fn a_problem_needs_a_code_that_its_twin_has_not() {
        let expect = json!({"must_report": true, "evidence": [{"resource": "Service a/x"}]});
        let own = said(json!([finding("MP1", "x", "warning"), finding("MP2", "x", "info")]));
        let common = said(json!([finding("MP2", "x", "info")]));
        assert_eq!(problem(&expect, &own, Some(&common)), None);
        assert!(problem(&expect, &common, Some(&common)).is_some());
        assert!(problem(&expect, &said(json!([finding("MP1", "y", "error")])), None).is_some());
    }

    #[test]
    fn a_twin_must_have_no_error() {
        let expect = json!({"must_report": false, "evidence": []});
        assert_eq!(problem(&expect, &said(json!([finding("MP1", "x", "warning")])), None), None);
        assert!(problem(&expect, &said(json!([finding("MP1", "x", "error")])), None).is_some());
    }
}
