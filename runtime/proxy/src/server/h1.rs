//! HTTP/1 clients: one request after the other.
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};

use super::counting::{Refused, count_refused};
use super::exchange::{H1Sink, RequestBody, ResponseSink};
use super::reply::Reply;
use super::stream::{Ending, Exchange};
use super::unserved;
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::config::hcm::{Hcm, ServerHeader, Underscores};
use crate::http::encode::{self, Names, ResponseBody};
use crate::http::{BodyReader, Head, Malformed, Rules, parse_request};
use crate::net::io::{Io, Stream};
use crate::stats::add;

/// Bytes of an output buffer that a connection does not keep while it waits.
const LARGE: usize = 4096;

/// What reading a head gave.
enum Read {
    /// A request, and the length of its head.
    Request(Box<crate::http::Request>, usize),
    /// A head that is not acceptable.
    Malformed(Malformed),
    /// The head did not arrive in time; the flag says that the time for silence was the shorter one.
    Late(bool),
    /// No request came for too long.
    Idle,
    /// The connection is over.
    Over,
}

/// A connection that speaks HTTP/1.
struct Session {
    worker: Rc<Worker>,
    hcm: Arc<Hcm>,
    connection: Rc<ConnectionInfo>,
    io: Io,
    output: Vec<u8>,
    served: u64,
    draining: bool,
}

/// Serves a connection that speaks HTTP/1; `input` holds what was read already.
pub(crate) async fn serve_h1(
    worker: Rc<Worker>,
    hcm: Arc<Hcm>,
    connection: Rc<ConnectionInfo>,
    stream: Stream,
    mut input: BytesMut,
) {
    let (io, born) = (Io::new(stream), Instant::now());
    let mut session = Session { worker, hcm, connection, io, output: Vec::new(), served: 0, draining: false };
    loop {
        let rules = rules(&session.hcm, &session.connection);
        let ending = match read_head(&session.io, &session.hcm, &mut input, &rules, born).await {
            Read::Over => return,
            Read::Idle => session.idle(&mut input).await,
            Read::Late(silent) => {
                let why = if silent { Refused::Silent } else { Refused::Late };
                session.refuse(late(silent), false, why)
            }
            Read::Malformed(malformed) => {
                // Envoy knows the version once it has read the whole head.
                let late = matches!(malformed, Malformed::Late(_) | Malformed::Encoding);
                let old = late && session.hcm.heads.accept_http_10 && is_http_10(&input);
                session.refuse(unacceptable(malformed), old, Refused::Malformed)
            }
            // Most connections wait most of the time, and should hold what waiting takes.
            Read::Request(request, length) => Box::pin(session.answer((*request, length), &mut input)).await,
        };
        match ending {
            Ending::Keep => session.rest(),
            Ending::Linger => return linger(&session.io, &session.hcm, &mut session.output).await,
            Ending::Close => {
                session.io.ending();
                let _gone = session.io.write(&mut session.output).await;
                let _gone = session.io.shutdown().await;
                return;
            }
            Ending::Gone => return,
        }
    }
}

impl Session {
    /// Before the next request: what a large response took is given back.
    fn rest(&mut self) {
        if self.output.is_empty() && self.output.capacity() > LARGE {
            self.output = Vec::new();
        }
    }

    /// Nothing came for too long. One more request may be on its way; it is served and the connection closed.
    async fn idle(&mut self, input: &mut BytesMut) -> Ending {
        if self.draining {
            return Ending::Linger;
        }
        self.draining = true;
        let more = tokio::time::timeout(self.hcm.times.drain_timeout, self.io.read(input)).await;
        if matches!(more, Ok(Ok(1..))) { Ending::Keep } else { Ending::Linger }
    }

    /// Answers a head that could not be used.
    fn refuse(&mut self, reply: Reply, old: bool, why: Refused) -> Ending {
        count_refused(&self.hcm, reply.status, why);
        refuse(&self.worker, &self.hcm, &self.connection, reply, (old, &mut self.output));
        Ending::Linger
    }

    /// Serves one request; what is left of its body decides whether another can follow.
    async fn answer(
        &mut self,
        (request, length): (crate::http::Request, usize),
        input: &mut BytesMut,
    ) -> Ending {
        self.served += 1;
        let most = self.hcm.max_requests;
        let used_up = most > 0 && self.served >= most;
        let last = self.draining || used_up;
        let mut reader = BodyReader::new(request.framing);
        let mut exchange = self.exchange(request, input, &mut reader);
        exchange.closing = last;
        // Envoy takes it as a wish of the client.
        exchange.close_wanted |= used_up;
        exchange.info.head_received = length as u64;
        match exchange.serve().await {
            Ending::Keep if !reader.is_done() => Ending::Linger,
            ending => ending,
        }
    }

    fn exchange<'a>(
        &'a mut self,
        request: crate::http::Request,
        input: &'a mut BytesMut,
        reader: &'a mut BodyReader,
    ) -> Exchange<'a> {
        let head = request.head;
        let (io, old) = (&self.io, request.old);
        let (to_head, to_connect) = (head.method == b"HEAD", head.method == b"CONNECT");
        let output = &mut self.output;
        let sink = H1Sink {
            io,
            output,
            old,
            to_head,
            to_connect,
            names: self.hcm.heads.names,
            body: ResponseBody::None,
        };
        let upgrade = upgrade(&head);
        let protocol = if old { "HTTP/1.0" } else { "HTTP/1.1" };
        let ends = (RequestBody::H1 { io, input, reader }, ResponseSink::H1(sink));
        let exchange =
            Exchange::new((&self.worker, &self.hcm), (self.connection.clone(), protocol), head, ends);
        Exchange { old, close_wanted: request.close, upgrade, expects: request.expects, ..exchange }
    }
}

