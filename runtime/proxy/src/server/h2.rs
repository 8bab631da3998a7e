//! HTTP/2 clients.
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};

use super::exchange::{Gone, RequestBody, ResponseSink};
use super::stream::Exchange;
use super::worker::Worker;
use crate::access::info::ConnectionInfo;
use crate::config::hcm::{Hcm, Underscores};
use crate::http::Head;
use crate::net::h2::guard::SharedNotes;

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

/// The response side of a stream.
#[derive(Debug)]
pub(crate) struct H2Sink {
    respond: SendResponse<Bytes>,
    stream: Option<SendStream<Bytes>>,
    ended: bool,
    /// Whether the stream carries another protocol by now.
    pub(crate) tunnel: bool,
}

impl H2Sink {
    fn new(respond: SendResponse<Bytes>) -> Self {
        Self { respond, stream: None, ended: false, tunnel: false }
    }

    /// Sends the head.
    pub(crate) fn head(&mut self, head: &Head, end: bool) -> Result<(), Gone> {
        let mut response = http::Response::new(());
        // An upgrade that succeeds is an ordinary success here (RFC 8441).
        let status = if head.status == 101 { 200 } else { head.status };
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        *response.headers_mut() = to_header_map(head);
        self.ended = end;
        self.stream = Some(self.respond.send_response(response, end).map_err(|_| Gone)?);
        Ok(())
    }

    /// Sends a part of the body as the window allows.
    pub(crate) async fn data(&mut self, mut data: Bytes) -> Result<(), Gone> {
        let Some(stream) = &mut self.stream else { return Err(Gone) };
        while !data.is_empty() {
            stream.reserve_capacity(data.len());
            let room = match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(Ok(room)) => room.min(data.len()),
                _ => return Err(Gone),
            };
            stream.send_data(data.split_to(room), false).map_err(|_| Gone)?;
        }
        Ok(())
    }

    /// Ends the stream.
    pub(crate) fn end(&mut self, trailers: Option<&Head>) -> Result<(), Gone> {
        let Some(stream) = self.stream.as_mut().filter(|_| !self.ended) else { return Ok(()) };
        self.ended = true;
        match trailers {
            Some(trailers) => stream.send_trailers(to_header_map(trailers)).map_err(|_| Gone),
            None => stream.send_data(Bytes::new(), true).map_err(|_| Gone),
        }
    }

    /// Ends when the client resets the stream, or its connection ends.
    pub(crate) async fn gone(&mut self) {
        let _reason = poll_fn(|cx| match &mut self.stream {
            Some(stream) => stream.poll_reset(cx),
            None => self.respond.poll_reset(cx),
        })
        .await;
    }

    /// Resets the stream.
    pub(crate) fn reset(&mut self) {
        match &mut self.stream {
            Some(stream) if self.tunnel => stream.send_reset(Reason::CONNECT_ERROR),
            Some(stream) => stream.send_reset(Reason::INTERNAL_ERROR),
            None => self.respond.send_reset(Reason::INTERNAL_ERROR),
        }
    }
}

