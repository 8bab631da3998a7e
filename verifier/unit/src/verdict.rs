//! What a test came to.

use mp_model::base::{Origin, Span};

/// One request of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// The request in one line.
    pub input: String,
    /// The test in its file.
    pub place: Span,
    /// Whether all is as expected.
    pub passed: bool,
    /// What is not.
    pub mismatches: Vec<Mismatch>,
    /// The rules that decided, in the order of the request's way.
    pub won_by: Vec<Note>,
    /// Rules that nearly would have, with the condition that they missed.
    pub near: Vec<Note>,
    /// Why nobody can say what happens; such a test never passes.
    pub undecided: Option<String>,
}

/// A field that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The field of the test.
    pub field: String,
    /// What the test wants.
    pub expected: String,
    /// What is.
    pub actual: String,
    /// The expectation in the test file.
    pub origin: Origin,
}

/// A sentence with the line behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// In lower case.
    pub text: String,
    /// The YAML behind it.
    pub origin: Origin,
}

impl Note {
    /// A sentence with its line.
    #[must_use]
    pub fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self { text: text.into(), origin }
    }
}
