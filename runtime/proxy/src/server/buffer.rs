//! Reading a request's body before it goes upstream, for filters that look at it.
use super::clock::Clock;
use super::exchange::{BodyFailure, Frame};
use super::forward::Failure;
use super::stream::{Exchange, Stop};

impl Exchange<'_> {
    /// Most bytes of a body that filters wait for: what the connection may buffer, or over HTTP/2 the stream's window.
    pub(crate) fn buffer_limit(&self) -> usize {
        match self.info.protocol {
            "HTTP/2" => self.hcm.h2.window as usize,
            _ => self.connection.buffer_limit,
        }
    }

    /// Reads the body until its end or until more than `limit` bytes have come; true at the end.
    pub(crate) async fn buffer_body(&mut self, limit: usize) -> Result<bool, Stop> {
        let mut clock = Clock::new(self.idle_timeout());
        loop {
            let size: usize = self.buffered.iter().map(bytes::Bytes::len).sum();
            if size > limit {
                return Ok(false);
            }
            if self.body.is_done() {
                self.end_watched().await;
                return Ok(true);
            }
            let frame = tokio::select! {
                frame = self.body.next() => frame,
                expired = clock.expired() => return Err(self.failed(Failure::Expired(expired))),
            };
            clock.touch();
            let (rest, frame) = match frame {
                Ok(frame) => self.receive_frame(frame).await,
                Err(BodyFailure::Closed) => return Err(Stop::Gone),
                Err(failure) => return Err(self.failed(Failure::Body(failure))),
            };
            self.buffered.extend(rest);
            match frame {
                Frame::Data(data) => self.buffered.push(data),
                Frame::End(trailers) => {
                    self.watching.clear();
                    self.buffered_trailers = trailers;
                    return Ok(true);
                }
            }
        }
    }
}
