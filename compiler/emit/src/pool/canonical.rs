//! protobuf's canonical JSON, in place: a value that is canonical already is only looked at.
//!
//! Names are lowerCamelCase in the order of field numbers, keys of maps sorted; what equals an absent field is left out.

use serde_json::{Map, Value};

use super::rare_types;
use super::scalar::{duration, field_mask, mismatch, scalar, timestamp};
use super::types::{Field, Kind, Message, Shape, Special, Types};

const TYPE: &str = "@type";

/// Puts a message that carries its `@type` into canonical form.
///
/// # Errors
/// When the type is unknown, or a field, enum value or number does not belong to it. The value is of no use then.
pub(super) fn any(types: &Types, value: &mut Value) -> Result<(), String> {
    let Value::Object(fields) = value else { return Err(mismatch(value, "a message")) };
    let Some(Value::String(url)) = fields.get(TYPE) else { return Err(format!("`{TYPE}` is missing")) };
    let name = url.rsplit_once('/').map(|(_, name)| name).ok_or_else(|| format!("`{url}` is no type URL"))?;
    let (types, of) = match types.by_name(name) {
        Some(of) => (types, of),
        None => {
            let rare = rare_types()?;
            (rare, rare.by_name(name).ok_or_else(|| format!("the type `{name}` is unknown"))?)
        }
    };
    match of.special {
        None => message(types, of, fields, true),
        Some(_) => {
            let stray = fields.keys().find(|key| *key != TYPE && *key != "value");
            if let Some(stray) = stray {
                return Err(unknown(stray));
            }
            let value = fields.get_mut("value").ok_or("`value` is missing")?;
            single(types, of, value)
        }
    }
}

fn unknown(key: &str) -> String {
    format!("the field `{key}` is unknown")
}

/// A message in place of which nothing else can stand.
fn single(types: &Types, of: &Message, value: &mut Value) -> Result<(), String> {
    match of.special {
        None => match value {
            Value::Object(fields) => message(types, of, fields, false),
            _ => Err(mismatch(value, "a message")),
        },
        Some(Special::Any) => any(types, value),
        Some(Special::Duration) => duration(value),
        Some(Special::Timestamp) => timestamp(value),
        Some(Special::FieldMask) => field_mask(value),
        Some(Special::Wrapper(kind)) => scalar(kind, value),
        Some(Special::Struct) if value.is_object() => free(value),
        Some(Special::List) if value.is_array() => free(value),
        Some(Special::Value) => free(value),
        Some(Special::Empty) if value.as_object().is_some_and(Map::is_empty) => Ok(()),
        Some(Special::Struct | Special::List | Special::Empty) => {
            Err(mismatch(value, "of the type of its field"))
        }
    }
}

/// Free-form content: all numbers are doubles.
fn free(value: &mut Value) -> Result<(), String> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(_) => scalar(Kind::Double, value),
        Value::Array(items) => items.iter_mut().try_for_each(free),
        Value::Object(fields) => {
            fields.values_mut().try_for_each(free)?;
            sort_keys(fields);
            Ok(())
        }
    }
}

fn sort_keys(fields: &mut Map<String, Value>) {
    if !fields.keys().is_sorted() {
        fields.sort_keys();
    }
}

/// The fields of a message; `typed` when `@type` stands among them.
fn message(types: &Types, of: &Message, fields: &mut Map<String, Value>, typed: bool) -> Result<(), String> {
    let (mut tidy, mut last, mut oneofs) = (true, 0, 0_u64);
    for (at, (key, value)) in fields.iter_mut().enumerate() {
        if typed && key == TYPE {
            tidy &= at == 0;
            continue;
        }
        let field = of.field(key).ok_or_else(|| unknown(key))?;
        if value.is_null() && !nullable(types, field) {
            tidy = false;
            continue;
        }
        if let Some(oneof) = field.oneof {
            let bit = 1_u64.checked_shl(oneof).unwrap_or_default();
            if oneofs & bit != 0 {
                return Err(format!("`{key}` and another field of its kind are given"));
            }
            oneofs |= bit;
        }
        content(types, field, value).map_err(|why| format!("{key}: {why}"))?;
        if is_absent(types, field, value) {
            *value = Value::Null;
            tidy = false;
        }
        tidy &= field.number > last && *key == field.json;
        last = field.number;
    }
    if tidy { Ok(()) } else { rebuild(types, of, fields, typed) }
}

