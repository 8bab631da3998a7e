//! The two ends of an exchange with a client: the body it sends and the response it gets.
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};

use crate::http::encode::{self, Names, ResponseBody};
use crate::http::{BodyReader, Decoded, Head};
use crate::net::io::Io;

/// A piece of a body.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Bytes.
    Data(Bytes),
    /// The end, with trailers when there were some and the protocol keeps them.
    End(Option<Head>),
}

/// Why a body does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFailure {
    /// It is not framed as it should be.
    Malformed,
    /// The sender has gone.
    Closed,
    /// The sender broke the rules of HTTP/2 on this stream.
    Stream,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum RequestBody<'a> {
    /// Over HTTP/1.
    H1 {
        /// The connection.
        io: &'a Io,
        /// Bytes read and not used.
        input: &'a mut BytesMut,
        /// Where in the body the reader is.
        reader: &'a mut BodyReader,
    },
    /// Over HTTP/2; the flag says that the end was seen.
    H2(Box<h2::RecvStream>, bool),
}

/// An idle client may send this much ahead of its turn before it is no longer read.
const READ_AHEAD: usize = 64 * 1024;

impl RequestBody<'_> {
    /// Whether the end was seen.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::H1 { reader, .. } => reader.is_done(),
            Self::H2(stream, ended) => *ended || stream.is_end_stream(),
        }
    }

    /// The next piece. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Result<Frame, BodyFailure> {
        match self {
            Self::H1 { io, input, reader } => loop {
                match reader.decode(input).map_err(|_| BodyFailure::Malformed)? {
                    Decoded::Data(data) => return Ok(Frame::Data(data)),
                    Decoded::End => return Ok(Frame::End(None)),
                    Decoded::More => {
                        if io.read(input).await.map_err(|_| BodyFailure::Closed)? == 0 {
                            return Err(BodyFailure::Closed);
                        }
                    }
                }
            },
            Self::H2(stream, ended) => next_h2(stream, ended).await,
        }
    }

    /// Drops the part of the body that has arrived and tells how long it was.
    pub(crate) fn skip_arrived(&mut self) -> u64 {
        let mut length = 0;
        match self {
            Self::H1 { io, input, reader } => loop {
                match reader.decode(input) {
                    Ok(Decoded::Data(data)) => length += data.len() as u64,
                    // What the kernel holds has arrived as well.
                    Ok(Decoded::More) if io.read_now(input) => {}
                    Ok(Decoded::More | Decoded::End) | Err(_) => break,
                }
            },
            Self::H2(stream, _) => {
                let mut context = Context::from_waker(Waker::noop());
                while let Poll::Ready(Some(Ok(data))) = stream.poll_data(&mut context) {
                    length += data.len() as u64;
                }
            }
        }
        length
    }

    /// Ends when a client of HTTP/1 goes away. What it sends meanwhile is kept.
    pub(crate) async fn closed(&mut self) {
        match self {
            Self::H1 { io, input, .. } => loop {
                if input.len() > READ_AHEAD {
                    return std::future::pending().await;
                }
                if !matches!(io.read(input).await, Ok(1..)) {
                    return;
                }
            },
            // What is sent back knows of resets.
            Self::H2(..) => std::future::pending().await,
        }
    }
}

async fn next_h2(stream: &mut h2::RecvStream, ended: &mut bool) -> Result<Frame, BodyFailure> {
    if let Some(data) = stream.data().await {
        let data = data.map_err(|e| stream_failure(&e))?;
        let _closed = stream.flow_control().release_capacity(data.len());
        return Ok(Frame::Data(data));
    }
    let trailers = stream.trailers().await.map_err(|_| BodyFailure::Closed)?;
    *ended = true;
    Ok(Frame::End(trailers.map(|t| super::h2::from_header_map(&t))))
}

fn stream_failure(error: &h2::Error) -> BodyFailure {
    let own = error.is_library() || !error.is_remote();
    if own && error.reason() == Some(h2::Reason::PROTOCOL_ERROR) {
        BodyFailure::Stream
    } else {
        BodyFailure::Closed
    }
}

/// The client has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// Where the response goes.
#[derive(Debug)]
pub(crate) enum ResponseSink<'a> {
    /// To an HTTP/1 client.
    H1(H1Sink<'a>),
    /// To an HTTP/2 client.
    H2(super::h2::H2Sink),
}

