//! # Item that stands twice in its list
//!
//! The list holds every item, or every item of a name, once. The API server refuses the object.
//!
//! ```yaml bad
//! apiVersion: extensions.istio.io/v1alpha1
//! kind: WasmPlugin
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   url: oci://registry.example/filter:1
//!   vmConfig:
//!     env:
//!     - {name: MODE, value: fast}
//!     - {name: MODE, value: slow}
//! #     ^^^^^^^^^^^^^^^^^^^^^^^^^ MP0107 MODE
//! ```
//! ```yaml good
//! apiVersion: extensions.istio.io/v1alpha1
//! kind: WasmPlugin
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   url: oci://registry.example/filter:1
//!   vmConfig:
//!     env:
//!     - {name: MODE, value: fast}
//!     - {name: MODES, value: fast}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0107",
    name: "duplicate-item",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("duplicate_item.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::Duplicate(item) = &found.misfit else { continue };
        let message = format!("{item} is in `{}` already", found.field);
        out.at(found.span, Some(&object), found.path.clone(), message).help("remove one of the two");
    }
}
