//! What network filters know and do while bytes of a TCP connection go both ways.
use std::sync::Arc;
use std::time::Instant;

use super::tcp::Pipe;
use super::worker::Worker;
use crate::access::info::Info;
use crate::cluster::ClusterRuntime;
use crate::cluster::shared::Host;
use crate::config::cluster::Cluster;
use crate::config::listener::Chain;
use crate::istio::exchange::{Found, Meeting};
use crate::istio::tcp::{Ends, TcpReport};
use crate::net::io::Stream;

/// A connection with its filters.
pub(super) struct Session<'a> {
    worker: &'a Worker,
    cluster: Option<&'a Cluster>,
    host: Option<Arc<Host>>,
    client: Option<Meeting<'a>>,
    upstream: Option<Meeting<'a>>,
    reports: Vec<TcpReport<'a>>,
}

impl<'a> Session<'a> {
    /// A connection before there is an endpoint.
    pub(super) fn new(worker: &'a Worker, chain: &'a Chain, cluster: Option<&'a ClusterRuntime>) -> Self {
        Self {
            worker,
            cluster: cluster.and_then(ClusterRuntime::config),
            host: None,
            client: None,
            upstream: None,
            reports: chain.metrics.iter().map(TcpReport::new).collect(),
        }
    }

    /// Notes the endpoint; both sides may tell who they are from now on.
    pub(super) fn met(&mut self, chain: &'a Chain, client: &Stream, upstream: &Stream, host: Arc<Host>) {
        let node = &self.worker.global.program.node;
        let exchange = chain.exchange.as_ref();
        self.client = exchange.map(|filter| Meeting::new(filter, node, client.agreed()));
        let exchange = self.cluster.and_then(|c| c.exchange.as_deref());
        self.upstream = exchange.map(|filter| Meeting::new(filter, node, upstream.agreed()));
        self.host = Some(host);
    }

    /// Bytes have come from the client: what it says about itself is taken out. Gives the number of bytes that are left
    /// of `count`; none of them mean that the client has ended.
    pub(super) fn client_sent(&mut self, up: &mut Pipe, down: &mut Pipe, count: usize) -> usize {
        arrived((&mut self.client, &mut self.upstream), (up, down), count)
    }

    /// The same for bytes of the endpoint.
    pub(super) fn host_sent(&mut self, down: &mut Pipe, up: &mut Pipe, count: usize) -> usize {
        arrived((&mut self.upstream, &mut self.client), (down, up), count)
    }

    /// When the next report is due.
    pub(super) fn next_report(&self) -> Option<Instant> {
        self.reports.iter().filter_map(TcpReport::next).min()
    }

    /// Reports what is due, or the end; from then on logs and expressions see who is who.
    pub(super) fn report(&mut self, info: &mut Info, ended: bool) {
        let nobody = Found::default();
        let found =
            |meeting: &Option<Meeting<'a>>| meeting.as_ref().map_or(nobody.clone(), |m| m.found.clone());
        let (client, upstream) = (found(&self.client), found(&self.upstream));
        info.client_peer = info.client_peer.take().or_else(|| client.peer());
        info.upstream_peer = info.upstream_peer.take().or_else(|| upstream.peer());
        let ends =
            Ends { host: self.host.as_ref(), cluster: self.cluster, client: &client, upstream: &upstream };
        for report in &mut self.reports {
            report.report(self.worker, info, ends, ended);
        }
    }
}

fn arrived(
    (from, to): (&mut Option<Meeting<'_>>, &mut Option<Meeting<'_>>),
    (pipe, back): (&mut Pipe, &mut Pipe),
    count: usize,
) -> usize {
    let before = pipe.input.len() - count;
    pipe.open = count > 0;
    if let Some(meeting) = from {
        if count > 0 {
            back.output.extend_from_slice(meeting.begin());
        }
        // Until the peer is known nothing of its is passed on, so that all of the input is new.
        meeting.strip(&mut pipe.input, count == 0);
    }
    let new = pipe.input.len().saturating_sub(before);
    if new > 0
        && let Some(meeting) = to
    {
        pipe.output.extend_from_slice(meeting.begin());
    }
    new
}
