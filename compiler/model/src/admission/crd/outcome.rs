//! What a stage found.

use super::document::Item;
use crate::admission::{Complaint, Layer, Misfit, Topic};
use crate::base::Span;
use crate::path::{Place, Style};

/// One fault, in the words of the API server and as what it is.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) complaint: Complaint,
    pub(super) misfit: Misfit,
    /// It only says why an alternative does not fit.
    pub(super) within: bool,
}

/// Faults so far, and how many checks were made: of several alternatives the one that got furthest is the one that is reported
/// (kube-openapi `validate/result.go`).
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) faults: Vec<Fault>,
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

    /// As [`Outcome::merge`], for the alternative that came nearest.
    pub(super) fn merge_alternative(&mut self, mut other: Outcome) {
        other.faults.iter_mut().for_each(|fault| fault.within = true);
        self.merge(other);
    }

    fn add(&mut self, fault: Fault) {
        if !self.faults.iter().any(|known| known.complaint.message == fault.complaint.message) {
            self.faults.push(fault);
        }
    }

    /// `path: body` at an item.
    pub(super) fn fault(
        &mut self,
        place: Place<'_>,
        style: Style,
        item: &Item<'_>,
        body: &str,
        misfit: Misfit,
    ) {
        self.at(place, item.span, format!("{}: {body}", place.text(style)), misfit);
    }

    /// A fault in its own words.
    pub(super) fn at(&mut self, place: Place<'_>, span: Span, message: String, misfit: Misfit) {
        let complaint =
            Complaint { layer: Layer::Crd, topic: Topic::Rule, message, path: place.path(), span };
        self.add(Fault { complaint, misfit, within: false });
    }
}
