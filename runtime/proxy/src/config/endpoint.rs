//! Endpoints of clusters, compiled.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::json::{Value, fields};

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
    /// What the bootstrap says about its health.
    pub(crate) health: Health,
    /// Its locality.
    pub(crate) locality: Arc<Locality>,
    /// Its metadata for balancing (`envoy.lb`).
    pub(crate) metadata: Option<Arc<Metadata>>,
    /// Key for consistent hashing.
    pub(crate) hash_key: Option<String>,
    /// Index of its transport socket.
    pub(crate) socket: usize,
    /// What the control plane says about its workload.
    pub(crate) workload: Option<Arc<str>>,
}

/// Names with values.
pub(crate) type Metadata = serde_json::Map<String, serde_json::Value>;

/// What the bootstrap says about an endpoint's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It may be used.
    Healthy,
    /// It may be used when there are not enough healthy ones.
    Degraded,
    /// It may not be used.
    Unhealthy,
}

impl Health {
    fn new(name: &str) -> Self {
        match name {
            "UNHEALTHY" | "DRAINING" | "TIMEOUT" => Self::Unhealthy,
            "DEGRADED" => Self::Degraded,
            _ => Self::Healthy,
        }
    }
}

/// A group of endpoints.
#[derive(Debug, Default)]
pub(crate) struct Locality {
    /// Its place in the cluster's list.
    pub(crate) index: usize,
    /// Its weight among the localities of its priority.
    pub(crate) weight: u64,
    /// Its region.
    pub(crate) region: String,
    /// Its zone.
    pub(crate) zone: String,
    /// Its sub-zone.
    pub(crate) sub_zone: String,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// An address.
    Address(SocketAddr),
    /// A name to be resolved.
    Name(String, u16),
}

impl Endpoint {
    /// Whether its metadata has this value.
    pub(crate) fn carries(&self, name: &str, value: &serde_json::Value) -> bool {
        self.metadata.as_ref().is_some_and(|m| m.get(name) == Some(value))
    }

    /// An address that the bootstrap does not name.
    pub(crate) fn at(address: SocketAddr, socket: usize) -> Self {
        Self {
            target: Target::Address(address),
            hostname: String::new(),
            weight: 1,
            priority: 0,
            health: Health::Healthy,
            locality: Arc::default(),
            metadata: None,
            hash_key: None,
            socket,
            workload: None,
        }
    }
}

/// The endpoints of a cluster; `matches` selects their transport sockets.
pub(super) fn endpoints(
    value: &Value,
    discovery: Discovery,
    matches: &[Option<&Value>],
    scope: &Scope<'_>,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    let scope = scope.field("load_assignment");
    for (i, locality) in value.get_field("load_assignment").items("endpoints").iter().enumerate() {
        let place = locality.get_field("locality");
        let group = Arc::new(Locality {
            index: i,
            weight: locality.int("load_balancing_weight").unwrap_or(0),
            region: place.text("region").to_owned(),
            zone: place.text("zone").to_owned(),
            sub_zone: place.text("sub_zone").to_owned(),
        });
        for (j, item) in locality.items("lb_endpoints").iter().enumerate() {
            let scope = scope.item("endpoints", i);
            let scope = scope.item("lb_endpoints", j);
            if let Some(endpoint) = endpoint(item, discovery, matches, &scope) {
                let priority = locality.int("priority").unwrap_or(0);
                endpoints.push(Endpoint { priority, locality: group.clone(), ..endpoint });
            }
        }
    }
    endpoints
}

fn endpoint(
    item: &Value,
    discovery: Discovery,
    matches: &[Option<&Value>],
    scope: &Scope<'_>,
) -> Option<Endpoint> {
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
        (Err(_), Discovery::Static | Discovery::OriginalDst | Discovery::Dynamic) => {
            scope.refuse(format!("{host:?} is not an IP address; a STATIC cluster cannot resolve names"));
            return None;
        }
    };
    let metadata = item.get_field("metadata").get_field("filter_metadata");
    let selected = metadata.get_field("envoy.transport_socket_match");
    let labels = metadata.get_field("envoy.lb").and_then(Value::as_map);
    Some(Endpoint {
        hostname: endpoint
            .opt_text("hostname")
            .unwrap_or(if matches!(target, Target::Name(..)) { host } else { "" })
            .to_owned(),
        target,
        weight: item.int("load_balancing_weight").unwrap_or(1).max(1),
        priority: 0,
        health: Health::new(item.text("health_status")),
        locality: Arc::default(),
        metadata: labels.map(|labels| Arc::new(fields(labels))),
        hash_key: metadata.get_field("envoy.lb").opt_text("hash_key").map(str::to_owned),
        socket: matches.iter().position(|wanted| selects(*wanted, selected)).unwrap_or(0),
        workload: metadata.get_field("istio").opt_text("workload").map(Arc::from),
    })
}

/// Whether endpoint metadata carries every value that a transport socket match asks for.
fn selects(wanted: Option<&Value>, metadata: Option<&Value>) -> bool {
    let wanted = wanted.and_then(Value::as_map).unwrap_or_default();
    wanted.iter().all(|(key, value)| metadata.get_field(key) == Some(value))
}
