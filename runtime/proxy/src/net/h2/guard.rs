//! Follows the frames of an HTTP/2 connection in both directions, for what the codec decides otherwise than Envoy.
//!
//! Envoy's codec knows two ways to end a connection. Frames that cannot be what they say (their size, their padding, their place) are
//! answered with GOAWAY; whatever is wrong with what frames mean ends the connection without a word, and so does a malformed request, as
//! `stream_error_on_invalid_http_messaging` is off. The codec below answers most of that with resets and GOAWAY frames of its own
//! choice, and has no hook to ask before it does; so frames are judged before it reads them, and what it says of its own accord is
//! judged before it is sent. GOAWAY of a client means nothing to Envoy, and is hidden from the codec. PRIORITY means nothing to
//! it either, but the codec sees it and refuses one that cannot be, and a window beyond all bounds is answered with its error: RFC 9113
//! demands both (`runtime/deviations.txt`).
//! It also cuts the fragment off a path, which Envoy refuses.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::flood::FrameBudget;
use super::frames::{
    CONTINUATION, DATA, END, END_HEADERS, Frames, GOAWAY, HEADERS, PADDED, PING, PRIORITISED, PRIORITY,
    PUSH_PROMISE, RESET, SETTINGS, WINDOW_UPDATE,
};
use super::hpack;
use super::said::{COMPRESSION_ERROR, FRAME_SIZE_ERROR, PROTOCOL_ERROR, Sent};

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

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is said.
    Silent,
    /// With a GOAWAY of this code.
    Said(u32),
}

const STREAM_CLOSED: u32 = 5;

/// A kind that nobody knows: the codec ignores such frames.
const HIDDEN: u8 = 0xff;
/// The longest payload that a client may send, as the settings do not say otherwise.
const LONGEST: usize = 16_384;
/// More than this of a head is not looked at; the codec refuses it.
const MOST: usize = 1 << 20;

/// Which sides of a stream have ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    client: bool,
    pub(super) own: bool,
}

/// Both directions of a connection.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(super) notes: SharedNotes,
    // Bytes of the preface that are still to come.
    skip: usize,
    pub(super) input: Frames,
    budget: FrameBudget,
    // Whether a frame has come.
    begun: bool,
    // The stream whose block of headers goes on.
    continued: Option<u32>,
    payload: Vec<u8>,
    // The block of headers that came last.
    block: Vec<u8>,
    // Whether the block is one of trailers.
    trailers: bool,
    pub(super) streams: BTreeMap<u32, Ended>,
    // The last stream that the client has opened.
    pub(super) last: u32,
    pub(super) output: Sent,
}

impl Guard {
    /// A guard for a connection that begins with `preface` bytes of preface.
    pub(crate) fn new(preface: usize, notes: SharedNotes) -> Self {
        Self {
            notes,
            skip: preface,
            input: Frames::default(),
            budget: FrameBudget::new(),
            begun: false,
            continued: None,
            payload: Vec::new(),
            block: Vec::new(),
            trailers: false,
            streams: BTreeMap::new(),
            last: 0,
            output: Sent::default(),
        }
    }

    /// Judges bytes that arrive: how many of them are for the codec, and how the connection ends after these, if it does.
    pub(crate) fn received(&mut self, bytes: &mut [u8]) -> (usize, Option<Ending>) {
        let mut at = self.skip.min(bytes.len());
        self.skip -= at;
        let mut begin = at;
        while at < bytes.len() {
            if self.input.is_between() {
                begin = at;
            }
            let taken = self.input.take(bytes.get(at..).unwrap_or_default());
            if let Some(kind) = taken.kind_at.and_then(|kind| bytes.get_mut(at + kind))
                && *kind == GOAWAY
            {
                *kind = HIDDEN;
            }
            at += taken.used;
            let mut end = if taken.head { self.head() } else { None };
            let payload = bytes.get(at - taken.payload..at).unwrap_or_default();
            let inside = taken.head || taken.payload > 0;
            if inside && end.is_none() && matches!(self.input.kind(), DATA | HEADERS | CONTINUATION) {
                end = self.payload(payload, taken.whole);
            }
            if end.is_none() && taken.whole {
                self.whole();
            }
            if end.is_some() {
                return (begin, end);
            }
        }
        (bytes.len(), None)
    }

