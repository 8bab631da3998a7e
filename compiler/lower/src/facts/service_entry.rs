//! ServiceEntries (`pilot/pkg/serviceregistry/serviceentry/conversion.go`): one service per host and address.

mod allocate;

use std::collections::BTreeSet;
use std::net::IpAddr;

use mp_ir::base::At;
use mp_ir::mesh::{
    EntryVisibility, Mesh, Port, Protocol, Registry, Resolution, Service, TargetPort, Visibility,
};
use mp_model::views::networking as view;
use mp_model::{Kind, Node, Object, Workspace};

use super::service::{UNSPECIFIED, number, traffic_distribution};
use super::{at, meta, names, text};

pub(super) use allocate::allocate;

const AUTO_ALLOCATE: &str = "networking.istio.io/enable-autoallocate-ip";

/// Adds the services of all ServiceEntries; their order is decided later.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::ServiceEntry) {
        let Some(spec) = ws.spec::<view::ServiceEntry<'_>>(object) else { continue };
        let mut template = template(ws, object, spec);
        narrow(mesh, &mut template);
        let mut known = BTreeSet::new();
        let written = spec.addresses().iter().filter(|address| known.insert(address.value));
        let addresses: Vec<String> = written.filter_map(|a| address(&a)).collect();
        let mut known = BTreeSet::new();
        for host in spec.hosts().iter().filter(|host| known.insert(host.value)) {
            let host = at(Some(host));
            let of_host = |address: &str| Service {
                hostname: host.clone(),
                addresses: vec![address.to_owned()],
                ..template.clone()
            };
            mesh.services.extend(addresses.iter().map(|address| of_host(address)));
            if spec.addresses().is_empty() {
                let auto_allocate = is_allocated(mesh, object, &template);
                let auto_addresses =
                    if auto_allocate { auto_addresses(ws, object, &host.value) } else { Vec::new() };
                mesh.services.push(Service { auto_allocate, auto_addresses, ..of_host(UNSPECIFIED) });
            }
        }
    }
}

fn template(ws: &Workspace, object: &Object, spec: view::ServiceEntry<'_>) -> Service {
    use view::{ServiceEntryLocation as Location, ServiceEntryResolution as Word};
    let race = object.annotations.get("istio.io/connect-strategy");
    Service {
        hostname: At::default(),
        registry: Registry::External,
        resolution: match spec.resolution() {
            None | Some(Word::None) => Resolution::Passthrough,
            Some(Word::Static) => Resolution::Static,
            Some(Word::Dns) => Resolution::Dns,
            Some(Word::DnsRoundRobin) => Resolution::DnsRoundRobin,
            Some(Word::DynamicDns) => Resolution::DynamicDns,
        },
        ports: spec.ports().iter().map(port).collect(),
        addresses: Vec::new(),
        auto_addresses: Vec::new(),
        auto_allocate: false,
        external_name: None,
        aliases: Vec::new(),
        visibility: names::visibility(spec.export_to()),
        mesh_external: !matches!(spec.location(), Some(Location::MeshInternal)),
        selector: spec.workload_selector().map(|s| s.labels().to_sorted()).unwrap_or_default(),
        ip_families: Vec::new(),
        headless: false,
        kind_of_service: String::new(),
        subject_alt_names: spec.subject_alt_names().iter().map(|name| name.value.to_owned()).collect(),
        publish_not_ready: false,
        node_local: false,
        traffic_distribution: traffic_distribution(ws, object, None),
        race_dns: race.is_some_and(|word| word.eq_ignore_ascii_case("RACE_FIRST_TCP_CONNECT")),
        meta: meta(object),
    }
}

/// What the mesh says of the namespace's entries narrows what they say themselves (`serviceExportTo`).
fn narrow(mesh: &Mesh, service: &mut Service) {
    let namespace = service.meta.namespace();
    let most = mesh.settings.entry_visibility.get(namespace).copied().unwrap_or_default();
    let stated = if service.visibility.written {
        &service.visibility
    } else {
        &mesh.settings.default_service_visibility
    };
    let own = stated.everyone || stated.own || stated.namespaces.iter().any(|named| named == namespace);
    let hidden = Visibility { nobody: true, written: true, ..Visibility::default() };
    service.visibility = match most {
        EntryVisibility::AsExported => return,
        EntryVisibility::Namespace if own => Visibility { nobody: false, own: true, ..hidden },
        EntryVisibility::Namespace | EntryVisibility::Nobody => hidden,
    };
}

fn port(port: view::ServicePort<'_>) -> Port {
    let target = number(port.target_port());
    Port {
        name: text(port.name()),
        number: number(port.number()),
        target: TargetPort::Number(if target == 0 { number(port.number()) } else { target }),
        target_written: target != 0,
        protocol: Protocol::parse(&text(port.protocol())),
        transport: "TCP".to_owned(),
        origin: Some(port.0.span()),
    }
}

/// An address as written, a network of one address without its mask; `None` for anything else.
fn address(text: &str) -> Option<String> {
    if text.parse::<IpAddr>().is_ok() {
        return Some(text.to_owned());
    }
    let (ip, bits) = text.split_once('/')?;
    let (ip, bits) = (ip.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
    let all = if ip.is_ipv4() { 32 } else { 128 };
    match bits.cmp(&all) {
        std::cmp::Ordering::Less => Some(text.to_owned()),
        std::cmp::Ordering::Equal => Some(ip.to_string()),
        std::cmp::Ordering::Greater => None,
    }
}

/// Whether the address allocator cares for an entry without addresses of its own (`ShouldV2AutoAllocateIP`).
fn is_allocated(mesh: &Mesh, object: &Object, service: &Service) -> bool {
    let refused = object.labels.get(AUTO_ALLOCATE).is_some_and(|word| word.eq_ignore_ascii_case("false"));
    let wanted = mesh.compat.flag("PILOT_ENABLE_IP_AUTOALLOCATE", true);
    wanted && !refused && service.resolution != Resolution::Passthrough
}

/// What the address allocator wrote into the status.
fn auto_addresses(ws: &Workspace, object: &Object, host: &str) -> Vec<IpAddr> {
    let status =
        ws.root(object).and_then(|root| root.get("status")).and_then(|status| status.get("addresses"));
    let entries = status.into_iter().flat_map(Node::items);
    let of_host = entries.filter(|entry| entry.get("host").and_then(Node::as_str) == Some(host));
    of_host.filter_map(|entry| entry.get("value")?.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_of_all_bits_is_an_address() {
        for (text, want) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4/32", Some("1.2.3.4")),
            ("1.2.3.0/24", Some("1.2.3.0/24")),
            ("::1/128", Some("::1")),
            ("1.2.3.4/33", None),
            ("host", None),
        ] {
            assert_eq!(address(text).as_deref(), want, "{text}");
        }
    }
}
