//! The client's side while somebody else is waited for: its body, and whether it is still there.
use super::exchange::{BodyFailure, Frame, ResponseSink};
use super::stream::{Exchange, Stop};
use crate::access::info::flag;

/// What the client's side did while upstream was waited for.
pub(super) enum ClientEvent {
    /// A piece of the body.
    Frame(Frame),
    /// The body failed.
    Failed(BodyFailure),
    /// The client has gone.
    Gone,
}

impl Exchange<'_> {
    /// Ends when the client goes away.
    pub(crate) async fn gone(&mut self) {
        match &mut self.sink {
            ResponseSink::H1(_) => self.body.closed().await,
            ResponseSink::H2(sink) => sink.gone().await,
        }
    }

    /// Says why the client has gone: it has left, reset the stream or broken the rules of HTTP/2.
    pub(super) fn note_gone(&mut self) {
        if !self.note_fault() {
            self.info.flag(flag::DOWNSTREAM_CLOSED);
            if self.info.details.is_empty() || self.info.details == "via_upstream" {
                self.info.details = "downstream_remote_disconnect".into();
            }
        }
    }

    /// Says what the client has done to its stream or connection over HTTP/2, if it has done so.
    pub(super) fn note_fault(&mut self) -> bool {
        let fault = if let ResponseSink::H2(sink) = &self.sink { sink.fault() } else { None };
        let Some(fault) = fault else { return false };
        if let Some((flag, _)) = fault {
            self.info.flag(flag);
        }
        // A reset may be without an error.
        self.info.details = fault.map_or("", |(_, details)| details).into();
        true
    }

    /// Waits for something, as long as there is a client; else it is dropped.
    pub(crate) async fn unless_gone<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stop> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.gone() => Err(Stop::Gone),
        }
    }

    /// The next event of the client's side; `ended` says that its body has ended.
    pub(super) async fn client_event(&mut self, ended: bool) -> ClientEvent {
        if ended {
            self.gone().await;
            return ClientEvent::Gone;
        }
        match self.body.next().await {
            Ok(frame) => ClientEvent::Frame(frame),
            Err(failure) => ClientEvent::Failed(failure),
        }
    }
}
