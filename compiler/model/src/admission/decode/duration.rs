//! Durations and times of messages, times as Go reads them (`time/format.go`, `Parse`).

use super::scalar;
use crate::duration::{digits, go_duration, quoted};
use crate::node::Node;

/// Nanoseconds.
pub(super) fn duration(node: Node<'_>) -> Result<i128, String> {
    let text = node.as_str().ok_or_else(|| scalar::refused(node, "string"))?;
    go_duration(text).map_err(|why| format!("bad Duration: time: {why}"))
}

/// A time as `jsonpb` reads it.
pub(super) fn timestamp(node: Node<'_>) -> Result<(), String> {
    let text = node.as_str().ok_or_else(|| scalar::refused(node, "string"))?;
    rfc3339(text, "2006-01-02T15:04:05.999999999Z07:00").map_err(|why| format!("bad Timestamp: {why}"))
}

/// What is wrong with a part of a time.
enum Bad {
    /// It is something else.
    Form,
    /// It is too small or too large.
    Range(&'static str),
}

/// A time of RFC 3339 (`time/format.go`, `Parse`); `layout` is how Go names that form.
///
/// # Errors
/// In Go's words.
pub(in crate::admission) fn rfc3339(text: &str, layout: &str) -> Result<(), String> {
    let shown = quoted(text);
    let (mut rest, mut numbers) = (text, Vec::new());
    for (before, part, name) in PARTS {
        let wrong = |rest: &str, part: &str| {
            format!(
                "parsing time {shown} as {}: cannot parse {} as {}",
                quoted(layout),
                quoted(rest),
                quoted(part)
            )
        };
        rest = rest.strip_prefix(before).ok_or_else(|| wrong(rest, before))?;
        match take(rest, part, name) {
            Ok((number, after)) => {
                numbers.push(number);
                rest = after;
            }
            Err(Bad::Form) => return Err(wrong(rest, part)),
            Err(Bad::Range(name)) => return Err(format!("parsing time {shown}: {name} out of range")),
        }
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {shown}: extra text: {}", quoted(rest)));
    }
    match numbers.as_slice() {
        [year, month, day, ..] if (1..=days(*year, *month)).contains(day) => Ok(()),
        _ => Err(format!("parsing time {shown}: day out of range")),
    }
}

/// What stands before each part, the part as Go's layouts write it, and its name.
const PARTS: &[(&str, &str, &str)] = &[
    ("", "2006", "year"),
    ("-", "01", "month"),
    ("-", "02", "day"),
    ("T", "15", "hour"),
    (":", "04", "minute"),
    (":", "05", "second"),
    ("", "Z07:00", "time zone offset hour"),
];

fn take<'t>(rest: &'t str, part: &str, name: &'static str) -> Result<(u32, &'t str), Bad> {
    let (number, mut after) = match part {
        "2006" => number(rest, 4, 4)?,
        "15" => number(rest, 1, 2)?,
        "Z07:00" => return zone(rest),
        _ => number(rest, 2, 2)?,
    };
    let limits = match part {
        "01" => 1..=12,
        "15" => 0..=23,
        "04" | "05" => 0..=59,
        _ => 0..=9999,
    };
    if !limits.contains(&number) {
        return Err(Bad::Range(name));
    }
    if part == "05"
        && let Some(fraction) = after.strip_prefix(['.', ','])
        && fraction.starts_with(|c: char| c.is_ascii_digit())
    {
        after = digits(fraction).1;
    }
    Ok((number, after))
}

/// A number of so many digits.
fn number(text: &str, least: usize, most: usize) -> Result<(u32, &str), Bad> {
    let (all, _) = digits(text);
    let (digits, rest) = text.split_at_checked(all.len().min(most)).ok_or(Bad::Form)?;
    if digits.len() < least {
        return Err(Bad::Form);
    }
    Ok((digits.parse().map_err(|_| Bad::Form)?, rest))
}

/// `Z`, or hours and minutes with a sign.
fn zone(text: &str) -> Result<(u32, &str), Bad> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Ok((0, rest));
    }
    let rest = text.strip_prefix(['+', '-']).ok_or(Bad::Form)?;
    let (hours, rest) = number(rest, 2, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':').ok_or(Bad::Form)?, 2, 2)?;
    match (hours, minutes) {
        (0..=24, 0..=60) => Ok((hours, rest)),
        (0..=24, _) => Err(Bad::Range("time zone offset minute")),
        _ => Err(Bad::Range("time zone offset hour")),
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_go_reads_them() {
        let read = |text: &str| rfc3339(text, "2006-01-02T15:04:05Z07:00");
        for text in ["2026-02-28T23:59:59Z", "2024-02-29T5:00:00.5+02:00", "0000-01-01T00:00:00,1-24:60"] {
            assert_eq!(read(text), Ok(()), "{text}");
        }
        let wrong = |text: &str, rest: &str, part: &str| {
            let layout = "2006-01-02T15:04:05Z07:00";
            let why =
                format!("parsing time \"{text}\" as \"{layout}\": cannot parse \"{rest}\" as \"{part}\"");
            assert_eq!(read(text), Err(why));
        };
        wrong("", "", "2006");
        wrong("spiffe://a", "spiffe://a", "2006");
        wrong("2026/01/01", "/01/01", "-");
        wrong("2026-01-01T00:00:00", "", "Z07:00");
        for (text, why) in [
            ("2026-13-01T00:00:00Z", "month out of range"),
            ("2026-02-29T00:00:00Z", "day out of range"),
            ("2026-02-28T00:00:00Zx", "extra text: \"x\""),
        ] {
            assert_eq!(read(text), Err(format!("parsing time \"{text}\": {why}")));
        }
    }
}
