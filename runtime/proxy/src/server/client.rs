//! Requests of the proxy itself: mirrors and authorization checks.
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};

use super::upstream_h2;
use super::worker::Worker;
use crate::cluster::balance::Wish;
use crate::cluster::shared::Host;
use crate::cluster::{ClusterRuntime, Connection, Way};
use crate::config::cluster::UpstreamProtocol;
use crate::http::encode::Names;
use crate::http::{BodyReader, Decoded, Framing, Head, encode, parse_response};
use crate::net::io::Io;

/// Most that is read of an authorizer's body.
const MAX_BODY: usize = 1 << 20;

/// A stream that waits for its answer. One that is dropped before is reset, and counted.
pub(crate) struct Unanswered<'a>(Option<&'a ClusterRuntime>);

impl<'a> Unanswered<'a> {
    /// A stream to a host of this cluster.
    pub(crate) fn new(cluster: &'a ClusterRuntime) -> Self {
        Self(Some(cluster))
    }

    /// It has ended by itself.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(cluster) = self.0 {
            cluster.shared.count(|c| &c.upstream_rq_tx_reset);
        }
    }
}

/// Sends a request and drops the response.
pub(crate) fn send_and_forget(worker: Rc<Worker>, cluster: String, head: Head, body: Vec<u8>) {
    tokio::task::spawn_local(async move {
        if let Some(cluster) = worker.cluster(&cluster) {
            let _answer = request(cluster, worker.random(), &head, &body, Duration::from_secs(15)).await;
        }
    });
}

/// Sends a request and reads the whole response; `None` for any failure.
pub(crate) async fn request(
    cluster: &ClusterRuntime,
    random: u64,
    head: &Head,
    body: &[u8],
    timeout: Duration,
) -> Option<(Head, Vec<u8>)> {
    let config = cluster.config()?;
    let host = cluster.picker.pick(config, &cluster.shared, Wish { random, ..Wish::default() })?;
    let exchange = async {
        cluster.shared.count(|c| &c.upstream_rq_total);
        let way = cluster.way(&host, None, head.authority.as_deref());
        let (response, body) = if config.protocol == UpstreamProtocol::Http2 {
            let waits = Unanswered::new(cluster);
            let answer = over_h2(cluster, &host, way, head, body).await;
            waits.ended();
            answer?
        } else {
            let mut connection = cluster.acquire(&host, way, false).await.ok()?;
            let Connection { io, input, .. } = &mut connection;
            write_request(io, head, body, config.names).await?;
            let (response, body, keep) = read_response(io, input, head.method == b"HEAD").await?;
            if keep {
                cluster.release(connection);
            }
            (response, body)
        };
        cluster.shared.count_status(response.status, true);
        Some((response, body))
    };
    if timeout.is_zero() {
        return exchange.await;
    }
    tokio::time::timeout(timeout, exchange).await.ok()?
}

async fn over_h2(
    cluster: &ClusterRuntime,
    host: &Arc<Host>,
    way: Way,
    head: &Head,
    body: &[u8],
) -> Option<(Head, Vec<u8>)> {
    let mut connection = upstream_h2::open(cluster, host, way).await.ok()?;
    let request = upstream_h2::request(head, None)?;
    let (mut asking, mut stream) = connection.ask(request, body.is_empty()).await.ok()?;
    if !body.is_empty() {
        stream.send_data(bytes::Bytes::copy_from_slice(body), true).ok()?;
    }
    let (answer, mut received) = asking.head().await.ok()?;
    let mut data = Vec::new();
    while let Some(part) = received.data().await {
        let part = part.ok()?;
        let _closed = received.flow_control().release_capacity(part.len());
        data.extend_from_slice(&part);
        if data.len() > MAX_BODY {
            return None;
        }
    }
    Some((answer, data))
}

/// Writes a request with its body.
pub(crate) async fn write_request(io: &Io, head: &Head, body: &[u8], names: Names) -> Option<()> {
    let framing = match (body.is_empty(), head.has(b"content-length")) {
        (true, _) => Framing::None,
        (false, true) => Framing::Length(body.len() as u64),
        (false, false) => Framing::Chunked,
    };
    let mut output = Vec::new();
    encode::request_head(head, framing, names, &mut output);
    match framing {
        Framing::Chunked => {
            encode::chunk(body, &mut output);
            encode::last_chunk(&mut output);
        }
        _ => output.extend_from_slice(body),
    }
    io.write(&mut output).await.ok()
}

/// Reads a whole response; the flag says whether the connection can serve another request.
pub(crate) async fn read_response(
    io: &Io,
    input: &mut BytesMut,
    to_head: bool,
) -> Option<(Head, Vec<u8>, bool)> {
    let response = loop {
        if let Some((response, length)) = parse_response(input, to_head, false).ok()? {
            input.advance(length);
            if response.head.status >= 200 {
                break response;
            }
            continue;
        }
        if io.read(input).await.ok()? == 0 {
            return None;
        }
    };
    let mut reader = BodyReader::new(response.framing);
    let mut body = BytesMut::new();
    loop {
        match reader.decode(input).ok()? {
            Decoded::Data(data) => body.extend_from_slice(&data),
            Decoded::End => break,
            Decoded::More => {
                if io.read(input).await.ok()? == 0 {
                    if response.framing != Framing::Close {
                        return None;
                    }
                    break;
                }
            }
        }
        if body.len() > MAX_BODY {
            return None;
        }
    }
    Some((response.head, body.to_vec(), !response.close))
}
