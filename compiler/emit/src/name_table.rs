//! The name table of the agent's DNS.

use std::collections::BTreeMap;

use mp_ir::plan::NameEntry;
use serde_json::{Map, Value};

use crate::json::{Object, list};

/// The table as a resource.
pub(crate) fn message(table: &BTreeMap<String, NameEntry>) -> Value {
    let entries = table.iter().map(|(name, known)| (name.clone(), entry(known)));
    let table: Map<String, Value> = entries.collect();
    Object::typed("istio.networking.nds.v1.NameTable").unless_default("table", Value::Object(table)).into()
}

fn entry(entry: &NameEntry) -> Value {
    Object::new()
        .unless_default("ips", list(entry.ips.iter().map(String::as_str)))
        .set("registry", if entry.kubernetes { "Kubernetes" } else { "External" })
        .unless_default("shortname", entry.short_name.as_str())
        .unless_default("namespace", entry.namespace.as_str())
        .into()
}
