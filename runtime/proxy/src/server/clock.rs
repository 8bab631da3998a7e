//! The time limits of one request.
use std::time::{Duration, Instant};

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The route's timeout.
    Route,
    /// The timeout of one try.
    Try,
    /// One try was silent for too long.
    TryIdle,
    /// The stream was silent for too long.
    Idle,
    /// The stream lived for too long.
    Duration,
    /// One try lived for too long.
    Stream,
    /// The request took too long to arrive.
    Request,
}

/// The limits of one request; absent ones never expire.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Set once the request has arrived completely.
    pub(crate) route: Option<Instant>,
    /// Set for each try.
    pub(crate) attempt: Option<Instant>,
    /// Set at the beginning.
    pub(crate) duration: Option<Instant>,
    /// Set for each try, and kept while its response passes.
    pub(crate) stream: Option<Instant>,
    /// Set at the beginning, cleared once the request has arrived completely.
    pub(crate) request: Option<Instant>,
    idle: Option<Instant>,
    idle_time: Duration,
    try_idle: Option<Instant>,
    try_idle_time: Duration,
}

impl Clock {
    /// A clock with an idle limit; zero is none.
    pub(crate) fn new(idle_time: Duration) -> Self {
        let mut clock = Self { idle_time, ..Self::default() };
        clock.touch();
        clock
    }

    /// Notes that something moved.
    pub(crate) fn touch(&mut self) {
        if !self.idle_time.is_zero() {
            self.idle = Instant::now().checked_add(self.idle_time);
        }
        if !self.try_idle_time.is_zero() {
            self.try_idle = Instant::now().checked_add(self.try_idle_time);
        }
    }

    /// Begins to watch one try: its silence, where zero is not at all, and the end of its life.
    pub(crate) fn begin_try(&mut self, silence: Duration, end: Option<Instant>) {
        self.attempt = None;
        self.stream = end;
        self.try_idle_time = silence;
        self.try_idle = None;
        self.touch();
    }

    fn next(&self) -> Option<(Instant, Expired)> {
        [
            (self.route, Expired::Route),
            (self.attempt, Expired::Try),
            (self.duration, Expired::Duration),
            (self.stream, Expired::Stream),
            (self.request, Expired::Request),
            (self.idle, Expired::Idle),
            (self.try_idle, Expired::TryIdle),
        ]
        .into_iter()
        .filter_map(|(at, which)| Some((at?, which)))
        .min_by_key(|(at, _)| *at)
    }

    /// Ends when the first limit is reached.
    pub(crate) async fn expired(&self) -> Expired {
        match self.next() {
            Some((at, which)) => {
                tokio::time::sleep_until(at.into()).await;
                which
            }
            None => std::future::pending().await,
        }
    }
}

/// A point in time from now; zero is never.
pub(super) fn deadline(after: Duration) -> Option<Instant> {
    if after.is_zero() { None } else { Instant::now().checked_add(after) }
}
