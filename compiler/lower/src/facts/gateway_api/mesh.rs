//! Routes of the mesh and the waypoints of their services (`waypointManagedByAnotherController`, `waypointConfigured`).

use std::collections::BTreeMap;

use mp_model::views::gateway as api;
use mp_model::{Kind, Object};

use super::super::text;
use super::{Cx, listener};

const USE: &str = "istio.io/use-waypoint";
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
const NOTHING: &str = "none";

type Labels = BTreeMap<String, String>;

/// Labels that say which waypoint a service has: its own, else those of its namespace.
fn labels<'a>(cx: &'a Cx<'_>, object: &'a Object) -> Option<&'a Labels> {
    if object.labels.contains_key(USE) {
        return Some(&object.labels);
    }
    let namespace = cx.ws.find(Kind::Namespace, "", &object.namespace)?;
    Some(&namespace.labels)
}

/// Whether the waypoint of a service or ServiceEntry is of another controller, to which the route is left.
pub(super) fn is_of_others(cx: &Cx<'_>, (kind, namespace, name): &(Kind, String, String)) -> bool {
    let class = || {
        let labels = labels(cx, cx.ws.find(*kind, namespace, name)?)?;
        let waypoint =
            labels.get(USE).filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(NOTHING))?;
        let home = labels.get(USE_NAMESPACE).filter(|name| !name.is_empty()).unwrap_or(namespace);
        let gateway = cx.ws.find(Kind::Gateway, home, waypoint)?;
        let class = text(cx.ws.spec::<api::GatewaySpec<'_>>(gateway)?.gateway_class_name());
        let class = cx.ws.find(Kind::GatewayClass, "", &class)?;
        let stated = cx.ws.spec::<api::GatewayClassSpec<'_>>(class)?.controller_name();
        Some(stated.map(|name| name.value.to_owned()).unwrap_or_default())
    };
    class().is_some_and(|name| name != listener::MESH && name != listener::managed(&cx.mesh.compat))
}

/// What is said of the waypoint of a route's parent where it has none.
pub(super) fn lacks_waypoint(
    cx: &Cx<'_>,
    (kind, namespace, name): &(Kind, String, String),
) -> Option<&'static str> {
    let Some(object) = cx.ws.find(*kind, namespace, name) else { return Some("parent not found") };
    let says = |labels: &Labels| {
        labels.get(USE).is_some_and(|name| !name.is_empty() && !name.eq_ignore_ascii_case(NOTHING))
    };
    let home = cx.ws.find(Kind::Namespace, "", &object.namespace)?;
    (!says(&object.labels) && !says(&home.labels)).then_some(
        "istio.io/use-waypoint label missing from parent and parent namespace; in ambient mode, route will not be respected",
    )
}
