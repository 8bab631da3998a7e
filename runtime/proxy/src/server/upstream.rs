//! One attempt over HTTP/1, and streaming its response.
use std::sync::Arc;
use std::time::Instant;

use super::active::Active;
use super::departure::ClientEvent;
use super::exchange::{Frame, RequestBody, ResponseSink};
use super::forward::{Attempts, Failure};
use super::hedge::Late;
use super::stream::{Exchange, Stop};
use super::upstream_h1::{Asking, Received, end_body, put_body, received_head, rest_of_h1};
use super::upstream_h2::H2Response;
use crate::access::info::flag;
use crate::cluster::shared::{Host, Permit};
use crate::cluster::{ClusterRuntime, Connection, Way};
use crate::config::cluster::UpstreamProtocol;
use crate::http::encode::{self, Names};
use crate::http::{BodyReader, Decoded, Framing, Head};

/// A response that has begun.
pub(crate) struct Started {
    /// Its head.
    pub(crate) head: Head,
    /// Where its body comes from.
    pub(super) source: Source,
    /// Counters and breakers, given back at the end.
    pub(super) active: Option<Active>,
    _permit: Permit,
}

/// Where a response's body comes from.
pub(super) enum Source {
    /// An HTTP/1 connection.
    H1(Box<Connection>, Framing, bool),
    /// An HTTP/2 stream.
    H2(Box<H2Response>),
}

/// More than this is not buffered for a slow upstream.
const HIGH_WATER: usize = 64 * 1024;

impl Source {
    /// Whether dropping it resets a stream.
    pub(super) fn is_open_stream(&self) -> bool {
        match self {
            Self::H1(..) => false,
            Self::H2(response) => response.is_open(),
        }
    }
}

impl Started {
    /// A response that has begun.
    pub(super) fn new(head: Head, source: Source, active: Option<Active>, permit: Permit) -> Self {
        Self { head, source, active, _permit: permit }
    }

    /// Whether dropping it resets a stream.
    pub(super) fn is_open_stream(&self) -> bool {
        self.source.is_open_stream()
    }
}

impl<'a> Exchange<'a> {
    /// Whether endpoints of a cluster are asked over HTTP/2.
    pub(super) fn speaks_h2(&self, cluster: &ClusterRuntime) -> bool {
        match cluster.config().map_or(UpstreamProtocol::Http1, |c| c.protocol) {
            UpstreamProtocol::Http1 => false,
            UpstreamProtocol::Http2 => true,
            UpstreamProtocol::Downstream => self.info.protocol == "HTTP/2",
        }
    }

    /// Sends the request to a host and waits for the response's head.
    pub(super) async fn attempt_on(
        &mut self,
        host: &Arc<Host>,
        attempts: &mut Attempts<'a>,
    ) -> Result<Started, Failure> {
        if self.speaks_h2(attempts.cluster) {
            let permit = self.request_permit(attempts)?;
            let result = self.attempt_h2(host, attempts).await;
            return finish(
                result.map(|(head, response)| (head, Source::H2(Box::new(response)))),
                attempts,
                permit,
            );
        }
        let acquired = self.connection_to(host, attempts).await?;
        self.info.upstream_local.clone_from(&acquired.local);
        self.info.names.upstream_protocol = "HTTP/1.1";
        self.info.upstream_tls.clone_from(&acquired.tls);
        let permit = match self.request_permit(attempts) {
            Ok(permit) => permit,
            Err(failure) => {
                attempts.cluster.release(acquired);
                return Err(failure);
            }
        };
        let mut connection = Box::new(acquired);
        self.start_try(attempts);
        let result = match self.exchange_h1(&mut connection, attempts).await {
            Ok((head, framing, close)) => Ok((head, Source::H1(connection, framing, close))),
            Err(failure) => {
                if attempts.becomes_late(&failure) {
                    let rest = rest_of_h1(connection, self.spelling(attempts), self.asking());
                    attempts.late = Some(Late::new(Box::pin(rest)));
                }
                Err(failure)
            }
        };
        finish(result, attempts, permit)
    }

    /// Whether names of headers are kept as a host spells them.
    fn spelling(&self, attempts: &Attempts<'a>) -> bool {
        attempts.cluster.config().is_some_and(|c| c.names == Names::Kept)
    }

    /// What the request asks for.
    fn asking(&self) -> Asking {
        Asking { connect: self.head.method == b"CONNECT", head: self.head.method == b"HEAD" }
    }

    /// A connection to a host, as long as there is time and a client.
    async fn connection_to(
        &mut self,
        host: &Arc<Host>,
        attempts: &Attempts<'a>,
    ) -> Result<Connection, Failure> {
        let way = self.way(host, attempts);
        let acquire = attempts.cluster.acquire(host, way);
        tokio::pin!(acquire);
        let ended = attempts.replay.ended;
        tokio::select! {
            biased;
            connection = &mut acquire => connection.map_err(Failure::Connect),
            expired = attempts.clock.expired() => Err(Failure::Expired(expired)),
            () = self.gone(), if ended => {
                attempts.cluster.shared.count(|c| &c.upstream_rq_cancelled);
                Err(Failure::Gone)
            }
        }
    }

