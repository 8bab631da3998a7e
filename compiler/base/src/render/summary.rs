//! How many findings of each level there are.

use serde::Serialize;

use super::{Report, counted};
use crate::{Applicability, Diagnostic, Level};

/// Counts of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) infos: usize,
    /// Findings with a mend that may be applied.
    pub(super) fixable: usize,
    pub(super) unknown: usize,
}

pub(super) fn is_fixable(finding: &Diagnostic) -> bool {
    finding.fix.as_ref().is_some_and(|fix| fix.applicability != Applicability::DisplayOnly)
}

pub(super) fn summary(report: &Report<'_>) -> Summary {
    let count = |level| report.findings.iter().filter(|d| d.level == level).count();
    Summary {
        errors: count(Level::Error),
        warnings: count(Level::Warning),
        infos: count(Level::Info),
        fixable: report.findings.iter().filter(|d| is_fixable(d)).count(),
        unknown: report.unknown.len(),
    }
}

impl Summary {
    /// `2 errors, 1 warning, 0 infos; 1 fixable; 3 unknown`.
    pub(super) fn line(&self) -> String {
        let parts =
            [counted(self.errors, "error"), counted(self.warnings, "warning"), counted(self.infos, "info")];
        let mut line = parts.join(", ");
        if self.fixable > 0 {
            line.push_str(&format!("; {} fixable", self.fixable));
        }
        if self.unknown > 0 {
            line.push_str(&format!("; {} unknown", self.unknown));
        }
        line
    }
}
