//! Text and numbers against their limits (kube-openapi `validate/validator.go`, `values.go`, `strfmt`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::document::{Datum, Item};
use super::outcome::Outcome;
use super::table::{Format, Literal, Schema, Ty, matches, pattern_text};
use super::words::{bad_value, float, quoted};
use crate::admission::Misfit;
use crate::path::{Place, Style};

/// Length, pattern, format: the first that fails is reported, and the format besides.
pub(super) fn text(schema: &Schema, text: &str, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    if let Some((body, wanted)) = misfit(schema, text, place) {
        out.fault(place, Style::Dots, item, &body, Misfit::Limit(wanted));
    }
    out.checks += 1;
    if schema.format == Format::None {
        return;
    }
    if !fits(schema.format, text) {
        let name = format_name(schema.format);
        let (path, value) = (place.path(), quoted(text));
        let body = format!("Invalid value: {value}: {path} in body must be of type {name}: {value}");
        let wanted = format!("text of the form `{name}`");
        out.fault(place, Style::Dots, item, &body, Misfit::Limit(wanted));
    }
    out.checks += 1;
}

/// What is wrong with a text: in the words of the API server, and what is wanted.
fn misfit(schema: &Schema, text: &str, place: Place<'_>) -> Option<(String, String)> {
    let length = || text.chars().count();
    if let Some(most) = schema.max_length.filter(|most| length() > *most as usize) {
        let bytes = if most == 1 { "byte" } else { "bytes" };
        let body = format!("Too long: may not be more than {most} {bytes}");
        return Some((body, format!("text of at most {most} characters")));
    }
    if let Some(least) = schema.min_length.filter(|least| length() < *least as usize) {
        let (value, path) = (quoted(text), place.path());
        let body = format!("Invalid value: {value}: {path} in body should be at least {least} chars long");
        let wanted = if least == 1 {
            "text that is not empty".to_owned()
        } else {
            format!("text of at least {least} characters")
        };
        return Some((body, wanted));
    }
    let pattern = schema.pattern.filter(|pattern| !matches(*pattern, text))?;
    let (value, path, pattern) = (quoted(text), place.path(), pattern_text(pattern));
    let body = format!("Invalid value: {value}: {path} in body should match '{pattern}'");
    Some((body, format!("text that matches `{pattern}`")))
}

/// Range of the type, then minimum, then maximum.
pub(super) fn number(schema: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let path = place.path();
    if let Some(range) = beyond(schema, &item.datum) {
        out.at(
            place,
            item.span,
            format!("<nil>: Invalid value: \"\": Checked value must be of type {range} in {path}"),
            Misfit::Limit("a whole number in range".to_owned()),
        );
    }
    let value = bad_value(item);
    if let Some(limit) = schema.minimum.filter(|limit| below(&item.datum, *limit)) {
        let limit = limit_text(&item.datum, limit);
        let body =
            format!("Invalid value: {value}: {path} in body should be greater than or equal to {limit}");
        out.fault(place, Style::Dots, item, &body, Misfit::Limit(format!("a number of {limit} or more")));
    }
    if let Some(limit) = schema.maximum.filter(|limit| above(&item.datum, *limit)) {
        let limit = limit_text(&item.datum, limit);
        let body = format!("Invalid value: {value}: {path} in body should be less than or equal to {limit}");
        out.fault(place, Style::Dots, item, &body, Misfit::Limit(format!("a number up to {limit}")));
    }
    out.checks += 2;
}

