//! One attempt over HTTP/2, and streaming its response.
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream};
use http::header::CONTENT_LENGTH;

use super::clock::Clock;
use super::departure::ClientEvent;
use super::exchange::Frame;
use super::forward::{Attempts, Failure};
use super::h2::{CONNECTION_WINDOW, WINDOW, from_header_map, to_header_map};
use super::hedge::Late;
use super::stream::{Exchange, Stop};
use super::upload::Upload;
use super::upstream::Source;
use crate::access::info::flag;
use crate::cluster::shared::Host;
use crate::cluster::{ClusterRuntime, ConnectFailure, H2Connection, Way, key};
use crate::http::Head;
use crate::net::h2::greeting::{Greeted, Greeting, Told};

/// A response that has begun on an HTTP/2 stream.
pub(super) struct H2Response {
    body: RecvStream,
    upload: Upload,
}

impl H2Response {
    /// Whether there is more of it.
    pub(super) fn is_open(&self) -> bool {
        !self.body.is_end_stream()
    }
}

impl<'a> Exchange<'a> {
    /// Opens an HTTP/2 stream with the request's head and queues what is known of the body.
    async fn open_stream(
        &mut self,
        host: &Arc<Host>,
        attempts: &Attempts<'a>,
    ) -> Result<(ResponseFuture, Upload), Failure> {
        let way = self.way(host, attempts.cluster);
        let mut connection = open(attempts.cluster, host, way).await.map_err(Failure::Connect)?;
        self.info.upstream_local.clone_from(&connection.local);
        self.info.names.upstream_protocol = "HTTP/2";
        self.info.upstream_tls.clone_from(&connection.tls);
        let request = request(&self.head, self.protocol()).ok_or(Failure::Protocol)?;
        let replay = &attempts.replay;
        let ended =
            replay.ended && replay.data.is_empty() && replay.trailers.is_none() && self.upgrade.is_none();
        if poll_fn(|cx| connection.send.poll_ready(cx)).await.is_err() {
            attempts.cluster.h2.retire(&connection);
            return Err(Failure::Closed);
        }
        let (response, stream) = connection.send.send_request(request, ended).map_err(|e| failure(&e))?;
        let mut upload = Upload { stream, queue: VecDeque::new(), ended };
        replay.data.iter().for_each(|data| upload.push(data.clone()));
        Ok((response, upload))
    }

    /// Sends the request on an HTTP/2 stream and waits for the response's head.
    pub(super) async fn attempt_h2(
        &mut self,
        host: &Arc<Host>,
        attempts: &mut Attempts<'a>,
    ) -> Result<(Head, H2Response), Failure> {
        let ((mut response, mut upload), informed) =
            (self.open_stream(host, attempts).await?, Cell::new(false));
        self.start_try(attempts);
        loop {
            if attempts.replay.ended && upload.queue.is_empty() && self.upgrade.is_none() {
                upload.end(attempts.replay.trailers.as_ref());
            }
            let (ended, sending) = (attempts.replay.ended, !upload.queue.is_empty());
            tokio::select! {
                biased;
                answer = begun(&mut response, &informed) => {
                    self.notes.informed |= informed.get();
                    let (parts, body) = answer.map_err(|e| failure(&e))?.into_parts();
                    return Ok((self.h2_head(&parts), H2Response { body, upload }));
                }
                sent = upload.drain(), if sending => if sent.is_err() { upload.queue.clear(); },
                event = self.client_event(ended), if ended || !sending => match event {
                    ClientEvent::Gone => break,
                    ClientEvent::Failed(failure) => return Err(Failure::Body(failure)),
                    ClientEvent::Frame(frame) => self.h2_frame(frame, attempts, &mut upload).await,
                },
                expired = attempts.clock.expired() => {
                    let failure = Failure::Expired(expired);
                    if !attempts.becomes_late(&failure) {
                        return reset(attempts, failure);
                    }
                    let trailers = attempts.replay.trailers.clone();
                    attempts.late = Some(Late::new(Box::pin(rest_of_h2(response, upload, trailers))));
                    return Err(failure);
                }
            }
        }
        reset(attempts, Failure::Gone)
    }

    async fn h2_frame(&mut self, frame: Frame, attempts: &mut Attempts<'a>, upload: &mut Upload) {
        attempts.clock.touch();
        let (rest, frame) = self.receive_frame(frame).await;
        for frame in rest.map(Frame::Data).into_iter().chain([frame]) {
            match attempts.replay.keep(frame) {
                Some(data) if !data.is_empty() => upload.push(data),
                Some(_) => {}
                None => self.start_route_timeout(attempts),
            }
        }
    }

    /// A response's head. A success of an extended CONNECT is the switch that the upgrade has asked for, as
    /// `source/common/http/utility.cc`, transformUpgradeResponseFromH2toH1, has it.
    fn h2_head(&self, parts: &http::response::Parts) -> Head {
        let mut head = from_header_map(&parts.headers);
        head.status = parts.status.as_u16();
        if let Some(protocol) = self.protocol().filter(|_| head.status == 200) {
            head.status = 101;
            head.set(b"upgrade", protocol.as_bytes());
            head.set(b"connection", b"upgrade");
        }
        head
    }

