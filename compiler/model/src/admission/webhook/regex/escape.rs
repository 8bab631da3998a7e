//! What follows a backslash.

use super::{Fault, before, class, next};

/// An escape outside of brackets, from its backslash: what follows it.
pub(super) fn outside(at: &str) -> Result<&str, Fault<'_>> {
    let second = at.get(1..).and_then(next);
    match second {
        Some(('A' | 'b' | 'B' | 'z', rest)) => Ok(rest),
        Some(('C', rest)) => Err(("invalid escape sequence", before(at, rest))),
        _ => match class::unicode(at)? {
            Some(rest) => Ok(rest),
            None => class::perl(at).map_or_else(|| character(at).map(|(_, rest)| rest), Ok),
        },
    }
}

/// An escape for one character, from its backslash (`parseEscape`).
pub(super) fn character(at: &str) -> Result<(char, &str), Fault<'_>> {
    let Some((c, rest)) = at.get(1..).and_then(next) else {
        return Err(("trailing backslash at end of expression", ""));
    };
    let wrong = |rest: &str| Err(("invalid escape sequence", before(at, rest)));
    match c {
        '1'..='7' if !rest.starts_with(|c: char| ('0'..='7').contains(&c)) => wrong(rest),
        '0'..='7' => Ok(octal(c, rest)),
        'x' => hexadecimal(rest).map_or_else(wrong, Ok),
        'a' => Ok(('\x07', rest)),
        'f' => Ok(('\x0c', rest)),
        'n' => Ok(('\n', rest)),
        'r' => Ok(('\r', rest)),
        't' => Ok(('\t', rest)),
        'v' => Ok(('\x0b', rest)),
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((c, rest)),
        _ => wrong(rest),
    }
}

/// Up to two more digits.
fn octal(first: char, mut rest: &str) -> (char, &str) {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some((digit, tail)) = next(rest).and_then(|(c, tail)| Some((c.to_digit(8)?, tail))) else {
            break;
        };
        (value, rest) = (value * 8 + digit, tail);
    }
    (char::from_u32(value).unwrap_or('\0'), rest)
}

/// `7F` or `{10FFFF}`; else where the reader stops.
fn hexadecimal(text: &str) -> Result<(char, &str), &str> {
    let Some((first, mut rest)) = next(text) else { return Err(text) };
    if first != '{' {
        let Some((second, rest)) = next(rest) else { return Err(rest) };
        let both = first.to_digit(16).zip(second.to_digit(16));
        let read = both.and_then(|(high, low)| char::from_u32(high * 16 + low));
        return read.map(|c| (c, rest)).ok_or(rest);
    }
    let (mut value, mut digits) = (0u32, 0);
    while let Some((c, tail)) = next(rest) {
        rest = tail;
        if c == '}' {
            // A surrogate is a number like others to Go; it matches nothing.
            let read = char::from_u32(value).unwrap_or('\u{fffd}');
            return if digits > 0 { Ok((read, rest)) } else { Err(rest) };
        }
        let Some(digit) = c.to_digit(16) else { return Err(rest) };
        value = value * 16 + digit;
        digits += 1;
        if value > 0x0010_FFFF {
            return Err(rest);
        }
    }
    Err(rest)
}
