//! Making connections to hosts.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream, UnixStream};

use crate::access::state::Passed;
use crate::config::Program;
use crate::config::cluster::Cluster;
use crate::config::tls::UpstreamTls;
use crate::config::transport::UpstreamSocket;
use crate::istio::alpn::Names;
use crate::net::address::Address;
use crate::net::io::Stream;
use crate::net::proxy_protocol;
use crate::net::socket::Socket;
use crate::server::inlet::{Arrival, Inlet};
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
    /// The address that the endpoint is to see, and the mark of packets to it.
    pub(crate) source: Option<(IpAddr, u32)>,
    /// What goes along to an internal listener.
    pub(crate) passed: Option<Rc<Passed>>,
    /// Whether it serves requests of high priority, which have connections of their own.
    pub(crate) high: bool,
}

/// Where connections begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The cluster.
    pub(super) config: &'a Cluster,
    /// All listeners, for connections that stay inside.
    pub(super) program: &'a Program,
    /// Where those are sent.
    pub(super) inlet: &'a Inlet,
}

/// Opens a connection to an address of a host, with TLS when the host's socket says so. `more` are further addresses of
/// the same host.
pub(super) async fn connect(
    origin: Origin<'_>,
    (address, more): (&Address, &[Address]),
    transport: Option<&UpstreamSocket>,
    way: &Way,
) -> Result<Stream, String> {
    let config = origin.config;
    let mut socket = match address {
        Address::Ip(first) => {
            let more = more.iter().filter_map(Address::socket);
            let all = interleaved(*first, more.collect());
            Socket::Tcp(race(config, way.source, all).await.map_err(|e| connect_error("delayed", &e))?)
        }
        Address::Pipe(path) => {
            let opened = UnixStream::connect(&**path).await;
            Socket::Pipe(opened.map_err(|e| at_once(connect_error("immediate", &e), address))?)
        }
        Address::Internal(listener, endpoint) => inside(origin, (listener, endpoint), way)
            .ok_or_else(|| at_once("immediate_connect_error:_Invalid_argument".to_owned(), address))?,
    };
    if let Some(version) = transport.and_then(|t| t.proxy) {
        let header = proxy_protocol::header(version, way.client, &socket);
        socket.write_all(&header).await.map_err(|e| connect_error("delayed", &e))?;
    }
    match transport.and_then(|t| t.tls.as_ref()) {
        Some(tls) => secure(config, address, tls, way, socket).await,
        None => Ok(Stream::Plain(socket)),
    }
}

async fn secure(
    config: &Cluster,
    address: &Address,
    tls: &UpstreamTls,
    way: &Way,
    socket: Socket,
) -> Result<Stream, String> {
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
            ServerName::IpAddress(address.ip().unwrap_or(Ipv4Addr::UNSPECIFIED.into()).into())
        }
    };
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, socket).await;
    let stream = stream.map_err(|e| crate::tls::failure(&e))?;
    Ok(Stream::Tls(Box::new(stream.into())))
}

/// What fails without waiting names the address as well (`ClientConnectionImpl::connect`).
fn at_once(error: String, address: &Address) -> String {
    format!("{error}|remote_address:{address}")
}

/// A connection to a listener of the own worker; `None` when there is no such listener.
fn inside(origin: Origin<'_>, (listener, endpoint): (&Arc<str>, &Arc<str>), way: &Way) -> Option<Socket> {
    let known = origin.program.listeners.iter().any(|l| l.internal && *l.name == **listener);
    let (near, far) = Socket::pair();
    let arrival = Arrival {
        listener: listener.clone(),
        endpoint: endpoint.clone(),
        socket: far,
        passed: way.passed.clone(),
    };
    (known && origin.inlet.send(arrival).is_ok()).then_some(near)
}

/// How long an address has to answer before another one of the same host is tried beside it
/// (`source/common/network/happy_eyeballs_connection_impl.cc`).
const HEAD_START: Duration = Duration::from_millis(300);

/// Addresses in the order they are tried: the families take turns, the one of the first address begins.
fn interleaved(first: SocketAddr, more: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (same, other): (Vec<_>, Vec<_>) = more.into_iter().partition(|a| a.is_ipv4() == first.is_ipv4());
    let (mut same, mut other) = (same.into_iter(), other.into_iter());
    let mut all = vec![first];
    loop {
        let before = all.len();
        all.extend(other.next());
        all.extend(same.next());
        if all.len() == before {
            return all;
        }
    }
}

/// The first connection that is made; the next address is tried when one has failed or lets itself wait for.
async fn race(
    config: &Cluster,
    source: Option<(IpAddr, u32)>,
    addresses: Vec<SocketAddr>,
) -> std::io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut tried: Vec<Pin<Box<dyn Future<Output = std::io::Result<TcpStream>> + '_>>> = Vec::new();
    let mut failure = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = waiting.next() {
            tried.push(Box::pin(plain_connect(config, source, address)));
        } else if tried.is_empty() {
            return Err(failure);
        }
        let next = async {
            if waiting.len() == 0 {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(HEAD_START).await;
        };
        tokio::select! {
            biased;
            ended = first_of(&mut tried) => match ended {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            },
            () = next => {}
        }
    }
}

/// Waits for one of several futures and takes it out.
async fn first_of<T>(list: &mut Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> T {
    std::future::poll_fn(|cx| {
        for index in 0..list.len() {
            if let Some(Poll::Ready(value)) = list.get_mut(index).map(|f| f.as_mut().poll(cx)) {
                drop(list.remove(index));
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    })
    .await
}

async fn plain_connect(
    config: &Cluster,
    source: Option<(IpAddr, u32)>,
    address: SocketAddr,
) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    let source = source.filter(|(ip, _)| ip.is_ipv4() == address.is_ipv4());
    if let Some((ip, mark)) = source {
        crate::sys::be_transparent(&socket, ip.is_ipv4())?;
        if mark != 0 {
            socket2::SockRef::from(&socket).set_mark(mark)?;
        }
        socket.bind(SocketAddr::new(ip, 0))?;
    } else if let Some(bind) = config.bind.filter(|b| b.is_ipv4() == address.is_ipv4()) {
        socket.bind(SocketAddr::new(bind, 0))?;
    }
    if let Some(keepalive) = &config.keepalive {
        socket2::SockRef::from(&socket).set_tcp_keepalive(keepalive)?;
    }
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

/// As Envoy prints it: `delayed_connect_error:_Connection_refused`.
fn connect_error(when: &str, error: &std::io::Error) -> String {
    let text = match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
        std::io::ErrorKind::ConnectionReset => "Connection reset by peer".to_owned(),
        std::io::ErrorKind::HostUnreachable => "No route to host".to_owned(),
        std::io::ErrorKind::NetworkUnreachable => "Network is unreachable".to_owned(),
        std::io::ErrorKind::NotFound => "No such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "Permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("{when}_connect_error:_{}", text.replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let of = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let all = of(&["1.1.1.1:1", "1.1.1.2:1", "[::1]:1", "[::2]:1", "[::3]:1"]);
        let wanted = of(&["1.1.1.1:1", "[::1]:1", "1.1.1.2:1", "[::2]:1", "[::3]:1"]);
        assert_eq!(interleaved(all[0], all[1..].to_vec()), wanted);
    }
}
