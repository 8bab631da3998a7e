//! # Unknown field
//!
//! The kind has no field of this name. The API server refuses the object under strict validation, and otherwise drops the field
//! silently, so that what it should have said never takes effect. That the name of the protocol buffer (`per_try_timeout`) means the
//! same to Istio's own tools does not help: the API server knows the names of the CRD alone.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - retrys: {attempts: 3}
//! #   ^^^^^^ MP0101 retrys
//!     retries: {attempts: 3, per_try_timeout: 2s}
//! #                          ^^^^^^^^^^^^^^^ MP0101 per_try_timeout
//!     directResponse: {status: 200}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - retries: {attempts: 3, perTryTimeout: 2s}
//!     directResponse: {status: 200}
//! status: {whatever: the cluster says}
//! ```

use mp_ir::base::{Fix, Level, ObjectRef};
use mp_model::admission::{Misfit, Nonconformity};
use mp_model::base::{edit_distance, slip};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0101",
    name: "unknown-field",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("unknown_field.rs"),
    run,
};

/// The same field under its right name, unless that is there already.
fn rename(cx: &Cx<'_>, object: &ObjectRef, found: &Nonconformity, near: &str) -> Option<Fix> {
    let parent = found.path.strip_suffix(found.field.as_str())?;
    let taken = cx.place(object, &format!("{parent}{near}")).is_some();
    let written = found.field.as_str();
    // The names are few and known: two slips in a long word are still that word.
    let meant = slip([near], written).is_some() || written.len() >= 6 && edit_distance(near, written) <= 2;
    if taken || !meant {
        return None;
    }
    cx.workspace.replacement(found.span, written, near, format!("write `{near}`"))
}

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::UnknownField(near) = found.misfit else { continue };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove it; the kind's reference lists its fields".to_owned(),
        };
        let message = format!("{} has no field `{}` here", object.kind, found.field);
        let fix = near.and_then(|near| rename(cx, &object, found, near));
        out.at(found.span, Some(&object), found.path.clone(), message)
            .label("dropped or refused")
            .help(help)
            .fix(fix);
    }
}
