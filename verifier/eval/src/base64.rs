//! Base64 as tokens and scripts use it.

use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{self, GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};

/// Padding may be there or not, and what the last letter holds beyond the last byte does not matter, as in BoringSSL's callers.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const OF_TOKENS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The bytes of a text in URL-safe letters, with or without padding; `None` when it is no such text.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    OF_TOKENS.decode(text.trim_end_matches('=')).ok()
}

/// Bytes in URL-safe letters without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes in standard letters with padding.
pub(crate) fn encode_padded(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// The bytes of a text in standard letters with padding; `None` when it is no such text.
pub(crate) fn decode_padded(text: &[u8]) -> Option<Vec<u8>> {
    general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_url_safe_letters_and_need_no_padding() {
        assert_eq!(decode("aGk").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(decode("aGk=").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(decode("-_8").as_deref(), Some([0xfb, 0xff].as_slice()));
        assert_eq!(decode("a"), None);
        assert_eq!(decode("a+b="), None);
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn scripts_have_standard_letters_and_padding() {
        assert_eq!(encode_padded(&[0xfb, 0xff]), "+/8=");
        assert_eq!(decode_padded(b"+/8=").as_deref(), Some([0xfb, 0xff].as_slice()));
        assert_eq!(decode_padded(b"+/8"), None);
    }
}