    /// The protocol of an upgrade; CONNECT itself names none.
    fn protocol(&self) -> Option<&str> {
        self.upgrade.as_deref().filter(|_| self.head.method != b"CONNECT")
    }

    /// Streams the body of an HTTP/2 response to the client.
    pub(super) async fn stream_h2(
        &mut self,
        head: Head,
        response: H2Response,
        mut attempts: Box<Attempts<'a>>,
    ) -> Result<(), Stop> {
        let H2Response { mut body, upload } = response;
        let empty = body.is_end_stream();
        let bodyless = matches!(head.status, 204 | 304) || self.head.method == b"HEAD";
        self.begin_streamed(head, empty).await?;
        if empty {
            return self.sink.flush().await.map_err(|_| Stop::Gone);
        }
        self.stream_h2_body((&mut body, bodyless), upload, &mut attempts).await?;
        let trailers = body.trailers().await.ok().flatten().map(|t| from_header_map(&t));
        self.finish(trailers.as_ref()).await?;
        self.trailers = trailers;
        Ok(())
    }

    fn broken_h2(&mut self, error: &h2::Error) -> Stop {
        if error.is_library() || (error.is_reset() && !error.is_remote()) {
            self.broken("protocol_error", flag::UPSTREAM_PROTOCOL)
        } else if error.reason() == Some(Reason::CONNECT_ERROR) {
            self.broken("remote_error_with_CONNECT_request", flag::UPSTREAM_RESET)
        } else if error.is_reset() {
            self.broken("remote_reset", flag::UPSTREAM_RESET)
        } else {
            self.broken("connection_termination", flag::UPSTREAM_CLOSED)
        }
    }

    async fn stream_h2_body(
        &mut self,
        (body, bodyless): (&mut RecvStream, bool),
        mut upload: Upload,
        attempts: &mut Attempts<'a>,
    ) -> Result<(), Stop> {
        loop {
            let ended = attempts.replay.ended;
            if ended && upload.queue.is_empty() {
                upload.end(attempts.replay.trailers.as_ref());
            }
            let sending = !upload.queue.is_empty();
            tokio::select! {
                biased;
                data = body.data() => match data {
                    Some(Ok(data)) if bodyless && !data.is_empty() => {
                        return Err(self.broken("protocol_error", flag::UPSTREAM_PROTOCOL));
                    }
                    Some(Ok(data)) => {
                        attempts.clock.touch();
                        let _closed = body.flow_control().release_capacity(data.len());
                        self.pass_on(data).await?;
                        self.sink.flush().await.map_err(|_| Stop::Gone)?;
                    }
                    Some(Err(error)) => return Err(self.broken_h2(&error)),
                    None => return Ok(()),
                },
                sent = upload.drain(), if sending => if sent.is_err() { upload.queue.clear(); },
                event = self.client_event(ended), if ended || !sending => match event {
                    ClientEvent::Gone | ClientEvent::Failed(_) => return Err(Stop::Gone),
                    ClientEvent::Frame(frame) => self.h2_frame(frame, attempts, &mut upload).await,
                },
                expired = attempts.clock.expired() => return Err(self.late(expired)),
            }
        }
    }
}

impl<'a> Exchange<'a> {
    /// Sends the head of a response that switches protocols, then carries the bytes of the stream both ways.
    pub(super) async fn tunnel_h2(
        &mut self,
        head: Head,
        mut response: H2Response,
        mut attempts: Box<Attempts<'a>>,
    ) -> Result<(), Stop> {
        self.begin_tunnel(head).await?;
        attempts.clock.route = None;
        self.carry_h2(&mut response, &mut attempts.clock).await
    }

    async fn carry_h2(&mut self, response: &mut H2Response, clock: &mut Clock) -> Result<(), Stop> {
        let H2Response { body, upload } = response;
        let mut ended = false;
        loop {
            let sending = !upload.queue.is_empty();
            if ended && !sending {
                upload.end(None);
            }
            tokio::select! {
                biased;
                data = body.data() => match data {
                    Some(Ok(data)) => {
                        clock.touch();
                        let _closed = body.flow_control().release_capacity(data.len());
                        self.info.sent += data.len() as u64;
                        self.sink.raw(&data).await.map_err(|_| Stop::Gone)?;
                    }
                    Some(Err(error)) => return Err(self.broken_h2(&error)),
                    None => return self.sink.end(None).await.map_err(|_| Stop::Gone),
                },
                sent = upload.drain(), if sending => if sent.is_err() { upload.queue.clear(); },
                frame = self.body.next(), if !ended && !sending => match frame {
                    Ok(Frame::Data(data)) => {
                        clock.touch();
                        self.info.received += data.len() as u64;
                        upload.push(data);
                    }
                    Ok(Frame::End(_)) => ended = true,
                    Err(_) => {
                        upload.stream.send_reset(Reason::INTERNAL_ERROR);
                        return Err(Stop::Gone);
                    }
                },
                expired = clock.expired() => return Err(self.late(expired)),
            }
        }
    }
}

