//! What frames carry beside headers: bodies, settings and the ends of streams.
use bytes::BytesMut;

use super::constraints::LIFETIME;
use super::fault::{Ending, Fault};
use super::frames::{CONTINUATION, DATA, END, GOAWAY, PADDED, PING, RESET, SETTINGS, WINDOW_UPDATE};
use super::guard::Guard;
use super::said::{ENHANCE_YOUR_CALM, PROTOCOL_ERROR, STREAM_CLOSED};
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
            RESET | WINDOW_UPDATE if (stream != 0 || kind == RESET) && self.is_idle(stream) => {
                return Some(Ending::Silent(Fault::frame(0)));
            }
            _ => {}
        }
        let flood = self.constraints.note(&frame, length);
        flood.map(|flood| Ending::Silent(Fault::flood(stream, flood)))
    }

    /// Judges DATA by its stream.
    fn data(&self, stream: u32) -> Option<Ending> {
        match self.streams.get(&stream) {
            Some(ended) if ended.client => {
                Some(Ending::Said(STREAM_CLOSED, "DATA: stream in half-closed(remote)"))
            }
            None if stream == 0 => Some(Ending::Said(PROTOCOL_ERROR, "DATA: stream_id == 0")),
            None if self.is_idle(stream) => Some(Ending::Said(PROTOCOL_ERROR, "DATA: stream in idle")),
            Some(_) | None => None,
        }
    }

    /// Whether nobody has opened this stream; 0 and the own ones are never opened.
    fn is_idle(&self, stream: u32) -> bool {
        stream.is_multiple_of(2) || stream > self.last
    }

    /// Takes note of DATA that is whole.
    pub(super) fn body(&mut self) -> Option<Ending> {
        let (frame, stream) = (self.input, self.input.stream());
        let padding = self.payload.first().map_or(0, |count| usize::from(*count) + 1);
        let length = frame.length().saturating_sub(padding);
        if let Some(ended) = self.streams.get_mut(&stream) {
            ended.received += length as u64;
        }
        let flood = self.constraints.note(&frame, length);
        flood.map(|flood| Ending::Silent(Fault::flood(stream, flood)))
    }

    /// Whether the codec is going to reset the stream of the frame at hand: its body is not as long as told.
    pub(super) fn overflows(&self) -> bool {
        let ends = self.input.has(END);
        let ended = self.streams.get(&self.input.stream());
        ended.is_some_and(|ended| {
            ended.told.is_some_and(|told| ended.received > told || (ends && ended.received < told))
        })
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
                let Some(entries) = self.settings.read(&payload) else {
                    return Some(Ending::Silent(Fault::frame(0)));
                };
                out.extend_from_slice(&settings::frame(&entries));
            }
            GOAWAY => {
                let number = self.payload.first_chunk().map_or(0, |last| u32::from_be_bytes(*last));
                let last = number & 0x7fff_ffff;
                if !last.is_multiple_of(2) || last > self.wanted {
                    return Some(Ending::Silent(Fault::frame(0)));
                }
                self.wanted = last;
            }
            RESET => return self.reset(out),
            WINDOW_UPDATE if self.payload.iter().all(|byte| *byte == 0) => {
                return Some(Ending::Silent(Fault::frame(self.input.stream())));
            }
            _ => {}
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
        let stream = self.input.stream();
        let ended = self.streams.get(&stream).copied();
        let whole = ended.is_some_and(|ended| ended.client);
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
