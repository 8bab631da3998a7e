//! Letting connections in or not; after `local_ratelimit.cc` and `connection_limit.cc` of the network filters.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::worker::Worker;
use crate::config::network::Gate;

/// What the gates of a chain say about a connection.
pub(super) enum Entry {
    /// It is served; what it holds is given back at its end.
    In(Vec<Held>),
    /// It is closed after this time.
    Out(Duration),
}

/// One of the connections that a limit counts.
pub(super) struct Held(Arc<AtomicU64>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks the gates one after the other.
pub(super) fn enter(worker: &Worker, gates: &[Gate]) -> Entry {
    let mut held = Vec::new();
    let stats = &worker.global.stats;
    for gate in gates {
        match gate {
            Gate::Rate { prefix, bucket, enabled: true } => {
                if !bucket.take().allowed {
                    stats.named(&format!("local_rate_limit.{prefix}.")).add("rate_limited");
                    return Entry::Out(Duration::ZERO);
                }
            }
            Gate::Number { prefix, most, now, delay, enabled: true } => {
                let more = |count: u64| (count < *most).then_some(count + 1);
                if now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err() {
                    stats.named(&format!("connection_limit.{prefix}.")).add("limited_connections");
                    return Entry::Out(*delay);
                }
                held.push(Held(now.clone()));
            }
            Gate::Rate { .. } | Gate::Number { .. } => {}
        }
    }
    Entry::In(held)
}