/// A stream that is reset, as it is when it is dropped.
fn reset<T>(attempts: &Attempts<'_>, failure: Failure) -> Result<T, Failure> {
    attempts.cluster.shared.count(|c| &c.upstream_rq_tx_reset);
    Err(failure)
}

/// What is left of a try over HTTP/2 whose request is known completely.
async fn rest_of_h2(
    mut response: ResponseFuture,
    mut upload: Upload,
    trailers: Option<Head>,
) -> Result<(Head, Source), Failure> {
    loop {
        let sending = !upload.queue.is_empty();
        if !sending {
            upload.end(trailers.as_ref());
        }
        tokio::select! {
            biased;
            response = &mut response => {
                let (parts, body) = response.map_err(|e| failure(&e))?.into_parts();
                let mut head = from_header_map(&parts.headers);
                head.status = parts.status.as_u16();
                return Ok((head, Source::H2(Box::new(H2Response { body, upload }))));
            }
            sent = upload.drain(), if sending => if sent.is_err() { upload.queue.clear(); },
        }
    }
}

/// A request's head; with a protocol it is an extended CONNECT (RFC 8441). `None` for what HTTP/2 cannot say.
pub(super) fn request(head: &Head, protocol: Option<&str>) -> Option<http::Request<()>> {
    let mut request = http::Request::new(());
    *request.version_mut() = http::Version::HTTP_2;
    // What follows the head of an upgrade belongs to the other protocol and has no length.
    let mut headers = Cow::Borrowed(head);
    if protocol.is_some() {
        headers.to_mut().remove(b"content-length");
    }
    *request.headers_mut() = to_header_map(&headers);
    let authority = head.authority.as_deref()?;
    if head.method == b"CONNECT" {
        *request.method_mut() = http::Method::CONNECT;
        *request.uri_mut() = http::Uri::builder().authority(authority).build().ok()?;
        return Some(request);
    }
    *request.uri_mut() = http::Uri::builder()
        .scheme(if head.scheme == b"https" { "https" } else { "http" })
        .authority(authority)
        .path_and_query(if head.path.is_empty() { b"/".as_slice() } else { &head.path })
        .build()
        .ok()?;
    *request.method_mut() = match protocol {
        Some(protocol) => {
            request.extensions_mut().insert(h2::ext::Protocol::from(protocol));
            http::Method::CONNECT
        }
        None => http::Method::from_bytes(&head.method).ok()?,
    };
    Some(request)
}

/// The response, and whether informational ones came before it: they are for this hop only.
async fn begun(
    response: &mut ResponseFuture,
    informed: &Cell<bool>,
) -> Result<http::Response<RecvStream>, h2::Error> {
    poll_fn(|cx| {
        while let Poll::Ready(Some(Ok(early))) = response.poll_informational(cx) {
            // Envoy's codec takes neither.
            let sound = early.status() != 101 && !early.headers().contains_key(CONTENT_LENGTH);
            informed.set(informed.get() || sound);
        }
        Pin::new(&mut *response).poll(cx)
    })
    .await
}

fn failure(error: &h2::Error) -> Failure {
    match error.reason() {
        Some(Reason::REFUSED_STREAM) => Failure::Refused,
        Some(_) if error.is_reset() && error.is_remote() => Failure::Reset,
        Some(Reason::PROTOCOL_ERROR) => Failure::Protocol,
        _ => Failure::Closed,
    }
}

/// An open HTTP/2 connection to a host.
pub(super) async fn open(
    cluster: &ClusterRuntime,
    host: &Arc<Host>,
    way: Way,
) -> Result<H2Connection, ConnectFailure> {
    let key = key(host, way);
    if let Some(connection) = cluster.h2.get(&key) {
        return Ok(connection);
    }
    let stream = cluster.connect(host, &key.2).await?;
    cluster.shared.count(|c| &c.upstream_cx_http2_total);
    let local = stream.socket().local();
    let tls = cluster.session(&stream, host);
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(CONNECTION_WINDOW).enable_push(false);
    let stream = Greeted::new(stream, Greeting::to_endpoint(Told { streams: 1024, window: WINDOW }));
    let refused = |e: h2::Error| ConnectFailure::Refused(e.to_string().replace(' ', "_"));
    let (send, driver) = builder.handshake::<_, Bytes>(stream).await.map_err(refused)?;
    let (connection, closed) = H2Connection::new(send, local, tls);
    tokio::task::spawn_local(async move {
        let _ended = driver.await;
        closed.set(true);
    });
    cluster.h2.put(key, connection.clone());
    Ok(connection)
}
