//! CEL expressions of access logs that Envoy would refuse.

use std::collections::BTreeSet;

use mp_emit::{Bootstrap, Fault};
use mp_ir::mesh::Mesh;
use mp_model::admission::cel_fault;
use serde_json::Value;

/// Expressions of a bootstrap that cannot be read, each with the entry of the Telemetry that has it.
pub(super) fn faults(mesh: &Mesh, made: &Bootstrap) -> Vec<Fault> {
    let mut used = BTreeSet::new();
    collect(&made.json, &mut used);
    let rules = || mesh.telemetries.iter().flat_map(|telemetry| &telemetry.access_logging);
    let fault = |text: &&str| {
        let why = cel_fault(text)?;
        let origin = rules().find(|rule| rule.filter.as_deref() == Some(*text)).and_then(|rule| rule.origin);
        Some(Fault { origin, message: format!("`{text}` is no CEL expression: {why}") })
    };
    used.iter().filter_map(fault).collect()
}

/// The expressions of all filters of logs.
fn collect<'v>(value: &'v Value, into: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            let kind = fields.get("@type").and_then(Value::as_str).unwrap_or_default();
            if kind.ends_with(".filters.cel.v3.ExpressionFilter") {
                into.extend(fields.get("expression").and_then(Value::as_str));
            }
            fields.values().for_each(|field| collect(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
