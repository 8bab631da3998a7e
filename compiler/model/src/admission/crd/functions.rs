//! Functions and operators of CEL and of Kubernetes (cel-go `common/stdlib`, `ext/strings.go`; k8s.io/apiserver `pkg/cel/library`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

use super::cel::{Fault, Val};
use super::document::{Datum, Gap, Item};
use super::table::Function;
use super::url;
use crate::duration::parse_duration;

/// Calls a function. What is unknown or failed among the arguments is the outcome.
pub(super) fn call<'v>(function: Function, mut arguments: Vec<Val<'v>>) -> Val<'v> {
    if function == Function::NotStrictlyFalse {
        return Val::Bool(!matches!(arguments.first(), Some(Val::Bool(false))));
    }
    if arguments.iter().any(|value| matches!(value, Val::Unknown)) {
        return Val::Unknown;
    }
    if let Some(failed) = arguments.iter().position(|value| matches!(value, Val::Failed(_))) {
        return arguments.swap_remove(failed);
    }
    let mut rest = arguments.into_iter();
    match (rest.next(), rest.next(), rest.next()) {
        (Some(a), None, _) => unary(function, a),
        (Some(a), Some(b), None) => binary(function, a, b),
        (Some(Val::Str(text)), Some(Val::Int(from)), Some(Val::Int(to)))
            if function == Function::Substring =>
        {
            substring(&text, from, Some(to))
        }
        _ => overload(),
    }
}

fn overload<'v>() -> Val<'v> {
    Val::Failed(Fault::Overload)
}

fn failed<'v>(text: String) -> Val<'v> {
    Val::Failed(Fault::Text(text))
}

fn unary<'v>(function: Function, a: Val<'v>) -> Val<'v> {
    match (function, a) {
        (Function::Not, Val::Bool(b)) => Val::Bool(!b),
        (Function::Size, value) => size(&value).map_or_else(unsized_value(&value), Val::Int),
        (Function::Duration, Val::Str(text)) => duration(&text),
        (Function::Int, Val::Int(n)) => Val::Int(n),
        (Function::Int, Val::Str(text)) => integer(&text),
        (Function::IsIp, Val::Str(text)) => Val::Bool(is_ip(&text)),
        (Function::IsUrl, Val::Str(text)) => Val::Bool(url::parse_request_uri(&text).is_ok()),
        (Function::Url, Val::Str(text)) => match url::parse_twice(&text) {
            Ok(url) => Val::Url(url.scheme),
            Err(why) => failed(format!("URL parse error during conversion from string: {why}")),
        },
        (Function::GetScheme, Val::Url(scheme)) => Val::Str(Cow::Owned(scheme)),
        _ => overload(),
    }
}

fn binary<'v>(function: Function, a: Val<'v>, b: Val<'v>) -> Val<'v> {
    match function {
        Function::Equals => equals(&a, &b).map_or(Val::Unknown, Val::Bool),
        Function::NotEquals => equals(&a, &b).map_or(Val::Unknown, |same| Val::Bool(!same)),
        Function::Less | Function::LessEquals | Function::Greater | Function::GreaterEquals => {
            compare(&a, &b).map_or_else(overload, |order| {
                Val::Bool(match function {
                    Function::Less => order.is_lt(),
                    Function::LessEquals => order.is_le(),
                    Function::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            })
        }
        Function::Add => add(a, b),
        Function::Index => index(&a, &b),
        Function::In => is_in(&a, &b),
        _ => match (a, b) {
            (Val::Str(text), Val::Str(other)) => of_text(function, text, &other),
            (Val::Str(text), Val::Int(from)) if function == Function::Substring => {
                substring(&text, from, None)
            }
            _ => overload(),
        },
    }
}

fn of_text<'v>(function: Function, text: Cow<'v, str>, other: &str) -> Val<'v> {
    match function {
        Function::StartsWith => Val::Bool(text.starts_with(other)),
        Function::EndsWith => Val::Bool(text.ends_with(other)),
        Function::Contains => Val::Bool(text.contains(other)),
        Function::Split if other.is_empty() => {
            Val::List(text.chars().map(|c| Val::Str(Cow::Owned(c.to_string()))).collect())
        }
        Function::Split => {
            Val::List(text.split(other).map(|part| Val::Str(Cow::Owned(part.to_owned()))).collect())
        }
        _ => overload(),
    }
}

