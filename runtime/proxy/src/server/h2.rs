//! HTTP/2 clients.
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};

use super::exchange::{RequestBody, ResponseSink};
pub(crate) use super::h2_sink::H2Sink;
use super::stream::Exchange;
use super::unserved;
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, flag};
use crate::config::hcm::{Hcm, Underscores};
use crate::http::Head;
use crate::net::h2::greeting::{Greeting, Told};
use crate::net::h2::hpack::Field;
use crate::net::h2::keepalive::until_silent;
use crate::net::h2::notes::SharedNotes;

/// Headers of a map in order, as a head.
pub(crate) fn from_header_map(map: &HeaderMap) -> Head {
    let mut head = Head::default();
    for (name, value) in map {
        head.add(name.as_str().as_bytes(), value.as_bytes());
    }
    head
}

/// A head's headers as a map, without those that HTTP/2 forbids.
pub(crate) fn to_header_map(head: &Head) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(head.len());
    for (name, value) in head.iter() {
        if matches!(
            name,
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" | b"host"
        ) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Bytes of a head's names and values.
pub(crate) fn size(head: &Head) -> usize {
    let pseudo = head.path.len() + head.method.len() + head.authority.as_ref().map_or(0, Vec::len);
    pseudo + head.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
}

/// What is said first on a connection.
pub(super) fn greeting(hcm: &Hcm) -> Greeting {
    Greeting::to_client(Told::new(&hcm.h2), hcm.h2.connect)
}

fn builder(hcm: &Hcm) -> h2::server::Builder {
    let mut builder = h2::server::Builder::new();
    // The codec answers longer ones with 431; below this, the limits are those of Envoy.
    let most = hcm.heads.max_head.saturating_mul(2) + 16 * 1024;
    builder.max_header_list_size(u32::try_from(most).unwrap_or(u32::MAX));
    builder.max_concurrent_streams(hcm.h2.streams);
    builder.initial_window_size(hcm.h2.window);
    builder.initial_connection_window_size(hcm.h2.connection_window);
    if hcm.h2.connect {
        builder.enable_connect_protocol();
    }
    builder
}

/// Serves a connection that speaks HTTP/2.
pub(crate) async fn serve_h2<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    worker: Rc<Worker>,
    hcm: Arc<Hcm>,
    connection: Rc<ConnectionInfo>,
    (stream, notes): (S, SharedNotes),
) {
    let Ok(mut h2) = builder(&hcm).handshake::<_, Bytes>(stream).await else { return };
    let life = Life::new(&hcm);
    let mut silence = pin!(until_silent(hcm.h2.keepalive.clone(), h2.ping_pong(), &notes));
    loop {
        let accepted = tokio::select! {
            accepted = h2.accept() => accepted,
            () = &mut silence => break,
            () = tokio::time::sleep(life.tick) => {
                if life.is_spent(&hcm) {
                    break;
                }
                if life.is_over(&worker, &hcm) {
                    h2.graceful_shutdown();
                }
                continue;
            }
        };
        let Some(Ok((request, respond))) = accepted else { break };
        life.begin();
        if life.is_over(&worker, &hcm) {
            h2.graceful_shutdown();
        }
        let (worker, hcm, connection) = (worker.clone(), hcm.clone(), connection.clone());
        let served = Served::new(notes.clone(), respond.stream_id().as_u32());
        let active = Active::new(&life);
        tokio::task::spawn_local(async move {
            serve_stream((&worker, &hcm), connection, request, (respond, served)).await;
            drop(active);
        });
    }
    log_unborn((&worker, &hcm), connection, &notes);
}

/// Logs a request that broke the connection before anybody served it.
fn log_unborn(place: (&Worker, &Hcm), connection: Rc<ConnectionInfo>, notes: &SharedNotes) {
    let broken = notes.borrow().fault.filter(|_| notes.borrow().unborn);
    if let Some(fault) = broken {
        unserved::log_h2(place, connection, flag::DOWNSTREAM_PROTOCOL, fault.own);
    }
}

