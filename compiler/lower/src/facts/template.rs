//! The Pods that Deployments and their like would make.

use mp_ir::mesh::{Mesh, Workload};
use mp_model::views::k8s;
use mp_model::{Kind, Node, Object, Workspace};

use super::open_labels;
use super::workload::of_spec;

/// Kinds that make Pods, with the way to the template in them.
const OWNERS: &[(Kind, &[&str])] = &[
    (Kind::Deployment, &["spec", "template"]),
    (Kind::StatefulSet, &["spec", "template"]),
    (Kind::DaemonSet, &["spec", "template"]),
    (Kind::ReplicaSet, &["spec", "template"]),
    (Kind::Job, &["spec", "template"]),
    (Kind::CronJob, &["spec", "jobTemplate", "spec", "template"]),
];

/// Fills [`Mesh::templates`], each kind in input order.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh) {
    for (kind, path) in OWNERS {
        mesh.templates.extend(ws.of_kind(*kind).filter_map(|object| template(ws, object, path)));
    }
}

fn template(ws: &Workspace, object: &Object, path: &[&str]) -> Option<Workload> {
    let node = path.iter().try_fold(ws.root(object)?, |node: Node<'_>, key| node.get(key))?;
    let template = k8s::PodTemplateSpec(node);
    let metadata = template.metadata();
    let labels = metadata.map(|m| m.labels().to_sorted()).unwrap_or_default();
    let mut out = of_spec(ws, object, &labels, template.spec());
    out.meta.annotations = metadata.map(|m| m.annotations().to_sorted()).unwrap_or_default();
    out.meta.labels = labels;
    out.open_labels = open_labels::of(ws, object, node);
    out.from_template = true;
    Some(out)
}
