//! JSON and YAML in the texts of objects.

use mp_model::Node;
use mp_model::admission::is_json;
use mp_model::base::FileId;
use mp_model::syntax::{ParsedFile, parse};

/// Reads a text as JSON; `None` where it is none.
pub(crate) fn json(text: &str) -> Option<ParsedFile> {
    is_json(text).then(|| parse(FileId(0), text.into()))
}

/// Reads a text as YAML; `None` where it is none.
pub(crate) fn yaml(text: &str) -> Option<ParsedFile> {
    let parsed = parse(FileId(0), text.into());
    parsed.documents.iter().all(|document| document.whole).then_some(parsed)
}

/// The value of a text.
pub(crate) fn root(parsed: &ParsedFile) -> Option<Node<'_>> {
    parsed.root(0)
}
