//! Endpoints of clusters, compiled.
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::cluster::Discovery;
use super::value::{Get, Scope};

/// An endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Where it is.
    pub(crate) target: Target,
    /// Its host name, for `auto_host_rewrite`.
    pub(crate) hostname: String,
    /// Its weight, 1 or more.
    pub(crate) weight: u64,
    /// 0 is used first.
    pub(crate) priority: u64,
    /// Whether it may be used.
    pub(crate) healthy: bool,
    /// Key for consistent hashing.
    pub(crate) hash_key: Option<String>,
    /// Index of its transport socket.
    pub(crate) socket: usize,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// An address.
    Address(SocketAddr),
    /// A name to be resolved.
    Name(String, u16),
}

/// The endpoints of a cluster; `matches` selects their transport sockets.
pub(super) fn endpoints(
    value: &Value,
    discovery: Discovery,
    matches: &[Value],
    scope: &Scope<'_>,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    let scope = scope.field("load_assignment");
    for (i, locality) in value.get_field("load_assignment").items("endpoints").iter().enumerate() {
        for (j, item) in locality.items("lb_endpoints").iter().enumerate() {
            let scope = scope.item("endpoints", i);
            let scope = scope.item("lb_endpoints", j);
            if let Some(endpoint) = endpoint(item, discovery, matches, &scope) {
                endpoints.push(Endpoint { priority: locality.int("priority").unwrap_or(0), ..endpoint });
            }
        }
    }
    endpoints
}

fn endpoint(item: &Value, discovery: Discovery, matches: &[Value], scope: &Scope<'_>) -> Option<Endpoint> {
    let endpoint = item.get_field("endpoint");
    let Some(address) = endpoint.get_field("address").get_field("socket_address") else {
        scope.refuse("an endpoint needs a socket_address");
        return None;
    };
    let port = u16::try_from(address.int("port_value").unwrap_or(0)).unwrap_or(0);
    let host = address.text("address");
    let target = match (host.parse::<IpAddr>(), discovery) {
        (Ok(ip), _) => Target::Address(SocketAddr::new(ip, port)),
        (Err(_), Discovery::StrictDns | Discovery::LogicalDns) => Target::Name(host.to_owned(), port),
        (Err(_), Discovery::Static | Discovery::OriginalDst) => {
            scope.refuse(format!("{host:?} is not an IP address; a STATIC cluster cannot resolve names"));
            return None;
        }
    };
    let metadata = item.get_field("metadata").get_field("filter_metadata");
    let selected = metadata.get_field("envoy.transport_socket_match");
    Some(Endpoint {
        hostname: endpoint
            .opt_text("hostname")
            .unwrap_or(if matches!(target, Target::Name(..)) { host } else { "" })
            .to_owned(),
        target,
        weight: item.int("load_balancing_weight").unwrap_or(1).max(1),
        priority: 0,
        healthy: !matches!(item.text("health_status"), "UNHEALTHY" | "DRAINING" | "TIMEOUT"),
        hash_key: metadata.get_field("envoy.lb").opt_text("hash_key").map(str::to_owned),
        socket: matches.iter().position(|wanted| selects(wanted, selected)).unwrap_or(0),
    })
}

/// Whether endpoint metadata carries every value that a transport socket match asks for.
fn selects(wanted: &Value, metadata: Option<&Value>) -> bool {
    let Value::Object(wanted) = wanted else { return true };
    wanted.iter().all(|(key, value)| metadata.get_field(key) == Some(value))
}