    /// Judges a frame by its head.
    fn head(&mut self) -> Option<Ending> {
        let frame = self.input;
        let (kind, length, stream) = (frame.kind(), frame.length(), frame.stream());
        self.payload.clear();
        let settings = kind == SETTINGS && !frame.has(END);
        if !std::mem::replace(&mut self.begun, true) && !settings {
            return Some(Ending::Said(PROTOCOL_ERROR));
        }
        if !self.budget.allows(kind) {
            return Some(Ending::Silent);
        }
        if self.continued.is_some_and(|stream| kind != CONTINUATION || frame.stream() != stream) {
            return Some(Ending::Said(PROTOCOL_ERROR));
        }
        let fits = match kind {
            PRIORITY => length == 5,
            RESET | WINDOW_UPDATE => length == 4,
            SETTINGS => length.is_multiple_of(6) && (settings || length == 0),
            PING => length == 8,
            GOAWAY => length >= 8,
            PUSH_PROMISE => length >= 4,
            _ => true,
        };
        if !fits || (length > LONGEST && kind != CONTINUATION) {
            return Some(Ending::Said(FRAME_SIZE_ERROR));
        }
        match kind {
            DATA => self.data(stream),
            CONTINUATION if self.continued.is_none() => Some(Ending::Said(PROTOCOL_ERROR)),
            GOAWAY if stream != 0 => Some(Ending::Silent),
            _ => None,
        }
    }

    /// Judges DATA by its stream.
    fn data(&self, stream: u32) -> Option<Ending> {
        match self.streams.get(&stream) {
            Some(ended) if ended.client => Some(Ending::Said(STREAM_CLOSED)),
            None if self.is_idle(stream) => Some(Ending::Said(PROTOCOL_ERROR)),
            Some(_) | None => None,
        }
    }

    /// Whether nobody has opened this stream; 0 and the own ones are never opened.
    fn is_idle(&self, stream: u32) -> bool {
        stream.is_multiple_of(2) || stream > self.last
    }

    /// Judges a frame by its payload, as far as that has come.
    fn payload(&mut self, part: &[u8], whole: bool) -> Option<Ending> {
        let frame = self.input;
        if frame.kind() == DATA {
            // The first byte says how much padding there is.
            if frame.has(PADDED) && self.payload.is_empty() {
                self.payload.extend(part.first());
                let padding = self.payload.first().map(|count| usize::from(*count) + 1);
                let none = frame.length() == 0;
                let over = padding.is_some_and(|padding| padding > frame.length());
                return (none || over).then_some(Ending::Said(PROTOCOL_ERROR));
            }
            return None;
        }
        if frame.kind() == HEADERS || self.block.len() <= MOST {
            self.payload.extend_from_slice(part);
        }
        if !whole {
            return None;
        }
        let end = if frame.kind() == HEADERS { self.headers() } else { None };
        if end.is_some() {
            return end;
        }
        if frame.kind() == CONTINUATION {
            self.block.extend_from_slice(&self.payload);
        }
        self.continued = (!frame.has(END_HEADERS)).then_some(frame.stream());
        self.fields()
    }

    /// The first frame of a block of headers.
    fn headers(&mut self) -> Option<Ending> {
        let frame = self.input;
        let payload = self.payload.as_slice();
        let padded = usize::from(frame.has(PADDED));
        let priority = if frame.has(PRIORITISED) { 5 } else { 0 };
        let padding = payload.first().map_or(0, |count| usize::from(*count) * padded);
        if payload.len() < padded {
            return Some(Ending::Said(PROTOCOL_ERROR));
        }
        if payload.len() < padded + priority {
            return Some(Ending::Said(FRAME_SIZE_ERROR));
        }
        if payload.len() < padded + priority + padding {
            return Some(Ending::Said(PROTOCOL_ERROR));
        }
        let block = payload.get(padded + priority..payload.len() - padding).unwrap_or_default();
        self.block.clear();
        self.block.extend_from_slice(block);
        let (stream, ends) = (frame.stream(), frame.has(END));
        self.trailers = false;
        match self.streams.get(&stream) {
            Some(ended) if ended.client || !ends => return Some(Ending::Silent),
            Some(_) => self.trailers = true,
            None if stream.is_multiple_of(2) => return Some(Ending::Silent),
            None if stream > self.last => {
                self.last = stream;
                self.streams.insert(stream, Ended::default());
            }
            None => {}
        }
        None
    }

