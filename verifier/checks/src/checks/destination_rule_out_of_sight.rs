//! # Subset of a DestinationRule that clients never look at
//!
//! A client looks for the DestinationRule of a host in its own namespace, then in that of the host, then in the root namespace, and nowhere else.
//! The first namespace that has a rule for the host decides, and there the most specific host: rules of other namespaces or hosts are not merged with it.
//! The subset is defined, but where the clients of this route do not look: the cluster does not exist for them, and requests get 503 with flag `NC`.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: ops}
//! spec:
//!   host: cart.shop.svc.cluster.local
//!   subsets: [{name: v1, labels: {version: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart]
//!   http:
//!   - route: [{destination: {host: cart, subset: v1}}]
//! #                                              ^^ MP1017 ops
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: till, namespace: pay}
//! spec: {clusterIP: 10.0.0.2, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: all, namespace: pay}
//! spec: {host: "*.pay.svc.cluster.local", subsets: [{name: v1, labels: {version: v1}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: till, namespace: pay}
//! spec: {host: till, trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: till, namespace: pay}
//! spec:
//!   hosts: [till]
//!   http:
//!   - route: [{destination: {host: till, subset: v1}}]
//! #                                              ^^ MP1017 pay/till
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: cart, namespace: ops}
//! spec:
//!   host: cart.shop.svc.cluster.local
//!   subsets: [{name: v1, labels: {version: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: mesh, namespace: istio-system}
//! spec:
//!   host: cart.shop.svc.cluster.local
//!   subsets: [{name: v2, labels: {version: v2}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: ops}
//! spec:
//!   hosts: [cart.shop.svc.cluster.local]
//!   exportTo: ["."]
//!   http:
//!   - route: [{destination: {host: cart.shop.svc.cluster.local, subset: v1}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: other, namespace: shop}
//! spec:
//!   hosts: [other.example]
//!   http:
//!   - route: [{destination: {host: cart, subset: v2}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Destination, DestinationRule, VirtualService};

use crate::destinations::{Place, destinations};
use crate::gateways::bound;
use crate::rules::in_force;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1017",
    name: "destination-rule-out-of-sight",
    level: Level::Error,
    istio: None,
    kiali: Some("KIA1107"),
    source: include_str!("destination_rule_out_of_sight.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for Place { service, destination, field } in destinations(cx.mesh) {
        let (host, subset) = (destination.host.value.as_str(), destination.subset.value.as_str());
        let Answer::Yes(found) = cx.hosts.services(host) else { continue };
        if subset.is_empty() {
            continue;
        }
        let has = |rule: &&DestinationRule| rule.subsets.iter().any(|s| s.name.value == subset);
        let rules: Vec<&DestinationRule> = cx.hosts.rules(host).into_iter().filter(has).collect();
        let Some(first) = rules.first() else { continue };
        let clients = clients(cx, service);
        let seen = |client: &String| found.iter().any(|to| in_force(cx, client, to).iter().any(&has));
        if clients.is_empty() || clients.iter().any(seen) {
            continue;
        }
        let instead =
            clients.iter().flat_map(|client| found.iter().flat_map(move |to| in_force(cx, client, to)));
        report(out, (service, destination, field), first, instead.into_iter().next());
    }
}

/// The subset is defined by one rule, and clients follow another one or none.
fn report(
    out: &mut Findings,
    (service, destination, field): (&VirtualService, &Destination, String),
    rule: &DestinationRule,
    instead: Option<&DestinationRule>,
) {
    let (host, subset) = (destination.host.value.as_str(), destination.subset.value.as_str());
    let label = match instead {
        Some(other) => format!("clients of this route follow {} instead: 503", other.meta.object),
        None => {
            format!("no client of this route sees the DestinationRule in `{}`: 503", rule.meta.namespace())
        }
    };
    let help = match instead {
        Some(other) => format!(
            "define the subset in {}: rules of different hosts or namespaces are not merged",
            other.meta.object
        ),
        None => {
            "move the DestinationRule to the namespace of the host, and show it with `exportTo`".to_owned()
        }
    };
    out.report(
        destination.subset.origin,
        &service.meta.object,
        format!("{field}.subset"),
        format!("subset `{subset}` of `{host}` is defined where clients do not look"),
    )
    .label(label)
    .also(rule.meta.origin, "the subset is defined here")
    .also(instead.and_then(|other| other.host.origin), "clients follow this rule")
    .help(help);
}

/// Namespaces of the clients that certainly take the route: its own for the mesh, and those of its gateways.
fn clients(cx: &Cx<'_>, service: &VirtualService) -> Vec<String> {
    let mesh =
        service.gateways.iter().any(|g| g.value == "mesh").then(|| service.meta.namespace().to_owned());
    mesh.into_iter().chain(bound(cx.mesh, service).map(|g| g.meta.namespace().to_owned())).collect()
}
