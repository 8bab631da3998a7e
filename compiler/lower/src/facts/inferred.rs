//! What a control plane would write into a cluster, worked out where files do not have it: whether the ambient mesh is on, and the Services
//! and addresses of waypoints.

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{
    Mesh, Port, Protocol, Registry, Resolution, Service, TargetPort, TrafficDistribution, Unknown, Visibility,
};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object, Workspace};

use super::service::UNSPECIFIED;
use super::{meta, text};

const AMBIENT: &str = "PILOT_ENABLE_AMBIENT";
const DATAPLANE: &str = "istio.io/dataplane-mode";
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
const MANAGED: &str = "gateway.istio.io/managed";
const MESH_CONTROLLER: &str = "istio.io-mesh-controller";
const NAME_OVERRIDE: &str = "gateway.istio.io/name-override";
/// The class that istiod makes waypoints of.
pub(super) const WAYPOINT_CLASS: &str = "istio-waypoint";

/// Turns the ambient mesh on where the input shows one and nobody says otherwise.
pub(super) fn ambient(ws: &Workspace, mesh: &mut Mesh) {
    if mesh.compat.env.contains_key(AMBIENT) {
        return;
    }
    let Some((object, origin)) = sign(ws) else { return };
    mesh.compat.env.insert(AMBIENT.to_owned(), "true".to_owned());
    mesh.assumed.push(Unknown {
        object: None,
        reason: format!(
            "{} is of the ambient mesh, so istiod is taken to run with `{AMBIENT}=true`",
            object.reference()
        ),
        origin,
    });
}

/// The first object that only the ambient mesh has a use for.
fn sign(ws: &Workspace) -> Option<(&Object, Origin)> {
    let waypoint = ws.of_kind(Kind::Gateway).find(|object| class(ws, object) == WAYPOINT_CLASS);
    let labelled = |kind: Kind| {
        let says = |object: &&Object| object.labels.get(DATAPLANE).is_some_and(|mode| mode == "ambient");
        ws.of_kind(kind).find(says)
    };
    let found = waypoint.or_else(|| labelled(Kind::Namespace)).or_else(|| labelled(Kind::Pod))?;
    Some((found, Some(found.name_span)))
}

fn class(ws: &Workspace, object: &Object) -> String {
    let spec = ws.spec::<api::GatewaySpec<'_>>(object);
    spec.map(|spec| text(spec.gateway_class_name())).unwrap_or_default()
}

/// The Services that istiod makes for waypoints (`deploymentcontroller.go`, template `waypoint.yaml`) and that are not in the input.
pub(super) fn services(ws: &Workspace, mesh: &mut Mesh) {
    for object in ws.of_kind(Kind::Gateway).filter(|object| class(ws, object) == WAYPOINT_CLASS) {
        let Some(name) = service_name(ws, object) else { continue };
        let hostname = full_name(mesh, object, &name);
        if mesh.services.iter().any(|service| service.hostname.value == hostname) {
            continue;
        }
        mesh.assumed.push(Unknown {
            object: Some(object.reference()),
            reason: format!("the Service `{name}` that istiod makes for the waypoint is taken to be there"),
            origin: Some(object.name_span),
        });
        mesh.services.push(service(object, &name, hostname));
    }
}

/// The host of a waypoint, which istiod writes into its status (`reportGatewayStatus`); `None` for a Gateway that is none of istiod's
/// waypoints, and where its Service is not known.
pub(super) fn host(ws: &Workspace, mesh: &Mesh, object: &Object) -> Option<String> {
    let spec = ws.spec::<api::GatewaySpec<'_>>(object)?;
    let known = |host: &String| mesh.services.iter().any(|service| service.hostname.value == *host);
    if text(spec.gateway_class_name()) != WAYPOINT_CLASS {
        return None;
    }
    if let Some(name) = service_name(ws, object) {
        return Some(full_name(mesh, object, &name)).filter(known);
    }
    let stated = spec.addresses().iter().filter(|a| a.type_().is_some_and(|kind| kind == "Hostname"));
    let hosts = stated.map(|address| text(address.value()));
    hosts.map(|host| if host.contains('.') { host } else { full_name(mesh, object, &host) }).find(known)
}

/// The name of a waypoint's Service, which is its own unless an annotation says otherwise (`GetDefaultName`); `None` where the Gateway
/// names a Service that is there without istiod (`IsManaged`).
fn service_name(ws: &Workspace, object: &Object) -> Option<String> {
    let addresses = ws.spec::<api::GatewaySpec<'_>>(object)?.addresses();
    let is_ip = |a: api::GatewaySpecAddress<'_>| a.type_().is_none_or(|kind| kind == "IPAddress");
    let managed = addresses.is_empty() || addresses.len() == 1 && addresses.first().is_some_and(is_ip);
    let stated = object.annotations.get(NAME_OVERRIDE).filter(|name| !name.is_empty());
    managed.then(|| stated.unwrap_or(&object.name).clone())
}

