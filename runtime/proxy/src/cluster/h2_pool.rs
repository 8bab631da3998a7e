//! HTTP/2 connections to hosts: one per host and worker, more when its streams are used up.
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::SendStream;
use h2::client::SendRequest;
use tokio::sync::Notify;

use super::h2_stream::Asking;
use super::life::Life;
use super::permit::ConnectionPermit;
use super::pool::{ConnectFailure, Key};
use crate::access::info::TlsInfo;
use crate::config::http2::Http2;
use crate::net::address::Address;
use crate::net::h2::greeting::{Greeting, Told};
use crate::net::h2::keepalive::Pings;
use crate::net::h2::notes::{Limits, SharedNotes};
use crate::net::h2::prefaced::Prefaced;
use crate::net::io::Stream;

/// HTTP/2 connections of a cluster.
#[derive(Debug, Default)]
pub(crate) struct H2Pool {
    connections: RefCell<BTreeMap<Key, Vec<H2Connection>>>,
    making: RefCell<BTreeMap<Key, Rc<Making>>>,
}

/// A connection that is being made; requests that wait for it end with it when it fails.
#[derive(Debug, Default)]
pub(crate) struct Making {
    done: Notify,
    failure: RefCell<Option<ConnectFailure>>,
}

impl Making {
    /// Ends when there is a connection, or whoever was making it gave up.
    pub(crate) async fn wait(&self) -> Result<(), ConnectFailure> {
        self.done.notified().await;
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }
}

/// Who makes a connection. Those that wait are told when it is dropped.
#[derive(Debug)]
pub(crate) struct Maker<'p> {
    pool: &'p H2Pool,
    key: Key,
    making: Rc<Making>,
}

impl Maker<'_> {
    /// Notes that there is no connection.
    pub(crate) fn fail(&self, failure: &ConnectFailure) {
        *self.making.failure.borrow_mut() = Some(failure.clone());
    }
}

impl Drop for Maker<'_> {
    fn drop(&mut self) {
        self.pool.making.borrow_mut().remove(&self.key);
        self.making.done.notify_waiters();
    }
}

/// What a request without a connection does.
#[derive(Debug)]
pub(crate) enum Turn<'p> {
    /// It makes one.
    Make(Maker<'p>),
    /// It waits for the one that is being made.
    Wait(Rc<Making>),
}

/// A handle of an HTTP/2 connection.
#[derive(Debug, Clone)]
pub(crate) struct H2Connection {
    /// Opens streams.
    send: SendRequest<Bytes>,
    /// What its guard notes.
    notes: SharedNotes,
    /// How many streams the cluster lets be open.
    most: u32,
    /// Pings that tell whether the host is there.
    pings: Option<Pings>,
    /// The own address.
    pub(crate) local: Option<Address>,
    /// TLS of the connection.
    pub(crate) tls: Option<Rc<TlsInfo>>,
    /// What is counted of it; nothing where it serves no requests of clients.
    pub(crate) life: Option<Arc<Life>>,
    /// Requests that were sent.
    used: Rc<Cell<u64>>,
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
        how: &Http2,
        tls: Option<Rc<TlsInfo>>,
        (life, permit): (Option<Arc<Life>>, Option<ConnectionPermit>),
    ) -> Result<Self, String> {
        let local = stream.socket().local();
        let notes = SharedNotes::default();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(how.window).initial_connection_window_size(how.connection_window);
        let greeting = Greeting::to_endpoint(Told::new(how));
        let limits = Limits { extended: false, head: 60 * 1024, fields: 100 };
        let stream = Prefaced::to_endpoint(stream, (limits, notes.clone(), greeting));
        let handshake = builder.enable_push(false).handshake::<_, Bytes>(stream).await;
        let (send, mut driver) = handshake.map_err(|e| e.to_string().replace(' ', "_"))?;
        let closed = Rc::new(Cell::new(false));
        let ended = closed.clone();
        let pings = how.keepalive.clone().map(|how| Pings::new(how, notes.clone()));
        let silence = pings.clone().map(|pings| pings.until_silent(driver.ping_pong()));
        tokio::task::spawn_local(async move {
            tokio::select! {
                _ = driver => {}
                () = async { if let Some(silence) = silence { silence.await } else { pending().await } } => {}
            }
            ended.set(true);
            drop(permit);
        });
        Ok(Self {
            send,
            notes,
            most: how.streams,
            pings,
            local,
            tls,
            life,
            used: Rc::default(),
            born: Instant::now(),
            closed,
        })
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
        self.used.set(self.used.get() + 1);
        if let Some(life) = &self.life {
            life.ask();
        }
        if let Some(pings) = &self.pings {
            pings.ask();
        }
        Ok(asked)
    }

    /// Whether one more stream may be open: as many may be as both sides say (`MultiplexedActiveClientBase`, onSettings).
    fn has_room(&self) -> bool {
        let notes = self.notes.borrow();
        let most = notes.most.map_or(self.most, |most| most.min(self.most));
        notes.asked.len() < most as usize
    }

    /// How long nobody has asked anything.
    fn idle(&self) -> Duration {
        let notes = self.notes.borrow();
        let quiet = notes.quiet.filter(|_| notes.asked.is_empty());
        quiet.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// Whether it has served as many requests as it may; zero is no limit.
    pub(crate) fn is_used_up(&self, most: u64) -> bool {
        most > 0 && self.used.get() >= most
    }

    /// Whether it opens streams, now or when others have ended.
    fn is_open(&self) -> bool {
        !self.closed.get() && !self.notes.borrow().leaving
    }
}

impl H2Pool {
    /// A connection that is open and takes one more stream.
    pub(crate) fn get(&self, key: &Key) -> Option<H2Connection> {
        let connections = self.connections.borrow();
        connections.get(key)?.iter().rev().find(|c| c.is_open() && c.has_room()).cloned()
    }

    /// Whether to make a connection or to wait for one.
    pub(crate) fn turn(&self, key: &Key) -> Turn<'_> {
        let mut all = self.making.borrow_mut();
        if let Some(making) = all.get(key) {
            return Turn::Wait(making.clone());
        }
        let making = Rc::new(Making::default());
        all.insert(key.clone(), making.clone());
        Turn::Make(Maker { pool: self, key: key.clone(), making })
    }

    /// Keeps a connection.
    pub(crate) fn put(&self, key: Key, connection: H2Connection) {
        self.connections.borrow_mut().entry(key).or_default().push(connection);
    }

    /// Forgets a connection that does not open streams any more.
    pub(crate) fn retire(&self, connection: &H2Connection) {
        connection.closed.set(true);
        self.retire_where(Duration::MAX, |_| false);
    }

    /// Forgets connections that have ended, and those that are too old or nobody has used for a time; streams that are open go on.
    pub(crate) fn retire_where(&self, idle: Duration, old: impl Fn(Instant) -> bool) {
        self.connections.borrow_mut().retain(|_, pool| {
            pool.retain(|c| c.is_open() && !old(c.born) && c.idle() < idle);
            !pool.is_empty()
        });
    }
}
