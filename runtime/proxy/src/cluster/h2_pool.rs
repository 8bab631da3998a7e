//! HTTP/2 connections to hosts: one per host and worker, more when its streams are used up.
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use h2::SendStream;
use h2::client::SendRequest;

use super::h2_stream::Asking;
use super::life::Life;
use super::pool::Key;
use crate::access::info::TlsInfo;
use crate::net::address::Address;
use crate::net::h2::greeting::{Greeting, Told};
use crate::net::h2::notes::{Limits, SharedNotes};
use crate::net::h2::prefaced::Prefaced;
use crate::net::io::Stream;

/// Bytes of a stream's window, unless the cluster says otherwise.
const WINDOW: u32 = 16 << 20;
/// The same for a connection.
const CONNECTION_WINDOW: u32 = 24 << 20;

/// HTTP/2 connections of a cluster.
#[derive(Debug, Default)]
pub(crate) struct H2Pool {
    connections: RefCell<BTreeMap<Key, Vec<H2Connection>>>,
}

/// A handle of an HTTP/2 connection.
#[derive(Debug, Clone)]
pub(crate) struct H2Connection {
    /// Opens streams.
    send: SendRequest<Bytes>,
    /// What its guard notes.
    notes: SharedNotes,
    /// The own address.
    pub(crate) local: Option<Address>,
    /// TLS of the connection.
    pub(crate) tls: Option<Rc<TlsInfo>>,
    /// What is counted of it; nothing where it serves no requests of clients.
    pub(crate) life: Option<Arc<Life>>,
    /// When it was made.
    born: Instant,
    /// Set when the connection has ended.
    closed: Rc<Cell<bool>>,
}

impl H2Connection {
    /// Begins to speak HTTP/2 on a new connection.
    ///
    /// # Errors
    /// The connection has ended; the text is the codec's.
    pub(crate) async fn begin(
        stream: Stream,
        tls: Option<Rc<TlsInfo>>,
        life: Option<Arc<Life>>,
    ) -> Result<Self, String> {
        let local = stream.socket().local();
        let notes = SharedNotes::default();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
        let greeting = Greeting::to_endpoint(Told { streams: 1024, window: WINDOW });
        let limits = Limits { extended: false, head: 60 * 1024, fields: 100 };
        let stream = Prefaced::to_endpoint(stream, (limits, notes.clone(), greeting));
        let handshake = builder.enable_push(false).handshake::<_, Bytes>(stream).await;
        let (send, driver) = handshake.map_err(|e| e.to_string().replace(' ', "_"))?;
        let closed = Rc::new(Cell::new(false));
        let ended = closed.clone();
        tokio::task::spawn_local(async move {
            let _ended = driver.await;
            ended.set(true);
        });
        Ok(Self { send, notes, local, tls, life, born: Instant::now(), closed })
    }

    /// Sends a request as soon as the host takes one more; `ended` says that it has no body.
    ///
    /// # Errors
    /// The connection takes no more requests.
    pub(crate) async fn ask(
        &mut self,
        request: http::Request<()>,
        ended: bool,
    ) -> Result<(Asking, SendStream<Bytes>), h2::Error> {
        poll_fn(|cx| self.send.poll_ready(cx)).await?;
        let asked = Asking::send(&mut self.send, &self.notes, request, ended)?;
        if let Some(life) = &self.life {
            life.ask();
        }
        Ok(asked)
    }

    /// Whether it opens streams.
    fn is_open(&self) -> bool {
        !self.closed.get() && !self.notes.borrow().leaving
    }
}

impl H2Pool {
    /// A connection that is open.
    pub(crate) fn get(&self, key: &Key) -> Option<H2Connection> {
        let connections = self.connections.borrow();
        connections.get(key)?.iter().rev().find(|c| c.is_open()).cloned()
    }

    /// Keeps a connection.
    pub(crate) fn put(&self, key: Key, connection: H2Connection) {
        self.connections.borrow_mut().entry(key).or_default().push(connection);
    }

    /// Forgets a connection that does not open streams any more.
    pub(crate) fn retire(&self, connection: &H2Connection) {
        connection.closed.set(true);
        self.retire_where(|_| false);
    }

    /// Forgets connections that have ended, and those that are too old; streams that are open go on.
    pub(crate) fn retire_where(&self, old: impl Fn(Instant) -> bool) {
        self.connections.borrow_mut().retain(|_, pool| {
            pool.retain(|c| c.is_open() && !old(c.born));
            !pool.is_empty()
        });
    }
}
