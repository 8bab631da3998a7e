//! The cut of a text into documents, before any YAML is read.

/// Whose rules cut the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The API server and kubectl: `YAMLReader.Read` of apimachinery (`pkg/util/yaml/decoder.go`). A line that begins with `---`
    /// cuts; blanks or a comment may follow, anything else is an error.
    Kubernetes,
    /// Istio's file source and istioctl (`pilot/pkg/config/file/util/kubeyaml`): only blanks may follow, any other line that begins
    /// with `---` is left to the YAML reader, which stops there.
    Istio,
}

/// One piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First byte. A separator that follows another one, or begins the text, belongs to the piece after it.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The line behind the piece, when the reader refuses it as a separator: reading ends there.
    pub bad_separator: Option<(usize, usize)>,
}

/// Cuts a text into pieces. Pieces of comments or blanks alone count; a piece is never empty unless its separator is bad.
#[must_use]
pub fn split(text: &str, reader: Reader) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, end) in Separators::new(text) {
        let after = text.get(at + 3..end).unwrap_or("").trim_end_matches('\n');
        let cut = match reader {
            Reader::Kubernetes => {
                let after = after.trim();
                if !after.is_empty() && !after.starts_with('#') {
                    pieces.push(Piece { start, end: at, bad_separator: Some((at, end)) });
                    return pieces;
                }
                true
            }
            Reader::Istio => after.trim().is_empty(),
        };
        if cut && at > start {
            pieces.push(Piece { start, end: at, bad_separator: None });
            start = end;
        }
    }
    if start < text.len() {
        pieces.push(Piece { start, end: text.len(), bad_separator: None });
    }
    pieces
}

/// Lines that begin with `---`, from their first byte to behind their line break.
pub(crate) struct Separators<'t> {
    text: &'t str,
    at: usize,
    finder: memchr::memmem::Finder<'static>,
}

impl<'t> Separators<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, finder: memchr::memmem::Finder::new(b"\n---") }
    }
}

impl Iterator for Separators<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..)?;
        let start = if self.at == 0 && rest.starts_with(b"---") {
            0
        } else {
            // The line break before a line may be the last byte that was looked at.
            let from = self.at.saturating_sub(1);
            from + self.finder.find(bytes.get(from..)?)? + 1
        };
        let line = bytes.get(start..)?;
        let end = memchr::memchr(b'\n', line).map_or(bytes.len(), |length| start + length + 1);
        self.at = end.max(1);
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, reader: Reader) -> Vec<&str> {
        split(text, reader).iter().map(|p| text.get(p.start..p.end).unwrap()).collect()
    }

    #[test]
    fn separators_of_both_readers() {
        let text = "a\n--- # c\nb\n---\nc\n";
        assert_eq!(cut(text, Reader::Kubernetes), ["a\n", "b\n", "c\n"]);
        assert_eq!(cut(text, Reader::Istio), ["a\n--- # c\nb\n", "c\n"]);
    }

    #[test]
    fn a_separator_with_nothing_before_it_stays() {
        assert_eq!(cut("---\na\n---\n---\nb", Reader::Kubernetes), ["---\na\n", "---\nb"]);
        assert_eq!(cut("---\n---\n---\nb", Reader::Kubernetes), ["---\n", "---\nb"]);
        assert_eq!(cut("", Reader::Istio), [""; 0]);
        assert_eq!(cut("a\n---", Reader::Istio), ["a\n"]);
    }

    #[test]
    fn text_behind_a_separator_is_refused_by_kubernetes_alone() {
        let text = "a\n--- b\nc\n";
        assert_eq!(
            split(text, Reader::Kubernetes),
            [Piece { start: 0, end: 2, bad_separator: Some((2, 8)) }]
        );
        assert_eq!(cut(text, Reader::Istio), [text]);
        assert_eq!(cut(" ---\n-- -\n", Reader::Kubernetes), [" ---\n-- -\n"]);
    }
}
