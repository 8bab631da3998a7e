//! Scalars in quotes.

use super::{Fault, Scanner, Text, Tok};

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Result<(), Fault> {
        let slot = self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        self.pos += 1;
        let text = match self.quoted_line(single) {
            true => Text::File(self.offset(start + 1), self.here()),
            false => self.quoted_rest(start, single)?,
        };
        self.pos += 1;
        self.push(Tok::Scalar { text, plain: false }, start, slot);
        Ok(())
    }

    /// Goes to the closing quote if nothing on the way needs work.
    fn quoted_line(&mut self, single: bool) -> bool {
        let rest = self.bytes.get(self.pos..).unwrap_or(&[]);
        let stop = |b: &u8| match b {
            b'\'' => single,
            b'"' | b'\\' => !single,
            b'\n' | b'\r' | 0 => true,
            0xC2 | 0xE2 => true,
            _ => false,
        };
        let Some(length) = rest.iter().position(stop) else { return false };
        let quote = if single { b'\'' } else { b'"' };
        if rest.get(length) != Some(&quote) || (single && rest.get(length + 1) == Some(&quote)) {
            return false;
        }
        self.pos += length;
        true
    }

    fn quoted_rest(&mut self, start: usize, single: bool) -> Result<Text, Fault> {
        let begin = self.made.len();
        let quote = if single { b'\'' } else { b'"' };
        loop {
            if self.at_document_mark() {
                return self.fault(start, "a quote is still open where the document ends");
            }
            if self.byte(0) == 0 {
                return self.fault(start, "a quote is opened and never closed");
            }
            let escaped_break = self.quoted_run(start, single)?;
            if self.byte(0) == quote && !escaped_break {
                return Ok(self.made_since(begin));
            }
            self.quoted_blanks(escaped_break);
        }
    }

    /// Characters up to a blank or the closing quote; true after an escaped line break.
    fn quoted_run(&mut self, start: usize, single: bool) -> Result<bool, Fault> {
        while !self.blank_or_end(0) {
            match self.byte(0) {
                b'\'' if single => {
                    if self.byte(1) != b'\'' {
                        return Ok(false);
                    }
                    self.made.push('\'');
                    self.pos += 2;
                }
                b'"' if !single => return Ok(false),
                b'\\' if !single && self.break_at(self.pos + 1) > 0 => {
                    self.pos += 1;
                    self.skip_break();
                    return Ok(true);
                }
                b'\\' if !single => self.escape(start)?,
                _ => self.quoted_plain(),
            }
        }
        Ok(false)
    }

    /// A run of ordinary characters.
    fn quoted_plain(&mut self) {
        let begin = self.pos;
        self.pos += 1;
        loop {
            match self.byte(0) {
                b'\'' | b'"' | b'\\' | b' ' | b'\t' | b'\n' | b'\r' | 0 => break,
                0xC2 | 0xE2 if self.is_break() => break,
                _ => self.pos += 1,
            }
        }
        self.made.push_str(self.slice(begin, self.pos));
    }

    /// Blanks stay as they are; line breaks among them are folded and take them away.
    fn quoted_blanks(&mut self, escaped_break: bool) {
        let begin = self.pos;
        let mut end = begin;
        let mut first = None;
        self.breaks.clear();
        loop {
            match self.byte(0) {
                b' ' | b'\t' => {
                    self.pos += 1;
                    end = self.pos;
                }
                _ if self.is_break() => {
                    let text = self.take_break();
                    if first.is_none() && !escaped_break {
                        first = Some(text);
                    } else {
                        self.breaks.push_str(text);
                    }
                }
                _ => break,
            }
        }
        match first {
            Some(first) => self.fold(first),
            None if escaped_break => self.fold(""),
            None => self.made.push_str(self.slice(begin, end)),
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        let (made, digits) = match self.byte(1) {
            b'0' => ('\0', 0),
            b'a' => ('\x07', 0),
            b'b' => ('\x08', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\x0B', 0),
            b'f' => ('\x0C', 0),
            b'r' => ('\r', 0),
            b'e' => ('\x1B', 0),
            b' ' => (' ', 0),
            b'"' => ('"', 0),
            b'\'' => ('\'', 0),
            b'\\' => ('\\', 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{A0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('x', 2),
            b'u' => ('u', 4),
            b'U' => ('U', 8),
            _ => return self.fault(start, "unknown escape after `\\`"),
        };
        self.pos += 2;
        let made = if digits == 0 { made } else { self.escaped_code(start, digits)? };
        self.made.push(made);
        Ok(())
    }

    fn escaped_code(&mut self, start: usize, digits: usize) -> Result<char, Fault> {
        let mut code = 0u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.byte(ahead)).to_digit(16) else {
                return self.fault(start, "the escape needs more hexadecimal digits");
            };
            code = code << 4 | digit;
        }
        let Some(made) = char::from_u32(code) else {
            return self.fault(start, "the escape names no Unicode character; surrogate pairs are not read");
        };
        self.pos += digits;
        Ok(made)
    }
}
