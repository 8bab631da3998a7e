//! # EnvoyFilter that matches no listener
//!
//! The patch asks for a listener port that none of the proxies it is for has: no Service leads to such a port of the selected workloads (inbound), no Service
//! has such a port (outbound), no Gateway has such a server. The patch is never applied, without a word from istiod.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: lua, namespace: shop}
//! spec:
//!   workloadSelector: {labels: {app: cart}}
//!   configPatches:
//!   - applyTo: HTTP_FILTER
//!     match:
//!       context: SIDECAR_INBOUND
//!       listener: {portNumber: 9080}
//! #                            ^^^^ MP1024 inbound
//!     patch: {operation: REMOVE}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: cart, namespace: shop}
//! spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: alone, namespace: shop, labels: {app: alone}}
//! spec: {containers: [{name: app, image: cart}, {name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: lua, namespace: shop}
//! spec:
//!   workloadSelector: {labels: {app: cart}}
//!   configPatches:
//!   - applyTo: HTTP_FILTER
//!     match: {context: SIDECAR_INBOUND, listener: {portNumber: 8080}}
//!     patch: {operation: REMOVE}
//!   - applyTo: HTTP_FILTER
//!     match: {context: SIDECAR_INBOUND, listener: {portNumber: 15006}}
//!     patch: {operation: REMOVE}
//!   - applyTo: HTTP_FILTER
//!     match: {context: SIDECAR_OUTBOUND, listener: {portNumber: 80}}
//!     patch: {operation: REMOVE}
//!   - applyTo: HTTP_FILTER
//!     match: {listener: {portNumber: 1}}
//!     patch: {operation: REMOVE}
//! ---
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: unknown, namespace: shop}
//! spec:
//!   workloadSelector: {labels: {app: alone}}
//!   configPatches:
//!   - applyTo: HTTP_FILTER
//!     match: {context: SIDECAR_INBOUND, listener: {portNumber: 9080}}
//!     patch: {operation: REMOVE}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{EnvoyFilter, PatchContext};

use crate::{Answer, Check, Cx, Findings};

/// Istio's own ports begin here: the listeners that take everything, health checks, statistics.
const OWN_PORTS: std::ops::RangeInclusive<u32> = 15000..=15090;

pub(crate) static CHECK: Check = Check {
    code: "MP1024",
    name: "envoy-filter-matches-nothing",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("envoy_filter_matches_nothing.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for filter in cx.mesh.envoy_filters.iter().filter(|filter| filter.targets.is_empty()) {
        for (at, patch) in filter.patches.iter().enumerate() {
            let port = patch.listener.as_ref().map_or(0, |listener| listener.port);
            if port == 0 || OWN_PORTS.contains(&port) {
                continue;
            }
            let (answer, what) = match patch.context {
                Some(PatchContext::SidecarInbound) => (inbound(cx, filter, port), "inbound"),
                Some(PatchContext::SidecarOutbound) => (outbound(cx, port), "outbound"),
                Some(PatchContext::Gateway) => (gateway(cx, port), "gateway"),
                Some(PatchContext::Waypoint) | None => continue,
            };
            if answer != Answer::No {
                continue;
            }
            let field = format!("spec.configPatches[{at}].match.listener.portNumber");
            out.report(
                cx.place(&filter.meta.object, &field).or(patch.origin),
                &filter.meta.object,
                field,
                format!("no {what} listener of these proxies has port {port}"),
            )
            .label("the patch is never applied")
            .help(match patch.context {
                Some(PatchContext::SidecarInbound) => {
                    "inbound listeners have the ports of the Pod (`targetPort`), not those of the Service"
                }
                _ => "correct the number, or leave it out to match every listener",
            });
        }
    }
}

/// Whether some workload that the filter is for has an inbound port.
fn inbound(cx: &Cx<'_>, filter: &EnvoyFilter, port: u32) -> Answer<()> {
    let of_sidecars = cx.mesh.sidecars.iter().flat_map(|sidecar| &sidecar.ingress);
    if of_sidecars.into_iter().any(|listener| listener.port.value == port) {
        return Answer::Yes(());
    }
    let mut known = false;
    for workload in cx.hosts.selected(&filter.meta, &filter.selector) {
        let mut ports = cx.hosts.inbound(workload).map(|(_, _, target)| target).peekable();
        if ports.peek().is_none() {
            return Answer::Unknown;
        }
        known = true;
        if ports.any(|target| target == port) {
            return Answer::Yes(());
        }
    }
    if known { Answer::No } else { Answer::Unknown }
}

fn outbound(cx: &Cx<'_>, port: u32) -> Answer<()> {
    let of_services =
        cx.mesh.services.iter().flat_map(|service| &service.ports).any(|own| own.number == port);
    let listeners = cx.mesh.sidecars.iter().filter_map(|sidecar| sidecar.egress.as_ref()).flatten();
    let of_sidecars = listeners.filter_map(|listener| listener.port).any(|own| own.value == port);
    match (of_services || of_sidecars, cx.hosts.any_service()) {
        (true, _) => Answer::Yes(()),
        (false, true) => Answer::No,
        (false, false) => Answer::Unknown,
    }
}

/// Gateways listen on the port of the server, or on the one of their Pod that the Service leads to.
fn gateway(cx: &Cx<'_>, port: u32) -> Answer<()> {
    let served =
        cx.mesh.gateways.iter().flat_map(|gateway| &gateway.servers).any(|server| server.port.value == port);
    let targeted = || {
        let ports = cx.mesh.services.iter().flat_map(|service| &service.ports);
        ports
            .into_iter()
            .any(|own| own.target != mp_ir::mesh::TargetPort::Number(own.number) && own.number != port)
    };
    match (served, cx.mesh.gateways.is_empty() || targeted()) {
        (true, _) => Answer::Yes(()),
        (false, true) => Answer::Unknown,
        (false, false) => Answer::No,
    }
}
