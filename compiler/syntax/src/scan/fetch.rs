//! The queue: which token comes next, simple keys, indentation.

use super::{Fault, LEVELS, Scanner, SimpleKey, Tok, Token};

impl Scanner<'_> {
    /// Reads at least one token into the queue.
    pub(super) fn fetch(&mut self) -> Result<(), Fault> {
        self.skip_to_token();
        self.unroll(self.column());
        let byte = self.byte(0);
        if byte == 0 {
            return self.fetch_end();
        }
        if self.pos == self.line {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_mark() {
                return self.fetch_document_mark(byte == b'-');
            }
        }
        match byte {
            b'[' => self.fetch_open(Tok::FlowSeq),
            b'{' => self.fetch_open(Tok::FlowMap),
            b']' => self.fetch_close(Tok::FlowSeqEnd),
            b'}' => self.fetch_close(Tok::FlowMapEnd),
            b',' => self.fetch_comma(),
            b'-' if self.blank_or_end(1) => self.fetch_entry(),
            b'?' if self.flow > 0 || self.blank_or_end(1) => self.fetch_key(),
            b':' if self.flow > 0 || self.blank_or_end(1) => self.fetch_value(),
            b'*' => self.fetch_name(Tok::Alias),
            b'&' => self.fetch_name(Tok::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if self.flow == 0 => self.fetch_block(true),
            b'>' if self.flow == 0 => self.fetch_block(false),
            b'\'' | b'"' => self.fetch_quoted(byte == b'\''),
            b'\t' => self.fault(self.pos, "a tab must not stand here; indent with spaces"),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                self.fault(self.pos, "this character cannot start a value; put the value in quotes")
            }
            _ => self.fetch_plain(),
        }
    }

    /// Skips blanks, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            if self.pos == self.line && self.doubled && self.pos < 508 {
                self.skip_character();
            }
            let tabs = self.flow > 0 || !self.key_allowed;
            while self.byte(0) == b' ' || (tabs && self.byte(0) == b'\t') {
                self.pos += 1;
            }
            if self.byte(0) == b'#' {
                self.comment();
            }
            if !self.is_break() {
                return;
            }
            self.skip_break();
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// A comment up to the end of its line.
    pub(super) fn comment(&mut self) {
        let start = self.pos;
        self.skip_line();
        let text = self.bytes.get(start..self.pos).unwrap_or(&[]);
        if memchr::memmem::find(text, b"meshproof:").is_some() {
            self.comments.push((self.offset(start), self.here()));
        }
    }

    pub(super) fn push(&mut self, tok: Tok, start: usize, slot: u32) {
        let token = Token { tok, start: self.offset(start), end: self.here(), slot };
        self.queue.push(token);
    }

    /// Number of the next token at the end of the queue.
    fn next_number(&self) -> u32 {
        self.taken + Self::half(self.queue.len() - self.head)
    }

    /// Puts a token in the place of token `number`; one that was already taken gets the end of the queue, as in go-yaml.
    fn insert(&mut self, number: u32, token: Token) {
        match number.checked_sub(self.taken) {
            Some(ahead) => {
                let place = (self.head + ahead as usize).min(self.queue.len());
                self.queue.insert(place, token);
            }
            None => self.queue.push(token),
        }
    }

    /// Notes that a key may begin here and gives the slot for its token.
    pub(super) fn save_key(&mut self) -> Result<u32, Fault> {
        if !self.key_allowed {
            return Ok(0);
        }
        self.drop_key()?;
        let column = self.column();
        let required = self.flow == 0 && self.indent == column;
        let (number, pos) = (self.next_number(), self.pos);
        if let Some(last) = self.keys.last_mut() {
            *last = SimpleKey { possible: true, required, indexed: true, number, pos, column };
        }
        Ok(Self::half(self.keys.len()))
    }

    /// No key may have begun before this place of the current level.
    pub(super) fn drop_key(&mut self) -> Result<(), Fault> {
        let Some(last) = self.keys.last_mut() else { return Ok(()) };
        if last.possible && last.required {
            let pos = last.pos;
            return self.fault(pos, "this line needs a `:` after its key");
        }
        last.possible = false;
        Ok(())
    }

    /// Whether a key that began there may still find its `:`, which must come on the same line within 1,024 characters.
    pub(super) fn key_is_valid(&mut self, slot: usize) -> Result<bool, Fault> {
        let Some(key) = self.keys.get(slot).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.pos >= self.line && !self.is_far(key.pos) {
            return Ok(true);
        }
        if key.required {
            return self.fault(key.pos, "this line needs a `:` after its key");
        }
        if let Some(key) = self.keys.get_mut(slot) {
            key.possible = false;
        }
        Ok(false)
    }

    fn is_far(&self, start: usize) -> bool {
        let bytes = self.pos - start;
        if bytes <= 1024 {
            return false;
        }
        let text = self.bytes.get(start..self.pos).unwrap_or(&[]);
        bytes > 4096 || text.iter().filter(|b| **b & 0xC0 != 0x80).count() > 1024
    }

    /// A block collection begins in this column unless one has already.
    pub(super) fn roll(
        &mut self,
        column: i32,
        number: Option<u32>,
        tok: Tok,
        pos: usize,
    ) -> Result<(), Fault> {
        if self.flow > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > LEVELS {
            return self.too_deep();
        }
        let at = self.offset(pos);
        let token = Token { tok, start: at, end: at, slot: 0 };
        self.insert(number.unwrap_or(u32::MAX), token);
        Ok(())
    }

    fn too_deep<T>(&self) -> Result<T, Fault> {
        let message = "nesting is deeper than 10,000 levels";
        Err(Fault { at: self.here(), since: self.here(), message, limit: true })
    }

    /// Block collections that stand further right than this column end.
    fn unroll(&mut self, column: i32) {
        if self.flow > 0 {
            return;
        }
        while self.indent > column {
            self.push(Tok::BlockEnd, self.pos, 0);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_end(&mut self) -> Result<(), Fault> {
        // A key must not wait beyond the last line.
        self.line = self.pos;
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        self.push(Tok::End, self.pos, 0);
        Ok(())
    }

    fn fetch_document_mark(&mut self, start: bool) -> Result<(), Fault> {
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let pos = self.pos;
        self.pos += 3;
        self.push(if start { Tok::DocumentStart } else { Tok::DocumentEnd }, pos, 0);
        Ok(())
    }

    pub(super) fn unroll_all(&mut self) {
        self.unroll(-1);
    }

    fn one(&mut self, tok: Tok, slot: u32) {
        let pos = self.pos;
        self.pos += 1;
        self.push(tok, pos, slot);
    }

    fn fetch_open(&mut self, tok: Tok) -> Result<(), Fault> {
        let slot = self.save_key()?;
        self.keys.push(SimpleKey { number: self.next_number(), ..SimpleKey::default() });
        self.flow += 1;
        if self.flow > LEVELS {
            return self.too_deep();
        }
        self.key_allowed = true;
        self.one(tok, slot);
        Ok(())
    }

    fn fetch_close(&mut self, tok: Tok) -> Result<(), Fault> {
        self.drop_key()?;
        if self.flow > 0 {
            self.flow -= 1;
            let inner = self.keys.pop().map(|k| k.number);
            if let Some(outer) = self.keys.last_mut().filter(|k| Some(k.number) == inner) {
                outer.indexed = false;
            }
        }
        self.key_allowed = false;
        self.one(tok, 0);
        Ok(())
    }

    fn fetch_comma(&mut self) -> Result<(), Fault> {
        self.drop_key()?;
        self.key_allowed = true;
        self.one(Tok::Comma, 0);
        Ok(())
    }

    fn fetch_entry(&mut self) -> Result<(), Fault> {
        if self.flow == 0 {
            if !self.key_allowed {
                return self.fault(self.pos, "a list item must not stand here");
            }
            self.roll(self.column(), None, Tok::BlockSeq, self.pos)?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.one(Tok::Entry, 0);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Fault> {
        if self.flow == 0 {
            if !self.key_allowed {
                return self.fault(self.pos, "a key must not stand here");
            }
            self.roll(self.column(), None, Tok::BlockMap, self.pos)?;
        }
        self.drop_key()?;
        self.key_allowed = self.flow == 0;
        self.one(Tok::Key, 0);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Fault> {
        let slot = self.keys.len().saturating_sub(1);
        if self.key_is_valid(slot)? {
            let key = self.keys.get(slot).copied().unwrap_or_default();
            let at = self.offset(key.pos);
            self.insert(key.number, Token { tok: Tok::Key, start: at, end: at, slot: 0 });
            self.roll(key.column, Some(key.number), Tok::BlockMap, key.pos)?;
            if let Some(key) = self.keys.get_mut(slot) {
                key.possible = false;
            }
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    let message = "a second `:` on this line; put the value in quotes";
                    return self.fault(self.pos, message);
                }
                self.roll(self.column(), None, Tok::BlockMap, self.pos)?;
            }
            self.key_allowed = self.flow == 0;
        }
        self.one(Tok::Value, 0);
        Ok(())
    }
}
