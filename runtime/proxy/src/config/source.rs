//! `envoy.config.core.v3.DataSource`: text in the bootstrap or in a file beside it.
use crate::json::Value;

use super::value::{Get, Scope};

/// Largest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// Reads a data source; `None` when it is absent or was refused.
pub(crate) fn read(value: Option<&Value>, scope: &Scope<'_>) -> Option<Vec<u8>> {
    let value = value?;
    if let Some(text) = value.get_field("inline_string").and_then(Value::as_str) {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(text) = value.get_field("inline_bytes").and_then(Value::as_str) {
        let decoded = decode_base64(text);
        if decoded.is_none() {
            scope.field("inline_bytes").refuse("not base64");
        }
        return decoded;
    }
    read_file(value.text("filename"), &scope.field("filename"))
}

/// Reads a whole file of at most 16 MiB; `None` after a refusal.
pub(super) fn read_file(name: &str, scope: &Scope<'_>) -> Option<Vec<u8>> {
    if std::fs::metadata(name).is_ok_and(|meta| meta.len() > MAX_FILE) {
        scope.refuse("the file is larger than 16 MiB");
        return None;
    }
    std::fs::read(name).map_err(|error| scope.refuse(format!("{name} cannot be read: {error}"))).ok()
}

/// Decodes standard or URL-safe base64, padded or not.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (count < 6 && bits == 0).then_some(out)
}

/// Encodes URL-safe base64 without padding, or with it.
pub(crate) fn encode_base64(bytes: &[u8], pad: bool, url: bool) -> String {
    const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let alphabet = if url { URL } else { STANDARD };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            let at = (word >> (18 - 6 * index)) & 63;
            out.push(alphabet.get(at as usize).map_or('A', |b| *b as char));
        }
        if pad {
            out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trip() {
        for text in ["", "a", "ab", "abc", "abcd\u{ff}"] {
            let padded = encode_base64(text.as_bytes(), true, false);
            assert_eq!(decode_base64(&padded).unwrap(), text.as_bytes());
            assert_eq!(padded.len() % 4, 0);
            assert_eq!(decode_base64(&encode_base64(text.as_bytes(), false, true)).unwrap(), text.as_bytes());
        }
        assert_eq!(decode_base64("a"), None);
        assert_eq!(decode_base64("YQ*"), None);
    }
}
