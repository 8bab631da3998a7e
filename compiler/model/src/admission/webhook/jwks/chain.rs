//! Chains of certificates in keys (`jwk/certchain.go`), and the base64 of keys (`internal/base64`).
//!
//! Of a certificate only the outer brackets of its DER are looked at (`crypto/x509/parser.go`, `parseCertificate`).

use super::go_word;
use crate::node::{Node, Value};

/// Whether a value is such a chain.
///
/// # Errors
/// In the words of the library.
pub(super) fn check(node: Node<'_>) -> Result<(), String> {
    let wrong = |what: &str, of: &str| {
        format!(
            "failed to unmarshal JSON into []string: json: cannot unmarshal {what} into Go value of type {of}"
        )
    };
    if !matches!(node.value(), Value::Seq | Value::Null) {
        return Err(wrong(go_word(node), "[]string"));
    }
    if let Some(item) = node.items().find(|item| !matches!(go_word(*item), "string" | "null")) {
        return Err(wrong(go_word(item), "string"));
    }
    node.items().try_for_each(|item| {
        let bytes = decoded(item.as_str().unwrap_or_default()).map_err(|at| {
            format!("failed to base64 decode list element: failed to decode source: illegal base64 data at input byte {at}")
        })?;
        certificate(&bytes).map_err(|why| format!("failed to parse certificate: x509: {why}"))
    })
}

fn certificate(bytes: &[u8]) -> Result<(), &'static str> {
    let (inner, rest) = sequence(bytes).ok_or("malformed certificate")?;
    sequence(inner).ok_or("malformed tbs certificate")?;
    if rest.is_empty() { Ok(()) } else { Err("trailing data") }
}

/// What a sequence of DER holds, and what follows it; its length has to be written in the shortest form.
fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long & 0x7f)?;
            let length =
                digits.iter().try_fold(0_usize, |n, byte| Some(n.checked_mul(256)? + usize::from(*byte)))?;
            let shortest = digits.first().is_some_and(|byte| *byte != 0) && length >= 0x80;
            (shortest.then_some(length).filter(|_| digits.len() <= 4)?, rest)
        }
    };
    rest.split_at_checked(length)
}

/// Base64 in either alphabet, with all of its padding or without any. Line ends say nothing.
///
/// # Errors
/// The place of the first byte that does not fit (`encoding/base64`, `decodeQuantum`).
pub(super) fn decoded(text: &str) -> Result<Vec<u8>, usize> {
    let padded = text.ends_with('=');
    let extra: [u8; 2] = if text.contains(['+', '/']) { *b"+/" } else { *b"-_" };
    let mut source = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let (mut out, mut group) = (Vec::new(), Vec::with_capacity(4));
    while let Some((at, byte)) = source.next() {
        let Some(digit) = digit(byte, extra) else {
            let closes = padded && byte == b'=' && group.len() >= 2;
            if !closes {
                return Err(at);
            }
            if group.len() == 2 && source.next().is_none_or(|(_, byte)| byte != b'=') {
                return Err(text.len());
            }
            return match source.next() {
                Some((at, _)) => Err(at),
                None => {
                    push(&mut out, &group);
                    Ok(out)
                }
            };
        };
        group.push(digit);
        if group.len() == 4 {
            push(&mut out, &group);
            group.clear();
        }
    }
    match group.len() {
        0 => Ok(out),
        2 | 3 if !padded => {
            push(&mut out, &group);
            Ok(out)
        }
        open => Err(text.len() - open),
    }
}

fn digit(byte: u8, extra: [u8; 2]) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        _ => 62 + u8::try_from(extra.iter().position(|own| *own == byte)?).ok()?,
    })
}

/// The bytes of up to four digits.
fn push(out: &mut Vec<u8>, group: &[u8]) {
    let bits = group.iter().chain(&[0; 4]).take(4).fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
    let [_, a, b, c] = bits.to_be_bytes();
    out.extend([a, b, c].iter().take(group.len().saturating_sub(1)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_both_alphabets() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("AQAB", b"\x01\0\x01"),
            ("_-8", b"\xff\xef"),
            ("+/8=", b"\xfb\xff"),
            ("A\nA==", b"\0"),
        ] {
            assert_eq!(decoded(text).as_deref(), Ok(bytes), "{text}");
        }
        for (text, at) in
            [("!", 0), ("AA!A", 2), ("A", 0), ("AAAAA", 4), ("A===", 1), ("AA==A=", 4), ("+_AA", 1)]
        {
            assert_eq!(decoded(text), Err(at), "{text}");
        }
    }

    #[test]
    fn brackets_of_certificates() {
        for (bytes, wanted) in [
            (&[0x30, 2, 0x30, 0][..], Ok(())),
            (&[0x30, 2, 0x30, 0, 0], Err("trailing data")),
            (&[0x30, 0], Err("malformed tbs certificate")),
            (&[0x30, 0x81, 2, 0x30, 0], Err("malformed certificate")),
            (&[0x30, 3, 0x30, 0], Err("malformed certificate")),
            (&[0x31, 0], Err("malformed certificate")),
        ] {
            assert_eq!(certificate(bytes), wanted, "{bytes:?}");
        }
    }
}