    /// How a connection for this request is made.
    pub(super) fn way(&self, host: &Host, attempts: &Attempts<'_>) -> Way {
        let cluster = attempts.cluster;
        let way = cluster.way(host, Some(&self.connection), self.head.authority.as_deref());
        // Plain connections are shared whatever the names.
        let tls = cluster.config().and_then(|c| c.socket(host)).is_some_and(|s| s.tls.is_some());
        let (alpn, passed) = (self.notes.alpn.clone().filter(|_| tls), cluster.passed(host, &self.info));
        Way { alpn, passed, high: attempts.forward.high_priority, ..way }
    }

    /// Queues the head and what is known of the body for an HTTP/1 host.
    fn queue_request(&self, attempts: &Attempts<'a>, output: &mut Vec<u8>) {
        let names = attempts.cluster.config().map(|c| c.names).unwrap_or_default();
        encode::request_head(&self.head, attempts.framing, names, output);
        for data in &attempts.replay.data {
            put_body(attempts.framing, data, output);
        }
        if attempts.replay.ended {
            end_body(attempts.framing, output);
        }
    }

    async fn exchange_h1(
        &mut self,
        connection: &mut Connection,
        attempts: &mut Attempts<'a>,
    ) -> Result<(Head, Framing, bool), Failure> {
        self.queue_request(attempts, &mut connection.output);
        let (spelling, asking) = (self.spelling(attempts), self.asking());
        loop {
            match received_head(&mut connection.input, spelling, asking)? {
                Some(Received::Final(head, framing, close)) => return Ok((head, framing, close)),
                Some(Received::Early(head)) => {
                    self.early(head).await;
                    continue;
                }
                None => {}
            }
            let Connection { io, input, output, .. } = connection;
            let ended = attempts.replay.ended;
            let writing = !output.is_empty();
            let room = ended || output.len() < HIGH_WATER;
            tokio::select! {
                biased;
                written = io.write(output), if writing => {
                    attempts.clock.touch();
                    // A host may refuse the rest of a body and still answer; reading shows which.
                    if written.is_err() { output.clear(); }
                }
                read = io.read(input) => match read {
                    Ok(1..) => attempts.clock.touch(),
                    Ok(0) | Err(_) => return Err(Failure::Closed),
                },
                event = self.client_event(ended), if room => match event {
                    ClientEvent::Gone => return Err(Failure::Gone),
                    ClientEvent::Failed(failure) => return Err(Failure::Body(failure)),
                    ClientEvent::Frame(frame) => self.client_frame(frame, attempts, output).await,
                },
                expired = attempts.clock.expired() => return Err(Failure::Expired(expired)),
            }
        }
    }

    /// Takes over a piece of the client's body and queues it for an HTTP/1 host.
    async fn client_frame(&mut self, frame: Frame, attempts: &mut Attempts<'a>, output: &mut Vec<u8>) {
        attempts.clock.touch();
        let (rest, frame) = self.receive_frame(frame).await;
        for frame in rest.map(Frame::Data).into_iter().chain([frame]) {
            match attempts.replay.keep(frame) {
                Some(data) => put_body(attempts.framing, &data, output),
                None => {
                    end_body(attempts.framing, output);
                    self.start_route_timeout(attempts);
                }
            }
        }
    }

    /// The cookies of balancing go with this response.
    fn give_cookies(&mut self) {
        let cookies = std::mem::take(&mut self.notes.cookies).into_iter();
        self.response_headers.extend(cookies.map(|cookie| (b"set-cookie".to_vec(), cookie.into_bytes())));
    }

    /// Takes off what a response of its status cannot have, and an upgrade that is none.
    fn bare(&mut self, head: &mut Head) {
        self.take_operation(head);
        if head.status == 204 || head.status < 200 {
            head.remove(b"content-length");
        }
        if !self.answers_upgrade(head) {
            head.remove(b"connection");
            head.remove(b"upgrade");
        }
    }

    /// Sends a response that has begun to the client.
    pub(super) async fn respond(
        &mut self,
        started: Started,
        mut attempts: Box<Attempts<'a>>,
    ) -> Result<(), Stop> {
        let Started { mut head, source, active: _active, _permit } = started;
        self.info.response_start = Some(Instant::now());
        self.info.details = "via_upstream".into();
        self.info.status = head.status;
        self.give_cookies();
        let switched = self.switches(&head);
        let unasked = head.status == 101 && !switched;
        self.bare(&mut head);
        if !switched && self.fails_handshake(head.status, &source) {
            return Box::pin(self.refused_upgrade(head)).await;
        }
        // No other request follows an upgrade, whatever came of it.
        let upgraded = self.upgrade.is_some() && matches!(self.sink, ResponseSink::H1(_));
        self.closing |= upgraded;
        self.name_time(&mut head, attempts.complete.filter(|_| !upgraded));
        self.route_response_headers(&mut head);
        self.tell_attempts(&mut head);
        attempts.clock.attempt = None;
        match source {
            Source::H1(connection, _, _) if switched => {
                Box::pin(self.tunnel(head, connection, attempts)).await
            }
            Source::H1(mut connection, framing, close) => {
                self.begin_streamed(head, framing == Framing::None).await?;
                let reusable = self.stream_h1(&mut connection, framing, &mut attempts).await?;
                self.end_h1(*connection, reusable && !close && !unasked, &attempts);
                Ok(())
            }
            Source::H2(response) if switched => Box::pin(self.tunnel_h2(head, *response, attempts)).await,
            Source::H2(response) => self.stream_h2(head, *response, attempts).await,
        }
    }

