//! Unary gRPC calls of the proxy itself: authorizers, rate limit services, health checks, collectors.
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use super::client::Unanswered;
use crate::cluster::Way;
use crate::cluster::balance::Wish;
use crate::cluster::{ClusterRuntime, H2Connection, Outcome};
use crate::config::http2::Http2;
use crate::net::io::Stream;

/// Largest answer that is read.
const MAX_ANSWER: usize = 4 << 20;

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GrpcService {
    /// The cluster.
    pub(crate) cluster: String,
    /// The authority; the cluster's name when empty.
    pub(crate) authority: String,
    /// Time for a call; zero is forever.
    pub(crate) timeout: Duration,
    /// Headers of every call.
    pub(crate) metadata: Vec<(String, String)>,
}

/// Calls a method; `None` for any failure, a status other than OK among them.
pub(crate) async fn call<Q: Message, A: Message + Default>(
    cluster: &ClusterRuntime,
    random: u64,
    service: &GrpcService,
    path: &str,
    request: &Q,
) -> Option<A> {
    call_with(cluster, random, service, path, std::slice::from_ref(request)).await
}

/// Calls a method that takes several messages.
pub(crate) async fn call_with<Q: Message, A: Message + Default>(
    cluster: &ClusterRuntime,
    random: u64,
    service: &GrpcService,
    path: &str,
    requests: &[Q],
) -> Option<A> {
    let authority = if service.authority.is_empty() { &service.cluster } else { &service.authority };
    let exchange = async {
        let config = cluster.config()?;
        let wish = Wish { random, ..Wish::default() };
        let host = cluster.picker.pick(config, &cluster.shared, wish)?;
        cluster.shared.count(|c| &c.upstream_rq_total);
        let connection = super::upstream_h2::open(cluster, &host, Way::default()).await;
        let answer = match connection {
            Ok(connection) => {
                let message: Bytes = requests.iter().flat_map(frame).collect();
                let waits = Unanswered::new(cluster);
                let answer =
                    unary(connection, authority, path, &service.metadata, message, service.timeout).await;
                waits.ended();
                answer
            }
            Err(_) => None,
        };
        cluster.shared.count_status(if answer.is_some() { 200 } else { 503 }, true);
        cluster.shared.record(&host, if answer.is_some() { Outcome::Status(200) } else { Outcome::Local });
        A::decode(answer?).ok()
    };
    if service.timeout.is_zero() {
        return exchange.await;
    }
    tokio::time::timeout(service.timeout, exchange).await.ok()?
}

fn frame(message: &impl Message) -> Bytes {
    let mut out = BytesMut::with_capacity(message.encoded_len() + 5);
    out.put_u8(0);
    out.put_u32(message.encoded_len() as u32);
    out.extend_from_slice(&message.encode_to_vec());
    out.freeze()
}

/// The head of a call.
fn request(
    authority: &str,
    path: &str,
    metadata: &[(String, String)],
    timeout: Duration,
) -> Option<http::Request<()>> {
    let uri = http::Uri::builder().scheme("http").authority(authority).path_and_query(path).build().ok()?;
    let mut request = http::Request::builder()
        .method("POST")
        .uri(uri)
        .version(http::Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if !timeout.is_zero() {
        request = request.header("grpc-timeout", format!("{}m", timeout.as_millis()));
    }
    for (name, value) in metadata {
        request = request.header(name.as_str(), value.as_str());
    }
    request.body(()).ok()
}

async fn unary(
    mut connection: H2Connection,
    authority: &str,
    path: &str,
    metadata: &[(String, String)],
    message: Bytes,
    timeout: Duration,
) -> Option<Bytes> {
    let request = request(authority, path, metadata, timeout)?;
    let (mut asking, mut stream) = connection.ask(request, false).await.ok()?;
    stream.send_data(message, true).ok()?;
    let (head, mut body) = asking.head().await.ok()?;
    if head.status != 200 {
        return None;
    }
    let mut data = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part.ok()?;
        let _closed = body.flow_control().release_capacity(part.len());
        data.extend_from_slice(&part);
        if data.len() > MAX_ANSWER {
            return None;
        }
    }
    let trailers = body.trailers().await.ok()?;
    let status = |headers: &http::HeaderMap| headers.get("grpc-status").map(|s| s.as_bytes() == b"0");
    let good = trailers.as_ref().and_then(status).or_else(|| head.get(b"grpc-status").map(|s| s == b"0"))?;
    let (flag, rest) = data.split_first()?;
    let length = rest.get(..4)?.iter().fold(0, |n, b| n << 8 | usize::from(*b));
    let message = rest.get(4..4 + length)?;
    (good && *flag == 0).then(|| Bytes::copy_from_slice(message))
}

#[derive(Clone, PartialEq, Message)]
struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    service: String,
}

#[derive(Clone, PartialEq, Message)]
struct HealthCheckResponse {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// Asks a server for its health over a new connection; `None` without an answer.
pub(crate) async fn check_health(stream: Stream, authority: &str, service: &str) -> Option<bool> {
    let connection = H2Connection::begin(stream, &Http2::default(), None, (None, None)).await.ok()?;
    let message = frame(&HealthCheckRequest { service: service.to_owned() });
    let path = "/grpc.health.v1.Health/Check";
    let answer = unary(connection, authority, path, &[], message, Duration::ZERO).await;
    Some(HealthCheckResponse::decode(answer?).ok()?.status == 1)
}
