//! Who speaks the tunnel of the ambient mesh (`pilot/pkg/features/ambient.go`, `supportTunnel`).

use mp_ir::mesh::{Endpoint, EndpointAddress, Mesh, Registry, Service};
use mp_ir::plan::{EndpointTunnel, ProxyKind, TUNNEL_PORT};

use crate::Context;

/// Label of Pods that istiod runs for a Gateway, and its value for waypoints.
const MANAGED: (&str, &str) = ("gateway.istio.io/managed", "istio.io-mesh-controller");

/// A flag that only counts in the ambient mesh.
fn flag(mesh: &Mesh, name: &str, default: bool) -> bool {
    mesh.compat.flag("PILOT_ENABLE_AMBIENT", false) && mesh.compat.flag(name, default)
}

/// The proxy opens tunnels to endpoints that take them (`EnableHBONESend`).
pub(crate) fn sends(cx: &Context<'_>) -> bool {
    flag(cx.mesh, "PILOT_ENABLE_SENDING_HBONE", true)
}

/// The proxy takes tunnels itself (`Proxy.EnableHBONEListen`).
pub(crate) fn listens(cx: &Context<'_>) -> bool {
    let stated = cx.proxy.flag("ENABLE_HBONE");
    cx.proxy.kind == ProxyKind::Waypoint
        || (stated && flag(cx.mesh, "PILOT_ENABLE_SIDECAR_LISTENING_HBONE", true))
}

/// It opens no tunnels, whatever the mesh says.
pub(crate) fn refuses(cx: &Context<'_>) -> bool {
    cx.proxy.flag("DISABLE_HBONE_SEND")
}

/// A tunnel in a tunnel to other networks (`ShouldCreateDoubleHBONEResources`).
pub(crate) fn sends_twice(cx: &Context<'_>) -> bool {
    let waypoint = cx.proxy.kind == ProxyKind::Waypoint
        && cx.proxy.labels.get(MANAGED.0).is_some_and(|value| value == MANAGED.1);
    waypoint && flag(cx.mesh, "AMBIENT_ENABLE_MULTI_NETWORK_WAYPOINT", true)
}

/// Whether all endpoints of a port take tunnels (`AllInstancesSupportHBONE`).
pub(crate) fn by_all(cx: &Context<'_>, service: &Service, port: u32) -> bool {
    let mut endpoints = super::endpoints::of_port(cx, service, port).peekable();
    endpoints.peek().is_some() && endpoints.all(|(_, endpoint)| cx.index.takes_tunnel(cx.mesh, endpoint))
}

/// How an endpoint of a service is reached: by the tunnel where it takes one, unless it speaks the mesh's own mutual TLS. A
/// waypoint always takes the tunnel.
pub(crate) fn to_endpoint(
    cx: &Context<'_>,
    endpoint: &Endpoint,
    from_waypoint: bool,
) -> Option<EndpointTunnel> {
    let waypoint = endpoint.labels.get(MANAGED.0).is_some_and(|value| value == MANAGED.1);
    let takes = waypoint || cx.index.takes_tunnel(cx.mesh, endpoint);
    let preferred = flag(cx.mesh, "PILOT_PREFER_SENDING_HBONE", false);
    if !takes || refuses(cx) || (endpoint.tls_mode_istio && !preferred && !from_waypoint) {
        return None;
    }
    let EndpointAddress::Host(address) = &endpoint.address else { return None };
    Some(EndpointTunnel { local: joined(address, endpoint.port), waypoint: None, chosen: !from_waypoint })
}

/// How a gateway reaches a service through an endpoint of its waypoint.
pub(crate) fn to_waypoint(service: &Service, port: u32, endpoint: &Endpoint) -> Option<EndpointTunnel> {
    let EndpointAddress::Host(address) = &endpoint.address else { return None };
    let vip = service.addresses.first()?;
    Some(EndpointTunnel {
        local: joined(vip, port),
        waypoint: Some(joined(address, endpoint.port)),
        chosen: true,
    })
}

/// The waypoint's Service that a gateway sends calls of a service to; `None` where it calls the service itself
/// (`EndpointBuilder.findServiceWaypoint`).
pub(crate) fn ingress_waypoint<'a>(cx: &Context<'a>, service: &Service) -> Option<&'a Service> {
    let wanted = cx.proxy.kind == ProxyKind::Router && flag(cx.mesh, "ENABLE_INGRESS_WAYPOINT_ROUTING", true);
    if !wanted || service.registry != Registry::Kubernetes || service.headless {
        return None;
    }
    super::ambient::ingress_waypoint(cx.mesh, service)
}

/// Port of a waypoint's Service.
pub(crate) const WAYPOINT_PORT: u32 = TUNNEL_PORT;

/// `host:port`, IPv6 addresses in brackets (`net.JoinHostPort`).
fn joined(address: &str, port: u32) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}
