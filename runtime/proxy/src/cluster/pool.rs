//! Connections to the hosts of a cluster, one pool per worker.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rustls_pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;

use super::balance::Picker;
use super::h2_pool::H2Pool;
use super::shared::{Breaker, Host, Permit, Shared};
use crate::config::Program;
use crate::config::cluster::{Cluster, Discovery};
use crate::config::endpoint::{Endpoint, Target};
use crate::config::tls::UpstreamTls;
use crate::net::io::{Io, Stream};

/// A cluster as one worker sees it.
#[derive(Debug)]
pub(crate) struct ClusterRuntime {
    program: Arc<Program>,
    index: usize,
    /// What all workers share.
    pub(crate) shared: Arc<Shared>,
    /// The balancer.
    pub(crate) picker: Picker,
    idle: RefCell<BTreeMap<(SocketAddr, usize), Vec<Connection>>>,
    /// HTTP/2 connections.
    pub(crate) h2: H2Pool,
    released: Rc<Notify>,
}

/// An HTTP/1 connection to a host.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The stream.
    pub(crate) io: Io,
    /// Bytes read and not used.
    pub(crate) input: BytesMut,
    /// Bytes to be written.
    pub(crate) output: Vec<u8>,
    /// The own address.
    pub(crate) local: Option<SocketAddr>,
    /// Requests served before.
    pub(crate) requests: u64,
    since: Instant,
    _permit: ConnectionPermit,
}

/// Counts a connection and wakes a waiting request when it is gone.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    _permit: Permit,
    released: Rc<Notify>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.released.notify_one();
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectFailure {
    /// A breaker is open.
    Overflow,
    /// The time for connecting is over.
    Timeout,
    /// The host refused, or TLS failed; the text is as Envoy puts it.
    Refused(String),
}

impl ClusterRuntime {
    /// A cluster without connections.
    pub(crate) fn new(program: Arc<Program>, index: usize, shared: Arc<Shared>) -> Self {
        Self {
            program,
            index,
            shared,
            picker: Picker::default(),
            idle: RefCell::default(),
            h2: H2Pool::default(),
            released: Rc::default(),
        }
    }

    /// The cluster's settings; `None` cannot happen for an index of the same program.
    pub(crate) fn config(&self) -> Option<&Cluster> {
        self.program.clusters.get(self.index)
    }

    /// The host at the original destination, for clusters that go there.
    pub(crate) fn original_destination(&self, local: SocketAddr) -> Option<Arc<Host>> {
        let config = self.config().filter(|c| c.discovery == Discovery::OriginalDst)?;
        let address = SocketAddr::new(local.ip(), config.port_override.unwrap_or(local.port()));
        let endpoint = Endpoint {
            target: Target::Address(address),
            hostname: String::new(),
            weight: 1,
            priority: 0,
            healthy: true,
            hash_key: None,
            socket: config.sockets.len().saturating_sub(1),
        };
        Some(Arc::new(Host::new(address, endpoint)))
    }

    /// An idle connection that is still open, or a new one.
    pub(crate) async fn acquire(
        &self,
        host: &Arc<Host>,
        sni: Option<&str>,
    ) -> Result<Connection, ConnectFailure> {
        let Some(config) = self.config() else { return Err(ConnectFailure::Overflow) };
        if let Some(connection) = self.pop(host) {
            return Ok(connection);
        }
        let Some(_pending) = self.shared.take(Breaker::Pending, config.limits.pending) else {
            return Err(self.overflow());
        };
        let permit = loop {
            if let Some(permit) = self.shared.take(Breaker::Connections, config.limits.connections) {
                break permit;
            }
            self.released.notified().await;
            if let Some(connection) = self.pop(host) {
                return Ok(connection);
            }
        };
        let permit = ConnectionPermit { _permit: permit, released: self.released.clone() };
        let stream = self.connect(host, sni).await?;
        let io = Io::new(stream);
        Ok(Connection {
            local: io.local(),
            io,
            input: BytesMut::new(),
            output: Vec::new(),
            requests: 0,
            since: Instant::now(),
            _permit: permit,
        })
    }

    fn overflow(&self) -> ConnectFailure {
        self.shared.counters().overflow.fetch_add(1, Ordering::Relaxed);
        ConnectFailure::Overflow
    }

