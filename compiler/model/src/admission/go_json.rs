//! JSON as Go's `encoding/json` takes it (`scanner.go`): which texts are valid, and what it says of others.

use std::str::Chars;

use super::crd::words::quoted;

/// Nesting that Go refuses (`maxNestingDepth`).
const DEPTH: usize = 10_000;
/// What a decoder says when the text ends within a value.
const EARLY: &str = "unexpected EOF";

/// The first JSON value of a text, as a decoder reads it; what follows is not looked at.
///
/// # Errors
/// In Go's words.
pub(super) fn first(text: &str) -> Result<&str, String> {
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Err("EOF".to_owned());
    }
    let mut scan = Scan { rest: text.chars(), open: Vec::new() };
    scan.all()?;
    Ok(text.get(..text.len() - scan.rest.as_str().len()).unwrap_or(text))
}

/// A text that is one JSON value (`checkValid`).
///
/// # Errors
/// In Go's words.
pub(crate) fn whole(text: &str) -> Result<(), String> {
    let mut scan = Scan { rest: text.chars(), open: Vec::new() };
    let early = |why: String| if why == EARLY { "unexpected end of JSON input".to_owned() } else { why };
    scan.all().map_err(early)?;
    match scan.next_visible() {
        Some(c) => Err(invalid(c, "after top-level value")),
        None => Ok(()),
    }
}

/// The scanner goes byte by byte, and shows a byte as the character of that number.
fn invalid(c: char, context: &str) -> String {
    let byte = c.encode_utf8(&mut [0; 4]).bytes().next().unwrap_or_default();
    let shown = match byte {
        b'\'' => r"\'".to_owned(),
        b'"' => "\"".to_owned(),
        _ => quoted(char::from(byte).encode_utf8(&mut [0; 4])).trim_matches('"').to_owned(),
    };
    format!("invalid character '{shown}' {context}")
}

fn end<T>() -> Result<T, String> {
    Err(EARLY.to_owned())
}

struct Scan<'t> {
    rest: Chars<'t>,
    /// `}` and `]` that are still to come.
    open: Vec<char>,
}

impl Scan<'_> {
    fn all(&mut self) -> Result<(), String> {
        self.value()?;
        while let Some(closer) = self.open.last().copied() {
            self.inside(closer)?;
        }
        Ok(())
    }

    fn next_visible(&mut self) -> Option<char> {
        self.rest.by_ref().find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    /// A scalar, or the start of a list or mapping with its first value.
    fn value(&mut self) -> Result<(), String> {
        match self.next_visible() {
            Some(first) => self.value_from(first),
            None => end(),
        }
    }

    fn value_from(&mut self, first: char) -> Result<(), String> {
        match first {
            '{' => self.enter('}'),
            '[' => self.enter(']'),
            '"' => self.string(),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            '-' => match self.rest.next() {
                Some(digit) if digit.is_ascii_digit() => self.number(digit),
                Some(c) => Err(invalid(c, "in numeric literal")),
                None => end(),
            },
            '0'..='9' => self.number(first),
            _ => Err(invalid(first, "looking for beginning of value")),
        }
    }

    fn enter(&mut self, closer: char) -> Result<(), String> {
        if self.open.len() >= DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.open.push(closer);
        match self.next_visible() {
            None => end(),
            Some(c) if c == closer => {
                self.open.pop();
                Ok(())
            }
            Some(c) if closer == '}' => self.entry(c),
            Some(c) => self.value_from(c),
        }
    }

    /// What follows a value inside of a list or mapping.
    fn inside(&mut self, closer: char) -> Result<(), String> {
        let after = if closer == '}' { "after object key:value pair" } else { "after array element" };
        match self.next_visible() {
            None => end(),
            Some(c) if c == closer => {
                self.open.pop();
                Ok(())
            }
            Some(',') if closer == '}' => match self.next_visible() {
                Some(c) => self.entry(c),
                None => end(),
            },
            Some(',') => self.value(),
            Some(c) => Err(invalid(c, after)),
        }
    }

    /// A key and its value.
    fn entry(&mut self, first: char) -> Result<(), String> {
        if first != '"' {
            return Err(invalid(first, "looking for beginning of object key string"));
        }
        self.string()?;
        match self.next_visible() {
            Some(':') => self.value(),
            Some(c) => Err(invalid(c, "after object key")),
            None => end(),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        for wanted in word.chars().skip(1) {
            match self.rest.next() {
                Some(c) if c == wanted => {}
                Some(c) => return Err(invalid(c, &format!("in literal {word} (expecting '{wanted}')"))),
                None => return end(),
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return Ok(()),
                '\\' => self.escape()?,
                c if c < ' ' => return Err(invalid(c, "in string literal")),
                _ => {}
            }
        }
        end()
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some('b' | 'f' | 'n' | 'r' | 't' | '\\' | '/' | '"') => Ok(()),
            Some('u') => (0..4).try_for_each(|_| match self.rest.next() {
                Some(c) if c.is_ascii_hexdigit() => Ok(()),
                Some(c) => Err(invalid(c, r"in \u hexadecimal character escape")),
                None => end(),
            }),
            Some(c) => Err(invalid(c, "in string escape code")),
            None => end(),
        }
    }

    fn number(&mut self, first: char) -> Result<(), String> {
        if first != '0' {
            self.digits();
        }
        if self.peek() == Some('.') {
            self.rest.next();
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.rest.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.rest.next();
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.rest.next();
        }
    }

    fn some_digits(&mut self, context: &str) -> Result<(), String> {
        match self.rest.next() {
            Some(c) if c.is_ascii_digit() => {
                self.digits();
                Ok(())
            }
            Some(c) => Err(invalid(c, context)),
            None => end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_reads_it() {
        for text in [" {} ", "[1, -2.5e+3, \"a\\u00e9\\n\", {\"a\": [null, true]}]", "0", "\"\""] {
            assert_eq!(first(text), Ok(text.trim_end()), "{text}");
        }
        for (text, why) in [
            (" ", "EOF"),
            ("{\"a\":", "unexpected EOF"),
            ("foo", "invalid character 'o' in literal false (expecting 'a')"),
            ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": 1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
        ] {
            assert_eq!(first(text), Err(why.to_owned()), "{text}");
        }
        assert_eq!(first(&"[".repeat(20_000)), Err("exceeded max depth".to_owned()));
        assert_eq!(first("{} x"), Ok("{}"));
        assert_eq!(whole(" [1] "), Ok(()));
        for (text, why) in [
            ("", "unexpected end of JSON input"),
            ("-", "unexpected end of JSON input"),
            ("200-299", "invalid character '-' after top-level value"),
            ("010", "invalid character '1' after top-level value"),
            ("\\u0000", "invalid character '\\\\' looking for beginning of value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("1\u{7}", "invalid character '\\a' after top-level value"),
        ] {
            assert_eq!(whole(text), Err(why.to_owned()), "{text}");
        }
    }
}
