//! # Warning of istiod's webhook
//!
//! istiod takes the object, but its validating webhook says that some of it has no effect, or another one than it seems. The
//! message is istiod's own. What every object of a kind gets (that EnvoyFilter exposes Envoy's inner workings) is shown as information.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   servers:
//!   - hosts: ["*"]
//!     port: {number: 443, name: https, protocol: HTTPS}
//!     tls: {mode: SIMPLE, credentialName: shop, minProtocolVersion: TLSV1_0}
//! #                                                                 ^^^^^^^ MP0112 compatible ciphers
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match:
//!     - uri: {prefix: /cart}
//!     - uri: {prefix: /cart}
//! #     ^^^^^^^^^^^^^^^^^^^^ MP0112 duplicate
//!     directResponse: {status: 200}
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   servers:
//!   - hosts: ["*"]
//!     port: {number: 443, name: https, protocol: HTTPS}
//!     tls: {mode: SIMPLE, credentialName: shop, minProtocolVersion: TLSV1_2}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   http:
//!   - match: [{uri: {prefix: /cart}, method: {exact: GET}}, {uri: {prefix: /cart}, method: {exact: PUT}}]
//!     directResponse: {status: 200}
//!   - match: [{uri: {prefix: /cart}, method: {exact: PUT}}]
//!     directResponse: {status: 201}
//! ```

use std::collections::BTreeSet;

use mp_ir::base::{Level, ObjectRef};
use mp_model::admission::Topic;

use crate::matches::{Patterns, first_cover};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0112",
    name: "webhook-warning",
    level: Level::Warning,
    istio: Some("IST0133"),
    kiali: None,
    source: include_str!("webhook_warning.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mut dead: Option<BTreeSet<(&ObjectRef, String)>> = None;
    for (object, review) in cx.webhook() {
        for found in &review.warnings {
            if matches!(found.topic, Topic::Unreachable | Topic::Ineffective) {
                let dead = dead.get_or_insert_with(|| dead_routes(cx));
                if route_of(&found.path).is_some_and(|route| dead.contains(&(object, route))) {
                    continue;
                }
            }
            let level = if found.topic == Topic::Kind { Level::Info } else { Level::Warning };
            let finding = out
                .at(found.span, Some(object), found.path.clone(), found.message.clone())
                .label("istiod's webhook warns of it")
                .level(level);
            if let Some((old, new)) = legacy_gateway(&found.message) {
                let title = format!("write `{new}`");
                finding.fix(cx.workspace.replacement(found.span, old, new, title)).kiali("KIA1108");
            }
        }
    }
}

/// The name of a gateway as it is written and as it should be, from the webhook's words about the two.
fn legacy_gateway(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("using legacy gatewayName format \"")?;
    let (old, rest) = rest.split_once('"')?;
    Some((old, rest.rsplit_once(": \"")?.1.strip_suffix('"')?))
}

/// `spec.http[N]` at the start of a path.
fn route_of(path: &str) -> Option<String> {
    let (route, _) = path.split_once(']')?;
    Some(format!("{route}]"))
}

/// Routes that `unreachable-route` reports as a whole.
fn dead_routes<'a>(cx: &Cx<'a>) -> BTreeSet<(&'a ObjectRef, String)> {
    let (mut out, mut patterns) = (BTreeSet::new(), Patterns::default());
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            if first_cover(service.http.iter().take(at), route, &mut patterns).is_some() {
                out.insert((&service.meta.object, format!("spec.http[{at}]")));
            }
        }
    }
    out
}
