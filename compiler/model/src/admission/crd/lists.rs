//! The second stage: items of sets and of maps by key are unique (apiextensions `schema/listtype/validation.go`).

use std::collections::BTreeMap;

use super::document::{Datum, Gap, Item};
use super::outcome::Outcome;
use super::table::{ListType, Schema};
use super::words::{bad_value, json, json_text};
use crate::admission::Misfit;
use crate::path::{Place, Style};

/// Checks all lists of a value.
pub(super) fn check(schema: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    if !schema.has_lists {
        return;
    }
    match &item.datum {
        Datum::List(items, gap) => {
            if *gap == Gap::None {
                list(schema, items, place, out);
            }
            for (at, value) in items.iter().enumerate() {
                if let Some(of) = schema.items() {
                    check(of, value, Place::Index(&place, at), out);
                }
            }
        }
        Datum::Map(entries, _) => {
            for entry in entries {
                if let Some(of) = schema.property(entry.key) {
                    check(of, &entry.value, Place::Field(&place, entry.key), out);
                } else if let Some(of) = schema.additional() {
                    check(of, &entry.value, Place::Key(&place, entry.key), out);
                }
            }
        }
        _ => {}
    }
}

fn list(schema: &Schema, items: &[Item<'_>], place: Place<'_>, out: &mut Outcome) {
    let keys: Vec<String> = match schema.list {
        ListType::Atomic => return,
        ListType::Set => items.iter().map(json).collect(),
        ListType::Map(names) => items.iter().map(|item| key(item, names)).collect(),
    };
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (key, item)) in keys.iter().zip(items).enumerate() {
        let times = seen.entry(key).or_default();
        *times += 1;
        // The third of a kind is not told again.
        if *times == 2 {
            let value = if schema.list == ListType::Set { bad_value(item) } else { key.clone() };
            let body = format!("Duplicate value: {value}");
            out.fault(Place::Index(&place, at), Style::Brackets, item, &body, Misfit::Duplicate(value));
        }
    }
}

/// The keys of an item that are there, as JSON.
fn key(item: &Item<'_>, names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    let present = names.iter().filter_map(|name| Some((*name, item.get(name)?)));
    let rows: Vec<String> =
        present.map(|(name, value)| format!("{}:{}", json_text(name), json(value))).collect();
    format!("{{{}}}", rows.join(","))
}
