//! Numbers, texts and the messages that JSON spells as one text.

use std::fmt::Display;
use std::str::FromStr;

use prost_reflect::prost_types::{Duration, Timestamp};
use serde_json::{Number, Value};

use super::types::Kind;

/// Largest duration of protobuf in seconds, either way: 10,000 years.
const MAX_SECONDS: u64 = 315_576_000_000;

/// Puts a scalar that is no enum into its canonical form.
pub(super) fn scalar(kind: Kind, value: &mut Value) -> Result<(), String> {
    match kind {
        Kind::Text => value.as_str().map(|_| ()).ok_or_else(|| mismatch(value, "a string")),
        Kind::Bool => value.as_bool().map(|_| ()).ok_or_else(|| mismatch(value, "a boolean")),
        Kind::Int32 => integer(value, i32::MIN.into(), i32::MAX.into(), false),
        Kind::Uint32 => integer(value, 0, u32::MAX.into(), false),
        Kind::Int64 => integer(value, i64::MIN.into(), i64::MAX.into(), true),
        Kind::Uint64 => integer(value, 0, u64::MAX.into(), true),
        Kind::Float => real(value, true),
        Kind::Double => real(value, false),
        Kind::Bytes => base64(value),
        Kind::Enum(_) | Kind::Message(_) => Err(mismatch(value, "a scalar")),
    }
}

pub(super) fn mismatch(value: &Value, expected: &str) -> String {
    format!("{value} is not {expected}")
}

/// 64-bit numbers are texts in JSON.
fn integer(value: &mut Value, least: i128, most: i128, as_text: bool) -> Result<(), String> {
    let number = match &*value {
        Value::Number(number) => whole(number),
        Value::String(text) => text.parse::<i128>().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number = number.filter(|number| (least..=most).contains(number));
    let number = number.ok_or_else(|| mismatch(value, "an integer in range"))?;
    if as_text {
        *value = Value::String(number.to_string());
    } else if !value.is_u64() {
        *value = Number::from_i128(number).map_or(Value::Null, Value::Number);
    }
    Ok(())
}

fn whole(number: &Number) -> Option<i128> {
    if let Some(number) = number.as_i128() {
        return Some(number);
    }
    // Beyond 2^64 no integer type has room, so the cast loses nothing that counts.
    number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i128)
}

fn real(value: &mut Value, single: bool) -> Result<(), String> {
    let number = match &*value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => f64::from_str(text).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number = number.ok_or_else(|| mismatch(value, "a number"))?;
    let in_range = !single || !number.is_finite() || number.abs() <= f64::from(f32::MAX);
    if !in_range {
        return Err(mismatch(value, "a number in range"));
    }
    let number = if single { f64::from(number as f32) } else { number };
    *value = match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::String("NaN".to_owned()),
        None if number > 0.0 => Value::String("Infinity".to_owned()),
        None => Value::String("-Infinity".to_owned()),
    };
    Ok(())
}

/// Bytes in the standard alphabet with padding; the alphabet for URLs and absent padding are read.
fn base64(value: &mut Value) -> Result<(), String> {
    let text = value.as_str().ok_or_else(|| mismatch(value, "bytes in base64"))?;
    let digits = text.trim_end_matches('=');
    let for_urls = digits.contains(['-', '_']);
    let is_digit = |c: char| {
        c.is_ascii_alphanumeric() || if for_urls { c == '-' || c == '_' } else { c == '+' || c == '/' }
    };
    let padding = text.len() - digits.len();
    if !digits.chars().all(is_digit)
        || digits.len() % 4 == 1
        || (padding != 0 && text.len() % 4 != 0)
        || padding > 2
    {
        return Err(mismatch(value, "bytes in base64"));
    }
    let mut out: String = digits
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    let spare = [0, 0, 4, 2].get(digits.len() % 4).copied().unwrap_or_default();
    if let Some(last) = out.pop() {
        out.push(without_low_bits(last, spare));
    }
    out.extend(std::iter::repeat_n('=', (4 - out.len() % 4) % 4));
    *value = Value::String(out);
    Ok(())
}

/// A base64 digit with its lowest bits cleared: they belong to no byte.
fn without_low_bits(digit: char, bits: u32) -> char {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = DIGITS.find(digit).unwrap_or_default();
    DIGITS.chars().nth(at >> bits << bits).unwrap_or(digit)
}

pub(super) fn duration(value: &mut Value) -> Result<(), String> {
    respelled(value, "a duration", |duration: &Duration| duration.seconds.unsigned_abs() <= MAX_SECONDS)
}

pub(super) fn timestamp(value: &mut Value) -> Result<(), String> {
    let years = -62_135_596_800..=253_402_300_799;
    respelled(value, "a timestamp", |timestamp: &Timestamp| years.contains(&timestamp.seconds))
}

fn respelled<T: FromStr + Display>(
    value: &mut Value,
    what: &str,
    in_range: impl FnOnce(&T) -> bool,
) -> Result<(), String> {
    let read = value.as_str().and_then(|text| text.parse::<T>().ok()).filter(in_range);
    let spelled = read.ok_or_else(|| mismatch(value, what))?.to_string();
    *value = Value::String(spelled);
    Ok(())
}

/// Paths in lowerCamelCase, comma-separated.
pub(super) fn field_mask(value: &mut Value) -> Result<(), String> {
    let text = value.as_str().filter(|text| !text.contains('_'));
    let text = text.ok_or_else(|| mismatch(value, "a field mask"))?;
    let paths: Vec<&str> = text.split(',').filter(|path| !path.is_empty()).collect();
    *value = Value::String(paths.join(","));
    Ok(())
}
