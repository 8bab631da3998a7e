//! What the rules of one document found.

use crate::admission::decode::message::{Message, Place};
use crate::admission::{Complaint, Layer, Review};

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<(String, Place)>,
    pub(super) warnings: Vec<(String, Place)>,
}

impl Findings {
    /// An error.
    pub(super) fn error(&mut self, place: &Place, text: impl Into<String>) {
        self.errors.push((text.into(), place.clone()));
    }

    /// A warning.
    pub(super) fn warn(&mut self, place: &Place, text: impl Into<String>) {
        self.warnings.push((text.into(), place.clone()));
    }

    /// An error at a field of a message.
    pub(super) fn at(&mut self, message: &Message, field: &str, text: impl Into<String>) {
        self.errors.push((text.into(), message.at(field)));
    }

    /// An error, if a check gave one.
    pub(super) fn check(&mut self, place: &Place, result: Result<(), String>) {
        if let Err(text) = result {
            self.error(place, text);
        }
    }

    /// An error at a field, if the condition holds.
    pub(super) fn error_if(&mut self, bad: bool, message: &Message, field: &str, text: &str) {
        if bad {
            self.at(message, field, text);
        }
    }

    /// Everything that others found.
    pub(super) fn extend(&mut self, other: Findings) {
        self.errors.extend(other.errors);
        self.warnings.extend(other.warnings);
    }

    /// The errors that others found; upstream loses the warnings there.
    pub(super) fn extend_errors(&mut self, other: Findings) {
        self.errors.extend(other.errors);
    }

    /// Puts a word before every error, as `multierror.Prefix` does.
    pub(super) fn prefixed(mut self, prefix: &str) -> Findings {
        for (text, _) in &mut self.errors {
            *text = format!("{prefix} {text}");
        }
        self
    }

    pub(super) fn report(self, review: &mut Review) {
        let complaint = |(message, place): (String, Place)| Complaint {
            layer: Layer::Validation,
            message,
            path: place.path.trim_start_matches('.').to_owned(),
            span: place.span,
        };
        review.errors.extend(self.errors.into_iter().map(complaint));
        review.warnings.extend(self.warnings.into_iter().map(complaint));
    }
}