fn full_name(mesh: &Mesh, object: &Object, name: &str) -> String {
    format!("{name}.{}.svc.{}", object.namespace, mesh.settings.domain)
}

fn service(object: &Object, name: &str, hostname: String) -> Service {
    let mut head = meta(object);
    "Service".clone_into(&mut head.object.kind);
    name.clone_into(&mut head.object.name);
    head.labels.insert(GATEWAY_NAME.to_owned(), object.name.clone());
    head.labels.insert(MANAGED.to_owned(), MESH_CONTROLLER.to_owned());
    let port = |name: &str, number: u32, protocol: Protocol| Port {
        name: name.to_owned(),
        number,
        target: TargetPort::Number(number),
        target_written: false,
        protocol,
        transport: "TCP".to_owned(),
        origin: head.origin,
    };
    Service {
        hostname: At::new(hostname, object.name_span),
        registry: Registry::Kubernetes,
        resolution: Resolution::Static,
        ports: vec![port("status-port", 15021, Protocol::Tcp), port("mesh", 15008, Protocol::parse("all"))],
        addresses: vec![UNSPECIFIED.to_owned()],
        auto_addresses: Vec::new(),
        auto_allocate: false,
        external_name: None,
        aliases: Vec::new(),
        visibility: Visibility::default(),
        mesh_external: false,
        selector: [(GATEWAY_NAME.to_owned(), object.name.clone())].into(),
        ip_families: Vec::new(),
        headless: false,
        kind_of_service: "ClusterIP".to_owned(),
        subject_alt_names: Vec::new(),
        publish_not_ready: false,
        node_local: false,
        traffic_distribution: TrafficDistribution::PreferClose,
        race_dns: false,
        meta: head,
    }
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::{Mesh, WaypointAddress};
    use mp_model::{Input, Workspace};

    use crate::FactOptions;

    const WAYPOINT: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: shop}\n\
                            spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
    const SIDECARS: &str =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";

    fn mesh(text: &str, env: &[(&str, &str)], inferred: bool) -> Mesh {
        let env = env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let ws = Workspace::read(&[Input::new("a.yaml", text)]);
        crate::facts(&ws, &FactOptions { env, inferred, ..FactOptions::default() })
    }

    #[test]
    fn labels_and_waypoints_show_the_ambient_mesh() {
        let is_on = |mesh: &Mesh| mesh.compat.flag("PILOT_ENABLE_AMBIENT", false);
        let labelled = SIDECARS.replace("istio-injection: enabled", "istio.io/dataplane-mode: ambient");
        for shows in [WAYPOINT, &labelled] {
            let on = mesh(shows, &[], true);
            assert!(
                is_on(&on) && on.assumed.iter().any(|a| a.reason.contains("PILOT_ENABLE_AMBIENT")),
                "{shows}"
            );
            assert!(!is_on(&mesh(shows, &[("PILOT_ENABLE_AMBIENT", "false")], true)));
            assert!(!is_on(&mesh(shows, &[], false)));
        }
        let plain = mesh(SIDECARS, &[], true);
        assert!(!is_on(&plain) && plain.assumed.is_empty());
    }

    #[test]
    fn a_waypoint_is_reached_by_its_service() {
        let address = |text: &str, inferred: bool| {
            let mesh = mesh(text, &[], inferred);
            mesh.waypoints.first().and_then(|waypoint| waypoint.address.clone())
        };
        let host = |name: &str| Some(WaypointAddress::Host(format!("{name}.shop.svc.cluster.local")));
        assert_eq!(address(WAYPOINT, true), host("wp"));
        assert_eq!(address(WAYPOINT, false), None);
        let named =
            "metadata: {name: wp, namespace: shop, annotations: {gateway.istio.io/name-override: front}}";
        assert_eq!(
            address(&WAYPOINT.replace("metadata: {name: wp, namespace: shop}", named), true),
            host("front")
        );
        let at =
            |address: &str| WAYPOINT.replace("listeners:", &format!("addresses: [{address}], listeners:"));
        assert_eq!(address(&at("{value: 10.0.0.1}"), true), host("wp"));
        assert_eq!(address(&at("{type: Hostname, value: own}"), true), None);
        let own = "---\napiVersion: v1\nkind: Service\nmetadata: {name: own, namespace: shop}\nspec: {ports: [{port: 15008}]}\n";
        assert_eq!(address(&[&at("{type: Hostname, value: own}"), own].concat(), true), host("own"));
        let other = WAYPOINT.replace("istio-waypoint", "istio");
        assert_eq!(address(&other, true), None);
    }
}
