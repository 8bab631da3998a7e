//! The response side of an HTTP/2 stream of a client.
use std::future::poll_fn;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};

use super::exchange::Gone;
use super::h2::to_header_map;
use crate::access::info::{Flag, flag};
use crate::http::Head;
use crate::net::h2::notes::SharedNotes;

/// The response side of a stream.
#[derive(Debug)]
pub(crate) struct H2Sink {
    respond: SendResponse<Bytes>,
    stream: Option<SendStream<Bytes>>,
    ended: bool,
    /// A piece of the body that waits for the next, or for the end, which goes with it.
    held: Bytes,
    /// Whether the stream carries another protocol by now.
    pub(crate) tunnel: bool,
    /// Whether the client had taken the request back, or broken the connection, before there was an answer: nothing is sent.
    pub(crate) void: bool,
    notes: SharedNotes,
}

impl H2Sink {
    /// One that has sent nothing.
    pub(super) fn new(respond: SendResponse<Bytes>, notes: SharedNotes) -> Self {
        Self { respond, stream: None, ended: false, held: Bytes::new(), tunnel: false, void: false, notes }
    }

    /// What the access log says, which may be nothing, when the client did something that has ended the stream or the connection.
    pub(crate) fn fault(&self) -> Option<Option<(Flag, &'static str)>> {
        let (notes, stream) = (self.notes.borrow(), self.respond.stream_id().as_u32());
        if let Some((_, details)) = notes.reset.iter().find(|(reset, _)| *reset == stream) {
            return Some(details.map(|details| (flag::DOWNSTREAM_RESET, details)));
        }
        Some(Some((flag::DOWNSTREAM_PROTOCOL, notes.fault?.details(stream))))
    }

    /// Whether the client has sent all of its request, read or not.
    pub(crate) fn is_asked(&self) -> bool {
        self.notes.borrow().whole.contains(&self.respond.stream_id().as_u32())
    }

    /// Sends the head.
    pub(crate) fn head(&mut self, head: &Head, end: bool) -> Result<(), Gone> {
        self.void = self.fault().is_some();
        if self.void {
            return Ok(());
        }
        let mut response = http::Response::new(());
        // An upgrade that succeeds is an ordinary success here (RFC 8441).
        let status = if head.status == 101 { 200 } else { head.status };
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        *response.headers_mut() = to_header_map(head);
        self.ended = end;
        self.stream = Some(self.respond.send_response(response, end).map_err(|_| Gone)?);
        Ok(())
    }

    /// Sends an informational response.
    pub(crate) fn early(&mut self, head: &Head) -> Result<(), Gone> {
        let mut response = http::Response::new(());
        *response.status_mut() = http::StatusCode::from_u16(head.status).map_err(|_| Gone)?;
        *response.headers_mut() = to_header_map(head);
        self.respond.send_informational(response).map_err(|_| Gone)
    }

    /// Takes a part of the body.
    pub(crate) async fn data(&mut self, data: Bytes) -> Result<(), Gone> {
        if data.is_empty() {
            return Ok(());
        }
        self.flush(false).await?;
        self.held = data;
        Ok(())
    }

    /// Sends what is held as the window allows, perhaps with the end.
    pub(crate) async fn flush(&mut self, end: bool) -> Result<(), Gone> {
        let mut data = std::mem::take(&mut self.held);
        if self.void || data.is_empty() {
            return Ok(());
        }
        let Some(stream) = &mut self.stream else { return Err(Gone) };
        while !data.is_empty() {
            stream.reserve_capacity(data.len());
            let room = match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(Ok(room)) => room.min(data.len()),
                _ => return Err(Gone),
            };
            let part = data.split_to(room);
            stream.send_data(part, end && data.is_empty()).map_err(|_| Gone)?;
        }
        Ok(())
    }

    /// Ends the stream.
    pub(crate) async fn end(&mut self, trailers: Option<&Head>) -> Result<(), Gone> {
        let with = trailers.is_none() && !self.held.is_empty() && !self.ended;
        self.flush(with).await?;
        self.ended |= with;
        let Some(stream) = self.stream.as_mut().filter(|_| !self.ended) else { return Ok(()) };
        self.ended = true;
        match trailers {
            Some(trailers) => stream.send_trailers(to_header_map(trailers)).map_err(|_| Gone),
            None => stream.send_data(Bytes::new(), true).map_err(|_| Gone),
        }
    }

    /// Ends when the client resets the stream, or its connection ends.
    pub(crate) async fn gone(&mut self) {
        let _reason = poll_fn(|cx| match &mut self.stream {
            Some(stream) => stream.poll_reset(cx),
            None => self.respond.poll_reset(cx),
        })
        .await;
    }

    /// Resets the stream.
    pub(crate) fn reset(&mut self) {
        match &mut self.stream {
            Some(stream) if self.tunnel => stream.send_reset(Reason::CONNECT_ERROR),
            Some(stream) => stream.send_reset(Reason::INTERNAL_ERROR),
            None => self.respond.send_reset(Reason::INTERNAL_ERROR),
        }
    }
}
