//! # WorkloadGroups with the same labels
//!
//! Two WorkloadGroups of a namespace give their machines the same labels. Services and policies cannot tell the one group's machines from the other's.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-a, namespace: shop}
//! spec: {metadata: {labels: {app: vm}}, template: {serviceAccount: vm}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-b, namespace: shop}
//! spec: {metadata: {labels: {app: vm}}, template: {serviceAccount: vm}}
//! #                         ^^^^^^^^^ MP1038 shop/vm-a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-a, namespace: shop}
//! spec: {metadata: {labels: {app: vm}}, template: {serviceAccount: vm}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-b, namespace: shop}
//! spec: {metadata: {labels: {app: vm, zone: b}}, template: {serviceAccount: vm}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-a, namespace: pay}
//! spec: {metadata: {labels: {app: vm}}, template: {serviceAccount: vm}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm-b, namespace: pay}
//! spec: {template: {serviceAccount: vm}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_model::views::networking::WorkloadGroup;
use mp_model::{Kind, Object};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1038",
    name: "workload-groups-alike",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA1702"),
    source: include_str!("workload_groups_alike.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut first: BTreeMap<(&str, BTreeMap<String, String>), &Object> = BTreeMap::new();
    for group in cx.workspace.of_kind(Kind::WorkloadGroup) {
        let metadata = cx.workspace.spec::<WorkloadGroup<'_>>(group).and_then(|spec| spec.metadata());
        let Some(labels) = metadata.map(|metadata| metadata.labels()).filter(|labels| !labels.is_empty())
        else {
            continue;
        };
        let other = *first.entry((&group.namespace, labels.to_sorted())).or_insert(group);
        if other.id == group.id {
            continue;
        }
        let span = labels.span().unwrap_or(group.name_span);
        let message = format!("{} has the same labels", other.reference());
        out.at(span, Some(&group.reference()), "spec.metadata.labels", message)
            .label("Services and policies cannot tell the two apart")
            .also(Some(other.name_span), "the other group")
            .help("give each group a label of its own");
    }
}
