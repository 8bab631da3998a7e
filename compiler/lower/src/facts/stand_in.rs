//! What stands for live state where one request is followed through a repository: a Pod for each workload whose Pods are not in the input, and
//! an address for each Service that has none. The addresses are those that networks keep for benchmarks (198.18.0.0/15).

use std::net::Ipv4Addr;

use mp_ir::mesh::{Mesh, Registry, Service, Workload};
use mp_model::Workspace;

use super::endpoint::{Slices, TLS_MODE, by_service, fits};
use super::service::UNSPECIFIED;
use crate::proxy::{is_injected, without_pods};

const PODS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);
const SERVICES: Ipv4Addr = Ipv4Addr::new(198, 19, 0, 0);

/// Fills the mesh; Services and templates must be read. What a cluster wrote is left as it is: a Service with EndpointSlices, and the
/// workloads behind it.
pub(super) fn fill(ws: &Workspace, mesh: &mut Mesh) {
    let slices = by_service(ws);
    addresses(mesh, &slices);
    let pods = pods(mesh, &slices);
    mesh.workloads.extend(pods);
}

fn is_live(service: &Service, slices: &Slices<'_>) -> bool {
    slices.contains_key(&(service.meta.namespace(), service.meta.name()))
}

fn addresses(mesh: &mut Mesh, slices: &Slices<'_>) {
    let bare = |service: &Service| {
        service.registry == Registry::Kubernetes
            && !service.headless
            && service.external_name.is_none()
            && service.addresses.iter().all(|address| address == UNSPECIFIED)
            && !is_live(service, slices)
    };
    let bare = mesh.services.iter_mut().filter(|service| bare(service));
    for (service, address) in bare.zip(after(SERVICES)) {
        service.addresses = vec![address];
    }
}

fn pods(mesh: &Mesh, slices: &Slices<'_>) -> Vec<Workload> {
    let served = |template: &Workload| {
        mesh.services.iter().any(|service| {
            !service.selector.is_empty() && fits(service, template) && is_live(service, slices)
        })
    };
    let missing = without_pods(mesh).filter(|template| !served(template));
    missing.zip(after(PODS)).map(|(template, address)| pod(mesh, template, address)).collect()
}

/// The Pod that a template makes, with what the injector adds to it.
fn pod(mesh: &Mesh, template: &Workload, address: String) -> Workload {
    let mut out = template.clone();
    out.stands_for = Some(template.meta.object.clone());
    out.meta.object.kind = "Pod".to_owned();
    out.workload_name = template.meta.name().to_owned();
    out.from_template = false;
    out.has_proxy = is_injected(mesh, template);
    out.ready = true;
    out.ips = vec![address];
    if out.has_proxy {
        out.meta.labels.entry(TLS_MODE.to_owned()).or_insert_with(|| "istio".to_owned());
    }
    out
}

/// The addresses that follow one.
fn after(first: Ipv4Addr) -> impl Iterator<Item = String> {
    (1..=u32::from(u16::MAX)).map(move |step| Ipv4Addr::from_bits(first.to_bits() + step).to_string())
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::EndpointAddress;
    use mp_model::Input;

    use super::*;

    const REPOSITORY: &str = "
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-v1, namespace: shop}
spec:
  selector: {matchLabels: {app: api, version: v1}}
  template:
    metadata: {labels: {app: api, version: v1}}
    spec: {containers: [{name: app, ports: [{name: web, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: direct, namespace: shop}
spec: {clusterIP: None, selector: {app: api}, ports: [{name: http, port: 80}]}
";

    fn mesh(text: &str) -> Mesh {
        let ws = Workspace::read(&[Input::new("a.yaml", text)]);
        let endpoints = crate::EndpointChoice::Auto;
        crate::facts(&ws, &crate::FactOptions { stand_ins: true, endpoints, ..crate::FactOptions::default() })
    }

    #[test]
    fn a_pod_stands_for_a_deployment_behind_its_services() {
        let mesh = mesh(REPOSITORY);
        let pod = mesh.workloads.first().cloned().unwrap_or_default();
        assert_eq!((pod.meta.name(), pod.ips.first().map(String::as_str)), ("api-v1", Some("198.18.0.1")));
        assert_eq!(pod.stands_for.map(|object| object.kind).as_deref(), Some("Deployment"));
        let at = mesh.services.iter().position(|s| s.meta.name() == "api").unwrap_or_default();
        let endpoint = mesh.endpoints.get(at).and_then(|all| all.first());
        assert_eq!(
            endpoint.map(|e| (&e.address, e.port, e.labels.get("version").map(String::as_str))),
            Some((&EndpointAddress::Host("198.18.0.1".to_owned()), 8080, Some("v1")))
        );
    }

    #[test]
    fn services_without_an_address_get_one_unless_they_are_headless() {
        let mesh = mesh(REPOSITORY);
        let of =
            |name: &str| mesh.services.iter().find(|s| s.meta.name() == name).map(|s| s.addresses.clone());
        assert_eq!(of("api"), Some(vec!["198.19.0.1".to_owned()]));
        assert_ne!(of("direct"), Some(vec!["198.19.0.2".to_owned()]));
    }

    #[test]
    fn what_a_cluster_wrote_is_left_as_it_is() {
        let slice = "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: api-1, namespace: shop, labels: \
                     {kubernetes.io/service-name: api}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints: []\n";
        assert!(mesh(&format!("{REPOSITORY}{slice}")).workloads.is_empty());
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: api-v1-x, namespace: shop, labels: {app: api, version: v1}}\n\
                   spec: {containers: [{name: app}]}\nstatus: {podIP: 10.0.0.1}\n";
        let mesh = mesh(&format!("{REPOSITORY}{pod}"));
        assert_eq!(mesh.workloads.iter().map(|w| w.meta.name()).collect::<Vec<_>>(), ["api-v1-x"]);
    }
}
