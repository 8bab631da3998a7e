//! Endpoints of a cluster (`envoy.config.endpoint.v3`).

use crate::base::Origin;
use crate::mesh::{EndpointAddress, Health, Locality};

/// Endpoints of one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadAssignment {
    /// Name of the cluster.
    pub cluster: String,
    /// Endpoints by locality; empty when there is none.
    pub localities: Vec<LocalityEndpoints>,
}

/// Endpoints of one locality and priority.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalityEndpoints {
    /// Where they are; all parts empty when not known.
    pub locality: Locality,
    /// Whether the locality is stated at all.
    pub locality_stated: bool,
    /// Weight; `None` when not stated.
    pub weight: Option<u32>,
    /// 0 is used first.
    pub priority: u32,
    /// The endpoints.
    pub endpoints: Vec<LbEndpoint>,
}

/// The tunnel to an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointTunnel {
    /// `ip:port` that is asked for inside of the tunnel.
    pub local: String,
    /// `ip:port` of the waypoint that takes the tunnel; `None` where the endpoint itself does.
    pub waypoint: Option<String>,
    /// The cluster chooses by endpoint whether it takes the tunnel.
    pub chosen: bool,
}

/// One endpoint as the proxy sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct LbEndpoint {
    /// Where it is.
    pub address: EndpointAddress,
    /// Port; of no meaning for a Unix socket.
    pub port: u32,
    /// Further addresses of the same endpoint, on the same port.
    pub additional: Vec<String>,
    /// Health; `None` when not stated.
    pub health: Option<Health>,
    /// Weight; `None` when not stated.
    pub weight: Option<u32>,
    /// Mutual TLS is spoken to it.
    pub mutual_tls: bool,
    /// What telemetry says of it: `workload;namespace;canonical name;revision;cluster`; `None` when not stated.
    pub workload: Option<String>,
    /// It is reached by the tunnel; `None` dials it.
    pub tunnel: Option<EndpointTunnel>,
    /// It is the gateway to a network rather than an endpoint of the service.
    pub gateway_to: Option<String>,
    /// Place in `Mesh::endpoints`: service and endpoint; `None` where no fact stands behind it.
    pub source: Option<(usize, usize)>,
    /// The line that caused it.
    pub origin: Origin,
}

impl LbEndpoint {
    /// An address with nothing else stated.
    #[must_use]
    pub fn bare(address: EndpointAddress, port: u32) -> Self {
        Self {
            address,
            port,
            additional: Vec::new(),
            health: None,
            weight: None,
            mutual_tls: false,
            workload: None,
            tunnel: None,
            gateway_to: None,
            source: None,
            origin: None,
        }
    }
}
