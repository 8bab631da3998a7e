//! # Gateway that its status calls refused
//!
//! The status of a Gateway that was read from a cluster says that it, or one of its listeners, is not accepted or not programmed, for a reason that waiting does not mend.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! status:
//!   conditions:
//!   - {type: Accepted, status: "False", reason: UnsupportedAddress, message: only Hostname is supported}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP4009 UnsupportedAddress
//! ```
//! ```yaml good
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! status:
//!   conditions:
//!   - {type: Accepted, status: "True", reason: Accepted}
//!   - {type: Programmed, status: "False", reason: Pending, message: waiting}
//!   - {type: Conflicted, status: "False", reason: NoConflicts}
//! ```

use mp_ir::base::Level;
use mp_model::{Kind, Node};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4009",
    name: "gateway-not-accepted",
    level: Level::Warning,
    istio: Some("IST0171"),
    kiali: Some("GWAPI"),
    source: include_str!("gateway_not_accepted.rs"),
    run,
};

/// Conditions that should hold.
const GOOD: [&str; 3] = ["Accepted", "Programmed", "ResolvedRefs"];
/// Reasons that go by themselves.
const PASSING: [&str; 4] = ["Pending", "NotReconciled", "AddressNotAssigned", "NoResources"];

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for gateway in cx.workspace.of_kind(Kind::Gateway) {
        let Some(status) = cx.workspace.root(gateway).and_then(|root| root.get("status")) else { continue };
        let own = status.get("conditions").into_iter().flat_map(Node::items);
        let listeners = status.get("listeners").into_iter().flat_map(Node::items);
        let of_listeners = listeners.filter_map(|listener| listener.get("conditions")).flat_map(Node::items);
        for condition in own.chain(of_listeners) {
            let text = |key: &str| condition.get(key).and_then(Node::as_str).unwrap_or_default();
            let (kind, reason) = (text("type"), text("reason"));
            if text("status") != "False" || !GOOD.contains(&kind) || PASSING.contains(&reason) {
                continue;
            }
            let message = format!("the cluster says that it is not {kind}: {reason}");
            out.at(condition.span(), Some(&gateway.reference()), "status", message)
                .label(text("message"))
                .help("correct the spec; the status follows");
        }
    }
}
