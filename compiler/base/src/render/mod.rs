//! How findings are shown: one file per form.
//!
//! Every form shows the findings in the same order (file, place, code), and no frame shows a byte that [`Report::secrets`] covers.

mod concise;
mod excerpt;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod place;
mod rdjson;
mod sarif;
mod summary;

#[cfg(test)]
mod samples;

pub use concise::concise;
pub use fingerprint::fingerprints;
pub use full::full;
pub use github::github;
pub use gitlab::gitlab;
pub use json::{json, json_lines, json_schema};
pub use junit::{junit, xml_text};
pub use rdjson::rdjson;
pub use sarif::sarif;

use std::borrow::Cow;

use crate::{Diagnostic, Level, ObjectRef, Origin, Sources, Span};

/// What is known of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `MP` and four digits.
    pub code: &'static str,
    /// The code's name in kebab case.
    pub name: &'static str,
    /// One line.
    pub title: String,
    /// The documentation as Markdown.
    pub docs: String,
    /// How bad its findings are by default.
    pub level: Level,
}

/// Something that could not be decided because input is missing or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The object that it is about.
    pub object: Option<ObjectRef>,
    /// Why, lower case without a full stop.
    pub reason: String,
    /// Where it is.
    pub origin: Origin,
}

/// Everything that a form needs.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What was found, in any order.
    pub findings: Vec<Diagnostic>,
    /// What could not be decided.
    pub unknown: Vec<Unknown>,
    /// The texts that the spans point into.
    pub sources: &'a Sources,
    /// The codes.
    pub rules: &'a [Rule],
    /// Values that no form may show, such as those of a Kubernetes Secret.
    pub secrets: Vec<Span>,
}

impl Report<'_> {
    /// The findings by path, place, code and message. Those about a secret say nothing that could be a part of it.
    #[must_use]
    pub fn ordered(&self) -> Vec<Cow<'_, Diagnostic>> {
        let mut all: Vec<&Diagnostic> = self.findings.iter().collect();
        all.sort_by_cached_key(|d| {
            let span = d.primary.span;
            (self.path(span), span.start, span.end, d.code, d.message.clone())
        });
        all.into_iter().map(|finding| self.without_secrets(finding)).collect()
    }

    fn without_secrets<'d>(&self, finding: &'d Diagnostic) -> Cow<'d, Diagnostic> {
        let labels = || std::iter::once(&finding.primary).chain(&finding.related);
        if !labels().any(|label| self.is_secret(label.span)) {
            return Cow::Borrowed(finding);
        }
        let mut finding = finding.clone();
        let texts = [&mut finding.message, &mut finding.primary.message].into_iter().chain(&mut finding.help);
        for text in texts.chain(finding.related.iter_mut().map(|label| &mut label.message)) {
            *text = covered(text);
        }
        finding.fix = None;
        Cow::Owned(finding)
    }

    /// What could not be decided, by path, place and reason.
    #[must_use]
    pub fn ordered_unknown(&self) -> Vec<&Unknown> {
        let mut all: Vec<&Unknown> = self.unknown.iter().collect();
        all.sort_by_cached_key(|u| {
            let place = u.origin.map(|span| (self.path(span), span.start));
            (place, u.object.clone(), u.reason.clone())
        });
        all
    }

    /// The name of a span's file; empty when there is no such file.
    fn path(&self, span: Span) -> &str {
        self.sources.get(span.file).map_or("", |file| file.path())
    }

    fn is_secret(&self, span: Span) -> bool {
        let meets =
            |s: &Span| s.file == span.file && s.start < span.end.max(span.start + 1) && span.start < s.end;
        self.secrets.iter().any(meets)
    }
}

/// Words about a secret: what stands in backticks, and every digit, may be a part of it.
fn covered(text: &str) -> String {
    let mut quoted = false;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '`' => {
                out.push_str(if quoted { "***`" } else { "`" });
                quoted = !quoted;
            }
            _ if quoted => {}
            _ if c.is_ascii_digit() => out.push('*'),
            _ => out.push(c),
        }
    }
    out
}

/// Where the documentation of a code is.
fn docs_hint(code: &str) -> String {
    format!("meshproof explain {code}")
}

/// Text for a terminal or a log: control characters and those that turn the direction of text are shown as U+FFFD.
fn plain_text(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { ' ' } else { visible(c) }).collect()
}

/// A character that does nothing but stand there.
fn visible(c: char) -> char {
    let hidden =
        (c.is_control() && c != '\t') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if hidden { char::REPLACEMENT_CHARACTER } else { c }
}

/// `1 error`, `2 errors`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
