//! Requests of the proxy itself: mirrors and authorization checks.
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;

use super::worker::Worker;
use crate::cluster::balance::Wish;
use crate::cluster::{ClusterRuntime, Connection};
use crate::http::{BodyReader, Decoded, Framing, Head, encode, parse_response};
use crate::net::io::Io;

/// Most that is read of an authorizer's body.
const MAX_BODY: usize = 1 << 20;

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
        let mut connection = cluster.acquire(&host, None, false).await.ok()?;
        cluster.shared.count(|c| &c.upstream_rq_total);
        let Connection { io, input, .. } = &mut connection;
        write_request(io, head, body).await?;
        let (response, body, keep) = read_response(io, input, head.method == b"HEAD").await?;
        cluster.shared.count_status(response.status, true);
        if keep {
            cluster.release(&host, connection);
        }
        Some((response, body))
    };
    if timeout.is_zero() {
        return exchange.await;
    }
    tokio::time::timeout(timeout, exchange).await.ok()?
}

/// Writes a request with its body.
pub(crate) async fn write_request(io: &Io, head: &Head, body: &[u8]) -> Option<()> {
    let framing = match (body.is_empty(), head.has(b"content-length")) {
        (true, _) => Framing::None,
        (false, true) => Framing::Length(body.len() as u64),
        (false, false) => Framing::Chunked,
    };
    let mut output = Vec::new();
    encode::request_head(head, framing, &mut output);
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
            let _head = input.split_to(length);
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
