//! Typed objects to facts, one file per kind.

pub(crate) mod ambient;
mod authorization_policy;
mod destination_rule;
mod earlier;
mod endpoint;
mod envoy_filter;
mod extension;
mod gateway;
mod gateway_api;
mod half_read;
mod inferred;
mod ingress;
mod json;
pub(crate) mod names;
mod networks;
mod open_labels;
mod peer_authentication;
mod request_authentication;
mod service;
mod service_entry;
mod settings;
mod sidecar;
mod stand_in;
mod telemetry;
mod template;
mod traffic_policy;
mod virtual_service;
mod workload;

pub(crate) use endpoint::{is_pod, selects, target_port};
pub(crate) use settings::apply_proxy_config;
pub(crate) use workload::{augmented, locality};

pub use earlier::Earlier;
pub use names::hostname;
pub use virtual_service::{route_as_written, virtual_services_as_written};

use std::cmp::Ordering;

use mp_ir::base::At;
use mp_ir::mesh::{Compat, Mesh, Meta, Registry, Service, Unknown};
use mp_model::{Kind, Object, Text, Workspace};

use crate::FactOptions;
use crate::proxy::assumed_injection;
use earlier::Kept;

/// Label with the name of a namespace that every Namespace has; one that others merely name has none.
pub(crate) const OWN_NAME: &str = "kubernetes.io/metadata.name";

/// Reads all facts, or takes over what still holds.
pub(crate) fn read(ws: &Workspace, options: &FactOptions, earlier: Option<Earlier>) -> Mesh {
    let mut mesh =
        Mesh { compat: Compat { env: options.env.clone(), ..Compat::default() }, ..Mesh::default() };
    if let Some(version) = options.version {
        mesh.compat.version = version;
    }
    mesh.assumed.extend(unrendered(ws));
    mesh.unrendered = !mesh.assumed.is_empty();
    namespaces(ws, &mut mesh);
    settings::read(ws, options, &mut mesh);
    if options.inferred {
        inferred::ambient(ws, &mut mesh);
    }
    let mut kept = Kept::new(ws, &mesh.settings.domain, earlier);
    let discovered = mesh.settings.discovered.clone();
    match discovered {
        Some(seen) => {
            objects(&ws.within(|namespace| seen.contains(namespace)), options, &mut mesh, &mut kept)
        }
        None => objects(ws, options, &mut mesh, &mut kept),
    }
    mesh
}

/// Reads what istiod sees of the objects.
fn objects(ws: &Workspace, options: &FactOptions, mesh: &mut Mesh, kept: &mut Kept) {
    service::read(ws, mesh);
    if options.inferred {
        inferred::services(ws, mesh);
    }
    service_entry::read(ws, mesh);
    if options.allocate_addresses {
        service_entry::allocate(mesh);
    }
    mesh.services.sort_by(|a, b| service_age(a).cmp(&service_age(b)));
    workload::read(ws, mesh, kept);
    template::read(ws, mesh);
    mesh.assumed.extend(assumed_injection(mesh));
    if options.stand_ins {
        stand_in::fill(ws, mesh);
    }
    let members = networks::read(ws, options, mesh);
    workload::join_networks(mesh, &members);
    endpoint::read(ws, mesh, &members, options.endpoints);
    destination_rule::read(ws, mesh, kept);
    authorization_policy::read(ws, mesh, kept);
    half_read::read(ws, mesh);
    peer_authentication::read(ws, mesh);
    request_authentication::read(ws, options, mesh);
    gateway::read(ws, mesh);
    sidecar::read(ws, mesh);
    virtual_service::read(ws, mesh, kept);
    ingress::read(ws, mesh);
    gateway_api::read(ws, options, mesh);
    telemetry::read(ws, mesh);
    envoy_filter::read(ws, mesh);
    extension::read(ws, mesh);
}

/// What is taken of kustomizations where their files are read as they are.
fn unrendered(ws: &Workspace) -> Option<Unknown> {
    let sets = ws.sets();
    let count = sets.iter().filter(|set| !set.folder.is_empty()).count();
    let first = sets.iter().find(|set| set.changes || sets.len() > 1 && !set.folder.is_empty())?;
    let folder = if first.folder.is_empty() { "." } else { &first.folder };
    let many =
        if count > 1 { format!("{count} kustomizations are") } else { "a kustomization is".to_owned() };
    let reason = format!(
        "{many} not rendered: their files are taken as one mesh as they are written; `kustomize build {folder}` shows what becomes of them"
    );
    Some(Unknown { object: None, reason, origin: None })
}

/// Namespaces with their labels, those without an object of their own too.
fn namespaces(ws: &Workspace, mesh: &mut Mesh) {
    let mut last = "";
    for object in ws.objects().iter().filter(|object| object.live && !object.namespace.is_empty()) {
        // Objects of one namespace mostly stand together.
        if object.namespace != last {
            last = &object.namespace;
            mesh.namespaces.entry(last.to_owned()).or_default();
        }
    }
    for object in ws.of_kind(Kind::Namespace) {
        let mut labels = object.labels.clone();
        labels.insert(OWN_NAME.to_owned(), object.name.clone());
        mesh.namespaces.insert(object.name.clone(), labels);
    }
}

/// The order of services: Kubernetes objects without a time tie and come first, ServiceEntries without one are younger
/// than all others (`SortServicesByCreationTime`); ties go by name and namespace.
fn service_age(service: &Service) -> (i64, u32, &str, &str) {
    let (time, order) = match (service.meta.created, service.registry) {
        (Some(time), _) => (time, 0),
        (None, Registry::Kubernetes) => (i64::MIN, 0),
        (None, Registry::External) => (i64::MAX, service.meta.order),
    };
    (time, order, service.name(), service.meta.namespace())
}

/// Text that may be absent, absent as empty.
pub(crate) fn text(value: Option<Text<'_>>) -> String {
    value.map(|text| text.value.to_owned()).unwrap_or_default()
}

/// Text that may be absent, with its place.
pub(crate) fn at(value: Option<Text<'_>>) -> At<String> {
    value.map_or_else(At::default, |text| At::new(text.value.to_owned(), text.span))
}

/// The head of an object.
pub(crate) fn meta(object: &Object) -> Meta {
    Meta {
        object: object.reference(),
        labels: object.labels.clone(),
        annotations: object.annotations.clone(),
        created: object.created,
        order: object.id.0,
        origin: Some(object.name_span),
    }
}

/// The order of age of Istio's kinds: written times first, equal ones by name and namespace; objects without a time
/// follow in the order of the input (`configCompareByCreationTime`, and how istiod's stores stamp what they read).
pub(crate) fn by_age(a: &Meta, b: &Meta) -> Ordering {
    let names = || (a.name(), a.namespace()).cmp(&(b.name(), b.namespace()));
    match (a.created, b.created) {
        (Some(x), Some(y)) => x.cmp(&y).then_with(names),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.order.cmp(&b.order),
    }
}