    fn pop(&self, host: &Host) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let pool = idle.get_mut(&(host.address, host.endpoint.socket))?;
        while let Some(connection) = pool.pop() {
            if connection.io.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request; drops it when it has unread bytes or served enough.
    pub(crate) fn release(&self, host: &Host, mut connection: Connection) {
        let most = self.config().map_or(0, |c| c.max_requests);
        connection.requests += 1;
        if !connection.input.is_empty() || (most > 0 && connection.requests >= most) {
            return;
        }
        connection.since = Instant::now();
        connection.output = Vec::new();
        connection.input = BytesMut::new();
        self.idle.borrow_mut().entry((host.address, host.endpoint.socket)).or_default().push(connection);
        self.released.notify_one();
    }

    /// Drops idle connections that are too old or were closed by the host.
    pub(crate) fn sweep(&self) {
        let longest = self.config().and_then(|c| c.idle_timeout).unwrap_or(Duration::MAX);
        for pool in self.idle.borrow_mut().values_mut() {
            pool.retain(|c| c.since.elapsed() < longest && c.io.is_quiet());
        }
        self.h2.sweep();
    }

    /// Opens a connection to a host, with TLS when its socket says so.
    pub(crate) async fn connect(&self, host: &Host, sni: Option<&str>) -> Result<Stream, ConnectFailure> {
        let Some(config) = self.config() else { return Err(ConnectFailure::Overflow) };
        let tls = config.sockets.get(host.endpoint.socket).and_then(Option::as_ref);
        let result =
            tokio::time::timeout(config.connect_timeout, connect(config, host.address, tls, sni)).await;
        let counters = self.shared.counters();
        match result {
            Ok(Ok(stream)) => {
                counters.connections.fetch_add(1, Ordering::Relaxed);
                host.counters.connections.fetch_add(1, Ordering::Relaxed);
                Ok(stream)
            }
            failed => {
                counters.connect_failures.fetch_add(1, Ordering::Relaxed);
                host.counters.connect_failures.fetch_add(1, Ordering::Relaxed);
                Err(match failed {
                    Ok(Err(reason)) => ConnectFailure::Refused(reason),
                    _ => ConnectFailure::Timeout,
                })
            }
        }
    }
}

async fn connect(
    config: &Cluster,
    address: SocketAddr,
    tls: Option<&UpstreamTls>,
    sni: Option<&str>,
) -> Result<Stream, String> {
    let socket = plain_connect(config, address).await.map_err(|e| connect_error(&e))?;
    let Some(tls) = tls else { return Ok(Stream::Plain(socket)) };
    let name = sni.filter(|_| config.auto_sni).or(tls.sni.as_deref());
    let sent = name.map(str::to_owned);
    let mut client = tls.config.clone();
    let name = match name.and_then(|n| ServerName::try_from(n.to_owned()).ok()) {
        Some(name) => name,
        None => {
            Arc::make_mut(&mut client).enable_sni = false;
            ServerName::IpAddress(address.ip().into())
        }
    };
    let stream = tokio_rustls::TlsConnector::from(client).connect(name, socket).await;
    let stream = stream.map_err(|e| format!("TLS_error:{}", e.to_string().replace(' ', "_")))?;
    let peer = crate::tls::peer_info(stream.get_ref().1.peer_certificates(), None);
    let named = !config.auto_san || sent.is_none_or(|sent| peer.peer_dns.iter().any(|n| covers(n, &sent)));
    if !named || !tls.sans.accept(&peer.peer_uris, &peer.peer_dns) {
        return Err("TLS_error:_verify_SAN_list".to_owned());
    }
    Ok(Stream::Tls(Box::new(stream.into())))
}

/// Whether a DNS name of a certificate, possibly with a wildcard as its first label, stands for a host.
fn covers(pattern: &str, host: &str) -> bool {
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, parent))) => domain.eq_ignore_ascii_case(parent),
        (Some(_), None) => false,
        (None, _) => pattern.eq_ignore_ascii_case(host),
    }
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

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn wildcards_stand_for_one_label() {
        for (pattern, host, wanted) in [
            ("a.example", "A.example", true),
            ("*.example", "a.example", true),
            ("*.example", "a.b.example", false),
            ("*.example", "example", false),
            ("a.example", "b.example", false),
        ] {
            assert_eq!(covers(pattern, host), wanted, "{pattern} {host}");
        }
    }
}
