//! Kubernetes Services (`pilot/pkg/serviceregistry/kube/conversion.go`, `pkg/config/kube/conversion.go`).

use mp_ir::base::At;
use mp_ir::mesh::{
    Mesh, Port, Protocol, Registry, Resolution, Service, TargetPort, TrafficDistribution, Visibility,
};
use mp_model::views::k8s::{ServicePort, ServiceSpec};
use mp_model::{IntOrString, Kind, Object, Text, Workspace};

use super::{meta, names, text};

/// Address of services that have none.
pub(super) const UNSPECIFIED: &str = "0.0.0.0";
const EXPORT_TO: &str = "networking.istio.io/exportTo";
const TRAFFIC_DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";
const CANONICAL_ACCOUNTS: &str = "alpha.istio.io/canonical-serviceaccounts";
const KUBERNETES_ACCOUNTS: &str = "alpha.istio.io/kubernetes-serviceaccounts";
/// Ports whose protocols begin with the server, so that looking at the first bytes would hang.
const SERVER_FIRST: [u32; 4] = [25, 53, 3306, 27017];

/// Adds all Services; their order is decided later.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::Service) {
        if let Some(spec) = ws.spec::<ServiceSpec<'_>>(object) {
            let service = convert(ws, mesh, object, spec);
            mesh.services.push(service);
        }
    }
}

fn convert(ws: &Workspace, mesh: &Mesh, object: &Object, spec: ServiceSpec<'_>) -> Service {
    let kind = text(spec.type_());
    let external = spec.external_name().filter(|name| kind == "ExternalName" && !name.is_empty());
    let (headless, addresses) = addresses(spec);
    let full = format!("{}.{}.svc.{}", object.name, object.namespace, mesh.settings.domain);
    let annotation = |name: &str| object.annotations.get(name).map_or("", String::as_str);
    Service {
        hostname: At::new(full, object.name_span),
        registry: Registry::Kubernetes,
        resolution: match external {
            _ if headless => Resolution::Passthrough,
            Some(_) => Resolution::Alias,
            None => Resolution::Static,
        },
        ports: spec.ports().iter().map(port).collect(),
        addresses,
        auto_addresses: Vec::new(),
        auto_allocate: false,
        external_name: external.map(|name| At::new(name.value.to_owned(), name.span)),
        aliases: Vec::new(),
        visibility: exported(annotation(EXPORT_TO)),
        mesh_external: external.is_some(),
        selector: spec.selector().to_sorted(),
        headless,
        subject_alt_names: accounts(
            mesh,
            object,
            annotation(CANONICAL_ACCOUNTS),
            annotation(KUBERNETES_ACCOUNTS),
        ),
        publish_not_ready: spec.publish_not_ready_addresses().unwrap_or_default(),
        node_local: text(spec.internal_traffic_policy()) == "Local",
        traffic_distribution: traffic_distribution(ws, object, spec.traffic_distribution()),
        kind_of_service: if kind.is_empty() { "ClusterIP".to_owned() } else { kind },
        race_dns: false,
        meta: meta(object),
    }
}

/// Whether the service is headless, and its addresses.
fn addresses(spec: ServiceSpec<'_>) -> (bool, Vec<String>) {
    let all: Vec<String> = spec.cluster_ips().iter().map(|ip| ip.value.to_owned()).collect();
    let first = spec.cluster_ip().map(|ip| ip.value.to_owned()).filter(|ip| !ip.is_empty());
    match first.or_else(|| all.first().cloned()) {
        Some(none) if none == "None" => (true, vec![UNSPECIFIED.to_owned()]),
        Some(_) if all.len() > 1 => (false, all),
        Some(one) => (false, vec![one]),
        None => (false, vec![UNSPECIFIED.to_owned()]),
    }
}

fn port(port: ServicePort<'_>) -> Port {
    let number = number(port.port());
    let (target, target_written) = match port.target_port() {
        Some(IntOrString::Int(n)) if n != 0 => {
            (TargetPort::Number(u32::try_from(n).unwrap_or_default()), true)
        }
        Some(IntOrString::Text(name)) => (TargetPort::Name(name.value.to_owned()), true),
        _ => (TargetPort::Number(number), false),
    };
    let name = text(port.name());
    let transport = text(port.protocol());
    let protocol = protocol(number, &name, &transport, port.app_protocol().map(|p| p.value));
    Port {
        name,
        number,
        target,
        target_written,
        protocol,
        transport: if transport.is_empty() { "TCP".to_owned() } else { transport },
        origin: Some(port.0.span()),
    }
}

