//! # Fields that exclude each other
//!
//! Of some fields exactly one, or at most one, may be set. With two of them the API server refuses the object.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     loadBalancer:
//! #   ^^^^^^^^^^^^ MP0106 only one of
//!       simple: ROUND_ROBIN
//!       consistentHash: {useSourceIp: true}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     loadBalancer: {consistentHash: {useSourceIp: true}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: chart, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     loadBalancer:
//!       {{- if .Values.sticky }}
//!       consistentHash: {useSourceIp: true}
//!       {{- else }}
//!       simple: ROUND_ROBIN
//!       {{- end }}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0106",
    name: "exclusive-fields",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("exclusive_fields.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::Alternatives(what) = &found.misfit else { continue };
        let message = format!("`{}`: {what}", found.field);
        out.at(found.span, Some(&object), found.path.clone(), message).help("keep the one that is meant");
    }
}
