//! What sees the pieces of a body after its head has gone on: scripts, and what compresses or decompresses it.
use bytes::Bytes;

use super::coder::Coder;
use super::lua_response::Body;
use crate::http::Head;
use crate::lua::{Asked, Run};
use crate::server::exchange::Frame;
use crate::server::stream::Exchange;

/// Somebody who sees the pieces of a body; those before it in the list see them first.
#[derive(Debug)]
pub(crate) enum Watcher {
    /// A script, and what it waits for.
    Script(Run, Asked),
    /// Makes other bytes of them.
    Coder(Box<Coder>),
}

impl Exchange<'_> {
    /// Watchers of the request's body see a piece of it. What one has kept back comes before the end, as the first value.
    pub(crate) async fn watchers_see(&mut self, mut frame: Frame) -> (Option<Bytes>, Frame) {
        let mut rest = None;
        if self.watching.is_empty() {
            return (rest, frame);
        }
        let mut all = std::mem::take(&mut self.watching);
        for watcher in &mut all {
            match watcher {
                Watcher::Script(run, asked) => {
                    let mut waits = std::mem::replace(asked, Asked::Nothing);
                    if let Some(data) = rest.take() {
                        let (data, next) = Box::pin(self.see_chunk(run, waits, data)).await;
                        (rest, waits) = (Some(data), next);
                    }
                    match frame {
                        Frame::Data(data) => {
                            let (data, next) = Box::pin(self.see_chunk(run, waits, data)).await;
                            (frame, *asked) = (Frame::Data(data), next);
                        }
                        Frame::End(trailers) => {
                            frame = Frame::End(Box::pin(self.see_end(run, waits, trailers)).await)
                        }
                    }
                }
                Watcher::Coder(coder) => match frame {
                    Frame::Data(data) => frame = Frame::Data(self.code(coder, &data).into()),
                    Frame::End(trailers) => {
                        let last = self.end_code(coder, rest.take());
                        rest = Some(last).filter(|last| !last.is_empty()).map(Bytes::from);
                        frame = Frame::End(coder.with_report(trailers));
                    }
                },
            }
        }
        self.watching = all;
        (rest, frame)
    }

    /// Tells watchers of a request that all of it is known.
    pub(crate) async fn end_watched(&mut self) {
        if self.watching.is_empty() {
            return;
        }
        let trailers = self.buffered_trailers.take();
        let (rest, frame) = self.watchers_see(Frame::End(trailers)).await;
        self.buffered.extend(rest);
        if let Frame::End(trailers) = frame {
            self.buffered_trailers = trailers;
        }
        self.watching.clear();
    }

    /// Watchers of the response's body see a piece of it.
    pub(super) async fn watchers_see_response(&mut self, mut data: Bytes) -> Bytes {
        if self.watching_response.is_empty() {
            return data;
        }
        let mut all = std::mem::take(&mut self.watching_response);
        for watcher in &mut all {
            match watcher {
                Watcher::Script(run, asked) => {
                    let waits = std::mem::replace(asked, Asked::Nothing);
                    (data, *asked) = Box::pin(self.see_response_chunk(run, waits, data)).await;
                }
                Watcher::Coder(coder) => data = self.code(coder, &data).into(),
            }
        }
        self.watching_response = all;
        data
    }

    /// Watchers see the end of the response; what they have kept back comes first.
    pub(super) async fn watchers_end_response(
        &mut self,
        mut trailers: Option<Head>,
    ) -> (Vec<u8>, Option<Head>) {
        let mut rest = Vec::new();
        for watcher in std::mem::take(&mut self.watching_response) {
            match watcher {
                Watcher::Script(mut run, mut asked) => {
                    if !rest.is_empty() {
                        let (data, next) =
                            Box::pin(self.see_response_chunk(&mut run, asked, rest.into())).await;
                        (rest, asked) = (data.to_vec(), next);
                    }
                    trailers = self.see_response_end(&mut run, asked, trailers).await;
                }
                Watcher::Coder(mut coder) => {
                    rest = self.end_code(&mut coder, Some(rest.into()));
                    trailers = coder.with_report(trailers);
                }
            }
        }
        (rest, trailers)
    }

    /// Lets the rest of the request pass a coder.
    pub(super) fn code_request(&mut self, mut coder: Coder) {
        let known = std::mem::take(&mut self.buffered);
        for data in known {
            let data = self.code(&mut coder, &data);
            self.buffered.push(data.into());
        }
        if self.body.is_done() {
            let rest = self.end_code(&mut coder, None);
            self.buffered.push(rest.into());
            self.buffered_trailers = coder.with_report(self.buffered_trailers.take());
        } else {
            self.watching.push(Watcher::Coder(Box::new(coder)));
        }
    }

    /// Lets the body of the response pass a coder.
    pub(super) fn code_response(&mut self, mut coder: Coder, body: &mut Body) {
        match body {
            Body::Absent => {}
            Body::Follows => self.watching_response.push(Watcher::Coder(Box::new(coder))),
            Body::Whole(whole) => {
                let bytes = std::mem::take(&mut whole.bytes);
                whole.bytes = self.end_code(&mut coder, Some(bytes.into()));
                whole.trailers = coder.with_report(whole.trailers.take());
            }
        }
    }

    fn code(&self, coder: &mut Coder, data: &[u8]) -> Vec<u8> {
        let out = coder.push(data);
        self.count_coded(coder, data.len(), out.len());
        out
    }

    fn end_code(&self, coder: &mut Coder, last: Option<Bytes>) -> Vec<u8> {
        let last = last.filter(|last| !last.is_empty());
        let mut out = last.map(|last| self.code(coder, &last)).unwrap_or_default();
        let end = coder.finish();
        self.count_coded(coder, 0, end.len());
        out.extend_from_slice(&end);
        out
    }

    fn count_coded(&self, coder: &Coder, read: usize, written: usize) {
        let stats = &self.hcm.stats().filters;
        for (name, count) in coder.totals.iter().zip([read, written]) {
            if count > 0 {
                stats.add_many(name, count as u64);
            }
        }
    }
}
