//! Endpoints of clusters, compiled.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::json::{Value, fields};
use crate::net::address::Address;

use super::cluster::Discovery;
use super::value::{Get, Scope};

/// An endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Where it is.
    pub(crate) target: Target,
    /// Its host name, for `auto_host_rewrite`.
    pub(crate) hostname: String,
    /// Port of health checks, when it is another one.
    pub(crate) check_port: Option<u16>,
    /// Its weight, 1 or more.
    pub(crate) weight: u64,
    /// 0 is used first.
    pub(crate) priority: u64,
    /// What the bootstrap says about its health.
    pub(crate) health: Health,
    /// Its locality.
    pub(crate) locality: Arc<Locality>,
    /// Further addresses of the same endpoint, tried when the first one does not answer.
    pub(crate) more: Vec<Address>,
    /// All its metadata, when internal listeners are told it or something shows it.
    pub(crate) whole: Option<Arc<Metadata>>,
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
    Address(Address),
    /// A name to be resolved.
    Name(String, u16),
}

impl Endpoint {
    /// Whether its metadata has this value.
    pub(crate) fn carries(&self, name: &str, value: &serde_json::Value) -> bool {
        self.metadata.as_ref().is_some_and(|m| m.get(name) == Some(value))
    }

    /// An address that the bootstrap does not name.
    pub(crate) fn at(address: Address, socket: usize) -> Self {
        Self {
            target: Target::Address(address),
            hostname: String::new(),
            check_port: None,
            weight: 1,
            priority: 0,
            health: Health::Healthy,
            locality: Arc::default(),
            more: Vec::new(),
            whole: None,
            metadata: None,
            hash_key: None,
            socket,
            workload: None,
        }
    }
}

/// The endpoints of a cluster, with what selects their transport sockets, and whether something shows their metadata.
pub(super) fn endpoints(
    value: &Value,
    discovery: Discovery,
    kept: (&[Option<&Value>], bool),
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
            if let Some(endpoint) = endpoint(item, discovery, kept, &scope) {
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
    (matches, shown): (&[Option<&Value>], bool),
    scope: &Scope<'_>,
) -> Option<Endpoint> {
    let endpoint = item.get_field("endpoint");
    let target = target_of(endpoint.get_field("address"), discovery, &scope.field("endpoint.address"))?;
    let metadata = item.get_field("metadata").get_field("filter_metadata");
    let selected = metadata.get_field("envoy.transport_socket_match");
    let labels = metadata.get_field("envoy.lb").and_then(Value::as_map);
    Some(Endpoint {
        hostname: endpoint
            .opt_text("hostname")
            .unwrap_or(if let Target::Name(name, _) = &target { name } else { "" })
            .to_owned(),
        check_port: endpoint
            .get_field("health_check_config")
            .int("port_value")
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port != 0),
        whole: metadata
            .and_then(Value::as_map)
            .filter(|_| shown || matches!(target, Target::Address(Address::Internal(..))))
            .map(|all| Arc::new(fields(all))),
        more: further(endpoint, scope),
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

/// The additional addresses of an endpoint.
fn further(endpoint: Option<&Value>, scope: &Scope<'_>) -> Vec<Address> {
    let scope = scope.field("endpoint");
    let items = endpoint.items("additional_addresses").iter().enumerate();
    let addresses = items.filter_map(|(i, item)| {
        let scope = scope.item("additional_addresses", i);
        match target_of(item.get_field("address"), Discovery::Static, &scope)? {
            Target::Address(address) => Some(address),
            Target::Name(..) => None,
        }
    });
    addresses.collect()
}

/// Where an endpoint is.
fn target_of(address: Option<&Value>, discovery: Discovery, scope: &Scope<'_>) -> Option<Target> {
    if let Some(pipe) = address.get_field("pipe") {
        return Some(Target::Address(Address::Pipe(pipe.text("path").into())));
    }
    if let Some(internal) = address.get_field("envoy_internal_address") {
        let (listener, endpoint) = (internal.text("server_listener_name"), internal.text("endpoint_id"));
        return Some(Target::Address(Address::Internal(listener.into(), endpoint.into())));
    }
    let Some(address) = address.get_field("socket_address") else {
        scope.refuse("an endpoint needs an address");
        return None;
    };
    let port = u16::try_from(address.int("port_value").unwrap_or(0)).unwrap_or(0);
    let host = address.text("address");
    match (host.parse::<IpAddr>(), discovery) {
        (Ok(ip), _) => Some(Target::Address(SocketAddr::new(ip, port).into())),
        (Err(_), Discovery::StrictDns | Discovery::LogicalDns) => Some(Target::Name(host.to_owned(), port)),
        (Err(_), Discovery::Static | Discovery::OriginalDst | Discovery::Dynamic) => {
            scope.refuse(format!("{host:?} is not an IP address; a STATIC cluster cannot resolve names"));
            None
        }
    }
}

/// Whether endpoint metadata carries every value that a transport socket match asks for.
fn selects(wanted: Option<&Value>, metadata: Option<&Value>) -> bool {
    let wanted = wanted.and_then(Value::as_map).unwrap_or_default();
    wanted.iter().all(|(key, value)| metadata.get_field(key) == Some(value))
}
