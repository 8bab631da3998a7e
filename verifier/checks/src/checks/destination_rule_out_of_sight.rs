//! # Subset of a DestinationRule that clients never look at
//!
//! A client looks for the DestinationRule of a host in its own namespace, then in that of the host, then in the root namespace, and nowhere else.
//! The subset is defined, but in a namespace that the clients of this route do not look into: the cluster does not exist for them, and requests get 503 with
//! flag `NC`.
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
use mp_ir::mesh::{DestinationRule, Service, VirtualService};

use crate::destinations::{Place, destinations};
use crate::gateways::bound;
use crate::{Answer, Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1017",
    name: "destination-rule-out-of-sight",
    level: Level::Error,
    istio: None,
    kiali: None,
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
        let seen = |client: &&str| rules.iter().any(|rule| sees(cx, rule, client, &found));
        if clients.is_empty() || clients.iter().any(|client| seen(&client.as_str())) {
            continue;
        }
        out.report(
            destination.subset.origin,
            &service.meta.object,
            format!("{field}.subset"),
            format!("subset `{subset}` of `{host}` is defined where clients do not look"),
        )
        .label(format!(
            "no client of this route sees the DestinationRule in `{}`: 503",
            first.meta.namespace()
        ))
        .also(first.meta.origin, "the subset is defined here")
        .help(format!(
            "move the DestinationRule to `{}`, the namespace of the host",
            found.first().map_or("", |s| s.meta.namespace())
        ));
    }
}

/// Namespaces of the clients that certainly take the route: its own for the mesh, and those of its gateways.
fn clients(cx: &Cx<'_>, service: &VirtualService) -> Vec<String> {
    let mesh =
        service.gateways.iter().any(|g| g.value == "mesh").then(|| service.meta.namespace().to_owned());
    mesh.into_iter().chain(bound(cx.mesh, service).map(|g| g.meta.namespace().to_owned())).collect()
}

/// Whether clients of a namespace find a rule (`pilot/pkg/model/push_context.go`, `destinationRule`).
fn sees(cx: &Cx<'_>, rule: &DestinationRule, client: &str, services: &[&Service]) -> bool {
    let home = rule.meta.namespace();
    let of_host = services.iter().any(|service| service.meta.namespace() == home);
    home == client
        || ((of_host || home == cx.mesh.settings.root_namespace) && rule.visibility.sees(home, client))
}
