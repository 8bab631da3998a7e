//! Blocks of headers: reading what a client sent, and writing what the codec gets in its place.
use std::time::Instant;

use bytes::BytesMut;

use super::fault::{Ending, Fault};
use super::frames::{CONTINUATION, END, END_HEADERS, HEADERS, PADDED, PRIORITISED, RESET};
use super::guard::{Ended, Guard, LONGEST, Stage};
use super::hpack::{self, Field};
use super::rules::{Block, Broken, Peer};
use super::said::{COMPRESSION_ERROR, FRAME_SIZE_ERROR, INTERNAL_ERROR, PROTOCOL_ERROR};

/// A request that no codec dislikes: POST, http, /, and an authority.
const PLAIN: &[u8] = b"\x83\x86\x84\x01\x01a";
/// A response of that kind: 200.
const FINE: &[u8] = b"\x88";
/// An informational one: 100.
const EARLY: &[u8] = b"\x08\x03100";

/// The first frame of a block.
#[derive(Debug, Clone, Default)]
pub(super) struct Begin {
    stream: u32,
    ends: bool,
    /// What it says of its priority.
    priority: Vec<u8>,
}

impl Guard {
    /// The first frame of a block of headers, which is whole.
    pub(super) fn headers(&mut self, out: &mut BytesMut) -> Option<Ending> {
        let frame = self.input;
        let payload = std::mem::take(&mut self.payload);
        let padded = usize::from(frame.has(PADDED));
        let priority = if frame.has(PRIORITISED) { 5 } else { 0 };
        let padding = payload.first().map_or(0, |count| usize::from(*count) * padded);
        if payload.len() < padded {
            return Some(Ending::Said(PROTOCOL_ERROR, "HEADERS: insufficient padding space"));
        }
        if payload.len() < padded + priority {
            return Some(Ending::Said(FRAME_SIZE_ERROR, ""));
        }
        if payload.len() < padded + priority + padding {
            return Some(Ending::Said(PROTOCOL_ERROR, "HEADERS: invalid padding"));
        }
        let (stream, ends) = (frame.stream(), frame.has(END));
        let on = payload.get(padded..).and_then(<[u8]>::first_chunk).map_or(0, |on| u32::from_be_bytes(*on));
        let own = priority > 0 && on & 0x7fff_ffff == stream;
        self.block = match self.awaited(stream, own) {
            Ok(block) => block,
            Err(fault) => return Some(Ending::Silent(fault)),
        };
        let priority = payload.get(padded..padded + priority).unwrap_or_default().to_vec();
        let block = padded + priority.len()..payload.len() - padding;
        self.begin = Begin { stream, ends, priority };
        self.fields(payload.get(block).unwrap_or_default(), frame.has(END_HEADERS), out)
    }

    /// The block that may come on a stream now; none where nobody asks what it says. `own` says that the stream depends on itself.
    fn awaited(&mut self, stream: u32, own: bool) -> Result<Option<Block>, Fault> {
        let (peer, asked) = (self.peer, self.notes.borrow().asked.get(&stream).copied().unwrap_or_default());
        match self.streams.get(&stream) {
            Some(ended) if ended.peer => Err(Fault::frame(stream)),
            Some(ended) if ended.closing => Ok(None),
            Some(ended) if ended.stage != Stage::Begun => Ok(Some(Block::answer(asked))),
            Some(ended) => Ok(Some(Block::behind(peer, ended.told))),
            None if peer == Peer::Endpoint && self.is_idle(stream) => Err(Fault::frame(0)),
            None if peer == Peer::Endpoint => Ok(None),
            None if own && stream > self.last => Err(Fault::frame(0)),
            None if stream.is_multiple_of(2) => Err(Fault::frame(0)),
            None if stream > self.last => {
                self.last = stream;
                let begun = Ended { since: Some(Instant::now()), stage: Stage::Begun, ..Ended::default() };
                self.streams.insert(stream, begun);
                self.constraints.streams += 1;
                Ok(Some(Block::default()))
            }
            None => Ok(None),
        }
    }

