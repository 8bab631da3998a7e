//! What is wrong or surprising in a text.

use mp_base::Span;

/// Something wrong or surprising in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Where it is.
    pub span: Span,
    /// Another place that belongs to it, such as the first of two equal keys.
    pub other: Option<Span>,
    /// In words: lower case, no full stop.
    pub message: String,
}

/// Kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Kubernetes refuses the text.
    Syntax,
    /// The same key twice in one mapping: the last one counts, strict readers refuse it.
    DuplicateKey,
    /// Text after the first root node, which Kubernetes drops silently.
    TrailingContent,
    /// A plain scalar that is read as another type than it looks like (`yes`, `0755`, `1.10`, key `on`).
    SurprisingScalar,
    /// A separator that Kubernetes and Istio's own tools cut differently.
    Separator,
    /// Invalid UTF-8, NUL or another byte that YAML forbids.
    Encoding,
    /// A limit was reached: nesting, aliases, size.
    Limit,
    /// Template text that was masked.
    Template,
}