    /// What a block of headers says, as far as it has come.
    fn fields(&mut self) -> Option<Ending> {
        if self.trailers && hpack::begins_with_pseudo(&self.block) {
            return Some(Ending::Silent);
        }
        if self.continued.is_some() {
            return None;
        }
        // The codec does not tell a block that is none from a name that may not be.
        if !hpack::is_sound(&self.block) {
            return Some(Ending::Said(COMPRESSION_ERROR));
        }
        if let Some(path) = hpack::literal_path(&self.block).filter(|path| path.contains(&b'#')) {
            self.notes.borrow_mut().fragments.push((self.input.stream(), path));
        }
        None
    }

    /// Takes note of a frame that the codec gets.
    fn whole(&mut self) {
        let stream = self.input.stream();
        match self.input.kind() {
            DATA | HEADERS if self.input.has(END) => self.ended(stream, |ended| ended.client = true),
            RESET => drop(self.streams.remove(&stream)),
            _ => {}
        }
    }

    /// Takes note of a side's end; a stream is gone with its second side.
    pub(super) fn ended(&mut self, stream: u32, side: fn(&mut Ended)) {
        let Some(ended) = self.streams.get_mut(&stream) else { return };
        side(ended);
        if ended.client && ended.own {
            self.streams.remove(&stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16).to_be_bytes();
        let mut bytes = vec![0, length[0], length[1], kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    }

    /// A request on a stream, with or without its end.
    fn request(stream: u8, end: u8) -> Vec<u8> {
        frame(HEADERS, END_HEADERS | end, stream, b"\x82\x04\x02/a")
    }

    /// How a connection ends that begins as it should and goes on with these frames, for every way they may arrive.
    fn judged(frames: &[Vec<u8>]) -> Option<Ending> {
        let all = [frame(SETTINGS, 0, 0, b""), frames.concat()].concat();
        let ends = [1, 2, 5, 9, 100, 20_000].map(|size| {
            let mut guard = Guard::new(0, SharedNotes::default());
            all.clone().chunks_mut(size).find_map(|part| guard.received(part).1)
        });
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        ends[0]
    }

    #[test]
    fn fragments_are_seen_however_the_bytes_arrive() {
        // :method GET, then :path as a literal: plain, and compressed.
        for path in [&b"\x82\x04\x04/a#b"[..], b"\x82\x44\x84\x60\x7f\xf5\x1f"] {
            let mut bytes = b"PRI".to_vec();
            bytes.extend(frame(SETTINGS, 0, 0, b""));
            bytes.extend(frame(HEADERS, PADDED, 1, &[&[1][..], &path[..2], &[0]].concat()));
            bytes.extend(frame(CONTINUATION, END_HEADERS, 1, &path[2..]));
            bytes.extend(request(3, 0));
            for size in [1, 2, 5, 100] {
                let notes = SharedNotes::default();
                let mut guard = Guard::new(3, notes.clone());
                bytes.clone().chunks_mut(size).for_each(|part| assert_eq!(guard.received(part).1, None));
                let found = notes.borrow().fragments.clone();
                assert_eq!(found.len(), 1, "{size} {found:?}");
                assert_eq!((found[0].0, found[0].1.starts_with(b"/a#")), (1, true));
            }
        }
    }

    #[test]
    fn frames_that_cannot_be_are_answered() {
        let said = |code| Some(Ending::Said(code));
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
        let mut early = Guard::new(0, SharedNotes::default());
        assert_eq!(early.received(&mut request(1, END)), (0, said(PROTOCOL_ERROR)));
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
            assert_eq!(judged(&[request(1, 0), bad.clone()]), Some(Ending::Silent), "{bad:?}");
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
        assert_eq!(judged(&[pings]), Some(Ending::Silent));
    }

    #[test]
    fn frames_without_a_meaning_are_hidden() {
        let mut guard = Guard::new(0, SharedNotes::default());
        let mut bytes = [frame(SETTINGS, 0, 0, b""), frame(PRIORITY, 0, 1, &[0; 5])].concat();
        bytes.extend(frame(GOAWAY, 0, 0, &[0; 8]));
        assert_eq!(guard.received(&mut bytes), (bytes.len(), None));
        assert_eq!((bytes[3], bytes[12], bytes[26]), (SETTINGS, PRIORITY, HIDDEN));
    }
}
