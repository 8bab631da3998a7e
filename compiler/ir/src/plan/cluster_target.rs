//! What clusters stand for, and the names that follow from it.

use crate::mesh::Hostname;

use super::TunnelPart;

/// What a cluster stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClusterTarget {
    /// A port of a service, `outbound|port|subset|host`.
    Outbound {
        /// Service.
        host: Hostname,
        /// Port of the service.
        port: u32,
        /// Subset; empty for all endpoints.
        subset: String,
    },
    /// The same seen from a gateway that passes TLS by its server name, `outbound_.port_.subset_.host`.
    SniDnat {
        /// Service.
        host: Hostname,
        /// Port of the service.
        port: u32,
        /// Subset; empty for all endpoints.
        subset: String,
    },
    /// A port of the workload, `inbound|port||`.
    Inbound {
        /// Port in the name of the cluster.
        port: u32,
    },
    /// A port of a service behind a waypoint, `inbound-vip|port|subset|host`.
    InboundVip {
        /// Service.
        host: Hostname,
        /// Port of the service.
        port: u32,
        /// `http` or `tcp`, for a subset `http/v1`.
        subset: String,
    },
    /// A part of the tunnel.
    Tunnel(TunnelPart),
    /// Refuses everything.
    BlackHole,
    /// To the address that was dialled.
    Passthrough,
    /// To the port of the workload that was dialled.
    InboundPassthrough,
    /// To what DNS says of the host of each request.
    AnyDynamicDns,
}

impl ClusterTarget {
    /// The cluster's name (`model.BuildSubsetKey` and friends).
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            ClusterTarget::Outbound { host, port, subset } => outbound_name(*port, subset, host),
            ClusterTarget::SniDnat { host, port, subset } => sni_name(*port, subset, host),
            ClusterTarget::Inbound { port } => inbound_name(*port),
            ClusterTarget::InboundVip { host, port, subset } => inbound_vip_name(*port, subset, host),
            ClusterTarget::Tunnel(part) => part.name().to_owned(),
            ClusterTarget::BlackHole => BLACK_HOLE.to_owned(),
            ClusterTarget::Passthrough => PASSTHROUGH.to_owned(),
            ClusterTarget::InboundPassthrough => INBOUND_PASSTHROUGH.to_owned(),
            ClusterTarget::AnyDynamicDns => ANY_DYNAMIC_DNS.to_owned(),
        }
    }
}

/// Name of the cluster that refuses everything.
pub const BLACK_HOLE: &str = "BlackHoleCluster";
/// Name of the cluster that sends to the address that was dialled.
pub const PASSTHROUGH: &str = "PassthroughCluster";
/// Name of the cluster for ports of the workload that no service names.
pub const INBOUND_PASSTHROUGH: &str = "InboundPassthroughCluster";
/// Name of the cluster for unknown hosts under `ALLOW_ANY_DYNAMIC_DNS`.
pub const ANY_DYNAMIC_DNS: &str = "AllowAnyDynamicDNSCluster";

/// `outbound|port|subset|host` (`model.BuildSubsetKey`).
#[must_use]
pub fn outbound_name(port: u32, subset: &str, host: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}

/// `outbound_.port_.subset_.host`, also the server name of mutual TLS (`model.BuildDNSSrvSubsetKey`).
#[must_use]
pub fn sni_name(port: u32, subset: &str, host: &str) -> String {
    format!("outbound_.{port}_.{subset}_.{host}")
}

/// `inbound|port||` (`model.BuildInboundSubsetKey`).
#[must_use]
pub fn inbound_name(port: u32) -> String {
    format!("inbound|{port}||")
}

/// `inbound-vip|port|subset|host`: a service behind a waypoint.
#[must_use]
pub fn inbound_vip_name(port: u32, subset: &str, host: &str) -> String {
    format!("inbound-vip|{port}|{subset}|{host}")
}
