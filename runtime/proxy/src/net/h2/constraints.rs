//! How many frames without use a peer may send (`source/common/http/http2/protocol_constraints.cc`): a flood of them costs work and never
//! becomes a request. The limits are Envoy's defaults.
use std::time::{Duration, Instant};

use super::frames::{CONTINUATION, DATA, END, Frames, HEADERS, PING, PRIORITY, SETTINGS, WINDOW_UPDATE};
use super::rules::Peer;

/// Frames of a body or head in a row that carry nothing.
const EMPTY: u64 = 1;
/// PRIORITY for each stream.
const PRIORITIES: u64 = 100;
/// WINDOW_UPDATE for each frame of DATA that was sent.
const WINDOWS: u64 = 10;
/// CONTINUATION behind one HEADERS, as Envoy tells its library.
const CONTINUATIONS: u64 = 512;
/// Frames that have to be answered and that a client may send at once.
const BURST: f64 = 2000.0;
/// How many more of these it may send per second.
const PER_SECOND: f64 = 200.0;

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flood {
    Empty,
    Continuation,
    Priority,
    Window,
    /// Requests that were taken back at once.
    Resets,
    /// Frames that have to be answered. Envoy counts the answers that wait to be sent.
    Control,
}

/// How many requests are looked at before they are judged by those that were taken back.
const RESETS: u64 = 500;
/// A request that has lived so long is not taken back at once.
pub(super) const LIFETIME: Duration = Duration::from_secs(1);

/// What a client has sent.
#[derive(Debug)]
pub(super) struct Constraints {
    /// Streams that were opened.
    pub(super) streams: u64,
    empty: u64,
    // CONTINUATION of the block at hand.
    continued: u64,
    priorities: u64,
    windows: u64,
    /// Frames of DATA that were sent.
    pub(super) sent: u64,
    // Requests that were taken back at once.
    resets: u64,
    left: f64,
    since: Instant,
}

impl Constraints {
    /// A connection that begins.
    pub(super) fn new() -> Self {
        Self {
            streams: 0,
            empty: 0,
            continued: 0,
            priorities: 0,
            windows: 0,
            sent: 0,
            resets: 0,
            left: BURST,
            since: Instant::now(),
        }
    }

    /// Takes note of a frame with so many bytes beside its padding: DATA once it is whole, others when they begin.
    pub(super) fn note(&mut self, frame: &Frames, length: usize, peer: Peer) -> Option<Flood> {
        match frame.kind() {
            kind @ (HEADERS | CONTINUATION | DATA) => {
                self.continued = if kind == CONTINUATION { self.continued + 1 } else { 0 };
                if self.continued > CONTINUATIONS {
                    return Some(Flood::Continuation);
                }
                let ends = kind != CONTINUATION && frame.has(END);
                self.empty = if length == 0 && !ends { self.empty + 1 } else { 0 };
                (self.empty > EMPTY).then_some(Flood::Empty)
            }
            PRIORITY => {
                self.priorities += 1;
                (self.priorities > PRIORITIES * (1 + self.streams)).then_some(Flood::Priority)
            }
            WINDOW_UPDATE => {
                self.windows += 1;
                let most = 5 + 2 * (self.streams + WINDOWS * self.sent);
                (self.windows > most).then_some(Flood::Window)
            }
            // The answers to an endpoint wait for their turn, and it with them.
            SETTINGS | PING if !frame.has(END) && peer == Peer::Client => {
                (!self.pays()).then_some(Flood::Control)
            }
            _ => None,
        }
    }

    /// Takes note of a request that is taken back at once; `closed` requests are over, with this one.
    ///
    /// More than half of them may not be such, and half of the first 500 are too many before the rest has come (`conn_manager_impl.cc`,
    /// maybeDrainDueToPrematureResets).
    pub(super) fn taken_back(&mut self, closed: u64) -> Option<Flood> {
        self.resets += 1;
        (self.resets * 2 >= closed.max(RESETS)).then_some(Flood::Resets)
    }

    /// Whether one more frame may have to be answered.
    fn pays(&mut self) -> bool {
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
    use super::super::frames::END_HEADERS;
    use super::*;

    fn frame(kind: u8, flags: u8) -> Frames {
        let mut frame = Frames::default();
        frame.take(&[0, 0, 0, kind, flags, 0, 0, 0, 1]);
        frame
    }

    #[test]
    fn floods_are_told_from_work() {
        let mut one = Constraints::new();
        assert_eq!(one.note(&frame(HEADERS, END), 9, Peer::Client), None);
        one.streams += 1;
        assert!((0..10_000).all(|_| one.note(&frame(DATA, 0), 1, Peer::Client).is_none()));
        assert!((0..200).all(|_| one.note(&frame(PRIORITY, 0), 5, Peer::Client).is_none()));
        assert_eq!(one.note(&frame(PRIORITY, 0), 5, Peer::Client), Some(Flood::Priority));
        assert!((0..7).all(|_| one.note(&frame(WINDOW_UPDATE, 0), 4, Peer::Client).is_none()));
        assert_eq!(one.note(&frame(WINDOW_UPDATE, 0), 4, Peer::Client), Some(Flood::Window));
        one.sent += 1;
        assert_eq!(one.note(&frame(WINDOW_UPDATE, 0), 4, Peer::Client), None);
        assert!((1..250).all(|_| one.taken_back(260).is_none()));
        assert_eq!((one.taken_back(501), one.taken_back(260)), (None, Some(Flood::Resets)));
        let mut pieces = Constraints::new();
        let mut piece = |kind| pieces.note(&frame(kind, 0), 1, Peer::Client);
        assert_eq!(piece(HEADERS), None);
        assert!((0..512).all(|_| piece(CONTINUATION).is_none()));
        assert_eq!(piece(CONTINUATION), Some(Flood::Continuation));
        let mut other = Constraints::new();
        assert!((0..1900).all(|_| other.note(&frame(PING, 0), 8, Peer::Client).is_none()));
        assert!(
            (0..10_000).any(|_| other.note(&frame(SETTINGS, 0), 0, Peer::Client) == Some(Flood::Control))
        );
        assert_eq!(other.note(&frame(DATA, 0), 0, Peer::Client), None);
        assert_eq!(other.note(&frame(DATA, END), 0, Peer::Client), None);
        assert_eq!(other.note(&frame(CONTINUATION, END_HEADERS), 0, Peer::Client), None);
        assert_eq!(other.note(&frame(DATA, 0), 0, Peer::Client), Some(Flood::Empty));
    }
}
