//! Fields of JSON objects that are drawn piece by piece.

use serde_json::Value;

/// Writes a field of an object.
pub(super) fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// Writes all fields of another object.
pub(super) fn put_all(object: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        put(object, key, value.clone());
    }
}
