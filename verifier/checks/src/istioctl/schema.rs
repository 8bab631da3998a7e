//! # What istiod's webhook says
//!
//! Each error and each warning of the rules of a kind is a message. Nothing but name, namespace and body is looked at, and of a Gateway that
//! a VirtualService names the hosts as the analyzer of its gateways rewrote them.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec:
//!   hosts: [web]
//!   http:
//!   - {match: [{uri: {prefix: /a}}, {uri: {prefix: /a}}], route: [{destination: {host: web}}]}
//!   - {route: [{destination: {host: web}}]}
//!   - {route: [{destination: {host: web}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: a, namespace: shop}
//! spec: {subsets: [{name: ""}]}
//! ---
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: a, namespace: shop}
//! # IST0130 VirtualService shop/a
//! # IST0131 VirtualService shop/a
//! # IST0106 DestinationRule shop/a
//! # IST0106 DestinationRule shop/a
//! # IST0133 EnvoyFilter shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["./a.com"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [a.com], gateways: [edge], http: [{route: [{destination: {host: web}}]}]}
//! ```

use std::collections::BTreeSet;

use mp_model::SourceKind;
use mp_model::admission::{Body, Complaint, Review, Topic};
use rayon::prelude::*;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{
    SCHEMA_VALIDATION_ERROR, SCHEMA_WARNING, VIRTUAL_SERVICE_INEFFECTIVE_MATCH,
    VIRTUAL_SERVICE_UNREACHABLE_RULE,
};
use super::store::{Resource, short_or_full};
use super::virtual_service_gateways::{is_plain, sanitized};

/// Istio has one analyzer for each kind; they differ in nothing else.
pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "schema.ValidationAnalyzer",
    inputs: &[],
    codes: &["IST0106", "IST0130", "IST0131", "IST0133"],
    source: include_str!("schema.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut named: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let names = message.texts("gateways").map(|(name, _)| name).filter(|name| is_plain(name));
        named.extend(names.map(|name| short_or_full(service.namespace(), name)));
    }
    let all: Vec<(&Resource<'_>, &Body<'_>)> = SourceKind::all()
        .flat_map(|kind| cx.store.all(kind))
        .filter_map(|resource| Some((resource, resource.body()?)))
        .collect();
    let judge = |(resource, body): &(&Resource<'_>, &Body<'_>)| {
        if resource.kind() == SourceKind::Gateway && named.contains(&resource.key()) {
            return rewritten(resource, body).review(resource.name(), resource.namespace());
        }
        body.review(resource.name(), resource.namespace())
    };
    let reviews: Vec<Review> = all.par_iter().map(judge).collect();
    for ((resource, _), review) in all.iter().zip(&reviews) {
        for error in &review.errors {
            out.report(&SCHEMA_VALIDATION_ERROR, resource, &[&error.message]);
        }
        for warning in &review.warnings {
            warn(resource, warning, out);
        }
    }
}

fn rewritten<'a>(gateway: &Resource<'_>, body: &Body<'a>) -> Body<'a> {
    let mut body = body.clone();
    for server in body.message.messages_mut("servers") {
        let hosts = sanitized(gateway.namespace(), server);
        server.set_texts("hosts", hosts);
    }
    body
}

fn warn(resource: &Resource<'_>, warning: &Complaint, out: &mut Out) {
    let kind = match warning.topic {
        Topic::Rule | Topic::Kind => return out.report(&SCHEMA_WARNING, resource, &[&warning.message]),
        Topic::Unreachable => &VIRTUAL_SERVICE_UNREACHABLE_RULE,
        Topic::Ineffective => &VIRTUAL_SERVICE_INEFFECTIVE_MATCH,
    };
    // The webhook has the same words, but for the capital and the full stop.
    let rest = warning.message.strip_prefix('v').unwrap_or(&warning.message);
    out.report_text(kind, resource, format!("V{rest}."));
}
