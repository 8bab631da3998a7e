//! # Gateway not found
//!
//! A VirtualService is bound to a Gateway that the input does not have. Its routes are on no gateway then. A name without
//! namespace means the VirtualService's own namespace.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["shop.example"]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [edge]
//! #            ^^^^ MP1005 `shop/edge`
//!   http: [{directResponse: {status: 200}}]
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: istio-system}
//! spec:
//!   selector: {istio: ingressgateway}
//!   servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["shop.example"]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: shop, namespace: shop}
//! spec:
//!   hosts: [shop.example]
//!   gateways: [istio-system/edge, mesh]
//!   http: [{directResponse: {status: 200}}]
//! ```

use mp_ir::base::{At, Fix, Level};
use mp_ir::mesh::{Gateway, Mesh, VirtualService};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1005",
    name: "gateway-not-found",
    level: Level::Error,
    istio: Some("IST0101"),
    kiali: Some("KIA1102"),
    source: include_str!("gateway_not_found.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        let of_spec = service.gateways.iter().map(|g| ("spec.gateways".to_owned(), g));
        let of_matches = service.http.iter().enumerate().flat_map(|(at, route)| {
            let gateways = route.matches.iter().flat_map(|m| &m.gateways);
            gateways.map(move |g| (format!("spec.http[{at}].match"), g))
        });
        for (field, gateway) in of_spec.chain(of_matches) {
            if gateway.value != "mesh" && !exists(cx.mesh, &gateway.value) {
                report(cx, out, service, &field, gateway);
            }
        }
    }
}

fn exists(mesh: &Mesh, name: &str) -> bool {
    mesh.gateways.iter().any(|g| name.split_once('/') == Some((g.meta.namespace(), g.meta.name())))
}

fn report(cx: &Cx<'_>, out: &mut Findings, service: &VirtualService, field: &str, gateway: &At<String>) {
    let (object, name) = (&service.meta.object, gateway.value.as_str());
    if cx.mesh.gateways.is_empty() {
        cx.unknown(
            object,
            gateway.origin,
            format!("whether Gateway `{name}` exists: no Gateway is part of the input"),
        );
        return;
    }
    if cx.workspace.sets().iter().any(|set| set.renames) {
        let why = format!("whether Gateway `{name}` exists: a kustomization changes the names of Gateways");
        return cx.unknown(object, gateway.origin, why);
    }
    if cx.elsewhere.has_gateway(name) {
        let why =
            format!("whether Gateway `{name}` exists: another kustomization or folder of the input has it");
        return cx.unknown(object, gateway.origin, why);
    }
    let bare = name.rsplit_once('/').map_or(name, |(_, bare)| bare);
    let mut namesakes = cx.mesh.gateways.iter().filter(|g| g.meta.name() == bare);
    let namesake = namesakes.next();
    let only = namesakes.next().is_none();
    let finding = out
        .report(gateway.origin, object, field, format!("Gateway `{name}` does not exist"))
        .label(format!("no Gateway is called `{name}`: these routes are on no gateway"));
    match namesake {
        Some(other) => finding
            .also(other.meta.origin, format!("there is one in namespace `{}`", other.meta.namespace()))
            .help(format!("write `{}/{bare}`", other.meta.namespace()))
            .fix(moved(cx, gateway, other).filter(|_| only)),
        None => finding.help("create the Gateway or correct the name"),
    };
}

/// The name with the namespace of the one Gateway that has it.
fn moved(cx: &Cx<'_>, gateway: &At<String>, other: &Gateway) -> Option<Fix> {
    let written = cx.workspace.sources().slice(gateway.origin?).trim_matches(['"', '\'']);
    // A namespace that is written is meant.
    if written.contains('/') {
        return None;
    }
    let full = format!("{}/{}", other.meta.namespace(), other.meta.name());
    cx.workspace.replacement(gateway.origin?, written, &full, format!("write `{full}`"))
}
