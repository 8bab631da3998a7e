//! What stands under the cursor.

use std::fmt::Write as _;

use mp_base::Span;
use mp_checks::find;

use crate::Analysis;

/// Text for the reader and the place it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Markdown.
    pub text: String,
    /// The place.
    pub span: Span,
}

/// The documentation of the findings at a byte of a file, else the object that stands there.
#[must_use]
pub fn hover(analysis: &Analysis, path: &str, offset: u32) -> Option<Hover> {
    let (file, _) = analysis.workspace.sources().iter().find(|(_, source)| source.path() == path)?;
    let here = |span: Span| span.file == file && span.touches(offset);
    let mut at_cursor = analysis.findings.iter().filter(|d| here(d.primary.span)).peekable();
    if let Some(first) = at_cursor.peek() {
        let span = first.primary.span;
        let mut text = String::new();
        for finding in at_cursor {
            let docs = find(finding.code).map(mp_checks::Check::docs).unwrap_or_default();
            let _ = writeln!(
                text,
                "**{}** `{}` {}\n\n{}",
                finding.code,
                finding.name,
                finding.message,
                prose(&docs)
            );
        }
        return Some(Hover { text, span });
    }
    let object = analysis.workspace.object_at(file, offset).filter(|object| here(object.name_span))?;
    let text = format!("{} `{}` in namespace `{}`", object.kind.name(), object.name, object.namespace);
    Some(Hover { text, span: object.name_span })
}

/// The documentation up to its first example.
fn prose(docs: &str) -> &str {
    docs.split("```yaml").next().unwrap_or(docs).trim_end()
}
