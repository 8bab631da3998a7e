//! # Routes by claims that nobody reads from tokens
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {istio: ingressgateway}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {gateways: [edge], http: [{match: [{headers: {"@request.auth.claims.group": {exact: a}}}]}]}
//! # IST0149 VirtualService shop/a
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {istio: ingressgateway}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {gateways: [edge], http: [{match: [{headers: {"@request.auth.claims.group": {exact: a}}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: b, namespace: shop}
//! spec: {gateways: [edge], http: [{match: [{headers: {"@request.auth.claims": {exact: a}}}]}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: jwt, namespace: istio-system}
//! spec: {selector: {matchLabels: {istio: ingressgateway}}}
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::JWT_CLAIM_BASED_ROUTING_WITHOUT_REQUEST_AUTHN;
use super::selectors::{Labels, matches, pairs};
use super::store::short_or_full;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.JWTClaimRouteAnalyzer",
    inputs: &[
        SourceKind::VirtualService,
        SourceKind::RequestAuthentication,
        SourceKind::Gateway,
        SourceKind::Pod,
    ],
    codes: &["IST0149"],
    source: include_str!("jwt_claims.rs"),
    run,
};

const CLAIMS: &str = "@request.auth.claims";
/// Where authentication counts for everybody, whatever MeshConfig says.
const ROOT: &str = "istio-system";

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut by_namespace: BTreeMap<&str, Vec<Labels<'_>>> = BTreeMap::new();
    for (authentication, message) in cx.store.messages(SourceKind::RequestAuthentication) {
        let selector = pairs(message.message("selector"), "matchLabels");
        by_namespace.entry(authentication.namespace()).or_default().push(selector);
    }
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let Some(key) = claim_key(message) else { continue };
        for (name, _) in message.texts("gateways").filter(|(name, _)| *name != "mesh") {
            let (home, own) = short_or_full(service.namespace(), name);
            let Some(gateway) = cx.store.find(SourceKind::Gateway, home, own) else { continue };
            let selector = pairs(gateway.message(), "selector");
            for pod in cx.pods(&selector) {
                let homes = [ROOT, pod.namespace()].into_iter();
                let mut selectors = homes.filter_map(|home| by_namespace.get(home)).flatten();
                if !selectors.any(|selector| matches(selector, pod.labels())) {
                    let kind = &JWT_CLAIM_BASED_ROUTING_WITHOUT_REQUEST_AUTHN;
                    out.report(kind, service, &[&key, &gateway.full_name(), &pod.name()]);
                }
            }
        }
    }
}

/// The first key of a match that is a claim.
fn claim_key(service: &Message) -> Option<&str> {
    let own = service.messages("http").flat_map(|http| http.messages("match"));
    own.flat_map(|own| own.entries("headers").iter().chain(own.entries("withoutHeaders")))
        .map(|(key, _)| key.as_str())
        .find(|key| is_claim(key))
}

/// `pkg/jwt/routing.go`, `ToRoutingClaim`.
fn is_claim(key: &str) -> bool {
    let Some((head, rest)) = key.split_at_checked(CLAIMS.len()) else { return false };
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    head.eq_ignore_ascii_case(CLAIMS)
        && (rest.starts_with('.') && rest.len() > 1 || inside.is_some_and(|inside| !inside.is_empty()))
}