/// Code points of text, entries of anything else; `None` for what has no size, or none that is known.
fn size(value: &Val<'_>) -> Option<i64> {
    let size = match value {
        Val::Str(text) => text.chars().count(),
        Val::List(items) => items.len(),
        Val::EmptyMap => 0,
        Val::Data(item) => match &item.datum {
            Datum::List(items, Gap::None) => items.len(),
            Datum::Map(entries, Gap::None) => entries.len(),
            _ => return None,
        },
        _ => return None,
    };
    i64::try_from(size).ok()
}

fn unsized_value<'v>(value: &Val<'_>) -> impl FnOnce() -> Val<'v> + use<'v> {
    let is_data = matches!(value, Val::Data(_));
    move || if is_data { Val::Unknown } else { overload() }
}

fn duration<'v>(text: &str) -> Val<'v> {
    let nanos = parse_duration(text).and_then(|nanos| i64::try_from(nanos).ok());
    nanos.map_or_else(|| failed(conversion("google.protobuf.Duration")), Val::Duration)
}

fn integer<'v>(text: &str) -> Val<'v> {
    text.parse().map_or_else(|_| failed(conversion("int")), Val::Int)
}

fn conversion(to: &str) -> String {
    format!("type conversion error from 'string' to '{to}'")
}

/// No zone, and no IPv4 address inside an IPv6 one (`pkg/cel/library/ip.go`, `parseIPAddr`).
fn is_ip(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address.to_ipv4_mapped().is_none(),
        Ok(IpAddr::V4(_)) => true,
        Err(_) => false,
    }
}

fn substring<'v>(text: &str, from: i64, to: Option<i64>) -> Val<'v> {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let end = to.unwrap_or(length);
    if from > end && to.is_some() {
        return failed(format!("invalid substring range. start: {from}, end: {end}"));
    }
    for at in [from, end] {
        if at < 0 || at > length {
            return failed(format!("index out of range: {at}"));
        }
    }
    let (skip, take) = (usize::try_from(from).unwrap_or(0), usize::try_from(end - from).unwrap_or(0));
    Val::Str(Cow::Owned(text.chars().skip(skip).take(take).collect()))
}

fn add<'v>(a: Val<'v>, b: Val<'v>) -> Val<'v> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => {
            a.checked_add(b).map_or_else(|| failed("return error for overflow".to_owned()), Val::Int)
        }
        (Val::Str(a), Val::Str(b)) => Val::Str(Cow::Owned(format!("{a}{b}"))),
        (Val::List(mut a), Val::List(b)) => {
            a.extend(b);
            Val::List(a)
        }
        _ => overload(),
    }
}

fn index<'v>(value: &Val<'v>, at: &Val<'v>) -> Val<'v> {
    let place = |n: i64, length: usize| usize::try_from(n).ok().filter(|n| *n < length);
    let beyond = |n: i64| failed(format!("index out of bounds: {n}"));
    match (value, at) {
        (Val::List(items), Val::Int(n)) => {
            place(*n, items.len()).and_then(|n| items.get(n)).cloned().unwrap_or_else(|| beyond(*n))
        }
        (Val::Data(item), Val::Int(n)) => match &item.datum {
            Datum::List(_, Gap::Some) => Val::Unknown,
            Datum::List(items, Gap::None) => {
                place(*n, items.len()).and_then(|n| items.get(n)).map_or_else(|| beyond(*n), Val::from_item)
            }
            _ => overload(),
        },
        (Val::Data(item), Val::Str(key)) => match (item.get(key), &item.datum) {
            (Some(value), _) => Val::from_item(value),
            (None, Datum::Map(_, Gap::Some)) => Val::Unknown,
            (None, Datum::Map(_, Gap::None)) => failed(format!("no such key: {key}")),
            (None, _) => overload(),
        },
        (Val::EmptyMap, Val::Str(key)) => failed(format!("no such key: {key}")),
        _ => overload(),
    }
}

