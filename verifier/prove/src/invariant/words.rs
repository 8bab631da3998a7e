//! A line as words with their places.

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
/// comment. An open quote reaches to the end of the line, and `false` comes with it.
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
        let mut word = Word { text: String::new(), span: Span::default(), quoted: first == '"' };
        let (mut in_quotes, mut depth) = (word.quoted, 0_u32);
        if !word.quoted {
            word.text.push(first);
        }
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = chars.peek().copied() {
            if c.is_whitespace() && !in_quotes && depth == 0 {
                break;
            }
            chars.next();
            end = at + c.len_utf8();
            match c {
                '"' => in_quotes = !in_quotes,
                '\\' if in_quotes => {
                    if let Some((at, escaped)) = chars.next() {
                        end = at + escaped.len_utf8();
                        word.text.push(escaped);
                    }
                }
                '(' if !in_quotes => {
                    depth += 1;
                    word.text.push(c);
                }
                ')' if !in_quotes => {
                    depth = depth.saturating_sub(1);
                    word.text.push(c);
                }
                _ => word.text.push(c),
            }
        }
        let place = |at: usize| offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        word.span = Span::new(file, place(start), place(end));
        out.push(word);
        if in_quotes {
            return (out, false);
        }
    }
    (out, true)
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
