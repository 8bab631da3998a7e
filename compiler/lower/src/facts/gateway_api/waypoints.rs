//! Gateways that are up, as waypoints (`pilot/pkg/serviceregistry/ambient/waypoints.go`).

use std::collections::BTreeSet;

use mp_ir::mesh::{Mesh, Waypoint, WaypointAddress};
use mp_model::views::gateway as api;
use mp_model::{Kind, Node, Object, Workspace};

use super::super::inferred::{self, WAYPOINT_CLASS};
use super::super::{meta, text};
use super::listener::{number, selects};

const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
const WAYPOINT_FOR: &str = "istio.io/waypoint-for";
const BINDING: &str = "ambient.istio.io/waypoint-inbound-binding";
const HBONE_PORT: u32 = 15008;

/// Every Gateway whose status names addresses: they are written once its Pods are ready, whatever its class. Beside them those of the class
/// of waypoints without any, unless their addresses are inferred.
pub(super) fn all(ws: &Workspace, mesh: &Mesh, infer: bool) -> (Vec<Waypoint>, Vec<Waypoint>) {
    let (mut up, mut declared) = (Vec::new(), Vec::new());
    for object in ws.of_kind(Kind::Gateway) {
        let status = ws.root(object).and_then(|root| root.get("status")?.get("addresses"));
        let addresses: Vec<Node<'_>> = status.into_iter().flat_map(Node::items).collect();
        let Some(mut made) = waypoint(ws, mesh, object, &addresses) else { continue };
        if addresses.is_empty() && infer {
            made.address = inferred::host(ws, mesh, object).map(WaypointAddress::Host);
        }
        if !addresses.is_empty() || made.address.is_some() {
            up.push(made);
        } else if made.made_by_istiod {
            declared.push(made);
        }
    }
    (up, declared)
}

/// The waypoint that a Gateway is.
fn waypoint(ws: &Workspace, mesh: &Mesh, object: &Object, addresses: &[Node<'_>]) -> Option<Waypoint> {
    let spec = ws.spec::<api::GatewaySpec<'_>>(object)?;
    let class_name = text(spec.gateway_class_name());
    let class = ws.find(Kind::GatewayClass, "", &class_name);
    let of_class = class.and_then(|class| class.labels.get(WAYPOINT_FOR));
    let traffic = object.labels.get(WAYPOINT_FOR).or(of_class).map_or("service", String::as_str);
    let annotation = object.annotations.get(BINDING).or(class.and_then(|c| c.annotations.get(BINDING)));
    let tunnel = annotation.and_then(|text| tunnel(text));
    Some(Waypoint {
        meta: meta(object),
        address: address(addresses),
        traffic: traffic.to_owned(),
        namespaces: namespaces(mesh, object, spec, tunnel),
        tunnel,
        accounts: accounts(mesh, object),
        made_by_istiod: class_name == WAYPOINT_CLASS,
    })
}

/// A host name before any address (`getGatewayAddress`).
fn address(all: &[Node<'_>]) -> Option<WaypointAddress> {
    let part = |node: &Node<'_>, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let of_type = |node: &&Node<'_>, wanted: &str| {
        part(node, "type").unwrap_or_else(|| "IPAddress".to_owned()) == wanted
    };
    let host = all.iter().find(|node| of_type(node, "Hostname")).and_then(|node| part(node, "value"));
    let ip = || {
        let values = all.iter().filter(|node| of_type(node, "IPAddress")).filter_map(|n| part(n, "value"));
        values.filter_map(|value| value.parse().ok()).next()
    };
    host.map(WaypointAddress::Host).or_else(|| ip().map(WaypointAddress::Ip))
}

/// `NONE` or `PROXY`, with a port behind a slash (`makeInboundBinding`).
fn tunnel(text: &str) -> Option<(bool, u32)> {
    let (word, port) = text.split_once('/').unwrap_or((text, ""));
    let proxy = match word {
        "NONE" => false,
        "PROXY" => true,
        _ => return None,
    };
    (!port.contains('/')).then(|| (proxy, port.parse().unwrap_or(0)))
}

/// Namespaces that may use it: as the listener says that its traffic reaches; `None` for all (`makeAllowedRoutes`).
fn namespaces(
    mesh: &Mesh,
    object: &Object,
    spec: api::GatewaySpec<'_>,
    tunnel: Option<(bool, u32)>,
) -> Option<BTreeSet<String>> {
    let protocol = |l: &api::Listener<'_>| text(l.protocol());
    let bound = |l: &api::Listener<'_>| match tunnel {
        Some((_, port)) if port != 0 => number(l.port()) == port,
        Some((true, _)) => protocol(l) == "istio.io/PROXY",
        _ => false,
    };
    let hbone = |l: &api::Listener<'_>| protocol(l) == "HBONE" && number(l.port()) == HBONE_PORT;
    let found = spec.listeners().iter().find(bound).or_else(|| spec.listeners().iter().find(hbone));
    let home = || Some(BTreeSet::from([object.namespace.clone()]));
    let allowed = found.and_then(|listener| listener.allowed_routes()).and_then(|routes| routes.namespaces());
    let Some(allowed) = allowed else { return home() };
    match allowed.from().map_or("Same", |from| from.name()) {
        "All" => None,
        "Selector" => {
            let fits = |labels: &mp_ir::mesh::Labels| allowed.selector().is_some_and(|s| selects(s, labels));
            Some(mesh.namespaces.iter().filter(|(_, l)| fits(l)).map(|(name, _)| name.clone()).collect())
        }
        _ => home(),
    }
}

fn accounts(mesh: &Mesh, object: &Object) -> Vec<String> {
    let instances = mesh.workloads.iter().filter(|w| {
        super::super::is_pod(w)
            && w.meta.namespace() == object.namespace
            && w.meta.labels.get(GATEWAY_NAME) == Some(&object.name)
    });
    let mut out: Vec<String> = instances.map(|pod| pod.service_account.clone()).collect();
    out.sort();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tunnels_have_a_word_and_perhaps_a_port() {
        for (text, want) in [
            ("PROXY/15088", Some((true, 15088))),
            ("NONE", Some((false, 0))),
            ("PROXY/x", Some((true, 0))),
            ("PROXY/1/2", None),
            ("HBONE", None),
        ] {
            assert_eq!(tunnel(text), want, "{text}");
        }
    }
}
