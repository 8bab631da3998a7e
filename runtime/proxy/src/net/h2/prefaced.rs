//! The byte stream that the HTTP/2 codec gets.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::guard::{Ending, Guard, SharedNotes};
use crate::net::io::Stream;

/// The most that is read and forgotten at the end of a connection.
const FORGOTTEN: usize = 64 * 1024;

/// A stream of HTTP/2 whose first bytes were read and are read again, behind its guard.
#[derive(Debug)]
pub(crate) struct Prefaced {
    first: BytesMut,
    stream: Stream,
    guard: Guard,
    // How the connection ends once the codec has had its say about what came before.
    ending: Option<Ending>,
    // Whether the connection has ended.
    over: bool,
    // Whether the end has waited: streams that have just come are to be known, and answers sent, before it.
    waited: bool,
}

impl Prefaced {
    const PREFACE: &'static [u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// Reads the preface after `first`, which was read before; `None` when the peer sends something else or ends.
    pub(crate) async fn read(mut stream: Stream, mut first: BytesMut, notes: SharedNotes) -> Option<Self> {
        loop {
            let count = first.len().min(Self::PREFACE.len());
            if first.get(..count) != Self::PREFACE.get(..count) {
                return None;
            }
            if count == Self::PREFACE.len() {
                let mut guard = Guard::new(count, notes);
                let (passed, ending) = guard.received(&mut first);
                first.truncate(passed);
                return Some(Self { first, stream, guard, ending, over: false, waited: false });
            }
            if stream.read_buf(&mut first).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Ends the connection. The end is said before the socket goes, and what has come is read: bytes that nobody read would reset
    /// the connection.
    fn end(&mut self, ending: Ending, cx: &mut Context<'_>) -> io::Error {
        self.over = true;
        let stream = Pin::new(&mut self.stream);
        if let Ending::Said(code) = ending {
            let _said = stream.poll_write(cx, &self.guard.goaway(code));
        }
        let _ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        let (mut space, mut left) = ([0; 4096], FORGOTTEN);
        while left > 0 {
            let mut buf = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    left = left.saturating_sub(buf.filled().len());
                }
                _ => break,
            }
        }
        io::ErrorKind::BrokenPipe.into()
    }

    /// Lets the codec go on once before the end.
    fn wait(&mut self, cx: &Context<'_>) -> bool {
        if std::mem::replace(&mut self.waited, true) {
            return false;
        }
        cx.waker().wake_by_ref();
        true
    }
}

impl AsyncRead for Prefaced {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if !this.first.is_empty() && this.ending != Some(Ending::Silent) {
            let now = this.first.split_to(this.first.len().min(buf.remaining()));
            buf.put_slice(&now);
            return Poll::Ready(Ok(()));
        }
        if this.ending.is_none() {
            let before = buf.filled().len();
            let read = Pin::new(&mut this.stream).poll_read(cx, buf);
            let new = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let (passed, ending) = this.guard.received(new);
            this.ending = ending;
            buf.set_filled(before + passed);
            if ending.is_none() || (passed > 0 && ending != Some(Ending::Silent)) {
                return read;
            }
            buf.set_filled(before);
        }
        let Some(ending) = this.ending else { return Poll::Pending };
        if ending != Ending::Silent && this.wait(cx) {
            return Poll::Pending;
        }
        Poll::Ready(Err(this.end(ending, cx)))
    }
}

impl AsyncWrite for Prefaced {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What the codec has to say at the end is for nobody.
        if this.over {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let (allowed, ending) = this.guard.look(buf);
        if let Some(ending) = ending.filter(|_| allowed == 0) {
            if this.wait(cx) {
                return Poll::Pending;
            }
            return Poll::Ready(Err(this.end(ending, cx)));
        }
        let part = buf.get(..allowed).unwrap_or_default();
        let written = Pin::new(&mut this.stream).poll_write(cx, part);
        if let Poll::Ready(Ok(count)) = &written {
            this.guard.sent(part.get(..*count).unwrap_or_default());
            this.waited &= this.ending.is_some();
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
