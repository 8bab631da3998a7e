//! MeshNetworks and Services that are gateways to a network (`serviceregistry/kube/controller/network.go`).

use std::net::IpAddr;

use mp_ir::mesh::{Mesh, NetworkGateway};
use mp_model::base::FileId;
use mp_model::syntax::{self, ParsedFile};
use mp_model::views::{k8s, mesh as view};
use mp_model::{FromNode, Kind, Workspace};

use super::service::number;
use super::text;
use crate::FactOptions;

const NETWORK: &str = "topology.istio.io/network";
const GATEWAY_PORT: &str = "networking.istio.io/gatewayPort";
const DEFAULT_PORT: u32 = 15443;

/// Which addresses belong to which network, by MeshNetworks.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The network of all endpoints of this cluster.
    whole: Option<String>,
    ranges: Vec<(IpAddr, u8, String)>,
}

impl Members {
    /// The network of an endpoint of this cluster: label, root namespace, MeshNetworks (`Controller.Network`).
    pub(super) fn network(&self, mesh: &Mesh, label: &str, ip: &str) -> String {
        if !label.is_empty() {
            return label.to_owned();
        }
        if !mesh.settings.network.is_empty() {
            return mesh.settings.network.clone();
        }
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let Ok(ip) = ip.parse() else { return String::new() };
        let inside = |(base, bits, _): &&(IpAddr, u8, String)| contains(*base, *bits, ip);
        let ranges = self.ranges.iter().filter(inside);
        ranges.min_by_key(|(_, bits, _)| *bits).map(|(_, _, name)| name.clone()).unwrap_or_default()
    }
}

fn contains(base: IpAddr, bits: u8, ip: IpAddr) -> bool {
    let same = |a: u128, b: u128, width: u32| {
        let host = width.saturating_sub(u32::from(bits));
        a.checked_shr(host).unwrap_or(0) == b.checked_shr(host).unwrap_or(0)
    };
    match (base, ip) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

/// Reads MeshNetworks and fills [`Mesh::network_gateways`].
pub(super) fn read(ws: &Workspace, options: &FactOptions, mesh: &mut Mesh) -> Members {
    let mut members = Members::default();
    let mut services = Vec::new();
    let file = options.mesh_networks.as_ref().map(|input| {
        let id = FileId(u32::try_from(ws.files().len() + 1).unwrap_or(u32::MAX));
        syntax::parse(id, String::from_utf8_lossy(&input.bytes).as_ref().into())
    });
    if let Some(file) = file.or_else(|| config_map(ws)) {
        let root = file.roots().next().and_then(|(_, root)| view::MeshNetworks::from_node(root));
        for (name, network) in root.into_iter().flat_map(|networks| networks.networks().iter()) {
            add(mesh, &mut members, &mut services, &name, network);
        }
    } else if let Some(source) =
        ws.mesh_configs().iter().find(|source| source.chart_networks().next().is_some())
    {
        for (_, name, network) in source.chart_networks() {
            if let Some(network) = view::Network::from_node(network) {
                add(mesh, &mut members, &mut services, name, network);
            }
        }
    }
    of_services(ws, mesh, &services);
    mesh.network_gateways.sort();
    mesh.network_ranges = members.ranges.iter().map(|(ip, bits, _)| (*ip, *bits)).collect();
    mesh.network_ranges.sort();
    members
}

/// Services that are labelled as gateways, or that MeshNetworks names: host, network and port.
fn of_services(ws: &Workspace, mesh: &mut Mesh, services: &[(String, String, u32)]) {
    for object in ws.of_kind(Kind::Service) {
        let service = ws.view::<k8s::Service<'_>>(object);
        let host = format!("{}.{}.svc.{}", object.name, object.namespace, mesh.settings.domain);
        let gateway = match object.labels.get(NETWORK).filter(|name| !name.is_empty()) {
            Some(network) => service
                .and_then(|s| labelled_port(s, object.labels.get(GATEWAY_PORT)))
                .map(|port| (network.clone(), port)),
            None => services
                .iter()
                .find(|(name, _, _)| *name == host)
                .map(|(_, network, port)| (network.clone(), *port)),
        };
        let Some((network, port)) = gateway else { continue };
        for address in service.map(external).unwrap_or_default() {
            let cluster = mesh.settings.cluster_id.clone();
            let origin = Some(object.name_span);
            mesh.network_gateways.push(NetworkGateway {
                address,
                port,
                network: network.clone(),
                cluster,
                origin,
            });
        }
    }
}

fn config_map(ws: &Workspace) -> Option<ParsedFile> {
    let object = ws.find(Kind::ConfigMap, "istio-system", "istio")?;
    let data = ws.root(object)?.get("data")?.get("meshNetworks")?.as_str()?;
    Some(syntax::parse(FileId(u32::MAX), data.into()))
}

fn add(
    mesh: &mut Mesh,
    members: &mut Members,
    services: &mut Vec<(String, String, u32)>,
    name: &str,
    network: view::Network<'_>,
) {
    let mut here = false;
    for endpoints in network.endpoints().iter() {
        let range = text(endpoints.from_cidr());
        let parsed =
            range.split_once('/').and_then(|(ip, bits)| Some((ip.parse().ok()?, bits.parse().ok()?)));
        members.ranges.extend(parsed.map(|(ip, bits)| (ip, bits, name.to_owned())));
        here |= text(endpoints.from_registry()) == mesh.settings.cluster_id;
    }
    if here && members.whole.is_none() {
        members.whole = Some(name.to_owned());
    }
    for gateway in network.gateways().iter() {
        let (address, port) = (text(gateway.address()), number(gateway.port()));
        let service = text(gateway.registry_service_name());
        if here && !service.is_empty() {
            services.push((service, name.to_owned(), port));
        }
        if !address.is_empty() {
            let origin = Some(gateway.0.span());
            let (network, cluster) = (name.to_owned(), String::new());
            mesh.network_gateways.push(NetworkGateway { address, port, network, cluster, origin });
        }
    }
}

/// The port of a Service that is labelled as gateway; `None` when it does not listen there.
fn labelled_port(service: k8s::Service<'_>, label: Option<&String>) -> Option<u32> {
    let port = label.and_then(|port| port.parse().ok()).unwrap_or(DEFAULT_PORT);
    let mut ports = service.spec()?.ports().iter();
    ports.any(|p| number(p.port()) == port).then_some(port)
}

/// Addresses under which a Service is reached from outside.
pub(super) fn external(service: k8s::Service<'_>) -> Vec<String> {
    let ingress =
        service.status().and_then(|s| s.load_balancer()).into_iter().flat_map(|lb| lb.ingress().iter());
    let balanced = service.spec().is_some_and(|spec| text(spec.type_()) == "LoadBalancer");
    let address = |ingress: k8s::LoadBalancerIngress<'_>| {
        let ip = text(ingress.ip());
        if ip.is_empty() { text(ingress.hostname()) } else { ip }
    };
    let of_balancer = ingress.filter(|_| balanced).map(address).filter(|address| !address.is_empty());
    let stated = service.spec().into_iter().flat_map(|spec| spec.external_ips().iter());
    of_balancer.chain(stated.map(|ip| ip.value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_one_family() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(contains(ip("10.1.0.0"), 16, ip("10.1.2.3")));
        assert!(!contains(ip("10.1.0.0"), 16, ip("10.2.2.3")));
        assert!(contains(ip("0.0.0.0"), 0, ip("10.2.2.3")));
        assert!(!contains(ip("::"), 0, ip("10.2.2.3")));
        assert!(contains(ip("fd00::"), 8, ip("fd12::1")));
    }
}
