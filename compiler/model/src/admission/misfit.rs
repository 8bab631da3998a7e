//! Where a document does not fit its schema, for those who explain it in words of their own.

use crate::base::Span;

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// There is no such field; the nearest name, if one is near.
    UnknownField(Option<&'static str>),
    /// The value is of another type: what is wanted, in words.
    WrongType(&'static str),
    /// The word is not one of the enum's: all of them.
    UnknownWord(Vec<&'static str>),
    /// A field that has to be there is not.
    Missing,
    /// The value is beyond a limit: what is wanted, in words.
    Limit(String),
    /// Fields that exclude each other, or of which one is needed: in words.
    Alternatives(String),
    /// The item is in its list already: what is equal, as JSON.
    Duplicate(String),
    /// A rule of the CRD is broken: what it says.
    Rule(String),
}

/// One place that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonconformity {
    /// What is wrong.
    pub misfit: Misfit,
    /// The key of an unknown field, else the value; the key above where a field is missing.
    pub span: Span,
    /// Path of the field in the object.
    pub path: String,
    /// The name of the field.
    pub field: String,
}

impl Nonconformity {
    pub(crate) fn new(misfit: Misfit, span: Span, path: String) -> Self {
        let last = path.rsplit_once('.').map_or(path.as_str(), |(_, name)| name);
        let field = last.split_once('[').map_or(last, |(name, _)| name).to_owned();
        Self { misfit, span, path, field }
    }
}

/// The name that is nearest to a misspelled one, if it is near enough to be meant.
#[must_use]
pub fn nearest(names: impl Iterator<Item = &'static str>, name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let best = names.map(|known| (edit_distance(&known.to_ascii_lowercase(), &lower), known)).min()?;
    (best.0 <= name.len() / 3 + 1).then_some(best.1)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour's place to make one word the other.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(100).enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (cb, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = if ca == *cb { diagonal } else { 1 + diagonal.min(left).min(*cell) };
            diagonal = *cell;
            *cell = cost;
            left = cost;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn near_names() {
        assert_eq!(nearest(["retries", "route"].into_iter(), "retrys"), Some("retries"));
        assert_eq!(nearest(["retries", "route"].into_iter(), "mirror"), None);
    }
}