fn is_in<'v>(value: &Val<'v>, list: &Val<'v>) -> Val<'v> {
    let any = |items: &mut dyn Iterator<Item = Val<'v>>, gap: Gap| {
        let mut unknown = gap == Gap::Some;
        for item in items {
            match equals(value, &item) {
                Some(true) => return Val::Bool(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        if unknown { Val::Unknown } else { Val::Bool(false) }
    };
    match list {
        Val::List(items) => any(&mut items.iter().cloned(), Gap::None),
        Val::EmptyMap => Val::Bool(false),
        Val::Data(item) => match (&item.datum, value) {
            (Datum::List(items, gap), _) => any(&mut items.iter().map(Val::from_item), *gap),
            (Datum::Map(..), Val::Str(key)) if item.get(key).is_some() => Val::Bool(true),
            (Datum::Map(_, gap), _) => {
                if *gap == Gap::Some {
                    Val::Unknown
                } else {
                    Val::Bool(false)
                }
            }
            _ => overload(),
        },
        _ => overload(),
    }
}

/// Order of two values; `None` where they have none.
fn compare(a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "cel-go compares an integer with a double in the same way"
    )]
    match (a, b) {
        (Val::Int(a), Val::Int(b)) | (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
        (Val::Int(a), Val::Double(b)) => (*a as f64).partial_cmp(b),
        (Val::Double(a), Val::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Val::Str(a), Val::Str(b)) => Some(a.cmp(b)),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether two values are equal; values of different types never are. `None` when that is not known.
fn equals(a: &Val<'_>, b: &Val<'_>) -> Option<bool> {
    match (a, b) {
        (Val::Unknown, _) | (_, Val::Unknown) => None,
        (Val::Null, Val::Null) | (Val::EmptyMap, Val::EmptyMap) => Some(true),
        (Val::Data(a), Val::Data(b)) => equal_items(a, b),
        (Val::List(a), Val::List(b)) => all_equal(a.iter().cloned(), b.iter().cloned(), (a.len(), b.len())),
        (Val::Data(a), Val::List(b)) | (Val::List(b), Val::Data(a)) => match &a.datum {
            Datum::List(items, Gap::None) => {
                all_equal(items.iter().map(Val::from_item), b.iter().cloned(), (items.len(), b.len()))
            }
            Datum::List(_, Gap::Some) => None,
            _ => Some(false),
        },
        (Val::Data(a), Val::EmptyMap) | (Val::EmptyMap, Val::Data(a)) => match &a.datum {
            Datum::Map(entries, Gap::None) => Some(entries.is_empty()),
            Datum::Map(_, Gap::Some) => None,
            _ => Some(false),
        },
        _ => Some(compare(a, b) == Some(Ordering::Equal)),
    }
}

fn all_equal<'v>(
    a: impl Iterator<Item = Val<'v>>,
    b: impl Iterator<Item = Val<'v>>,
    sizes: (usize, usize),
) -> Option<bool> {
    if sizes.0 != sizes.1 {
        return Some(false);
    }
    let mut unknown = false;
    for (a, b) in a.zip(b) {
        match equals(&a, &b) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(true)
}

fn equal_items(a: &Item<'_>, b: &Item<'_>) -> Option<bool> {
    match (&a.datum, &b.datum) {
        (Datum::List(_, Gap::Some), Datum::List(..)) | (Datum::List(..), Datum::List(_, Gap::Some)) => None,
        (Datum::Map(_, Gap::Some), Datum::Map(..)) | (Datum::Map(..), Datum::Map(_, Gap::Some)) => None,
        (Datum::List(a, _), Datum::List(b, _)) => {
            all_equal(a.iter().map(Val::from_item), b.iter().map(Val::from_item), (a.len(), b.len()))
        }
        (Datum::Map(a, _), Datum::Map(b, _)) => {
            if !a.iter().map(|entry| entry.key).eq(b.iter().map(|entry| entry.key)) {
                return Some(false);
            }
            let values = |entries: &'_ [super::document::Entry<'_>]| entries.len();
            let sizes = (values(a), values(b));
            all_equal(
                a.iter().map(|e| Val::from_item(&e.value)),
                b.iter().map(|e| Val::from_item(&e.value)),
                sizes,
            )
        }
        (Datum::List(..) | Datum::Map(..), _) | (_, Datum::List(..) | Datum::Map(..)) => Some(false),
        _ => equals(&Val::from_item(a), &Val::from_item(b)),
    }
}

/// The part of a text's length that going through it costs, rounded up.
fn tenth(size: u64) -> u64 {
    size.div_ceil(10)
}

fn measure(value: Option<&Val<'_>>) -> u64 {
    value.and_then(size).and_then(|size| u64::try_from(size).ok()).unwrap_or(1)
}

/// What a call costs (`runtimecost.go`, `costCall`; `pkg/cel/library/cost.go`, `CallCost`).
pub(super) fn cost(function: Function, arguments: &[Val<'_>]) -> u64 {
    let (first, second) = (measure(arguments.first()), measure(arguments.get(1)));
    match function {
        Function::StartsWith | Function::EndsWith | Function::Url | Function::Substring | Function::IsIp => {
            tenth(first)
        }
        Function::Split => (first * 2).div_ceil(10),
        Function::In => second,
        Function::Equals
        | Function::NotEquals
        | Function::Less
        | Function::LessEquals
        | Function::Greater
        | Function::GreaterEquals => tenth(first.min(second)),
        Function::Contains => tenth(first) * tenth(second),
        Function::Add if matches!(arguments.first(), Some(Val::Str(_))) => tenth(first + second),
        Function::Not
        | Function::NotStrictlyFalse
        | Function::Add
        | Function::Index
        | Function::Size
        | Function::Duration
        | Function::Int
        | Function::IsUrl
        | Function::GetScheme => 1,
    }
}

/// What `matches` costs: length of the text times length of the pattern, both in parts.
pub(super) fn cost_of_matches(text: &Val<'_>, pattern: &str) -> u64 {
    let length = u64::try_from(pattern.chars().count()).unwrap_or(u64::MAX);
    tenth(measure(Some(text)).saturating_add(1)).saturating_mul(length.div_ceil(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Val<'_> {
        Val::Str(Cow::Borrowed(text))
    }

    #[test]
    fn functions_of_kubernetes() {
        let is = |value: Val<'_>, wanted: bool| matches!(value, Val::Bool(b) if b == wanted);
        assert!(is(call(Function::IsIp, vec![text("::ffff:1.2.3.4")]), false));
        assert!(is(call(Function::IsIp, vec![text("::1")]), true));
        assert!(is(call(Function::IsUrl, vec![text("#%blah$#@")]), false));
        let scheme = call(Function::GetScheme, vec![call(Function::Url, vec![text("HTTP://a")])]);
        assert!(matches!(scheme, Val::Str(scheme) if scheme == "http"));
        let late = call(Function::Substring, vec![text("unix://"), Val::Int(7), Val::Int(8)]);
        assert!(matches!(late, Val::Failed(Fault::Text(why)) if why == "index out of range: 8"));
    }

    #[test]
    fn types_that_do_not_fit() {
        assert!(matches!(call(Function::Less, vec![text("a"), Val::Int(1)]), Val::Failed(Fault::Overload)));
        assert!(matches!(call(Function::Equals, vec![text("a"), Val::Int(1)]), Val::Bool(false)));
        assert!(matches!(call(Function::Equals, vec![Val::Double(1.0), Val::Int(1)]), Val::Bool(true)));
        assert!(matches!(call(Function::Equals, vec![Val::Unknown, Val::Int(1)]), Val::Unknown));
    }
}
