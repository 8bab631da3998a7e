//! # Sidecar hides a service that the workload is meant to call
//!
//! A policy admits a service account to a service, but the Sidecar of the workloads with that account does not import the service, and unknown hosts
//! are refused (`REGISTRY_ONLY`): calls end in 502 from the black hole cluster. Destinations of VirtualServices that the workload sees are
//! imported by istiod even if the Sidecar does not list them.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: pay, namespace: pay}
//! spec: {clusterIP: 10.0.0.1, selector: {app: pay}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: pay-0, namespace: pay, labels: {app: pay}}
//! spec: {containers: [{name: app, image: pay}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web-0, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: app, image: web}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: pay}
//! spec:
//!   selector: {matchLabels: {app: pay}}
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: shop}
//! spec:
//!   egress:
//!   - hosts: ["./*", "istio-system/*"]
//! #           ^^^^^ MP1016 pay.pay.svc.cluster.local
//!   outboundTrafficPolicy: {mode: REGISTRY_ONLY}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: pay, namespace: pay}
//! spec: {clusterIP: 10.0.0.1, selector: {app: pay}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: pay-0, namespace: pay, labels: {app: pay}}
//! spec: {containers: [{name: app, image: pay}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: ship, namespace: pay}
//! spec: {clusterIP: 10.0.0.2, selector: {app: ship}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: ship-0, namespace: pay, labels: {app: ship}}
//! spec: {containers: [{name: app, image: ship}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web-0, namespace: shop, labels: {app: web}}
//! spec: {serviceAccountName: web, containers: [{name: app, image: web}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: callers, namespace: pay}
//! spec:
//!   rules:
//!   - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: ship, namespace: shop}
//! spec:
//!   hosts: [checkout.shop.svc.cluster.local]
//!   http:
//!   - route: [{destination: {host: ship.pay.svc.cluster.local}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: default, namespace: shop}
//! spec:
//!   egress:
//!   - hosts: ["./*", "pay/pay.pay.svc.cluster.local"]
//!   outboundTrafficPolicy: {mode: REGISTRY_ONLY}
//! ```

use mp_ir::base::{At, Level};
use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, EgressListener, HostSelector, OutboundTrafficPolicy, Service,
    Sidecar, Workload,
};

use crate::destinations::destinations;
use crate::hosts::{carries, wildcard_covers};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1016",
    name: "sidecar-hides-service",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("sidecar_hides_service.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if cx.mesh.sidecars.is_empty() {
        return;
    }
    let mut told = Vec::new();
    let allows = cx.mesh.authorization_policies.iter().filter(|p| p.action == AuthorizationAction::Allow);
    for policy in allows {
        let mut services: Vec<&Service> =
            cx.hosts.selected(&policy.meta, &policy.selector).flat_map(|w| cx.hosts.services_of(w)).collect();
        services.sort_by_key(|service| &service.hostname.value);
        services.dedup_by_key(|service| &service.hostname.value);
        for principal in policy.rules.iter().flat_map(|rule| &rule.from).flat_map(|source| &source.principals)
        {
            let Some(sidecar) = caller(cx, &principal.value).and_then(|w| sidecar_of(cx, w)) else {
                continue;
            };
            for service in &services {
                let key = (&sidecar.meta.object, &service.hostname.value);
                if !told.contains(&key) && is_hidden(cx, sidecar, service) {
                    told.push(key);
                    report(out, sidecar, service, (policy, principal));
                }
            }
        }
    }
}

/// A workload that a principal (`trust domain/ns/NAMESPACE/sa/ACCOUNT`) names.
fn caller<'a>(cx: &Cx<'a>, principal: &str) -> Option<&'a Workload> {
    let (_, rest) = principal.split_once("/ns/")?;
    let (namespace, account) = rest.split_once("/sa/")?;
    cx.hosts.workloads_in(namespace).find(|w| w.service_account == account && w.has_proxy)
}

/// The Sidecar of a workload: by selector, then the namespace's, then the mesh's (`pilot/pkg/model/push_context.go`, `getSidecarScope`).
fn sidecar_of<'a>(cx: &Cx<'a>, workload: &Workload) -> Option<&'a Sidecar> {
    let of = |namespace: &str| {
        let namespace = namespace.to_owned();
        cx.mesh.sidecars.iter().filter(move |s| s.meta.namespace() == namespace)
    };
    let own = workload.meta.namespace();
    of(own)
        .find(|s| s.selector_written && carries(workload.labels(), &s.selector))
        .or_else(|| of(own).find(|s| !s.selector_written))
        .or_else(|| of(&cx.mesh.settings.root_namespace).find(|s| !s.selector_written))
}

fn is_hidden(cx: &Cx<'_>, sidecar: &Sidecar, service: &Service) -> bool {
    let Some(egress) = &sidecar.egress else { return false };
    let refuses =
        sidecar.outbound.unwrap_or(cx.mesh.settings.outbound) == OutboundTrafficPolicy::RegistryOnly;
    let lists = |listener: &EgressListener| listener.hosts.iter().any(|host| selects(&host.value, service));
    refuses && !egress.iter().any(lists) && !is_routed_to(cx, sidecar, service)
}

fn selects(selector: &HostSelector, service: &Service) -> bool {
    let (namespace, host) = (selector.namespace.as_str(), selector.host.as_str());
    (namespace == "*" || namespace == service.meta.namespace())
        && (host == service.hostname.value || wildcard_covers(host, &service.hostname.value))
}

fn is_routed_to(cx: &Cx<'_>, sidecar: &Sidecar, service: &Service) -> bool {
    let namespace = sidecar.meta.namespace();
    destinations(cx.mesh).any(|place| {
        place.destination.host.value == service.hostname.value
            && place.service.visibility.sees(place.service.meta.namespace(), namespace)
    })
}

fn report(out: &mut Findings, sidecar: &Sidecar, service: &Service, by: (&AuthorizationPolicy, &At<String>)) {
    let host = sidecar.egress.iter().flatten().flat_map(|listener| &listener.hosts).next();
    let name = &service.hostname.value;
    out.report(
        host.and_then(|host| host.origin).or(sidecar.meta.origin),
        &sidecar.meta.object,
        "spec.egress[0].hosts",
        format!("`{name}` is not imported, though {} admits its callers from here", by.0.meta.object),
    )
    .label(format!("`{name}` is not among these hosts, and unknown hosts are refused"))
    .also(by.1.origin, "this caller is meant to reach it")
    .help(format!("add `{}/{name}` to the hosts", service.meta.namespace()));
}
