//! Tests in the format of istio-config-validator: Istio's answer to them, and that tool's own.

mod format;
mod parts;
mod places;
mod reference;
mod truth;
mod url;

pub use format::TestCase;
pub(crate) use format::{Unread, is_ours, read};
pub(crate) use reference::run as run_as_reference;
pub(crate) use truth::run;

use crate::reader::Located;
use crate::verdict::TestResult;

/// A single request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    pub(crate) authority: String,
    pub(crate) method: String,
    /// As written.
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Input {
    /// The requests of a test in the tool's order (`unit.go`, `Unfold`).
    pub(crate) fn all(case: &TestCase) -> Vec<Self> {
        let mut out = Vec::new();
        let text = |value: &Located<String>| value.value.clone();
        for uri in &case.uris {
            for authority in &case.authorities {
                out.extend(case.methods.iter().map(|method| Self {
                    authority: text(authority),
                    method: text(method),
                    uri: text(uri),
                    headers: case.headers.clone(),
                }));
            }
        }
        out
    }

    pub(crate) fn line(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        format!("{} {}{}{headers}", self.method, self.authority, self.uri)
    }

    /// The result of this request of `case` before anything speaks against it.
    pub(crate) fn unjudged(&self, case: &TestCase) -> TestResult {
        TestResult {
            name: case.description.clone(),
            input: self.line(),
            place: case.place,
            passed: true,
            mismatches: Vec::new(),
            won_by: Vec::new(),
            near: Vec::new(),
            undecided: None,
        }
    }
}
