//! The first SETTINGS of the own side. The codec leaves out what it has no use for; Envoy tells all it knows, in an order of its own
//! (`source/common/http/http2/codec_impl.cc`, sendSettingsHelper), and peers may know it by that.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Frames, SETTINGS};
use super::settings;
use crate::net::io::Stream;

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

/// A stream to an endpoint that begins with the own greeting.
#[derive(Debug)]
pub(crate) struct Greeted {
    stream: Stream,
    greeting: Option<Greeting>,
}

/// What a client sends before its first frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Greeted {
    /// A stream on which nothing was sent yet.
    pub(crate) fn new(stream: Stream, greeting: Greeting) -> Self {
        Self { stream, greeting: Some(greeting) }
    }
}

impl AsyncRead for Greeted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, greeting } = self.get_mut();
        while let Some(own) = greeting {
            if buf.starts_with(PREFACE) {
                return Pin::new(stream).poll_write(cx, PREFACE);
            }
            let Some((length, instead)) = own.replaces(buf) else { break };
            let count = std::task::ready!(Pin::new(&mut *stream).poll_write(cx, instead))?;
            if own.sent(count) {
                *greeting = None;
                return Poll::Ready(Ok(length));
            }
        }
        Pin::new(stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
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
