//! One request from its head to its last byte and its log line.
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) use super::ending::{Ending, Stop};
use super::exchange::{RequestBody, ResponseSink};
use super::notes::Notes;
use super::reply::{Reply, name_server};
use super::worker::Worker;
use crate::access::format::Source;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::config::action::{Action, Forward, Target};
use crate::config::cluster::Cluster;
use crate::config::filter::CorsPolicy;
use crate::config::hcm::Hcm;
use crate::config::route::{Route, VirtualHost};
use crate::filter::lua_response::{Body, Held, Passed};
use crate::filter::watch::Watcher;
use crate::http::Head;
use crate::stats::add;
use crate::trace::SpanContext;

/// A request that is being served.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    /// The worker.
    pub(crate) worker: &'a Rc<Worker>,
    /// The connection manager.
    pub(crate) hcm: &'a Hcm,
    /// The connection.
    pub(crate) connection: Rc<ConnectionInfo>,
    /// The request's head.
    pub(crate) head: Head,
    /// The request's record.
    pub(crate) info: Info,
    /// The request's body.
    pub(crate) body: RequestBody<'a>,
    /// What filters have read of the body already.
    pub(crate) buffered: Vec<bytes::Bytes>,
    /// The trailers that came after that.
    pub(crate) buffered_trailers: Option<Head>,
    /// Where the response goes.
    pub(crate) sink: ResponseSink<'a>,
    /// Whether the request is HTTP/1.0.
    pub(crate) old: bool,
    /// Whether the client asked for the connection to be closed.
    pub(crate) close_wanted: bool,
    /// The upgrade that the client asks for, in lower case.
    pub(crate) upgrade: Option<String>,
    /// Whether the client waits for `100 Continue`.
    pub(crate) expects: bool,
    /// Whether the request comes from inside of the mesh.
    pub(crate) internal: bool,
    /// Whether the connection is closed after the response.
    pub(crate) closing: bool,
    /// Whether the proxy answered before anything was awaited: the client may still be sending.
    pub(crate) answered_at_once: bool,
    /// The route.
    pub(crate) matched: Option<Matched<'a>>,
    /// The CORS policy that applies to the response, and the origin.
    pub(crate) cors: Option<(&'a CorsPolicy, Vec<u8>)>,
    /// The span of the request.
    pub(crate) span: Option<SpanContext>,
    /// Headers that filters add to the response.
    pub(crate) response_headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The response's head, once sent.
    pub(crate) response: Option<Head>,
    /// The response's trailers, once sent.
    pub(crate) trailers: Option<Head>,
    /// Who sees the rest of the request's body.
    pub(crate) watching: Vec<Watcher>,
    /// Who sees the response's body.
    pub(crate) watching_response: Vec<Watcher>,
    /// The response's head, while a script waits for the body.
    pub(crate) held: Option<Box<Held>>,
    /// What filters and the router note for later.
    pub(crate) notes: Notes<'a>,
}

/// The route of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matched<'a> {
    /// The virtual host.
    pub(crate) host: &'a VirtualHost,
    /// The route.
    pub(crate) route: &'a Route,
    /// The cluster, when the route forwards.
    pub(crate) target: Option<&'a Target>,
}

/// Counts a request while it is served.
struct InFlight<'a>(&'a AtomicU64);

