//! Base64 as tokens use it: URL-safe letters without padding.

/// The bytes of a text; `None` when it has other characters or a length that no bytes have.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.chunks(4) {
        let mut bits: u32 = 0;
        for byte in chunk {
            bits = bits << 6 | value(*byte)?;
        }
        let bytes = match chunk.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        let bits = bits << (6 * (4 - chunk.len()));
        out.extend(bits.to_be_bytes().get(1..=bytes)?);
    }
    Some(out)
}

/// The text of some bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        let [a, b, c] = three.map(u32::from);
        let bits = a << 16 | b << 8 | c;
        let letters = [18, 12, 6, 0].map(|shift| letter(bits >> shift & 63));
        out.extend(letters.iter().take(chunk.len() + 1));
    }
    out
}

#[expect(clippy::cast_possible_truncation, reason = "six bits")]
fn letter(bits: u32) -> char {
    char::from(match bits as u8 {
        bits @ 0..26 => b'A' + bits,
        bits @ 26..52 => b'a' + bits - 26,
        bits @ 52..62 => b'0' + bits - 52,
        62 => b'-',
        _ => b'_',
    })
}

fn value(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn url_safe_letters_without_padding() {
        assert_eq!(decode("aGk").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(decode("-_8").as_deref(), Some([0xfb, 0xff].as_slice()));
        assert_eq!(decode("a"), None);
        assert_eq!(decode("a+b="), None);
        for text in ["", "h", "hi", "hi!", "\u{fb}\u{ff}\u{3bf}~?>"] {
            assert_eq!(decode(&encode(text.as_bytes())).as_deref(), Some(text.as_bytes()), "{text}");
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }
}
