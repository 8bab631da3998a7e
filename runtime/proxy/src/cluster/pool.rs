//! Connections to the hosts of a cluster, one pool per worker.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::sync::Notify;

use super::balance::Picker;
use super::connect::{Way, connect};
use super::h2_pool::H2Pool;
use super::shared::{Breaker, Host, Permit, Shared};
use crate::access::info::{ConnectionInfo, TlsInfo};
use crate::config::Program;
use crate::config::cluster::{Cluster, Discovery, Limits};
use crate::config::endpoint::Endpoint;
use crate::config::route::without_port;
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
    idle: RefCell<BTreeMap<Key, Vec<Connection>>>,
    /// HTTP/2 connections.
    pub(crate) h2: H2Pool,
    released: Rc<Notify>,
}

/// What the users of a connection have in common: the host's address, its transport socket, and the way.
pub(crate) type Key = (SocketAddr, usize, Way);

/// The key of connections to a host.
pub(crate) fn key(host: &Host, way: Way) -> Key {
    (host.address, host.endpoint.socket, way)
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
    /// TLS of the connection.
    pub(crate) tls: Option<Rc<TlsInfo>>,
    /// Requests served before.
    pub(crate) requests: u64,
    key: Key,
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

    /// How a request's connection is made.
    pub(crate) fn way(
        &self,
        host: &Host,
        connection: Option<&ConnectionInfo>,
        authority: Option<&[u8]>,
    ) -> Way {
        let Some(config) = self.config() else { return Way::default() };
        let name = authority.filter(|_| config.auto_sni).map(without_port);
        Way {
            sni: name.and_then(|name| std::str::from_utf8(name).ok()).map(str::to_owned),
            client: config
                .socket(host)
                .and_then(|socket| socket.proxy)
                .and_then(|_| connection.map(|c| (c.remote, c.local))),
            alpn: None,
        }
    }

    /// An idle connection that is still open, or a new one.
    pub(crate) async fn acquire(
        &self,
        host: &Arc<Host>,
        way: Way,
        high: bool,
    ) -> Result<Connection, ConnectFailure> {
        let Some(limits) = self.limits(high) else { return Err(ConnectFailure::Overflow) };
        let key = key(host, way);
        if let Some(connection) = self.pop(&key) {
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
            if let Some(connection) = self.pop(&key) {
                return Ok(connection);
            }
        };
        let permit = ConnectionPermit { _permit: permit, released: self.released.clone() };
        self.begin_h1(host, key, permit).await
    }

    async fn begin_h1(
        &self,
        host: &Host,
        key: Key,
        permit: ConnectionPermit,
    ) -> Result<Connection, ConnectFailure> {
        let stream = self.connect(host, &key.2).await?;
        self.shared.count(|c| &c.upstream_cx_http1_total);
        let tls = self.session(&stream, host);
        let io = Io::new(stream);
        Ok(Connection {
            local: io.local(),
            tls,
            io,
            input: BytesMut::new(),
            output: Vec::new(),
            requests: 0,
            key,
            since: Instant::now(),
            _permit: permit,
        })
    }

    /// What the TLS session of a new connection says about both sides.
    pub(crate) fn session(&self, stream: &Stream, host: &Host) -> Option<Rc<TlsInfo>> {
        let session = stream.session()?;
        let mut info = crate::tls::peer_info(session.peer_certificates(), session.protocol_version());
        let tls = self.config()?.socket(host)?.tls.as_ref()?;
        info.own_uri.clone_from(&tls.client.own_uri);
        Some(Rc::new(info))
    }

    fn overflow(&self) -> ConnectFailure {
        self.shared.count(|c| &c.upstream_rq_pending_overflow);
        ConnectFailure::Overflow
    }

    fn pop(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let pool = idle.get_mut(key)?;
        while let Some(connection) = pool.pop() {
            if connection.io.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request; drops it when it has unread bytes or served enough.
    pub(crate) fn release(&self, mut connection: Connection) {
        let most = self.config().map_or(0, |c| c.max_requests);
        connection.requests += 1;
        if !connection.input.is_empty() || (most > 0 && connection.requests >= most) {
            return;
        }
        connection.since = Instant::now();
        connection.output = Vec::new();
        connection.input = BytesMut::new();
        let mut idle = self.idle.borrow_mut();
        match idle.get_mut(&connection.key) {
            Some(pool) => pool.push(connection),
            None => {
                idle.insert(connection.key.clone(), vec![connection]);
            }
        }
        self.released.notify_one();
    }

    /// Drops idle connections that are too old or were closed by the host.
    pub(crate) fn sweep(&self) {
        let longest = self.config().and_then(|c| c.idle_timeout).unwrap_or(Duration::MAX);
        self.idle.borrow_mut().retain(|_, pool| {
            pool.retain(|c| c.since.elapsed() < longest && c.io.is_quiet());
            !pool.is_empty()
        });
        self.h2.sweep();
    }

    /// Opens a connection to another address of a host, for health checks.
    pub(crate) async fn open(&self, host: &Host, address: SocketAddr) -> Result<Stream, String> {
        let Some(config) = self.config() else { return Err(String::new()) };
        connect(config, address, config.socket(host), &Way::default()).await
    }

    /// Opens a connection to a host, with TLS when its socket says so.
    pub(crate) async fn connect(&self, host: &Host, way: &Way) -> Result<Stream, ConnectFailure> {
        let Some(config) = self.config() else { return Err(ConnectFailure::Overflow) };
        let begin = Instant::now();
        let connecting = connect(config, host.address, config.socket(host), way);
        let result = tokio::time::timeout(config.connect_timeout, connecting).await;
        // A connection counts when it is tried, as in Envoy.
        self.shared.count(|c| &c.upstream_cx_total);
        match result {
            Ok(Ok(stream)) => {
                let elapsed = begin.elapsed().as_millis() as u64;
                self.shared.counters().stats.upstream_cx_connect_ms.record(elapsed);
                host.counters.connections.fetch_add(1, Ordering::Relaxed);
                Ok(stream.counted(self.shared.clone()))
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
