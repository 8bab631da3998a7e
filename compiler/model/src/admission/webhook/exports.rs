//! `exportTo` (istio 1.31 `pkg/config/validation/validation.go`, `validateExportTo`).

use super::findings::Findings;
use super::words::is_label;
use crate::admission::decode::message::Message;

/// All rules of the list.
pub(super) fn export_to(
    out: &mut Findings,
    rule: &Message,
    namespace: &str,
    service_entry: bool,
    selector: bool,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (entry, at) in rule.texts("exportTo") {
        let key = if entry == "." { namespace } else { entry };
        if seen.contains(&key) {
            if key == entry {
                out.error(at, format!("duplicate entries in exportTo for entry {entry}"));
            } else {
                out.error(at, format!("duplicate entries in exportTo: . and current namespace {namespace}"));
            }
        } else if service_entry && entry == "~" || matches!(key, "." | "*") || key != "~" && is_label(key) {
            seen.push(key);
        } else if key == "~" {
            out.error(at, "exportTo ~ (none) is not allowed for Istio configuration objects");
        } else {
            out.error(at, "only .,*, or a valid DNS 1123 label is allowed as exportTo entry");
        }
    }
    together(out, rule, &seen, if selector { Some(namespace) } else { None });
}

/// Which entries may stand beside each other.
fn together(out: &mut Findings, rule: &Message, seen: &[&str], own: Option<&str>) {
    let place = rule.at("exportTo");
    if let Some(namespace) = own.filter(|_| !seen.is_empty()) {
        if !seen.contains(&namespace) {
            out.error(
                &place,
                "destination rule with workload selector cannot have exportTo beyond current namespace",
            );
        } else if seen.len() > 1 {
            out.error(
                &place,
                "destination rule with workload selector cannot have multiple entries in exportTo",
            );
        }
    }
    let many = rule.items("exportTo").len() > 1;
    if many && seen.contains(&"*") {
        out.error(&place, "cannot have both public (*) and non-public exportTo values for a resource");
    }
    if many && seen.contains(&"~") {
        out.error(&place, "cannot export service entry to no one (~) and someone");
    }
}
