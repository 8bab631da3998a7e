//! Follows the frames of an HTTP/2 connection in both directions, for what the codec decides otherwise than Envoy.
//!
//! A request that is malformed ends Envoy's connection without a word, as `stream_error_on_invalid_http_messaging` is off: the codec
//! would reset the stream. Errors of the connection end it without a word too, but for those of frame sizes and windows. And the codec cuts the
//! fragment off a path, which Envoy refuses.
use std::cell::RefCell;
use std::rc::Rc;

/// What connection and requests share.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Streams whose path has a fragment, with the path as it was sent.
    pub(crate) fragments: Vec<(u32, Vec<u8>)>,
    /// Streams that are served: a reset of one of these is told to the client.
    pub(crate) served: Vec<u32>,
}

/// Notes behind a shared reference.
pub(crate) type SharedNotes = Rc<RefCell<Notes>>;

const HEADERS: u8 = 1;
const RESET: u8 = 3;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const PROTOCOL_ERROR: u32 = 1;
/// More than this of a head is not looked at; the codec refuses it.
const MOST: usize = 1 << 20;
const FLOW_CONTROL_ERROR: u32 = 3;
const FRAME_SIZE_ERROR: u32 = 6;

/// Cuts a stream of bytes into frames.
#[derive(Debug, Default, Clone, Copy)]
struct Frames {
    head: [u8; 9],
    known: usize,
    left: usize,
}

impl Frames {
    /// Takes bytes up to the end of a frame: how many, which of them are payload, and whether the frame is whole.
    fn take<'b>(&mut self, bytes: &'b [u8]) -> (usize, &'b [u8], bool) {
        if self.known == self.head.len() && self.left == 0 {
            self.known = 0;
        }
        let mut used = 0;
        if self.known < self.head.len() {
            for (slot, byte) in self.head.iter_mut().skip(self.known).zip(bytes) {
                *slot = *byte;
                used += 1;
            }
            self.known += used;
            if self.known < self.head.len() {
                return (used, &[], false);
            }
            let [high, middle, low, ..] = self.head;
            self.left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        }
        let rest = bytes.get(used..).unwrap_or_default();
        let payload = rest.get(..self.left.min(rest.len())).unwrap_or_default();
        self.left -= payload.len();
        (used + payload.len(), payload, self.left == 0)
    }

    fn kind(&self) -> u8 {
        let [_, _, _, kind, ..] = self.head;
        kind
    }

    fn flags(&self) -> u8 {
        let [_, _, _, _, flags, ..] = self.head;
        flags
    }

    fn stream(&self) -> u32 {
        let [.., a, b, c, d] = self.head;
        u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff
    }
}

/// What is sent, with the beginning of the frame's payload.
#[derive(Debug, Default, Clone, Copy)]
struct Sent {
    frames: Frames,
    begin: [u8; 8],
    known: usize,
}

impl Sent {
    /// As [`Frames::take`], without the payload.
    fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let (used, payload, whole) = self.frames.take(bytes);
        for (slot, byte) in self.begin.iter_mut().skip(self.known).zip(payload) {
            *slot = *byte;
            self.known += 1;
        }
        (used, whole)
    }

    /// Whether the frame is one that Envoy does not send.
    fn ends(&self, notes: &Notes) -> bool {
        match self.frames.kind() {
            RESET => self.code() == PROTOCOL_ERROR && !notes.served.contains(&self.frames.stream()),
            GOAWAY => !matches!(self.code(), 0 | FLOW_CONTROL_ERROR | FRAME_SIZE_ERROR),
            _ => false,
        }
    }

    /// The error code in a frame that has one there.
    fn code(&self) -> u32 {
        let [a, b, c, d, e, f, g, h] = self.begin;
        u32::from_be_bytes(if self.frames.kind() == RESET { [a, b, c, d] } else { [e, f, g, h] })
    }
}

/// Both directions of a connection.
#[derive(Debug)]
pub(crate) struct Guard {
    notes: SharedNotes,
    // Bytes of the preface that are still to come.
    skip: usize,
    input: Frames,
    payload: Vec<u8>,
    block: Vec<u8>,
    output: Sent,
}

