//! Bytes that a stream of an HTTP/2 connection carries, as a socket.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::address::Address;

/// The most that is handed to the codec at a time.
const MOST: usize = 16 * 1024;

/// A request's and a response's body as the two directions of a connection. Dropping it before both have ended resets the
/// stream.
#[derive(Debug)]
pub(crate) struct Carried {
    send: SendStream<Bytes>,
    receive: RecvStream,
    rest: Bytes,
    local: Option<Address>,
}

impl Carried {
    /// A stream whose heads were exchanged; `local` is the own address of the connection below.
    pub(crate) fn new(send: SendStream<Bytes>, receive: RecvStream, local: Option<Address>) -> Self {
        Self { send, receive, rest: Bytes::new(), local }
    }

    /// The own address of the connection below.
    pub(super) fn local(&self) -> Option<Address> {
        self.local.clone()
    }
}

fn broken(error: h2::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, error)
}

impl AsyncRead for Carried {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.rest.is_empty() {
            match this.receive.poll_data(cx) {
                Poll::Ready(Some(Ok(data))) => {
                    let _closed = this.receive.flow_control().release_capacity(data.len());
                    this.rest = data;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(error))),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
        buf.put_slice(&this.rest.split_to(this.rest.len().min(buf.remaining())));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Carried {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.send.reserve_capacity(buf.len().min(MOST));
        let room = match this.send.capacity() {
            0 => match this.send.poll_capacity(cx) {
                Poll::Ready(Some(Ok(room))) => room,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(error))),
                Poll::Ready(None) => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Poll::Pending => return Poll::Pending,
            },
            room => room,
        };
        let part = buf.get(..room.min(buf.len())).unwrap_or_default();
        this.send.send_data(Bytes::copy_from_slice(part), false).map_err(broken)?;
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.get_mut().send.send_data(Bytes::new(), true).map_err(broken))
    }
}
