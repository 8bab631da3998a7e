//! Numbers as Go prints them.

use std::fmt::Write;

/// A number as `encoding/json` writes it.
///
/// # Errors
/// For what is not finite, which has no JSON.
pub(crate) fn write_float(out: &mut String, n: f64) -> Result<(), String> {
    if !n.is_finite() {
        return Err("a number that is not finite has no JSON".to_owned());
    }
    let (digits, exponent) = shortest(&format!("{n:e}"), n, 16, |text| text.parse() == Ok(n));
    let size = n.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let plus = if exponent < 0 { "" } else { "+" };
        let _ = write!(out, "{digits}e{plus}{exponent}");
    } else {
        out.push_str(&positional(&digits, exponent));
    }
    Ok(())
}

/// Go's `strconv.FormatFloat(n, 'g', -1, 32)` with YAML's names for what is no number, as `sigs.k8s.io/yaml` writes keys.
pub(crate) fn go_float32(n: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
    let n = n as f32;
    if n.is_nan() {
        return ".nan".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (digits, exponent) = shortest(&format!("{n:e}"), f64::from(n), 7, |text| text.parse() == Ok(n));
    if (-4..6).contains(&exponent) {
        return positional(&digits, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// The shortest digits (`-1.25`) and the exponent that Go takes. Where a number lies in the very middle of two, Rust rounds up and Go to
/// the even digit; that only happens with at least `many` digits. `is_same` says whether a text gives the number back.
fn shortest(rust: &str, exact: f64, many: usize, is_same: impl Fn(&str) -> bool) -> (String, i32) {
    let (digits, exponent) = rust.split_once('e').unwrap_or((rust, "0"));
    let parsed = (digits.to_owned(), exponent.parse().unwrap_or(0));
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    if count < many {
        return parsed;
    }
    // Every `f64` ends after fewer digits than this.
    let all = format!("{exact:.780e}");
    let (long, power) = all.split_once('e').unwrap_or((&all, "0"));
    let bare: String = long.chars().filter(char::is_ascii_digit).collect();
    let Some((head, tail)) = bare.split_at_checked(count) else { return parsed };
    let middle = tail.strip_prefix('5').is_some_and(|zeros| zeros.bytes().all(|b| b == b'0'));
    let Some(even) = head.parse::<u64>().ok().filter(|_| middle).map(|n| n + n % 2) else { return parsed };
    let even = even.to_string();
    let (Some((first, rest)), true) = (even.split_at_checked(1), even.len() == count) else { return parsed };
    let sign = if exact < 0.0 { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    let text = format!("{sign}{first}{point}{rest}");
    if is_same(&format!("{text}e{power}")) { (text, power.parse().unwrap_or(0)) } else { parsed }
}

/// Digits such as `-1.25` with their exponent written out.
fn positional(digits: &str, exponent: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut bare: String = digits.chars().filter(|c| *c != '.').collect();
    let Ok(whole) = usize::try_from(exponent) else {
        let zeros = "0".repeat(usize::try_from(-1 - exponent).unwrap_or(0));
        return format!("{sign}0.{zeros}{bare}");
    };
    while bare.len() < whole + 1 {
        bare.push('0');
    }
    match bare.split_at_checked(whole + 1) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{bare}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_go_prints_them() {
        let mut out = String::new();
        for n in [1e21, 1e20, 1e-7, 0.000_001, -0.0, 1.5, 1.234_567_890_123_456_8e29] {
            write_float(&mut out, n).unwrap();
            out.push(' ');
        }
        assert_eq!(out, "1e+21 100000000000000000000 1e-7 0.000001 -0 1.5 1.2345678901234568e+29 ");
        assert!(write_float(&mut out, f64::NAN).is_err());
    }

    #[test]
    fn float_keys_have_32_bits() {
        let all = [1.5, 1000.0, 1e6, 123_456.7, 0.1, 1e-5, 1e39, 0.0, -0.001_25].map(go_float32);
        assert_eq!(all, ["1.5", "1000", "1e+06", "123456.7", "0.1", "1e-05", ".inf", "0", "-0.00125"]);
        assert_eq!(
            [430_411.61, -430_411.61, 430_411.66].map(go_float32),
            ["430411.62", "-430411.62", "430411.66"]
        );
    }
}
