//! Documents that a text scalar of another document holds, such as the mesh configuration in a ConfigMap.

use std::ops::Range;
use std::sync::Arc;

use mp_base::FileId;

use crate::parse::parse_part;
use crate::{Node, ParsedFile, parse};

/// What the text of a scalar holds.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The documents.
    pub parsed: ParsedFile,
    /// Whether the text stands in the file as it is: then spans are ranges of the file, else of the text alone.
    pub in_place: bool,
}

/// Reads the text of a scalar as YAML; `None` for other nodes. Literal blocks, and plain and quoted text without escapes, are read where they
/// stand.
#[must_use]
pub fn embedded(file: &ParsedFile, node: Node<'_>) -> Option<Embedded> {
    let value = node.as_str()?;
    let start = node.span().start as usize;
    Some(match inside(node.source(), value) {
        Some(range) => {
            let range = start + range.start..start + range.end;
            Embedded { parsed: parse_part(file.file, Arc::clone(&file.text), range), in_place: true }
        }
        None => Embedded { parsed: parse(FileId(u32::MAX), value.into()), in_place: false },
    })
}

/// Where the value lies in its token, if it is written as it is.
fn inside(token: &str, value: &str) -> Option<Range<usize>> {
    if token.starts_with('|') {
        let head = token.find('\n')? + 1;
        let body = token.get(head..)?;
        return same_lines(body, value).then_some(head..token.len());
    }
    let quote = usize::from(token.starts_with(['"', '\'']));
    let range = quote..token.len().checked_sub(quote)?;
    (token.get(range.clone())? == value).then_some(range)
}

/// Whether the lines of a block are those of the value, with one indentation before all that are not blank.
fn same_lines(body: &str, value: &str) -> bool {
    let indented = body.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let width = indented.len() - indented.trim_start_matches(' ').len();
    let inner = |line: &str| line.get(width..).unwrap_or("").trim_end().to_owned();
    let body = body.trim_end().lines().map(inner);
    body.eq(value.trim_end().lines().map(|line| line.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Embedded, String) {
        let file = parse(FileId(7), text.into());
        let node = file.root(0).and_then(|root| root.get("a")).unwrap();
        let found = embedded(&file, node).unwrap();
        let key = found.parsed.root(0).and_then(|root| root.get("key")).unwrap();
        let source = key.source().to_owned();
        (found, source)
    }

    #[test]
    fn text_as_it_stands_is_read_in_place() {
        for text in [
            "a: |\n  # hi\n  other: 1\n\n  key:  [x, y]\nb: 1\n",
            "b: 1\na: |-\n    key:  [x, y]\n",
            "a: 'key: [x, y]'\n",
            "a: \"{key: [x, y]}\"\n",
        ] {
            let (found, source) = read(text);
            let key = found.parsed.root(0).and_then(|root| root.get("key")).unwrap();
            assert_eq!((found.in_place, source.as_str()), (true, "[x, y]"), "{text}");
            assert_eq!(text.get(key.span().range()), Some("[x, y]"), "{text}");
        }
    }

    #[test]
    fn other_text_is_read_apart() {
        for text in
            ["a: \"key:\\n  [x, y]\"\n", "a: >\n  key:\n    [x, y]\n", "a: 'b: ''1''\n\n  key: [x, y]'\n"]
        {
            let (found, source) = read(text);
            assert_eq!((found.in_place, source.as_str()), (false, "[x, y]"), "{text}");
        }
    }
}