    /// What a block of headers says, as far as it has come.
    pub(super) fn fields(&mut self, part: &[u8], last: bool, out: &mut BytesMut) -> Option<Ending> {
        let limits = self.limits;
        let mut judged = Ok(());
        let block = &mut self.block;
        let read = self.decoder.feed(part, last, |field| {
            if let Some(block) = block.as_mut().filter(|_| judged.is_ok()) {
                judged = block.add(field, limits);
            }
        });
        self.continued = (!last).then_some(self.begin.stream);
        if judged == Err(Broken::Long) {
            self.block = None;
            self.reset_long(out);
            judged = Ok(());
        }
        let done = judged.and_then(|()| read.map_err(Broken::from));
        match done.and_then(|()| if last { self.finish(out) } else { Ok(()) }) {
            Ok(()) => None,
            Err(Broken::Unsound) => Some(Ending::Said(COMPRESSION_ERROR, "")),
            Err(broken) => {
                let stream = self.begin.stream;
                let mut notes = self.notes.borrow_mut();
                notes.unborn = !notes.served.contains(&stream) && !notes.heads.contains_key(&stream);
                Some(Ending::Silent(Fault::fields(stream, broken)))
            }
        }
    }

    /// A block of headers is whole.
    fn finish(&mut self, out: &mut BytesMut) -> Result<(), Broken> {
        let Some(mut block) = self.block.take() else {
            if self.peer == Peer::Client {
                self.write(PLAIN, out);
            }
            return Ok(());
        };
        let stream = self.begin.stream;
        if !block.trailers {
            block.finish()?;
        } else if !self.begin.ends {
            return Err(Broken::Message);
        }
        let early = (100..200).contains(&block.status);
        let mut own = if block.trailers { Vec::new() } else { self.plain(early).to_vec() };
        // What is too long is reset for that, and for nothing else.
        let fits = block.fields.len() <= self.limits.fields && block.size <= self.limits.head;
        if let Some(ended) = self.streams.get_mut(&stream) {
            ended.told = block.length.filter(|_| fits);
            ended.stage = if early { Stage::Informed } else { Stage::Begun };
            let other = block.length.is_some_and(|length| length != ended.received);
            if self.begin.ends && (early || other) {
                return Err(Broken::Message);
            }
        }
        if block.trailers {
            let known = block.fields.iter().filter(|field| field.name != "te");
            known.for_each(|field| hpack::write(&field.name, &field.value, &mut own));
        } else {
            if let Some(length) = block.length.filter(|_| fits) {
                hpack::write(b"content-length", length.to_string().as_bytes(), &mut own);
            }
            self.keep(early, block.fields);
        }
        self.write(&own, out);
        Ok(())
    }

    /// The head that the codec gets in place of a peer's.
    fn plain(&self, early: bool) -> &'static [u8] {
        match self.peer {
            Peer::Client => PLAIN,
            Peer::Endpoint if early => EARLY,
            Peer::Endpoint => FINE,
        }
    }

    /// Keeps a head for whoever asks for it.
    fn keep(&self, early: bool, fields: Vec<Field>) {
        let (stream, mut notes) = (self.begin.stream, self.notes.borrow_mut());
        if early {
            notes.early.entry(stream).or_default().push_back(fields);
        } else {
            notes.heads.insert(stream, fields);
        }
    }

    /// Resets the stream of a response whose head is too long. To the codec it looks as if the endpoint had, as it does to Envoy's.
    fn reset_long(&mut self, out: &mut BytesMut) {
        let stream = self.begin.stream;
        self.own.extend_from_slice(&reset(stream, INTERNAL_ERROR));
        out.extend_from_slice(&reset(stream, INTERNAL_ERROR));
        self.streams.remove(&stream);
    }

    /// Gives the codec a block in frames that it takes.
    fn write(&self, block: &[u8], out: &mut BytesMut) {
        let Begin { stream, ends, priority } = &self.begin;
        let mut left = block.chunks(LONGEST - priority.len());
        let (first, mut next) = (left.next().unwrap_or_default(), left.next());
        let mut flags = u8::from(*ends) | if priority.is_empty() { 0 } else { PRIORITISED };
        flags |= if next.is_none() { END_HEADERS } else { 0 };
        write_head(HEADERS, flags, *stream, priority.len() + first.len(), out);
        out.extend_from_slice(priority);
        out.extend_from_slice(first);
        while let Some(part) = next {
            next = left.next();
            let flags = if next.is_none() { END_HEADERS } else { 0 };
            write_head(CONTINUATION, flags, *stream, part.len(), out);
            out.extend_from_slice(part);
        }
    }
}

