//! Values and what operators make of them.
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::attributes;
use super::functions::call;
use super::parse::Expr;
use crate::access::format::Source;
use crate::http::Head;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without sign.
    Uint(u64),
    /// A number.
    Double(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Value<'a>>),
    /// A part of metadata.
    Json(&'a serde_json::Value),
    /// Headers.
    Head(Option<&'a Head>),
    /// A group of attributes, as `request`.
    Group(&'static str),
}

/// There is no value: an attribute is absent, or types do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing;

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Uint(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::Json(value) => write!(f, "{value}"),
            Self::List(_) => f.write_str("CelList value"),
            Self::Head(_) | Self::Group(_) => f.write_str("CelMap value"),
        }
    }
}

/// What one expression comes to for a request.
pub(super) fn eval<'a>(expr: &'a Expr, source: Source<'a>) -> Result<Value<'a>, Missing> {
    Ok(match expr {
        Expr::Null => Value::Null,
        Expr::Bool(value) => Value::Bool(*value),
        Expr::Int(value) => Value::Int(*value),
        Expr::Uint(value) => Value::Uint(*value),
        Expr::Double(value) => Value::Double(*value),
        Expr::Text(text) => Value::Text(text.into()),
        Expr::List(items) => Value::List(items.iter().map(|i| eval(i, source)).collect::<Result<_, _>>()?),
        Expr::Name(name) => attributes::group(name).map(Value::Group).ok_or(Missing)?,
        Expr::Select(value, field) => field_of(&eval(value, source)?, field, source)?,
        Expr::Index(value, index) => element(&eval(value, source)?, &eval(index, source)?, source)?,
        Expr::Has(value, field) => Value::Bool(field_of(&eval(value, source)?, field, source).is_ok()),
        Expr::Call(name, arguments) => {
            let arguments = arguments.iter().map(|a| eval(a, source)).collect::<Result<Vec<_>, _>>()?;
            call(name, &arguments)?
        }
        Expr::Not(value) => match eval(value, source)? {
            Value::Bool(value) => Value::Bool(!value),
            _ => return Err(Missing),
        },
        Expr::Minus(value) => match eval(value, source)? {
            Value::Int(value) => Value::Int(value.checked_neg().ok_or(Missing)?),
            Value::Double(value) => Value::Double(-value),
            _ => return Err(Missing),
        },
        Expr::Binary("&&", left, right) => logic(eval(left, source), || eval(right, source), false)?,
        Expr::Binary("||", left, right) => logic(eval(left, source), || eval(right, source), true)?,
        Expr::Binary(operator, left, right) => {
            binary(operator, &eval(left, source)?, &eval(right, source)?, source)?
        }
        Expr::If(condition, yes, no) => match eval(condition, source)? {
            Value::Bool(true) => eval(yes, source)?,
            Value::Bool(false) => eval(no, source)?,
            _ => return Err(Missing),
        },
    })
}

fn element<'a>(value: &Value<'a>, index: &Value<'a>, source: Source<'a>) -> Result<Value<'a>, Missing> {
    let place = |index: &i64| usize::try_from(*index).map_err(|_| Missing);
    match (value, index) {
        (value, Value::Text(field)) => field_of(value, field, source),
        (Value::List(items), Value::Int(index)) => items.get(place(index)?).cloned().ok_or(Missing),
        (Value::Json(value), Value::Int(index)) => value.get(place(index)?).map(from_json).ok_or(Missing),
        _ => Err(Missing),
    }
}

/// `&&` and `||`: a side that decides alone makes up for a missing one.
fn logic<'a>(
    left: Result<Value<'a>, Missing>,
    right: impl FnOnce() -> Result<Value<'a>, Missing>,
    decides: bool,
) -> Result<Value<'a>, Missing> {
    if matches!(left, Ok(Value::Bool(value)) if value == decides) {
        return Ok(Value::Bool(decides));
    }
    match (left, right()) {
        (_, Ok(Value::Bool(value))) if value == decides => Ok(Value::Bool(decides)),
        (Ok(Value::Bool(_)), Ok(Value::Bool(_))) => Ok(Value::Bool(!decides)),
        _ => Err(Missing),
    }
}

