//! JSON as Envoy takes it in tokens: protobuf's reader (`google::protobuf::json`) with its older, laxer grammar.

/// How deep objects and lists may nest, the outermost counted.
const DEPTH: usize = 100;

/// Writes JSON of that grammar as ordinary JSON: strings in single quotes or with control characters, names without quotes, and a
/// comma after the last item become what they mean. `None` for names that are literals and for too deep a nest. All other faults
/// are left in, for the reader of ordinary JSON to find.
pub(super) fn ordinary(text: &[u8]) -> Option<Vec<u8>> {
    let mut writer = Writer { rest: text, out: Vec::with_capacity(text.len()), depth: 0, last: 0 };
    while let Some((first, rest)) = writer.rest.split_first() {
        writer.token(*first, rest)?;
    }
    Some(writer.out)
}

struct Writer<'t> {
    rest: &'t [u8],
    out: Vec<u8>,
    depth: usize,
    /// The last byte outside of strings that is no white space; a quote after a string.
    last: u8,
}

impl<'t> Writer<'t> {
    fn token(&mut self, first: u8, rest: &'t [u8]) -> Option<()> {
        let last = std::mem::replace(&mut self.last, first);
        match first {
            b'"' | b'\'' => {
                self.rest = self.string(first, rest);
                return Some(());
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(false),
            // The letters of a number begin no name.
            b'0'..=b'9' | b'-' | b'+' | b'.' => return self.word(true),
            b' ' | b'\t' | b'\n' | b'\r' => self.last = last,
            b'{' | b'[' if self.depth == DEPTH => return None,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' if is_last(rest) && !matches!(last, b',' | b'{' | b'[' | b':') => {
                self.rest = rest;
                return Some(());
            }
            _ => {}
        }
        self.out.push(first);
        self.rest = rest;
        Some(())
    }

    /// Copies a string whose quote was read; what follows it is returned.
    fn string(&mut self, quote: u8, mut rest: &'t [u8]) -> &'t [u8] {
        self.out.push(b'"');
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match (*byte, after) {
                (byte, _) if byte == quote => {
                    self.out.push(b'"');
                    break;
                }
                (b'\\', [b'\'', after @ ..]) => {
                    self.out.push(b'\'');
                    rest = after;
                }
                (b'\\', [escaped, after @ ..]) => {
                    self.out.extend([b'\\', *escaped]);
                    rest = after;
                }
                (b'"', _) => self.out.extend(b"\\\""),
                (byte @ ..0x20, _) => self.out.extend(format!("\\u{byte:04x}").bytes()),
                (byte, _) => self.out.push(byte),
            }
        }
        rest
    }

    /// Copies a name, a literal or a number.
    fn word(&mut self, number: bool) -> Option<()> {
        let more = |byte: &u8| {
            byte.is_ascii_alphanumeric() || *byte == b'_' || number && matches!(byte, b'-' | b'+' | b'.')
        };
        let end = self.rest.iter().position(|byte| !more(byte)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if number || after_space(rest) != Some(b':') {
            self.out.extend(word);
            return Some(());
        }
        if matches!(word, b"true" | b"false" | b"null") {
            return None;
        }
        self.out.push(b'"');
        self.out.extend(word);
        self.out.push(b'"');
        Some(())
    }
}

/// Whether an object or a list ends here.
fn is_last(rest: &[u8]) -> bool {
    matches!(after_space(rest), Some(b'}' | b']'))
}

fn after_space(rest: &[u8]) -> Option<u8> {
    rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<serde_json::Value> {
        serde_json::from_slice(&ordinary(text.as_bytes())?).ok()
    }

    /// Each as Envoy 1.40 took or refused it in the header of a token.
    #[test]
    fn what_is_lax_means_the_same_in_ordinary_json() {
        for (lax, strict) in [
            ("{\"a\":\"x\u{0}\n\u{1f}\u{7f}y\"}", r#"{"a":"x\u0000\n\u001f\u007fy"}"#),
            ("{\"a\tb\":1}", r#"{"a\tb":1}"#),
            (r#"{'a':'x"\'\"y'}"#, r#"{"a":"x\"'\"y"}"#),
            (r#"{"a":"x'\'y"}"#, r#"{"a":"x''y"}"#),
            (r"{a:1,_b :2,nullx:[3]}", r#"{"a":1,"_b":2,"nullx":[3]}"#),
            (r#"{"a":[1,2 , ],} "#, r#"{"a":[1,2]}"#),
            (r#"{"a":true,"b":-1.5e-3,"c":null}"#, r#"{"a":true,"b":-0.0015,"c":null}"#),
            (r#"{"a":"\u00e9\/\ud83d\ude00"}"#, r#"{"a":"é/😀"}"#),
        ] {
            assert_eq!(read(lax), serde_json::from_str(strict).ok(), "{lax}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for text in [
            "",
            "{,}",
            r#"{"a":1,,}"#,
            r#"{"a":[,]}"#,
            r#"{"a":[1,,]}"#,
            r#"{"a":,}"#,
            "{true:1}",
            "{null :1}",
            "{1:1}",
            "{x-y:1}",
            "{x$:1}",
            "{é:1}",
            r#"{"a":y}"#,
            r#"{"a":nullx}"#,
            r#"{"a":"\a"}"#,
            "{\"a\":\"\\\n\"}",
            r#"{"a":01}"#,
            r#"{"a":1e}"#,
            r#"{"a":1e400}"#,
            r#"{"a":+1}"#,
            r#"{"a":"\ud83d"}"#,
            "{\"a\":1}\0",
            r#"{"a":1}}"#,
            r#"{"a":"x'}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn nests_are_at_most_a_hundred_deep() {
        let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nest(100)).is_some());
        assert_eq!(read(&nest(101)), None);
    }
}
