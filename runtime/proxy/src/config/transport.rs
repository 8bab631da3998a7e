//! Transport sockets towards endpoints, compiled.
use super::secret::Secrets;
use super::tls::UpstreamTls;
use super::value::{Get, Scope};
use crate::json::Value;
use crate::net::proxy_protocol::ProxyVersion;

/// A transport socket towards endpoints.
#[derive(Debug, Default)]
pub(crate) struct UpstreamSocket {
    /// TLS; plain text without.
    pub(crate) tls: Option<UpstreamTls>,
    /// The version of the PROXY header that is sent first.
    pub(crate) proxy: Option<ProxyVersion>,
    /// What internal listeners are told.
    pub(crate) internal: Option<Passthrough>,
}

/// What goes along with a connection to an internal listener.
#[derive(Debug, Default)]
pub(crate) struct Passthrough {
    /// Namespaces of the endpoint's metadata.
    pub(crate) host: Vec<String>,
    /// Namespaces of the cluster's metadata.
    pub(crate) cluster: Vec<String>,
}

impl Passthrough {
    fn new(value: Option<&Value>) -> Self {
        let names = |kind: &str| {
            let items = value.items("passthrough_metadata").iter();
            let items = items.filter(|item| item.get_field("kind").get_field(kind).is_some());
            items.map(|item| item.text("name").to_owned()).collect()
        };
        Self { host: names("host"), cluster: names("cluster") }
    }
}

impl UpstreamSocket {
    /// Compiles a transport socket; plain text when there is none.
    pub(super) fn new(socket: Option<&Value>, secrets: &Secrets<'_>, scope: &Scope<'_>) -> Self {
        let config = socket.get_field("typed_config");
        if config.text("@type").ends_with("InternalUpstreamTransport") {
            let scope = scope.field("typed_config");
            let inner = config.get_field("transport_socket");
            let inner = Self::new(inner, secrets, &scope.field("transport_socket"));
            return Self { internal: Some(Passthrough::new(config)), ..inner };
        }
        if !config.text("@type").ends_with("ProxyProtocolUpstreamTransport") {
            return Self { tls: UpstreamTls::new(socket, secrets, scope), ..Self::default() };
        }
        let scope = scope.field("typed_config");
        let inner =
            Self::new(config.get_field("transport_socket"), secrets, &scope.field("transport_socket"));
        if inner.proxy.is_some() {
            scope.field("transport_socket").refuse("only one PROXY header is sent");
        }
        let version = match config.get_field("config").text("version") {
            "V2" => ProxyVersion::V2,
            _ => ProxyVersion::V1,
        };
        Self { proxy: Some(version), ..inner }
    }
}
