//! # Value beyond its limits
//!
//! The value has the right type, but the schema of the kind sets limits that it does not keep: a range, a length, a pattern, a number of
//! items. The API server refuses the object.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     outlierDetection: {consecutive5xxErrors: -1}
//! #                                            ^^ MP0105 0 or more
//!     retryBudget: {percent: 120}
//! #                          ^^^ MP0105 up to 100
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   gatewayClassName: istio
//!   listeners: []
//! #            ^^ MP0105 at least 1 item
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     outlierDetection: {consecutive5xxErrors: 0}
//!     retryBudget: {percent: 100}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0105",
    name: "value-limit",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("value_limit.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::Limit(wanted) = &found.misfit else { continue };
        let message = format!("`{}` takes {wanted}", found.field);
        out.at(found.span, Some(&object), found.path.clone(), message).help(format!("write {wanted}"));
    }
}