/// Whether a head begins with a request line of HTTP/1.0.
fn is_http_10(input: &[u8]) -> bool {
    let line = input.split(|b| *b == b'\n').find(|l| !matches!(*l, b"" | b"\r")).unwrap_or_default();
    line.trim_ascii_end().ends_with(b" HTTP/1.0")
}

/// The protocol that a request wants to switch to, in lower case.
fn upgrade(head: &Head) -> Option<String> {
    let mut tokens = head.fields(b"connection").flat_map(|v| v.split(|b| *b == b','));
    let asks = tokens.any(|t| t.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
    let wanted = head.get(b"upgrade").filter(|_| asks)?;
    Some(String::from_utf8_lossy(wanted).to_ascii_lowercase()).filter(|u| u != "h2c")
}

/// The answer to a head that did not arrive in time.
fn late(silent: bool) -> Reply {
    if silent {
        Reply::new(408, "stream timeout".as_bytes(), "stream_idle_timeout").flagged(flag::STREAM_IDLE)
    } else {
        Reply::new(408, "request header timeout".as_bytes(), "request_header_timeout")
    }
}

/// The answer to a head that is not acceptable.
fn unacceptable(malformed: Malformed) -> Reply {
    let (status, body) = malformed.answer();
    Reply::new(status, body.as_bytes(), malformed.details()).flagged(flag::DOWNSTREAM_PROTOCOL)
}

/// What a head must keep to.
fn rules(hcm: &Hcm, connection: &ConnectionInfo) -> Rules {
    Rules {
        max_head: hcm.heads.max_head,
        max_headers: hcm.heads.max_headers,
        accept_10: hcm.heads.accept_http_10,
        underscores: match hcm.heads.underscores {
            Underscores::Allow => None,
            Underscores::Reject => Some(true),
            Underscores::Drop => Some(false),
        },
        keep_spelling: hcm.heads.names == Names::Kept,
        plain_edge: connection.tls.is_none() && hcm.client.use_remote_address,
    }
}

async fn read_head(io: &Io, hcm: &Hcm, input: &mut BytesMut, rules: &Rules, born: Instant) -> Read {
    let mut begun: Option<Instant> = None;
    loop {
        if !input.is_empty() {
            match parse_request(input, rules) {
                Ok(Some((request, length))) => {
                    input.advance(length);
                    return Read::Request(Box::new(request), length);
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
    !hcm.times.stream_idle.is_zero()
        && (hcm.times.headers_timeout.is_zero() || hcm.times.stream_idle < hcm.times.headers_timeout)
}

/// How long to wait for the next bytes of a head: the idle time before it, the time for heads within it.
fn wait_time(hcm: &Hcm, begun: Option<Instant>, born: Instant) -> Option<Duration> {
    if let Some(begun) = begun {
        let limit = if idles_first(hcm) { hcm.times.stream_idle } else { hcm.times.headers_timeout };
        return Some(limit).filter(|t| !t.is_zero()).map(|t| t.saturating_sub(begun.elapsed()));
    }
    let idle = Some(hcm.times.idle_timeout).filter(|t| !t.is_zero());
    let life = hcm.times.max_connection_duration.map(|d| d.saturating_sub(born.elapsed()));
    [idle, life].into_iter().flatten().min()
}

/// Answers a head that could not be used.
fn refuse(
    worker: &Worker,
    hcm: &Hcm,
    connection: &Rc<ConnectionInfo>,
    reply: Reply,
    (old, output): (bool, &mut Vec<u8>),
) {
    let (mut head, body) = reply.build((false, false), false, |_| ());
    worker.with_date(|date| head.add(b"date", date));
    if hcm.server_header != ServerHeader::PassThrough {
        head.add(b"server", hcm.server_name.as_bytes());
    }
    head.pass_by(hcm.via.as_bytes());
    head.add(b"connection", b"close");
    encode::response_head(&head, old, ResponseBody::Length, hcm.heads.names, output);
    output.extend_from_slice(&body);
    let mut info = Info::new(connection.clone(), "HTTP/1.1");
    info.status = reply.status;
    info.flags = reply.flags;
    info.details = reply.details;
    info.sent = body.len() as u64;
    unserved::log(worker, hcm, &info, Some(&head));
}

/// Writes what is left, then gives the client time to read it: closing at once could reset the connection and take
/// the response with it.
async fn linger(io: &Io, hcm: &Hcm, output: &mut Vec<u8>) {
    io.ending();
    let _gone = tokio::time::timeout(Duration::from_secs(5), io.write(output)).await;
    let discard = async {
        let mut bin = BytesMut::new();
        while matches!(io.read(&mut bin).await, Ok(1..)) {
            bin.clear();
        }
    };
    if tokio::time::timeout(hcm.times.delayed_close, discard).await.is_err() {
        add(&hcm.stats().http.downstream_cx_delayed_close_timeout, 1);
    }
    let _gone = io.shutdown().await;
}
