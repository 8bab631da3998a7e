//! What the ambient mesh does with Services and workloads.

use mp_ir::mesh::{Labels, Service, TargetRef, Waypoint, Workload};
use mp_ir::plan::ProxyKind;

use crate::Cx;
use crate::hosts::workloads_of_mesh;

/// Label of the Pods that istiod runs for a Gateway.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The waypoint that a namespace's or Service's labels lead to, whether it is up or not.
pub(crate) fn waypoint<'a>(cx: &Cx<'a>, namespace: &str, labels: &Labels) -> Option<&'a Waypoint> {
    let (home, name) = cx.mesh.wanted_waypoint(namespace, labels)?;
    let mut all = cx.mesh.waypoints.iter().chain(&cx.mesh.declared_waypoints);
    all.find(|waypoint| waypoint.meta.namespace() == home && waypoint.meta.name() == name)
}

/// Whether calls of a Service pass ztunnel alone: its namespace is in the ambient mesh, and nothing asks for a waypoint.
pub(crate) fn is_without_waypoint(cx: &Cx<'_>, service: &Service) -> bool {
    let namespace = service.meta.namespace();
    cx.mesh.wants_ambient(namespace, &Labels::new())
        && cx.mesh.wanted_waypoint(namespace, &service.meta.labels).is_none()
}

/// Whether a workload has a proxy of its own that is neither a gateway nor a waypoint.
pub(crate) fn is_sidecar(workload: &Workload) -> bool {
    let gateway = workload.agent.role.as_ref().is_some_and(|role| *role != ProxyKind::Sidecar);
    workload.has_proxy && !gateway && !is_ztunnel(workload) && !workload.labels().contains_key(GATEWAY_NAME)
}

/// Whether some workload of the input has a proxy that follows routes and rules of others: a sidecar, or with `gateways` also a gateway.
pub(crate) fn has_clients(cx: &Cx<'_>, gateways: bool) -> bool {
    workloads_of_mesh(cx.mesh)
        .any(|w| is_sidecar(w) || gateways && w.has_proxy && !is_waypoint(cx, w) && !is_ztunnel(w))
}

/// The container of ztunnel has the name of a sidecar's.
fn is_ztunnel(workload: &Workload) -> bool {
    workload.labels().get("app").is_some_and(|app| app == "ztunnel")
}

fn is_waypoint(cx: &Cx<'_>, workload: &Workload) -> bool {
    let name = workload.labels().get(GATEWAY_NAME);
    let mut all = cx.mesh.waypoints.iter().chain(&cx.mesh.declared_waypoints);
    all.any(|waypoint| {
        waypoint.meta.namespace() == workload.meta.namespace()
            && name.is_some_and(|name| name == waypoint.meta.name())
    })
}

/// The Service that a `targetRef` of an object of a namespace names.
pub(crate) fn target_service<'a>(cx: &Cx<'a>, home: &str, target: &TargetRef) -> Option<&'a Service> {
    if target.kind != "Service" || !target.group.is_empty() {
        return None;
    }
    let namespace = if target.namespace.is_empty() { home } else { target.namespace.as_str() };
    let is_it = |s: &&Service| {
        s.meta.object.kind == "Service" && s.meta.namespace() == namespace && s.meta.name() == target.name
    };
    cx.mesh.services.iter().find(is_it)
}
