//! The functions of CEL that rules of meshes use.
use regex::Regex;

use super::eval::{Missing, Value};

/// Calls a function; that of a method comes first among its arguments.
pub(super) fn call<'a>(name: &str, arguments: &[Value<'a>]) -> Result<Value<'a>, Missing> {
    match (name, arguments) {
        ("size", [Value::Text(text)]) => Ok(Value::Int(text.chars().count() as i64)),
        ("size", [Value::List(items)]) => Ok(Value::Int(items.len() as i64)),
        ("size", [Value::Head(head)]) => Ok(Value::Int(head.map_or(0, |h| h.len()) as i64)),
        ("size", [Value::Json(value)]) => {
            let object = value.as_object().map(serde_json::Map::len);
            let size = value.as_array().map(Vec::len).or(object);
            size.map(|size| Value::Int(size as i64)).ok_or(Missing)
        }
        ("contains", [Value::Text(text), Value::Text(part)]) => Ok(Value::Bool(text.contains(part.as_ref()))),
        ("startsWith", [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.starts_with(part.as_ref())))
        }
        ("endsWith", [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.ends_with(part.as_ref())))
        }
        ("matches", [Value::Text(text), Value::Text(pattern)]) => {
            let regex = Regex::new(pattern).map_err(|_| Missing)?;
            Ok(Value::Bool(regex.is_match(text)))
        }
        ("lowerAscii", [Value::Text(text)]) => Ok(Value::Text(text.to_ascii_lowercase().into())),
        ("upperAscii", [Value::Text(text)]) => Ok(Value::Text(text.to_ascii_uppercase().into())),
        ("int", [value]) => int(value).map(Value::Int).ok_or(Missing),
        ("uint", [value]) => int(value).and_then(|i| u64::try_from(i).ok()).map(Value::Uint).ok_or(Missing),
        ("double", [Value::Int(value)]) => Ok(Value::Double(*value as f64)),
        ("double", [Value::Uint(value)]) => Ok(Value::Double(*value as f64)),
        ("double", [Value::Double(value)]) => Ok(Value::Double(*value)),
        ("double", [Value::Text(text)]) => text.parse().map(Value::Double).map_err(|_| Missing),
        ("bool", [Value::Bool(value)]) => Ok(Value::Bool(*value)),
        _ => Err(Missing),
    }
}

fn int(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        Value::Uint(value) => i64::try_from(*value).ok(),
        Value::Double(value) if value.abs() < 9e18 => Some(*value as i64),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}
