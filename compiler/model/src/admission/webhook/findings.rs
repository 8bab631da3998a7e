//! What the rules of one document found.

use crate::admission::decode::message::{Message, Place};
use crate::admission::{Complaint, Layer, Review, Topic};

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<(String, Place)>,
    pub(super) warnings: Vec<(Topic, String, Place)>,
}

/// So many errors are told: rules that compare pairs find the square of what is written.
const MOST: usize = 10_000;

impl Findings {
    /// An error.
    pub(super) fn error(&mut self, place: &Place, text: impl Into<String>) {
        if !self.is_full() {
            self.errors.push((text.into(), place.clone()));
        }
    }

    /// Whether further errors are left out.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST
    }

    /// A warning.
    pub(super) fn warn(&mut self, place: &Place, text: impl Into<String>) {
        self.warn_of(Topic::Rule, place, text);
    }

    /// A warning of a special sort.
    pub(super) fn warn_of(&mut self, topic: Topic, place: &Place, text: impl Into<String>) {
        self.warnings.push((topic, text.into(), place.clone()));
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

    /// An error about a list, at the item that it speaks of.
    pub(super) fn error_in(&mut self, message: &Message, field: &str, text: String) {
        let place = culprit(message, field, &text).unwrap_or_else(|| message.at(field));
        self.error(&place, text);
    }

    pub(super) fn report(self, review: &mut Review) {
        let complaint = |topic: Topic, message: String, place: Place| Complaint {
            layer: Layer::Validation,
            topic,
            message,
            path: place.path.to_string(),
            span: place.span,
        };
        review.errors.extend(self.errors.into_iter().map(|(text, at)| complaint(Topic::Rule, text, at)));
        review.warnings.extend(self.warnings.into_iter().map(|(topic, text, at)| complaint(topic, text, at)));
    }
}

/// The item of a list that a text speaks of: the longest whose value stands in it as a word.
pub(super) fn culprit(message: &Message, field: &str, text: &str) -> Option<Place> {
    let stands = |value: &str| {
        // Paths are told without the slashes around them.
        let value = Some(value.trim_matches('/')).filter(|inner| !inner.is_empty()).unwrap_or(value);
        let is_word = |c: char| c.is_alphanumeric();
        text.match_indices(value).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + value.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    };
    let named = |value: &str| if value.is_empty() { text.contains("empty value") } else { stands(value) };
    let found = message.texts(field).filter(|(value, _)| named(value)).max_by_key(|(value, _)| value.len());
    found.map(|(_, place)| place.clone())
}