/// A port number; 0 where none is written or it is out of range.
pub(super) fn number(port: Option<i64>) -> u32 {
    port.and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

/// The protocol of a port: UDP, else `appProtocol`, else the name up to its first `-`, else TCP for protocols in which
/// the server speaks first (`ConvertProtocol`).
pub(crate) fn protocol(port: u32, name: &str, transport: &str, app_protocol: Option<&str>) -> Protocol {
    if transport == "UDP" {
        return Protocol::Udp;
    }
    match app_protocol {
        Some("kubernetes.io/h2c") => return Protocol::Http2,
        Some("kubernetes.io/ws") => return Protocol::Http,
        Some("kubernetes.io/wss") => return Protocol::Https,
        _ => {}
    }
    let name = app_protocol.unwrap_or(name).to_ascii_lowercase();
    if name.starts_with("grpc-web") {
        return Protocol::GrpcWeb;
    }
    let word = name.split('-').next().unwrap_or_default();
    match Protocol::parse(word) {
        Protocol::Unsupported if SERVER_FIRST.contains(&port) => Protocol::Tcp,
        protocol => protocol,
    }
}

fn exported(annotation: &str) -> Visibility {
    let words = annotation.split(',').map(str::trim);
    names::visibility_of(words.filter(|_| !annotation.is_empty()))
}

fn accounts(mesh: &Mesh, object: &Object, canonical: &str, kubernetes: &str) -> Vec<String> {
    let words = |list: &str| list.split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let mut out = words(canonical);
    let own = words(kubernetes).into_iter();
    out.extend(own.map(|name| spiffe(&mesh.settings.trust_domain, &object.namespace, &name)));
    out
}

/// The SPIFFE id of a service account (`spiffe.MustGenSpiffeURIForTrustDomain`).
pub(crate) fn spiffe(trust_domain: &str, namespace: &str, account: &str) -> String {
    format!("spiffe://{trust_domain}/ns/{namespace}/sa/{account}")
}

/// From the field, else the annotation, else the namespace's annotation (`GetTrafficDistribution`).
pub(super) fn traffic_distribution(
    ws: &Workspace,
    object: &Object,
    field: Option<Text<'_>>,
) -> TrafficDistribution {
    match field.map(|word| word.value) {
        Some("PreferClose" | "PreferSameZone") => return TrafficDistribution::PreferClose,
        Some("PreferSameNode") => return TrafficDistribution::PreferSameNode,
        _ => {}
    }
    let own = object.annotations.get(TRAFFIC_DISTRIBUTION).filter(|word| !word.is_empty());
    let namespace = ws.find(Kind::Namespace, "", &object.namespace);
    let word = own.or_else(|| namespace.and_then(|ns| ns.annotations.get(TRAFFIC_DISTRIBUTION)));
    match word.map(|word| word.to_ascii_lowercase()).as_deref() {
        Some("preferclose" | "prefersamezone") => TrafficDistribution::PreferClose,
        Some("prefersamenode") => TrafficDistribution::PreferSameNode,
        _ => TrafficDistribution::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_of_ports() {
        use Protocol::*;
        for (port, name, transport, app, want) in [
            (80, "http", "TCP", None, Http),
            (80, "http-web", "TCP", None, Http),
            (80, "HTTP2-x", "TCP", None, Http2),
            (80, "httpweb", "TCP", None, Unsupported),
            (80, "grpc-web", "TCP", None, GrpcWeb),
            (80, "grpc-webby", "TCP", None, GrpcWeb),
            (80, "grpc-x", "TCP", None, Grpc),
            (80, "http", "UDP", None, Udp),
            (80, "http", "TCP", Some("tcp"), Tcp),
            (80, "http", "TCP", Some("kubernetes.io/h2c"), Http2),
            (80, "http", "TCP", Some("kubernetes.io/ws"), Http),
            (80, "http", "TCP", Some("kubernetes.io/wss"), Https),
            (80, "kubernetes.io/h2c", "TCP", None, Unsupported),
            (3306, "db", "TCP", None, Tcp),
            (3306, "http", "TCP", None, Http),
            (3307, "db", "TCP", None, Unsupported),
            (80, "http", "TCP", Some("unknown"), Unsupported),
        ] {
            assert_eq!(protocol(port, name, transport, app), want, "{port} {name} {transport} {app:?}");
        }
    }
}
