//! What a stage found.

use super::document::Item;
use super::place::{Place, Style};
use crate::admission::{Complaint, Layer};
use crate::base::Span;

/// Faults so far, and how many checks were made: of several alternatives the one that got furthest is the one that is reported
/// (kube-openapi `validate/result.go`).
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) faults: Vec<Complaint>,
    pub(super) checks: u32,
}

impl Outcome {
    pub(super) fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }

    /// Adds what another one holds.
    pub(super) fn merge(&mut self, other: Outcome) {
        self.checks += other.checks;
        for fault in other.faults {
            self.add(fault);
        }
    }

    fn add(&mut self, fault: Complaint) {
        if !self.faults.iter().any(|known| known.message == fault.message) {
            self.faults.push(fault);
        }
    }

    /// `path: body` at an item.
    pub(super) fn fault(&mut self, place: Place<'_>, style: Style, item: &Item<'_>, body: &str) {
        self.at(place, item.span, format!("{}: {body}", place.text(style)));
    }

    /// A fault in its own words.
    pub(super) fn at(&mut self, place: Place<'_>, span: Span, message: String) {
        self.add(Complaint { layer: Layer::Crd, message, path: place.path(), span });
    }
}
