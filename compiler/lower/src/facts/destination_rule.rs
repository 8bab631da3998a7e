//! DestinationRules.

use mp_ir::base::At;
use mp_ir::mesh::{DestinationRule, Mesh, Subset};
use mp_model::views::networking as view;
use mp_model::{Kind, Object, Workspace};

use super::earlier::Kept;
use super::{at, by_age, meta, names, traffic_policy};

/// Reads all DestinationRules, oldest first.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh, kept: &mut Kept) {
    for object in ws.of_kind(Kind::DestinationRule) {
        if let Some(rule) = kept.destination_rule(object) {
            mesh.destination_rules.push(rule);
        } else if let Some(spec) = ws.spec(object) {
            let rule = convert(object, spec, &mesh.settings.domain);
            mesh.destination_rules.push(rule);
        }
    }
    mesh.destination_rules.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

fn convert(object: &Object, spec: view::DestinationRule<'_>, domain: &str) -> DestinationRule {
    let host = at(spec.host());
    let selector = spec.workload_selector();
    DestinationRule {
        meta: meta(object),
        host: At { value: names::hostname(&host.value, &object.namespace, domain), origin: host.origin },
        traffic_policy: spec.traffic_policy().map(traffic_policy::policy),
        subsets: spec.subsets().iter().map(subset).collect(),
        visibility: names::visibility(spec.export_to()),
        workload_selector: selector.map(|s| s.match_labels().to_sorted()).unwrap_or_default(),
        workload_selector_written: selector.is_some(),
    }
}

fn subset(subset: view::Subset<'_>) -> Subset {
    Subset {
        name: at(subset.name()),
        labels: subset.labels().to_sorted(),
        traffic_policy: subset.traffic_policy().map(traffic_policy::policy),
        origin: Some(subset.0.span()),
    }
}
