//! Connections to the hosts of a cluster, one pool per worker.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::balance::Picker;
use super::connect::{Origin, Way, connect};
use super::h2_pool::{H2Connection, H2Pool};
use super::life::{Carries, Life};
use super::permit::{ConnectionPermit, Made};
use super::shared::{Breaker, Host, Permit, Shared};
use crate::access::info::{ConnectionInfo, Info, TlsInfo};
use crate::access::state::Passed;
use crate::config::Program;
use crate::config::cluster::{Cluster, Discovery, Limits};
use crate::config::endpoint::{Endpoint, Metadata};
use crate::config::filter_state::{DESTINATION, address};
use crate::config::route::without_port;
use crate::http::Head;
use crate::net::address::Address;
use crate::net::io::{Io, Stream};
use crate::server::inlet::Inlet;

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
    made: Made,
    inlet: Inlet,
}

/// What the users of a connection have in common: the host's address, its transport socket, and the way.
pub(crate) type Key = (Address, usize, Way);

/// The key of connections to a host.
pub(crate) fn key(host: &Host, way: Way) -> Key {
    (host.address.clone(), host.endpoint.socket, way)
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
    pub(crate) local: Option<Address>,
    /// TLS of the connection.
    pub(crate) tls: Option<Rc<TlsInfo>>,
    /// Requests served before.
    pub(crate) requests: u64,
    /// What is counted of it.
    pub(crate) life: Arc<Life>,
    key: Key,
    since: Instant,
    born: Instant,
    _permit: ConnectionPermit,
}

