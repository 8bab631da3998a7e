//! Block scalars: `|` and `>`.

use super::{Fault, Scanner, Tok, Token};

impl Scanner<'_> {
    pub(super) fn fetch_block(&mut self, literal: bool) -> Result<(), Fault> {
        self.drop_key()?;
        self.key_allowed = true;
        let start = self.pos;
        self.pos += 1;
        let (keep, increment) = self.block_header(start)?;
        let mut end = self.pos;
        while matches!(self.byte(0), b' ' | b'\t') {
            self.pos += 1;
        }
        if self.byte(0) == b'#' {
            self.comment();
        }
        if self.byte(0) != 0 && !self.is_break() {
            return self.fault(start, "only a comment may follow `|` or `>` on its line");
        }
        self.skip_break();
        let begin = self.made.len();
        self.block_lines(start, literal, keep, increment, &mut end)?;
        let text = self.made_since(begin);
        let (start, end) = (self.offset(start), self.offset(end));
        self.queue.push(Token { tok: Tok::Scalar { text, plain: false }, start, end, slot: 0 });
        Ok(())
    }

    /// `+`, `-` and the indentation, in any order.
    fn block_header(&mut self, start: usize) -> Result<(Option<bool>, i32), Fault> {
        let mut keep = None;
        let mut increment = 0;
        for _ in 0..2 {
            match self.byte(0) {
                sign @ (b'+' | b'-') if keep.is_none() => keep = Some(sign == b'+'),
                b'0' if increment == 0 => return self.fault(start, "the indentation of a block cannot be 0"),
                digit @ b'1'..=b'9' if increment == 0 => increment = i32::from(digit - b'0'),
                _ => break,
            }
            self.pos += 1;
        }
        Ok((keep, increment))
    }

    fn block_lines(
        &mut self,
        start: usize,
        literal: bool,
        keep: Option<bool>,
        increment: i32,
        end: &mut usize,
    ) -> Result<(), Fault> {
        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        self.breaks.clear();
        self.block_breaks(start, &mut indent)?;
        let mut before = "";
        let mut blank_before = false;
        while self.column() == indent && self.byte(0) != 0 {
            let blank = matches!(self.byte(0), b' ' | b'\t');
            if !literal && !blank_before && !blank && before == "\n" {
                self.fold(before);
            } else {
                self.made.push_str(before);
                self.made.push_str(&self.breaks);
                self.breaks.clear();
            }
            blank_before = blank;
            let line = self.pos;
            self.skip_line();
            self.made.push_str(self.slice(line, self.pos));
            *end = self.pos;
            before = self.take_break();
            self.block_breaks(start, &mut indent)?;
        }
        if keep != Some(false) {
            self.made.push_str(before);
        }
        if keep == Some(true) {
            self.made.push_str(&self.breaks);
        }
        self.breaks.clear();
        Ok(())
    }

    /// Indentation and empty lines; finds the indentation of the block where it is still 0.
    fn block_breaks(&mut self, start: usize, indent: &mut i32) -> Result<(), Fault> {
        let mut widest = 0;
        loop {
            let inside = |column: i32| *indent == 0 || column < *indent;
            while inside(self.column()) && self.byte(0) == b' ' {
                self.pos += 1;
            }
            widest = widest.max(self.column());
            if inside(self.column()) && self.byte(0) == b'\t' {
                return self.fault(start, "a tab must not stand here; indent with spaces");
            }
            if !self.is_break() {
                break;
            }
            let text = self.take_break();
            self.breaks.push_str(text);
        }
        if *indent == 0 {
            *indent = widest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
