//! Sidecars (`networking/v1/sidecar.proto`).

use crate::base::At;

use super::{
    ClientTls, ConnectionPool, Destination, Labels, Meta, OutboundTrafficPolicy, Protocol, ServerTls,
};

/// A Sidecar.
#[derive(Clone, Debug, Default)]
pub struct Sidecar {
    /// Head.
    pub meta: Meta,
    /// Workloads it is for.
    pub selector: Labels,
    /// Whether a selector is written.
    pub selector_written: bool,
    /// Ports that the workload serves; empty takes those of its services.
    pub ingress: Vec<IngressListener>,
    /// What the workload calls; `None` when not written.
    pub egress: Option<Vec<EgressListener>>,
    /// `outboundTrafficPolicy`.
    pub outbound: Option<OutboundTrafficPolicy>,
    /// `outboundTrafficPolicy.egressProxy`, as written: where calls of unknown hosts go instead.
    pub egress_proxy: Option<Destination>,
    /// `inboundConnectionPool`.
    pub inbound_connection_pool: Option<ConnectionPool>,
}

/// How traffic reaches a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum CaptureMode {
    #[default]
    Default,
    Iptables,
    None,
}

/// One `ingress` entry.
#[derive(Clone, Debug, Default)]
pub struct IngressListener {
    /// Port number.
    pub port: At<u32>,
    /// Port name.
    pub port_name: String,
    /// Protocol.
    pub protocol: Protocol,
    /// Address to bind.
    pub bind: String,
    /// Capture mode.
    pub capture_mode: CaptureMode,
    /// `ip:port` or `unix:path` of the application; empty for the same port.
    pub default_endpoint: String,
    /// TLS that the proxy terminates.
    pub tls: Option<ServerTls>,
    /// Limits of this listener.
    pub connection_pool: Option<ConnectionPool>,
}

/// One `egress` entry.
#[derive(Clone, Debug, Default)]
pub struct EgressListener {
    /// Port number; `None` for all ports.
    pub port: Option<At<u32>>,
    /// Port name.
    pub port_name: String,
    /// Protocol of the port.
    pub protocol: Protocol,
    /// Address to bind.
    pub bind: String,
    /// Capture mode.
    pub capture_mode: CaptureMode,
    /// Hosts in order.
    pub hosts: Vec<At<HostSelector>>,
    /// TLS of the listener (not used by Istio's outbound path).
    pub tls: Option<ClientTls>,
}

/// `namespace/host` of an egress entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostSelector {
    /// Namespace, `*`, or `~` for none; `.` is resolved to the Sidecar's own.
    pub namespace: String,
    /// Host, possibly with a leading `*`.
    pub host: String,
    /// Written with a leading `~`: what it matches is left out.
    pub exclude: bool,
}
