//! A byte stream that can be read and written at the same time by one task.
use std::cell::RefCell;
use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
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
    Counted(Box<Stream>, Arc<dyn Tally>),
}

/// Counts bytes of connections, without those that TLS adds.
pub(crate) trait Tally: Debug + Send + Sync {
    /// Bytes have arrived.
    fn received(&self, bytes: u64);
    /// Bytes were sent.
    fn sent(&self, bytes: u64);
}

impl Stream {
    /// The same with its bytes counted.
    pub(crate) fn counted(self, tally: Arc<dyn Tally>) -> Self {
        Self::Counted(Box::new(self), tally)
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
            Self::Counted(stream, tally) => {
                let before = buf.filled().len();
                let read = Pin::new(stream.as_mut()).poll_read(cx, buf);
                tally.received((buf.filled().len() - before) as u64);
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
            Self::Counted(stream, tally) => {
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

/// A stream behind a shared reference: no borrow lives across an await.
#[derive(Debug)]
pub(crate) struct Io {
    stream: RefCell<Stream>,
}

impl Io {
    /// Wraps a stream.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream: RefCell::new(stream) }
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

    fn poll_read(&self, buffer: &mut BytesMut, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if buffer.capacity() - buffer.len() < 2048 {
            buffer.reserve(8192);
        }
        let mut stream = self.stream.borrow_mut();
        std::pin::pin!(stream.read_buf(buffer)).poll(cx)
    }

    /// Writes from the front of the buffer and removes what was written; returns when it is empty. Safe to cancel.
    pub(crate) async fn write(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut done = Written { buffer, count: 0 };
        std::future::poll_fn(|cx| {
            let mut stream = self.stream.borrow_mut();
            while let Some(rest) = done.buffer.get(done.count..).filter(|r| !r.is_empty()) {
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

    /// Whether an idle connection is still usable: open, with no byte waiting.
    pub(crate) fn is_quiet(&self) -> bool {
        self.stream.borrow_mut().socket_mut().is_quiet()
    }

    /// Makes closing send a reset instead of an orderly end.
    pub(crate) fn reset_on_close(&self) {
        self.stream.borrow().socket().reset_on_close();
    }
}

/// Removes what was written from the buffer, also when the future is dropped.
struct Written<'a> {
    buffer: &'a mut Vec<u8>,
    count: usize,
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        if self.count >= self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..self.count);
        }
    }
}
