//! Counts the frames of an HTTP/2 client that carry nothing: a flood of them costs work and never becomes a request.
//!
//! The codec bounds rapid resets, CONTINUATION and empty DATA by itself; the rest it answers or ignores for ever.
use std::time::Instant;

use super::frames::{CONTINUATION, GOAWAY, PING, PRIORITY, SETTINGS};

/// Frames without a cost for the client that it may send at once.
const BURST: f64 = 2000.0;
/// How many more it may send per second.
const PER_SECOND: f64 = 200.0;

/// What a client may still send.
#[derive(Debug)]
pub(super) struct FrameBudget {
    left: f64,
    since: Instant,
}

impl FrameBudget {
    /// The budget of a connection that begins.
    pub(super) fn new() -> Self {
        Self { left: BURST, since: Instant::now() }
    }

    /// Takes note of a frame; false once the budget is spent.
    pub(super) fn allows(&mut self, kind: u8) -> bool {
        let idle = matches!(kind, PRIORITY | SETTINGS | PING | GOAWAY) || kind > CONTINUATION;
        if !idle {
            return true;
        }
        if self.left < 1.0 {
            let now = Instant::now();
            let earned = now.duration_since(self.since).as_secs_f64() * PER_SECOND;
            self.left = (self.left + earned).min(BURST);
            self.since = now;
        }
        self.left -= 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_without_end_are_stopped_and_data_is_not() {
        let mut budget = FrameBudget::new();
        assert!((0..10_000).all(|_| budget.allows(super::super::frames::DATA)));
        assert!((0..1900).all(|_| budget.allows(PING)));
        assert!(!(0..10_000).all(|_| budget.allows(SETTINGS)));
    }
}
