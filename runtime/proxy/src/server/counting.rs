//! Counting connections while they live.
use std::sync::Arc;
use std::time::Instant;

use crate::config::hcm::Hcm;
use crate::config::listener::Listener;
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
pub(super) struct OnHttp {
    stats: Arc<HttpStats>,
    h2: bool,
    tls: bool,
    start: Instant,
}

impl OnHttp {
    pub(super) fn new(hcm: &Hcm, h2: bool, tls: bool) -> Self {
        let stats = hcm.stats().http.clone();
        add(&stats.downstream_cx_total, 1);
        add(&stats.downstream_cx_active, 1);
        if h2 {
            add(&stats.downstream_cx_http2_total, 1);
            add(&stats.downstream_cx_http2_active, 1);
        } else {
            add(&stats.downstream_cx_http1_total, 1);
            add(&stats.downstream_cx_http1_active, 1);
        }
        if tls {
            add(&stats.downstream_cx_ssl_total, 1);
            add(&stats.downstream_cx_ssl_active, 1);
        }
        Self { stats, h2, tls, start: Instant::now() }
    }
}

impl Drop for OnHttp {
    fn drop(&mut self) {
        down(&self.stats.downstream_cx_active);
        down(if self.h2 {
            &self.stats.downstream_cx_http2_active
        } else {
            &self.stats.downstream_cx_http1_active
        });
        if self.tls {
            down(&self.stats.downstream_cx_ssl_active);
        }
        add(&self.stats.downstream_cx_destroy, 1);
        self.stats.downstream_cx_length_ms.record(self.start.elapsed().as_millis() as u64);
    }
}