/// When a connection has to end: it announces that once, and the streams that are open finish.
struct Life {
    born: Instant,
    /// How often to look.
    tick: Duration,
    streams: Cell<u64>,
    /// Open streams, and when the last one ended.
    open: Rc<Cell<(u64, Instant)>>,
    /// When the end was announced.
    told: Cell<Option<Instant>>,
}

impl Life {
    fn new(hcm: &Hcm) -> Self {
        let now = Instant::now();
        let limits = [Some(hcm.times.idle_timeout), hcm.times.max_connection_duration];
        let tick = limits.into_iter().flatten().filter(|t| !t.is_zero()).min().unwrap_or(Duration::MAX);
        Self {
            born: now,
            tick: tick.clamp(Duration::from_millis(50), Duration::from_secs(1)),
            streams: Cell::new(0),
            open: Rc::new(Cell::new((0, now))),
            told: Cell::new(None),
        }
    }

    fn begin(&self) {
        self.streams.set(self.streams.get() + 1);
    }

    /// Whether the connection has to end now; true once.
    fn is_over(&self, worker: &Worker, hcm: &Hcm) -> bool {
        let (open, since) = self.open.get();
        let times = &hcm.times;
        let idle = open == 0 && !times.idle_timeout.is_zero() && since.elapsed() >= times.idle_timeout;
        let old = times.max_connection_duration.is_some_and(|most| self.born.elapsed() >= most);
        let used = hcm.max_requests > 0 && self.streams.get() >= hcm.max_requests;
        let over = idle || old || used || worker.global.ends(hcm);
        let first = self.told.get().is_none();
        if over && first {
            self.told.set(Some(Instant::now()));
        }
        over && first
    }

    /// Whether the client has had its time to leave after the announcement.
    fn is_spent(&self, hcm: &Hcm) -> bool {
        self.open.get().0 == 0 && self.told.get().is_some_and(|t| t.elapsed() >= hcm.times.drain_timeout)
    }
}

/// Counts a stream while it is served.
struct Active(Rc<Cell<(u64, Instant)>>);

impl Active {
    fn new(life: &Life) -> Self {
        let (open, since) = life.open.get();
        life.open.set((open + 1, since));
        Self(life.open.clone())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.set((self.0.get().0.saturating_sub(1), Instant::now()));
    }
}

/// A stream that is served, as long as this lives.
struct Served(SharedNotes, u32);

impl Served {
    fn new(notes: SharedNotes, stream: u32) -> Self {
        notes.borrow_mut().served.push(stream);
        Self(notes, stream)
    }

