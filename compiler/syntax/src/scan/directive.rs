//! `%YAML` and `%TAG`.

use super::{Fault, Scanner, TagToken, Tok};

impl<'t> Scanner<'t> {
    pub(super) fn fetch_directive(&mut self) -> Result<(), Fault> {
        self.unroll_all();
        self.drop_key()?;
        self.key_allowed = false;
        let start = self.pos;
        self.pos += 1;
        let name = self.directive_name(start)?;
        let tok = match name {
            "YAML" => Tok::Version { known: self.version(start)? },
            "TAG" => Tok::TagDirective(self.tag_directive(start)?),
            _ => return self.fault(start, "unknown directive; only `%YAML` and `%TAG` are read"),
        };
        self.push(tok, start, 0);
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.comment();
        }
        if self.byte(0) != 0 && !self.is_break() {
            return self.fault(start, "only a comment may follow a directive on its line");
        }
        self.skip_break();
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(0), b' ' | b'\t') {
            self.pos += 1;
        }
    }

    fn directive_name(&mut self, start: usize) -> Result<&'t str, Fault> {
        let begin = self.pos;
        while self.byte(0).is_ascii_alphanumeric() || matches!(self.byte(0), b'_' | b'-') {
            self.pos += 1;
        }
        if self.pos == begin || !self.blank_or_end(0) {
            return self.fault(start, "`%` at the start of a line must begin a directive");
        }
        Ok(self.slice(begin, self.pos))
    }

    /// Whether it is 1.1.
    fn version(&mut self, start: usize) -> Result<bool, Fault> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.byte(0) != b'.' {
            return self.fault(start, "`%YAML` needs a version such as 1.1");
        }
        self.pos += 1;
        let minor = self.version_number(start)?;
        Ok((major, minor) == (1, 1))
    }

    fn version_number(&mut self, start: usize) -> Result<u32, Fault> {
        let begin = self.pos;
        let mut value = 0;
        while self.byte(0).is_ascii_digit() && self.pos - begin < 3 {
            value = value * 10 + u32::from(self.byte(0) - b'0');
            self.pos += 1;
        }
        if !(1..=2).contains(&(self.pos - begin)) {
            return self.fault(start, "`%YAML` needs a version such as 1.1");
        }
        Ok(value)
    }

    fn tag_directive(&mut self, start: usize) -> Result<u32, Fault> {
        self.skip_blanks();
        let handle = self.tag_handle(start)?;
        if handle != "!" && !(handle.len() > 1 && handle.ends_with('!')) {
            return self.fault(start, "the handle of `%TAG` must end with `!`");
        }
        if !matches!(self.byte(0), b' ' | b'\t') {
            return self.fault(start, "`%TAG` needs a handle and a prefix");
        }
        self.skip_blanks();
        let mut rest = Vec::new();
        self.tag_uri(start, &mut rest, false)?;
        if !self.blank_or_end(0) {
            return self.fault(start, "the prefix of `%TAG` must end with its line");
        }
        let rest = String::from_utf8_lossy(&rest).into_owned();
        Ok(self.keep_tag(TagToken { handle, rest }))
    }
}
