//! Text that stands once and is read in several places.

use mp_base::Span;

use crate::ParsedFile;
use crate::tree::{Document, Kind};

impl ParsedFile {
    /// The document that holds a span.
    #[must_use]
    pub fn document_of(&self, span: Span) -> Option<&Document> {
        self.documents
            .iter()
            .find(|document| document.span.start <= span.start && span.end <= document.span.end)
    }

    /// Whether an alias or a merge key reads the text under a span in another place, too, or the text is such a word itself: what is
    /// changed there changes elsewhere.
    #[must_use]
    pub fn is_shared(&self, span: Span) -> bool {
        let Some(document) = self.document_of(span) else { return false };
        let tree = &document.tree;
        tree.nodes.iter().filter(|node| matches!(node.kind, Kind::Alias | Kind::Copy)).any(|node| {
            let target = tree.nodes.get(node.link as usize);
            let own = node.kind == Kind::Alias && node.start <= span.start && span.end <= node.end;
            own || target.is_some_and(|target| target.start <= span.start && span.end <= target.end)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mp_base::FileId;

    use super::*;
    use crate::parse;

    #[test]
    fn what_aliases_and_merge_keys_read_is_shared() {
        let text = "a: &x {host: cart}\nb: *x\nc: &y one\nd: two\ne: {<<: *x, f: g}\n";
        let file = parse(FileId(0), Arc::from(text));
        let span = |word: &str| {
            let start = u32::try_from(text.find(word).unwrap()).unwrap();
            Span::new(FileId(0), start, start + u32::try_from(word.len()).unwrap())
        };
        assert!(file.is_shared(span("cart")) && file.is_shared(span("host")) && file.is_shared(span("*x")));
        assert!(!file.is_shared(span("one")) && !file.is_shared(span("two")) && !file.is_shared(span("g}")));
    }
}