impl Guard {
    /// A guard for a connection that begins with `preface` bytes of preface.
    pub(crate) fn new(preface: usize, notes: SharedNotes) -> Self {
        Self {
            notes,
            skip: preface,
            input: Frames::default(),
            payload: Vec::new(),
            block: Vec::new(),
            output: Sent::default(),
        }
    }

    /// Takes note of bytes that arrive.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        let mut bytes = bytes.get(skipped..).unwrap_or_default();
        while !bytes.is_empty() {
            let (used, payload, whole) = self.input.take(bytes);
            bytes = bytes.get(used..).unwrap_or_default();
            if matches!(self.input.kind(), HEADERS | CONTINUATION) && self.block.len() <= MOST {
                self.payload.extend_from_slice(payload);
                if whole {
                    self.headers();
                    self.payload.clear();
                }
            }
        }
    }

    /// A frame with a part of a head.
    fn headers(&mut self) {
        let payload = self.payload.as_slice();
        let flags = self.input.flags();
        if self.input.kind() == HEADERS {
            self.block.clear();
            let padded = usize::from(flags & 8 != 0);
            let padding = payload.first().map_or(0, |count| usize::from(*count) * padded);
            let begin = padded + if flags & 0x20 != 0 { 5 } else { 0 };
            let end = payload.len().saturating_sub(padding);
            self.block.extend_from_slice(payload.get(begin..end).unwrap_or_default());
        } else {
            self.block.extend_from_slice(payload);
        }
        if flags & 4 == 0 {
            return;
        }
        if let Some(path) = super::hpack::literal_path(&self.block).filter(|path| path.contains(&b'#')) {
            self.notes.borrow_mut().fragments.push((self.input.stream(), path));
        }
        self.block.clear();
    }

    /// How many of these bytes may be sent, and whether the connection ends after them.
    pub(crate) fn look(&self, bytes: &[u8]) -> (usize, bool) {
        let (mut output, mut at) = (self.output, 0);
        loop {
            let begin = at;
            let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { return (at, false) };
            let (used, whole) = output.take(rest);
            at += used;
            if whole {
                if output.ends(&self.notes.borrow()) {
                    return (begin, true);
                }
                output.known = 0;
            }
        }
    }

    /// Takes note of bytes that were sent.
    pub(crate) fn sent(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (used, whole) = self.output.take(bytes);
            bytes = bytes.get(used..).unwrap_or_default();
            if whole {
                self.output.known = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn fragments_are_seen_however_the_bytes_arrive() {
        // :method GET, then :path as a literal: plain, and compressed.
        for path in [&b"\x82\x04\x04/a#b"[..], b"\x82\x44\x84\x60\x7f\xf5\x1f"] {
            let mut bytes = b"PRI".to_vec();
            bytes.extend(frame(HEADERS, 8, 1, &[&[1][..], &path[..2], &[0]].concat()));
            bytes.extend(frame(CONTINUATION, 4, 1, &path[2..]));
            bytes.extend(frame(HEADERS, 4, 3, b"\x82\x04\x02/a"));
            for size in [1, 2, 5, 100] {
                let notes = SharedNotes::default();
                let mut guard = Guard::new(3, notes.clone());
                bytes.chunks(size).for_each(|part| guard.received(part));
                let found = notes.borrow().fragments.clone();
                assert_eq!(found.len(), 1, "{size} {found:?}");
                assert_eq!((found[0].0, found[0].1.starts_with(b"/a#")), (1, true));
            }
        }
    }

    #[test]
    fn what_envoy_does_not_say_ends_the_connection() {
        let notes = SharedNotes::default();
        let mut guard = Guard::new(0, notes.clone());
        let data = frame(0, 0, 1, b"abc");
        let reset = |code: u8| frame(RESET, 0, 1, &[0, 0, 0, code]);
        let all = [data.clone(), reset(1)].concat();
        assert_eq!(guard.look(&all), (data.len(), true));
        assert_eq!(guard.look(&reset(8)), (13, false));
        // Written in two parts, looked at again in between.
        guard.sent(&all[..15]);
        assert_eq!(guard.look(&all[15..]), (0, true));
        guard.sent(&all[15..]);
        notes.borrow_mut().served.push(1);
        assert_eq!(guard.look(&all), (all.len(), false));
        let goaway = |code: u8| frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, code]);
        assert!(guard.look(&goaway(1)).1 && !guard.look(&goaway(0)).1 && !guard.look(&goaway(6)).1);
    }
}
