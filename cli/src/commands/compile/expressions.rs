//! CEL expressions of access logs that Envoy would refuse.

use std::collections::BTreeSet;

use mp_emit::Fault;
use mp_ir::mesh::Mesh;
use mp_model::admission::cel_fault;

/// Those of a bootstrap's expressions that cannot be read, each with the entry of the Telemetry that has it.
pub(super) fn faults(mesh: &Mesh, used: &BTreeSet<String>) -> Vec<Fault> {
    let rules = || mesh.telemetries.iter().flat_map(|telemetry| &telemetry.access_logging);
    let fault = |text: &String| {
        let why = cel_fault(text)?;
        let origin = rules().find(|rule| rule.filter.as_ref() == Some(text)).and_then(|rule| rule.origin);
        Some(Fault { origin, message: format!("`{text}` is no CEL expression: {why}") })
    };
    used.iter().filter_map(fault).collect()
}
