//! Numbers and texts as Go's `encoding/json` reads them, behind the legacy `jsonpb` decoder of protobuf.

use super::descriptor::Type;
use super::message::Value;
use crate::admission::crd::words::{json_float, json_text};
use crate::admission::go_json;
use crate::node::{Node, Value as Yaml};

/// What JSON calls a value.
pub(in crate::admission) fn word(node: Node<'_>) -> &'static str {
    match node.value() {
        Yaml::Null => "null",
        Yaml::Bool(_) => "bool",
        Yaml::Int(_) | Yaml::Uint(_) | Yaml::Float(_) => "number",
        Yaml::Str(_) => "string",
        Yaml::Seq => "array",
        Yaml::Map => "object",
    }
}

fn mismatch(word: &str, wanted: &str) -> String {
    format!("json: cannot unmarshal {word} into Go value of type {wanted}")
}

/// A value that has to be of another kind.
pub(in crate::admission) fn refused(node: Node<'_>, wanted: &str) -> String {
    mismatch(word(node), wanted)
}

fn go_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::String => "string",
        Type::Bytes => "[]uint8",
        Type::F32 => "float32",
        Type::F64 => "float64",
        Type::I32 => "int32",
        Type::I64 => "int64",
        Type::U32 => "uint32",
        Type::U64 => "uint64",
        Type::Of(_) => "protoreflect.EnumNumber",
    }
}

/// A scalar of a field. With `doubles`, an integer beyond 64 bits with sign has become one.
pub(super) fn scalar(node: Node<'_>, ty: Type, doubles: bool) -> Result<Value, String> {
    match (ty, node.value()) {
        (Type::Bool, Yaml::Bool(b)) => Ok(Value::Bool(b)),
        (Type::Bool, Yaml::Null) => Ok(Value::Bool(false)),
        (Type::String, Yaml::Str(text)) => Ok(Value::Text(text.to_owned())),
        (Type::String, Yaml::Null) => Ok(Value::Text(String::new())),
        (Type::Bytes, Yaml::Null) => Ok(Value::Bytes(0)),
        (Type::Bytes, Yaml::Str(text)) => bytes(text),
        (Type::Bool | Type::String | Type::Bytes, _) => Err(refused(node, go_name(ty))),
        (_, Yaml::Null) => Ok(zero(ty)),
        (_, Yaml::Int(n)) => integer(i128::from(n), ty),
        #[expect(clippy::cast_precision_loss, reason = "doubles lose precision in the same way")]
        (_, Yaml::Uint(n)) if doubles => quoted_number(&json_float(n as f64), ty),
        (_, Yaml::Uint(n)) => integer(i128::from(n), ty),
        (_, Yaml::Float(n)) => fraction(n, ty),
        (Type::Of(_), _) => Err(refused(node, go_name(ty))),
        (Type::F32 | Type::F64, Yaml::Str("NaN" | "Infinity" | "-Infinity")) => Ok(Value::Float(f64::NAN)),
        (_, Yaml::Str(text)) => quoted_number(text, ty),
        _ => Err(refused(node, go_name(ty))),
    }
}

fn zero(ty: Type) -> Value {
    match ty {
        Type::F32 | Type::F64 => Value::Float(0.0),
        Type::Of(_) => Value::Enum(0),
        _ => Value::Int(0),
    }
}

fn integer(n: i128, ty: Type) -> Result<Value, String> {
    let fits = match ty {
        Type::I32 | Type::Of(_) => i32::try_from(n).is_ok(),
        Type::I64 => i64::try_from(n).is_ok(),
        Type::U32 => u32::try_from(n).is_ok(),
        Type::U64 => u64::try_from(n).is_ok(),
        _ => true,
    };
    match ty {
        _ if !fits => Err(mismatch(&format!("number {n}"), go_name(ty))),
        #[expect(clippy::cast_precision_loss, reason = "doubles lose precision in the same way")]
        Type::F32 | Type::F64 => Ok(Value::Float(n as f64)),
        Type::Of(_) => Ok(Value::Enum(i32::try_from(n).unwrap_or(0))),
        _ => Ok(Value::Int(n)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and small")]
fn fraction(n: f64, ty: Type) -> Result<Value, String> {
    if ty == Type::F64 || ty == Type::F32 && n.abs() <= f64::from(f32::MAX) {
        return Ok(Value::Float(n));
    }
    if n.fract() == 0.0 && n.abs() < 1e21 && ty != Type::F32 {
        return integer(n as i128, ty);
    }
    Err(mismatch(&format!("number {}", json_float(n)), go_name(ty)))
}

/// `jsonpb` takes the quotes off and reads the rest as JSON.
fn quoted_number(text: &str, ty: Type) -> Result<Value, String> {
    let written = json_text(text);
    let inner = written.get(1..written.len() - 1).unwrap_or_default();
    go_json::whole(inner)?;
    let inner = inner.trim();
    match inner.chars().next() {
        Some('n') => Ok(zero(ty)),
        Some('t' | 'f') => Err(mismatch("bool", go_name(ty))),
        Some('{') => Err(mismatch("object", go_name(ty))),
        Some('[') => Err(mismatch("array", go_name(ty))),
        _ => match inner.parse::<i128>() {
            Ok(n) => integer(n, ty),
            Err(_) => match inner.parse::<f64>() {
                Ok(n) if matches!(ty, Type::F32 | Type::F64) => Ok(Value::Float(n)),
                _ => Err(mismatch(&format!("number {inner}"), go_name(ty))),
            },
        },
    }
}

/// The number in a map's key.
pub(super) fn key(text: &str, ty: Type) -> Result<String, String> {
    match ty {
        Type::String => Ok(text.to_owned()),
        Type::Bool if matches!(text, "true" | "false") => Ok(text.to_owned()),
        Type::Bool => Err("invalid character in the key of a map".to_owned()),
        _ => match quoted_number(text, ty)? {
            Value::Int(n) => Ok(n.to_string()),
            _ => Ok("0".to_owned()),
        },
    }
}

fn bytes(text: &str) -> Result<Value, String> {
    let data: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let plain = data.iter().take_while(|b| alphabet(b)).count();
    let rest = data.len() - plain;
    let padded = data.iter().skip(plain).all(|b| *b == b'=');
    if padded && rest <= 2 && data.len().is_multiple_of(4) {
        return Ok(Value::Bytes(plain * 3 / 4));
    }
    let at = if padded { data.len() } else { plain };
    Err(format!("illegal base64 data at input byte {at}"))
}
