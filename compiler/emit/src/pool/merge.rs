//! Merging one message into another, both in canonical JSON (`istio pkg/proto/merge`, which follows protobuf's own merge).

use serde_json::{Map, Value};

use super::types::{Field, Kind, Message, Shape, Special, Types};

/// What happens to lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    /// The new items follow the old ones.
    Append,
    /// The new list stands in place of the old one.
    Replace,
}

/// Merges the fields of a message of the named type.
pub(super) fn message(
    types: &Types,
    of: &Message,
    into: &mut Map<String, Value>,
    from: &Map<String, Value>,
    lists: Lists,
) {
    for (key, value) in from {
        let Some(field) = of.field(key) else { continue };
        clear_siblings(of, field, into);
        match into.get_mut(key) {
            Some(old) => one(types, field, old, value, lists),
            None => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Of the fields of a oneof only the last one that was set is there.
fn clear_siblings(of: &Message, field: &Field, into: &mut Map<String, Value>) {
    if field.oneof.is_some() {
        into.retain(|key, _| {
            key == &field.json || of.field(key).is_none_or(|other| other.oneof != field.oneof)
        });
    }
}

fn one(types: &Types, field: &Field, old: &mut Value, new: &Value, lists: Lists) {
    match (field.shape, old, new) {
        (Shape::List, Value::Array(old), Value::Array(new)) if lists == Lists::Append => {
            old.extend(new.iter().cloned());
        }
        (Shape::Map(_), Value::Object(old), Value::Object(new)) => {
            old.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        (Shape::One, old, new) => single(types, field.kind, old, new, lists),
        (_, old, new) => old.clone_from(new),
    }
}

fn single(types: &Types, kind: Kind, old: &mut Value, new: &Value, lists: Lists) {
    let Kind::Message(at) = kind else { return old.clone_from(new) };
    let Some(of) = types.message(at) else { return };
    match (of.special, old, new) {
        (None, Value::Object(old), Value::Object(new)) => message(types, of, old, new, lists),
        // The value inside has no presence of its own: merging a default changes nothing.
        (Some(Special::Wrapper(_)), _, new) if is_default(new) => {}
        (Some(Special::Struct), Value::Object(old), Value::Object(new)) => {
            old.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        (_, old, new) => old.clone_from(new),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Bool(written) => !written,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Removes fields that messages do not know, in all depths that are typed, and keeps their paths. istiod ignores them as well.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Paths of what was removed.
    pub(super) paths: Vec<String>,
    /// The way to the message at hand.
    here: Vec<String>,
}

impl Unknown {
    /// Removes what a message of the type does not know.
    pub(super) fn strip(&mut self, types: &Types, of: &Message, fields: &mut Map<String, Value>) {
        fields.retain(|key, _| {
            let known = key == "@type" || of.field(key).is_some();
            if !known {
                let parts = self.here.iter().map(String::as_str).chain([key.as_str()]);
                self.paths.push(parts.collect::<Vec<_>>().join("."));
            }
            known
        });
        for (key, value) in fields.iter_mut() {
            let Some(field) = of.field(key) else { continue };
            let Kind::Message(at) = field.kind else { continue };
            let Some(of) = types.message(at) else { continue };
            self.here.push(key.clone());
            match (field.shape, value) {
                (Shape::List, Value::Array(items)) => {
                    items.iter_mut().for_each(|item| self.one(types, of, item));
                }
                (Shape::Map(_), Value::Object(items)) => {
                    items.values_mut().for_each(|item| self.one(types, of, item));
                }
                (Shape::One, value) => self.one(types, of, value),
                _ => {}
            }
            self.here.pop();
        }
    }

    fn one(&mut self, types: &Types, of: &Message, value: &mut Value) {
        let Value::Object(fields) = value else { return };
        match of.special {
            None => self.strip(types, of, fields),
            Some(Special::Any) => {
                let name = fields.get("@type").and_then(Value::as_str).and_then(|url| url.rsplit('/').next());
                if let Some(inner) =
                    name.and_then(|name| types.by_name(name)).filter(|inner| inner.special.is_none())
                {
                    self.strip(types, inner, fields);
                }
            }
            Some(_) => {}
        }
    }
}
