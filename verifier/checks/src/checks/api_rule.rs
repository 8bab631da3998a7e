//! # Rule of the API broken
//!
//! The kind's definition carries rules that the API server evaluates (in CEL): about durations, ports, labels, combinations of fields. An
//! object that breaks one is refused with the message of the rule.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - timeout: 5us
//! #            ^^^ MP0108 must be a valid duration
//!     directResponse: {status: 200}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   rules:
//!   - matches:
//!     - path: {value: cart}
//! #           ^^^^^^^^^^^^^ MP0108 absolute path
//!     backendRefs:
//!     - {name: cart}
//! #     ^^^^^^^^^^^^ MP0108 port
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - timeout: 1ms
//!     directResponse: {status: 200}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: HTTPRoute
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   rules:
//!   - matches:
//!     - path: {value: /cart}
//!     - path: {type: RegularExpression, value: cart}
//!     backendRefs:
//!     - {name: cart, port: 80}
//!     - {group: example.com, kind: Bucket, name: cart}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0108",
    name: "api-rule",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("api_rule.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::Rule(what) = &found.misfit else { continue };
        let message =
            if found.field.is_empty() { what.clone() } else { format!("`{}`: {what}", found.field) };
        // Kiali has a code for the one rule about listeners that repeat each other.
        let listeners = found.path == "spec.listeners" && what.starts_with("Combination of port, protocol");
        let finding =
            out.at(found.span, Some(&object), found.path.clone(), message).label("the API server refuses it");
        if listeners {
            finding.kiali("KIA1503");
        }
    }
}
