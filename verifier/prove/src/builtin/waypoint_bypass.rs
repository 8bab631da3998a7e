//! # A way past the waypoint
//!
//! Policies about requests are enforced by the waypoint of a service, for those who call the service. The Pod behind it can be called by its
//! own address, too, and its ztunnel decides about connections alone: unless a policy for ztunnel admits nobody but the waypoint, whoever
//! may connect is past all rules about paths, methods and tokens.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: way, namespace: shop}
//! spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: a, ports: [{containerPort: 8080}]}]}
//! status: {podIP: 10.20.0.5}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: web}]
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7308 past its waypoint
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: way, namespace: shop}
//! spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: a, ports: [{containerPort: 8080}]}]}
//! status: {podIP: 10.20.0.5}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: read, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: web}]
//!   rules:
//!   - to: [{operation: {methods: [GET]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: waypoint-alone, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: web}}
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/way]}}]
//! ```

use crate::caller::Who;
use crate::condition::Condition;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::requests::{Requests, never};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7308",
    name: "waypoint-bypass",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("waypoint_bypass.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    let mut out = Vec::new();
    for waypoint in &point.waypoints {
        let (namespace, name) = &waypoint.point;
        let own = |account: &String| vec![Who::Account(namespace.clone(), account.clone())];
        let without = waypoint.accounts.iter().map(own).collect();
        let found = never(scene, &Requests::of(&Condition { without, ..Condition::default() }))?;
        let text = format!(
            "`{}/{}` can be called past its waypoint `{namespace}/{name}`, whose policies then do not count",
            point.namespace, point.name
        );
        let account = waypoint.accounts.first().map_or("", String::as_str);
        let help =
            format!("add an ALLOW policy for the workload that admits nobody but `{namespace}/sa/{account}`");
        out.push(Finding::of(found, text).at(waypoint.origin).help(help));
    }
    Ok(out)
}
