//! What a request has sent so far, kept for those who have to send it again.
use bytes::Bytes;

use super::exchange::Frame;
use crate::config::action::Forward;
use crate::http::Head;

/// The part of the request's body that a further attempt would need again.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// What has arrived.
    pub(crate) data: Vec<Bytes>,
    /// Whether the end has arrived.
    pub(crate) ended: bool,
    /// Trailers.
    pub(crate) trailers: Option<Head>,
    /// Bytes of it.
    pub(super) size: usize,
    /// More is not kept.
    pub(super) limit: usize,
    /// Whether something was not kept, so that there can be no further attempt.
    pub(crate) lost: bool,
}

impl Replay {
    /// Takes a frame over and returns its data.
    pub(crate) fn keep(&mut self, frame: Frame) -> Option<Bytes> {
        match frame {
            Frame::Data(data) => {
                self.size += data.len();
                if self.size > self.limit {
                    self.lost = true;
                    self.data.clear();
                } else {
                    self.data.push(data.clone());
                }
                Some(data)
            }
            Frame::End(trailers) => {
                self.ended = true;
                self.trailers = trailers;
                None
            }
        }
    }
}

/// How many bytes of the request are kept for what may have to send it again.
pub(super) fn replay_limit(forward: &Forward, retries: bool) -> usize {
    let again = retries || forward.internal_redirect.is_some();
    if again || !forward.mirrors.is_empty() { 1 << 20 } else { 0 }
}
