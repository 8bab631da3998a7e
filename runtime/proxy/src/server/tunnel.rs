//! Bytes after an upgrade or CONNECT: nothing in them is HTTP any more.
use bytes::BytesMut;

use super::clock::Clock;
use super::exchange::{Frame, RequestBody, ResponseSink};
use super::forward::Attempts;
use super::reply::Reply;
use super::stream::{Exchange, Matched, Stop};
use super::upstream::Source;
use crate::access::info::flag;
use crate::cluster::balance::Wish;
use crate::cluster::{Carries, ConnectFailure, Connection, Way};
use crate::http::{BodyReader, Head};
use crate::net::io::Io;

/// More than this is not buffered for a slow endpoint.
const HIGH_WATER: usize = 64 * 1024;

impl<'a> Exchange<'a> {
    /// Whether the upgrade or CONNECT that the client asks for is allowed.
    pub(super) fn check_upgrade(&mut self) -> Result<(), Reply> {
        if self.head.method == b"CONNECT" && self.matched.is_some() {
            self.upgrade = Some("connect".to_owned());
        }
        let Some(wanted) = &self.upgrade else { return Ok(()) };
        // Where there is no route, the filters and the answer to that come first (FilterManager::createDownstreamFilterChain).
        if self.matched.is_none() {
            return Ok(());
        }
        let route = self.forwarding().and_then(|f| f.upgrades.iter().find(|(name, _)| name == wanted));
        let allowed = match route {
            Some((_, enabled)) => *enabled,
            None => self.hcm.upgrades.contains(wanted),
        };
        if allowed { Ok(()) } else { Err(Reply::new(403, "".as_bytes(), "upgrade_failed").closing()) }
    }

    /// Whether a response turns the connection over to another protocol. To Envoy one that says so does, whatever its status; a success
    /// is a handshake that has failed.
    pub(crate) fn switches(&self, head: &Head) -> bool {
        let success = (200..300).contains(&head.status);
        let connect = self.head.method == b"CONNECT" && success;
        self.upgrade.is_some() && (head.status == 101 || connect || (!success && is_upgrade(head)))
    }

    /// Whether an endpoint answers an upgrade with one, whatever its status.
    pub(super) fn answers_upgrade(&self, head: &Head) -> bool {
        self.upgrade.is_some() && is_upgrade(head)
    }

    /// Whether a success that is no switch ends a WebSocket that an endpoint of HTTP/1 was asked for.
    pub(super) fn fails_handshake(&self, status: u16, source: &Source) -> bool {
        let asked = self.upgrade.as_deref() == Some("websocket") && matches!(source, Source::H1(..));
        asked && (200..300).contains(&status)
    }

    /// Over HTTP/2 a success that is no switch goes on as a request does, and so does any answer to a WebSocket: what the client says
    /// behind its head is sent. Else nobody hears of it.
    pub(super) fn open_upgrade(&mut self, status: u16, attempts: &mut Attempts<'a>) {
        let websocket = self.upgrade.as_deref() == Some("websocket");
        if self.upgrade.is_some() && (websocket || (200..300).contains(&status)) {
            attempts.replay.ended = false;
            self.upgrade = None;
            self.closing = matches!(self.sink, ResponseSink::H1(_));
            self.read_on();
        }
    }

    /// What comes from the client now belongs to no request.
    fn read_on(&mut self) {
        if let RequestBody::H1 { reader, .. } = &mut self.body {
            **reader = BodyReader::Close;
        }
    }

    /// Sends the head of a response that switches protocols, then carries bytes both ways.
    pub(super) async fn tunnel(
        &mut self,
        head: Head,
        connection: Box<Connection>,
        mut attempts: Box<Attempts<'a>>,
    ) -> Result<(), Stop> {
        let success = head.status == 101 || self.head.method == b"CONNECT";
        let kind = match (success, self.head.method == b"CONNECT") {
            (false, _) => Kind::Refused,
            (true, false) => Kind::Upgraded,
            (true, true) => Kind::Connected,
        };
        self.begin_tunnel(head).await?;
        attempts.clock.route = None;
        let Connection { io, input, output, .. } = *connection;
        self.carry(&io, kind, (input, output), &mut attempts.clock).await
    }

    /// Ends CONNECT here: answers 200 once there is a connection, and sends what follows to the endpoint as it is.
    pub(super) async fn terminate_connect(&mut self, matched: Matched<'a>) -> Result<(), Stop> {
        let worker = self.worker;
        let target = matched.target.and_then(|t| worker.cluster(t.cluster(&self.head)));
        let Some(cluster) = target else {
            return Err(Reply::new(503, "".as_bytes(), "cluster_not_found").flagged(flag::NO_CLUSTER).into());
        };
        let wish = Wish { random: worker.random(), ..Wish::default() };
        let host = cluster
            .destination(&self.info, Some(&self.head))
            .unwrap_or_else(|| cluster.picker.pick(cluster.config()?, &cluster.shared, wish));
        let Some(host) = host else {
            return Err(self.failed(super::forward::Failure::Connect(ConnectFailure::Refused(String::new()))));
        };
        self.info.attempts = 1;
        self.info.upstream = Some(host.address.clone());
        let way = cluster.way(&host, Some(&self.connection), None);
        let way = Way { passed: cluster.passed(&host, &self.info), ..way };
        let stream = match cluster.connect(&host, &way, Carries::Bytes).await {
            Ok((stream, _)) => stream,
            Err(failure) => return Err(self.failed(super::forward::Failure::Connect(failure))),
        };
        let io = Io::new(stream);
        self.info.upstream_local = io.local();
        self.info.details = "via_upstream".into();
        let mut head = Head::response(200);
        self.route_response_headers(&mut head);
        let kind = if self.head.method == b"POST" { Kind::Posted } else { Kind::Tcp };
        if kind == Kind::Posted {
            self.begin_streamed(head, false).await?;
            self.sink.flush().await.map_err(|_| Stop::Gone)?;
        } else {
            self.begin_tunnel(head).await?;
        }
        let mut clock = Clock::new(self.idle_timeout());
        self.carry(&io, kind, (BytesMut::new(), Vec::new()), &mut clock).await
    }

