//! The byte stream that the HTTP/2 codec gets.
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::fault::Ending;
use super::greeting::Greeting;
use super::guard::Guard;
use super::notes::{Limits, SharedNotes};
use crate::net::io::Stream;

/// How often the codec is let go on at most.
const TURNS: u32 = 200;
/// Room for what is read at once.
const ROOM: usize = 16 * 1024;

/// What a client sends before its first frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream of HTTP/2 behind its guard. The first bytes of a client were read before and are read again.
#[derive(Debug)]
pub(crate) struct Prefaced {
    // What the codec may read.
    ready: BytesMut,
    // What was read and not judged.
    read: BytesMut,
    // Gone once the connection has ended.
    stream: Option<Stream>,
    guard: Guard,
    // How the connection ends once the codec has had its say about what came before.
    ending: Option<Ending>,
    // How often the codec was let go on before the next step: requests that have just come are to be known first.
    waited: u32,
    // How much of what it may read the codec has read.
    given: usize,
    // What is said instead of the codec's first frame, until that is sent.
    greeting: Option<Greeting>,
    // How long a client has to leave after the end.
    delay: Duration,
}

impl Prefaced {
    /// A stream to an endpoint on which nothing was sent yet.
    pub(crate) fn to_endpoint(
        stream: Stream,
        (limits, notes, greeting): (Limits, SharedNotes, Greeting),
    ) -> Self {
        Self {
            ready: BytesMut::new(),
            read: BytesMut::new(),
            stream: Some(stream),
            guard: Guard::to_endpoint(limits, notes),
            ending: None,
            waited: 0,
            given: 0,
            greeting: Some(greeting),
            delay: Duration::ZERO,
        }
    }

