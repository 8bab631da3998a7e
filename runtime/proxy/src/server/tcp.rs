//! The TCP proxy.
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::accept::write_logs;
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::cluster::ClusterRuntime;
use crate::cluster::Outcome;
use crate::cluster::balance::Wish;
use crate::cluster::shared::{Breaker, Host, Permit};
use crate::config::listener::{Listener, TcpProxy};
use crate::net::io::{Io, Stream};

/// Carries bytes between a client and a host of the chain's cluster.
pub(crate) async fn serve_tcp(
    worker: &Rc<Worker>,
    listener: &Listener,
    tcp: &TcpProxy,
    connection: Rc<ConnectionInfo>,
    stream: Stream,
) {
    let mut info = Info::new(connection, "");
    let cluster = tcp.cluster(worker.random()).and_then(|name| Some((name, worker.cluster(name)?)));
    info.cluster = cluster.map(|(name, _)| name.to_owned()).unwrap_or_default();
    match cluster {
        None => info.flag(flag::NO_CLUSTER),
        Some((_, cluster)) => {
            if let Some((upstream, _permit)) = connect(worker, tcp, cluster, &mut info).await {
                carry(tcp, listener.buffer_limit, &Io::new(stream), &Io::new(upstream), &mut info).await;
            }
        }
    }
    write_logs(worker, &tcp.logs, &info);
}

async fn connect(
    worker: &Worker,
    tcp: &TcpProxy,
    cluster: &ClusterRuntime,
    info: &mut Info,
) -> Option<(Stream, Permit)> {
    let limits = cluster.limits(false)?;
    for _ in 0..tcp.attempts.max(1) {
        let Some(host) = pick(worker, tcp, cluster, info) else {
            cluster.shared.count(|c| &c.upstream_cx_none_healthy);
            info.flag(flag::NO_HEALTHY_UPSTREAM);
            return None;
        };
        info.upstream = Some(host.address);
        let Some(permit) = cluster.shared.take(Breaker::Connections, false, limits.connections) else {
            cluster.shared.count(|c| &c.upstream_cx_overflow);
            info.flag(flag::UPSTREAM_OVERFLOW);
            return None;
        };
        match cluster.connect(&host, &cluster.way(&host, Some(&info.connection), None)).await {
            Ok(stream) => {
                info.upstream_local = stream.socket().local_addr().ok();
                return Some((stream, permit));
            }
            Err(_) => cluster.shared.record(&host, Outcome::Local),
        }
    }
    info.flag(flag::UPSTREAM_CONNECT);
    None
}

/// A host of the cluster; the original destination for clusters that go there.
fn pick(worker: &Worker, tcp: &TcpProxy, cluster: &ClusterRuntime, info: &Info) -> Option<Arc<Host>> {
    let config = cluster.config()?;
    if let Some(host) = cluster.destination(&info.connection, None) {
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
struct Pipe {
    input: BytesMut,
    output: Vec<u8>,
    open: bool,
}

impl Pipe {
    fn new() -> Self {
        Self { input: BytesMut::new(), output: Vec::new(), open: true }
    }

    /// Moves what was read to what is to be written.
    fn turn(&mut self) {
        if self.output.is_empty() {
            self.output.extend_from_slice(&self.input);
            self.input.clear();
        }
    }
}

async fn carry(tcp: &TcpProxy, limit: usize, client: &Io, host: &Io, info: &mut Info) {
    let (mut up, mut down) = (Pipe::new(), Pipe::new());
    let idle =
        Some(tcp.idle_timeout).filter(|t| !t.is_zero()).unwrap_or(Duration::from_secs(u32::MAX.into()));
    let end = tcp.max_duration.and_then(|d| info.start.checked_add(d));
    while up.open || down.open || !up.output.is_empty() || !down.output.is_empty() {
        up.turn();
        down.turn();
        let until = end.map_or(idle, |end| idle.min(end.saturating_duration_since(Instant::now())));
        let (write_up, write_down) = (!up.output.is_empty(), !down.output.is_empty());
        let (read_up, read_down) = (up.open && up.input.len() < limit, down.open && down.input.len() < limit);
        tokio::select! {
            biased;
            done = host.write(&mut up.output), if write_up => if done.is_err() { break; },
            done = client.write(&mut down.output), if write_down => if done.is_err() { break; },
            read = client.read(&mut up.input), if read_up => match read {
                Ok(0) => { up.open = false; finish(&mut up, host).await; }
                Ok(count) => info.received += count as u64,
                Err(_) => break,
            },
            read = host.read(&mut down.input), if read_down => match read {
                Ok(0) => { down.open = false; finish(&mut down, client).await; }
                Ok(count) => info.sent += count as u64,
                Err(_) => { client.reset_on_close(); break; }
            },
            () = tokio::time::sleep(until) => break,
        }
    }
}

/// Writes what is left of a direction and ends it.
async fn finish(pipe: &mut Pipe, target: &Io) {
    pipe.output.extend_from_slice(&pipe.input);
    pipe.input.clear();
    let _gone = target.write(&mut pipe.output).await;
    let _gone = target.shutdown().await;
}
