//! # Routes to subsets that no destination rule defines
//!
//! Any rule of the host counts, whoever sees it.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: web, namespace: shop}
//! spec: {host: web, subsets: [{name: v1}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v2}}], mirror: {host: a.com, subset: v1}}]}
//! # IST0101 VirtualService shop/a
//! # IST0101 VirtualService shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: web, namespace: other}
//! spec: {host: web.shop.svc.cluster.local, exportTo: ["."], subsets: [{name: v1}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v1}}, {destination: {host: a}}]}]}
//! ```

use std::collections::BTreeSet;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::destinations::{of_mirrors, of_routes};
use super::hosts::resource_of;
use super::notice::Out;
use super::notices::REFERENCED_RESOURCE_NOT_FOUND;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.DestinationRuleAnalyzer",
    inputs: &[SourceKind::VirtualService, SourceKind::DestinationRule],
    codes: &["IST0101"],
    source: include_str!("destination_rules.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut known: BTreeSet<((&str, &str), &str)> = BTreeSet::new();
    for (rule, message) in cx.store.messages(SourceKind::DestinationRule) {
        let host = resource_of(rule.namespace(), message.text("host"));
        known.extend(message.messages("subsets").map(|subset| (host, subset.text("name"))));
    }
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let routes = of_routes(message).map(|to| ("host+subset in destinationrule", to));
        let mirrors = of_mirrors(message).map(|to| ("mirror+subset in destinationrule", to));
        for (what, to) in routes.chain(mirrors).filter(|(_, to)| !to.subset().is_empty()) {
            if !known.contains(&(resource_of(service.namespace(), to.host()), to.subset())) {
                let line = service.line_of_item(to.to.and_then(|to| to.get("host")));
                let named = format!("{}+{}", to.host(), to.subset());
                out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, service, &[&what, &named], line);
            }
        }
    }
}
