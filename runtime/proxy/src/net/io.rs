//! A byte stream that can be read and written at the same time by one task.
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use super::address::Address;
use super::socket::Socket;

/// Plain or encrypted bytes.
#[derive(Debug)]
pub(crate) enum Stream {
    /// As they are.
    Plain(Socket),
    /// In TLS.
    Tls(Box<TlsStream<Socket>>),
    /// One of these whose bytes are counted.
    Counted(Box<Stream>, Watched),
}

/// Tells a tally when the stream is gone.
#[derive(Debug)]
pub(crate) struct Watched(Arc<dyn Tally>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.closed();
    }
}

/// Counts bytes of connections, without those that TLS adds.
pub(crate) trait Tally: Debug + Send + Sync {
    /// Bytes have arrived.
    fn received(&self, bytes: u64);
    /// Bytes were sent.
    fn sent(&self, bytes: u64);
    /// The own side begins to end the connection.
    fn ending(&self) {}
    /// The peer has ended its direction, or the whole connection.
    fn ended(&self) {}
    /// The stream is gone.
    fn closed(&self) {}
}

impl Stream {
    /// The same with its bytes counted.
    pub(crate) fn counted(self, tally: Arc<dyn Tally>) -> Self {
        Self::Counted(Box::new(self), Watched(tally))
    }

    /// The protocol that the TLS handshake has agreed on.
    pub(crate) fn agreed(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(tls) => tls.get_ref().1.alpn_protocol(),
            Self::Counted(stream, _) => stream.agreed(),
        }
    }

    /// The TLS session.
    pub(crate) fn session(&self) -> Option<&rustls::CommonState> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(tls) => Some(tls.get_ref().1),
            Self::Counted(stream, _) => stream.session(),
        }
    }

    /// The socket below.
    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => tls.get_ref().0,
            Self::Counted(stream, _) => stream.socket(),
        }
    }

    /// Ready when reading may give something: bytes that TLS has decrypted already, or what the socket has.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => socket.poll_readable(cx),
            Self::Tls(tls) if tls.get_ref().1.wants_read() => tls.get_mut().0.poll_readable(cx),
            Self::Tls(_) => Poll::Ready(Ok(())),
            Self::Counted(stream, _) => stream.poll_readable(cx),
        }
    }

    fn socket_mut(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => tls.get_mut().0,
            Self::Counted(stream, _) => stream.socket_mut(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
            Self::Counted(stream, Watched(tally)) => {
                let (before, room) = (buf.filled().len(), buf.remaining());
                let read = Pin::new(stream.as_mut()).poll_read(cx, buf);
                let more = buf.filled().len() - before;
                tally.received(more as u64);
                if matches!(&read, Poll::Ready(read) if read.is_err() || more == 0 && room > 0) {
                    tally.ended();
                }
                read
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
            Self::Counted(stream, Watched(tally)) => {
                let written = Pin::new(stream.as_mut()).poll_write(cx, buf);
                if let Poll::Ready(Ok(count)) = &written {
                    tally.sent(*count as u64);
                }
                written
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
            Self::Counted(stream, _) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
            Self::Counted(stream, _) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

/// Bytes that are asked for at first.
const LEAST: usize = 8 * 1024;
/// Bytes that are asked for at the most.
const MOST: usize = 64 * 1024;

/// A stream behind a shared reference: no borrow lives across an await.
#[derive(Debug)]
pub(crate) struct Io {
    stream: RefCell<Stream>,
    /// Bytes to make room for: more for a peer that fills what it is given.
    appetite: Cell<usize>,
}

impl Io {
    /// Wraps a stream.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream: RefCell::new(stream), appetite: Cell::new(LEAST) }
    }

    /// The stream again.
    pub(crate) fn into_stream(self) -> Stream {
        self.stream.into_inner()
    }

    /// The own address.
    pub(crate) fn local(&self) -> Option<Address> {
        self.stream.borrow().socket().local()
    }

    /// Reads more bytes to the end of the buffer; 0 means that the peer has ended. Safe to cancel.
    pub(crate) async fn read(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_read(buffer, cx)).await
    }

    /// Reads what is there already; false when that is nothing.
    pub(crate) fn read_now(&self, buffer: &mut BytesMut) -> bool {
        matches!(
            self.poll_read(buffer, &mut Context::from_waker(std::task::Waker::noop())),
            Poll::Ready(Ok(1..))
        )
    }

    /// Room is made when there is something to read, so that connections hold no memory while they wait.
    fn poll_read(&self, buffer: &mut BytesMut, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut stream = self.stream.borrow_mut();
        if stream.poll_readable(cx)?.is_pending() {
            if buffer.is_empty() && buffer.capacity() > 0 {
                *buffer = BytesMut::new();
            }
            return Poll::Pending;
        }
        let appetite = self.appetite.get();
        if buffer.capacity() - buffer.len() < appetite / 4 {
            buffer.reserve(appetite);
        }
        let room = buffer.capacity() - buffer.len();
        let read = std::pin::pin!(stream.read_buf(buffer)).poll(cx);
        match read {
            Poll::Ready(Ok(count)) if count == room => self.appetite.set((appetite * 2).min(MOST)),
            Poll::Ready(Ok(count)) if count < appetite / 4 => self.appetite.set((appetite / 2).max(LEAST)),
            _ => {}
        }
        read
    }

    /// Writes from the front of the buffer and removes what was written; returns when it is empty. Safe to cancel.
    pub(crate) async fn write<Q: Queue>(&self, buffer: &mut Q) -> io::Result<()> {
        let mut done = Written { buffer, count: 0 };
        std::future::poll_fn(|cx| {
            let mut stream = self.stream.borrow_mut();
            while let Some(rest) = done.buffer.bytes().get(done.count..).filter(|r| !r.is_empty()) {
                match Pin::new(&mut *stream).poll_write(cx, rest) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(count)) => done.count += count,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Pin::new(&mut *stream).poll_flush(cx)
        })
        .await
    }

    /// Ends the own direction.
    pub(crate) async fn shutdown(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| {
            let mut stream = self.stream.borrow_mut();
            Pin::new(&mut *stream).poll_shutdown(cx)
        })
        .await
    }

    /// Notes that the own side ends the connection.
    pub(crate) fn ending(&self) {
        if let Stream::Counted(_, Watched(tally)) = &*self.stream.borrow() {
            tally.ending();
        }
    }

    /// Whether an idle connection is still usable: open, with no byte waiting.
    pub(crate) fn is_quiet(&self) -> bool {
        self.stream.borrow_mut().socket_mut().is_quiet()
    }

    /// Makes closing send a reset instead of an orderly end.
    pub(crate) fn reset_on_close(&self) {
        self.stream.borrow().socket().reset_on_close();
    }
}

/// Bytes that wait to be written.
pub(crate) trait Queue {
    /// All of them.
    fn bytes(&self) -> &[u8];
    /// Takes so many from the front.
    fn take(&mut self, count: usize);
}

impl Queue for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn take(&mut self, count: usize) {
        if count >= self.len() {
            self.clear();
        } else {
            self.drain(..count);
        }
    }
}

