//! Bytes and characters that YAML does not allow, and the encodings it does.

use std::sync::Arc;

/// Ranges of characters that go-yaml's reader refuses (`readerc.go`): control characters but tab and line breaks, and U+FFFE and
/// U+FFFF. Stops when there are `enough`.
pub(crate) fn forbidden(text: &str, enough: usize) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut at = 0;
    for block in text.as_bytes().chunks(64) {
        // Without a branch, so that the compiler can look at many bytes at once.
        let suspicious = block.iter().fold(false, |s, b| s | may_be_forbidden(*b));
        if suspicious {
            check(text, at, at + block.len(), &mut found);
        }
        if found.len() >= enough {
            break;
        }
        at += block.len();
    }
    found
}

fn may_be_forbidden(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || matches!(byte, 0x7F | 0xC2 | 0xEF)
}

fn check(text: &str, start: usize, end: usize, found: &mut Vec<(u32, u32)>) {
    let bytes = text.as_bytes();
    for at in start..end {
        let byte = |ahead: usize| bytes.get(at + ahead).copied().unwrap_or(0);
        let length = match byte(0) {
            b'\t' | b'\n' | b'\r' => 0,
            0..=0x1F | 0x7F => 1,
            0xC2 if matches!(byte(1), 0x80..=0x9F) && byte(1) != 0x85 => 2,
            0xEF if byte(1) == 0xBF && matches!(byte(2), 0xBE | 0xBF) => 3,
            _ => 0,
        };
        if length > 0 {
            found.push((crate::document::offset(at), crate::document::offset(at + length)));
        }
    }
}

/// Text made of bytes.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) text: Arc<str>,
    /// Places where bytes could not be decoded; U+FFFD stands there.
    pub(crate) broken: Vec<(u32, u32)>,
    /// It was UTF-16, where no separator of documents is seen before the YAML reader sees it.
    pub(crate) wide: bool,
}

/// Decodes as go-yaml does (`readerc.go`, `yaml_parser_determine_encoding`): UTF-16 with a byte order mark, else UTF-8. Stops where
/// `enough` places are broken: that is no text.
pub(crate) fn decode(bytes: &[u8], enough: usize) -> Decoded {
    let (repaired, wide) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes, enough), true),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes, enough), true),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => return Decoded { text: text.into(), broken: Vec::new(), wide: false },
            Err(_) => (utf8(bytes, enough), false),
        },
    };
    Decoded { text: repaired.text.into(), broken: repaired.broken, wide }
}

/// Text with U+FFFD where bytes were none.
#[derive(Default)]
struct Repaired {
    text: String,
    broken: Vec<(u32, u32)>,
}

impl Repaired {
    fn replace(&mut self) {
        let start = crate::document::offset(self.text.len());
        self.text.push(char::REPLACEMENT_CHARACTER);
        let end = crate::document::offset(self.text.len());
        match self.broken.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => self.broken.push((start, end)),
        }
    }
}

fn utf8(bytes: &[u8], enough: usize) -> Repaired {
    let mut decoded = Repaired::default();
    for chunk in bytes.utf8_chunks() {
        decoded.text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            decoded.replace();
        }
        if decoded.broken.len() >= enough {
            break;
        }
    }
    decoded
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, enough: usize) -> Repaired {
    let mut decoded = Repaired::default();
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.filter_map(|pair| pair.try_into().ok().map(unit));
    for next in char::decode_utf16(units) {
        match next {
            Ok(c) => decoded.text.push(c),
            Err(_) => decoded.replace(),
        }
        if decoded.broken.len() >= enough {
            break;
        }
    }
    if odd {
        decoded.replace();
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_and_others_are_not() {
        let text = format!(
            "{}\u{1}é\u{85}\u{9f}\u{fffd}\u{ffff}\u{feff}\t\r\n{}\u{7f}",
            "a".repeat(60),
            "b".repeat(70)
        );
        let found: Vec<&str> =
            forbidden(&text, 99).iter().filter_map(|r| text.get(r.0 as usize..r.1 as usize)).collect();
        assert_eq!(found, ["\u{1}", "\u{9f}", "\u{ffff}", "\u{7f}"]);
    }

    #[test]
    fn wide_text_is_decoded_in_both_orders() {
        let wide: Vec<u8> = "é\u{1F600}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let decoded = decode(&[&[0xFF, 0xFE], &wide[..]].concat(), 9);
        assert_eq!((decoded.text.as_ref(), decoded.broken.len(), decoded.wide), ("é\u{1F600}", 0, true));
        let decoded = decode(&[0xFE, 0xFF, 0, b'a', 0xD8, 0x3D, 0, b'b', 0], 9);
        assert_eq!((decoded.text.as_ref(), decoded.broken), ("a\u{fffd}b\u{fffd}", vec![(1, 4), (5, 8)]));
    }

    #[test]
    fn broken_utf8_is_marked() {
        let decoded = decode(b"a\xFFb\xE2\x80", 9);
        assert_eq!((decoded.text.as_ref(), decoded.broken), ("a\u{fffd}b\u{fffd}", vec![(1, 4), (5, 8)]));
    }
}
