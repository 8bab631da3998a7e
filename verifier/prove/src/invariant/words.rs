//! A line as words with their places.

use std::iter::Peekable;
use std::str::CharIndices;

use mp_ir::base::{FileId, Span};

/// One word. Quotes are taken off, and `\` in quotes takes the next character as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
    /// It was written in quotes, so it is no keyword.
    pub(super) quoted: bool,
}

impl Word {
    /// Whether it is this keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text == keyword
    }
}

/// The words of a line that begins at `offset`. Blanks part words, except in quotes and in brackets; `#` at the start of a word begins a
/// comment. An open quote or bracket reaches to the end of the line, and `false` comes with it.
pub(super) fn split(file: FileId, offset: u32, line: &str) -> (Vec<Word>, bool) {
    let mut out = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        if first == '#' {
            break;
        }
        let (text, end, closed) = word(start, first, &mut chars);
        let place = |at: usize| offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let span = Span::new(file, place(start), place(end));
        out.push(Word { text, span, quoted: first == '"' });
        if !closed {
            return (out, false);
        }
    }
    (out, true)
}

/// The rest of a word: its text, where it ends, and whether its quotes and brackets are closed.
fn word(start: usize, first: char, chars: &mut Peekable<CharIndices<'_>>) -> (String, usize, bool) {
    let (mut text, mut in_quotes, mut depth) = (String::new(), first == '"', 0_u32);
    if !in_quotes {
        text.push(first);
    }
    let mut end = start + first.len_utf8();
    while let Some((at, c)) = chars.next_if(|(_, c)| !c.is_whitespace() || in_quotes || depth > 0) {
        end = at + c.len_utf8();
        match c {
            '"' => in_quotes = !in_quotes,
            '\\' if in_quotes => {
                if let Some((at, escaped)) = chars.next() {
                    end = at + escaped.len_utf8();
                    text.push(escaped);
                }
            }
            _ => {
                match c {
                    '(' if !in_quotes => depth += 1,
                    ')' if !in_quotes => depth = depth.saturating_sub(1),
                    _ => {}
                }
                text.push(c);
            }
        }
    }
    (text, end, !in_quotes && depth == 0)
}

/// A text as one word that is read back as it is.
pub(super) fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.starts_with('#')
        && !text.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '\\' | '(' | ')'));
    if plain { text.to_owned() } else { in_quotes(text) }
}

/// A text in quotes.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(FileId(0), 0, line).0.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_quotes_brackets_and_comments() {
        assert_eq!(texts("a  b#c # d"), ["a", "b#c"]);
        assert_eq!(texts(r#"because "a \"b\" # c" x"#), ["because", "a \"b\" # c", "x"]);
        assert_eq!(
            texts("without jwt(iss=a, aud=b) path /x"),
            ["without", "jwt(iss=a, aud=b)", "path", "/x"]
        );
        assert!(!split(FileId(0), 0, "a \"b").1);
        assert!(!split(FileId(0), 0, "path /a(\n").1 && split(FileId(0), 0, "path \"/a(\"\n").1);
        let (words, _) = split(FileId(0), 10, "ä \"b c\"");
        assert_eq!(
            words.iter().map(|w| (w.span.start, w.span.end)).collect::<Vec<_>>(),
            [(10, 12), (13, 18)]
        );
    }

    #[test]
    fn quoting_is_undone_by_reading() {
        for text in ["", "a", "a b", "#x", r#"a"b"#, r"a\b", "(", "ü"] {
            assert_eq!(texts(&quoted(text)), [text], "{text}");
            assert_eq!(texts(&in_quotes(text)), [text], "{text}");
        }
    }
}
