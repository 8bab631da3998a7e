//! Verdicts as findings, for the forms that `check` reports in.

use mp_ir::base::{Diagnostic, Label, Level, Span};

use super::{Report, Verdict};
use crate::invariant::Severity;
use crate::question::Truth;

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Info => Level::Info,
        }
    }
}

/// The violated properties that stand somewhere in the input; `request` puts a witness into words.
#[must_use]
pub fn findings(report: &Report, request: &dyn Fn(&Verdict) -> Option<String>) -> Vec<Diagnostic> {
    let violated = report.verdicts.iter().filter(|verdict| verdict.answer == Truth::Violated);
    violated.filter_map(|verdict| Some(finding(verdict, verdict.place()?, request(verdict)))).collect()
}

fn finding(verdict: &Verdict, place: Span, request: Option<String>) -> Diagnostic {
    let (namespace, name) = &verdict.workload;
    let more =
        if verdict.twins.is_empty() { String::new() } else { format!(" and {} more", verdict.twins.len()) };
    let at = if name.is_empty() { String::new() } else { format!(" (at `{namespace}/{name}`{more})") };
    let message = format!("{}{at}", verdict.message);
    let mut out = Diagnostic::new(verdict.code, verdict.property, verdict.severity.into(), place, message);
    out.primary.message = request.unwrap_or_default();
    out.help.clone_from(&verdict.help);
    let places = verdict.because.iter().filter_map(|reason| Some((reason.origin?, &reason.text)));
    let others = places.filter(|(span, _)| *span != place);
    out.related = others.map(|(span, text)| Label::new(span, text.clone())).collect();
    out
}

impl Verdict {
    /// Where it is shown: where the property is written, else the last line that the answer rests on.
    #[must_use]
    pub fn place(&self) -> Option<Span> {
        self.origin.or_else(|| self.because.iter().rev().find_map(|reason| reason.origin))
    }
}