impl Connection {
    /// Whether it is still usable while it waits: open, with no byte waiting.
    fn is_quiet(&self) -> bool {
        let quiet = self.io.is_quiet();
        if !quiet {
            self.life.ended_by_host();
        }
        quiet
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
    pub(crate) fn new(program: Arc<Program>, index: usize, shared: Arc<Shared>, inlet: Inlet) -> Self {
        Self {
            program,
            index,
            shared,
            picker: Picker::default(),
            idle: RefCell::default(),
            h2: H2Pool::default(),
            made: Made::default(),
            inlet,
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

    /// The host of a request or connection in a cluster that goes to original destinations: what the filter state says,
    /// else metadata, else the request's header, else the address the client connected to, after
    /// `source/extensions/clusters/original_dst/original_dst_cluster.cc`. The outer `None` says that the cluster has hosts
    /// of its own.
    pub(crate) fn destination(&self, info: &Info, head: Option<&Head>) -> Option<Option<Arc<Host>>> {
        let config = self.config().filter(|c| c.discovery == Discovery::OriginalDst)?;
        let connection = &info.connection;
        let stated = [&info.state, &connection.state].into_iter().find_map(|s| address(s, DESTINATION));
        let told = || {
            let path = config.destination.metadata.as_ref()?;
            [&info.metadata, &connection.metadata].into_iter().find_map(|all| first_text(all, path))
        };
        let asked = || {
            let value = head?.get(config.destination.header.as_ref()?)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let own = || connection.local.socket().filter(|_| connection.restored);
        let address = stated.or_else(|| self.parsed(told())).or_else(|| self.parsed(asked())).or_else(own);
        let Some(address) = address else { return Some(None) };
        let address = SocketAddr::new(address.ip(), config.destination.port.unwrap_or(address.port()));
        let endpoint = Endpoint::at(address.into(), config.sockets.len().saturating_sub(1));
        Some(Some(Arc::new(Host::new(address.into(), endpoint))))
    }

    /// An address that a request or its metadata names; one that is none is counted.
    fn parsed(&self, text: Option<String>) -> Option<SocketAddr> {
        let address = text?.parse().ok();
        if address.is_none() {
            self.shared.count(|c| &c.original_dst_host_invalid);
        }
        address
    }

    /// What a connection to an internal host takes along; `None` for other hosts.
    pub(crate) fn passed(&self, host: &Host, info: &Info) -> Option<Rc<Passed>> {
        let config = self.config()?;
        let through = config.socket(host)?.internal.as_ref()?;
        let mut metadata = Metadata::new();
        let sources =
            [(&through.host, host.endpoint.whole.as_deref()), (&through.cluster, config.whole.as_deref())];
        for (names, all) in sources {
            let known = names.iter().filter_map(|name| Some((name.clone(), all?.get(name)?.clone())));
            metadata.extend(known);
        }
        let peer = info.client_peer.clone().filter(|_| info.share_peer);
        Some(Rc::new(Passed::new(metadata, [&info.connection.state, &info.state], peer)))
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
                .and_then(|_| connection.and_then(|c| c.remote.socket().zip(c.local.socket()))),
            alpn: None,
            source: connection.and_then(|c| c.source),
            passed: None,
            high: false,
        }
    }

    /// An idle connection that is still open, or a new one.
    pub(crate) async fn acquire(&self, host: &Arc<Host>, way: Way) -> Result<Connection, ConnectFailure> {
        let key = key(host, way);
        if let Some(connection) = self.pop(&key) {
            connection.life.ask();
            return Ok(connection);
        }
        let _pending = self.wait_in_line(&key)?;
        let permit = loop {
            if let Some(permit) = self.permit(&key) {
                break permit;
            }
            self.made.released.notified().await;
            if let Some(connection) = self.pop(&key) {
                connection.life.ask();
                return Ok(connection);
            }
        };
        self.begin_h1(host, key, permit).await
    }

    /// Takes a place among the requests that wait for a connection.
    pub(crate) fn wait_in_line(&self, key: &Key) -> Result<Permit, ConnectFailure> {
        let limit = self.limits(key.2.high).map_or(0, |limits| limits.pending);
        let Some(pending) = self.shared.take(Breaker::Pending, key.2.high, limit) else {
            self.shared.count(|c| &c.upstream_rq_pending_overflow);
            return Err(ConnectFailure::Overflow);
        };
        self.shared.count(|c| &c.upstream_rq_pending_total);
        Ok(pending)
    }

    /// Whether breakers let no further request through.
    pub(crate) fn is_full(&self, high: bool) -> bool {
        let used = |which, limit: fn(&Limits) -> u64| {
            self.limits(high).is_none_or(|limits| self.shared.in_use(which, high) >= limit(limits))
        };
        used(Breaker::Requests, |limits| limits.requests) || used(Breaker::Pending, |limits| limits.pending)
    }

    /// A permit for one more connection.
    pub(crate) fn permit(&self, key: &Key) -> Option<ConnectionPermit> {
        self.made.permit(&self.shared, key, self.limits(key.2.high)?.connections)
    }

    async fn begin_h1(
        &self,
        host: &Arc<Host>,
        key: Key,
        permit: ConnectionPermit,
    ) -> Result<Connection, ConnectFailure> {
        let (stream, life) = self.connect(host, &key.2, Carries::Http1).await?;
        life.ask();
        let tls = self.session(&stream, host);
        let io = Io::new(stream);
        Ok(Connection {
            local: io.local(),
            tls,
            io,
            input: BytesMut::new(),
            output: Vec::new(),
            requests: 0,
            life,
            key,
            since: Instant::now(),
            born: Instant::now(),
            _permit: permit,
        })
    }

    /// What the TLS session of a new connection says about both sides.
    pub(crate) fn session(&self, stream: &Stream, host: &Host) -> Option<Rc<TlsInfo>> {
        let session = stream.session()?;
        let mut info = crate::tls::peer_info(session);
        let tls = self.config()?.socket(host)?.tls.as_ref()?;
        info.own_uri.clone_from(&tls.client.own_uri);
        info.own_der.clone_from(&tls.client.own_der);
        Some(Rc::new(info))
    }

    /// Whether a connection has reached its longest life: it takes no further request.
    pub(crate) fn is_old(&self, born: Instant) -> bool {
        let longest = self.config().and_then(|c| c.max_duration);
        let old = longest.is_some_and(|longest| born.elapsed() >= longest);
        if old {
            self.shared.count(|c| &c.upstream_cx_max_duration_reached);
        }
        old
    }

    fn pop(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let pool = idle.get_mut(key)?;
        while let Some(connection) = pool.pop() {
            if connection.is_quiet() && !self.is_old(connection.born) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request; drops it when it has unread bytes or served enough.
    pub(crate) fn release(&self, mut connection: Connection) {
        connection.life.finished();
        let most = self.config().map_or(0, |c| c.max_requests);
        connection.requests += 1;
        if most > 0 && connection.requests >= most {
            self.shared.count(|c| &c.upstream_cx_max_requests);
            return;
        }
        if !connection.input.is_empty() || self.is_old(connection.born) {
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
        self.made.released.notify_one();
    }

    /// Takes no more requests on an HTTP/2 connection that has served as many as it may.
    pub(crate) fn use_up(&self, connection: &H2Connection) {
        if connection.is_used_up(self.config().map_or(0, |c| c.max_requests)) {
            self.shared.count(|c| &c.upstream_cx_max_requests);
            self.h2.retire(connection);
        }
    }

    /// Drops idle connections that are too old or were closed by the host.
    pub(crate) fn sweep(&self) {
        let longest = self.config().and_then(|c| c.idle_timeout).unwrap_or(Duration::MAX);
        self.idle.borrow_mut().retain(|_, pool| {
            pool.retain(|c| c.since.elapsed() < longest && c.is_quiet() && !self.is_old(c.born));
            !pool.is_empty()
        });
        self.h2.retire_where(longest, |born| self.is_old(born));
    }

    /// Opens a connection to another address of a host, for health checks.
    pub(crate) async fn open(&self, host: &Host, address: &Address) -> Result<Stream, String> {
        let Some(origin) = self.origin() else { return Err(String::new()) };
        connect(origin, (address, &[]), origin.config.socket(host), &Way::default()).await
    }

    fn origin(&self) -> Option<Origin<'_>> {
        Some(Origin { config: self.config()?, program: &self.program, inlet: &self.inlet })
    }

    /// Opens a connection to a host, with TLS when its socket says so.
    pub(crate) async fn connect(
        &self,
        host: &Arc<Host>,
        way: &Way,
        carries: Carries,
    ) -> Result<(Stream, Arc<Life>), ConnectFailure> {
        let Some(origin) = self.origin() else { return Err(ConnectFailure::Overflow) };
        let config = origin.config;
        let begin = Instant::now();
        let addresses = (&host.address, host.endpoint.more.as_slice());
        let life = Life::begin(&self.shared, host, carries);
        let connecting = connect(origin, addresses, config.socket(host), way);
        match tokio::time::timeout(config.connect_timeout, connecting).await {
            Ok(Ok(stream)) => {
                let elapsed = begin.elapsed().as_millis() as u64;
                self.shared.counters().stats.upstream_cx_connect_ms.record(elapsed);
                Ok((stream.counted(life.clone()), life))
            }
            failed => {
                self.shared.count(|c| &c.upstream_cx_connect_fail);
                if failed.is_err() {
                    self.shared.count(|c| &c.upstream_cx_connect_timeout);
                }
                host.counters.connect_failures.fetch_add(1, Ordering::Relaxed);
                life.failed(failed.is_ok());
                Err(match failed {
                    Ok(Err(reason)) => ConnectFailure::Refused(reason),
                    _ => ConnectFailure::Timeout,
                })
            }
        }
    }
}

/// The text at a path of metadata: namespace, then keys; of a list the first element.
fn first_text(metadata: &Metadata, path: &[String]) -> Option<String> {
    let (namespace, keys) = path.split_first()?;
    let value = keys.iter().try_fold(metadata.get(namespace)?, |value, key| value.get(key))?;
    let value = value.as_array().map_or(Some(value), |list| list.first())?;
    value.as_str().map(str::to_owned)
}