    pub(super) async fn begin_tunnel(&mut self, mut head: Head) -> Result<(), Stop> {
        self.closing = true;
        if let ResponseSink::H2(sink) = &mut self.sink {
            sink.tunnel = true;
            if !self.hcm.filters.suppress_envoy_headers && (self.body.is_done() || sink.is_asked()) {
                let elapsed = self.info.start.elapsed().as_millis().to_string();
                head.set(b"x-envoy-upstream-service-time", elapsed.as_bytes());
            }
        }
        // A status of another kind has a length, which nobody keeps to.
        let sized = !(head.status == 101 || self.head.method == b"CONNECT");
        self.begin_response(head, sized).await?;
        self.sink.flush().await.map_err(|_| Stop::Gone)?;
        self.read_on();
        Ok(())
    }

    async fn pass_raw(&mut self, input: &mut BytesMut, kind: Kind) -> Result<(), Stop> {
        if input.is_empty() {
            return Ok(());
        }
        let data = input.split().freeze();
        if kind == Kind::Posted {
            self.pass_on(data).await?;
            return self.sink.flush().await.map_err(|_| Stop::Gone);
        }
        self.info.sent += data.len() as u64;
        self.sink.raw(&data).await.map_err(|_| Stop::Gone)
    }

    /// Ends an answer whose endpoint has nothing more to say.
    async fn end_tcp(&mut self, kind: Kind) -> Result<(), Stop> {
        match kind {
            Kind::Posted => self.finish(None).await,
            _ => self.sink.end(None).await.map_err(|_| Stop::Gone),
        }
    }

    /// Ends a connection of CONNECT with its request, as the codec of HTTP/1 does.
    async fn hang_up(&mut self, io: &Io, mut output: Vec<u8>) -> Stop {
        let _gone = io.write(&mut output).await;
        let _gone = io.shutdown().await;
        self.broken("connection_termination", flag::UPSTREAM_CLOSED)
    }

    /// Carries bytes until one side has ended. Only raw TCP can end one direction and go on in the other.
    async fn carry(
        &mut self,
        io: &Io,
        kind: Kind,
        (mut input, mut output): Pending,
        clock: &mut Clock,
    ) -> Result<(), Stop> {
        let mut ended = false;
        loop {
            self.pass_raw(&mut input, kind).await?;
            let writing = !output.is_empty();
            let room = !ended && output.len() < HIGH_WATER;
            tokio::select! {
                biased;
                written = io.write(&mut output), if writing => {
                    written.map_err(|_| self.broken("connection_termination", flag::UPSTREAM_CLOSED))?;
                    kind.finish(io, ended).await;
                }
                read = io.read(&mut input) => match read {
                    Ok(1..) => clock.touch(),
                    Ok(0) if kind.is_tcp() => return self.end_tcp(kind).await,
                    Ok(0) | Err(_) => return Err(self.broken("connection_termination", flag::UPSTREAM_CLOSED)),
                },
                frame = self.body.next(), if room => match frame {
                    Ok(Frame::Data(data)) => {
                        clock.touch();
                        self.info.received += data.len() as u64;
                        output.extend_from_slice(if kind == Kind::Refused { &[] } else { &data });
                    }
                    Ok(Frame::End(_)) if kind == Kind::Connected => return Err(self.hang_up(io, output).await),
                    Ok(Frame::End(_)) => {
                        ended = true;
                        kind.finish(io, output.is_empty()).await;
                    }
                    Err(_) => return Err(Stop::Gone),
                },
                expired = clock.expired() => return Err(self.late(expired)),
            }
        }
    }
}

/// Whether a response says that it turns to another protocol (`source/common/http/utility.cc`, isUpgrade).
fn is_upgrade(head: &Head) -> bool {
    let tokens = head.fields(b"connection").flat_map(|value| value.split(|byte| *byte == b','));
    let asked = tokens.into_iter().any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
    asked && head.get(b"upgrade").is_some_and(|value| !value.is_empty())
}

/// What stands at the other end of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An HTTP/1 endpoint that has switched protocols.
    Upgraded,
    /// One that has connected somewhere.
    Connected,
    /// One that has answered as if it had, with another status: what the client says is for nobody.
    Refused,
    /// An endpoint that never spoke HTTP.
    Tcp,
    /// Such a one, for a client that goes on to speak HTTP: bytes are bodies.
    Posted,
}

impl Kind {
    /// Whether each direction ends by itself.
    fn is_tcp(self) -> bool {
        matches!(self, Self::Tcp | Self::Posted)
    }

    /// Ends the direction to an endpoint of raw TCP once everything is written.
    async fn finish(self, io: &Io, done: bool) {
        if done && self.is_tcp() {
            let _gone = io.shutdown().await;
        }
    }
}

/// What was read from the endpoint, and what is to be written to it.
type Pending = (BytesMut, Vec<u8>);
