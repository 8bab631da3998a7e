//! Values in messages, as Go prints them.

use std::fmt::Write as _;

use super::document::{Datum, Item};
use crate::syntax::write_text;

/// Text in quotes as Go writes it (`strconv.Quote`).
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if is_printable(c) => out.push(c),
            _ => write_code(&mut out, c),
        }
    }
    out.push('"');
    out
}

fn is_printable(c: char) -> bool {
    c == ' ' || c == '\'' || (!c.is_whitespace() && c.escape_debug().count() == 1)
}

fn write_code(out: &mut String, c: char) {
    let code = u32::from(c);
    let _ = match code {
        0..=0x7f => write!(out, "\\x{code:02x}"),
        0x80..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// A float as `%v` prints it.
pub(in crate::admission) fn float(value: f64) -> String {
    plain_within(value, -4..6)
}

/// A float as `encoding/json` writes it: its negative exponents have no leading zero.
pub(in crate::admission) fn json_float(value: f64) -> String {
    plain_within(value, -6..21).replace("e-0", "e-")
}

/// Without an exponent of ten where it is in the range.
fn plain_within(value: f64, plain: std::ops::Range<i32>) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(power) if value != 0.0 && !plain.contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.abs())
        }
        _ => format!("{value}"),
    }
}

/// A value behind `Invalid value: ` and the like (apimachinery `field.Error.ErrorBody`): scalars plainly, all else as JSON.
pub(super) fn bad_value(item: &Item<'_>) -> String {
    match &item.datum {
        Datum::Float(f) => float(*f),
        Datum::Str(text) => quoted(text),
        Datum::List(..) | Datum::Map(..) if item.node.is_some() => {
            item.node.and_then(|node| node.to_json().ok()).unwrap_or_else(|| json(item))
        }
        _ => json(item),
    }
}

/// A value as JSON, keys in order.
pub(super) fn json(item: &Item<'_>) -> String {
    match &item.datum {
        Datum::Hole | Datum::Null => "null".to_owned(),
        Datum::Bool(b) => b.to_string(),
        Datum::Int(n) => n.to_string(),
        Datum::Float(f) => json_float(*f),
        Datum::Str(text) => json_text(text),
        Datum::List(items, _) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Datum::Map(entries, _) => {
            let rows: Vec<String> = entries
                .iter()
                .map(|entry| format!("{}:{}", json_text(entry.key), json(&entry.value)))
                .collect();
            format!("{{{}}}", rows.join(","))
        }
    }
}

/// Text in quotes as Go's `encoding/json` escapes it.
pub(in crate::admission) fn json_text(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_text_as_go_prints_them() {
        for (value, text) in [
            (100.5, "100.5"),
            (-0.1, "-0.1"),
            (1e21, "1e+21"),
            (0.00001, "1e-05"),
            (0.0, "0"),
            (123456.0, "123456"),
            (5e9, "5e+09"),
        ] {
            assert_eq!(float(value), text);
        }
        assert_eq!((json_float(1e-7), json_float(1e21)), ("1e-7".to_owned(), "1e+21".to_owned()));
        assert_eq!(quoted("a\"b\n\u{0}é\u{a0}"), "\"a\\\"b\\n\\x00é\\u00a0\"");
    }
}
