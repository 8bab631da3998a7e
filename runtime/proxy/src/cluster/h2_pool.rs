//! HTTP/2 connections to hosts: one per host and worker, more when its streams are used up.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::Notify;

use super::pool::{ConnectFailure, Key};
use crate::access::info::TlsInfo;
use crate::net::address::Address;

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
    pub(crate) send: SendRequest<Bytes>,
    /// The own address.
    pub(crate) local: Option<Address>,
    /// TLS of the connection.
    pub(crate) tls: Option<Rc<TlsInfo>>,
    /// When it was made.
    born: Instant,
    /// Set when the connection has ended.
    closed: Rc<std::cell::Cell<bool>>,
}

impl H2Connection {
    /// A handle and the flag that its driver sets at the end.
    pub(crate) fn new(
        send: SendRequest<Bytes>,
        local: Option<Address>,
        tls: Option<Rc<TlsInfo>>,
    ) -> (Self, Rc<std::cell::Cell<bool>>) {
        let closed = Rc::new(std::cell::Cell::new(false));
        (Self { send, local, tls, born: Instant::now(), closed: closed.clone() }, closed)
    }
}

impl H2Pool {
    /// A connection that is open.
    pub(crate) fn get(&self, key: &Key) -> Option<H2Connection> {
        let connections = self.connections.borrow();
        connections.get(key)?.iter().rev().find(|c| !c.closed.get()).cloned()
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
        self.retire_where(|_| false);
    }

    /// Forgets connections that have ended, and those that are too old; streams that are open go on.
    pub(crate) fn retire_where(&self, old: impl Fn(Instant) -> bool) {
        self.connections.borrow_mut().retain(|_, pool| {
            pool.retain(|c| !c.closed.get() && !old(c.born));
            !pool.is_empty()
        });
    }
}
