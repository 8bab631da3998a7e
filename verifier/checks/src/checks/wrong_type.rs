//! # Value of the wrong type
//!
//! The field takes another type of value: the object is refused when it is applied.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: shop.example
//! #        ^^^^^^^^^^^^ MP0102 list
//!   http:
//!   - timeout: 5
//! #            ^ MP0102 duration
//!     directResponse: {status: 200}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - timeout: 5s
//!     directResponse: {status: 200.0}
//!     retries: null
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0102",
    name: "wrong-type",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("wrong_type.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::WrongType(wanted) = found.misfit else { continue };
        let message = format!("`{}` takes {wanted}", found.field);
        out.at(found.span, Some(&object), found.path.clone(), message)
            .help(format!("write {wanted}"))
            .fix(cx.workspace.retyped(found.span, wanted));
    }
}
