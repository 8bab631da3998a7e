//! Durations and times as Go reads them (`time/format.go`, `ParseDuration`).

use super::scalar;
use crate::admission::crd::words::quoted;
use crate::node::{Node, unit_nanos};

/// Nanoseconds.
pub(super) fn duration(node: Node<'_>) -> Result<i128, String> {
    let text = node.as_str().ok_or_else(|| scalar::refused(node, "string"))?;
    parse(text).map_err(|why| format!("bad Duration: time: {why}"))
}

/// The leading digits and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn parse(text: &str) -> Result<i128, String> {
    let invalid = || format!("invalid duration {}", quoted(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, tail) = digits(rest);
        let (fraction, tail) = tail.strip_prefix('.').map_or(("", tail), digits);
        if whole.is_empty() && fraction.is_empty() || whole.len() > 19 {
            return Err(invalid());
        }
        let end = tail.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end).unwrap_or((tail, ""));
        if unit.is_empty() {
            return Err(format!("missing unit in duration {}", quoted(text)));
        }
        let scale = unit_nanos(unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quoted(unit), quoted(text)))?;
        total += whole.parse::<i128>().unwrap_or(0) * scale + part(fraction, scale);
        rest = tail;
    }
    let limit = i128::from(i64::MAX) + i128::from(negative);
    if total > limit {
        return Err(invalid());
    }
    Ok(if negative { -total } else { total })
}

fn part(fraction: &str, scale: i128) -> i128 {
    let digits: String = fraction.chars().take(18).collect();
    let power = 10i128.pow(u32::try_from(digits.len()).unwrap_or(0));
    digits.parse::<i128>().unwrap_or(0) * scale / power
}

/// RFC 3339, roughly: none of the kinds with rules has one.
pub(super) fn timestamp(node: Node<'_>) -> Result<(), String> {
    let text = node.as_str().ok_or_else(|| scalar::refused(node, "string"))?;
    let shaped = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    if shaped { Ok(()) } else { Err(format!("bad Timestamp: parsing time {}", quoted(text))) }
}
