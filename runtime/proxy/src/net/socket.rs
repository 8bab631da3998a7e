//! The sockets below connections: of the network, of the file system, and pairs of ends inside of the proxy.
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, DuplexStream, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::address::Address;
pub(crate) use super::carried::Carried;

/// Bytes that wait between the two ends of an internal connection.
const PAIR_BUFFER: usize = 64 * 1024;
/// How long to wait before looking again when not everything has arrived.
const AGAIN: Duration = Duration::from_millis(3);

/// An open socket.
#[derive(Debug)]
pub(crate) enum Socket {
    /// TCP.
    Tcp(TcpStream),
    /// A Unix domain socket.
    Pipe(UnixStream),
    /// One end of a connection inside of the proxy.
    Internal(Box<Inner>),
    /// A stream of an HTTP/2 connection.
    Carried(Box<Carried>),
}

/// One end of an internal connection, with what was looked at and not taken.
#[derive(Debug)]
pub(crate) struct Inner {
    stream: DuplexStream,
    ahead: BytesMut,
    ended: bool,
}

impl Inner {
    fn new(stream: DuplexStream) -> Box<Self> {
        Box::new(Self { stream, ahead: BytesMut::new(), ended: false })
    }
}

impl Socket {
    /// Two ends of a connection that never leaves the proxy.
    pub(crate) fn pair() -> (Self, Self) {
        let (one, other) = tokio::io::duplex(PAIR_BUFFER);
        (Self::Internal(Inner::new(one)), Self::Internal(Inner::new(other)))
    }

    /// The own address.
    pub(crate) fn local(&self) -> Option<Address> {
        match self {
            Self::Tcp(socket) => socket.local_addr().ok().map(Address::Ip),
            // The end of a client has no path.
            Self::Pipe(_) => Some(Address::Pipe("".into())),
            Self::Internal(_) => Some(Address::internal_client()),
            Self::Carried(carried) => carried.local(),
        }
    }

    /// The addresses of both ends of TCP.
    pub(crate) fn both(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self {
            Self::Tcp(socket) => Some((socket.local_addr().ok()?, socket.peer_addr().ok()?)),
            Self::Pipe(_) | Self::Internal(_) | Self::Carried(_) => None,
        }
    }

    /// The address before the kernel redirected the connection.
    pub(crate) fn original_destination(&self) -> Option<SocketAddr> {
        let Self::Tcp(stream) = self else { return None };
        let socket = socket2::SockRef::from(stream);
        let address = match stream.local_addr().ok()? {
            SocketAddr::V4(_) => socket.original_dst_v4(),
            SocketAddr::V6(_) => socket.original_dst_v6(),
        };
        address.ok()?.as_socket()
    }

    /// Makes closing send a reset instead of an orderly end, where there is such a thing.
    pub(crate) fn reset_on_close(&self) {
        if let Self::Tcp(stream) = self {
            let _unsupported = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Ready when reading may give something.
    pub(crate) fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(socket) => socket.poll_read_ready(cx),
            Self::Pipe(socket) => socket.poll_read_ready(cx),
            // What these have is known by reading.
            Self::Internal(_) | Self::Carried(_) => Poll::Ready(Ok(())),
        }
    }

    /// Whether nothing has arrived and the peer is still there.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let mut byte = [0_u8; 1];
        let waits = |read: io::Result<usize>| matches!(read, Err(e) if e.kind() == io::ErrorKind::WouldBlock);
        match self {
            Self::Tcp(socket) => waits(socket.try_read(&mut byte)),
            Self::Pipe(socket) => waits(socket.try_read(&mut byte)),
            Self::Internal(inner) => {
                let mut buffer = ReadBuf::new(&mut byte);
                let mut cx = Context::from_waker(Waker::noop());
                inner.ahead.is_empty()
                    && Pin::new(&mut inner.stream).poll_read(&mut cx, &mut buffer).is_pending()
            }
            // It is never kept for another request.
            Self::Carried(_) => false,
        }
    }

    /// Looks at more than `known` bytes without taking them, as soon as they are there, or at as many as fit. 0 says that
    /// the peer has ended without a byte; an end after some bytes is an error.
    pub(crate) async fn peek(&mut self, buffer: &mut [u8], known: usize) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => loop {
                let count = socket.peek(buffer).await?;
                if count == 0 || count > known || count == buffer.len() {
                    return Ok(count);
                }
                // What has arrived stays in the socket; a peer that has ended sends no more.
                if socket.ready(Interest::READABLE).await?.is_read_closed() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                tokio::time::sleep(AGAIN).await;
            },
            Self::Pipe(_) | Self::Carried(_) => Err(io::ErrorKind::Unsupported.into()),
            Self::Internal(inner) => {
                while inner.ahead.len() <= known && inner.ahead.len() < buffer.len() {
                    if inner.ended || inner.stream.read_buf(&mut inner.ahead).await? == 0 {
                        inner.ended = true;
                        let none = inner.ahead.is_empty();
                        return if none { Ok(0) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
                    }
                }
                let count = inner.ahead.len().min(buffer.len());
                let seen = inner.ahead.get(..count).unwrap_or_default();
                buffer.get_mut(..count).unwrap_or_default().copy_from_slice(seen);
                Ok(count)
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Pipe(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Internal(inner) if inner.ahead.is_empty() => Pin::new(&mut inner.stream).poll_read(cx, buf),
            Self::Internal(inner) => {
                buf.put_slice(&inner.ahead.split_to(inner.ahead.len().min(buf.remaining())));
                Poll::Ready(Ok(()))
            }
            Self::Carried(carried) => Pin::new(carried.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_write(cx, buf),
            Self::Pipe(socket) => Pin::new(socket).poll_write(cx, buf),
            Self::Internal(inner) => Pin::new(&mut inner.stream).poll_write(cx, buf),
            Self::Carried(carried) => Pin::new(carried.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_flush(cx),
            Self::Pipe(socket) => Pin::new(socket).poll_flush(cx),
            Self::Internal(inner) => Pin::new(&mut inner.stream).poll_flush(cx),
            Self::Carried(carried) => Pin::new(carried.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Pipe(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Internal(inner) => Pin::new(&mut inner.stream).poll_shutdown(cx),
            Self::Carried(carried) => Pin::new(carried.as_mut()).poll_shutdown(cx),
        }
    }
}
