//! # Refused by istiod's webhook
//!
//! The schema of the kind holds, but the rules of istiod's validating webhook do not: in a cluster with Istio the object cannot be applied.
//! Without the webhook istiod drops the object, or the part of it, when it makes the proxies' configuration. The message is istiod's own.
//! Where the schema is broken at the same place, only that is reported.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match:
//!     - uri: {regex: "/a(?=b)"}
//! #                  ^^^^^^^^^ MP0111 invalid or unsupported Perl syntax
//!     directResponse: {status: 99}
//! #                            ^^ MP0111 status
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   servers:
//!   - hosts: ["*"]
//!     port: {number: 443, name: https, protocol: HTTPS}
//!     tls: {mode: SIMPLE, serverCertificate: /etc/certs/tls.crt}
//! #        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP0111 private key
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match:
//!     - uri: {regex: "/a(?:b|c)"}
//!     directResponse: {status: 200}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   servers:
//!   - hosts: ["*"]
//!     port: {number: 443, name: https, protocol: HTTPS}
//!     tls: {mode: SIMPLE, credentialName: shop}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: chart, namespace: shop}
//! spec:
//!   hosts: ['{{ .Values.host }}']
//! ```

use mp_ir::base::Level;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0111",
    name: "webhook-refusal",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("webhook_refusal.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, review) in cx.webhook() {
        for found in &review.errors {
            out.at(found.span, Some(object), found.path.clone(), found.message.clone())
                .label("istiod's webhook refuses it");
        }
    }
}
