//! # Gateway class that is nearly one of Istio's
//!
//! The class of a Gateway names the controller that serves it. istiod knows `istio`, `istio-remote` and `istio-waypoint` (and `istio-east-west`); a class that differs by a
//! letter is served by nobody, unless a GatewayClass of that name is there.
//!
//! ```yaml bad
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   gatewayClassName: isto
//! #                   ^^^^ MP4008 isto
//!   listeners: [{name: http, port: 80, protocol: HTTP}]
//! ```
//! ```yaml good
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: other, namespace: shop}
//! spec: {gatewayClassName: nginx, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: GatewayClass
//! metadata: {name: istio2}
//! spec: {controllerName: istio.io/gateway-controller}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: second, namespace: shop}
//! spec: {gatewayClassName: istio2, listeners: [{name: http, port: 80, protocol: HTTP}]}
//! ```

use mp_ir::base::Level;
use mp_model::Kind;
use mp_model::base::edit_distance;
use mp_model::views::gateway::GatewaySpec;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP4008",
    name: "gateway-class-misspelt",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA1504"),
    source: include_str!("gateway_class_misspelt.rs"),
    run,
};

/// The classes that istiod makes (`pilot/pkg/config/kube/gateway/gatewayclass.go`).
const CLASSES: [&str; 4] = ["istio", "istio-remote", "istio-waypoint", "istio-east-west"];

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for gateway in cx.workspace.of_kind(Kind::Gateway) {
        let spec = cx.workspace.spec::<GatewaySpec<'_>>(gateway);
        let Some(class) = spec.and_then(|spec| spec.gateway_class_name()) else { continue };
        let exists = CLASSES.contains(&class.value)
            || cx.workspace.of_kind(Kind::GatewayClass).any(|known| known.name == class.value);
        let near = CLASSES.into_iter().find(|known| edit_distance(known, class.value) == 1);
        let Some(near) = near.filter(|_| !exists) else { continue };
        let message = format!("there is no gateway class `{}`", class.value);
        let title = format!("write `{near}`");
        out.at(class.span, Some(&gateway.reference()), "spec.gatewayClassName", message)
            .label("no controller serves this Gateway")
            .help(format!("did you mean `{near}`?"))
            .fix(cx.workspace.replacement(class.span, class.value, near, title));
    }
}