/// Why a number does not fit its type, in words.
fn beyond(schema: &Schema, datum: &Datum<'_>) -> Option<&'static str> {
    let format = if schema.ty == Ty::Integer { schema.format } else { return None };
    let fits = match (datum, format) {
        (Datum::Int(n), Format::Int32) => i32::try_from(*n).is_ok(),
        (Datum::Int(_), _) => true,
        _ => false,
    };
    match format {
        _ if fits => None,
        Format::Int32 => Some("integer with format int32"),
        Format::Int64 => Some("integer with format int64"),
        _ => Some("integer (default format)"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "upstream cuts limits of integers in the same way")]
fn below(datum: &Datum<'_>, limit: f64) -> bool {
    match datum {
        Datum::Int(n) => *n < limit as i64,
        Datum::Float(f) => *f < limit,
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "upstream cuts limits of integers in the same way")]
fn above(datum: &Datum<'_>, limit: f64) -> bool {
    match datum {
        Datum::Int(n) => *n > limit as i64,
        Datum::Float(f) => *f > limit,
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "upstream cuts limits of integers in the same way")]
fn limit_text(datum: &Datum<'_>, limit: f64) -> String {
    match datum {
        Datum::Int(_) => (limit as i64).to_string(),
        _ => float(limit),
    }
}

/// Whether a float is an integer to JSON (`swag.IsFloat64AJSONInteger`).
pub(super) fn is_whole(f: f64) -> bool {
    f.fract() == 0.0 && f.abs() <= 9_007_199_254_740_991.0
}

/// `format:` as written.
pub(super) fn format_name(format: Format) -> &'static str {
    match format {
        Format::None => "",
        Format::Int32 => "int32",
        Format::Int64 => "int64",
        Format::Double => "double",
        Format::DateTime => "date-time",
        Format::Byte => "byte",
        Format::Ipv4 => "ipv4",
        Format::Ipv6 => "ipv6",
    }
}

/// The format that messages name for a value that has none of its own.
pub(super) fn format_of(datum: &Datum<'_>) -> &'static str {
    match datum {
        Datum::Int(_) => "int64",
        Datum::Float(_) => "float64",
        _ => "",
    }
}

fn fits(format: Format, text: &str) -> bool {
    match format {
        Format::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
        Format::Ipv6 => text.parse::<Ipv6Addr>().is_ok() || mapped(text),
        Format::DateTime => is_date_time(text),
        Format::Byte => is_base64(text),
        Format::None | Format::Int32 | Format::Int64 | Format::Double => true,
    }
}

fn mapped(text: &str) -> bool {
    matches!(text.parse::<IpAddr>(), Ok(IpAddr::V6(_)))
}

/// `2026-01-31T12:00:00.5Z` (`strfmt.IsDateTime`).
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let number = |part: Option<&str>, digits: usize, range: std::ops::RangeInclusive<u32>| {
        part.filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|part| part.parse().ok())
            .is_some_and(|n| range.contains(&n))
    };
    let mut days = date.split('-');
    let day =
        number(days.next(), 4, 0..=9999) && number(days.next(), 2, 1..=12) && number(days.next(), 2, 1..=31);
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let Some((clock, zone)) = time.split_at_checked(zone) else { return false };
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let mut parts = clock.split(':');
    let hour =
        number(parts.next(), 2, 0..=23) && number(parts.next(), 2, 0..=59) && number(parts.next(), 2, 0..=59);
    let offset = match zone.strip_prefix(['+', '-']) {
        Some(rest) => rest
            .split_once(':')
            .is_some_and(|(h, m)| number(Some(h), 2, 0..=23) && number(Some(m), 2, 0..=59)),
        None => zone.eq_ignore_ascii_case("z"),
    };
    day && days.next().is_none() && hour && parts.next().is_none() && offset
}

/// Standard base64 with padding; line breaks are skipped, as Go skips them.
fn is_base64(text: &str) -> bool {
    let bytes: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let padding = bytes.iter().rev().take_while(|b| **b == b'=').count();
    let body = bytes.get(..bytes.len() - padding).unwrap_or(&[]);
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    bytes.len().is_multiple_of(4) && padding <= 2 && body.iter().all(alphabet)
}

/// Whether a value is this word of an `enum`.
pub(super) fn is(word: &Literal, datum: &Datum<'_>) -> bool {
    match (word, datum) {
        (Literal::Str(a), Datum::Str(b)) => a == b,
        (Literal::Int(a), Datum::Int(b)) => a == b,
        (Literal::Bool(a), Datum::Bool(b)) => a == b,
        (_, Datum::Hole) => true,
        _ => false,
    }
}

/// A word of an `enum` as messages list it.
pub(super) fn quoted_word(word: &Literal) -> String {
    match word {
        Literal::Str(text) => quoted(text),
        Literal::Int(n) => quoted(&n.to_string()),
        Literal::Bool(b) => quoted(&b.to_string()),
        Literal::List(_) | Literal::Map(_) => quoted("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for good in ["2026-01-31T12:00:00Z", "1970-01-01t00:00:00.5+01:00"] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in ["2026-01-31", "2026-13-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T25:00:00Z", "x"]
        {
            assert!(!is_date_time(bad), "{bad}");
        }
        assert!(is_base64("YWI=") && is_base64("") && !is_base64("YWI") && !is_base64("Y=I="));
        assert!(fits(Format::Ipv4, "1.2.3.4") && !fits(Format::Ipv4, "1.2.3") && !fits(Format::Ipv4, "::1"));
        assert!(fits(Format::Ipv6, "::1") && !fits(Format::Ipv6, "1.2.3.4"));
    }
}
