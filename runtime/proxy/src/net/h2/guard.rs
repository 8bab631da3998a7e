//! Follows the frames of an HTTP/2 connection in both directions, for what the codec decides otherwise than Envoy.
//!
//! Envoy's codec knows two ways to end a connection. Frames that cannot be what they say (their size, their padding, their place) are
//! answered with GOAWAY; whatever is wrong with what frames mean ends the connection without a word, and so does a malformed request, as
//! `stream_error_on_invalid_http_messaging` is off. The codec below answers most of that with resets and GOAWAY frames of its own
//! choice, and has no hook to ask before it does; so frames are judged before it reads them, and what it says of its own accord is
//! judged before it is sent. Blocks of headers are read here: the codec gets a request that it cannot dislike, and the fields as they were
//! sent go around it. GOAWAY of a client means nothing to Envoy, and is hidden from the codec. PRIORITY means nothing to
//! it either, but the codec sees it and refuses one that cannot be, and a window beyond all bounds is answered with its error: RFC 9113
//! demands both (`runtime/deviations.txt`).
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use bytes::BytesMut;

use super::blocks::Begin;
use super::constraints::Constraints;
use super::fault::Ending;
use super::frames::{
    CONTINUATION, DATA, END, END_HEADERS, Frames, GOAWAY, HEADERS, PING, PRIORITY, PUSH_PROMISE, RESET,
    SETTINGS, WINDOW_UPDATE,
};
use super::hpack::Decoder;
use super::notes::{Limits, SharedNotes};
use super::rules::{Block, Peer};
use super::said::{FRAME_SIZE_ERROR, PROTOCOL_ERROR, Sent};
use super::settings::Settings;

/// The longest payload that a client may send, as the settings do not say otherwise.
pub(super) const LONGEST: usize = 16_384;

/// How much of what the peer says on a stream has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing.
    #[default]
    Silent,
    /// Informational responses.
    Informed,
    /// The head of a request or response.
    Begun,
}

/// Which sides of a stream have ended, and how long the body of its request or response is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    pub(super) peer: bool,
    pub(super) own: bool,
    pub(super) stage: Stage,
    /// Whether its body has another length than was told: it is reset, and nothing of it counts.
    pub(super) closing: bool,
    /// What the head says of its body's length.
    pub(super) told: Option<u64>,
    pub(super) received: u64,
    /// When it began.
    pub(super) since: Option<Instant>,
}

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// The codec gets it.
    Passed,
    /// It is a part of a block of headers.
    Read,
    /// Nobody gets it.
    Hidden,
}

/// Both directions of a connection.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(super) peer: Peer,
    pub(super) notes: SharedNotes,
    pub(super) limits: Limits,
    /// What is to be said beside what the codec says: whole frames.
    pub(super) own: Vec<u8>,
    /// Streams that were opened behind the end that an endpoint has announced.
    pub(super) refused: Vec<u32>,
    // Bytes of the preface that are still to come.
    skip: usize,
    pub(super) input: Frames,
    pub(super) constraints: Constraints,
    pub(super) settings: Settings,
    // The last stream of the own side that the client still wants served, as it says.
    pub(super) wanted: u32,
    /// Where in the bytes for the codec it has to let requests begin before it goes on: what follows may end them.
    pub(super) pauses: VecDeque<usize>,
    // Whether a frame has come.
    begun: bool,
    // What becomes of the frame at hand.
    fate: Use,
    // The stream whose block of headers goes on.
    pub(super) continued: Option<u32>,
    pub(super) payload: Vec<u8>,
    pub(super) decoder: Decoder,
    // The block at hand; none where its stream is over, and nobody asks what it says.
    pub(super) block: Option<Block>,
    pub(super) begin: Begin,
    pub(super) streams: BTreeMap<u32, Ended>,
    // The last stream that the client has opened, or the own side to an endpoint.
    pub(super) last: u32,
    pub(super) output: Sent,
}

impl Guard {
    /// A guard for a client's connection that begins with `preface` bytes of preface.
    pub(crate) fn new(preface: usize, limits: Limits, notes: SharedNotes) -> Self {
        Self {
            peer: Peer::Client,
            notes,
            limits,
            own: Vec::new(),
            refused: Vec::new(),
            skip: preface,
            input: Frames::default(),
            constraints: Constraints::new(),
            settings: Settings::default(),
            wanted: i32::MAX as u32,
            pauses: VecDeque::new(),
            begun: false,
            fate: Use::Passed,
            continued: None,
            payload: Vec::new(),
            decoder: Decoder::new(),
            block: None,
            begin: Begin::default(),
            streams: BTreeMap::new(),
            last: 0,
            output: Sent::default(),
        }
    }

    /// A guard for a connection to an endpoint.
    pub(crate) fn to_endpoint(limits: Limits, notes: SharedNotes) -> Self {
        Self { peer: Peer::Endpoint, ..Self::new(0, limits, notes) }
    }

