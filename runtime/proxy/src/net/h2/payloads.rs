//! What frames carry beside headers: bodies, settings and the ends of streams.
use bytes::BytesMut;

use super::blocks::reset;
use super::constraints::LIFETIME;
use super::fault::{Ending, Fault};
use super::frames::{
    CONTINUATION, DATA, END, GOAWAY, PADDED, PING, PUSH_PROMISE, RESET, SETTINGS, WINDOW_UPDATE,
};
use super::guard::{Guard, Stage};
use super::rules::Peer;
use super::said::{ENHANCE_YOUR_CALM, PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED};
use super::settings;

impl Guard {
    /// Judges a frame by its place: its stream, and what came before.
    pub(super) fn place(&mut self) -> Option<Ending> {
        let frame = self.input;
        let (kind, length, stream) = (frame.kind(), frame.length(), frame.stream());
        match kind {
            DATA => return self.data(stream),
            CONTINUATION if self.continued.is_none() => {
                return Some(Ending::Said(PROTOCOL_ERROR, "CONTINUATION: unexpected"));
            }
            SETTINGS if length > settings::MOST * 6 => {
                return Some(Ending::Said(ENHANCE_YOUR_CALM, "SETTINGS: too many setting entries"));
            }
            GOAWAY | SETTINGS | PING if stream != 0 => return Some(Ending::Silent(Fault::frame(stream))),
            // The own settings do without.
            PUSH_PROMISE if self.peer == Peer::Endpoint => return Some(Ending::Silent(Fault::frame(stream))),
            RESET | WINDOW_UPDATE if (stream != 0 || kind == RESET) && self.is_idle(stream) => {
                return Some(Ending::Silent(Fault::frame(0)));
            }
            _ => {}
        }
        let flood = self.constraints.note(&frame, length, self.peer);
        flood.map(|flood| Ending::Silent(Fault::flood(stream, flood)))
    }

    /// Judges DATA by its stream.
    fn data(&self, stream: u32) -> Option<Ending> {
        match self.streams.get(&stream) {
            Some(ended) if ended.peer => {
                Some(Ending::Said(STREAM_CLOSED, "DATA: stream in half-closed(remote)"))
            }
            Some(ended) if ended.stage == Stage::Silent => {
                Some(Ending::Said(PROTOCOL_ERROR, "DATA: stream not opened"))
            }
            None if stream == 0 => Some(Ending::Said(PROTOCOL_ERROR, "DATA: stream_id == 0")),
            None if self.is_idle(stream) => Some(Ending::Said(PROTOCOL_ERROR, "DATA: stream in idle")),
            Some(_) | None => None,
        }
    }

    /// Whether nobody has opened this stream; 0 and the own ones are never opened.
    pub(super) fn is_idle(&self, stream: u32) -> bool {
        stream.is_multiple_of(2) || stream > self.last
    }

    /// Whether nobody waits for the DATA at hand, of an endpoint's stream that is over or waits for its response.
    pub(super) fn is_unread(&self) -> bool {
        let ended = self.streams.get(&self.input.stream());
        let read = ended.is_some_and(|ended| ended.stage == Stage::Begun && !ended.closing);
        self.peer == Peer::Endpoint && !read
    }

    /// Gives back the room that DATA for nobody has taken.
    pub(super) fn unread(&mut self) {
        let length = self.input.length();
        if length > 0 {
            let [a, b, c, d] = (length as u32).to_be_bytes();
            self.own.extend_from_slice(&[0, 0, 4, WINDOW_UPDATE, 0, 0, 0, 0, 0, a, b, c, d]);
        }
    }

    /// Takes note of DATA that is whole.
    pub(super) fn body(&mut self, out: &mut BytesMut) -> Option<Ending> {
        let (frame, stream) = (self.input, self.input.stream());
        let padding = self.payload.first().map_or(0, |count| usize::from(*count) + 1);
        let length = frame.length().saturating_sub(padding);
        // Of streams that are over Envoy is not told.
        let ended = self.streams.get_mut(&stream).filter(|ended| !ended.closing)?;
        ended.received += length as u64;
        // The stream goes with it, and what follows on it is for nobody.
        let over = length > 0 && ended.told.is_some_and(|told| ended.received > told);
        let short = frame.has(END) && ended.told.is_some_and(|told| ended.received < told);
        let early = ended.stage != Stage::Begun && (length > 0 || frame.has(END));
        ended.closing = over || short || early;
        if ended.closing {
            ended.peer |= short;
            if early {
                self.own.extend_from_slice(&reset(stream, PROTOCOL_ERROR));
                out.extend_from_slice(&reset(stream, PROTOCOL_ERROR));
            }
            return None;
        }
        let flood = self.constraints.note(&frame, length, self.peer);
        flood.map(|flood| Ending::Silent(Fault::flood(stream, flood)))
    }

