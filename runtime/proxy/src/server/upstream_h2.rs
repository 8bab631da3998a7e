//! One attempt over HTTP/2, and streaming its response.
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use h2::{Reason, RecvStream};

use super::clock::Clock;
use super::departure::ClientEvent;
use super::exchange::{Frame, RequestBody};
use super::forward::{Attempts, Failure};
use super::h2::{from_header_map, to_header_map};
use super::hedge::Late;
use super::stream::{Exchange, Stop};
use super::upload::Upload;
use super::upstream::Source;
use crate::access::info::flag;
use crate::cluster::h2_pool::Turn;
use crate::cluster::pool::Key;
use crate::cluster::shared::Host;
use crate::cluster::{Asking, Carries, ClusterRuntime, ConnectFailure, H2Connection, Heard, Way, key};
use crate::http::Head;

/// A response that has begun on an HTTP/2 stream.
pub(super) struct H2Response {
    body: RecvStream,
    upload: Upload,
    asking: Asking,
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
    ) -> Result<(Asking, Upload), Failure> {
        let way = self.way(host, attempts);
        let mut connection = open(attempts.cluster, host, way).await.map_err(Failure::Connect)?;
        self.info.upstream_local.clone_from(&connection.local);
        self.info.names.upstream_protocol = "HTTP/2";
        self.info.upstream_tls.clone_from(&connection.tls);
        let request = request(&self.head, self.protocol()).ok_or(Failure::Protocol)?;
        let replay = &attempts.replay;
        let ended =
            replay.ended && replay.data.is_empty() && replay.trailers.is_none() && self.upgrade.is_none();
        let Ok((asking, stream)) = connection.ask(request, ended).await else {
            attempts.cluster.h2.retire(&connection);
            return Err(Failure::Closed);
        };
        attempts.cluster.use_up(&connection);
        let life = connection.life.clone();
        let mut upload = Upload { stream, queue: VecDeque::new(), ended, life, waits: false, last: false };
        replay.data.iter().for_each(|data| upload.push(data.clone()));
        upload.last = replay.ended && replay.trailers.is_none() && self.upgrade.is_none();
        Ok((asking, upload))
    }

    /// Sends the request on an HTTP/2 stream and waits for the response's head.
    pub(super) async fn attempt_h2(
        &mut self,
        host: &Arc<Host>,
        attempts: &mut Attempts<'a>,
    ) -> Result<(Head, H2Response), Failure> {
        let (mut asking, mut upload) = self.open_stream(host, attempts).await?;
        self.start_try(attempts);
        loop {
            if attempts.replay.ended && upload.queue.is_empty() && self.upgrade.is_none() {
                upload.end(attempts.replay.trailers.as_ref());
            }
            let (ended, sending) = (attempts.replay.ended, upload.is_ready());
            tokio::select! {
                biased;
                heard = asking.next() => match heard.map_err(|e| failure(&e, &asking))? {
                    Heard::Early(early) => self.early(early).await,
                    Heard::Head(head, body) => {
                        return Ok((self.h2_head(head), H2Response { body, upload, asking }));
                    }
                },
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
                    attempts.late = Some(Late::new(Box::pin(rest_of_h2(asking, upload, trailers))));
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
                Some(data) if !data.is_empty() => {
                    upload.push(data);
                    // The end that came with it goes with it.
                    upload.waits = matches!(self.body, RequestBody::H2(..)) && self.body.is_done();
                }
                Some(_) => {}
                None => {
                    upload.last = upload.waits && attempts.replay.trailers.is_none();
                    upload.waits = false;
                    self.start_route_timeout(attempts);
                }
            }
        }
    }

    /// A response's head. A success of an extended CONNECT is the switch that the upgrade has asked for, as
    /// `source/common/http/utility.cc`, transformUpgradeResponseFromH2toH1, has it.
    fn h2_head(&self, mut head: Head) -> Head {
        crate::http::join_all(&mut head);
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
        self.open_upgrade(head.status, &mut attempts);
        let H2Response { mut body, upload, asking } = response;
        let empty = body.is_end_stream();
        let bodyless = matches!(head.status, 204 | 304) || self.head.method == b"HEAD";
        self.begin_streamed(head, empty).await?;
        if empty {
            self.count_time(&attempts);
            return self.sink.flush().await.map_err(|_| Stop::Gone);
        }
        self.stream_h2_body((&mut body, bodyless), (upload, &asking), &mut attempts).await?;
        let trailers = body.trailers().await.ok().flatten().map(|t| from_header_map(&t));
        self.finish(trailers.as_ref()).await?;
        self.count_time(&attempts);
        self.trailers = trailers;
        Ok(())
    }

    fn broken_h2(&mut self, error: &h2::Error, asking: &Asking) -> Stop {
        let (reason, flag) = match failure(error, asking) {
            Failure::Protocol => ("protocol_error", flag::UPSTREAM_PROTOCOL),
            Failure::Unconnected => ("remote_error_with_CONNECT_request", flag::UPSTREAM_RESET),
            Failure::Refused => ("remote_refused_stream_reset", flag::UPSTREAM_RESET),
            Failure::Reset => ("remote_reset", flag::UPSTREAM_RESET),
            _ => ("connection_termination", flag::UPSTREAM_CLOSED),
        };
        self.broken(reason, flag)
    }

    async fn stream_h2_body(
        &mut self,
        (body, bodyless): (&mut RecvStream, bool),
        (mut upload, asking): (Upload, &Asking),
        attempts: &mut Attempts<'a>,
    ) -> Result<(), Stop> {
        loop {
            let ended = attempts.replay.ended;
            if ended && upload.queue.is_empty() && self.upgrade.is_none() {
                upload.end(attempts.replay.trailers.as_ref());
            }
            let sending = upload.is_ready();
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
                        // Where the request goes on, the codec forgets to end it behind an end with data.
                        if !body.is_end_stream() || !attempts.replay.ended {
                            self.sink.flush().await.map_err(|_| Stop::Gone)?;
                        }
                    }
                    Some(Err(error)) => return Err(self.broken_h2(&error, asking)),
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
        let H2Response { body, upload, asking } = response;
        let mut ended = false;
        loop {
            let sending = upload.is_ready();
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
                    Some(Err(error)) => return Err(self.broken_h2(&error, asking)),
                    None => return self.sink.end(None).await.map_err(|_| Stop::Gone),
                },
                sent = upload.drain(), if sending => if sent.is_err() { upload.queue.clear(); },
                event = self.client_event(ended), if ended || !sending => match event {
                    ClientEvent::Frame(Frame::Data(data)) => {
                        clock.touch();
                        self.info.received += data.len() as u64;
                        upload.push(data);
                        upload.waits = matches!(self.body, RequestBody::H2(..)) && self.body.is_done();
                    }
                    ClientEvent::Frame(Frame::End(_)) => {
                        (upload.last, upload.waits, ended) = (upload.waits, false, true);
                    }
                    ClientEvent::Gone | ClientEvent::Failed(_) => {
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
    mut asking: Asking,
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
            answer = asking.head() => {
                let (mut head, body) = answer.map_err(|e| failure(&e, &asking))?;
                crate::http::join_all(&mut head);
                return Ok((head, Source::H2(Box::new(H2Response { body, upload, asking }))));
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

fn failure(error: &h2::Error, asking: &Asking) -> Failure {
    match error.reason() {
        _ if asking.is_fault() || error.is_library() => Failure::Protocol,
        Some(Reason::REFUSED_STREAM) => Failure::Refused,
        Some(Reason::PROTOCOL_ERROR) => Failure::Protocol,
        Some(Reason::CONNECT_ERROR) => Failure::Unconnected,
        Some(_) if error.is_reset() && error.is_remote() => Failure::Reset,
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
    let _pending = cluster.wait_in_line(&key)?;
    loop {
        match cluster.h2.turn(&key) {
            Turn::Wait(making) => making.wait().await?,
            Turn::Make(maker) => {
                let made = make(cluster, host, key).await;
                return made.inspect_err(|failure| maker.fail(failure));
            }
        }
        if let Some(connection) = cluster.h2.get(&key) {
            return Ok(connection);
        }
    }
}

/// Makes a connection, which waits for no other one to become free: it could carry this request too.
async fn make(cluster: &ClusterRuntime, host: &Arc<Host>, key: Key) -> Result<H2Connection, ConnectFailure> {
    let permit = cluster.permit(&key);
    let (stream, life) = cluster.connect(host, &key.2, Carries::Http2).await?;
    let tls = cluster.session(&stream, host);
    let how = cluster.config().map(|config| config.h2.clone()).unwrap_or_default();
    let begun = H2Connection::begin(stream, &how, tls, (Some(life), permit)).await;
    let connection = begun.map_err(ConnectFailure::Refused)?;
    cluster.h2.put(key, connection.clone());
    Ok(connection)
}
