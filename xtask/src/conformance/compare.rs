//! Comparisons that several areas share.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::project;

/// Numbers by value, everything else exactly.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if x.is_f64() || y.is_f64() => x.as_f64() == y.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// JSON lines of a file.
pub(crate) fn read_lines(path: &Path) -> Result<Vec<Value>, String> {
    lines(&project::read(path)?).map_err(|e| format!("{}: {e}", path.display()))
}

/// JSON lines of a text.
pub(crate) fn lines(text: &str) -> Result<Vec<Value>, String> {
    let rows = text.lines().filter(|line| !line.trim().is_empty());
    rows.map(|line| serde_json::from_str(line).map_err(|e| format!("no JSON line: {e}"))).collect()
}

/// Answers by their `id`.
pub(crate) fn by_id(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (text(&row, "id").to_owned(), row)).collect()
}

/// A text member; empty when absent.
pub(crate) fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A list member; empty when absent.
pub(crate) fn list<'v>(row: &'v Value, key: &str) -> &'v [Value] {
    row.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Reads one JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Value, String> {
    serde_json::from_str(&project::read(path)?).map_err(|e| format!("{}: {e}", path.display()))
}

/// A value in few characters.
pub(crate) fn short(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    if text.chars().count() > 60 { text.chars().take(57).chain("...".chars()).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_by_value_and_big_ones_by_digits() {
        assert!(equal(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(!equal(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
        assert!(!equal(&json!({"a": 1}), &json!({"a": 1, "b": null})));
        assert!(!equal(&json!(1), &json!("1")));
    }
}
