//! Byte offsets to lines and columns, in the three encodings that editors speak.

/// How a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, the default of the language server protocol.
    Utf16,
    /// Characters.
    Utf32,
}

/// A position, line and column from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineCol {
    /// Line from 0.
    pub line: u32,
    /// Column from 0, in the encoding that was asked for.
    pub column: u32,
}

/// The starts of all lines of a text. A line ends at `\n`, `\r\n` or a lone `\r`.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// How many lines the text has; at least 1.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// First byte of a line; the last line's for lines behind the end.
    #[must_use]
    pub fn line_start(&self, line: u32) -> u32 {
        self.starts.get(line as usize).or(self.starts.last()).copied().unwrap_or(0)
    }

    /// The position of a byte offset. An offset inside a character counts as that character's start.
    #[must_use]
    pub fn line_col(&self, text: &str, offset: u32, encoding: Encoding) -> LineCol {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0) as usize;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(start..end).unwrap_or("");
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 => before.chars().count(),
        };
        LineCol { line: to_u32(line), column: to_u32(column) }
    }

    /// The byte offset of a position; columns behind the line's end give the line's end.
    #[must_use]
    pub fn offset(&self, text: &str, position: LineCol, encoding: Encoding) -> u32 {
        let start = self.line_start(position.line) as usize;
        if position.line as usize >= self.starts.len() {
            return to_u32(text.len());
        }
        let rest = text.get(start..).unwrap_or("");
        let mut column = 0;
        for (at, c) in rest.char_indices() {
            if column >= position.column || c == '\n' || c == '\r' {
                return to_u32(start + at);
            }
            column += match encoding {
                Encoding::Utf8 => to_u32(c.len_utf8()),
                Encoding::Utf16 => to_u32(c.len_utf16()),
                Encoding::Utf32 => 1,
            };
        }
        to_u32(text.len())
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_in_three_encodings() {
        let text = "a: \u{1F600}x\r\nb: é\r";
        let index = LineIndex::new(text);
        let x = u32::try_from(text.find('x').unwrap()).unwrap();
        let at = |e| index.line_col(text, x, e).column;
        assert_eq!((at(Encoding::Utf8), at(Encoding::Utf16), at(Encoding::Utf32)), (7, 5, 4));
        assert_eq!(index.lines(), 3);
    }

    #[test]
    fn offsets_round_trip() {
        let text = "α: 1\nb: \u{1F600}2\r\n\rend";
        let index = LineIndex::new(text);
        for (offset, _) in text.char_indices() {
            let offset = u32::try_from(offset).unwrap();
            if text.as_bytes()[offset as usize] == b'\n' {
                continue;
            }
            for e in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                assert_eq!(index.offset(text, index.line_col(text, offset, e), e), offset);
            }
        }
    }
}
