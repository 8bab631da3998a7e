//! The client's side while somebody else is waited for: its body, and whether it is still there.
use super::exchange::{BodyFailure, Frame, ResponseSink};
use super::stream::{Exchange, Stop};

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
