//! Istio Gateways (`networking/v1/gateway.proto`), and what Gateway API and Ingress are turned into.

use crate::base::{At, Origin};

use super::{Labels, Meta, Protocol};

/// A Gateway.
#[derive(Clone, Debug, Default)]
pub struct Gateway {
    /// Head.
    pub meta: Meta,
    /// Labels of the gateway's Pods.
    pub selector: Labels,
    /// Its servers in order.
    pub servers: Vec<Server>,
    /// Services (host names) it is bound to instead of a selector: made from Gateway API.
    pub services: Vec<String>,
}

/// One server of a gateway.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Port number as the client sees it.
    pub port: At<u32>,
    /// Port name.
    pub port_name: String,
    /// Protocol.
    pub protocol: Protocol,
    /// Address to bind; empty is all.
    pub bind: String,
    /// Hosts as written: `ns/host` or `host`.
    pub hosts: Vec<At<String>>,
    /// TLS settings.
    pub tls: Option<ServerTls>,
    /// `name`.
    pub name: String,
    /// The server in the file.
    pub origin: Origin,
}

/// TLS mode of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum ServerTlsMode {
    #[default]
    Passthrough,
    Simple,
    Mutual,
    AutoPassthrough,
    IstioMutual,
    OptionalMutual,
}

/// A TLS version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum TlsVersion {
    #[default]
    Auto,
    V1_0,
    V1_1,
    V1_2,
    V1_3,
}

/// `tls` of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerTls {
    /// Mode.
    pub mode: ServerTlsMode,
    /// `httpsRedirect`.
    pub https_redirect: bool,
    /// Certificate file.
    pub server_certificate: String,
    /// Private key file.
    pub private_key: String,
    /// CA file.
    pub ca_certificates: String,
    /// CRL file.
    pub ca_crl: String,
    /// Secret name.
    pub credential_name: At<String>,
    /// Secret names.
    pub credential_names: Vec<String>,
    /// Secret of the CA, where it differs.
    pub ca_cert_credential_name: String,
    /// Several certificate files: certificate, key, CA.
    pub tls_certificates: Vec<(String, String, String)>,
    /// Names that the client's certificate may have.
    pub subject_alt_names: Vec<String>,
    /// `insecureSkipVerify`: certificates that no authority signed are accepted too.
    pub insecure_skip_verify: bool,
    /// SPKI pins.
    pub verify_certificate_spki: Vec<String>,
    /// Hashes of certificates.
    pub verify_certificate_hash: Vec<String>,
    /// Lowest version.
    pub min_version: TlsVersion,
    /// Highest version.
    pub max_version: TlsVersion,
    /// Cipher suites.
    pub cipher_suites: Vec<String>,
    /// The field in the file.
    pub origin: Origin,
}
