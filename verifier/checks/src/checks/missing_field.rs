//! # Missing field
//!
//! A field that the kind cannot do without is not there: the API server refuses the object.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - route:
//!     - destination: {port: {number: 80}}
//! #     ^^^^^^^^^^^ MP0104 host
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - route:
//!     - destination: {host: cart, port: {number: 80}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   host: '{{ .Values.host }}'
//!   subsets:
//!   - name: v1
//!     {{- toYaml .Values.subset | nindent 4 }}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0104",
    name: "missing-field",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("missing_field.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        if found.misfit != Misfit::Missing {
            continue;
        }
        let message = format!("`{}` is missing", found.field);
        let help = format!("set `{}`", found.path);
        out.at(found.span, Some(&object), found.path.clone(), message).label("needs it").help(help);
    }
}
