//! Endpoints.

use mp_ir::mesh::{Health, Locality};
use mp_ir::plan::{EndpointTunnel, LbEndpoint, LoadAssignment, LocalityEndpoints, TunnelPart};
use serde_json::{Value, json};

use crate::json::{Object, endpoint_address, list, socket_address};

/// A load assignment as a resource.
pub(crate) fn message(assignment: &LoadAssignment) -> Value {
    fields(
        Object::typed("envoy.config.endpoint.v3.ClusterLoadAssignment"),
        &assignment.cluster,
        &assignment.localities,
    )
}

/// A load assignment inside a cluster.
pub(crate) fn inline(cluster: &str, localities: &[LocalityEndpoints]) -> Value {
    fields(Object::new(), cluster, localities)
}

fn fields(object: Object, cluster: &str, localities: &[LocalityEndpoints]) -> Value {
    object.set("clusterName", cluster).unless_default("endpoints", list(localities.iter().map(group))).into()
}

fn group(group: &LocalityEndpoints) -> Value {
    Object::new()
        .maybe("locality", group.locality_stated.then(|| locality(&group.locality)))
        .set("lbEndpoints", list(group.endpoints.iter().map(endpoint)))
        .maybe("loadBalancingWeight", group.weight)
        .unless_default("priority", group.priority)
        .into()
}

fn locality(place: &Locality) -> Value {
    Object::new()
        .unless_default("region", place.region.as_str())
        .unless_default("zone", place.zone.as_str())
        .unless_default("subZone", place.subzone.as_str())
        .into()
}

fn endpoint(endpoint: &LbEndpoint) -> Value {
    let additional =
        endpoint.additional.iter().map(|ip| json!({"address": socket_address(ip, endpoint.port)}));
    let inner = match &endpoint.tunnel {
        Some(tunnel) => Object::new().set("address", through(tunnel)),
        None => Object::new()
            .set("address", endpoint_address(&endpoint.address, endpoint.port))
            .unless_default("additionalAddresses", list(additional)),
    };
    Object::new()
        .set("endpoint", inner)
        .maybe("healthStatus", endpoint.health.and_then(health))
        .maybe("loadBalancingWeight", endpoint.weight)
        .maybe("metadata", metadata(endpoint))
        .into()
}

/// The listener that opens tunnels, told apart by where it leads.
fn through(tunnel: &EndpointTunnel) -> Value {
    let id = tunnel.waypoint.as_ref().unwrap_or(&tunnel.local);
    json!({"envoyInternalAddress": {"serverListenerName": TunnelPart::ConnectOriginate.name(), "endpointId": id}})
}

fn health(health: Health) -> Option<&'static str> {
    match health {
        Health::Healthy => Some("HEALTHY"),
        Health::Unhealthy => Some("UNHEALTHY"),
        Health::Draining => Some("DRAINING"),
        Health::Terminating => Some("TIMEOUT"),
        Health::Unchecked => None,
    }
}

/// Endpoints of a service always carry the message, be it empty; inbound ones do not.
fn metadata(endpoint: &LbEndpoint) -> Option<Value> {
    let chosen = endpoint.tunnel.as_ref().is_some_and(|tunnel| tunnel.chosen);
    let tls = match (chosen, endpoint.mutual_tls) {
        (true, _) => Some(json!({"tunnel": "http"})),
        (false, true) => Some(json!({"tlsMode": "istio"})),
        (false, false) => None,
    };
    let destination = endpoint.tunnel.as_ref().map(|tunnel| {
        Object::new().set("local", tunnel.local.as_str()).maybe("waypoint", tunnel.waypoint.as_deref())
    });
    let workload = endpoint.workload.as_ref().map(|text| json!({"workload": text}));
    let filters = Object::new()
        .maybe("envoy.filters.listener.original_dst", destination)
        .maybe("envoy.transport_socket_match", tls)
        .maybe("istio", workload);
    let stated = endpoint.health.is_some() || !filters.is_empty();
    stated.then(|| Object::new().unless_default("filterMetadata", filters).into())
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::EndpointAddress;

    use super::*;

    #[test]
    fn a_unix_socket_is_a_pipe_and_has_no_metadata_of_its_own() {
        let bare = LbEndpoint::bare(EndpointAddress::Unix("/run/a".into()), 0);
        assert_eq!(endpoint(&bare), json!({"endpoint": {"address": {"pipe": {"path": "/run/a"}}}}));
    }
}
