//! Messages as the legacy `jsonpb` of github.com/golang/protobuf writes them (`jsonpb/encode.go`).

use serde_json::{Map, Number, Value as Json};

use super::descriptor::{Descriptor, Field, Shape, Type, istio};
use super::message::{Item, Message, Value};

impl Message {
    /// The JSON text's tree: names of JSON, enums by name, nothing that is empty.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut set: Vec<&(usize, Item)> = self.fields.iter().collect();
        set.sort_by_key(|(at, _)| *at);
        let mut out = Map::new();
        for (at, item) in set {
            if let Some(field) = self.descriptor.fields.get(*at).filter(|field| is_said(field, item)) {
                out.insert(field.json.clone(), field_json(field, item));
            }
        }
        Json::Object(out)
    }
}

fn of(ty: Type) -> Option<&'static Descriptor> {
    match ty {
        Type::Of(at) => istio().at(at),
        _ => None,
    }
}

/// Scalars outside of groups have no presence: their zero is nothing.
fn is_said(field: &Field, item: &Item) -> bool {
    let message = of(field.ty).is_some_and(|of| of.values.is_empty());
    match &item.value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        _ if message || field.oneof.is_some() => true,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Bytes(count) => *count != 0,
        Value::Enum(number) => *number != 0,
        Value::Duration(_) | Value::Message(_) | Value::Any(..) | Value::Opaque => true,
    }
}

fn field_json(field: &Field, item: &Item) -> Json {
    match (&item.value, field.shape) {
        (Value::List(items), Shape::List) => items.iter().map(|item| value_json(field.ty, item)).collect(),
        (Value::Map(entries), Shape::Map(_)) => {
            let mut entries: Vec<&(String, Item)> = entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let said = entries.into_iter().map(|(key, item)| (key.clone(), value_json(field.ty, item)));
            Json::Object(said.collect())
        }
        _ => value_json(field.ty, item),
    }
}

fn value_json(ty: Type, item: &Item) -> Json {
    let descriptor = of(ty);
    match &item.value {
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => integer(*value, is_wide(ty, descriptor)),
        Value::Float(value) => go_number(*value),
        Value::Text(text) => Json::String(text.clone()),
        Value::Enum(number) => {
            let named = descriptor.and_then(|of| of.values.iter().find(|(_, n)| n == number));
            named.map_or_else(|| Json::from(*number), |(name, _)| Json::from(*name))
        }
        Value::Duration(nanos) => Json::String(duration(*nanos)),
        Value::Message(message) | Value::Any(_, message) => message.to_json(),
        Value::List(_) | Value::Map(_) | Value::Bytes(_) | Value::Opaque => Json::Null,
    }
}

/// Whether the number has 64 bits, which are written as text; also inside a wrapper.
fn is_wide(ty: Type, descriptor: Option<&Descriptor>) -> bool {
    let inner = descriptor.and_then(|of| of.fields.first()).map_or(ty, |field| field.ty);
    matches!(inner, Type::I64 | Type::U64)
}

fn integer(value: i128, wide: bool) -> Json {
    match i64::try_from(value) {
        Ok(value) if !wide => Json::from(value),
        _ => Json::String(value.to_string()),
    }
}

/// A number as Go's `encoding/json` writes a float: whole ones without a fraction.
#[must_use]
pub fn go_number(value: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Json::from(value as i64);
    }
    Number::from_f64(value).map_or_else(|| Json::String(value.to_string()), Json::Number)
}

/// Seconds with 0, 3, 6 or 9 digits behind the point.
fn duration(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (nanos, second) = (nanos.unsigned_abs(), 1_000_000_000);
    let mut text = format!("{sign}{}.{:09}", nanos / second, nanos % second);
    for _ in 0..2 {
        if let Some(shorter) = text.strip_suffix("000") {
            text.truncate(shorter.len());
        }
    }
    let text = text.strip_suffix(".000").unwrap_or(&text);
    format!("{text}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_six_or_nine_digits() {
        let cases = [
            (0, "0s"),
            (45_000_000_000, "45s"),
            (1_500_000_000, "1.500s"),
            (-1_000, "-0.000001s"),
            (7, "0.000000007s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn numbers_as_go_writes_them() {
        assert_eq!(go_number(5.0).to_string(), "5");
        assert_eq!(go_number(0.5).to_string(), "0.5");
    }
}
