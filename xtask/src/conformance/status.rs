//! The status of Gateway API objects: `status --output-format json` beside what istiod's gateway controller wrote.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::compare;
use super::findings::{answers, env_flags, inputs};
use super::program::args;
use super::{Answer, CaseResult, Context};

pub(crate) fn run(context: &Context) -> Result<Answer, String> {
    let arguments = |path: &Path| {
        let mut all = args(&[&"status", &"--output-format", &"json"]);
        all.extend(inputs(path, "networks.yaml"));
        all.extend(env_flags(path));
        all
    };
    answers(context, arguments, case)
}

fn case(name: &str, path: &Path, got: Result<Value, String>) -> Result<CaseResult, String> {
    let expect = rows(&compare::read_json(&path.join("expect.json"))?);
    let got = match got {
        Ok(got) => rows(&got),
        Err(why) => return Ok(CaseResult::new(name, Some(why))),
    };
    let missing = expect.difference(&got).next().map(|row| format!("expect {row}"));
    let extra = got.difference(&expect).next().map(|row| format!("got {row}"));
    let parts: Vec<String> = missing.into_iter().chain(extra).collect();
    let mut case = CaseResult::new(name, (!parts.is_empty()).then(|| parts.join(", ")));
    case.parts = (expect.intersection(&got).count(), expect.union(&got).count());
    Ok(case)
}

/// The rows without their messages; kinds and addresses are sets.
fn rows(answer: &Value) -> BTreeSet<String> {
    let row = |row: &Value| {
        let mut row = row.clone();
        if let Some(fields) = row.as_object_mut() {
            fields.remove("message");
            for key in ["supportedKinds", "addresses"] {
                if let Some(Value::Array(items)) = fields.get_mut(key) {
                    items.sort_by_key(Value::to_string);
                }
            }
            fields.sort_keys();
        }
        row.to_string()
    };
    answer.as_array().into_iter().flatten().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_and_order_do_not_count() {
        let a = json!([{"type": "Accepted", "message": "x"}, {"supportedKinds": [1, 2]}]);
        let b = json!([{"supportedKinds": [2, 1]}, {"message": "y", "type": "Accepted"}]);
        assert_eq!(rows(&a), rows(&b));
        assert_ne!(rows(&a), rows(&json!([{"type": "Accepted"}])));
    }
}
