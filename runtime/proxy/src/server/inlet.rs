//! Connections inside of the proxy: what is sent to an internal listener arrives here, on the same worker.
use std::rc::{Rc, Weak};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::accept::serve_internal;
use super::worker::Worker;
use crate::access::state::Passed;
use crate::net::socket::Socket;

/// A connection to an internal listener.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The listener's name.
    pub(crate) listener: Arc<str>,
    /// What tells the endpoints of the listener apart.
    pub(crate) endpoint: Arc<str>,
    /// The far end.
    pub(crate) socket: Socket,
    /// What comes along.
    pub(crate) passed: Option<Rc<Passed>>,
}

/// Where connections to internal listeners are sent.
pub(crate) type Inlet = mpsc::UnboundedSender<Arrival>;

/// Serves what arrives, as long as there is the worker.
pub(super) async fn serve(worker: Weak<Worker>, mut arrivals: mpsc::UnboundedReceiver<Arrival>) {
    while let Some(arrival) = arrivals.recv().await {
        let Some(worker) = worker.upgrade() else { return };
        tokio::task::spawn_local(async move { serve_internal(&worker, arrival).await });
    }
}
