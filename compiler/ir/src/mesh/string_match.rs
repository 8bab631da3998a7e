//! Istio's `StringMatch`.

/// How a text is matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StringMatch {
    /// The whole text.
    Exact(String),
    /// Its start.
    Prefix(String),
    /// RE2, the whole text.
    Regex(String),
    /// Present with any value: a match without a kind, as in `headers: {x-a: {}}`.
    Present,
}
