//! TLS that a filter chain terminates.

use crate::base::Origin;
use crate::mesh::TlsVersion;

/// TLS towards the caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DownstreamTls {
    /// Protocols offered, in order of preference.
    pub alpn: Vec<String>,
    /// The caller must show a certificate.
    pub require_client_certificate: bool,
    /// Certificates of the proxy.
    pub certificates: Vec<SecretRef>,
    /// How the caller's certificate is checked; `None` checks nothing.
    pub validation: Option<ClientValidation>,
    /// Lowest version; [`TlsVersion::Auto`] is Envoy's own.
    pub min_version: TlsVersion,
    /// Highest version; [`TlsVersion::Auto`] is Envoy's own.
    pub max_version: TlsVersion,
    /// Cipher suites; empty is Envoy's own list.
    pub cipher_suites: Vec<String>,
    /// Curves; empty is Envoy's own list.
    pub ecdh_curves: Vec<String>,
    /// It is the tunnel's: TLS 1.3 between members of the mesh.
    pub tunnel: bool,
    /// The `tls` field in the file.
    pub origin: Origin,
}

/// A secret that the proxy asks for by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretRef {
    /// Its name: `default`, `ROOTCA`, `kubernetes://name`, `file-cert:…~…`, `file-root:…`.
    pub name: String,
    /// Who gives it.
    pub server: SecretServer,
}

/// Who gives a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretServer {
    /// The agent beside the proxy (`sds-grpc`).
    #[default]
    Agent,
    /// The agent's server for files (`sds-files-grpc`).
    AgentFiles,
    /// istiod, over the same stream as all else.
    ControlPlane,
    /// Another server: its cluster, and its authority, empty for none.
    Server {
        /// Cluster of the server.
        cluster: String,
        /// Authority sent to it.
        authority: String,
    },
}

/// How the caller's certificate is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientValidation {
    /// Authorities that may have signed; `None` checks the names alone.
    pub authorities: Option<SecretRef>,
    /// Names the certificate may have, any of these; empty accepts any name.
    pub names: Vec<NameMatch>,
    /// Revocation list file; empty for none.
    pub crl: String,
    /// SPKI pins, base64.
    pub spki: Vec<String>,
    /// SHA-256 hashes of certificates.
    pub hashes: Vec<String>,
    /// Certificates that no authority signed are accepted too.
    pub accept_untrusted: bool,
}

/// A condition on a name of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameMatch {
    /// The whole name.
    Exact(String),
    /// Its start, such as `spiffe://cluster.local/`.
    Prefix(String),
}
