//! # Object defined twice
//!
//! Two objects of one kind, namespace and name stand in the same folder. Whoever is applied last wins, so one of them is lost.
//! meshproof goes on with the last one. Equal names in different folders are usual (a base and its overlays) and not reported.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: shop}
//! #                ^ MP0110 replaced
//! spec: {ports: [{port: 80, name: http}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: shop}
//! spec: {ports: [{port: 81, name: http}]}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: shop}
//! spec: {ports: [{port: 80, name: http}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: pay}
//! spec: {ports: [{port: 81, name: http}]}
//! ```

use mp_ir::base::{FileId, Level};
use mp_model::Workspace;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0110",
    name: "duplicate-object",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("duplicate_object.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let replaced = cx.workspace.objects().iter().filter(|object| !object.live && !object.name.is_empty());
    for object in replaced {
        let Some(last) = cx.workspace.find(object.kind, &object.namespace, &object.name) else { continue };
        if folder(cx.workspace, object.file) != folder(cx.workspace, last.file) {
            continue;
        }
        let reference = object.reference();
        out.at(object.name_span, Some(&reference), "metadata.name", format!("{reference} is defined twice"))
            .label("replaced by the later definition")
            .also(Some(last.name_span), "this one counts")
            .help("keep one of the two, or give one another name");
    }
}

fn folder(workspace: &Workspace, file: FileId) -> &str {
    let path = workspace.sources().get(file).map(|f| f.path()).unwrap_or_default();
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
