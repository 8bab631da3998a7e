//! The life of one connection to a host, counted as `ActiveClient` of Envoy's `source/common/conn_pool/conn_pool_base.cc` does.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::shared::{Host, Shared};
use crate::net::io::Tally;
use crate::stats::{Count, add, down};

/// What a connection carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    /// Requests over HTTP/1.
    Http1,
    /// Requests over HTTP/2.
    Http2,
    /// Bytes of one client.
    Bytes,
}

/// A connection from the moment it is tried.
#[derive(Debug)]
pub(crate) struct Life {
    shared: Arc<Shared>,
    host: Arc<Host>,
    carries: Carries,
    born: Instant,
    requests: Count,
    /// Requests whose response has not ended.
    open: Count,
    /// Whether the host has ended it.
    remote: AtomicBool,
}

impl Life {
    /// A connection counts when it is tried.
    pub(super) fn begin(shared: &Arc<Shared>, host: &Arc<Host>, carries: Carries) -> Arc<Self> {
        shared.count(|c| &c.upstream_cx_total);
        match carries {
            Carries::Http1 => shared.count(|c| &c.upstream_cx_http1_total),
            Carries::Http2 => shared.count(|c| &c.upstream_cx_http2_total),
            Carries::Bytes => {}
        }
        add(&host.counters.connections, 1);
        add(&host.counters.connected, 1);
        Arc::new(Self {
            shared: shared.clone(),
            host: host.clone(),
            carries,
            born: Instant::now(),
            requests: AtomicU64::new(0),
            open: AtomicU64::new(u64::from(carries == Carries::Bytes)),
            remote: AtomicBool::new(false),
        })
    }

    /// A request was given to the connection.
    pub(crate) fn ask(&self) {
        add(&self.requests, 1);
        add(&self.open, 1);
    }

    /// The response has come completely.
    pub(crate) fn answered(&self) {
        down(&self.open);
    }

    /// Nothing is open any more.
    pub(crate) fn finished(&self) {
        self.open.store(0, Ordering::Relaxed);
    }

    /// The host has ended the connection.
    pub(crate) fn ended_by_host(&self) {
        self.remote.store(true, Ordering::Relaxed);
    }

    /// The connection was never made.
    pub(super) fn failed(&self, by_host: bool) {
        self.finished();
        self.remote.store(by_host, Ordering::Relaxed);
        self.closed();
    }
}

impl Tally for Life {
    fn received(&self, bytes: u64) {
        self.shared.received(bytes);
    }

    fn sent(&self, bytes: u64) {
        self.shared.sent(bytes);
    }

    fn ended(&self) {
        self.ended_by_host();
    }

    fn closed(&self) {
        let (remote, busy) = (self.remote.load(Ordering::Relaxed), self.open.load(Ordering::Relaxed) > 0);
        let count = |which: fn(&crate::stats::ClusterStats) -> &Count| self.shared.count(which);
        count(|c| &c.upstream_cx_destroy);
        if remote {
            count(|c| &c.upstream_cx_destroy_remote);
        } else {
            count(|c| &c.upstream_cx_destroy_local);
        }
        if busy {
            count(|c| &c.upstream_cx_destroy_with_active_rq);
            if remote {
                count(|c| &c.upstream_cx_destroy_remote_with_active_rq);
            } else {
                count(|c| &c.upstream_cx_destroy_local_with_active_rq);
            }
        }
        let stats = &self.shared.counters().stats;
        stats.upstream_cx_length_ms.record(self.born.elapsed().as_millis() as u64);
        let requests = self.requests.load(Ordering::Relaxed);
        if self.carries != Carries::Bytes && requests > 0 {
            stats.upstream_rq_per_cx.record(requests);
        }
        down(&self.host.counters.connected);
    }
}