impl Queue for BytesMut {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn take(&mut self, count: usize) {
        if count >= self.len() {
            self.clear();
        } else {
            self.advance(count);
        }
    }
}

/// Removes what was written from the buffer, also when the future is dropped.
struct Written<'a, Q: Queue> {
    buffer: &'a mut Q,
    count: usize,
}

impl<Q: Queue> Drop for Written<'_, Q> {
    fn drop(&mut self) {
        self.buffer.take(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixStream;

    fn pair() -> (Io, UnixStream) {
        let (one, other) = UnixStream::pair().unwrap();
        (Io::new(Stream::Plain(Socket::Pipe(one))), other)
    }

    #[tokio::test]
    async fn a_connection_that_waits_holds_no_buffer() {
        let (io, peer) = pair();
        let mut buffer = BytesMut::new();
        peer.writable().await.unwrap();
        peer.try_write(b"hello").unwrap();
        assert_eq!(io.read(&mut buffer).await.unwrap(), 5);
        assert!(!io.read_now(&mut buffer), "nothing more is there");
        assert_eq!(buffer, &b"hello"[..], "bytes that nobody has used stay");
        buffer.clear();
        assert!(!io.read_now(&mut buffer));
        assert_eq!(buffer.capacity(), 0);
    }

    #[tokio::test]
    async fn a_peer_that_sends_much_is_read_in_large_pieces() {
        let (io, peer) = pair();
        peer.writable().await.unwrap();
        let mut left = peer.try_write(&[b'x'; 128 * 1024]).unwrap();
        let (mut buffer, mut largest) = (BytesMut::new(), 0);
        while left > 0 {
            let count = io.read(&mut buffer).await.unwrap();
            (left, largest) = (left - count, largest.max(count));
            buffer.clear();
        }
        assert!(largest > LEAST && largest <= MOST, "{largest}");
    }

    #[tokio::test]
    async fn what_was_written_leaves_either_kind_of_queue() {
        let (io, peer) = pair();
        let (mut one, mut other) = (b"ab".to_vec(), BytesMut::from(&b"cd"[..]));
        io.write(&mut one).await.unwrap();
        io.write(&mut other).await.unwrap();
        assert!(one.is_empty() && other.is_empty());
        peer.readable().await.unwrap();
        let mut read = [0; 8];
        assert_eq!((peer.try_read(&mut read).unwrap(), &read[..4]), (4, &b"abcd"[..]));
    }
}
