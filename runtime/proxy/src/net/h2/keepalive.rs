//! Pings that tell whether a peer is still there, as `source/common/http/http2/codec_impl.cc`, sendKeepalive and
//! onKeepaliveResponseTimeout, has them.
use std::future::{pending, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use h2::{Ping, PingPong};
use tokio::sync::Notify;

use super::notes::SharedNotes;
use crate::config::http2::Keepalive;

/// Pings of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Pings {
    how: Arc<Keepalive>,
    notes: SharedNotes,
    /// Asks for a ping before its time.
    wake: Rc<Notify>,
}

impl Pings {
    /// Those of a new connection, which notes from now on when it was last heard of.
    pub(crate) fn new(how: Arc<Keepalive>, notes: SharedNotes) -> Self {
        notes.borrow_mut().heard = Some(Instant::now());
        Self { how, notes, wake: Rc::default() }
    }

    /// Takes note of a new request: the peer has to show that it is there if nothing was heard of it for long.
    pub(crate) fn ask(&self) {
        let quiet = self.notes.borrow().heard.is_some_and(|heard| heard.elapsed() > self.how.idle);
        if quiet && !self.how.idle.is_zero() {
            self.wake.notify_one();
        }
    }

    /// Ends when a ping was not answered in time and nothing else was heard either.
    pub(crate) async fn until_silent(self, connection: Option<PingPong>) {
        let Some(mut connection) = connection else { return pending().await };
        loop {
            tokio::select! {
                () = self.wake.notified() => {}
                () = self.pause() => {}
            }
            self.notes.borrow_mut().heard = Some(Instant::now());
            if connection.send_ping(Ping::opaque()).is_err() {
                return pending().await;
            }
            if self.is_silent(&mut connection).await {
                return;
            }
        }
    }

    /// Waits for the answer to a ping; any frame gives the peer more time for it.
    async fn is_silent(&self, connection: &mut PingPong) -> bool {
        loop {
            let heard = self.notes.borrow().heard.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                answered = poll_fn(|cx| connection.poll_pong(cx)) => match answered {
                    Ok(_) => return false,
                    // The connection has ended by itself.
                    Err(_) => return pending().await,
                },
                () = tokio::time::sleep_until((heard + self.how.timeout).into()) => {
                    if self.notes.borrow().heard == Some(heard) {
                        return true;
                    }
                }
            }
        }
    }

    async fn pause(&self) {
        if self.how.interval.is_zero() {
            return pending().await;
        }
        tokio::time::sleep(self.how.interval + self.jitter()).await;
    }

    fn jitter(&self) -> Duration {
        let most = (self.how.interval.as_millis() as f64 * self.how.jitter / 100.0) as u64;
        // Each state has keys of its own.
        let random = RandomState::new().hash_one(0);
        Duration::from_millis(random.checked_rem(most).unwrap_or(0))
    }
}

/// Ends when a client was asked whether it is there and has not said so; never where it is not asked.
pub(crate) async fn until_silent(
    how: Option<Arc<Keepalive>>,
    connection: Option<PingPong>,
    notes: &SharedNotes,
) {
    match how {
        Some(how) => Pings::new(how, notes.clone()).until_silent(connection).await,
        None => pending().await,
    }
}
