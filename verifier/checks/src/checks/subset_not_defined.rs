//! # Subset not defined
//!
//! A route names a subset that no DestinationRule of the host defines. The cluster `outbound|port|subset|host` does not exist
//! then, and the proxy answers 503 with flag `NC`.
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
//!   host: reviews
//!   subsets:
//!   - name: v1
//!     labels: {version: v1}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   hosts: [reviews]
//!   http:
//!   - route:
//!     - destination: {host: reviews, subset: v2}
//! #                                          ^^ MP1002 `v2`
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews, namespace: shop}
//! spec: {ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   host: "*.shop.svc.cluster.local"
//!   subsets:
//!   - name: v2
//!     labels: {version: v2}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: reviews, namespace: shop}
//! spec:
//!   hosts: [reviews]
//!   http:
//!   - route:
//!     - destination: {host: reviews, subset: v2}
//! ```

use mp_ir::base::Level;
use mp_model::base::slip;

use crate::destinations::{Place, destinations};
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1002",
    name: "subset-not-defined",
    level: Level::Error,
    istio: Some("IST0101"),
    kiali: Some("KIA1107"),
    source: include_str!("subset_not_defined.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for Place { service, destination, field } in destinations(cx.mesh) {
        let (host, subset) = (destination.host.value.as_str(), destination.subset.value.as_str());
        let known = matches!(cx.hosts.services(host), Answer::Yes(_));
        if subset.is_empty() || !known || cx.hosts.subset(host, subset).is_some() {
            continue;
        }
        if cx.elsewhere.has_subset(host, subset) {
            let why = format!(
                "whether subset `{subset}` of `{host}` is defined: another kustomization or folder of the input has it"
            );
            cx.unknown(&service.meta.object, destination.subset.origin, why);
            continue;
        }
        let rules = cx.hosts.rules(host);
        let finding = out
            .report(
                destination.subset.origin,
                &service.meta.object,
                format!("{field}.subset"),
                format!("subset `{subset}` of `{host}` is not defined"),
            )
            .label(format!("no DestinationRule defines `{subset}`: requests get 503"));
        match rules.first() {
            None => finding.help(format!("add a DestinationRule for `{host}` with the subset `{subset}`")),
            Some(rule) => {
                let own = rule.subsets.iter().map(|s| s.name.value.as_str());
                let fix = slip(own, subset).zip(destination.subset.origin).and_then(|(near, span)| {
                    cx.workspace.replacement(span, subset, near, format!("write `{near}`"))
                });
                let names: Vec<String> = rule.subsets.iter().map(|s| format!("`{}`", s.name.value)).collect();
                let has = if names.is_empty() { "no subsets".to_owned() } else { names.join(", ") };
                finding
                    .also(rule.host.origin, format!("this DestinationRule has {has}"))
                    .help(format!("add the subset to {}, or use one that it has", rule.meta.object))
                    .fix(fix.filter(|_| rules.len() == 1))
            }
        };
    }
}