/// A frame that resets a stream.
pub(super) fn reset(stream: u32, code: u32) -> [u8; 13] {
    let ([a, b, c, d], [e, f, g, h]) = (stream.to_be_bytes(), code.to_be_bytes());
    [0, 0, 4, RESET, 0, a, b, c, d, e, f, g, h]
}

fn write_head(kind: u8, flags: u8, stream: u32, length: usize, out: &mut BytesMut) {
    let [_, high, middle, low] = (length as u32).to_be_bytes();
    out.extend_from_slice(&[high, middle, low, kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::frames::{DATA, Frames, SETTINGS};
    use super::super::guard::tests::{GET, frame, guard, judged, request};
    use super::*;

    #[test]
    fn the_codec_gets_a_plain_request_however_the_bytes_arrive() {
        // Compressed: :method GET, :path, then the rest.
        let block = b"\x82\x44\x84\x60\x7f\xf5\x1f\x86\x41\x01a\x00\x01x\x01y\x00\x01z\x00\x00\x01x\x01w";
        let mut bytes = b"PRI".to_vec();
        bytes.extend(frame(SETTINGS, 0, 0, b""));
        bytes.extend(frame(HEADERS, PADDED, 1, &[&[1][..], &block[..2], &[0]].concat()));
        bytes.extend(frame(CONTINUATION, END_HEADERS, 1, &block[2..]));
        bytes.extend(frame(DATA, PADDED | END, 1, b"\x01ab"));
        let plain = frame(HEADERS, END_HEADERS, 1, PLAIN);
        let wanted =
            [b"PRI".to_vec(), frame(SETTINGS, 0, 0, b""), plain, frame(DATA, PADDED | END, 1, b"\x01ab")];
        for size in [1, 2, 5, 100] {
            let (mut guard, mut out) = (guard(3), BytesMut::new());
            bytes.chunks(size).for_each(|part| assert_eq!(guard.received(part, &mut out), None));
            assert_eq!(out, wanted.concat(), "{size}");
            let head = guard.notes.borrow_mut().heads.remove(&1).unwrap();
            let names: Vec<&[u8]> = head.iter().map(|field| field.name.as_ref()).collect();
            assert_eq!(names, [&b":method"[..], b":path", b":scheme", b":authority", b"x", b"z", b"x"]);
            assert!(head[1].value.starts_with(b"/a#"));
        }
    }

    #[test]
    fn a_body_is_as_long_as_told() {
        let told = |length: &[u8], end| {
            let block = [GET, b"\x0f\x0d\x01", length].concat();
            frame(HEADERS, END_HEADERS | end, 1, &block)
        };
        let body = frame(DATA, 0, 1, b"abc");
        let trailers = frame(HEADERS, END | END_HEADERS, 1, b"\x00\x01a\x01b");
        assert_eq!(judged(&[told(b"3", 0), body.clone(), trailers.clone()]), None);
        assert_eq!(judged(&[told(b"4", 0), body, trailers]), Some(0));
        assert_eq!(judged(&[told(b"4", END)]), Some(0));
        assert_eq!(judged(&[told(b"0", END)]), None);
    }

    #[test]
    fn trailers_of_any_length_come_in_frames_that_fit() {
        let long = vec![b'v'; 40_000];
        let mut block = Vec::new();
        hpack::write(b"a", &long, &mut block);
        let mut parts = block.chunks(16_000).peekable();
        let mut bytes = [frame(SETTINGS, 0, 0, b""), request(1, 0)].concat();
        bytes.extend(frame(HEADERS, END, 1, parts.next().unwrap()));
        while let Some(part) = parts.next() {
            let flags = if parts.peek().is_some() { 0 } else { END_HEADERS };
            bytes.extend(frame(CONTINUATION, flags, 1, part));
        }
        let (mut guard, mut out) = (guard(0), BytesMut::new());
        assert_eq!(guard.received(&bytes, &mut out), None);
        let (mut frames, mut lengths, mut left) = (Frames::default(), Vec::new(), &out[..]);
        while !left.is_empty() {
            let taken = frames.take(left);
            lengths.push((frames.kind(), frames.length()));
            left = &left[taken.used..];
        }
        assert_eq!(lengths[2..4], [(HEADERS, LONGEST), (CONTINUATION, LONGEST)]);
        assert_eq!(lengths.len(), 5);
    }
}
