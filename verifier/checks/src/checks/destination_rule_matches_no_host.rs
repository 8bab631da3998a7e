//! # DestinationRule matches no host
//!
//! The host of a DestinationRule is neither a Service nor a ServiceEntry of the input, so its policies and subsets are
//! never used. Wildcards count when they cover at least one host.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: review
//! #       ^^^^^^ MP1004 no Service or ServiceEntry
//!   trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: all, namespace: shop}
//! spec:
//!   host: "*.shop.svc.cluster.local"
//!   trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: elsewhere, namespace: shop}
//! spec:
//!   host: cart.other.svc.cluster.local
//!   trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
//! ```

use mp_ir::base::Level;

use crate::hosts::wildcard_covers;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1004",
    name: "destination-rule-matches-no-host",
    level: Level::Warning,
    istio: Some("IST0174"),
    kiali: Some("KIA0202"),
    source: include_str!("destination_rule_matches_no_host.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for rule in &cx.mesh.destination_rules {
        let host = rule.host.value.as_str();
        if host.starts_with('*') && cx.mesh.services.iter().any(|s| wildcard_covers(host, &s.hostname.value))
        {
            continue;
        }
        match cx.hosts.services(host) {
            Answer::Yes(_) => {}
            Answer::Unknown => cx.unknown(&rule.meta.object, rule.host.origin, cx.hosts.open(host)),
            Answer::No => {
                let help = match cx.hosts.similar(host) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "correct the host, or remove the DestinationRule".to_owned(),
                };
                out.report(
                    rule.host.origin,
                    &rule.meta.object,
                    "spec.host",
                    format!("no host `{host}` exists, so this rule is never used"),
                )
                .label("no Service or ServiceEntry has this host")
                .help(help);
            }
        }
    }
}
