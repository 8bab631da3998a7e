//! How many connections a pool has made: beyond the breaker's limit there is one at least.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Notify;

use super::pool::Key;
use super::shared::{Breaker, Permit, Shared};
use std::sync::Arc;

/// The connections of one worker to the hosts of a cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made {
    counts: Rc<RefCell<BTreeMap<Key, usize>>>,
    /// Wakes requests that wait for a connection.
    pub(crate) released: Rc<Notify>,
}

/// Counts a connection and wakes a waiting request when it is gone.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    _permit: Permit,
    made: Made,
    key: Key,
}

impl Made {
    /// A permit for one more connection, as far as the breaker allows. Where no connection can become free, one is made all the same
    /// (`ConnPoolImplBase::tryCreateNewConnection`).
    pub(crate) fn permit(&self, shared: &Arc<Shared>, key: &Key, limit: u64) -> Option<ConnectionPermit> {
        let first = !self.counts.borrow().contains_key(key);
        let high = key.2.high;
        let permit = shared.take(Breaker::Connections, high, limit);
        if permit.is_none() {
            shared.count(|c| &c.upstream_cx_overflow);
        }
        let permit = permit.or_else(|| {
            let limit = if first { u64::MAX } else { 0 };
            shared.take(Breaker::Connections, high, limit)
        })?;
        *self.counts.borrow_mut().entry(key.clone()).or_default() += 1;
        Some(ConnectionPermit { _permit: permit, made: self.clone(), key: key.clone() })
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.made.counts.borrow_mut();
        match counts.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.key)),
        }
        self.made.released.notify_one();
    }
}
