//! The objects of a file, as an outline.

use mp_base::Span;

use crate::Analysis;

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// `metadata.name`; may be empty while it is typed.
    pub name: String,
    /// Kind, and namespace where it has one.
    pub detail: String,
    /// The whole object.
    pub span: Span,
    /// Its name, which lies in it.
    pub name_span: Span,
}

/// The objects of a file in the order of the text; none for a file that is not part of the input.
#[must_use]
pub fn symbols(analysis: &Analysis, path: &str) -> Vec<Symbol> {
    let workspace = &analysis.workspace;
    let found = workspace.sources().iter().find(|(_, source)| source.path() == path);
    let Some((file, _)) = found else { return Vec::new() };
    let own = workspace.objects().iter().filter(|object| object.file == file);
    own.map(|object| {
        let kind = object.kind.name();
        let detail = match object.namespace.as_str() {
            "" => kind.to_owned(),
            namespace => format!("{kind} in {namespace}"),
        };
        Symbol { name: object.name.clone(), detail, span: object.span, name_span: object.name_span }
    })
    .collect()
}