    /// The request's fields as they were sent; `None` when the client has taken it back.
    fn fields(&self) -> Option<Vec<Field>> {
        self.0.borrow_mut().heads.remove(&self.1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let mut notes = self.0.borrow_mut();
        notes.served.retain(|stream| *stream != self.1);
        notes.reset.retain(|(stream, _)| *stream != self.1);
        notes.whole.retain(|stream| *stream != self.1);
        notes.heads.remove(&self.1);
    }
}

/// A request's head, and the protocol that an extended CONNECT names. Beside an authority a host header means nothing.
fn request_head(fields: &[Field]) -> (Head, Option<Vec<u8>>) {
    let (mut head, mut protocol, mut host) = (Head::default(), None, None);
    for Field { name, value } in fields {
        match name.as_ref() {
            b":method" => head.method = value.to_vec(),
            b":scheme" => head.scheme = value.to_vec(),
            b":path" => head.path = value.to_vec(),
            b":authority" => head.authority = Some(value.to_vec()),
            b":protocol" => protocol = Some(value.to_ascii_lowercase()),
            b"host" => host = Some(value.to_vec()),
            name => head.add(name, value),
        }
    }
    if matches!(head.scheme.to_ascii_lowercase().as_slice(), b"http" | b"https") {
        head.scheme.make_ascii_lowercase();
    }
    head.authority = head.authority.or(host);
    (head, protocol)
}

/// Whether a head may be served; the reason for a reset when it may not, and what the access log says of it.
fn check(head: &mut Head, hcm: &Hcm) -> Result<(), (Reason, &'static str)> {
    // Envoy counts the four pseudo headers, and the bytes of names and values.
    let size: usize = head.iter().map(|(name, value)| name.len() + value.len()).sum();
    let pseudo = head.path.len() + head.authority.as_ref().map_or(0, Vec::len);
    if head.len() + 4 > hcm.heads.max_headers || size + pseudo + 40 > hcm.heads.max_head {
        return Err((Reason::INTERNAL_ERROR, "http2.too_many_headers"));
    }
    if head.method == b"CONNECT" && !hcm.h2.connect {
        return Err((Reason::PROTOCOL_ERROR, "http2.invalid.header.field"));
    }
    match hcm.heads.underscores {
        Underscores::Reject if head.iter().any(|(name, _)| name.contains(&b'_')) => {
            return Err((Reason::INTERNAL_ERROR, "http2.unexpected_underscore"));
        }
        Underscores::Drop => head.remove_where(|name, _| name.contains(&b'_')),
        Underscores::Reject | Underscores::Allow => {}
    }
    Ok(())
}

/// HTTP/2 may split a cookie header; other hops get it in one piece (RFC 9113, 8.2.3), behind all others.
pub(crate) fn join_cookies(head: &mut Head) {
    let cookies: Vec<_> = head.fields(b"cookie").filter(|cookie| !cookie.is_empty()).collect();
    let joined = cookies.join(b"; ".as_slice());
    if head.remove(b"cookie") && !joined.is_empty() {
        head.add(b"cookie", &joined);
    }
}

async fn serve_stream(
    context: (&Rc<Worker>, &Hcm),
    connection: Rc<ConnectionInfo>,
    request: http::Request<h2::RecvStream>,
    (respond, served): (SendResponse<Bytes>, Served),
) {
    let Some(fields) = served.fields() else { return };
    match begin(context, connection.clone(), (fields, request.into_body()), respond, &served) {
        Ok(mut exchange) => {
            exchange.serve().await;
        }
        Err((mut respond, reason, details)) => {
            drop(served);
            respond.send_reset(reason);
            unserved::log_h2((context.0.as_ref(), context.1), connection, flag::DOWNSTREAM_RESET, details);
        }
    }
}

/// The exchange of a request, or why its stream is reset. It lies apart from the task, which would hold every step of making it.
fn begin<'a>(
    (worker, hcm): (&'a Rc<Worker>, &'a Hcm),
    connection: Rc<ConnectionInfo>,
    (fields, body): (Vec<Field>, h2::RecvStream),
    respond: SendResponse<Bytes>,
    served: &Served,
) -> Result<Box<Exchange<'a>>, (SendResponse<Bytes>, Reason, &'static str)> {
    let (mut head, protocol) = request_head(&fields);
    let upgrade = protocol.and_then(|protocol| String::from_utf8(protocol).ok());
    if let Err((reason, details)) = check(&mut head, hcm) {
        return Err((respond, reason, details));
    }
    join_cookies(&mut head);
    if let Some(protocol) = &upgrade {
        // From here on it looks as it would over HTTP/1, which is how filters and routes know it.
        head.method = b"GET".to_vec();
        head.add(b"upgrade", protocol.as_bytes());
        head.add(b"connection", b"upgrade");
    }
    let expects = head.get(b"expect").is_some_and(|v| v.eq_ignore_ascii_case(b"100-continue"));
    let ended = body.is_end_stream();
    let ends =
        (RequestBody::H2(Box::new(body), ended), ResponseSink::H2(H2Sink::new(respond, served.0.clone())));
    let length = size(&head) as u64;
    let mut exchange = Box::new(Exchange::new((worker, hcm), (connection, "HTTP/2"), head, ends));
    exchange.expects = expects;
    exchange.upgrade = upgrade;
    exchange.info.head_received = length;
    Ok(exchange)
}