fn builder(hcm: &Hcm) -> h2::server::Builder {
    let mut builder = h2::server::Builder::new();
    // The codec answers longer ones with 431; below this, the limits are those of Envoy.
    let most = hcm.heads.max_head.saturating_mul(2) + 16 * 1024;
    builder.max_header_list_size(u32::try_from(most).unwrap_or(u32::MAX));
    builder.max_concurrent_streams(hcm.h2.0.unwrap_or(1024));
    builder.initial_window_size(hcm.h2.1.unwrap_or(1 << 20));
    builder.initial_connection_window_size(hcm.h2.2.unwrap_or(1 << 24));
    if hcm.h2_connect {
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
    loop {
        let accepted = tokio::select! {
            accepted = h2.accept() => accepted,
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
        let over = idle || old || used || worker.global.is_closing();
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

    /// The path as it was sent, when that has a fragment.
    fn fragment(&self) -> Option<Vec<u8>> {
        let mut notes = self.0.borrow_mut();
        let at = notes.fragments.iter().position(|(stream, _)| *stream == self.1)?;
        Some(notes.fragments.swap_remove(at).1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.borrow_mut().served.retain(|stream| *stream != self.1);
    }
}

/// A request's head, unless Envoy's codec refuses its host header.
fn request_head(parts: &http::request::Parts) -> Option<Head> {
    let mut head = from_header_map(&parts.headers);
    let hosts: Vec<_> = parts.headers.get_all(http::header::HOST).iter().collect();
    if hosts.len() > 1 || hosts.iter().any(|host| host.is_empty()) {
        return None;
    }
    head.method = parts.method.as_str().as_bytes().to_vec();
    head.scheme = parts.uri.scheme_str().unwrap_or_default().as_bytes().to_vec();
    head.path = parts.uri.path_and_query().map(|p| p.as_str().as_bytes().to_vec()).unwrap_or_default();
    let host = head.get(b"host").map(<[u8]>::to_vec);
    head.authority = parts.uri.authority().map(|a| a.as_str().as_bytes().to_vec()).or(host);
    head.remove(b"host");
    Some(head)
}

/// Whether a head may be served; the reason for a reset when it may not.
fn check(head: &mut Head, hcm: &Hcm, odd: bool) -> Result<(), Reason> {
    // Envoy counts the four pseudo headers, and the bytes of names and values.
    let size: usize = head.iter().map(|(name, value)| name.len() + value.len()).sum();
    let pseudo = head.path.len() + head.authority.as_ref().map_or(0, Vec::len);
    if head.len() + 4 > hcm.heads.max_headers || size + pseudo + 40 > hcm.heads.max_head {
        return Err(Reason::INTERNAL_ERROR);
    }
    let length = head.get(b"content-length");
    let bad_length = length.is_some_and(|l| l.is_empty() || crate::http::parse_length(l).is_none());
    let user = head.authority.as_deref().is_some_and(|a| a.contains(&b'@'));
    if bad_length || user || odd || (head.method == b"CONNECT" && !hcm.h2_connect) {
        return Err(Reason::PROTOCOL_ERROR);
    }
    match hcm.heads.underscores {
        Underscores::Reject if head.iter().any(|(name, _)| name.contains(&b'_')) => {
            return Err(Reason::INTERNAL_ERROR);
        }
        Underscores::Drop => head.remove_where(|name, _| name.contains(&b'_')),
        Underscores::Reject | Underscores::Allow => {}
    }
    Ok(())
}

/// HTTP/2 may split a cookie header; other hops get it in one piece (RFC 9113, 8.2.3), behind all others.
fn join_cookies(head: &mut Head) {
    let cookies: Vec<_> = head.fields(b"cookie").filter(|cookie| !cookie.is_empty()).collect();
    let joined = cookies.join(b"; ".as_slice());
    if head.remove(b"cookie") && !joined.is_empty() {
        head.add(b"cookie", &joined);
    }
}

/// Whether the pseudo headers of a request do not go together, as Envoy's codec sees it (nghttp2, lib/nghttp2_http.c,
/// nghttp2_http_on_request_headers, check_scheme and check_path). The codec tells the scheme beside an authority only.
fn is_odd(head: &Head, scheme: Option<&[u8]>, upgrades: bool) -> bool {
    let connect = head.method == b"CONNECT" && !upgrades;
    let named = scheme.is_none_or(|scheme| scheme.first().is_some_and(u8::is_ascii_alphabetic));
    let web = scheme.is_none_or(|scheme| matches!(scheme, b"http" | b"https"));
    let rooted = head.path.starts_with(b"/") || (head.method == b"OPTIONS" && head.path == b"*");
    head.authority.is_none() || (!connect && (!named || (web && !rooted)))
}

async fn serve_stream(
    context: (&Rc<Worker>, &Hcm),
    connection: Rc<ConnectionInfo>,
    request: http::Request<h2::RecvStream>,
    (respond, served): (SendResponse<Bytes>, Served),
) {
    match begin(context, connection, request, respond, &served) {
        Ok(mut exchange) => {
            exchange.serve().await;
        }
        Err((mut respond, reason)) => {
            drop(served);
            respond.send_reset(reason);
        }
    }
}

/// The exchange of a request, or why its stream is reset. It lies apart from the task, which would hold every step of making it.
fn begin<'a>(
    (worker, hcm): (&'a Rc<Worker>, &'a Hcm),
    connection: Rc<ConnectionInfo>,
    request: http::Request<h2::RecvStream>,
    respond: SendResponse<Bytes>,
    served: &Served,
) -> Result<Box<Exchange<'a>>, (SendResponse<Bytes>, Reason)> {
    let (parts, body) = request.into_parts();
    let Some(mut head) = request_head(&parts) else { return Err((respond, Reason::PROTOCOL_ERROR)) };
    if let Some(path) = served.fragment() {
        head.path = path;
    }
    let upgrade = parts.extensions.get::<h2::ext::Protocol>().map(|p| p.as_str().to_ascii_lowercase());
    let scheme = parts.uri.authority().map(|_| head.scheme.as_slice());
    let odd = is_odd(&head, scheme, upgrade.is_some());
    if let Err(reason) = check(&mut head, hcm, odd) {
        return Err((respond, reason));
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
    let ends = (RequestBody::H2(Box::new(body), ended), ResponseSink::H2(H2Sink::new(respond)));
    let length = size(&head) as u64;
    let mut exchange = Box::new(Exchange::new((worker, hcm), (connection, "HTTP/2"), head, ends));
    exchange.expects = expects;
    exchange.upgrade = upgrade;
    exchange.info.head_received = length;
    Ok(exchange)
}
