//! Requests at their hosts.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cluster::shared::Host;

/// Counts a request at its host.
#[derive(Debug)]
pub(super) struct Active(Arc<Host>);

impl Active {
    /// One that begins.
    pub(super) fn new(host: &Arc<Host>) -> Self {
        host.active.fetch_add(1, Ordering::Relaxed);
        Self(host.clone())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}
