//! The first SETTINGS of the own side. The codec leaves out what it has no use for; Envoy tells all it knows, in an order of its own
//! (`source/common/http/http2/codec_impl.cc`, sendSettingsHelper), and peers may know it by that.
use super::frames::{Frames, SETTINGS};
use super::settings;
use crate::config::http2::Http2;

/// Bytes of the table of headers.
const TABLE: (u16, u32) = (1, 4096);

/// What stands in place of the codec's first frame.
#[derive(Debug)]
pub(crate) struct Greeting(Vec<u8>);

/// What the codec was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// Streams at once.
    pub(crate) streams: u32,
    /// Bytes of a stream's window.
    pub(crate) window: u32,
}

impl Told {
    /// What the settings of a listener or cluster say.
    pub(crate) fn new(how: &Http2) -> Self {
        Self { streams: how.streams, window: how.window }
    }
}

impl Greeting {
    /// To a client.
    pub(crate) fn to_client(Told { streams, window }: Told, extended: bool) -> Self {
        Self(settings::frame(&[TABLE, (8, extended.into()), (3, streams), (4, window)]))
    }

    /// To an endpoint.
    pub(crate) fn to_endpoint(Told { streams, window }: Told) -> Self {
        Self(settings::frame(&[(2, 0), TABLE, (8, 0), (3, streams), (4, window)]))
    }

    /// The length of the codec's first frame at the beginning of what it sends, and what stands there instead; `None` when it says
    /// something else first.
    pub(crate) fn replaces(&self, bytes: &[u8]) -> Option<(usize, &[u8])> {
        let mut frames = Frames::default();
        let taken = frames.take(bytes);
        (taken.whole && frames.kind() == SETTINGS).then_some((taken.used, self.0.as_slice()))
    }

    /// Forgets bytes that were sent; whether all are.
    pub(crate) fn sent(&mut self, count: usize) -> bool {
        self.0.drain(..count.min(self.0.len()));
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_replaced() {
        let mut greeting = Greeting::to_client(Told { streams: 1024, window: 1 << 24 }, false);
        let own = [&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0][..], b"more"].concat();
        let (length, instead) = greeting.replaces(&own).unwrap();
        assert_eq!((length, instead.len()), (15, 9 + 24));
        assert_eq!(instead[9..15], [0, 1, 0, 0, 16, 0]);
        assert!(greeting.replaces(b"\0\0\0\x01\x05\0\0\0\x01").is_none());
        assert!(!greeting.sent(5));
        assert!(greeting.sent(28));
    }
}
