//! `route`: what the evaluator says of recorded requests, compared whole.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::compare::{self, text};
use super::findings::{env_flags, inputs};
use super::program::args;
use super::requests::{Verdict, per_case, shares};
use super::{Answer, Context};

/// Fields of a row that are no outcome: what another suite wants, and a bound of the elapsed time that not every row has.
const NOT_COMPARED: [&str; 4] = ["conformance", "conformance_agrees", "conformance_differs", "ms_at_least"];
/// Counts of rows that were sent many times.
const COUNTS: [&str; 4] = ["status_counts", "cluster_counts", "flag_counts", "upstream_counts"];

/// One command per case.
pub(crate) fn traffic(context: &Context) -> Result<Answer, String> {
    per_case(context, |case| Ok(command(case)), judge)
}

/// The command that answers a case.
pub(super) fn command(case: &Path) -> Vec<std::ffi::OsString> {
    let mut all = args(&[&"route"]);
    all.extend(inputs(case, "networks.yaml"));
    all.extend(env_flags(case));
    all.extend(args(&[&"--proxy", &case.join("proxies.json"), &"--requests", &case.join("requests.jsonl")]));
    all
}

/// Compares one row with an answer.
pub(super) fn judge(expect: &Value, got: Option<&Value>) -> Verdict {
    let fault = match got {
        None => Some("no answer".to_owned()),
        Some(got) if expect.get("repeat").is_some() => repeated(expect, got),
        Some(got) => single(expect, got),
    };
    Verdict { whole: fault.is_none(), fault }
}

/// Many requests: the same keys and about the same shares.
fn repeated(expect: &Value, got: &Value) -> Option<String> {
    let counts = COUNTS.iter().find_map(|key| shares(expect.get(*key), got.get(*key)));
    counts.or_else(|| differs("cluster_pods", expect.get("cluster_pods"), got.get("cluster_pods")))
}

/// One request: every field.
fn single(expect: &Value, got: &Value) -> Option<String> {
    let empty = Map::new();
    let [expect, got] = [expect, got].map(|row| row.as_object().unwrap_or(&empty));
    let keys: BTreeSet<&String> = expect.keys().chain(got.keys()).collect();
    for key in keys.into_iter().filter(|key| !NOT_COMPARED.contains(&key.as_str())) {
        let fault = match key.as_str() {
            "upstream" => upstreams(expect.get(key), got.get(key)),
            _ => differs(key, expect.get(key), got.get(key)),
        };
        if fault.is_some() {
            return fault;
        }
    }
    // A bound is only recorded where it was stable.
    expect.get("ms_at_least").and_then(|bound| differs("ms_at_least", Some(bound), got.get("ms_at_least")))
}

fn differs(key: &str, expect: Option<&Value>, got: Option<&Value>) -> Option<String> {
    let same = match (expect, got) {
        (Some(expect), Some(got)) => compare::equal(expect, got),
        (expect, got) => expect.is_none() && got.is_none(),
    };
    (!same).then(|| format!("{key}: expect {}, got {}", compare::short(expect), compare::short(got)))
}

/// What upstreams saw, in no order and with sets of Pods.
fn upstreams(expect: Option<&Value>, got: Option<&Value>) -> Option<String> {
    let [expect, got] = [expect, got].map(sorted);
    if expect.len() != got.len() {
        return Some(format!("upstreams saw {} requests, expect {}", got.len(), expect.len()));
    }
    let pair = expect.iter().zip(&got).find(|(expect, got)| !compare::equal(expect, got))?;
    let empty = Map::new();
    let [expect, got] = [pair.0, pair.1].map(|one| one.as_object().unwrap_or(&empty));
    let keys: BTreeSet<&String> = expect.keys().chain(got.keys()).collect();
    keys.into_iter().find_map(|key| differs(&format!("upstream {key}"), expect.get(key), got.get(key)))
}

fn sorted(list: Option<&Value>) -> Vec<Value> {
    let mut all: Vec<Value> = list.and_then(Value::as_array).cloned().unwrap_or_default();
    for one in &mut all {
        if let Some(Value::Array(pods)) = one.get_mut("pods") {
            pods.sort_by_key(Value::to_string);
        }
        forget_recorder(one);
    }
    let key = |one: &Value| {
        let part = |key: &str| text(one, key).to_owned();
        let tries = one.pointer("/headers/x-envoy-attempt-count").map(Value::to_string);
        let pods = one.get("pods").map(Value::to_string);
        (pods, part("path"), part("authority"), tries)
    };
    all.sort_by_key(key);
    all
}

/// Copies end with the address of the machine that made them, which says nothing.
fn forget_recorder(one: &mut Value) {
    if one.pointer("/headers/x-envoy-internal").is_none() {
        return;
    }
    if let Some(Value::String(list)) = one.pointer_mut("/headers/x-forwarded-for") {
        list.truncate(list.rfind(',').unwrap_or(list.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_counts_but_some() {
        let row =
            json!({"status": 200, "conformance": {"a": 1}, "upstream": [{"pods": ["b", "a"], "path": "/"}]});
        let same =
            json!({"status": 200, "ms_at_least": 100, "upstream": [{"pods": ["a", "b"], "path": "/"}]});
        assert_eq!(single(&row, &same), None);
        let more = json!({"status": 200, "flags": "UH", "upstream": [{"pods": ["a", "b"], "path": "/"}]});
        assert!(single(&row, &more).is_some());
        let other = json!({"status": 200, "upstream": [{"pods": ["a", "b"], "path": "/x"}]});
        assert!(single(&row, &other).is_some());
        assert!(single(&json!({"ms_at_least": 100}), &json!({})).is_some());
    }
}
