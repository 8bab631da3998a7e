//! Workloads as the ambient mesh reads them (`pilot/pkg/serviceregistry/ambient/workloads.go`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use mp_ir::mesh::{
    AmbientSource, AmbientWorkload, Labels, Locality, Mesh, Meta, Registry, Resolution, Served, Service,
    Workload, WorkloadPort,
};
use mp_model::views::{k8s, networking};
use mp_model::{Kind, Object, Workspace};

use super::service::number;
use super::{is_pod, meta, text, workload};

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Pods, WorkloadEntries, endpoints of ServiceEntries and of EndpointSlices, in this order.
pub(crate) fn workloads(ws: &Workspace, mesh: &Mesh) -> Vec<AmbientWorkload> {
    let named = named_by_slices(ws, mesh);
    let by_name: HashMap<(&str, &str, bool), &Workload> =
        mesh.workloads.iter().map(|w| ((w.meta.namespace(), w.meta.name(), is_pod(w)), w)).collect();
    let known = |object: &Object, pod: bool| {
        by_name.get(&(object.namespace.as_str(), object.name.as_str(), pod)).copied()
    };
    let mut out = Vec::new();
    for object in ws.of_kind(Kind::Pod) {
        let view = ws.view::<k8s::Pod<'_>>(object);
        out.extend(known(object, true).zip(view).and_then(|(w, view)| pod(ws, mesh, w, view, &named)));
    }
    for object in ws.of_kind(Kind::WorkloadEntry) {
        let spec = ws.spec::<networking::WorkloadEntry<'_>>(object);
        out.extend(known(object, false).zip(spec).map(|(w, spec)| entry(mesh, w, spec)));
    }
    for object in ws.of_kind(Kind::ServiceEntry) {
        if let Some(spec) = ws.spec::<networking::ServiceEntry<'_>>(object) {
            out.extend(of_service_entry(mesh, object, spec));
        }
    }
    for object in ws.of_kind(Kind::EndpointSlice) {
        if let Some(slice) = ws.view::<k8s::EndpointSlice<'_>>(object) {
            out.extend(of_slice(mesh, object, slice));
        }
    }
    out
}

/// A Pod that has not ended and has addresses (`podWorkloadBuilder`).
fn pod(
    ws: &Workspace,
    mesh: &Mesh,
    known: &Workload,
    view: k8s::Pod<'_>,
    named: &NamedBySlices,
) -> Option<AmbientWorkload> {
    let status = view.status()?;
    if matches!(text(status.phase()).as_str(), "Failed" | "Succeeded") {
        return None;
    }
    let addresses: Vec<IpAddr> = known.ips.iter().map(|ip| ip.parse().ok()).collect::<Option<_>>()?;
    if addresses.is_empty() {
        return None;
    }
    let going = view.metadata().is_some_and(|m| m.deletion_timestamp().is_some());
    let ready = status.conditions().iter().find(|c| text(c.type_()) == "Ready");
    let uid = view.metadata().map(|m| text(m.uid())).unwrap_or_default();
    let key = (known.meta.namespace().to_owned(), known.meta.name().to_owned(), uid);
    Some(AmbientWorkload {
        source: AmbientSource::Pod,
        waypoint_labels: known.meta.labels.clone(),
        addresses,
        locality: of_node(ws, &known.node),
        network: mesh.settings.network.clone(),
        healthy: !going && ready.is_some_and(|c| text(c.status()) == "True"),
        host_network: view.spec().and_then(|spec| spec.host_network()).unwrap_or_default(),
        served: Served::Selected(named.get(&key).into_iter().flatten().cloned().collect()),
        node: known.node.clone(),
        service_account: known.service_account.clone(),
        workload_name: known.workload_name.clone(),
        ports: known.ports.clone(),
        ..bare(AmbientSource::Pod, known.meta.clone())
    })
}

fn bare(source: AmbientSource, meta: Meta) -> AmbientWorkload {
    AmbientWorkload {
        source,
        waypoint_labels: meta.labels.clone(),
        meta,
        suffix: String::new(),
        addresses: Vec::new(),
        hostname: String::new(),
        service_account: String::new(),
        node: String::new(),
        locality: Locality::default(),
        network: String::new(),
        healthy: true,
        host_network: false,
        weight: 0,
        workload_name: String::new(),
        ports: Vec::new(),
        served: Served::Selected(Vec::new()),
    }
}

/// The place of a node by its labels alone (`nodeLocality`).
fn of_node(ws: &Workspace, name: &str) -> Locality {
    let Some(node) = ws.find(Kind::Node, "", name) else { return Locality::default() };
    let label = |key: &str| node.labels.get(key).cloned().unwrap_or_default();
    Locality {
        region: label("topology.kubernetes.io/region"),
        zone: label("topology.kubernetes.io/zone"),
        subzone: label("topology.istio.io/subzone"),
        slashes: 2,
    }
}

/// A WorkloadEntry (`workloadEntryWorkloadBuilder`).
fn entry(mesh: &Mesh, known: &Workload, spec: networking::WorkloadEntry<'_>) -> AmbientWorkload {
    let stated = text(spec.network());
    AmbientWorkload {
        network: if stated.is_empty() { mesh.settings.network.clone() } else { stated },
        workload_name: known.workload_name.clone(),
        ..inline(AmbientSource::WorkloadEntry, known.meta.clone(), spec)
    }
}

