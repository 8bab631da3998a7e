//! The TCP proxy.
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::accept::write_logs;
use super::dynamic::by_server_name;
use super::session::Session;
use super::tcp_tunnel as tunnel;
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::cluster::ClusterRuntime;
use crate::cluster::balance::Wish;
use crate::cluster::shared::{Breaker, Host, Permit};
use crate::cluster::{Carries, ConnectFailure, Outcome, Way};
use crate::config::listener::{Chain, Listener, TcpProxy};
use crate::net::io::{Io, Stream, Tally};
use crate::stats::{TcpStats, add};

/// Carries bytes between a client and a host of the chain's cluster.
pub(crate) async fn serve_tcp(
    worker: &Rc<Worker>,
    listener: &Listener,
    (chain, tcp): (&Chain, &TcpProxy),
    connection: Rc<ConnectionInfo>,
    (stream, input): (Stream, BytesMut),
) {
    let stats = tcp.stats.get().cloned().unwrap_or_default();
    add(&stats.downstream_cx_total, 1);
    let stream = stream.counted(stats.clone());
    let mut info = Info::new(connection, "");
    info.metadata = info.connection.metadata.clone();
    let cluster = tcp.cluster(worker.random()).and_then(|name| Some((name, worker.cluster(name)?)));
    info.cluster = cluster.map(|(name, _)| name.to_owned()).unwrap_or_default();
    info.note_cluster(cluster.and_then(|(_, cluster)| cluster.config()));
    let mut session = Session::new(worker, chain, cluster.map(|(_, cluster)| cluster));
    match cluster {
        None => {
            add(&stats.downstream_cx_no_route, 1);
            info.flag(flag::NO_CLUSTER);
        }
        Some((_, cluster)) => {
            let named = match chain.named_port {
                Some(port) => by_server_name(worker, cluster, &info.connection.server_name, port).await,
                None => None,
            };
            let connecting = Box::pin(connect(worker, tcp, cluster, named, &mut info));
            if let Some((way, host, _permit)) = connecting.await {
                session.met(chain, &stream, &way.stream, host);
                let ends = (Io::new(stream), Io::new(way.stream));
                let pipes = [input, way.first].map(|input| Pipe { input, ..Pipe::new() });
                // What came before this is no news to the TLS inspector, and counts as well.
                stats.received(pipes.first().map_or(0, |up| up.input.len() as u64));
                carry((tcp, &stats), listener.buffer_limit, (&ends, pipes), &mut session, &mut info).await;
            }
        }
    }
    session.report(&mut info, true);
    write_logs(worker, &tcp.logs, &info);
}

async fn connect(
    worker: &Worker,
    tcp: &TcpProxy,
    cluster: &ClusterRuntime,
    named: Option<Arc<Host>>,
    info: &mut Info,
) -> Option<(Opened, Arc<Host>, Permit)> {
    let limits = cluster.limits(false)?;
    for _ in 0..tcp.attempts.max(1) {
        let Some(host) = named.clone().or_else(|| pick(worker, tcp, cluster, info)) else {
            cluster.shared.count(|c| &c.upstream_cx_none_healthy);
            info.flag(flag::NO_HEALTHY_UPSTREAM);
            return None;
        };
        info.note_host(&host);
        let Some(permit) = cluster.shared.take(Breaker::Connections, false, limits.connections) else {
            cluster.shared.count(|c| &c.upstream_cx_overflow);
            info.flag(flag::UPSTREAM_OVERFLOW);
            return None;
        };
        let way = cluster.way(&host, Some(&info.connection), None);
        let way = Way { passed: cluster.passed(&host, info), ..way };
        let opened = match &tcp.tunnel {
            Some(tunnel) => tunnel::open(cluster, (&host, way), tunnel, info).await,
            None => direct(cluster, (&host, way), info).await,
        };
        match opened {
            Ok(opened) => return Some((opened, host, permit)),
            Err(_) => cluster.shared.record(&host, Outcome::Local),
        }
    }
    info.flag(flag::UPSTREAM_CONNECT);
    None
}

/// A connection to an endpoint, or what carries one.
pub(super) struct Opened {
    /// Where bytes go.
    pub(super) stream: Stream,
    /// Bytes of the endpoint that were read already.
    pub(super) first: BytesMut,
}

async fn direct(
    cluster: &ClusterRuntime,
    (host, way): (&Arc<Host>, Way),
    info: &mut Info,
) -> Result<Opened, ConnectFailure> {
    cluster.shared.count(|c| &c.upstream_rq_pending_total);
    let (stream, _) = cluster.connect(host, &way, Carries::Bytes).await?;
    cluster.shared.count(|c| &c.upstream_rq_total);
    add(&host.counters.requests, 1);
    info.upstream_local = stream.socket().local();
    info.upstream_tls = cluster.session(&stream, host);
    Ok(Opened { stream, first: BytesMut::new() })
}

