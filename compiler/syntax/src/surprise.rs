//! Scalars that are read as something else than they look like.

use crate::scalar::Scalar;

/// What a reader should know of a scalar without quotes and tag; `None` for nearly all of them.
pub(crate) fn surprise(text: &str, meaning: Scalar, key: bool) -> Option<String> {
    let read = match meaning {
        Scalar::Bool(b) => {
            let word = if b { "true" } else { "false" };
            if text == word || (!key && text.eq_ignore_ascii_case(word)) {
                return None;
            }
            if key { word.to_owned() } else { format!("the boolean {word}") }
        }
        Scalar::Int(n) if is_odd(text) => number(n.to_string(), text, key)?,
        Scalar::Uint(n) if is_odd(text) => number(n.to_string(), text, key)?,
        Scalar::Float(n) if key => number(crate::float::go_float32(n), text, key)?,
        Scalar::Float(n) if n.is_finite() => number(n.to_string(), text, key)?,
        _ => return None,
    };
    let kind = if key { "the key " } else { "" };
    Some(format!("{kind}`{text}` is read as {read}; put it in quotes if the text is meant"))
}

/// Whether an integer may look different when it is printed.
fn is_odd(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (digits.len() > 1 && digits.starts_with('0')) || text.starts_with("-0") || text.contains(['+', '_'])
}

fn number(printed: String, text: &str, key: bool) -> Option<String> {
    if printed == text {
        return None;
    }
    Some(if key { format!("`{printed}`") } else { format!("the number {printed}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::plain;

    #[test]
    fn surprises_and_their_twins() {
        let of = |text| surprise(text, plain(text), false).is_some();
        for text in
            ["yes", "n", "on", "0755", "0x1F", "0b1", "1_000", "+1", "-0", "1.10", "1e3", "5.", "0908"]
        {
            assert!(of(text), "{text}");
        }
        for text in [
            "true", "True", "FALSE", "0", "10", "-1", "1.5", "null", "~", "yess", "1.2.3", ".inf", "v1.10",
            "10m",
        ] {
            assert!(!of(text), "{text}");
        }
    }

    #[test]
    fn keys_become_text() {
        let of = |text| surprise(text, plain(text), true);
        assert_eq!(of("on").unwrap(), "the key `on` is read as true; put it in quotes if the text is meant");
        assert!(of("010").is_some() && of("1e6").is_some());
        assert!(of("8080").is_none() && of("true").is_none() && of("1.5").is_none());
    }
}
