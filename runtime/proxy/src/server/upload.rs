//! The body of a request on an HTTP/2 stream.
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use h2::{Reason, SendStream};

use super::h2::to_header_map;
use crate::cluster::Life;
use crate::http::Head;

/// The request's body on its way upstream.
pub(super) struct Upload {
    pub(super) stream: SendStream<Bytes>,
    pub(super) queue: VecDeque<Bytes>,
    pub(super) ended: bool,
    /// The connection below.
    pub(super) life: Option<Arc<Life>>,
    /// Whether the last piece waits for the end, which has come with it.
    pub(super) waits: bool,
    /// Whether the end goes with the last piece.
    pub(super) last: bool,
}

impl Drop for Upload {
    /// What nobody waits for any more is reset, with Envoy's code for it; of a stream that is over nothing is said.
    fn drop(&mut self) {
        self.stream.send_reset(Reason::INTERNAL_ERROR);
        if let Some(life) = &self.life {
            life.answered();
        }
    }
}

impl Upload {
    /// Whether there is something to send.
    pub(super) fn is_ready(&self) -> bool {
        !self.queue.is_empty() && !self.waits
    }

    /// Queues a piece.
    pub(super) fn push(&mut self, data: Bytes) {
        let queued: usize = self.queue.iter().map(Bytes::len).sum();
        self.stream.reserve_capacity(queued + data.len());
        self.queue.push_back(data);
    }

    /// Says that there is no more.
    pub(super) fn end(&mut self, trailers: Option<&Head>) {
        if self.ended {
            return;
        }
        self.ended = true;
        let _closed = match trailers {
            Some(trailers) => self.stream.send_trailers(to_header_map(trailers)),
            None => self.stream.send_data(Bytes::new(), true),
        };
    }

    /// Sends queued bytes as the window allows; an error means that nobody reads them.
    pub(super) async fn drain(&mut self) -> Result<(), ()> {
        while let Some(first) = self.queue.front_mut() {
            let room = match poll_fn(|cx| self.stream.poll_capacity(cx)).await {
                Some(Ok(room)) => room.min(first.len()),
                _ => return Err(()),
            };
            let part = first.split_to(room);
            let empty = first.is_empty();
            if empty {
                self.queue.pop_front();
            }
            let end = self.last && self.queue.is_empty() && empty;
            self.ended |= end;
            self.stream.send_data(part, end).map_err(|_| ())?;
        }
        Ok(())
    }
}