/// Leaves out what is null now, and brings the rest into order.
fn rebuild(types: &Types, of: &Message, fields: &mut Map<String, Value>, typed: bool) -> Result<(), String> {
    let mut kept: Vec<(i32, String, Value)> = Vec::with_capacity(fields.len());
    for (key, value) in std::mem::take(fields) {
        if typed && key == TYPE {
            kept.push((0, key, value));
            continue;
        }
        let field = of.field(&key).ok_or_else(|| unknown(&key))?;
        if !value.is_null() || nullable(types, field) {
            let key = if key == field.json { key } else { field.json.clone() };
            kept.push((field.number, key, value));
        }
    }
    kept.sort_by_key(|(number, _, _)| *number);
    let twice = kept.iter().zip(kept.iter().skip(1)).find(|(a, b)| a.0 == b.0);
    if let Some(((_, key, _), _)) = twice {
        return Err(format!("`{key}` is given twice"));
    }
    fields.extend(kept.into_iter().map(|(_, key, value)| (key, value)));
    Ok(())
}

/// Whether null is a value of the field.
fn nullable(types: &Types, field: &Field) -> bool {
    match field.kind {
        Kind::Message(at) => {
            field.shape == Shape::One
                && types.message(at).is_some_and(|of| of.special == Some(Special::Value))
        }
        Kind::Enum(at) => field.shape == Shape::One && types.enumeration(at).is_some_and(|of| of.is_null),
        _ => false,
    }
}

/// The content of a field that is there.
fn content(types: &Types, field: &Field, value: &mut Value) -> Result<(), String> {
    match (field.shape, value) {
        (Shape::One, value) => item(types, field.kind, value),
        (Shape::List, Value::Array(items)) => {
            items.iter_mut().try_for_each(|one| item(types, field.kind, one))
        }
        (Shape::Map(key), Value::Object(entries)) => map(types, key, field.kind, entries),
        (Shape::List, value) => Err(mismatch(value, "a list")),
        (Shape::Map(_), value) => Err(mismatch(value, "a map")),
    }
}

fn map(types: &Types, key: Kind, kind: Kind, entries: &mut Map<String, Value>) -> Result<(), String> {
    for (_, value) in entries.iter_mut() {
        item(types, kind, value)?;
    }
    if key != Kind::Text {
        for (name, value) in std::mem::take(entries) {
            entries.insert(key_text(key, &name)?, value);
        }
    }
    sort_keys(entries);
    Ok(())
}

/// The key of a map as text.
fn key_text(kind: Kind, text: &str) -> Result<String, String> {
    if kind == Kind::Bool {
        return text.parse::<bool>().map(|key| key.to_string()).map_err(|why| why.to_string());
    }
    let mut key = Value::String(text.to_owned());
    scalar(kind, &mut key)?;
    Ok(key.as_str().map_or_else(|| key.to_string(), str::to_owned))
}

fn item(types: &Types, kind: Kind, value: &mut Value) -> Result<(), String> {
    match kind {
        Kind::Message(at) => {
            let of = types.message(at).ok_or("a message of the set is missing")?;
            single(types, of, value)
        }
        Kind::Enum(at) => enumerated(types, at, value),
        _ => scalar(kind, value),
    }
}

fn enumerated(types: &Types, at: usize, value: &mut Value) -> Result<(), String> {
    let of = types.enumeration(at).ok_or("an enum of the set is missing")?;
    if of.is_null {
        if !value.is_null() && value != "NULL_VALUE" {
            return Err(mismatch(value, "null"));
        }
        *value = Value::Null;
        return Ok(());
    }
    let number = match &*value {
        Value::String(name) => of.number(name),
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number = number.ok_or_else(|| mismatch(value, "a value of its enum"))?;
    match of.name(number) {
        Some(name) if value == name => {}
        Some(name) => *value = Value::String(name.to_owned()),
        None => *value = Value::from(number),
    }
    Ok(())
}

/// Whether the canonical content of a field equals that of an absent one.
fn is_absent(types: &Types, field: &Field, value: &Value) -> bool {
    match value {
        Value::Array(items) if field.shape == Shape::List => items.is_empty(),
        Value::Object(entries) if field.shape != Shape::One => entries.is_empty(),
        _ if field.presence || field.shape != Shape::One => false,
        Value::Bool(written) => !written,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => match field.kind {
            Kind::Int64 | Kind::Uint64 => text == "0",
            Kind::Enum(at) => types.enumeration(at).is_some_and(|of| of.number(text) == Some(0)),
            _ => text.is_empty(),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}