    /// Whether the codec is going to reset the stream of the frame at hand: its body is not as long as told.
    pub(super) fn overflows(&self) -> bool {
        self.streams.get(&self.input.stream()).is_some_and(|ended| ended.closing)
    }

    /// Has the codec wait before what follows, when that ends a request that it has not told of yet.
    pub(super) fn pause(&mut self, wanted: bool, at: usize) {
        if wanted && self.notes.borrow().heads.contains_key(&self.input.stream()) {
            self.pauses.push_back(at);
        }
    }

    /// A frame that is about the connection or a stream, and is whole.
    pub(super) fn message(&mut self, out: &mut BytesMut) -> Option<Ending> {
        match self.input.kind() {
            SETTINGS if !self.input.has(END) => {
                let payload = std::mem::take(&mut self.payload);
                let Some(entries) = self.settings.read(&payload, self.peer) else {
                    return Some(Ending::Silent(Fault::frame(0)));
                };
                let most = entries.iter().find(|(name, _)| *name == settings::STREAMS);
                if let Some((_, most)) = most {
                    self.notes.borrow_mut().most = Some(*most);
                }
                out.extend_from_slice(&settings::frame(&entries));
            }
            GOAWAY => return self.leaves(out),
            RESET => return self.reset(out),
            WINDOW_UPDATE if self.payload.iter().all(|byte| *byte == 0) => {
                return Some(Ending::Silent(Fault::frame(self.input.stream())));
            }
            _ => {}
        }
        None
    }

    /// The peer says which stream of the own side is the last that it serves; streams behind it are over.
    fn leaves(&mut self, out: &mut BytesMut) -> Option<Ending> {
        let number = self.payload.first_chunk().map_or(0, |last| u32::from_be_bytes(*last));
        let last = number & 0x7fff_ffff;
        let foreign = last > 0 && last.is_multiple_of(2) == (self.peer == Peer::Endpoint);
        if foreign || last > self.wanted {
            return Some(Ending::Silent(Fault::frame(0)));
        }
        self.wanted = last;
        if self.peer == Peer::Endpoint {
            self.notes.borrow_mut().leaving = true;
            for stream in self.streams.split_off(&(last + 1)).into_keys() {
                out.extend_from_slice(&reset(stream, REFUSED_STREAM));
            }
        }
        None
    }

    /// The first byte of padded DATA says how much padding there is.
    pub(super) fn padding(&mut self, part: &[u8]) -> Option<Ending> {
        let frame = self.input;
        if !frame.has(PADDED) || !self.payload.is_empty() {
            return None;
        }
        self.payload.extend(part.first());
        let padding = self.payload.first().map(|count| usize::from(*count) + 1);
        if frame.length() == 0 {
            return Some(Ending::Said(PROTOCOL_ERROR, "DATA: insufficient padding space"));
        }
        let over = padding.is_some_and(|padding| padding > frame.length());
        over.then_some(Ending::Said(PROTOCOL_ERROR, "DATA: invalid padding"))
    }

