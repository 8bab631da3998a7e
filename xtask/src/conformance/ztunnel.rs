//! What ztunnels are told: `compile --emit wds` beside what istiod's ambient index gave.

use std::path::Path;

use serde_json::Value;

use super::compare;
use super::findings::{answers, env_flags, inputs};
use super::program::args;
use super::{Answer, CaseResult, Context};

/// The parts of an answer.
const PARTS: [&str; 4] = ["authorizations", "conditions", "workloads", "services"];

pub(crate) fn run(context: &Context) -> Result<Answer, String> {
    let arguments = |path: &Path| {
        let mut all = args(&[&"compile", &"--emit", &"wds"]);
        all.extend(inputs(path, "networks.yaml"));
        all.extend(env_flags(path));
        all
    };
    answers(context, arguments, case)
}

fn case(name: &str, path: &Path, got: Result<Value, String>) -> Result<CaseResult, String> {
    let expect = compare::read_json(&path.join("expect.json"))?;
    let got = match got {
        Ok(got) => got,
        Err(why) => return Ok(CaseResult::new(name, Some(why))),
    };
    let (mut equal, mut total, mut fault) = (0, 0, None);
    for part in PARTS {
        let (expect, got) = (rows(&expect, part), rows(&got, part));
        let mut names: Vec<&String> = expect.iter().chain(&got).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        total += names.len();
        for row in names {
            let of =
                |rows: &[(String, Value)]| rows.iter().find(|(name, _)| name == row).map(|(_, v)| v.clone());
            let (expect, got) = (of(&expect), of(&got));
            if expect == got {
                equal += 1;
            } else {
                let differs = || format!("{part} {row}: {}", difference(expect.as_ref(), got.as_ref()));
                fault.get_or_insert_with(differs);
            }
        }
    }
    let mut case = CaseResult::new(name, fault);
    case.parts = (equal, total);
    Ok(case)
}

/// The first field that differs.
fn difference(expect: Option<&Value>, got: Option<&Value>) -> String {
    let fields = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (a, b) = (fields(expect), fields(got));
    let differs = a.keys().chain(b.keys()).find(|key| a.get(*key) != b.get(*key));
    match (expect, got, differs) {
        (Some(_), Some(_), Some(key)) => {
            let (a, b) = (compare::short(a.get(key)), compare::short(b.get(key)));
            format!("{key}: expect {a}, got {b}")
        }
        _ => format!("expect {}, got {}", compare::short(expect), compare::short(got)),
    }
}

fn rows(answer: &Value, part: &str) -> Vec<(String, Value)> {
    let rows = answer.get(part).and_then(Value::as_object).into_iter().flatten();
    rows.map(|(name, row)| (name.clone(), canonical(row.clone(), ""))).collect()
}

/// Alternatives and conjunctions are sets, and a message is for people.
fn canonical(value: Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| name != "message");
            Value::Object(kept.map(|(name, value)| (name.clone(), canonical(value, &name))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| canonical(item, "")).collect();
            if matches!(key, "groups" | "rules" | "matches" | "authorizationPolicies") {
                items.sort_by_key(Value::to_string);
                items.dedup();
            }
            Value::Array(items)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn alternatives_are_sets_and_ports_are_lists() {
        let equal =
            |a: Value, b: Value| rows(&json!({"x": {"a": a}}), "x") == rows(&json!({"x": {"a": b}}), "x");
        assert!(equal(json!({"groups": [{"a": 1}, {"b": 2}]}), json!({"groups": [{"b": 2}, {"a": 1}]})));
        assert!(equal(json!({"message": "x"}), json!({"message": "y"})));
        assert!(!equal(json!({"ports": [1, 2]}), json!({"ports": [2, 1]})));
        assert!(!equal(json!({"groups": [{}]}), json!({"groups": []})));
    }

    #[test]
    fn the_field_that_differs_is_named() {
        let (a, b) = (json!({"x": 1, "y": 2}), json!({"x": 1, "y": 3}));
        assert_eq!(difference(Some(&a), Some(&b)), "y: expect 2, got 3");
    }
}
