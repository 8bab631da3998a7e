//! # VirtualServices that claim one host in the mesh
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [web]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: b, namespace: other}
//! spec: {hosts: [web.shop.svc.cluster.local], gateways: [mesh, edge], exportTo: [shop]}
//! # IST0109 VirtualService shop/a
//! # IST0109 VirtualService other/b
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [web, "*.web"]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: b, namespace: shop}
//! spec: {hosts: [web], gateways: [edge]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: c, namespace: other}
//! spec: {hosts: [web, a.web]}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::hosts::{fqdn, meet};
use super::notice::Out;
use super::notices::CONFLICTING_MESH_GATEWAY_VIRTUAL_SERVICE_HOSTS;
use super::service_entry_protocols::scopes;
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.ConflictingMeshGatewayHostsAnalyzer",
    inputs: &[SourceKind::VirtualService],
    codes: &["IST0109"],
    source: include_str!("mesh_hosts.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut claims: BTreeMap<(&str, String), Vec<&Resource<'_>>> = BTreeMap::new();
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let mut gateways = message.texts("gateways");
        if !message.items("gateways").is_empty() && !gateways.any(|(name, _)| name == "mesh") {
            continue;
        }
        let exports: Vec<&str> = message.texts("exportTo").map(|(scope, _)| scope).collect();
        for scope in scopes(service.namespace(), &exports) {
            for (host, _) in message.texts("hosts") {
                claims.entry((scope, fqdn(service.namespace(), host))).or_default().push(service);
            }
        }
    }
    let everywhere: Vec<_> =
        claims.iter().filter(|((scope, _), _)| *scope == "*").map(|((_, host), all)| (host, all)).collect();
    let mut told = BTreeSet::new();
    for ((scope, host), own) in &claims {
        let mut all: Vec<&Resource<'_>> = own.clone();
        if *scope != "*" {
            let met = everywhere.iter().filter(|(other, _)| meet(host, other));
            all.extend(met.flat_map(|(_, all)| all.iter().copied()));
        }
        if all.len() < 2 {
            continue;
        }
        let mut names: Vec<String> = all.iter().map(|service| service.full_name()).collect();
        names.sort();
        let (names, host) = (names.join(","), format!("{scope}/{host}"));
        for service in all.into_iter().filter(|service| told.insert(service.key())) {
            let kind = &CONFLICTING_MESH_GATEWAY_VIRTUAL_SERVICE_HOSTS;
            out.report_at(kind, service, &[&names, &host], service.name_line());
        }
    }
}
