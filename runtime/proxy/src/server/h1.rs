//! HTTP/1 clients: one request after the other.
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::exchange::{H1Sink, RequestBody, ResponseSink};
use super::reply::Reply;
use super::stream::{Ending, Exchange};
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::config::hcm::{Hcm, ServerHeader, Underscores};
use crate::http::encode::{self, ResponseBody};
use crate::http::{BodyReader, Head, Malformed, Rules, parse_request};
use crate::net::io::{Io, Stream};

/// What reading a head gave.
enum Read {
    /// A request.
    Request(Box<crate::http::Request>),
    /// A head that is not acceptable.
    Malformed(Malformed),
    /// The head did not arrive in time; the flag says that the time for silence was the shorter one.
    Late(bool),
    /// No request came for too long.
    Idle,
    /// The connection is over.
    Over,
}

/// Serves a connection that speaks HTTP/1; `input` holds what was read already.
pub(crate) async fn serve_h1(
    worker: Rc<Worker>,
    hcm: Arc<Hcm>,
    connection: Rc<ConnectionInfo>,
    stream: Stream,
    mut input: BytesMut,
) {
    let io = Io::new(stream);
    let mut output = Vec::new();
    let born = Instant::now();
    let mut served = 0_u64;
    let mut draining = false;
    loop {
        match read_head(&io, &hcm, &mut input, &connection, born).await {
            Read::Over => return,
            // One more request may be on its way; it is served and the connection closed.
            Read::Idle if !draining => {
                draining = true;
                let more = tokio::time::timeout(hcm.drain_timeout, io.read(&mut input)).await;
                if !matches!(more, Ok(Ok(1..))) {
                    return linger(&io, &hcm, &mut output).await;
                }
            }
            Read::Idle => return linger(&io, &hcm, &mut output).await,
            Read::Late(silent) => {
                let reply = if silent {
                    Reply::new(408, "stream timeout".as_bytes(), "stream_idle_timeout")
                        .flagged(flag::STREAM_IDLE)
                } else {
                    Reply::new(408, "request header timeout".as_bytes(), "request_header_timeout")
                };
                refuse(&worker, &hcm, &connection, reply, &mut output);
                return linger(&io, &hcm, &mut output).await;
            }
            Read::Malformed(malformed) => {
                let (status, body) = malformed.answer();
                let reply = Reply::new(status, body.as_bytes(), "http1.codec_error")
                    .flagged(flag::DOWNSTREAM_PROTOCOL);
                refuse(&worker, &hcm, &connection, reply, &mut output);
                return linger(&io, &hcm, &mut output).await;
            }
            Read::Request(request) => {
                served += 1;
                let last = draining || (hcm.max_requests > 0 && served >= hcm.max_requests);
                let mut reader = BodyReader::new(request.framing);
                let ending = {
                    let exchange = exchange(
                        &worker,
                        &hcm,
                        &connection,
                        *request,
                        &io,
                        (&mut input, &mut reader, &mut output),
                        last,
                    );
                    exchange.serve().await
                };
                match ending {
                    Ending::Keep if reader.is_done() => {}
                    Ending::Keep | Ending::Linger => return linger(&io, &hcm, &mut output).await,
                    Ending::Close => {
                        let _gone = io.write(&mut output).await;
                        let _gone = io.shutdown().await;
                        return;
                    }
                    Ending::Gone => return,
                }
            }
        }
    }
}

type Buffers<'a> = (&'a mut BytesMut, &'a mut BodyReader, &'a mut Vec<u8>);

fn exchange<'a>(
    worker: &'a Rc<Worker>,
    hcm: &'a Hcm,
    connection: &Rc<ConnectionInfo>,
    request: crate::http::Request,
    io: &'a Io,
    (input, reader, output): Buffers<'a>,
    last: bool,
) -> Exchange<'a> {
    let head = request.head;
    let asks = head
        .fields(b"connection")
        .any(|v| v.split(|b| *b == b',').any(|t| t.trim_ascii().eq_ignore_ascii_case(b"upgrade")));
    let upgrade =
        head.get(b"upgrade").filter(|_| asks).map(|u| String::from_utf8_lossy(u).to_ascii_lowercase());
    Exchange {
        worker,
        hcm,
        info: Info::new(connection.clone(), if request.old { "HTTP/1.0" } else { "HTTP/1.1" }),
        connection: connection.clone(),
        sink: ResponseSink::H1(H1Sink {
            io,
            output,
            old: request.old,
            to_head: head.method == b"HEAD",
            body: ResponseBody::None,
        }),
        head,
        body: RequestBody::H1 { io, input, reader },
        old: request.old,
        close_wanted: request.close,
        upgrade: upgrade.filter(|u| u != "h2c"),
        expects: request.expects,
        internal: false,
        closing: last,
        answered_at_once: false,
        matched: None,
        cors: None,
        response_headers: Vec::new(),
        response: None,
        trailers: None,
    }
}

