//! An enforcement point: what decides whether a request reaches one workload, over all of its ports.

use crate::base::{At, Origin};
use crate::mesh::MutualTlsMode;

use super::{HttpSecurity, TcpSecurity};
use crate::plan::{Authorization, Underscores};

/// A part of a policy that the proxy does not get.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dropped {
    /// Name of the rule as in [`Policy::name`].
    pub rule: String,
    /// On TCP chains rather than HTTP ones.
    pub tcp: bool,
    /// The whole rule, rather than one value.
    pub whole_rule: bool,
    /// Why, in lower case.
    pub reason: String,
    /// The value or rule.
    pub origin: Origin,
}

/// Something that may decide otherwise than the policies say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Doubt {
    /// What it is, as a sentence in lower case.
    pub text: String,
    /// It is a part of a policy that nobody knows yet, rather than something beside the policies.
    pub unread: bool,
    /// The object or the part of it.
    pub origin: Origin,
}

/// What Envoy does to a path before anybody reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PathRules {
    /// RFC 3986 normalisation.
    pub normalize: bool,
    /// `//` becomes `/`.
    pub merge_slashes: bool,
    /// What happens to `%2F` and `%5C`.
    pub escaped_slashes: EscapedSlashes,
}

/// What happens to `%2F` and `%5C`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EscapedSlashes {
    /// Kept.
    #[default]
    Keep,
    /// Decoded.
    Unescape,
    /// Decoded, and the client is redirected there.
    Redirect,
    /// Refused.
    Reject,
}

/// What a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortChain {
    /// HTTP.
    Http,
    /// Bytes.
    Tcp,
    /// Whatever the first bytes say.
    Sniffed,
    /// Bytes that go on as they came; no policy is asked.
    Passed,
}

/// One port of an enforcement point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PointPort {
    /// Number at the workload.
    pub number: u32,
    /// What it speaks.
    pub chain: PortChain,
    /// Mutual TLS.
    pub mode: At<MutualTlsMode>,
    /// Hosts that the proxy serves there, for readable witnesses.
    pub host: String,
    /// Hosts of each server of a gateway that takes TLS there: its callers say a server name, with or without an identity of the
    /// mesh. Empty where none does.
    pub tls: Vec<Vec<String>>,
}

/// A waypoint with policies, which stands before a workload for those who call its service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WaypointBefore {
    /// Its point: namespace and name.
    pub point: (String, String),
    /// Service accounts of its Pods.
    pub accounts: Vec<String>,
    /// The first of its policies.
    pub origin: Origin,
}

/// Kind of proxy at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointKind {
    /// Beside a workload.
    #[default]
    Sidecar,
    /// At the edge.
    Gateway,
    /// Before a service of the ambient mesh: what is sent to the service passes it, in a tunnel.
    Waypoint,
    /// On the node of an ambient workload: connections alone are decided, whatever they carry.
    Ztunnel,
}

impl EnforcementPoint {
    /// Whether callers of a port say a server name although they have no identity of the mesh.
    #[must_use]
    pub fn takes_server_names(&self, port: u32) -> bool {
        self.ports.iter().any(|known| known.number == port && !known.tls.is_empty())
    }
}

/// Everything that decides whether a request reaches a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnforcementPoint {
    /// Namespace of the workload.
    pub namespace: String,
    /// Name of the workload.
    pub name: String,
    /// Further workloads that are the same point: namespace and name.
    pub twins: Vec<(String, String)>,
    /// Kind of proxy.
    pub kind: PointKind,
    /// The workload's addresses.
    pub addresses: Vec<String>,
    /// Ports that services declare, sorted.
    pub ports: Vec<PointPort>,
    /// Mode of all other ports, which take HTTP and bytes; a gateway has none.
    pub passthrough: Option<At<MutualTlsMode>>,
    /// Trust domains that the handshake accepts; empty accepts any.
    pub trust_domains: Vec<String>,
    /// HTTP filters.
    pub http: HttpSecurity,
    /// TCP filters.
    pub tcp: TcpSecurity,
    /// What ztunnel decides by; empty at other proxies.
    pub connections: Vec<Authorization>,
    /// Path handling.
    pub paths: PathRules,
    /// What becomes of headers with `_` in their names; `None` keeps them.
    pub underscores: Option<Underscores>,
    /// The TCP peer's address is the client's unless proxies are trusted (`use_remote_address`).
    pub use_remote_address: bool,
    /// Proxies whose `x-forwarded-for` is trusted.
    pub trusted_hops: u32,
    /// Waypoints before a ztunnel whose policies count for those who call the service.
    pub waypoints: Vec<WaypointBefore>,
    /// What of the policies is not in the filters.
    pub dropped: Vec<Dropped>,
    /// What makes the policies say less than what happens.
    pub doubts: Vec<Doubt>,
}