    /// Judges bytes that arrive. What the codec may read goes to `out`; after that the connection ends, if it does.
    pub(crate) fn received(&mut self, bytes: &[u8], out: &mut BytesMut) -> Option<Ending> {
        self.pauses.clear();
        self.notes.borrow_mut().hear();
        let (preface, mut bytes) = bytes.split_at_checked(self.skip).unwrap_or((bytes, &[]));
        self.skip -= preface.len();
        out.extend_from_slice(preface);
        let mut begin = out.len();
        while !bytes.is_empty() {
            if self.input.is_between() {
                begin = out.len();
            }
            let taken = self.input.take(bytes);
            let payload = bytes.get(taken.used - taken.payload..taken.used).unwrap_or_default();
            bytes = bytes.get(taken.used..).unwrap_or_default();
            let mut end = None;
            if taken.head {
                end = self.head();
                if self.fate == Use::Passed {
                    out.extend_from_slice(&self.input.head());
                }
            }
            if end.is_none() && (taken.head || taken.payload > 0) {
                end = self.payload(payload, taken.whole, out);
            }
            if let Some(ending) = end {
                out.truncate(begin);
                self.notes.borrow_mut().fault = Some(ending.fault());
                return end;
            }
            if taken.whole {
                self.whole();
            }
        }
        None
    }

    /// Judges a frame by its head.
    fn head(&mut self) -> Option<Ending> {
        let frame = self.input;
        let (kind, length) = (frame.kind(), frame.length());
        self.payload.clear();
        self.fate = match kind {
            HEADERS | CONTINUATION => Use::Read,
            GOAWAY => Use::Hidden,
            SETTINGS if !frame.has(END) => Use::Hidden,
            kind if kind > CONTINUATION => Use::Hidden,
            _ => Use::Passed,
        };
        let unread = match kind {
            DATA => self.is_unread(),
            // The codec takes the order of requests amiss that no endpoint should speak of.
            PRIORITY => self.peer == Peer::Endpoint,
            _ => false,
        };
        if unread {
            self.fate = Use::Hidden;
        }
        let settings = kind == SETTINGS && !frame.has(END);
        if !std::mem::replace(&mut self.begun, true) && !settings {
            return Some(Ending::Said(PROTOCOL_ERROR, "SETTINGS expected"));
        }
        if self.continued.is_some_and(|stream| kind != CONTINUATION || frame.stream() != stream) {
            let why = "unexpected non-CONTINUATION frame or stream_id is invalid";
            return Some(Ending::Said(PROTOCOL_ERROR, why));
        }
        if length > LONGEST && kind != CONTINUATION {
            return Some(Ending::Said(FRAME_SIZE_ERROR, "too large frame size"));
        }
        if !fits(&frame) {
            return Some(Ending::Said(FRAME_SIZE_ERROR, ""));
        }
        self.place()
    }

    /// Takes a part of a frame's payload.
    fn payload(&mut self, part: &[u8], whole: bool, out: &mut BytesMut) -> Option<Ending> {
        match self.input.kind() {
            HEADERS => {
                self.payload.extend_from_slice(part);
                whole.then(|| self.headers(out)).flatten()
            }
            CONTINUATION => self.fields(part, whole && self.input.has(END_HEADERS), out),
            DATA => {
                let end = self.padding(part).or_else(|| whole.then(|| self.body(out)).flatten());
                self.pause(whole && self.overflows(), out.len());
                if self.fate == Use::Passed {
                    out.extend_from_slice(part);
                } else if whole {
                    self.unread();
                }
                end
            }
            kind => {
                if self.fate == Use::Passed {
                    out.extend_from_slice(part);
                }
                if matches!(kind, GOAWAY | SETTINGS | RESET | WINDOW_UPDATE) {
                    self.payload.extend_from_slice(part);
                }
                whole.then(|| self.message(out)).flatten()
            }
        }
    }

    /// Takes note of a frame that is whole.
    fn whole(&mut self) {
        let (frame, stream) = (self.input, self.input.stream());
        match frame.kind() {
            DATA | HEADERS if frame.has(END) => {
                self.ended(stream, |ended| ended.peer |= !ended.closing);
                if self.peer == Peer::Client {
                    self.notes.borrow_mut().end(stream);
                }
            }
            RESET => drop(self.streams.remove(&stream)),
            _ => {}
        }
    }

    /// Takes note of a side's end; a stream is gone with its second side.
    pub(super) fn ended(&mut self, stream: u32, side: fn(&mut Ended)) {
        let Some(ended) = self.streams.get_mut(&stream) else { return };
        side(ended);
        if ended.peer && ended.own && !ended.closing {
            self.streams.remove(&stream);
        }
    }
}

