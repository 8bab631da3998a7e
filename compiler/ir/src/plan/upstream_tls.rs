//! TLS towards endpoints (`envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext`).

use crate::base::Origin;

/// TLS of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UpstreamSecurity {
    /// Plain text.
    #[default]
    Plain,
    /// TLS to every endpoint.
    Tls(UpstreamTls),
    /// Mutual TLS to endpoints that say they speak it, plain text to others.
    Auto(UpstreamTls),
    /// TLS of the tunnel.
    Tunnel(TunnelTls),
}

/// TLS of the tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelTls {
    /// What the identity of the other side must begin with, each of them.
    pub identities: Vec<String>,
    /// Own certificate.
    pub certificate: SecretSource,
    /// The root.
    pub root: SecretSource,
}

impl UpstreamSecurity {
    /// The TLS settings, if any endpoint is spoken to by TLS.
    #[must_use]
    pub fn tls(&self) -> Option<&UpstreamTls> {
        match self {
            UpstreamSecurity::Plain | UpstreamSecurity::Tunnel(_) => None,
            UpstreamSecurity::Tls(tls) | UpstreamSecurity::Auto(tls) => Some(tls),
        }
    }
}

/// Where a certificate or a root comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// The agent beside the proxy, by name: `default`, `ROOTCA`, `file-cert:…`, `file-root:…`.
    Agent(String),
    /// istiod, by name: `kubernetes://…`.
    ControlPlane(String),
    /// Another server on a Unix socket of the Pod, by name.
    External(String),
}

/// How the server's certificate is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCheck {
    /// Not at all.
    None,
    /// Nothing is said, which is not at all either.
    Unstated,
    /// Against a root, and its names against a list.
    Root {
        /// The root.
        root: SecretSource,
        /// Names of which one must be in the certificate; empty takes any.
        names: Vec<String>,
        /// File of revoked certificates; empty for none.
        crl: String,
    },
}

/// TLS settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTls {
    /// Server name; empty for none.
    pub sni: String,
    /// Own certificate.
    pub certificate: Option<SecretSource>,
    /// How the other side is checked.
    pub check: ServerCheck,
    /// Protocols offered.
    pub alpn: Vec<String>,
    /// Identity of the mesh on both sides (`ISTIO_MUTUAL`).
    pub istio: bool,
    /// Curves; empty for Envoy's.
    pub ecdh_curves: Vec<String>,
    /// Cipher suites; empty for Envoy's.
    pub cipher_suites: Vec<String>,
    /// The DestinationRule's `tls`.
    pub origin: Origin,
}
