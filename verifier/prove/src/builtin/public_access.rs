//! # Public access through a gateway
//!
//! A gateway has policies, and yet a request from a public address gets in without a token and without an external authoriser being asked.
//! That may be meant (a shop window, a health check), so it is only a remark; the request shows how far it goes.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 80}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   rules:
//!   - to: [{operation: {paths: ["/api/*"]}}]
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7204 public address
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 80}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {ipBlocks: ["10.0.0.0/8", "192.168.1.0/24"]}}]
//! ```

use mp_ir::plan::PointKind;

use crate::condition::Condition;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::AskError;
use crate::requests::{Requests, never};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7204",
    name: "public-access",
    group: Group::Exposure,
    severity: Severity::Info,
    source: include_str!("public_access.rs"),
    ask: Ask::Point(ask),
};

/// Blocks that the internet does not reach (RFC 1918, 6598, 3927, 1122).
const PRIVATE: &str = "ip:0.0.0.0/8,ip:10.0.0.0/8,ip:100.64.0.0/10,ip:127.0.0.0/8,ip:169.254.0.0/16,ip:172.16.0.0/12,ip:192.168.0.0/16";

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    let guarded = !point.http.rbac.is_empty() || !point.http.custom.is_empty() || point.http.jwt.is_some();
    if point.kind != PointKind::Gateway || !guarded {
        return Ok(Vec::new());
    }
    let without = crate::invariant::callers(&format!("peer,jwt,{PRIVATE}")).unwrap_or_default();
    let asked =
        point.http.custom.iter().chain(&point.tcp.custom).filter_map(|custom| custom.ext_authz.as_ref());
    let of = Requests {
        all: vec![Condition { without, ..Condition::default() }],
        none: Vec::new(),
        providers: asked.map(|ext| (ext.provider.clone(), false)).collect(),
    };
    let found = never(scene, &of)?;
    let message = "a request from a public address gets in without a token";
    Ok(vec![Finding::of(found, message).help("narrow the rule, if that is not meant")])
}