/// Whether a frame of its kind may have its length.
fn fits(frame: &Frames) -> bool {
    let length = frame.length();
    match frame.kind() {
        PRIORITY => length == 5,
        RESET | WINDOW_UPDATE => length == 4,
        SETTINGS => length.is_multiple_of(6) && (!frame.has(END) || length == 0),
        PING => length == 8,
        GOAWAY => length >= 8,
        PUSH_PROMISE => length >= 4,
        _ => true,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::frames::{PADDED, PRIORITISED};
    use super::super::said::{COMPRESSION_ERROR, STREAM_CLOSED};
    use super::*;

    pub(in super::super) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16).to_be_bytes();
        let mut bytes = vec![0, length[0], length[1], kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    }

    pub(in super::super) const GET: &[u8] = b"\x82\x86\x84\x01\x01a";

    /// A request on a stream, with or without its end.
    pub(in super::super) fn request(stream: u8, end: u8) -> Vec<u8> {
        frame(HEADERS, END_HEADERS | end, stream, GET)
    }

    pub(in super::super) fn guard(preface: usize) -> Guard {
        Guard::new(preface, Limits { extended: false, head: 60_000, fields: 100 }, SharedNotes::default())
    }

    fn code(ending: Ending) -> u32 {
        match ending {
            Ending::Said(code, _) => code,
            Ending::Silent(_) => 0,
        }
    }

    /// The code with which a connection ends that begins as it should and goes on with these frames, for every way they may arrive; 0
    /// for an end without a word.
    pub(in super::super) fn judged(frames: &[Vec<u8>]) -> Option<u32> {
        let all = [frame(SETTINGS, 0, 0, b""), frames.concat()].concat();
        let ends = [1, 2, 5, 9, 100, 20_000].map(|size| {
            let mut guard = guard(0);
            let end = all.chunks(size).find_map(|part| guard.received(part, &mut BytesMut::new()));
            end.map(code)
        });
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        ends[0]
    }

    #[test]
    fn frames_that_cannot_be_are_answered() {
        let said = |code| Some(code);
        for (bad, code) in [
            (frame(DATA, 0, 3, b"a"), PROTOCOL_ERROR),
            (frame(DATA, 0, 0, b"a"), PROTOCOL_ERROR),
            (frame(DATA, PADDED, 1, b"\x09a"), PROTOCOL_ERROR),
            (frame(DATA, PADDED, 1, b""), PROTOCOL_ERROR),
            (frame(HEADERS, PADDED | END | END_HEADERS, 3, b"\xff\x82"), PROTOCOL_ERROR),
            (frame(HEADERS, PRIORITISED | END_HEADERS, 3, b"\x82"), FRAME_SIZE_ERROR),
            (frame(CONTINUATION, END_HEADERS, 1, b""), PROTOCOL_ERROR),
            (frame(RESET, 0, 1, b"ab"), FRAME_SIZE_ERROR),
            (frame(PRIORITY, 0, 1, b"ab"), FRAME_SIZE_ERROR),
            (frame(SETTINGS, END, 0, b"123456"), FRAME_SIZE_ERROR),
            (frame(PING, 0, 0, b"1234"), FRAME_SIZE_ERROR),
            (frame(99, 0, 0, &[0; 16_385]), FRAME_SIZE_ERROR),
            (frame(HEADERS, END | END_HEADERS, 3, &[0xff; 6]), COMPRESSION_ERROR),
        ] {
            assert_eq!(judged(&[request(1, 0), bad.clone()]), said(code), "{bad:?}");
        }
        assert_eq!(judged(&[request(1, END), frame(DATA, 0, 1, b"a")]), said(STREAM_CLOSED));
        let open = frame(HEADERS, 0, 1, b"\x82");
        assert_eq!(judged(&[open, frame(PING, 0, 0, b"12345678")]), said(PROTOCOL_ERROR));
        let mut out = BytesMut::new();
        assert_eq!(guard(0).received(&request(1, END), &mut out).map(code), said(PROTOCOL_ERROR));
        assert!(out.is_empty());
    }

    #[test]
    fn what_frames_should_not_mean_ends_without_a_word() {
        for bad in [
            request(2, END),
            request(1, 0),
            request(1, END),
            frame(HEADERS, END_HEADERS, 1, b"\x00\x01a\x01b"),
            frame(GOAWAY, 0, 1, &[0; 8]),
        ] {
            assert_eq!(judged(&[request(1, 0), bad.clone()]), Some(0), "{bad:?}");
        }
        let well = [
            request(1, 0),
            frame(DATA, PADDED, 1, b"\x01ab"),
            frame(PRIORITY, 0, 1, b"\0\0\0\x01\x05"),
            frame(GOAWAY, 0, 0, &[0; 8]),
            frame(HEADERS, END | END_HEADERS, 1, b"\x00\x01a\x01b"),
            request(3, END),
            frame(99, 0, 7, b"x"),
        ];
        assert_eq!(judged(&well), None);
        let pings = frame(PING, 0, 0, b"12345678").repeat(3000);
        assert_eq!(judged(&[pings]), Some(0));
    }

    #[test]
    fn frames_without_a_meaning_are_hidden() {
        let seen = [frame(SETTINGS, 0, 0, b""), frame(PRIORITY, 0, 1, &[0; 5])].concat();
        let hidden = [frame(GOAWAY, 0, 0, &[0; 8]), frame(99, 0, 7, b"x")].concat();
        let mut out = BytesMut::new();
        assert_eq!(guard(0).received(&[seen.clone(), hidden].concat(), &mut out), None);
        assert_eq!(out, seen);
    }
}