    /// Takes note of a client that takes a request back, as `source/common/http/http2/codec_impl.cc`, onStreamClose, tells it.
    fn reset(&mut self, out: &BytesMut) -> Option<Ending> {
        self.pause(true, out.len().saturating_sub(9 + self.input.length()));
        if self.peer == Peer::Endpoint {
            return None;
        }
        let stream = self.input.stream();
        let ended = self.streams.get(&stream).copied();
        let whole = ended.is_some_and(|ended| ended.peer);
        let mut notes = self.notes.borrow_mut();
        if notes.served.contains(&stream) || notes.heads.contains_key(&stream) {
            let details = match self.payload.as_slice() {
                [0, 0, 0, 0] if whole => None,
                [0, 0, 0, 7] => Some("http2.remote_refuse"),
                _ => Some("http2.remote_reset"),
            };
            notes.reset.push((stream, details));
        }
        let young = ended.and_then(|ended| ended.since).is_some_and(|since| since.elapsed() < LIFETIME);
        let closed = u64::from(self.last).div_ceil(2).saturating_sub(self.streams.len() as u64);
        let flood = young.then(|| self.constraints.taken_back(closed + 1)).flatten();
        flood.map(|flood| Ending::Silent(Fault::flood(stream, flood)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{END_HEADERS, HEADERS, PRIORITY};
    use super::super::guard::tests::frame;
    use super::super::hpack;
    use super::super::notes::{Limits, SharedNotes};
    use super::super::rules::Asked;
    use super::*;

    fn head(flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        fields.iter().for_each(|(name, value)| hpack::write(name.as_bytes(), value.as_bytes(), &mut block));
        frame(HEADERS, flags | END_HEADERS, 1, &block)
    }

    fn fine(length: &str) -> Vec<u8> {
        head(0, &[(":status", "200"), ("content-length", length)])
    }

    /// What the codec reads of an endpoint's frames behind its settings, and how the connection ends: 0 for an end without a word.
    fn judged(asked: Asked, frames: &[Vec<u8>]) -> (Vec<u8>, Option<u32>, Guard) {
        let limits = Limits { extended: false, head: 1000, fields: 10 };
        let notes = SharedNotes::default();
        notes.borrow_mut().asked.insert(1, asked);
        let mut guard = Guard::to_endpoint(limits, notes);
        guard.sent(&frame(HEADERS, END | END_HEADERS, 1, b"\x82"));
        let mut out = BytesMut::new();
        let begin = [frame(SETTINGS, 0, 0, b""), frames.concat()].concat();
        let end = begin.chunks(7).find_map(|part| guard.received(part, &mut out));
        let code = end.map(|end| if let Ending::Said(code, _) = end { code } else { 0 });
        (out.split_off(9).to_vec(), code, guard)
    }

    fn end(frames: &[Vec<u8>]) -> Option<u32> {
        judged(Asked::Body, frames).1
    }

    #[test]
    fn a_response_has_its_parts_in_order() {
        let (body, last) = (frame(DATA, 0, 1, b"abc"), frame(DATA, END, 1, b"abc"));
        let early = head(0, &[(":status", "199")]);
        assert_eq!(end(&[early.clone(), fine("6"), body.clone(), last.clone()]), None);
        assert_eq!(end(std::slice::from_ref(&last)), Some(PROTOCOL_ERROR), "nothing before it");
        let (out, code, guard) = judged(Asked::Body, &[early.clone(), last.clone(), last.clone()]);
        assert_eq!((out.ends_with(&reset(1, 1)), code), (true, None), "no head before it");
        let room = frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 3]);
        assert_eq!(guard.own, [&reset(1, 1)[..], &room, &room].concat());
        assert_eq!(end(&[early.clone(), frame(DATA, 0, 1, b""), fine("3"), last.clone()]), None);
        assert_eq!(end(&[head(END, &[(":status", "199")])]), Some(0), "an early end");
        assert_eq!(end(&[fine("2"), body.clone(), last.clone(), fine("3")]), None, "the codec resets it");
        assert_eq!(end(&[fine("4"), last.clone()]), None, "the codec resets it");
        assert_eq!(end(&[fine("4"), last.clone(), fine("3")]), Some(0));
        assert_eq!(end(&[fine("3"), body, head(END, &[("a", "b")])]), None);
        assert_eq!(end(&[frame(PUSH_PROMISE, 4, 1, &[0, 0, 0, 2, 0x82])]), Some(0));
        let to_head = judged(Asked::Head, &[head(END, &[(":status", "200"), ("content-length", "9")])]);
        assert_eq!(to_head.1, None);
    }

    #[test]
    fn what_nobody_waits_for_is_hidden() {
        let done = [fine("3"), frame(DATA, END, 1, b"abc")];
        let late = [frame(DATA, 0, 1, b"late"), head(END, &[("a", "b")]), frame(PRIORITY, 0, 0, &[0; 5])];
        let (plain, ..) = judged(Asked::Body, &done);
        let (out, code, guard) = judged(Asked::Body, &[&done[..], &late].concat());
        assert_eq!((out, code), (plain, None));
        assert_eq!(guard.own, frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 4]));
    }

    #[test]
    fn a_long_head_resets_its_stream() {
        let (out, code, guard) =
            judged(Asked::Body, &[head(0, &[(":status", "200"), ("a", &"v".repeat(1000))])]);
        assert_eq!((out.as_slice(), code), (&reset(1, 2)[..], None));
        assert_eq!(guard.own, reset(1, 2));
    }

    #[test]
    fn an_endpoint_that_leaves_serves_what_it_says() {
        let leaves = |last: u8| frame(GOAWAY, 0, 0, &[0, 0, 0, last, 0, 0, 0, 0]);
        let (out, code, mut guard) = judged(Asked::Body, &[leaves(1), fine("3")]);
        assert_eq!((out.first_chunk(), code), (Some(&[0, 0, 19, HEADERS, END_HEADERS, 0, 0, 0, 1]), None));
        assert!(guard.notes.borrow().leaving);
        guard.sent(&frame(HEADERS, END | END_HEADERS, 3, b"\x82"));
        let mut out = BytesMut::new();
        guard.refuse(&mut out);
        assert_eq!(out, reset(3, REFUSED_STREAM)[..], "asked behind the end");
        let (out, code, _) = judged(Asked::Body, &[leaves(0), fine("3")]);
        assert_eq!((out.as_slice(), code), (&reset(1, REFUSED_STREAM)[..], None));
        assert_eq!([end(&[leaves(2)]), end(&[leaves(1), leaves(3)])], [Some(0), Some(0)]);
    }
}
