//! Addresses of connections and endpoints: of the network, of the file system, and of listeners inside of the proxy.
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::proto;

/// What `Network::Address::Instance` is in Envoy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The path of a Unix domain socket.
    Pipe(Arc<str>),
    /// An internal listener by name, and what tells its endpoints apart.
    Internal(Arc<str>, Arc<str>),
}

impl Address {
    /// What stands for the near end of a connection to an internal listener
    /// (`source/extensions/bootstrap/internal_listener/client_connection_factory.cc`).
    pub(crate) fn internal_client() -> Self {
        Self::Internal("internal_client_address".into(), "".into())
    }

    /// IP address and port, of addresses of the network.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Pipe(_) | Self::Internal(..) => None,
        }
    }

    /// The IP address.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.socket().map(|address| address.ip())
    }

    /// The port.
    pub(crate) fn port(&self) -> Option<u16> {
        self.socket().map(|address| address.port())
    }

    /// The address without its port; other addresses as they are.
    pub(crate) fn without_port(&self) -> String {
        self.ip().map_or_else(|| self.to_string(), |ip| ip.to_string())
    }

    /// As the protocols of services spell it (`envoy.config.core.v3.Address`).
    pub(crate) fn to_proto(&self) -> proto::Address {
        let mut out = proto::Address::default();
        match self {
            Self::Ip(address) => {
                let (ip, port) = (address.ip().to_string(), address.port().into());
                out.socket_address = Some(proto::SocketAddress { address: ip, port_value: port });
            }
            Self::Pipe(path) => out.pipe = Some(proto::Pipe { path: path.as_ref().to_owned() }),
            Self::Internal(listener, endpoint) => {
                out.internal = Some(proto::InternalAddress {
                    server_listener_name: listener.as_ref().to_owned(),
                    endpoint_id: endpoint.as_ref().to_owned(),
                });
            }
        }
        out
    }

    /// The same host at another port.
    pub(crate) fn at_port(&self, port: u16) -> Self {
        self.ip().map_or_else(|| self.clone(), |ip| Self::Ip(SocketAddr::new(ip, port)))
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Pipe(path) => path.fmt(f),
            Self::Internal(listener, endpoint) => write!(f, "envoy://{listener}/{endpoint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spelled_as_envoy_spells_them() {
        let ip = Address::Ip("[::1]:80".parse().unwrap());
        assert_eq!(
            (ip.to_string(), ip.without_port(), ip.port()),
            ("[::1]:80".into(), "::1".into(), Some(80))
        );
        assert_eq!(ip.at_port(81).to_string(), "[::1]:81");
        let pipe = Address::Pipe("/run/a.sock".into());
        assert_eq!(
            (pipe.to_string(), pipe.at_port(1) == pipe, pipe.ip()),
            ("/run/a.sock".into(), true, None)
        );
        assert_eq!(Address::internal_client().to_string(), "envoy://internal_client_address/");
        assert_eq!(Address::Internal("l".into(), "10.0.0.1:80".into()).to_string(), "envoy://l/10.0.0.1:80");
    }
}
