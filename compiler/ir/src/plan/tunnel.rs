//! The tunnel of the ambient mesh (HBONE): mutual TLS at port 15008 with HTTP/2 CONNECT inside.

use crate::mesh::ForwardClientCert;

use super::{AccessLog, HttpFilter};

/// Port of the tunnel.
pub const TUNNEL_PORT: u32 = 15008;

/// A step of the tunnel inside of a proxy: a listener, a cluster, or both under one name
/// (`pilot/pkg/networking/core/waypoint.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TunnelPart {
    /// Takes tunnels from others.
    ConnectTerminate,
    /// What came out of a tunnel.
    MainInternal,
    /// To a workload that was called by its own address.
    Encap,
    /// Opens tunnels to others.
    ConnectOriginate,
    /// Opens the inner one of two tunnels, to another network.
    InnerConnect,
    /// Opens the outer one.
    OuterConnect,
}

impl TunnelPart {
    /// Name of the listener and cluster.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TunnelPart::ConnectTerminate => "connect_terminate",
            TunnelPart::MainInternal => "main_internal",
            TunnelPart::Encap => "encap",
            TunnelPart::ConnectOriginate => "connect_originate",
            TunnelPart::InnerConnect => "inner_connect_originate",
            TunnelPart::OuterConnect => "outer_connect_originate",
        }
    }
}

/// Whether the connections of a cluster go through the proxy's own tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// They do not.
    #[default]
    Network,
    /// Those to endpoints that take the tunnel do.
    Endpoint,
    /// All do, with what is known of the endpoint (waypoints).
    Waypoint,
    /// All are handed to a listener of the proxy.
    Listener,
}

/// What takes tunnels: HTTP/2 with one stream for each connection.
#[derive(Clone, Debug, Default)]
pub struct TunnelServer {
    /// Cluster that connections are handed to.
    pub cluster: String,
    /// Treatment of `x-forwarded-client-cert`.
    pub forward_client_cert: Option<ForwardClientCert>,
    /// `server` header; empty leaves Envoy's own.
    pub server_name: String,
    /// The application's `server` header is passed on.
    pub server_header_pass_through: bool,
    /// `x-request-id` is made; `None` is yes.
    pub generate_request_id: Option<bool>,
    /// HTTP filters in order; the last one is the router.
    pub filters: Vec<HttpFilter>,
    /// Logs.
    pub access_logs: Vec<AccessLog>,
}

/// Chooses a filter chain by destination address (`filter_chain_matcher`). The first range that fits counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainMatcher {
    /// Addresses with prefix lengths, and what is chosen for them.
    pub ranges: Vec<(Vec<(String, u32)>, ChainChoice)>,
}

/// What is chosen for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainChoice {
    /// A chain by name.
    Chain(String),
    /// A chain for HTTP, another one for everything else.
    Sniffed {
        /// HTTP.
        http: String,
        /// Everything else.
        tcp: String,
        /// HTTP/1.0 counts as HTTP.
        http10: bool,
    },
    /// By destination port, ascending.
    Ports(Vec<(u32, ChainChoice)>),
}
