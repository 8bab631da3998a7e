//! Reporting TCP connections, as `IstioStatsFilter::reportHelper` does.
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::exchange::Found;
use super::labels::{End, Service};
use super::metrics::{IstioStats, Metric, Reporter};
use super::report::{Series, Sides, flags};
use crate::access::format::Source;
use crate::access::info::Info;
use crate::cluster::shared::Host;
use crate::config::cluster::Cluster;
use crate::server::worker::Worker;

/// The metrics of connections.
const METRICS: &[Metric] = &[Metric::Opened, Metric::Closed, Metric::Sent, Metric::Received];

/// One connection as one filter reports it.
#[derive(Debug)]
pub(crate) struct TcpReport<'a> {
    filter: &'a IstioStats,
    /// Made with the first report; the labels stay as they are then.
    series: Option<Rc<Series>>,
    sent: u64,
    received: u64,
    next: Option<Instant>,
}

/// What is known of a connection beyond its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends<'a> {
    /// The endpoint.
    pub(crate) host: Option<&'a Arc<Host>>,
    /// The cluster.
    pub(crate) cluster: Option<&'a Cluster>,
    /// Who the client is.
    pub(crate) client: &'a Found,
    /// Who the endpoint is.
    pub(crate) upstream: &'a Found,
}

impl<'a> TcpReport<'a> {
    /// A connection that begins.
    pub(crate) fn new(filter: &'a IstioStats) -> Self {
        let next = Some(filter.every).filter(|every| !every.is_zero()).and_then(after);
        Self { filter, series: None, sent: 0, received: 0, next }
    }

    /// When it has to be reported next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Reports, when it is time to or the connection has ended. While it is not known who the peer is, only the end is
    /// reported.
    pub(crate) fn report(&mut self, worker: &Worker, info: &Info, ends: Ends<'_>, ended: bool) {
        let due = self.next.is_some_and(|next| next <= Instant::now());
        if !due && !ended {
            return;
        }
        if due {
            self.next = after(self.filter.every);
        }
        let found = if self.filter.reporter == Reporter::Client { ends.upstream } else { ends.client };
        if self.series.is_none() {
            if matches!(found, Found::Open) && !ended {
                return;
            }
            let series = self.open(worker, info, ends);
            series.add(Metric::Opened, 1);
            self.series = Some(series);
        }
        let Some(series) = &self.series else { return };
        series.add(Metric::Sent, info.sent - self.sent);
        series.add(Metric::Received, info.received - self.received);
        (self.sent, self.received) = (info.sent, info.received);
        if ended {
            series.add(Metric::Closed, 1);
        }
    }

    fn open(&self, worker: &Worker, info: &Info, ends: Ends<'_>) -> Rc<Series> {
        let peers = (ends.client.peer(), ends.upstream.peer());
        let sides = Sides::new(self.filter.reporter, worker, ends.host, peers, info);
        let flags = flags(info);
        let mut facts = sides.facts(Service::new("", ends.cluster, ""));
        facts.end = Some(End { protocol: "tcp", status: None, grpc: None, flags: &flags });
        let source = Source { request: None, response: None, trailers: None, info };
        worker.series(self.filter, &facts, &self.filter.values(source), METRICS)
    }
}

fn after(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}
