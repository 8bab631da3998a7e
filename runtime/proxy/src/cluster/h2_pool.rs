//! HTTP/2 connections to hosts: one per host and worker, more when its streams are used up.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use h2::client::SendRequest;

use super::life::Life;
use super::pool::Key;
use crate::access::info::TlsInfo;
use crate::net::address::Address;

/// HTTP/2 connections of a cluster.
#[derive(Debug, Default)]
pub(crate) struct H2Pool {
    connections: RefCell<BTreeMap<Key, Vec<H2Connection>>>,
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
    /// What is counted of it.
    pub(crate) life: Arc<Life>,
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
        life: Arc<Life>,
    ) -> (Self, Rc<std::cell::Cell<bool>>) {
        let closed = Rc::new(std::cell::Cell::new(false));
        (Self { send, local, tls, life, born: Instant::now(), closed: closed.clone() }, closed)
    }
}

impl H2Pool {
    /// A connection that is open.
    pub(crate) fn get(&self, key: &Key) -> Option<H2Connection> {
        let connections = self.connections.borrow();
        connections.get(key)?.iter().rev().find(|c| !c.closed.get()).cloned()
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
