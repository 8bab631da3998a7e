//! The API server's part: the schema of the CRD, its CEL rules, and strict field names.
//!
//! The stages and their order are those of Istio's own validator of custom resources (`pkg/config/crd/validator.go`,
//! `ValidateCustomResource`): the first stage that finds something is the last.

mod cel;
mod document;
mod functions;
mod lists;
mod outcome;
mod place;
mod rules;
mod scalar;
mod structure;
pub(crate) mod table;
mod unknown;
mod url;
mod words;

use super::{Review, Subject};
use crate::node::Node;
use cel::Budget;
use document::Item;
use outcome::Outcome;
use place::Place;

/// Whether a CRD serves this version of a kind.
pub(super) fn is_served(group: &str, version: &str, kind: &str) -> bool {
    table::served(group, version, kind).is_some()
}

/// Adds what the API server says.
pub(super) fn review(subject: Subject, root: Node<'_>, review: &mut Review) {
    let Subject::Object(_) = subject else { return };
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let Some((group, version)) = text("apiVersion").split_once('/') else { return };
    let Some(schema) = table::served(group, version, text("kind")) else { return };
    let item = Item::read(root, Some(schema));
    let found = structure::check(schema, &item, Place::Root);
    if !found.is_valid() {
        review.errors.extend(found.faults);
        return;
    }
    let mut found = Outcome::default();
    lists::check(schema, &item, Place::Root, &mut found);
    if !found.is_valid() {
        review.errors.extend(found.faults);
        return;
    }
    let before = review.errors.len();
    unknown::check(schema, &item, Place::Root, &mut review.errors);
    if review.errors.len() == before {
        // Running out of budget is among the faults.
        let _ = rules::check(schema, &item, Place::Root, &mut Budget::default(), &mut found);
        review.errors.extend(found.faults);
    }
}