/// An HTTP/1 client.
#[derive(Debug)]
pub(crate) struct H1Sink<'a> {
    /// The connection.
    pub(crate) io: &'a Io,
    /// Bytes to be written.
    pub(crate) output: &'a mut Vec<u8>,
    /// Whether the request was HTTP/1.0.
    pub(crate) old: bool,
    /// Whether the request was HEAD.
    pub(crate) to_head: bool,
    /// Whether the request was CONNECT: a success has no body, and no length.
    pub(crate) to_connect: bool,
    /// How header names are spelled.
    pub(crate) names: Names,
    /// How the body is written.
    pub(crate) body: ResponseBody,
}

/// Buffered output is written when it has this many bytes.
const FLUSH_AT: usize = 32 * 1024;

impl ResponseSink<'_> {
    /// Begins the response; `end` says that no body follows. Gives the number of bytes; over HTTP/2 what the codec
    /// makes of them is not known, and names and values are counted.
    pub(crate) async fn head(&mut self, head: &Head, end: bool) -> Result<usize, Gone> {
        match self {
            Self::H1(sink) => {
                sink.body = sink.body_for(head, end);
                let before = sink.output.len();
                encode::response_head(head, sink.old, sink.body, sink.names, sink.output);
                Ok(sink.output.len() - before)
            }
            Self::H2(sink) => sink.head(head, end).map(|()| super::h2::size(head)),
        }
    }

    /// Sends a part of the body.
    pub(crate) async fn data(&mut self, data: Bytes) -> Result<(), Gone> {
        match self {
            Self::H1(sink) => {
                match sink.body {
                    ResponseBody::Chunked => encode::chunk(&data, sink.output),
                    ResponseBody::Length | ResponseBody::Close => sink.output.extend_from_slice(&data),
                    ResponseBody::None | ResponseBody::Empty | ResponseBody::Announced => {}
                }
                if sink.output.len() >= FLUSH_AT {
                    sink.io.write(sink.output).await.map_err(|_| Gone)
                } else {
                    Ok(())
                }
            }
            Self::H2(sink) => sink.data(data).await,
        }
    }

    /// Writes what is buffered.
    pub(crate) async fn flush(&mut self) -> Result<(), Gone> {
        match self {
            Self::H1(sink) if !sink.output.is_empty() => sink.io.write(sink.output).await.map_err(|_| Gone),
            Self::H1(_) => Ok(()),
            Self::H2(sink) => sink.flush(false).await,
        }
    }

    /// Ends the response.
    pub(crate) async fn end(&mut self, trailers: Option<&Head>) -> Result<(), Gone> {
        match self {
            Self::H1(sink) => {
                if sink.body == ResponseBody::Chunked {
                    encode::last_chunk(sink.output);
                }
                self.flush().await
            }
            Self::H2(sink) => sink.end(trailers).await,
        }
    }

    /// Ends the response in a way that the client sees as broken.
    pub(crate) async fn abort(&mut self) {
        match self {
            Self::H1(_) => {
                let _gone = self.flush().await;
            }
            Self::H2(sink) => {
                let _gone = sink.flush(false).await;
                // A reset drops what the codec has not written yet.
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                sink.reset();
            }
        }
    }

    /// Sends bytes as they are, after an upgrade.
    pub(crate) async fn raw(&mut self, data: &[u8]) -> Result<(), Gone> {
        match self {
            Self::H1(sink) => {
                sink.output.extend_from_slice(data);
                self.flush().await
            }
            Self::H2(sink) => {
                sink.data(Bytes::copy_from_slice(data)).await?;
                sink.flush(false).await
            }
        }
    }

    /// Sends an informational response.
    pub(crate) async fn early(&mut self, head: &Head) -> Result<(), Gone> {
        match self {
            Self::H1(sink) => {
                encode::response_head(head, sink.old, ResponseBody::None, sink.names, sink.output);
                self.flush().await
            }
            Self::H2(sink) => sink.early(head),
        }
    }
}

impl H1Sink<'_> {
    fn body_for(&self, head: &Head, end: bool) -> ResponseBody {
        let sized = head.has(b"content-length");
        if self.to_connect && (200..300).contains(&head.status) {
            return ResponseBody::None;
        }
        if head.status < 100 {
            // Bytes without a framing, which is what Envoy makes of it.
            return ResponseBody::Length;
        }
        if head.status < 200 || head.status == 204 || head.status == 304 || (self.to_head && sized) {
            return ResponseBody::None;
        }
        match (end, sized, self.old) {
            (_, true, _) => ResponseBody::Length,
            (_, false, false) if self.to_head => ResponseBody::Announced,
            (_, false, true) if self.to_head => ResponseBody::None,
            (true, false, _) => ResponseBody::Empty,
            (false, false, false) => ResponseBody::Chunked,
            (false, false, true) => ResponseBody::Close,
        }
    }
}
