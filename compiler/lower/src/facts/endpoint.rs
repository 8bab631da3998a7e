//! Endpoints of all services: EndpointSlices with their Pods, WorkloadEntries, and the hosts of ServiceEntries.

mod entries;
mod slices;
mod substitute;

use std::collections::{HashMap, HashSet};

use mp_ir::mesh::{Endpoint, EndpointAddress, Health, Mesh, Registry, Resolution, Workload};
use mp_model::Workspace;

use super::networks::Members;
use super::service::spiffe;
use super::workload::augmented;
use crate::EndpointChoice;

pub(super) use slices::{Slices, by_service};
pub(crate) use slices::{selects, target_port};
pub(super) use substitute::fits;

const NETWORK: &str = "topology.istio.io/network";
/// Label by which a workload says that it speaks mutual TLS.
pub(crate) const TLS_MODE: &str = "security.istio.io/tlsMode";

/// Fills [`Mesh::endpoints`], parallel to the services.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh, members: &Members, choice: EndpointChoice) {
    let slices = slices::by_service(ws);
    mesh.substitutions = substitute::all(mesh, &slices, choice);
    let pods = Pods::new(mesh);
    let entries = slices::by_namespace(mesh);
    let sources = substitute::sources(mesh);
    let mut all = Vec::with_capacity(mesh.services.len());
    for service in &mesh.services {
        let mut endpoints = match service.registry {
            Registry::Kubernetes => slices::endpoints(ws, mesh, service, &slices, (&pods, &entries)),
            Registry::External => entries::endpoints(ws, mesh, service),
        };
        endpoints.extend(substitute::endpoints(mesh, service, &sources));
        all.push(endpoints);
    }
    one_for_round_robin(mesh, &mut all);
    for endpoint in
        all.iter_mut().flatten().filter(|endpoint| endpoint.of_cluster && endpoint.network.is_empty())
    {
        let EndpointAddress::Host(ip) = &endpoint.address else { continue };
        endpoint.network = members.network(mesh, "", ip);
        endpoint.labels.insert(NETWORK.to_owned(), endpoint.network.clone());
    }
    mesh.endpoints = all;
}

/// Of a host that DNS round robin resolves only the first endpoint of each port counts
/// (`mergeServicesInstancesByNamespaceHost`).
fn one_for_round_robin(mesh: &Mesh, all: &mut [Vec<Endpoint>]) {
    let mut taken: HashSet<(&str, &str, u32)> = HashSet::new();
    let external =
        mesh.services.iter().zip(all).filter(|(service, _)| service.registry == Registry::External);
    for (service, endpoints) in external {
        let round_robin = service.resolution == Resolution::DnsRoundRobin;
        let (namespace, host) = (service.meta.namespace(), service.hostname.value.as_str());
        endpoints.retain(|endpoint| taken.insert((namespace, host, endpoint.service_port)) || !round_robin);
    }
}

/// Pods by name and by address.
#[derive(Debug, Default)]
struct Pods<'m> {
    by_name: HashMap<(&'m str, &'m str), &'m Workload>,
    by_ip: HashMap<&'m str, Vec<&'m Workload>>,
}

impl<'m> Pods<'m> {
    fn new(mesh: &'m Mesh) -> Self {
        let mut out = Self::default();
        for workload in mesh.workloads.iter().filter(|w| is_pod(w)) {
            out.by_name.insert((workload.meta.namespace(), workload.meta.name()), workload);
            if let Some(ip) = workload.ips.first().filter(|_| workload.ready) {
                out.by_ip.entry(ip).or_default().push(workload);
            }
        }
        out
    }

    fn named(&self, namespace: &str, name: &str) -> Option<&'m Workload> {
        self.by_name.get(&(namespace, name)).copied()
    }

    /// A ready Pod of a namespace with an address, for endpoints that name none.
    fn at(&self, namespace: &str, ip: &str) -> Option<&'m Workload> {
        self.by_ip.get(ip)?.iter().copied().find(|pod| pod.meta.namespace() == namespace)
    }
}

/// Whether a workload is a Pod rather than a WorkloadEntry.
pub(crate) fn is_pod(workload: &Workload) -> bool {
    workload.meta.object.kind == "Pod"
}

/// An endpoint of a workload, without address and ports. Without a workload nothing is known but the cluster.
fn of_workload(mesh: &Mesh, workload: Option<&Workload>) -> Endpoint {
    let nothing = Workload::default();
    let known = workload.unwrap_or(&nothing);
    let account = |name: &str| spiffe(&mesh.settings.trust_domain, known.meta.namespace(), name);
    let stated = known.meta.labels.get(TLS_MODE);
    let entry_with_account = workload.is_some_and(|w| !is_pod(w)) && !known.service_account.is_empty();
    Endpoint {
        port_name: String::new(),
        address: EndpointAddress::Host(String::new()),
        port: 0,
        service_port: 0,
        additional: Vec::new(),
        pod_host: known.pod_host.clone(),
        labels: augmented(mesh, known),
        service_account: workload
            .filter(|w| !w.service_account.is_empty())
            .map(|w| account(&w.service_account))
            .unwrap_or_default(),
        tls_mode_istio: stated.map_or(entry_with_account, |mode| mode == "istio"),
        weight: known.weight,
        locality: known.locality.clone(),
        network: known.network.clone(),
        of_cluster: workload.is_some_and(is_pod),
        node: known.node.clone(),
        by_name: false,
        health: if workload.is_some_and(is_pod) { Health::Healthy } else { Health::Unchecked },
        workload_name: known.workload_name.clone(),
        namespace: known.meta.namespace().to_owned(),
        origin: known.meta.origin,
    }
}
