//! `*alias`, `&anchor` and `!tag`.

use super::{Fault, Scanner, Tok};

/// The parts of a tag or of a `%TAG` directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TagToken {
    /// `!`, `!!` or `!name!`; empty for a verbatim tag and for the lone `!`.
    pub(crate) handle: String,
    /// What follows the handle; the prefix of a directive.
    pub(crate) rest: String,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

impl Scanner<'_> {
    pub(super) fn fetch_name(&mut self, tok: Tok) -> Result<(), Fault> {
        let slot = self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        self.pos += 1;
        while is_word(self.byte(0)) {
            self.pos += 1;
        }
        let ends = self.blank_or_end(0)
            || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if self.pos == start + 1 || !ends {
            let message = match tok {
                Tok::Alias => {
                    "an alias must be `*` and letters, digits, `_` or `-`; put other text in quotes"
                }
                _ => "an anchor must be `&` and letters, digits, `_` or `-`; put other text in quotes",
            };
            return self.fault(start, message);
        }
        self.push(tok, start, slot);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Fault> {
        let slot = self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        let tag = if self.byte(1) == b'<' { self.verbatim_tag(start)? } else { self.short_tag(start)? };
        if !self.blank_or_end(0) {
            return self.fault(start, "a tag must be followed by a space");
        }
        let place = self.keep_tag(tag);
        self.push(Tok::Tag(place), start, slot);
        Ok(())
    }

    pub(super) fn keep_tag(&mut self, tag: TagToken) -> u32 {
        self.tags.push(tag);
        Self::half(self.tags.len() - 1)
    }

    fn verbatim_tag(&mut self, start: usize) -> Result<TagToken, Fault> {
        self.pos += 2;
        let mut rest = Vec::new();
        self.tag_uri(start, &mut rest, false)?;
        if self.byte(0) != b'>' {
            return self.fault(start, "the tag needs a `>` at its end");
        }
        self.pos += 1;
        Ok(TagToken { handle: String::new(), rest: String::from_utf8_lossy(&rest).into_owned() })
    }

    fn short_tag(&mut self, start: usize) -> Result<TagToken, Fault> {
        let handle = self.tag_handle(start)?;
        let mut rest = Vec::new();
        if handle.len() > 1 && handle.ends_with('!') {
            self.tag_uri(start, &mut rest, false)?;
            return Ok(TagToken { handle, rest: String::from_utf8_lossy(&rest).into_owned() });
        }
        rest.extend(handle.bytes().skip(1));
        self.tag_uri(start, &mut rest, true)?;
        if rest.is_empty() {
            return Ok(TagToken { handle: String::new(), rest: handle });
        }
        Ok(TagToken { handle: "!".to_owned(), rest: String::from_utf8_lossy(&rest).into_owned() })
    }

    /// `!`, letters, and `!` again if it stands there.
    pub(super) fn tag_handle(&mut self, start: usize) -> Result<String, Fault> {
        let begin = self.pos;
        if self.byte(0) != b'!' {
            return self.fault(start, "a tag handle must begin with `!`");
        }
        self.pos += 1;
        while is_word(self.byte(0)) {
            self.pos += 1;
        }
        if self.byte(0) == b'!' {
            self.pos += 1;
        }
        Ok(self.slice(begin, self.pos).to_owned())
    }

    /// Characters of a tag, with `%41` decoded.
    pub(super) fn tag_uri(
        &mut self,
        start: usize,
        into: &mut Vec<u8>,
        may_be_empty: bool,
    ) -> Result<(), Fault> {
        let begin = self.pos;
        loop {
            match self.byte(0) {
                b'%' => self.tag_escape(start, into)?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    into.push(byte);
                    self.pos += 1;
                }
                _ => break,
            }
        }
        if self.pos == begin && !may_be_empty {
            return self.fault(start, "the tag has no name");
        }
        Ok(())
    }

    /// One character of UTF-8 as `%` and two digits for each byte.
    fn tag_escape(&mut self, start: usize, into: &mut Vec<u8>) -> Result<(), Fault> {
        let mut missing = 1;
        let mut first = true;
        while missing > 0 {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (Some(high), Some(low), b'%') = (digit(self.byte(1)), digit(self.byte(2)), self.byte(0))
            else {
                return self.fault(start, "`%` in a tag needs two hexadecimal digits");
            };
            let octet = high << 4 | low;
            if first {
                missing = match octet {
                    0..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    _ => return self.fault(start, "`%` in a tag gives invalid UTF-8"),
                };
            } else if octet & 0xC0 != 0x80 {
                return self.fault(start, "`%` in a tag gives invalid UTF-8");
            }
            first = false;
            into.push(octet);
            self.pos += 3;
            missing -= 1;
        }
        Ok(())
    }
}
