//! # Preference for near endpoints without outlier detection
//!
//! A DestinationRule turns on load balancing by locality, but nothing tells which endpoints are sick: without `outlierDetection` istiod gives no priorities, and requests go
//! to all regions and zones alike.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     loadBalancer: {simple: ROUND_ROBIN, localityLbSetting: {enabled: true}}
//! #                                                          ^^^^^^^^^^^^^^^ MP1030 outlierDetection
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   host: cart
//!   trafficPolicy:
//!     loadBalancer: {simple: ROUND_ROBIN, localityLbSetting: {enabled: true}}
//!     outlierDetection: {consecutive5xxErrors: 5}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: web, namespace: shop}
//! spec:
//!   host: web
//!   trafficPolicy:
//!     loadBalancer: {localityLbSetting: {enabled: false}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: shares, namespace: shop}
//! spec:
//!   host: shares
//!   trafficPolicy:
//!     loadBalancer: {localityLbSetting: {distribute: [{from: "a/*", to: {"a/*": 80, "b/*": 20}}]}}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{LocalityLb, TrafficPolicy};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1030",
    name: "locality-without-outlier-detection",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("locality_without_outlier_detection.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.settings.default_outlier_detection.is_some() {
        return;
    }
    for rule in &cx.mesh.destination_rules {
        let Some(policy) = &rule.traffic_policy else { continue };
        let Some(setting) = setting(policy).filter(|setting| wants_priorities(setting)) else { continue };
        let sick = policy.outlier_detection.is_some()
            || policy.port_level.values().any(|own| own.outlier_detection.is_some())
            || rule
                .subsets
                .iter()
                .any(|s| s.traffic_policy.as_ref().is_some_and(|p| p.outlier_detection.is_some()));
        if sick || setting.enabled != Some(true) {
            continue;
        }
        let field = "spec.trafficPolicy.loadBalancer.localityLbSetting";
        out.report(
            cx.place(&rule.meta.object, field).or(policy.origin),
            &rule.meta.object,
            field,
            format!("no endpoint of `{}` is preferred: `outlierDetection` is missing", rule.host.value),
        )
        .label("without `outlierDetection` there are no priorities by locality")
        .help("add `outlierDetection` to the traffic policy");
    }
}

fn setting(policy: &TrafficPolicy) -> Option<&LocalityLb> {
    policy.load_balancer.as_ref()?.locality.as_ref()
}

/// Shares need no priorities, and of failover istiod's webhook warns itself.
fn wants_priorities(setting: &LocalityLb) -> bool {
    setting.distribute.is_empty() && setting.failover.is_empty() && setting.failover_priority.is_empty()
}