async fn read_head(
    io: &Io,
    hcm: &Hcm,
    input: &mut BytesMut,
    connection: &ConnectionInfo,
    born: Instant,
) -> Read {
    let rules = Rules {
        max_head: hcm.max_head,
        max_headers: hcm.max_headers,
        accept_10: hcm.accept_http_10,
        underscores: match hcm.underscores {
            Underscores::Allow => None,
            Underscores::Reject => Some(true),
            Underscores::Drop => Some(false),
        },
        keep_spelling: hcm.preserve_case,
        secure: connection.tls.is_some(),
    };
    let mut begun: Option<Instant> = None;
    loop {
        if !input.is_empty() {
            match parse_request(input, &rules) {
                Ok(Some((request, length))) => {
                    let _head = input.split_to(length);
                    return Read::Request(Box::new(request));
                }
                Ok(None) => begun = begun.or_else(|| Some(Instant::now())),
                Err(malformed) => return Read::Malformed(malformed),
            }
        }
        let idle = wait_time(hcm, begun, born);
        let read = match idle {
            Some(time) => match tokio::time::timeout(time, io.read(input)).await {
                Ok(read) => read,
                Err(_) if begun.is_some() => return Read::Late(idles_first(hcm)),
                Err(_) => return Read::Idle,
            },
            None => io.read(input).await,
        };
        if !matches!(read, Ok(1..)) {
            return Read::Over;
        }
    }
}

/// Whether a head that stops arriving hits the limit of silence before the limit of heads.
fn idles_first(hcm: &Hcm) -> bool {
    !hcm.stream_idle.is_zero() && (hcm.headers_timeout.is_zero() || hcm.stream_idle < hcm.headers_timeout)
}

/// How long to wait for the next bytes of a head: the idle time before it, the time for heads within it.
fn wait_time(hcm: &Hcm, begun: Option<Instant>, born: Instant) -> Option<Duration> {
    if let Some(begun) = begun {
        let limit = if idles_first(hcm) { hcm.stream_idle } else { hcm.headers_timeout };
        return Some(limit).filter(|t| !t.is_zero()).map(|t| t.saturating_sub(begun.elapsed()));
    }
    let idle = Some(hcm.idle_timeout).filter(|t| !t.is_zero());
    let life = hcm.max_connection_duration.map(|d| d.saturating_sub(born.elapsed()));
    [idle, life].into_iter().flatten().min()
}

/// Answers a head that could not be used.
fn refuse(worker: &Worker, hcm: &Hcm, connection: &Rc<ConnectionInfo>, reply: Reply, output: &mut Vec<u8>) {
    let (mut head, body) = reply.build(false);
    worker.with_date(|date| head.add(b"date", date));
    if hcm.server_header != ServerHeader::PassThrough {
        head.add(b"server", hcm.server_name.as_bytes());
    }
    head.add(b"connection", b"close");
    encode::response_head(&head, false, ResponseBody::Length, output);
    output.extend_from_slice(&body);
    let mut info = Info::new(connection.clone(), "HTTP/1.1");
    info.status = reply.status;
    info.flags = reply.flags;
    info.details = reply.details;
    info.sent = body.len() as u64;
    let request = Head::default();
    let source = crate::access::format::Source {
        request: Some(&request),
        response: Some(&head),
        trailers: None,
        info: &info,
    };
    let mut line = Vec::new();
    for log in &hcm.logs {
        line.clear();
        log.write(source, &mut line);
        worker.global.logs.append(&log.sink, &line);
    }
}

/// Writes what is left, then gives the client time to read it: closing at once could reset the connection and take
/// the response with it.
async fn linger(io: &Io, hcm: &Hcm, output: &mut Vec<u8>) {
    let _gone = tokio::time::timeout(Duration::from_secs(5), io.write(output)).await;
    let discard = async {
        let mut bin = BytesMut::new();
        while matches!(io.read(&mut bin).await, Ok(1..)) {
            bin.clear();
        }
    };
    let _late = tokio::time::timeout(hcm.delayed_close, discard).await;
    let _gone = io.shutdown().await;
}
