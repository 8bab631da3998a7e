//! Typed objects to facts, one file per kind.

mod authorization_policy;
mod peer_authentication;
mod request_authentication;

use std::cmp::Ordering;

use mp_ir::mesh::{Compat, Mesh, Meta};
use mp_model::{Object, Workspace};

use crate::FactOptions;

/// Reads all facts.
pub(crate) fn read(ws: &Workspace, options: &FactOptions) -> Mesh {
    let mut mesh = Mesh { compat: Compat { env: options.env.clone(), ..Compat::default() }, ..Mesh::default() };
    if let Some(version) = options.version {
        mesh.compat.version = version;
    }
    authorization_policy::read(ws, &mut mesh);
    peer_authentication::read(ws, &mut mesh);
    request_authentication::read(ws, &mut mesh);
    mesh
}

/// The head of an object.
pub(crate) fn meta(object: &Object) -> Meta {
    Meta {
        object: object.reference(),
        labels: object.labels.clone(),
        annotations: object.annotations.clone(),
        created: object.created,
        order: object.id.0,
        origin: Some(object.name_span),
    }
}

/// The order of age of Istio's kinds: written times first, equal ones by name and namespace; objects without a time
/// follow in the order of the input (`configCompareByCreationTime`, and how istiod's stores stamp what they read).
pub(crate) fn by_age(a: &Meta, b: &Meta) -> Ordering {
    let names = || (a.name(), a.namespace()).cmp(&(b.name(), b.namespace()));
    match (a.created, b.created) {
        (Some(x), Some(y)) => x.cmp(&y).then_with(names),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.order.cmp(&b.order),
    }
}
