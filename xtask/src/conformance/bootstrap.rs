//! The bootstrap that the agent writes: `compile --emit agent-bootstrap` beside what pilot-agent wrote.

use std::path::Path;

use serde_json::Value;

use super::compare;
use super::findings::{answers, env_flags};
use super::program::args;
use super::{Answer, CaseResult, Context};

/// What the agent took for the processors of its container when the answers were recorded.
const PROCESSORS: &str = "ISTIO_CPU_LIMIT=2";

pub(crate) fn run(context: &Context) -> Result<Answer, String> {
    let arguments = |path: &Path| {
        let node = path.join("node.json");
        let mut all =
            args(&[&"compile", &"--emit", &"agent-bootstrap", &"--node", &node, &"--env", &PROCESSORS]);
        all.extend(env_flags(path));
        all
    };
    answers(context, arguments, case)
}

fn case(name: &str, path: &Path, got: Result<Value, String>) -> Result<CaseResult, String> {
    let expect = compare::read_json(&path.join("expect.json"))?;
    Ok(CaseResult::new(name, got.map_or_else(Some, |got| difference(&expect, &got, ""))))
}

/// The first place at which two values differ.
fn difference(expect: &Value, got: &Value, at: &str) -> Option<String> {
    match (expect, got) {
        _ if expect == got => None,
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let of = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
            difference(&of(a), &of(b), &format!("{at}/{key}"))
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(n, (a, b))| difference(a, b, &format!("{at}/{n}")))
        }
        _ => {
            Some(format!("{at}: expect {}, got {}", compare::short(Some(expect)), compare::short(Some(got))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_place_that_differs_is_named() {
        let (a, b) = (json!({"x": [1, {"y": 2}]}), json!({"x": [1, {"y": 3}]}));
        assert_eq!(difference(&a, &b, ""), Some("/x/1/y: expect 2, got 3".to_owned()));
        assert_eq!(difference(&a, &a, ""), None);
        assert!(difference(&json!([1, 2]), &json!([2, 1]), "").is_some());
    }
}
