//! Nodes as JSON text, for settings that are carried along without being understood.

use mp_model::{Node, Value};
use serde_json::{Map, Value as Json};

/// The node as compact JSON, keys in written order.
pub(crate) fn text(node: Node<'_>) -> String {
    value(node).to_string()
}

/// The node as JSON.
pub(crate) fn value(node: Node<'_>) -> Json {
    match node.value() {
        Value::Null => Json::Null,
        Value::Bool(b) => b.into(),
        Value::Int(n) => n.into(),
        Value::Uint(n) => n.into(),
        Value::Float(f) => f.into(),
        Value::Str(s) => s.into(),
        Value::Seq => Json::Array(node.items().map(value).collect()),
        Value::Map => {
            let entry = |(k, v): (Node<'_>, Node<'_>)| (k.as_str().unwrap_or_default().to_owned(), value(v));
            Json::Object(node.entries().map(entry).collect::<Map<_, _>>())
        }
    }
}
