//! The third stage: fields that the schema does not have (apiextensions `schema/pruning/algorithm.go`).

use super::document::{Datum, Entry, Item};
use super::outcome::Fault;
use super::table::Schema;
use crate::admission::{Complaint, Layer, Misfit, Topic};
use crate::base::nearest;
use crate::path::{Place, Style};

/// Which fields of a value are unknown.
pub(super) fn check(schema: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Vec<Fault>) {
    match &item.datum {
        Datum::Map(entries, _) => {
            let is_root = matches!(place, Place::Root);
            for entry in entries {
                if let Some(of) = schema.property(entry.key) {
                    check(of, &entry.value, Place::Field(&place, entry.key), out);
                } else if let Some(of) = schema.additional() {
                    check(of, &entry.value, Place::Key(&place, entry.key), out);
                } else if !(schema.preserve || is_root && is_meta(entry.key)) {
                    out.extend(fault(schema, entry, place));
                }
            }
        }
        Datum::List(items, _) => {
            for (at, value) in items.iter().enumerate() {
                if let Some(of) = schema.items() {
                    check(of, value, Place::Index(&place, at), out);
                }
            }
        }
        _ => {}
    }
}

/// CRDs do not spell out the fields of metadata.
fn fault(schema: &Schema, entry: &Entry<'_>, place: Place<'_>) -> Option<Fault> {
    let path = Some(place.below(entry.key, Style::Dots)).filter(|path| !path.starts_with("metadata."))?;
    let misfit = Misfit::UnknownField(nearest(schema.properties.iter().map(|(name, _)| *name), entry.key));
    let message = format!("unknown field \"{path}\"");
    let complaint =
        Complaint { layer: Layer::UnknownField, topic: Topic::Rule, message, path, span: entry.value.anchor };
    Some(Fault { complaint, misfit, within: false })
}

fn is_meta(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind" | "metadata")
}
