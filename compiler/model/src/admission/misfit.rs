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
