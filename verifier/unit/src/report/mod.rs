//! What the tests came to, in each form.

mod json;
mod junit;
mod tap;
mod text;

pub use json::json;
pub use junit::junit;
pub use tap::tap;
pub use text::text;

use mp_ir::mesh::Unknown;
use mp_model::base::{Origin, Sources};

use crate::coverage::Coverage;
use crate::verdict::{Note, TestResult};

/// Everything that a form needs.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The requests, in the order of the files.
    pub results: &'a [TestResult],
    /// What they reach, where that is asked for.
    pub coverage: Option<&'a Coverage>,
    /// What was assumed for want of input.
    pub assumed: &'a [Unknown],
    /// The texts that spans point into.
    pub sources: &'a Sources,
}

impl<'a> Report<'a> {
    /// The requests of one test after another.
    fn tests(&self) -> impl Iterator<Item = &'a [TestResult]> + use<'a> {
        self.results.chunk_by(|a, b| a.place == b.place)
    }

    /// `file:line:column`; empty without a place.
    fn at(&self, origin: Origin) -> String {
        origin.map(|span| self.sources.locate(span)).unwrap_or_default()
    }

    /// A sentence with its place.
    fn noted(&self, note: &Note) -> String {
        let at = self.at(note.origin);
        if at.is_empty() { note.text.clone() } else { format!("{} ({at})", note.text) }
    }

    /// File and line.
    fn file_and_line(&self, result: &TestResult) -> (&'a str, u32) {
        let file = self.sources.get(result.place.file);
        file.map_or(("", 0), |file| (file.path(), file.line_col(result.place.start).line + 1))
    }
}

/// What is wrong with a request, one sentence each.
fn faults(result: &TestResult) -> Vec<String> {
    let mismatches =
        result.mismatches.iter().map(|m| format!("{}: expected {}, found {}", m.field, m.expected, m.actual));
    result.undecided.iter().cloned().chain(mismatches).collect()
}

/// `1 request`, `2 requests`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
