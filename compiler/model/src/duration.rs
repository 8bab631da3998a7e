//! Durations as Go reads them (`time/format.go`, `ParseDuration`), rounding of fractions included.

use std::fmt::Write as _;

/// One more than the largest number of nanoseconds.
const LIMIT: u64 = 1 << 63;

/// Reads `1.5s`, `300ms`, `1h2m`; nanoseconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i128> {
    go_duration(text).ok()
}

/// Nanoseconds as Go writes them (`time/time.go`, `Duration.String`): `1m0.5s`, `300ms`.
#[must_use]
pub fn duration_text(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let unit = match nanos {
        0 => return "0s".to_owned(),
        1..1_000 => (1, 0, "ns"),
        1_000..1_000_000 => (1_000, 3, "\u{b5}s"),
        1_000_000..1_000_000_000 => (1_000_000, 6, "ms"),
        _ => (1_000_000_000, 9, "s"),
    };
    let (scale, digits, name) = unit;
    let (whole, rest) = (nanos / scale, nanos % scale);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:0digits$}") };
    let end = format!("{}{name}", fraction.trim_end_matches('0'));
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (name, hours, minutes) {
        ("s", 0, 1..) => format!("{sign}{minutes}m{seconds}{end}"),
        ("s", 1.., _) => format!("{sign}{hours}h{minutes}m{seconds}{end}"),
        _ => format!("{sign}{whole}{end}"),
    }
}

/// Nanoseconds.
///
/// # Errors
/// In Go's words.
pub(crate) fn go_duration(text: &str) -> Result<i128, String> {
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
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, tail) = digits(rest);
        let (fraction, tail) = tail.strip_prefix('.').map_or(("", tail), digits);
        let number = if whole.is_empty() { Some(0) } else { within(whole.parse().ok()) };
        let number = number.filter(|_| !(whole.is_empty() && fraction.is_empty())).ok_or_else(invalid)?;
        let end = tail.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end).unwrap_or((tail, ""));
        if unit.is_empty() {
            return Err(format!("missing unit in duration {}", quoted(text)));
        }
        let scale = nanos(unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quoted(unit), quoted(text)))?;
        let part = within(number.checked_mul(scale)).and_then(|n| n.checked_add(part(fraction, scale)));
        total = within(within(part).and_then(|part| total.checked_add(part))).ok_or_else(invalid)?;
        rest = tail;
    }
    if total == LIMIT && !negative {
        return Err(invalid());
    }
    Ok(if negative { -i128::from(total) } else { i128::from(total) })
}

fn within(number: Option<u64>) -> Option<u64> {
    number.filter(|number| *number <= LIMIT)
}

/// The leading digits and what follows.
pub(crate) fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// How many nanoseconds a unit has.
fn nanos(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A fraction of a unit, by doubles and cut; digits that no longer fit say nothing (`leadingFraction`).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go computes it in this way"
)]
fn part(fraction: &str, unit: u64) -> u64 {
    let (mut number, mut scale) = (0_u64, 1_f64);
    for digit in fraction.bytes() {
        let longer = (number <= (LIMIT - 1) / 10).then(|| number * 10 + u64::from(digit - b'0'));
        let Some(longer) = within(longer) else { break };
        number = longer;
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

/// Text in quotes as the package `time` has its own way to do it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_reads_them() {
        let cases = [
            ("1s", 1_000_000_000),
            ("1.5s", 1_500_000_000),
            ("1h2m", 3_720_000_000_000),
            ("-5ms", -5_000_000),
            ("0", 0),
            ("+0", 0),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("0.830000000000h", 2_988_000_000_000),
            ("0.9223372036854775807s", 922_337_203),
            ("0.92233720368547758079999h", 3_320_413_933_267),
            ("9223372036854775807ns", i128::from(i64::MAX)),
            ("-9223372036854775808ns", i128::from(i64::MIN)),
            ("2562047h47m16.854775807s", i128::from(i64::MAX)),
        ];
        for (text, nanos) in cases {
            assert_eq!(go_duration(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn durations_as_go_writes_them() {
        for text in [
            "0s",
            "5s",
            "1m0s",
            "1h0m0s",
            "1h2m3.5s",
            "300ms",
            "-1.5s",
            "1.001\u{b5}s",
            "7ns",
            "10ms",
            "20.05s",
        ] {
            assert_eq!(go_duration(text).map(duration_text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_duration() {
        for text in [
            "",
            "-",
            "s",
            ".",
            "9223372036854775808ns",
            "-9223372036854775809ns",
            "99999999999999999999s",
            "2562048h",
        ] {
            assert!(go_duration(text).is_err_and(|why| why.starts_with("invalid duration")), "{text}");
        }
        for (text, why) in [
            ("1", "missing unit in duration \"1\""),
            ("1.2.3s", "missing unit in duration \"1.2.3s\""),
            ("1x", "unknown unit \"x\" in duration \"1x\""),
            ("1 s", "unknown unit \" s\" in duration \"1 s\""),
            ("a\n日", "invalid duration \"a\\x0a\\xe6\\x97\\xa5\""),
        ] {
            assert_eq!(go_duration(text), Err(why.to_owned()));
        }
    }
}
