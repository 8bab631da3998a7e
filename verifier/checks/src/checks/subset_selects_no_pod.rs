//! # Subset selects no Pod
//!
//! No Pod, WorkloadEntry or endpoint of the host carries the labels of the subset, so its cluster is empty and the proxy
//! answers 503 with flag `UH`. Only workloads that the host's own selector picks count.
//!
//! It is an error where a route leads to the subset, and a warning where none does: then it is a leftover or made ahead of a roll-out.
//! Nothing is said when the input holds no workload and no endpoint of the host.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {selector: {app: reviews}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: reviews-1, namespace: shop, labels: {app: reviews, version: v1}}
//! status: {podIP: 10.0.0.1, phase: Running}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: other-1, namespace: shop, labels: {app: other, version: v2}}
//! status: {podIP: 10.0.0.2, phase: Running}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: reviews
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//!   - name: v2
//! #         ^^ MP1003 no Pod
//!     labels: {version: v2}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {selector: {app: reviews}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: reviews-1, namespace: shop, labels: {app: reviews, version: v1}}
//! status: {podIP: 10.0.0.1, phase: Running}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: ratings, namespace: shop}
//! spec: {selector: {app: ratings}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: reviews
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: ratings, namespace: shop}
//! spec:
//!   host: ratings
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{DestinationRule, Labels, Resolution};

use crate::destinations::destinations;
use crate::hosts::wildcard_covers;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1003",
    name: "subset-selects-no-pod",
    level: Level::Error,
    istio: Some("IST0173"),
    kiali: Some("KIA0203"),
    source: include_str!("subset_selects_no_pod.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for rule in &cx.mesh.destination_rules {
        let Answer::Yes(services) = cx.hosts.services(&rule.host.value) else { continue };
        let by_endpoint = |r: Resolution| matches!(r, Resolution::Static | Resolution::Passthrough);
        let services: Vec<_> = services.into_iter().filter(|s| by_endpoint(s.resolution)).collect();
        for (at, subset) in rule.subsets.iter().enumerate() {
            let answers: Vec<_> = services.iter().map(|s| cx.hosts.selects(s, &subset.labels)).collect();
            if answers.is_empty() || answers.contains(&Answer::Yes(())) {
                continue;
            }
            if answers.contains(&Answer::Unknown) {
                let name = &subset.name;
                let why = format!(
                    "whether subset `{}` selects a Pod: the input has no workload of `{}`",
                    name.value, rule.host.value
                );
                cx.unknown(&rule.meta.object, name.origin, why);
                continue;
            }
            let service = services.first().and_then(|s| s.hostname.origin);
            out.report(
                subset.name.origin,
                &rule.meta.object,
                format!("spec.subsets[{at}]"),
                format!("subset `{}` of `{}` selects no Pod", subset.name.value, rule.host.value),
            )
            .label(format!("no Pod of the host carries {}", labels(&subset.labels)))
            .also(service, "the host's Pods are chosen here")
            .level(if is_routed(cx, rule, &subset.name.value) { Level::Error } else { Level::Warning })
            .help("correct the labels, deploy the version, or remove the subset");
        }
    }
}

/// Whether any route leads to the subset.
fn is_routed(cx: &Cx<'_>, rule: &DestinationRule, subset: &str) -> bool {
    let host = rule.host.value.as_str();
    destinations(cx.mesh).any(|place| {
        let to = place.destination;
        to.subset.value == subset && (to.host.value == host || wildcard_covers(host, &to.host.value))
    })
}

fn labels(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(k, v)| format!("`{k}: {v}`")).collect();
    pairs.join(", ")
}