/// What the spec of a WorkloadEntry says, be it an object or part of a ServiceEntry.
fn inline(source: AmbientSource, meta: Meta, spec: networking::WorkloadEntry<'_>) -> AmbientWorkload {
    let mut out = bare(source, meta);
    let address = text(spec.address());
    match address.parse() {
        Ok(ip) => out.addresses = vec![ip],
        Err(_) => out.hostname = address,
    }
    out.service_account = text(spec.service_account());
    out.locality = workload::locality(&text(spec.locality()));
    out.weight = number(spec.weight());
    let port = |(name, port): (mp_model::Text<'_>, i64)| WorkloadPort {
        name: name.value.to_owned(),
        number: number(Some(port)),
        protocol: "TCP".to_owned(),
    };
    out.ports = spec.ports().iter().map(port).collect();
    out
}

/// Endpoints that a ServiceEntry states, else its hosts where DNS resolves them (`serviceEntryWorkloadBuilder`).
fn of_service_entry(
    mesh: &Mesh,
    object: &Object,
    spec: networking::ServiceEntry<'_>,
) -> Vec<AmbientWorkload> {
    if spec.endpoints().is_empty() {
        let hosts = if spec.workload_selector().is_none() { resolved(mesh, object) } else { BTreeSet::new() };
        let of_host = |host: &str| AmbientWorkload {
            hostname: host.to_owned(),
            network: mesh.settings.network.clone(),
            waypoint_labels: Labels::new(),
            suffix: host.to_owned(),
            workload_name: object.name.clone(),
            served: Served::Entry(Some(host.to_owned())),
            ..bare(AmbientSource::ServiceEntry, meta(object))
        };
        return hosts.into_iter().map(of_host).collect();
    }
    // A stated network counts for the endpoints behind it as well.
    let mut network = mesh.settings.network.clone();
    let mut out = Vec::new();
    for view in spec.endpoints().iter() {
        let stated = text(view.network());
        if !stated.is_empty() {
            network = stated;
        }
        out.push(AmbientWorkload {
            network: network.clone(),
            waypoint_labels: view.labels().to_sorted(),
            suffix: text(view.address()),
            workload_name: object.name.clone(),
            served: Served::Entry(None),
            ..inline(AmbientSource::ServiceEntry, meta(object), view)
        });
    }
    out
}

/// Hosts of a ServiceEntry that DNS resolves.
fn resolved<'m>(mesh: &'m Mesh, object: &Object) -> BTreeSet<&'m str> {
    let mine = mesh.services.iter().filter(|service| {
        service.registry == Registry::External
            && service.meta.namespace() == object.namespace
            && service.meta.name() == object.name
    });
    let by_dns = mine.filter(|service| {
        matches!(service.resolution, Resolution::Dns | Resolution::DynamicDns | Resolution::DnsRoundRobin)
    });
    by_dns.map(|service| service.hostname.value.as_str()).collect()
}

/// Endpoints that name no Pod: nothing is known of them but where they are (`endpointSlicesBuilder`).
fn of_slice(mesh: &Mesh, object: &Object, slice: k8s::EndpointSlice<'_>) -> Vec<AmbientWorkload> {
    let Some(service) = service_of(mesh, object).filter(|_| text(slice.address_type()) != "FQDN") else {
        return Vec::new();
    };
    let tcp = slice.ports().iter().filter(|port| {
        port.name().is_some() && port.port().is_some() && port.protocol().is_some_and(|p| p == "TCP")
    });
    let ports: Vec<(String, u32)> = tcp.map(|port| (text(port.name()), number(port.port()))).collect();
    let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
    for endpoint in slice.endpoints().iter().filter(|endpoint| !names_pod(*endpoint)) {
        let texts: Vec<String> = endpoint.addresses().iter().map(|a| a.value.to_owned()).collect();
        let addresses = texts.iter().map(|a| a.parse().ok()).collect::<Option<Vec<IpAddr>>>();
        let (Some(first), Some(addresses)) = (texts.first(), addresses) else { continue };
        if !seen.insert(first.clone()) {
            continue;
        }
        let mut meta = meta(object);
        meta.labels.clear();
        out.push(AmbientWorkload {
            suffix: first.clone(),
            addresses,
            network: mesh.settings.network.clone(),
            healthy: endpoint.conditions().and_then(|c| c.ready()) != Some(false),
            host_network: true,
            served: Served::Slice(service.hostname.value.clone(), ports.clone()),
            ..bare(AmbientSource::EndpointSlice, meta)
        });
    }
    out
}

fn names_pod(endpoint: k8s::Endpoint<'_>) -> bool {
    endpoint.target_ref().is_some_and(|target| text(target.kind()) == "Pod")
}

fn service_of<'m>(mesh: &'m Mesh, slice: &Object) -> Option<&'m Service> {
    let name = slice.labels.get(SERVICE_NAME)?;
    mesh.services.iter().find(|service| {
        service.registry == Registry::Kubernetes
            && service.meta.namespace() == slice.namespace
            && service.meta.name() == name
    })
}

/// Host names of Services by the Pods that their EndpointSlices name: namespace, name, uid.
type NamedBySlices = BTreeMap<(String, String, String), Vec<String>>;

/// `matchingServicesWithoutSelectors`: the uid must be the Pod's too.
fn named_by_slices(ws: &Workspace, mesh: &Mesh) -> NamedBySlices {
    let mut out = NamedBySlices::new();
    for object in ws.of_kind(Kind::EndpointSlice) {
        let Some(slice) = ws.view::<k8s::EndpointSlice<'_>>(object) else { continue };
        let Some(service) = service_of(mesh, object).filter(|_| text(slice.address_type()) != "FQDN") else {
            continue;
        };
        for endpoint in slice.endpoints().iter().filter(|endpoint| names_pod(*endpoint)) {
            let Some(target) = endpoint.target_ref() else { continue };
            let key = (text(target.namespace()), text(target.name()), text(target.uid()));
            out.entry(key).or_default().push(service.hostname.value.clone());
        }
    }
    out
}
