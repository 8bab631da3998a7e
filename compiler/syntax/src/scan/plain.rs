//! Scalars without quotes.

use super::{Fault, STOPS, Scanner, Text, Tok, Token, listed};

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        self.plain_run();
        if self.flow == 0 && self.key_allowed && self.byte(0) == b':' && self.pos - start <= 1024 {
            return self.plain_key(start);
        }
        let end = std::mem::replace(&mut self.pos, start);
        let slot = self.save_key()?;
        self.pos = end;
        self.key_allowed = false;
        // Nearly every scalar ends on its line; the rest is read with more care.
        let end = self.here();
        let (text, end) = match self.byte(0) {
            b':' | b',' | b'?' | b'[' | b']' | b'{' | b'}' | 0 => (Text::File(self.offset(start), end), end),
            b'\n' if self.next_line_is_another() => (Text::File(self.offset(start), end), end),
            _ => self.plain_rest(start)?,
        };
        let tok = Tok::Scalar { text, plain: true };
        self.queue.push(Token { tok, start: self.offset(start), end, slot });
        Ok(())
    }

    /// A word with its `:` right behind it in a block mapping: the commonest key of all needs no waiting.
    fn plain_key(&mut self, start: usize) -> Result<(), Fault> {
        let end = std::mem::replace(&mut self.pos, start);
        self.drop_key()?;
        self.roll(self.column(), None, Tok::BlockMap, start)?;
        let (at, until) = (self.offset(start), self.offset(end));
        self.queue.push(Token { tok: Tok::Key, start: at, end: at, slot: 0 });
        let tok = Tok::Scalar { text: Text::File(at, until), plain: true };
        self.queue.push(Token { tok, start: at, end: until, slot: 0 });
        self.queue.push(Token { tok: Tok::Value, start: until, end: until + 1, slot: 0 });
        self.pos = end + 1;
        self.key_allowed = false;
        Ok(())
    }

    /// At a line break: goes to the first character of the next line when that stands too far left to belong to the scalar.
    fn next_line_is_another(&mut self) -> bool {
        if self.flow > 0 {
            return false;
        }
        let line = self.pos + 1;
        let rest = self.bytes.get(line..).unwrap_or(&[]);
        let spaces = rest.iter().position(|b| *b != b' ').unwrap_or(rest.len());
        let special = matches!(rest.get(spaces), Some(b'\t' | b'\n' | b'\r' | 0xC2 | 0xE2));
        if special || i32::try_from(spaces).is_ok_and(|column| column > self.indent) {
            return false;
        }
        (self.line, self.pos, self.key_allowed) = (line, line + spaces, true);
        true
    }

    /// Characters up to a blank or a sign that ends the scalar.
    fn plain_run(&mut self) {
        loop {
            let rest = self.bytes.get(self.pos..).unwrap_or(&[]);
            self.pos += rest.iter().position(|b| listed(&STOPS, *b)).unwrap_or(rest.len());
            let ends = match self.byte(0) {
                b':' => self.blank_or_end(1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
                0xC2 | 0xE2 => self.is_break(),
                _ => true,
            };
            if ends {
                return;
            }
            self.pos += 1;
        }
    }

    /// What follows the first word: more words, and lines that are folded.
    fn plain_rest(&mut self, start: usize) -> Result<(Text, u32), Fault> {
        let indent = self.indent + 1;
        let mut end = self.pos;
        let mut made = None;
        let mut broken = false;
        while matches!(self.byte(0), b' ' | b'\t') || self.is_break() {
            let first_break = self.plain_blanks(start, indent)?;
            broken = first_break.is_some();
            if self.flow == 0 && broken && self.column() < indent {
                break;
            }
            if self.byte(0) == b'#' || self.at_document_mark() {
                break;
            }
            let run = self.pos;
            self.plain_run();
            if self.pos == run {
                break;
            }
            if let Some(first) = first_break {
                let begin = *made.get_or_insert(self.made.len());
                if begin == self.made.len() {
                    self.made.push_str(self.slice(start, end));
                }
                self.fold(first);
            } else if made.is_some() {
                self.made.push_str(self.slice(end, run));
            }
            broken = false;
            if made.is_some() {
                self.made.push_str(self.slice(run, self.pos));
            }
            end = self.pos;
        }
        if broken {
            self.key_allowed = true;
        }
        let whole = Text::File(self.offset(start), self.offset(end));
        Ok((made.map_or(whole, |begin| self.made_since(begin)), self.offset(end)))
    }

    /// Blanks and line breaks; gives the first break, and the others in `breaks`.
    fn plain_blanks(&mut self, start: usize, indent: i32) -> Result<Option<&'static str>, Fault> {
        let mut first = None;
        self.breaks.clear();
        loop {
            match self.byte(0) {
                b'\t' if first.is_some() && self.column() < indent => {
                    return self.fault(start, "a tab must not stand here; indent with spaces");
                }
                b' ' | b'\t' => self.pos += 1,
                _ if self.is_break() => {
                    let text = self.take_break();
                    if first.is_none() {
                        first = Some(text);
                    } else {
                        self.breaks.push_str(text);
                    }
                }
                _ => return Ok(first),
            }
        }
    }

    /// Writes line breaks between two lines of a scalar: one is a space, more are kept but the first.
    pub(super) fn fold(&mut self, first: &'static str) {
        if first != "\n" {
            self.made.push_str(first);
        } else if self.breaks.is_empty() {
            self.made.push(' ');
        }
        self.made.push_str(&self.breaks);
        self.breaks.clear();
    }
}