    /// Says how long upstream took since the request was complete.
    fn name_time(&self, head: &mut Head, complete: Option<Instant>) {
        let told = !self.hcm.filters.suppress_envoy_headers || head.has(b"x-envoy-upstream-service-time");
        if let Some(complete) = complete.filter(|_| told) {
            let elapsed = complete.elapsed().as_millis().to_string();
            head.set(b"x-envoy-upstream-service-time", elapsed.as_bytes());
        }
    }

    /// Begins a response whose body follows, or has none.
    pub(super) async fn begin_streamed(&mut self, head: Head, end: bool) -> Result<(), Stop> {
        match self.web_head(head, end) {
            Some(head) => self.begin_response(head, end).await,
            None => Ok(()),
        }
    }

    /// A response other than 101 to an upgrade: its body could be taken for the new protocol and is dropped.
    async fn refused_upgrade(&mut self, mut head: Head) -> Result<(), Stop> {
        head.remove(b"content-length");
        if let RequestBody::H1 { input, .. } = &self.body {
            self.info.received += input.len() as u64;
        }
        self.info.details = "websocket_handshake_unsuccessful".into();
        self.route_response_headers(&mut head);
        self.begin_last_response(head).await
    }

    /// Sends the head of a response that no other follows on its connection.
    async fn begin_last_response(&mut self, head: Head) -> Result<(), Stop> {
        self.closing = true;
        self.begin_response(head, true).await?;
        self.sink.flush().await.map_err(|_| Stop::Gone)
    }

    /// Streams a body; tells whether the connection can serve another request.
    async fn stream_h1(
        &mut self,
        connection: &mut Connection,
        framing: Framing,
        attempts: &mut Attempts<'a>,
    ) -> Result<bool, Stop> {
        let mut reader = BodyReader::new(framing);
        loop {
            match reader.decode(&mut connection.input) {
                Err(_) => return Err(self.broken("protocol_error", flag::UPSTREAM_PROTOCOL)),
                Ok(Decoded::Data(data)) => {
                    self.pass_on(data).await?;
                    continue;
                }
                Ok(Decoded::End) => break,
                Ok(Decoded::More) => self.sink.flush().await.map_err(|_| Stop::Gone)?,
            }
            let Connection { io, input, output, .. } = connection;
            let (ended, writing) = (attempts.replay.ended, !output.is_empty());
            let room = ended || output.len() < HIGH_WATER;
            tokio::select! {
                biased;
                written = io.write(output), if writing => if written.is_err() { output.clear(); },
                read = io.read(input) => match read {
                    Ok(1..) => attempts.clock.touch(),
                    // How the connection ends does not matter to Envoy's codec.
                    Ok(0) | Err(_) if framing == Framing::Close => break,
                    Ok(0) | Err(_) => return Err(self.broken("protocol_error", flag::UPSTREAM_PROTOCOL)),
                },
                event = self.client_event(ended), if room => match event {
                    ClientEvent::Gone | ClientEvent::Failed(_) => return Err(Stop::Gone),
                    ClientEvent::Frame(frame) => self.client_frame(frame, attempts, output).await,
                },
                expired = attempts.clock.expired() => return Err(self.late(expired)),
            }
        }
        self.sink.flush().await.map_err(|_| Stop::Gone)?;
        self.finish(None).await?;
        Ok(attempts.replay.ended && connection.output.is_empty() && framing != Framing::Close)
    }

    /// A response that breaks off after its head.
    pub(super) fn broken(&mut self, reason: &str, flag: crate::access::info::Flag) -> Stop {
        self.info.flag(flag);
        self.info.details = format!("upstream_reset_after_response_started{{{reason}}}").into();
        Stop::Broken
    }

    /// A response that is cut by a time limit after its head.
    pub(super) fn late(&mut self, expired: super::clock::Expired) -> Stop {
        let Stop::Reply(reply) = self.failed(Failure::Expired(expired)) else { return Stop::Broken };
        for flag in reply.flags {
            self.info.flag(flag);
        }
        self.info.details = reply.details;
        Stop::Broken
    }
}

/// Gives a try its share of the breaker, whether it has ended or is late.
fn finish(
    result: Result<(Head, Source), Failure>,
    attempts: &mut Attempts<'_>,
    permit: Permit,
) -> Result<Started, Failure> {
    match result {
        Ok((head, source)) => Ok(Started::new(head, source, None, permit)),
        Err(failure) => {
            if let Some(late) = &mut attempts.late {
                late.permit = Some(permit);
            }
            Err(failure)
        }
    }
}