    /// Reads the preface after `first`, which was read before; `None` when the peer sends something else or ends. After an end that
    /// the guard has seen a client has `delay` to leave.
    pub(crate) async fn read(
        mut stream: Stream,
        mut first: BytesMut,
        (limits, notes, greeting): (Limits, SharedNotes, Greeting),
        delay: Duration,
    ) -> Option<Self> {
        loop {
            let count = first.len().min(PREFACE.len());
            if first.get(..count) != PREFACE.get(..count) {
                return None;
            }
            if count == PREFACE.len() {
                arrived(&mut stream, &mut first);
                let (mut guard, mut ready) = (Guard::new(count, limits, notes), BytesMut::new());
                let ending = guard.received(&first, &mut ready);
                first.clear();
                let stream = Some(stream);
                let greeting = Some(greeting);
                return Some(Self {
                    ready,
                    read: first,
                    stream,
                    guard,
                    ending,
                    waited: 0,
                    given: 0,
                    greeting,
                    delay,
                });
            }
            if stream.read_buf(&mut first).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Ends the connection. The end is said before the socket goes, which Envoy leaves to the client for a while
    /// (`source/common/network/connection_impl.cc`, FlushWriteAndDelay): what still comes is read, and bytes that nobody read would reset
    /// the connection.
    fn end(&mut self, ending: Ending, cx: &mut Context<'_>) -> io::Error {
        if let Some(mut stream) = self.stream.take() {
            if let Ending::Said(code, why) = ending {
                let _said = Pin::new(&mut stream).poll_write(cx, &self.guard.goaway(code, why));
            }
            let delay = self.delay;
            tokio::task::spawn_local(async move {
                let forget = async {
                    let mut bin = [0; 4096];
                    while matches!(stream.read(&mut bin).await, Ok(1..)) {}
                };
                let _left = tokio::time::timeout(delay, forget).await;
                let _gone = stream.shutdown().await;
            });
        }
        io::ErrorKind::BrokenPipe.into()
    }

    /// Says what the guard has to say, between two frames of the codec.
    fn speak(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(stream) = self.stream.as_mut().filter(|_| !self.guard.own.is_empty()) {
            if !self.guard.is_between() || self.greeting.is_some() {
                break;
            }
            let count = std::task::ready!(Pin::new(stream).poll_write(cx, &self.guard.own))?;
            self.guard.own.drain(..count.min(self.guard.own.len()));
        }
        Poll::Ready(Ok(()))
    }

    /// Sends the greeting in place of the codec's first frame: the length of that, once it is done.
    fn greet(&mut self, bytes: &[u8], cx: &mut Context<'_>) -> Poll<io::Result<Option<usize>>> {
        while let Some((greeting, stream)) = self.greeting.as_mut().zip(self.stream.as_mut()) {
            if bytes.starts_with(PREFACE) {
                return Pin::new(stream).poll_write(cx, PREFACE).map_ok(Some);
            }
            let Some((length, instead)) = greeting.replaces(bytes) else { break };
            let count = std::task::ready!(Pin::new(stream).poll_write(cx, instead))?;
            if greeting.sent(count) {
                self.greeting = None;
                return Poll::Ready(Ok(Some(length)));
            }
        }
        Poll::Ready(Ok(None))
    }

    /// Lets the codec go on before the next step, once at least, and as long as somebody has to take up requests that it has read.
    fn wait(&mut self, cx: &Context<'_>) -> bool {
        let open = !self.guard.notes.borrow().heads.is_empty() && self.waited < TURNS;
        if self.waited > 0 && !open {
            self.waited = 0;
            return false;
        }
        self.waited += 1;
        cx.waker().wake_by_ref();
        true
    }

    /// The next bytes for the codec; `None` where it has to wait.
    fn next(&mut self, most: usize, cx: &Context<'_>) -> Option<BytesMut> {
        while self.guard.pauses.front() == Some(&self.given) {
            if self.wait(cx) {
                return None;
            }
            self.guard.pauses.pop_front();
        }
        let pause = self.guard.pauses.front().map_or(usize::MAX, |pause| pause - self.given);
        let now = self.ready.split_to(self.ready.len().min(most).min(pause));
        self.given += now.len();
        Some(now)
    }
}

/// Reads what has come already: frames that come with the preface are judged before anything is said.
fn arrived(stream: &mut Stream, bytes: &mut BytesMut) {
    let mut context = Context::from_waker(Waker::noop());
    while bytes.len() < ROOM * 16 {
        bytes.reserve(ROOM);
        let read = pin!(stream.read_buf(bytes)).poll(&mut context);
        if !matches!(read, Poll::Ready(Ok(1..))) {
            break;
        }
    }
}

impl AsyncRead for Prefaced {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            this.guard.refuse(&mut this.ready);
            if !this.ready.is_empty() {
                let Some(now) = this.next(buf.remaining(), cx) else { return Poll::Pending };
                buf.put_slice(&now);
                return Poll::Ready(Ok(()));
            }
            if let Some(ending) = this.ending {
                if this.stream.is_some() && this.wait(cx) {
                    return Poll::Pending;
                }
                return Poll::Ready(Err(this.end(ending, cx)));
            }
            let Some(stream) = &mut this.stream else {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            };
            this.read.clear();
            this.read.reserve(ROOM);
            let count = std::task::ready!(pin!(stream.read_buf(&mut this.read)).poll(cx))?;
            if count == 0 {
                return Poll::Ready(Ok(()));
            }
            this.given = 0;
            this.ending = this.guard.received(&this.read, &mut this.ready);
            if let Poll::Ready(Err(error)) = this.speak(cx) {
                return Poll::Ready(Err(error));
            }
        }
    }
}

impl AsyncWrite for Prefaced {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if matches!(this.ending, Some(Ending::Silent(_))) && this.stream.is_some() {
            return Poll::Ready(Ok(buf.len()));
        }
        if let Some(length) = std::task::ready!(this.greet(buf, cx))? {
            return Poll::Ready(Ok(length));
        }
        std::task::ready!(this.speak(cx))?;
        // Behind what has begun nothing is said but the end.
        if this.ending.is_some() && this.stream.is_some() && this.guard.is_between() {
            return Poll::Ready(Ok(buf.len()));
        }
        let (allowed, ending) = this.guard.look(buf);
        if let Some(ending) = ending.filter(|_| allowed == 0) {
            if this.wait(cx) {
                return Poll::Pending;
            }
            this.guard.notes.borrow_mut().fault = Some(ending.fault());
            return Poll::Ready(Err(this.end(ending, cx)));
        }
        let part = buf.get(..allowed).unwrap_or_default();
        // What the codec has to say after the end is for nobody.
        let Some(stream) = &mut this.stream else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let written = Pin::new(stream).poll_write(cx, part);
        if let Poll::Ready(Ok(count)) = &written {
            this.guard.sent(part.get(..*count).unwrap_or_default());
            if this.guard.refuses() {
                // What is read next says so.
                cx.waker().wake_by_ref();
            }
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream.as_mut().map_or(Poll::Ready(Ok(())), |stream| Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .stream
            .as_mut()
            .map_or(Poll::Ready(Ok(())), |stream| Pin::new(stream).poll_shutdown(cx))
    }
}