/// A host of the cluster; the original destination for clusters that go there.
fn pick(worker: &Worker, tcp: &TcpProxy, cluster: &ClusterRuntime, info: &Info) -> Option<Arc<Host>> {
    let config = cluster.config()?;
    if let Some(host) = cluster.destination(info, None) {
        return host;
    }
    let wish = Wish {
        random: worker.random(),
        metadata: &tcp.metadata,
        hash: tcp.hash(&info.connection),
        ..Wish::default()
    };
    cluster.picker.pick(config, &cluster.shared, wish)
}

/// One direction of a connection.
pub(super) struct Pipe {
    /// What was read.
    pub(super) input: BytesMut,
    /// What is being written.
    pub(super) output: BytesMut,
    /// Whether more can come.
    pub(super) open: bool,
}

impl Pipe {
    fn new() -> Self {
        Self { input: BytesMut::new(), output: BytesMut::new(), open: true }
    }

    /// Makes what was read what is to be written, once everything before it is. An idle connection keeps one buffer at the most.
    fn turn(&mut self) {
        if self.output.is_empty() {
            std::mem::swap(&mut self.output, &mut self.input);
            if self.output.is_empty() {
                self.output = BytesMut::new();
            }
        }
    }
}

/// How long a connection may be silent, and may live.
struct Limits {
    idle: Option<Duration>,
    silent: Option<Instant>,
    end: Option<Instant>,
}

impl Limits {
    fn new(tcp: &TcpProxy, info: &Info) -> Self {
        let mut limits = Self {
            idle: Some(tcp.idle_timeout).filter(|t| !t.is_zero()),
            silent: None,
            end: tcp.max_duration.and_then(|d| info.start.checked_add(d)),
        };
        limits.touch();
        limits
    }

    /// Notes that bytes go.
    fn touch(&mut self) {
        self.silent = self.idle.and_then(|idle| Instant::now().checked_add(idle));
    }

    /// How long nothing has to be done before `other`.
    fn wait(&self, other: Option<Instant>) -> Duration {
        let first = [self.silent, self.end, other].into_iter().flatten().min();
        first.map_or(Duration::from_secs(3600), |at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether a limit was reached, which is counted.
    fn end(&self, stats: &TcpStats) -> bool {
        let now = Instant::now();
        let over = |limit: Option<Instant>| limit.is_some_and(|at| at <= now);
        let (old, silent) = (over(self.end), over(self.silent));
        if old {
            add(&stats.max_downstream_connection_duration, 1);
        } else if silent {
            add(&stats.idle_timeout, 1);
        }
        old || silent
    }
}

/// Takes over what was read before both ends were there.
fn begin((up, down): (&mut Pipe, &mut Pipe), session: &mut Session<'_>, info: &mut Info) {
    let (sent, answered) = (up.input.len(), down.input.len());
    if sent > 0 {
        info.received += session.client_sent(up, down, sent) as u64;
    }
    if answered > 0 {
        info.sent += session.host_sent(down, up, answered) as u64;
    }
}

async fn carry(
    (tcp, stats): (&TcpProxy, &TcpStats),
    limit: usize,
    ((client, host), [mut up, mut down]): (&(Io, Io), [Pipe; 2]),
    session: &mut Session<'_>,
    info: &mut Info,
) {
    let mut limits = Limits::new(tcp, info);
    begin((&mut up, &mut down), session, info);
    while up.open || down.open || !up.output.is_empty() || !down.output.is_empty() {
        up.turn();
        down.turn();
        let wait = limits.wait(session.next_report());
        let (write_up, write_down) = (!up.output.is_empty(), !down.output.is_empty());
        let (read_up, read_down) = (up.open && up.input.len() < limit, down.open && down.input.len() < limit);
        tokio::select! {
            biased;
            done = host.write(&mut up.output), if write_up => if done.is_err() { break; },
            done = client.write(&mut down.output), if write_down => if done.is_err() { break; },
            read = client.read(&mut up.input), if read_up => {
                let Ok(count) = read else { host.reset_on_close(); break };
                info.received += session.client_sent(&mut up, &mut down, count) as u64;
                if count == 0 { finish(&mut up, host).await; }
            }
            read = host.read(&mut down.input), if read_down => {
                let Ok(count) = read else { client.reset_on_close(); break };
                info.sent += session.host_sent(&mut down, &mut up, count) as u64;
                if count == 0 { finish(&mut down, client).await; }
            }
            () = tokio::time::sleep(wait) => {
                session.report(info, false);
                if limits.end(stats) { break; }
                continue;
            }
        }
        limits.touch();
    }
}

/// Writes what is left of a direction and ends it.
async fn finish(pipe: &mut Pipe, target: &Io) {
    pipe.output.extend_from_slice(&pipe.input);
    pipe.input.clear();
    let _gone = target.write(&mut pipe.output).await;
    let _gone = target.shutdown().await;
}
