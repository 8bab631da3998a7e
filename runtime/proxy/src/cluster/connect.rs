//! Making connections to hosts.
use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::config::cluster::Cluster;
use crate::config::tls::UpstreamSocket;
use crate::istio::alpn::Names;
use crate::net::io::Stream;
use crate::net::proxy_protocol;
use crate::tls::NamedPeer;

/// What a connection is made with beyond its host; requests of different ways never share one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    /// Server name that follows the host header.
    pub(crate) sni: Option<String>,
    /// The client and the address it wanted, for hosts that are told by the PROXY protocol.
    pub(crate) client: Option<(SocketAddr, SocketAddr)>,
    /// ALPN names instead of the configured ones.
    pub(crate) alpn: Option<Names>,
}

/// Opens a connection, with TLS when the socket says so.
pub(super) async fn connect(
    config: &Cluster,
    address: SocketAddr,
    transport: Option<&UpstreamSocket>,
    way: &Way,
) -> Result<Stream, String> {
    let mut socket = plain_connect(config, address).await.map_err(|e| connect_error(&e))?;
    if let Some(version) = transport.and_then(|t| t.proxy) {
        let header = proxy_protocol::header(version, way.client, &socket);
        socket.write_all(&header).await.map_err(|e| connect_error(&e))?;
    }
    let Some(tls) = transport.and_then(|t| t.tls.as_ref()) else { return Ok(Stream::Plain(socket)) };
    let name = way.sni.as_deref().or(tls.sni.as_deref());
    let sent = name.map(str::to_owned);
    let mut client = tls.client.config.clone();
    if let Some(names) = &way.alpn {
        client.alpn_protocols = names.to_vec();
    }
    let wanted = sent.filter(|_| config.auto_san);
    if wanted.is_some() || !tls.sans.is_empty() {
        let verifier = NamedPeer::new(tls.client.verifier.clone(), tls.sans.clone(), wanted);
        client.dangerous().set_certificate_verifier(Arc::new(verifier));
    }
    let name = match name.and_then(|n| ServerName::try_from(n.to_owned()).ok()) {
        Some(name) => name,
        None => {
            client.enable_sni = false;
            ServerName::IpAddress(address.ip().into())
        }
    };
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, socket).await;
    let stream = stream.map_err(|e| crate::tls::failure(&e))?;
    Ok(Stream::Tls(Box::new(stream.into())))
}

async fn plain_connect(config: &Cluster, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(bind) = config.bind.filter(|b| b.is_ipv4() == address.is_ipv4()) {
        socket.bind(SocketAddr::new(bind, 0))?;
    }
    if let Some(keepalive) = &config.keepalive {
        socket2::SockRef::from(&socket).set_tcp_keepalive(keepalive)?;
    }
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

/// As Envoy prints it: `delayed_connect_error:_Connection_refused`.
fn connect_error(error: &std::io::Error) -> String {
    let text = match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
        std::io::ErrorKind::ConnectionReset => "Connection reset by peer".to_owned(),
        std::io::ErrorKind::HostUnreachable => "No route to host".to_owned(),
        std::io::ErrorKind::NetworkUnreachable => "Network is unreachable".to_owned(),
        _ => error.to_string(),
    };
    format!("delayed_connect_error:_{}", text.replace(' ', "_"))
}
