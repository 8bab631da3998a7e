//! TCP that is carried in an HTTP request (`TcpProxy.TunnelingConfig`), after `HttpUpstream` in
//! `source/common/tcp_proxy/upstream.cc`.
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;

use super::tcp::Opened;
use super::upstream_h2;
use crate::access::format::Source;
use crate::access::info::Info;
use crate::cluster::shared::Host;
use crate::cluster::{Carries, ClusterRuntime, ConnectFailure, Way};
use crate::config::tunnel::Tunnel;
use crate::http::encode::Names;
use crate::http::{Framing, Head, encode, parse_response};
use crate::net::io::{Io, Stream};
use crate::net::socket::{Carried, Socket};

/// Opens a request that carries a connection. It is open once the endpoint has accepted it.
pub(super) async fn open(
    cluster: &ClusterRuntime,
    (host, way): (&Arc<Host>, Way),
    tunnel: &Tunnel,
    info: &mut Info,
) -> Result<Opened, ConnectFailure> {
    let Some(config) = cluster.config() else { return Err(ConnectFailure::Overflow) };
    let encrypted = config.socket(host).is_some_and(|s| s.tls.is_some());
    let source = Source { request: None, response: None, trailers: None, info };
    let head = tunnel.request(source, encrypted);
    if config.carries_h2 {
        return over_h2(cluster, (host, way), &head, info).await;
    }
    let (stream, life) = cluster.connect(host, &way, Carries::Http1).await?;
    life.ask();
    info.upstream_local = stream.socket().local();
    info.upstream_tls = cluster.session(&stream, host);
    let timeout = longest(config.connect_timeout);
    let opened = tokio::time::timeout(timeout, over_h1(stream, &head, config.names)).await;
    opened.ok().flatten().ok_or_else(refused)
}

/// A tunnel that the endpoint does not open fails like a connection.
fn refused() -> ConnectFailure {
    ConnectFailure::Refused(String::new())
}

fn longest(timeout: Duration) -> Duration {
    if timeout.is_zero() { Duration::from_secs(3600) } else { timeout }
}

async fn over_h1(stream: Stream, head: &Head, names: Names) -> Option<Opened> {
    let io = Io::new(stream);
    let mut output = Vec::new();
    encode::request_head(head, Framing::None, names, &mut output);
    io.write(&mut output).await.ok()?;
    let mut first = BytesMut::new();
    loop {
        if let Some((response, length)) = parse_response(&first, true, false).ok()? {
            let _head = first.split_to(length);
            match response.head.status {
                200..300 => return Some(Opened { stream: io.into_stream(), first }),
                100..200 => continue,
                _ => return None,
            }
        }
        if io.read(&mut first).await.ok()? == 0 {
            return None;
        }
    }
}

async fn over_h2(
    cluster: &ClusterRuntime,
    (host, way): (&Arc<Host>, Way),
    head: &Head,
    info: &mut Info,
) -> Result<Opened, ConnectFailure> {
    let mut connection = upstream_h2::open(cluster, host, way).await?;
    info.upstream_local.clone_from(&connection.local);
    info.upstream_tls.clone_from(&connection.tls);
    let request = upstream_h2::request(head, None).ok_or_else(refused)?;
    let Ok((mut asking, send)) = connection.ask(request, false).await else {
        cluster.h2.retire(&connection);
        return Err(refused());
    };
    cluster.shared.count(|c| &c.upstream_rq_total);
    let (response, body) = asking.head().await.map_err(|_| refused())?;
    if response.status != 200 {
        return Err(refused());
    }
    let carried = Carried::new(send, body, connection.local.clone());
    let stream = Stream::Plain(Socket::Carried(Box::new(carried)));
    Ok(Opened { stream: stream.counted(cluster.shared.clone()), first: BytesMut::new() })
}
