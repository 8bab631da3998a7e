//! Scalars with a tag, and the times that only a tag asks for.

use crate::scalar::{Scalar, plain};

const CORE: &str = "tag:yaml.org,2002:";

/// What a scalar with a tag means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tagged {
    Scalar(Scalar),
    /// What `!!binary` encodes.
    Bytes(Vec<u8>),
}

/// The meaning of a scalar with its tag (`resolve.go`, `resolve`; `decode.go`, `scalar` and `isMerge`).
///
/// # Errors
/// In words, when the text does not fit the tag.
pub(crate) fn tagged(text: &str, is_plain: bool, tag: &str) -> Result<Tagged, String> {
    if text == "<<" && (tag == "!" && is_plain || tag == "tag:yaml.org,2002:merge") {
        return Ok(Tagged::Scalar(Scalar::Merge));
    }
    let Some(name) = tag.strip_prefix(CORE) else { return Ok(Tagged::Scalar(Scalar::Text)) };
    let scalar = match name {
        "binary" => {
            let bytes = decode_base64(text).ok_or_else(|| "`!!binary` needs base64 text".to_owned())?;
            return Ok(Tagged::Bytes(bytes));
        }
        "timestamp" if is_time(text) => Scalar::Text,
        "bool" | "int" | "float" | "null" | "timestamp" => {
            let found = plain(text);
            match (name, &found) {
                ("bool", Scalar::Bool(_))
                | ("int", Scalar::Int(_) | Scalar::Uint(_))
                | ("float", Scalar::Float(_))
                | ("null", Scalar::Null) => found,
                #[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
                ("float", Scalar::Int(n)) => Scalar::Float(*n as f64),
                _ => return Err(format!("this is no value for `!!{name}`")),
            }
        }
        _ => Scalar::Text,
    };
    Ok(Tagged::Scalar(scalar))
}

/// Standard base64 with padding; line breaks are skipped.
#[must_use]
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    let mut padding = 0;
    for byte in text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        digits.push(digit);
    }
    if padding > 2 || !(digits.len() + padding).is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len());
    for chunk in digits.chunks(4) {
        let word = chunk.iter().fold(0u32, |word, digit| word << 6 | u32::from(*digit));
        let [_, a, b, c] = (word << (6 * (4 - chunk.len()))).to_be_bytes();
        bytes.extend([a, b, c].iter().take(chunk.len().checked_sub(1)?));
    }
    Some(bytes)
}

/// The forms that go-yaml takes for a time: a date, or a date and a time of day with `T` and a zone, or with a space and none.
fn is_time(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let Some(year) = number(&mut rest, 4, 4) else { return false };
    let month = sign(&mut rest, b'-').and_then(|()| number(&mut rest, 1, 2)).unwrap_or(0);
    let day = sign(&mut rest, b'-').and_then(|()| number(&mut rest, 1, 2)).unwrap_or(0);
    if !(1..=days(year, month)).contains(&day) {
        return false;
    }
    match rest.split_first() {
        None => true,
        Some((b'T' | b't', clock)) => time_of_day(clock).is_some_and(is_zone),
        Some((b' ', clock)) => time_of_day(clock).is_some_and(<[u8]>::is_empty),
        Some(_) => false,
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let length = rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    let (digits, after) = rest.split_at_checked(length)?;
    *rest = after;
    (length >= least).then(|| digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn sign(rest: &mut &[u8], wanted: u8) -> Option<()> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    (*first == wanted).then_some(())
}

fn time_of_day(mut rest: &[u8]) -> Option<&[u8]> {
    let hour = number(&mut rest, 1, 2)?;
    sign(&mut rest, b':')?;
    let minute = number(&mut rest, 1, 2)?;
    sign(&mut rest, b':')?;
    let second = number(&mut rest, 1, 2)?;
    if let Some((b'.' | b',', after)) = rest.split_first()
        && after.first().is_some_and(u8::is_ascii_digit)
    {
        let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
        rest = after.get(length..)?;
    }
    (hour < 24 && minute < 60 && second < 60).then_some(rest)
}

fn is_zone(mut rest: &[u8]) -> bool {
    if rest == b"Z" {
        return true;
    }
    let Some((b'+' | b'-', after)) = rest.split_first() else { return false };
    rest = after;
    let hour = number(&mut rest, 2, 2);
    let minute = sign(&mut rest, b':').and_then(|()| number(&mut rest, 2, 2));
    hour.is_some_and(|h| h <= 24) && minute.is_some_and(|m| m < 60) && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for good in ["2026-01-02", "2026-1-2T3:4:5Z", "2024-02-29 03:04:05.123", "2026-01-02t03:04:05+01:00"]
        {
            assert!(is_time(good), "{good}");
        }
        for bad in
            ["2025-02-29", "2026-13-01", "2026-01-02T03:04:05", "2026-01-02 03:04", "26-1-2", "2026-01-02x"]
        {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn base64_with_padding_and_breaks() {
        assert_eq!(decode_base64("aGk="), Some(b"hi".to_vec()));
        assert_eq!(decode_base64("aG\nk="), Some(b"hi".to_vec()));
        for bad in ["aGk", "aGk=a", "a===", "a-b_"] {
            assert_eq!(decode_base64(bad), None, "{bad}");
        }
    }
}
