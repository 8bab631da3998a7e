//! Statistics of listeners and connection managers; they outlive a reload.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::istio::series::SeriesSet;

use super::{FilterStats, HttpStats, ListenerStats, Stat, TcpStats, add};

/// What one connection manager counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpScope {
    /// `http.PREFIX.`
    pub(crate) http: Arc<HttpStats>,
    /// Statistics of its filters, below the same prefix.
    pub(crate) filters: Arc<FilterStats>,
    /// `listener.ADDRESS.http.PREFIX.`: responses by class.
    pub(crate) listener: Arc<FilterStats>,
}

impl HttpScope {
    /// Counts an answer.
    pub(crate) fn count_status(&self, status: u16) {
        add(&self.http.downstream_rq_completed, 1);
        let (class, name) = match status {
            100..200 => (&self.http.downstream_rq_1xx, "downstream_rq_1xx"),
            200..300 => (&self.http.downstream_rq_2xx, "downstream_rq_2xx"),
            300..400 => (&self.http.downstream_rq_3xx, "downstream_rq_3xx"),
            400..500 => (&self.http.downstream_rq_4xx, "downstream_rq_4xx"),
            _ => (&self.http.downstream_rq_5xx, "downstream_rq_5xx"),
        };
        add(class, 1);
        self.listener.add(name);
        self.listener.add("downstream_rq_completed");
    }
}

/// All of them, by prefix.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    http: Mutex<BTreeMap<String, Arc<HttpStats>>>,
    listeners: Mutex<BTreeMap<String, Arc<ListenerStats>>>,
    tcp: Mutex<BTreeMap<String, Arc<TcpStats>>>,
    /// Sets of named counters: of filters, of TCP proxies, of responses by listener.
    named: Mutex<BTreeMap<String, Arc<FilterStats>>>,
    /// Istio's metrics.
    pub(crate) istio: SeriesSet,
}

fn find<T: Default>(sets: &Mutex<BTreeMap<String, Arc<T>>>, name: &str) -> Arc<T> {
    let mut sets = sets.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = sets.get(name) {
        return known.clone();
    }
    sets.entry(name.to_owned()).or_default().clone()
}

impl Registry {
    /// The statistics of a connection manager with this prefix below a listener.
    pub(crate) fn http(&self, prefix: &str, listener: &str) -> HttpScope {
        let classes = self.named(&format!("listener.{listener}.http.{prefix}."));
        for class in ["1xx", "2xx", "3xx", "4xx", "5xx", "completed"] {
            classes.declare(&format!("downstream_rq_{class}"));
        }
        HttpScope {
            http: find(&self.http, prefix),
            filters: self.named(&format!("http.{prefix}.")),
            listener: classes,
        }
    }

    /// The statistics of a listener.
    pub(crate) fn listener(&self, name: &str) -> Arc<ListenerStats> {
        find(&self.listeners, name)
    }

    /// The statistics of a TCP proxy.
    pub(crate) fn tcp(&self, prefix: &str) -> Arc<TcpStats> {
        find(&self.tcp, prefix)
    }

    /// Named counters below a prefix that ends with a dot.
    pub(crate) fn named(&self, prefix: &str) -> Arc<FilterStats> {
        find(&self.named, prefix)
    }

    /// Lists everything.
    pub(crate) fn list(&self, into: &mut Vec<Stat>) {
        for (prefix, set) in self.http.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            set.list(&format!("http.{prefix}."), into);
        }
        for (name, set) in self.listeners.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            set.list(&format!("listener.{name}."), into);
        }
        for (prefix, set) in self.tcp.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            set.list(&format!("tcp.{prefix}."), into);
        }
        for (prefix, set) in self.named.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            set.list(prefix, into);
        }
        self.istio.list(into);
    }
}
