//! Endpoints.

use mp_ir::mesh::{Health, Locality};
use mp_ir::plan::{LbEndpoint, LoadAssignment, LocalityEndpoints};
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
    let inner = Object::new()
        .set("address", endpoint_address(&endpoint.address, endpoint.port))
        .unless_default("additionalAddresses", list(additional));
    Object::new()
        .set("endpoint", inner)
        .maybe("healthStatus", endpoint.health.and_then(health))
        .maybe("loadBalancingWeight", endpoint.weight)
        .maybe("metadata", metadata(endpoint))
        .into()
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
    let tls = endpoint.mutual_tls.then(|| json!({"tlsMode": "istio"}));
    let workload = endpoint.workload.as_ref().map(|text| json!({"workload": text}));
    let filters = Object::new().maybe("envoy.transport_socket_match", tls).maybe("istio", workload);
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
