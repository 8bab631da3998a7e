//! What the codec wants to say on an HTTP/2 connection, and whether Envoy would say it.
use bytes::BytesMut;

use super::blocks::reset;
use super::fault::{Ending, Fault};
use super::frames::{CONTINUATION, DATA, END, Frames, GOAWAY, HEADERS, RESET};
use super::guard::{Ended, Guard};
use super::rules::Peer;

pub(super) const PROTOCOL_ERROR: u32 = 1;
pub(super) const INTERNAL_ERROR: u32 = 2;
const FLOW_CONTROL_ERROR: u32 = 3;
pub(super) const STREAM_CLOSED: u32 = 5;
pub(super) const FRAME_SIZE_ERROR: u32 = 6;
pub(super) const REFUSED_STREAM: u32 = 7;
pub(super) const COMPRESSION_ERROR: u32 = 9;
pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

/// What is sent, with the beginning of the frame's payload.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sent {
    frames: Frames,
    begin: [u8; 8],
    known: usize,
}

impl Sent {
    /// Takes bytes up to the end of a frame: how many, and whether it is whole.
    fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        if self.frames.is_between() {
            self.known = 0;
        }
        let taken = self.frames.take(bytes);
        let payload = bytes.get(taken.used - taken.payload..taken.used).unwrap_or_default();
        for (slot, byte) in self.begin.iter_mut().skip(self.known).zip(payload) {
            *slot = *byte;
            self.known += 1;
        }
        (taken.used, taken.whole)
    }

    /// The error code in a frame that has one there.
    fn code(&self) -> u32 {
        let [a, b, c, d, e, f, g, h] = self.begin;
        u32::from_be_bytes(if self.frames.kind() == RESET { [a, b, c, d] } else { [e, f, g, h] })
    }
}

impl Guard {
    /// How many of these bytes may be sent, and how the connection ends after them, if it does.
    pub(crate) fn look(&self, bytes: &[u8]) -> (usize, Option<Ending>) {
        let (mut output, mut at) = (self.output, 0);
        loop {
            let begin = at;
            let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { return (at, None) };
            let (used, whole) = output.take(rest);
            at += used;
            let end = if whole { self.ends(&output) } else { None };
            if end.is_some() {
                return (begin, end);
            }
        }
    }

    /// Whether the codec ends the connection with a frame, or with one that Envoy does not send.
    fn ends(&self, frame: &Sent) -> Option<Ending> {
        match (frame.frames.kind(), frame.code()) {
            (RESET, _) if self.peer == Peer::Endpoint => None,
            // The end of the connection tells it all.
            (GOAWAY, 0) if self.peer == Peer::Endpoint => Some(Ending::Silent(Fault::frame(0))),
            (RESET, PROTOCOL_ERROR) => {
                let stream = frame.frames.stream();
                let served = self.notes.borrow().served.contains(&stream);
                // Fields that may not be there are worse than a body of another length.
                let trailers =
                    matches!(self.input.kind(), HEADERS | CONTINUATION) && self.input.stream() == stream;
                let closing = self.streams.get(&stream).is_some_and(|ended| ended.closing);
                (!closing && (!served || trailers)).then_some(Ending::Silent(Fault::frame(stream)))
            }
            (GOAWAY, 0) => None,
            (GOAWAY, code @ (COMPRESSION_ERROR | FLOW_CONTROL_ERROR | FRAME_SIZE_ERROR)) => {
                Some(Ending::Said(code, ""))
            }
            (GOAWAY, _) => Some(Ending::Silent(Fault::frame(0))),
            _ => None,
        }
    }

    /// Takes note of bytes that were sent.
    pub(crate) fn sent(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (used, whole) = self.output.take(bytes);
            bytes = bytes.get(used..).unwrap_or_default();
            let frame = self.output.frames;
            if whole && frame.kind() == DATA {
                self.constraints.sent += 1;
            }
            if whole && frame.kind() == HEADERS && self.peer == Peer::Endpoint {
                self.opened(frame.stream());
            }
            match frame.kind() {
                DATA | HEADERS if whole && frame.has(END) => {
                    self.ended(frame.stream(), |ended| ended.own = true);
                }
                RESET if whole => {
                    self.streams.remove(&frame.stream());
                    // Whoever has asked an endpoint looks at the head first.
                    if self.peer == Peer::Client {
                        self.notes.borrow_mut().heads.remove(&frame.stream());
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes note of a request that was sent to an endpoint. It has said that it takes none, if it has before.
    fn opened(&mut self, stream: u32) {
        if stream <= self.last {
            return;
        }
        self.last = stream;
        self.constraints.streams += 1;
        if stream > self.wanted {
            self.refused.push(stream);
        } else {
            self.streams.insert(stream, Ended::default());
        }
    }

    /// What the codec is to read of streams that nobody serves; nothing in the middle of a frame.
    pub(crate) fn refuse(&mut self, out: &mut BytesMut) {
        if self.input.is_between() {
            self.refused.drain(..).for_each(|stream| out.extend_from_slice(&reset(stream, REFUSED_STREAM)));
        }
    }

    /// Whether there are such streams.
    pub(crate) fn refuses(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Whether what was sent ends with a frame.
    pub(crate) fn is_between(&self) -> bool {
        self.output.frames.is_between()
    }

    /// A GOAWAY frame; empty where one cannot be sent, within another frame.
    pub(crate) fn goaway(&self, code: u32, why: &str) -> Vec<u8> {
        if !self.is_between() {
            return Vec::new();
        }
        let mut frame = vec![0, 0, 8 + why.len() as u8, GOAWAY, 0, 0, 0, 0, 0];
        frame.extend_from_slice(&self.last.to_be_bytes());
        frame.extend_from_slice(&code.to_be_bytes());
        frame.extend_from_slice(why.as_bytes());
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::super::notes::{Limits, SharedNotes};
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn what_envoy_does_not_say_ends_the_connection() {
        let notes = SharedNotes::default();
        let mut guard = Guard::new(0, Limits { extended: false, head: 0, fields: 0 }, notes.clone());
        let data = frame(DATA, 0, 1, b"abc");
        let reset = |code: u8| frame(RESET, 0, 1, &[0, 0, 0, code]);
        let all = [data.clone(), reset(1)].concat();
        assert_eq!(guard.look(&all), (data.len(), Some(Ending::Silent(Fault::frame(1)))));
        assert_eq!(guard.look(&reset(8)), (13, None));
        // Written in two parts, looked at again in between.
        guard.sent(&all[..15]);
        assert_eq!(guard.look(&all[15..]), (0, Some(Ending::Silent(Fault::frame(1)))));
        assert!(guard.goaway(1, "").is_empty(), "in the middle of a frame");
        guard.sent(&all[15..]);
        notes.borrow_mut().served.push(1);
        assert_eq!(guard.look(&all), (all.len(), None));
        let goaway = |code: u8| guard.look(&frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, code])).1;
        let expected = [
            None,
            Some(Ending::Silent(Fault::frame(0))),
            Some(Ending::Said(3, "")),
            Some(Ending::Said(6, "")),
        ];
        assert_eq!([0, 1, 3, 6].map(goaway), expected);
        assert_eq!(guard.goaway(9, "x"), frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 9, b'x']));
    }
}