/// A value of metadata as one of its own kind.
pub(super) fn from_json(value: &serde_json::Value) -> Value<'_> {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        // The numbers of a protobuf struct are doubles.
        serde_json::Value::Number(number) => Value::Double(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::Text(text.into()),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => Value::Json(value),
    }
}

fn field_of<'a>(value: &Value<'a>, field: &str, source: Source<'a>) -> Result<Value<'a>, Missing> {
    match value {
        Value::Group(group) => attributes::find(group, field, source).ok_or(Missing),
        Value::Json(json) => json.get(field).map(from_json).ok_or(Missing),
        // The host header is only known as `:authority`.
        Value::Head(_) if field == "host" => Err(Missing),
        Value::Head(head) => {
            let joined = head.and_then(|head| head.joined(field.to_ascii_lowercase().as_bytes()));
            let joined = joined.ok_or(Missing)?;
            Ok(Value::Text(String::from_utf8_lossy(&joined).into_owned().into()))
        }
        _ => Err(Missing),
    }
}

fn binary<'a>(
    operator: &str,
    left: &Value<'a>,
    right: &Value<'a>,
    source: Source<'a>,
) -> Result<Value<'a>, Missing> {
    match operator {
        "==" => return equal(left, right).map(Value::Bool),
        "!=" => return equal(left, right).map(|same| Value::Bool(!same)),
        "in" => return contains(left, right, source).map(Value::Bool),
        _ => {}
    }
    if let "<" | "<=" | ">" | ">=" = operator {
        let order = compare(left, right)?;
        return Ok(Value::Bool(match operator {
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }));
    }
    arithmetic(operator, left, right).ok_or(Missing)
}

fn arithmetic<'a>(operator: &str, left: &Value<'a>, right: &Value<'a>) -> Option<Value<'a>> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(Value::Int(match operator {
            "+" => a.checked_add(*b)?,
            "-" => a.checked_sub(*b)?,
            "*" => a.checked_mul(*b)?,
            "/" => a.checked_div(*b)?,
            _ => a.checked_rem(*b)?,
        })),
        (Value::Uint(a), Value::Uint(b)) => Some(Value::Uint(match operator {
            "+" => a.checked_add(*b)?,
            "-" => a.checked_sub(*b)?,
            "*" => a.checked_mul(*b)?,
            "/" => a.checked_div(*b)?,
            _ => a.checked_rem(*b)?,
        })),
        (Value::Double(a), Value::Double(b)) => Some(Value::Double(match operator {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            _ => return None,
        })),
        // Envoy turns joining of strings and of lists off, as it does `string()`.
        _ => None,
    }
}

fn equal(left: &Value<'_>, right: &Value<'_>) -> Result<bool, Missing> {
    match (left, right) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            a.iter().zip(b).try_fold(true, |same, (a, b)| Ok(same && equal(a, b)?))
        }
        (Value::Json(a), Value::Json(b)) => Ok(a == b),
        // Nothing but null equals null; that is no mistake.
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        _ => compare(left, right).map(Ordering::is_eq),
    }
}

fn compare(left: &Value<'_>, right: &Value<'_>) -> Result<Ordering, Missing> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Ok(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b).ok_or(Missing),
        (Value::Text(a), Value::Text(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        _ => Err(Missing),
    }
}

fn contains<'a>(item: &Value<'a>, whole: &Value<'a>, source: Source<'a>) -> Result<bool, Missing> {
    match (item, whole) {
        (_, Value::List(items)) => Ok(items.iter().any(|other| equal(item, other) == Ok(true))),
        (_, Value::Json(serde_json::Value::Array(items))) => {
            Ok(items.iter().any(|other| equal(item, &from_json(other)) == Ok(true)))
        }
        (Value::Text(name), Value::Json(_) | Value::Head(_) | Value::Group(_)) => {
            Ok(field_of(whole, name, source).is_ok())
        }
        _ => Err(Missing),
    }
}
