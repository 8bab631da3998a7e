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
        let fault = if let ResponseSink::H2(sink) = &self.sink { sink.fault() } else { None };
        match fault {
            Some(Some((flag, details))) => {
                self.info.flag(flag);
                self.info.details = details.into();
            }
            // A reset without an error.
            Some(None) => self.info.details = "".into(),
            None => {
                self.info.flag(flag::DOWNSTREAM_CLOSED);
                if self.info.details.is_empty() || self.info.details == "via_upstream" {
                    self.info.details = "downstream_remote_disconnect".into();
                }
            }
        }
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
