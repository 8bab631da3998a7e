//! # Fields and kinds that Istio gives up
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: web, namespace: shop}
//! spec:
//!   hosts: [web]
//!   http: [{fault: {delay: {percent: 5, fixedDelay: 1s}}, route: [{destination: {host: web}}]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: web, namespace: shop}
//! spec: {outboundTrafficPolicy: {egressProxy: {host: web}}}
//! ---
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata: {name: serviceroles.rbac.istio.io}
//! spec: {group: rbac.istio.io, names: {kind: ServiceRole}}
//! # IST0002 VirtualService shop/web
//! # IST0002 Sidecar shop/web
//! # IST0002 CustomResourceDefinition serviceroles.rbac.istio.io
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: web, namespace: shop}
//! spec:
//!   hosts: [web]
//!   http: [{fault: {delay: {percentage: {value: 5}, fixedDelay: 1s}}, route: [{destination: {host: web}}]}]
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::DEPRECATED;
use super::store::text;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "deprecation.DeprecationAnalyzer",
    inputs: &[SourceKind::VirtualService, SourceKind::Sidecar, SourceKind::CustomResourceDefinition],
    codes: &["IST0002"],
    source: include_str!("deprecation.rs"),
    run,
};

const REMOVED: [&str; 4] = ["ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"];
const PERCENT: &str = "HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage";

fn run(cx: &Context<'_>, out: &mut Out) {
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let delays = message.messages("http").filter_map(|http| http.message("fault")?.message("delay"));
        for _ in delays.filter(|delay| delay.int("percent") > 0) {
            out.report(&DEPRECATED, service, &[&PERCENT]);
        }
    }
    for (sidecar, message) in cx.store.messages(SourceKind::Sidecar) {
        if message.message("outboundTrafficPolicy").is_some_and(|policy| policy.has("egressProxy")) {
            out.report(&DEPRECATED, sidecar, &[&"OutboundTrafficPolicy.EgressProxy ignored"]);
        }
    }
    for definition in cx.store.all(SourceKind::CustomResourceDefinition) {
        let group = text(definition.root(), &["spec", "group"]);
        let kind = text(definition.root(), &["spec", "names", "kind"]);
        if group == "rbac.istio.io" && REMOVED.contains(&kind) {
            let words = format!("Custom resource type {group} {kind} is removed");
            out.report(&DEPRECATED, definition, &[&words]);
        }
    }
}
