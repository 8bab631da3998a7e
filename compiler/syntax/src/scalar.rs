//! The type of a scalar, as go-yaml v2 gives it (`resolve.go`, `resolve`) and `sigs.k8s.io/yaml` passes it on.
//!
//! This is YAML 1.1 with Go's number syntax: `yes` is true, `0755` is 493, `1_000` is 1000, and times are text.

use std::borrow::Cow;

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// The text itself.
    Text,
    /// The key `<<`; as a value it is text.
    Merge,
}

/// The meaning of a scalar without quotes and tag.
pub(crate) fn plain(text: &str) -> Scalar {
    let Some(first) = text.as_bytes().first() else { return Scalar::Null };
    match first {
        b'0'..=b'9' | b'+' | b'-' => word(text).unwrap_or_else(|| number(text)),
        b'.' => word(text).unwrap_or_else(|| dotted(text)),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or(Scalar::Text)
        }
        b'<' if text == "<<" => Scalar::Merge,
        _ => Scalar::Text,
    }
}

/// Whether plain text that begins with this byte and has this length is text for sure.
#[inline]
pub(crate) fn is_text(first: u8, length: usize) -> bool {
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => length > 5,
        b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'"' => length > 0,
        _ => false,
    }
}

fn word(text: &str) -> Option<Scalar> {
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// Text that starts with a digit or a sign.
fn number(text: &str) -> Scalar {
    if !text.bytes().all(may_stand_in_number) {
        return Scalar::Text;
    }
    let digits: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(n) = go_integer(&digits) {
        return n;
    }
    if looks_like_float(digits.as_bytes()) {
        return finite(&digits);
    }
    // What is left of an older number reader: a sign behind `0b`.
    match digits.strip_prefix("0b").map(|bits| i64::from_str_radix(bits, 2)) {
        Some(Ok(n)) => Scalar::Int(n),
        _ => Scalar::Text,
    }
}

fn may_stand_in_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'+' | b'-' | b'.' | b'_' | b'x' | b'X' | b'o' | b'O')
}

fn finite(text: &str) -> Scalar {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() => Scalar::Float(n),
        _ => Scalar::Text,
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`, for text without `_`.
fn go_integer(text: &str) -> Option<Scalar> {
    let (negative, signed, body) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    let (radix, body) = radix(body)?;
    if body.is_empty() || !body.bytes().all(|b| char::from(b).is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(body, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    match i64::try_from(magnitude) {
        Ok(n) => Some(Scalar::Int(n)),
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Uint(magnitude)),
    }
}

fn radix(body: &str) -> Option<(u32, &str)> {
    let bytes = body.as_bytes();
    if bytes.first() != Some(&b'0') || bytes.len() == 1 {
        return Some((10, body));
    }
    match bytes.get(1)? {
        b'x' | b'X' => Some((16, body.get(2..)?)),
        b'o' | b'O' => Some((8, body.get(2..)?)),
        b'b' | b'B' => Some((2, body.get(2..)?)),
        _ => Some((8, body.get(1..)?)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn looks_like_float(text: &[u8]) -> bool {
    let rest = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    let (whole, rest) = digits(rest);
    let rest = match rest {
        [b'.', after @ ..] => {
            let (fraction, after) = digits(after);
            if whole == 0 && fraction == 0 {
                return false;
            }
            after
        }
        _ if whole == 0 => return false,
        _ => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            !exponent.is_empty() && digits(exponent).1.is_empty()
        }
        _ => false,
    }
}

fn digits(text: &[u8]) -> (usize, &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    (count, text.get(count..).unwrap_or(&[]))
}

/// Text that starts with a dot, which go-yaml gives to `strconv.ParseFloat` as it is: `_` may stand between digits.
fn dotted(text: &str) -> Scalar {
    let bytes = text.as_bytes();
    let lonely = |(at, byte): (usize, &u8)| {
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        let under = |at: usize| bytes.get(at) == Some(&b'_');
        *byte == b'_' && !(digit(at.checked_sub(1)) && (digit(Some(at + 1)) && !under(at + 1)))
    };
    if bytes.iter().enumerate().any(lonely) {
        return Scalar::Text;
    }
    let plain = text.replace('_', "");
    if looks_like_float(plain.as_bytes()) { finite(&plain) } else { Scalar::Text }
}