impl<'a> InFlight<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'a> Exchange<'a> {
    /// A request as it arrived; what only one protocol has is set by the caller.
    pub(super) fn new(
        (worker, hcm): (&'a Rc<Worker>, &'a Hcm),
        (connection, protocol): (Rc<ConnectionInfo>, &'static str),
        head: Head,
        (body, sink): (RequestBody<'a>, ResponseSink<'a>),
    ) -> Self {
        Self {
            worker,
            hcm,
            info: Info::new(connection.clone(), protocol),
            connection,
            head,
            body,
            buffered: Vec::new(),
            buffered_trailers: None,
            sink,
            old: false,
            close_wanted: false,
            upgrade: None,
            expects: false,
            internal: false,
            closing: false,
            answered_at_once: false,
            matched: None,
            cors: None,
            span: None,
            response_headers: Vec::new(),
            response: None,
            trailers: None,
            watching: Vec::new(),
            watching_response: Vec::new(),
            held: None,
            notes: Notes::default(),
        }
    }

    /// Serves the request.
    pub(crate) async fn serve(&mut self) -> Ending {
        let in_flight = self.worker.global.clone();
        let _counted = InFlight::new(&in_flight.requests);
        self.count_request();
        if self.body.is_done() {
            self.info.request_end = Some(self.info.start);
        }
        let mut result = self.run().await;
        while matches!(result, Err(Stop::Again)) {
            self.begin_again();
            result = self.run().await;
        }
        let ending = match result {
            Ok(()) => self.ending(),
            Err(Stop::Reply(reply)) => match self.send_reply(*reply).await {
                Ok(()) => self.ending(),
                Err(_) => Ending::Gone,
            },
            Err(Stop::Broken) => {
                self.sink.abort().await;
                if self.close_wanted && self.body.is_done() { Ending::Close } else { Ending::Linger }
            }
            Err(Stop::Gone | Stop::Again) => {
                self.note_gone();
                self.count_gone();
                Ending::Gone
            }
        };
        // An answer to a request that has not ended is all that Envoy tells of it.
        if self.body.is_done() && matches!(&self.sink, ResponseSink::H2(sink) if sink.void) {
            self.note_gone();
        }
        self.count_response();
        self.report_metrics();
        self.count_grpc();
        self.info.span = self.span.as_ref().map(|span| (span.trace, span.span));
        self.end_trace();
        self.log();
        ending
    }

    fn ending(&mut self) -> Ending {
        if !self.closing {
            return Ending::Keep;
        }
        let unsized_10 = self.old && self.response.as_ref().is_none_or(|r| !r.has(b"content-length"));
        // What was to become another protocol has no end of its own.
        let complete = self.body.is_done() && self.upgrade.is_none();
        if !self.answered_at_once && (unsized_10 || (self.close_wanted && complete)) {
            Ending::Close
        } else {
            Ending::Linger
        }
    }

    async fn run(&mut self) -> Result<(), Stop> {
        if self.close_wanted || self.worker.global.ends(self.hcm) {
            self.closing = true;
        }
        if self.expects && !self.hcm.passes_early {
            self.inform(Head::response(100)).await;
            self.info.status = 100;
        }
        if self.notes.redirects == 0 {
            let fit = self.mutate_request();
            self.route_early(fit.is_err());
            fit?;
        }
        self.find_route()?;
        self.begin_trace();
        self.check_upgrade()?;
        self.run_filters().await?;
        add(&self.hcm.stats().http.rq_total, 1);
        let Some(matched) = self.matched else {
            add(&self.hcm.stats().http.no_route, 1);
            let mut reply = Reply::new(404, "".as_bytes(), "route_not_found").flagged(flag::NO_ROUTE);
            reply.close = self.head.method == b"CONNECT";
            return Err(reply.into());
        };
        match &matched.route.action {
            Action::Forward(forward) if forward.ends_here(&self.head.method) => {
                Box::pin(self.terminate_connect(matched)).await
            }
            Action::Forward(forward) => self.forward(forward, matched).await,
            Action::Redirect(redirect) => {
                // Envoy counts a redirect as an answer of its own; `rq_redirect` is for nothing.
                add(&self.hcm.stats().http.rq_direct_response, 1);
                Err(self.redirect(redirect, matched).into())
            }
            Action::Direct(status, body) => {
                add(&self.hcm.stats().http.rq_direct_response, 1);
                Err(self.direct(*status, body.clone()).into())
            }
        }
    }

    pub(super) fn forwarding(&self) -> Option<&'a Forward> {
        match self.matched.map(|m| &m.route.action) {
            Some(Action::Forward(forward)) => Some(forward),
            _ => None,
        }
    }

    /// The cluster that was chosen.
    pub(crate) fn cluster_config(&self) -> Option<&'a Cluster> {
        let program = &self.worker.global.program;
        program.clusters.get(*program.by_name.get(&self.info.cluster)?)
    }

    /// What formatters read.
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            request: Some(&self.head),
            response: self.response.as_ref(),
            trailers: self.trailers.as_ref(),
            info: &self.info,
        }
    }

    /// Sends an answer of the proxy.
    async fn send_reply(&mut self, reply: Reply) -> Result<(), Stop> {
        let complete = self.request_complete(reply.immediate);
        let grpc = self.head.is_grpc() && self.notes.web.is_none();
        for flag in &reply.flags {
            self.info.flag(*flag);
        }
        self.info.details.clone_from(&reply.details);
        let forwards = self.forwarding().is_some();
        // Envoy lets the route look at every answer of its own, before the answer has a status
        // (`FilterManager::prepareLocalReplyViaFilterChain`).
        // Other routes than those that forward do so at their own answer alone.
        let routed = forwards || reply.details == "direct_response";
        let to_head = self.head.method == b"HEAD";
        let (mut head, mut body) = reply.build((grpc, to_head), forwards, |head| {
            if routed {
                self.route_response_headers(head);
            }
        });
        self.web_reply(&mut head, &mut body);
        self.answered_at_once = reply.immediate;
        if reply.close || !complete || self.upgrade.is_some() {
            self.closing = true;
        }
        self.info.status = head.status;
        // HTTP/2 would send the body of an answer to HEAD; the codec of HTTP/1 leaves it out.
        let empty = body.is_empty() || to_head && matches!(self.sink, ResponseSink::H2(_));
        self.begin_response(head, empty).await?;
        if !empty {
            let body = body.into_owned().into();
            if self.head.method == b"HEAD" && self.held.is_none() {
                self.sink.data(body).await.map_err(|_| Stop::Gone)?;
            } else {
                self.pass_on(body).await?;
            }
            self.finish(None).await?;
        }
        self.sink.flush().await.map_err(|_| Stop::Gone)
    }

    /// Lets the filters see a response's head and sends it, unless one waits for the body.
    pub(crate) async fn begin_response(&mut self, head: Head, end: bool) -> Result<(), Stop> {
        let hcm = self.hcm;
        self.info.status = head.status;
        let body = if end { Body::Absent } else { Body::Follows };
        let filters = if self.notes.unfiltered { 0 } else { hcm.filters.chain.len() };
        match self.response_filters(head, filters, body).await {
            Passed::Held(held) => {
                self.held = Some(held);
                Ok(())
            }
            Passed::Through(passed) => match *passed {
                (head, Body::Whole(whole)) if end && !whole.bytes.is_empty() => {
                    self.send_head(head, false).await?;
                    self.pass_to_client(whole.bytes.into()).await?;
                    self.sink.end(None).await.map_err(|_| Stop::Gone)
                }
                (head, _) => self.send_head(head, end).await,
            },
        }
    }

    /// Finishes a response's head and sends it.
    pub(crate) async fn send_head(&mut self, mut head: Head, end: bool) -> Result<(), Stop> {
        self.info.status = head.status;
        self.cors_response(&mut head);
        for (name, value) in std::mem::take(&mut self.response_headers) {
            head.add(&name, &value);
        }
        if !head.has(b"date") {
            self.worker.with_date(|date| head.add(b"date", date));
        }
        name_server(self.hcm, &mut head);
        if self.hcm.ids.request_id_in_response
            && let Some(id) = self.head.get(b"x-request-id")
        {
            head.set(b"x-request-id", id);
        }
        head.pass_by(self.hcm.via.as_bytes());
        let http1 = matches!(self.sink, ResponseSink::H1(_));
        if http1 && !self.body.is_done() && self.upgrade.is_none() {
            self.closing = true;
        }
        // A process that goes says so with every head, also with those of requests that came before.
        self.closing |= http1 && self.worker.global.ends(self.hcm);
        if self.old && http1 && !head.has(b"content-length") {
            // HTTP/1.0 knows the end of such a response by the end of the connection.
            self.closing = true;
        }
        // Of CONNECT only 200 itself is a switch here (`HeaderUtility::isConnectResponse`).
        let switches = self.switches(&head) && !(self.head.method == b"CONNECT" && head.status != 200);
        if self.closing && http1 && !switches && !self.answers_upgrade(&head) {
            head.set(b"connection", b"close");
        } else if self.old && http1 && head.status != 101 {
            head.set(b"connection", b"keep-alive");
        }
        let sent = self.sink.head(&head, end).await;
        if let Ok(length) = sent {
            self.info.head_sent = length as u64;
        }
        self.response = Some(head);
        sent.map(drop).map_err(|_| Stop::Gone)
    }

    /// Response header operations of the route, most specific first.
    pub(crate) fn route_response_headers(&mut self, head: &mut Head) {
        let Some(matched) = self.matched else { return };
        let hcm = self.hcm;
        let mut levels = vec![&matched.route.level, &matched.host.level, &hcm.routes.level];
        if hcm.routes.most_specific_wins {
            levels.reverse();
        }
        // A weighted cluster comes first in any case (`WeightedClusterEntry::finalizeResponseHeaders`).
        if let Some(target) = matched.target {
            levels.insert(0, &target.level);
        }
        for level in levels {
            if !level.response.is_empty() {
                let source = Source { response: Some(head), ..self.source() };
                let pass = level.response.evaluate(source);
                level.response.apply(pass, head);
            }
        }
    }

    /// How long the stream may be silent; zero is forever.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.forwarding().and_then(|f| f.idle_timeout).unwrap_or(self.hcm.times.stream_idle)
    }
}
