//! Counting connections and requests while they live, and logging requests.
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::exchange::ResponseSink;
use super::stream::Exchange;
use crate::config::hcm::Hcm;
use crate::config::listener::Listener;
use crate::net::io::Tally;
use crate::stats::{HttpStats, ListenerStats, add, down};

/// A connection of a listener.
pub(super) struct OnListener(Option<Arc<ListenerStats>>, Instant);

impl OnListener {
    pub(super) fn new(listener: &Listener) -> Self {
        let stats = listener.stats.get().cloned();
        if let Some(stats) = &stats {
            add(&stats.downstream_cx_total, 1);
            add(&stats.downstream_cx_active, 1);
        }
        Self(stats, Instant::now())
    }
}

impl Drop for OnListener {
    fn drop(&mut self) {
        if let Some(stats) = &self.0 {
            down(&stats.downstream_cx_active);
            add(&stats.downstream_cx_destroy, 1);
            stats.downstream_cx_length_ms.record(self.1.elapsed().as_millis() as u64);
        }
    }
}

/// A connection of an HTTP connection manager.
#[derive(Debug)]
pub(super) struct OnHttp {
    stats: Arc<HttpStats>,
    /// Whether it speaks HTTP/2, as soon as that is known.
    h2: OnceLock<bool>,
    tls: bool,
    start: Instant,
    /// Whether the proxy ends it, or the client has; whoever was first.
    ended: OnceLock<By>,
}

/// Who ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Client,
    Proxy,
}

impl OnHttp {
    pub(super) fn new(hcm: &Hcm, tls: bool) -> Arc<Self> {
        let stats = hcm.stats().http.clone();
        add(&stats.downstream_cx_total, 1);
        add(&stats.downstream_cx_active, 1);
        if tls {
            add(&stats.downstream_cx_ssl_total, 1);
            add(&stats.downstream_cx_ssl_active, 1);
        }
        Arc::new(Self { stats, h2: OnceLock::new(), tls, start: Instant::now(), ended: OnceLock::new() })
    }

    /// Notes what is spoken.
    pub(super) fn speaks(&self, h2: bool) {
        let stats = &self.stats;
        let (total, active) = if h2 {
            (&stats.downstream_cx_http2_total, &stats.downstream_cx_http2_active)
        } else {
            (&stats.downstream_cx_http1_total, &stats.downstream_cx_http1_active)
        };
        if self.h2.set(h2).is_ok() {
            add(total, 1);
            add(active, 1);
        }
    }
}

impl Tally for OnHttp {
    fn received(&self, bytes: u64) {
        self.stats.received(bytes);
    }

    fn sent(&self, bytes: u64) {
        self.stats.sent(bytes);
    }

    fn ended(&self) {
        let _known = self.ended.set(By::Client);
    }

    fn ending(&self) {
        let _known = self.ended.set(By::Proxy);
    }
}

impl Drop for OnHttp {
    fn drop(&mut self) {
        let stats = &self.stats;
        down(&stats.downstream_cx_active);
        match self.h2.get() {
            Some(true) => down(&stats.downstream_cx_http2_active),
            Some(false) => down(&stats.downstream_cx_http1_active),
            None => {}
        }
        if self.tls {
            down(&stats.downstream_cx_ssl_active);
        }
        add(&stats.downstream_cx_destroy, 1);
        match self.ended.get() {
            Some(By::Client) => add(&stats.downstream_cx_destroy_remote, 1),
            Some(By::Proxy) | None => add(&stats.downstream_cx_destroy_local, 1),
        }
        stats.downstream_cx_length_ms.record(self.start.elapsed().as_millis() as u64);
    }
}

/// Why a request is refused before it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Its head took too long.
    Late,
    /// Nothing came for too long.
    Silent,
    /// Its head is not acceptable.
    Malformed,
}

/// Counts a head that was refused, as `ActiveStream::onRequestHeaderTimeout`, `onStreamIdleTimeout` and `handleCodecErrorImpl` do.
pub(super) fn count_refused(hcm: &Hcm, status: u16, why: Refused) {
    let stats = &hcm.stats().http;
    add(&stats.downstream_rq_total, 1);
    add(&stats.downstream_rq_http1_total, 1);
    let reason = match why {
        Refused::Late => &stats.downstream_rq_header_timeout,
        Refused::Silent => &stats.downstream_rq_idle_timeout,
        Refused::Malformed => &stats.downstream_cx_protocol_error,
    };
    add(reason, 1);
    hcm.stats().count_status(status);
    stats.downstream_rq_time.record(0);
    count_cut_off(stats);
}

impl Exchange<'_> {
    /// Counts that the client has left its request; over HTTP/1 the connection ends with it.
    pub(super) fn count_gone(&self) {
        let stats = &self.hcm.stats().http;
        add(&stats.downstream_rq_rx_reset, 1);
        if matches!(self.sink, ResponseSink::H1(_)) {
            add(&stats.downstream_cx_destroy_active_rq, 1);
            add(&stats.downstream_cx_destroy_remote_active_rq, 1);
        }
    }
}

/// Counts an answer to a request that has not ended: it never will.
fn count_cut_off(stats: &HttpStats) {
    add(&stats.downstream_rq_response_before_rq_complete, 1);
    add(&stats.downstream_rq_rx_reset, 1);
}

impl Exchange<'_> {
    /// Counts a request that begins.
    pub(super) fn count_request(&self) {
        let stats = &self.hcm.stats().http;
        add(&stats.downstream_rq_total, 1);
        add(&stats.downstream_rq_active, 1);
        add(
            if self.is_h2() { &stats.downstream_rq_http2_total } else { &stats.downstream_rq_http1_total },
            1,
        );
    }

    /// Counts an informational response, as `ActiveStream::encode1xxHeaders` does.
    pub(super) fn count_early(&self, status: u16) {
        self.hcm.stats().count_status(status);
    }

    /// Counts a request that has ended.
    pub(super) fn count_response(&self) {
        let stats = self.hcm.stats();
        down(&stats.http.downstream_rq_active);
        stats.http.downstream_rq_time.record(self.info.start.elapsed().as_millis() as u64);
        // Health checks are no traffic.
        if self.response.is_none() || self.info.health_check {
            return;
        }
        stats.count_status(self.info.status);
        if !self.body.is_done() && self.upgrade.is_none() {
            count_cut_off(&stats.http);
        }
        if self.info.details == "stream_idle_timeout" {
            add(&stats.http.downstream_rq_idle_timeout, 1);
        }
    }

    /// Writes the log lines of a request.
    pub(super) fn log(&self) {
        let mut line = Vec::new();
        for log in &self.hcm.logs {
            line.clear();
            log.write(self.source(), &mut line);
            self.worker.global.logs.append(&log.sink, &line);
        }
    }

    /// Whether the client speaks HTTP/2.
    pub(crate) fn is_h2(&self) -> bool {
        matches!(self.sink, ResponseSink::H2(_))
    }
}
