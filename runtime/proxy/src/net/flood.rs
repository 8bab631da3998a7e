//! Counts the frames of an HTTP/2 client that carry nothing: a flood of them costs work and never becomes a request.
//!
//! The codec bounds rapid resets, CONTINUATION and empty DATA by itself; SETTINGS, PING and PRIORITY it answers or ignores
//! for ever.
use std::time::Instant;

/// Frames without a cost for the client that it may send at once.
const BURST: f64 = 2000.0;
/// How many more it may send per second.
const PER_SECOND: f64 = 200.0;

/// Follows the frames in a stream of bytes after the preface.
#[derive(Debug)]
pub(crate) struct FrameBudget {
    // Bytes of the preface or of a payload that are still to come.
    skip: usize,
    head: [u8; 9],
    known: usize,
    left: f64,
    since: Instant,
}

impl FrameBudget {
    /// A budget for a connection that begins with `preface` bytes of preface.
    pub(crate) fn new(preface: usize) -> Self {
        Self { skip: preface, head: [0; 9], known: 0, left: BURST, since: Instant::now() }
    }

    /// Takes note of bytes as they arrive; false once the budget is spent.
    pub(crate) fn allows(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let now = self.skip.min(bytes.len());
                self.skip -= now;
                bytes = bytes.get(now..).unwrap_or_default();
                continue;
            }
            let Some((first, rest)) = bytes.split_first() else { break };
            if let Some(slot) = self.head.get_mut(self.known) {
                *slot = *first;
            }
            self.known += 1;
            bytes = rest;
            if self.known == self.head.len() && !self.frame() {
                return false;
            }
        }
        true
    }

    fn frame(&mut self) -> bool {
        let [high, middle, low, kind, ..] = self.head;
        self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        self.known = 0;
        // PRIORITY, SETTINGS, PING, and kinds that nobody knows.
        if !matches!(kind, 2 | 4 | 6) && kind <= 9 {
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

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, 0, 0, 0, 0, 0];
        bytes.resize(9 + usize::from(length), 7);
        bytes
    }

    #[test]
    fn pings_without_end_are_stopped_and_data_is_not() {
        for size in [1, 7, 9, 17, 4096] {
            let mut budget = FrameBudget::new(3);
            assert!(budget.allows(b"PRI"));
            let data = frame(0, 100).repeat(10_000);
            assert!(data.chunks(size).all(|part| budget.allows(part)));
            let pings = frame(6, 8).repeat(10_000);
            assert!(!pings.chunks(size).all(|part| budget.allows(part)), "{size}");
        }
        let mut budget = FrameBudget::new(0);
        assert!(budget.allows(&frame(6, 8).repeat(1000)) && budget.allows(&frame(4, 6).repeat(900)));
    }
}
