//! The API server's part: the schema of the CRD, its CEL rules, and strict field names.
//!
//! The stages and their order are those of Istio's own validator of custom resources (`pkg/config/crd/validator.go`,
//! `ValidateCustomResource`): the first stage that finds something is the last.

pub(super) mod addr;
mod cel;
mod document;
mod functions;
mod lists;
mod outcome;
mod rules;
mod scalar;
mod structure;
pub(crate) mod table;
mod unknown;
pub(super) mod url;
pub(super) mod words;

use super::{Nonconformity, Review, Subject};
use crate::node::Node;
use crate::path::Place;
use cel::Budget;
use document::{Item, Nulls};
use outcome::{Fault, Outcome};
use table::Schema;

/// Whether a CRD serves this version of a kind.
pub(super) fn is_served(group: &str, version: &str, kind: &str) -> bool {
    table::served(group, version, kind).is_some()
}

/// The versions of a kind that a CRD serves, newest first.
#[must_use]
pub fn served_versions(group: &str, kind: &str) -> Vec<&'static str> {
    table::versions(group, kind)
}

fn schema_of(root: Node<'_>) -> Option<&'static Schema> {
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/')?;
    table::served(group, version, text("kind"))
}

/// Adds what the API server says.
pub(super) fn review(subject: Subject, root: Node<'_>, review: &mut Review) {
    let (Subject::Object(_), Some(schema)) = (subject, schema_of(root)) else { return };
    let item = Item::read(root, Some(schema), Nulls::Stay);
    for stage in [structure, list_types, unknown_fields, cel_rules] {
        let found = stage(schema, &item);
        if !found.is_empty() {
            review.errors.extend(found.into_iter().map(|fault| fault.complaint));
            return;
        }
    }
}

/// All that does not fit, whatever the stage, in the order of the text; `None` where no CRD serves the version of the kind. Unlike in
/// [`super::review`] a null where none is admitted counts as absent, as it does for the API server, and `status`, which is the cluster's
/// own, is not looked at.
#[must_use]
pub fn misfits(root: Node<'_>) -> Option<Vec<Nonconformity>> {
    let schema = schema_of(root)?;
    let item = Item::read(root, Some(schema), Nulls::Go);
    let mut found = structure(schema, &item);
    let whole = found.is_empty();
    found.extend(list_types(schema, &item));
    found.extend(unknown_fields(schema, &item));
    if whole {
        found.extend(cel_rules(schema, &item));
    }
    // Faults within alternatives are explained by the one that says that no alternative fits.
    let own = found.into_iter().filter(|fault| !fault.within && !fault.complaint.path.starts_with("status"));
    let mut found: Vec<Nonconformity> = own
        .map(|fault| Nonconformity::new(fault.misfit, fault.complaint.span, fault.complaint.path))
        .collect();
    found.sort_by_key(|place| place.span);
    Some(found)
}

fn structure(schema: &Schema, item: &Item<'_>) -> Vec<Fault> {
    structure::check(schema, item, Place::Root).faults
}

fn list_types(schema: &Schema, item: &Item<'_>) -> Vec<Fault> {
    let mut found = Outcome::default();
    lists::check(schema, item, Place::Root, &mut found);
    found.faults
}

fn unknown_fields(schema: &Schema, item: &Item<'_>) -> Vec<Fault> {
    let mut found = Vec::new();
    unknown::check(schema, item, Place::Root, &mut found);
    found
}

fn cel_rules(schema: &Schema, item: &Item<'_>) -> Vec<Fault> {
    let mut found = Outcome::default();
    // Running out of budget is among the faults.
    let _ = rules::check(schema, item, Place::Root, &mut Budget::default(), &mut found);
    found.faults
}
