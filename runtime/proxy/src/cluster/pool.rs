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
use crate::access::info::ConnectionInfo;
use crate::config::Program;
use crate::config::cluster::{Cluster, Discovery, Limits};
use crate::config::endpoint::Endpoint;
use crate::config::tls::UpstreamTls;
use crate::http::Head;
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

    /// The breakers' limits for a priority.
    pub(crate) fn limits(&self, high: bool) -> Option<&Limits> {
        let config = self.config()?;
        Some(if high { &config.high } else { &config.limits })
    }

    /// The host of a connection in a cluster that goes to original destinations: the address in the request's header,
    /// else the one the client connected to. The outer `None` says that the cluster has hosts of its own.
    pub(crate) fn destination(
        &self,
        connection: &ConnectionInfo,
        head: Option<&Head>,
    ) -> Option<Option<Arc<Host>>> {
        let config = self.config().filter(|c| c.discovery == Discovery::OriginalDst)?;
        let named = config.destination_header.as_ref().and_then(|name| head?.get(name));
        let named = named.and_then(|value| {
            let address = std::str::from_utf8(value).ok().and_then(|v| v.parse::<SocketAddr>().ok());
            if address.is_none() {
                self.shared.count(|c| &c.original_dst_host_invalid);
            }
            address
        });
        let Some(address) = named.or(connection.restored.then_some(connection.local)) else {
            return Some(None);
        };
        let address = SocketAddr::new(address.ip(), config.port_override.unwrap_or(address.port()));
        let endpoint = Endpoint::at(address, config.sockets.len().saturating_sub(1));
        Some(Some(Arc::new(Host::new(address, endpoint))))
    }

    /// An idle connection that is still open, or a new one.
    pub(crate) async fn acquire(
        &self,
        host: &Arc<Host>,
        sni: Option<&str>,
        high: bool,
    ) -> Result<Connection, ConnectFailure> {
        let Some(limits) = self.limits(high) else { return Err(ConnectFailure::Overflow) };
        if let Some(connection) = self.pop(host) {
            return Ok(connection);
        }
        let Some(_pending) = self.shared.take(Breaker::Pending, high, limits.pending) else {
            return Err(self.overflow());
        };
        self.shared.count(|c| &c.upstream_rq_pending_total);
        let permit = loop {
            if let Some(permit) = self.shared.take(Breaker::Connections, high, limits.connections) {
                break permit;
            }
            self.shared.count(|c| &c.upstream_cx_overflow);
            self.released.notified().await;
            if let Some(connection) = self.pop(host) {
                return Ok(connection);
            }
        };
        let permit = ConnectionPermit { _permit: permit, released: self.released.clone() };
        let stream = self.connect(host, sni).await?;
        self.shared.count(|c| &c.upstream_cx_http1_total);
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
        self.shared.count(|c| &c.upstream_rq_pending_overflow);
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

    /// Opens a connection to another address of a host, for health checks.
    pub(crate) async fn open(&self, host: &Host, address: SocketAddr) -> Result<Stream, String> {
        let Some(config) = self.config() else { return Err(String::new()) };
        let tls = config.sockets.get(host.endpoint.socket).and_then(Option::as_ref);
        connect(config, address, tls, None).await
    }

    /// Opens a connection to a host, with TLS when its socket says so.
    pub(crate) async fn connect(&self, host: &Host, sni: Option<&str>) -> Result<Stream, ConnectFailure> {
        let Some(config) = self.config() else { return Err(ConnectFailure::Overflow) };
        let tls = config.sockets.get(host.endpoint.socket).and_then(Option::as_ref);
        let begin = Instant::now();
        let result =
            tokio::time::timeout(config.connect_timeout, connect(config, host.address, tls, sni)).await;
        // A connection counts when it is tried, as in Envoy.
        self.shared.count(|c| &c.upstream_cx_total);
        match result {
            Ok(Ok(stream)) => {
                let elapsed = begin.elapsed().as_millis() as u64;
                self.shared.counters().stats.upstream_cx_connect_ms.record(elapsed);
                host.counters.connections.fetch_add(1, Ordering::Relaxed);
                Ok(stream)
            }
            failed => {
                self.shared.count(|c| &c.upstream_cx_connect_fail);
                if failed.is_err() {
                    self.shared.count(|c| &c.upstream_cx_connect_timeout);
                }
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
