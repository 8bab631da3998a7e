//! What a policy applies to: selectors and references (istio 1.31 `pkg/config/validation/validation.go`).

use super::findings::Findings;
use super::words::selector_labels;
use crate::admission::decode::message::Message;

const ALLOWED: [(&str, &str); 4] = [
    ("", "Service"),
    ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
];
const NAMED: &str = "[core/v1/Service networking.istio.io/v1/ServiceEntry gateway.networking.k8s.io/v1/Gateway gateway.networking.k8s.io/v1/GatewayClass]";

/// `validateWorkloadSelector` of `selector` or `workloadSelector`.
pub(super) fn workload_selector(out: &mut Findings, rule: &Message) {
    let Some(selector) = rule.message("selector").or_else(|| rule.message("workloadSelector")) else {
        return;
    };
    selector_labels(out, selector, "matchLabels");
    if selector.entries("matchLabels").is_empty() {
        out.warn(&selector.place, "workload selector specified without labels");
    }
}

/// Selector and references together, with only one kind of them allowed.
pub(super) fn targets(out: &mut Findings, rule: &Message) {
    let set = [rule.has("selector"), rule.has("targetRef"), !rule.items("targetRefs").is_empty()];
    if set.iter().filter(|set| **set).count() > 1 {
        out.at(rule, "selector", "only one of targetRefs or workloadSelector can be set");
    }
    workload_selector(out, rule);
    for reference in rule.message("targetRef").into_iter().chain(rule.messages("targetRefs")) {
        out.error_if(reference.text("name").is_empty(), reference, "name", "targetRef name must be set");
        let crosses = !reference.text("namespace").is_empty();
        out.error_if(
            crosses,
            reference,
            "namespace",
            "targetRef namespace must not be set; cross namespace referencing is not supported",
        );
        let (group, kind) = (reference.text("group"), reference.text("kind"));
        let group_key = if group == "core" { "" } else { group };
        if !ALLOWED.contains(&(group_key, kind)) {
            out.at(reference, "kind", format!("targetRef must be to one of {NAMED} but was {group}/{kind}"));
        }
    }
}
