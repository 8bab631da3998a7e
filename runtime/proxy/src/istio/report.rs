//! Reporting requests, as the filter's access log handler does (`IstioStatsFilter::log`).
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use xxhash_rust::xxh64::Xxh64Builder;

use super::labels::{End, Facts, Service};
use super::metrics::{IstioStats, Metric, Reporter, Values};
use super::peer::Peer;
use crate::access::grpc;
use crate::access::info::{Info, TlsInfo};
use crate::cluster::shared::Host;
use crate::config::filter::FilterKind;
use crate::server::stream::Exchange;
use crate::server::worker::Worker;
use crate::stats::{Count, Histogram, add};

/// More sets of series than this are not remembered by a worker; they are looked up anew.
const MOST_KNOWN: usize = 4096;

/// Series that a worker has used, by what tells them apart.
#[derive(Debug)]
pub(crate) struct Known {
    series: HashMap<Box<[u8]>, Rc<Series>, Xxh64Builder>,
    key: Vec<u8>,
}

impl Known {
    /// Nothing yet; the seed is one that clients cannot foresee.
    pub(crate) fn new(seed: u64) -> Self {
        Self { series: HashMap::with_hasher(Xxh64Builder::new(seed)), key: Vec::new() }
    }
}

/// The series of several metrics with the same facts.
#[derive(Debug, Default)]
pub(super) struct Series {
    counters: Vec<(Metric, Arc<Count>)>,
    histograms: Vec<(Metric, Arc<Histogram>)>,
}

impl Series {
    /// Adds to a counter, or to a histogram.
    pub(super) fn add(&self, metric: Metric, value: u64) {
        if let Some((_, counter)) = self.counters.iter().find(|(m, _)| *m == metric) {
            add(counter, value);
        }
        if let Some((_, histogram)) = self.histograms.iter().find(|(m, _)| *m == metric) {
            histogram.record(value);
        }
    }
}

impl Worker {
    /// The series of these metrics for these facts.
    pub(super) fn series(
        &self,
        filter: &IstioStats,
        facts: &Facts<'_>,
        values: &Values,
        metrics: &[Metric],
    ) -> Rc<Series> {
        let mut known = self.series.borrow_mut();
        let mut key = std::mem::take(&mut known.key);
        key.clear();
        facts.key(std::ptr::from_ref(filter).addr(), &mut key);
        for value in values {
            key.extend_from_slice(value.as_bytes());
            key.push(0);
        }
        key.extend(metrics.iter().map(|metric| *metric as u8));
        let series = known.series.get(key.as_slice()).cloned().unwrap_or_else(|| {
            let made = Rc::new(self.make_series(filter, facts, values, metrics));
            if known.series.len() >= MOST_KNOWN {
                known.series.clear();
            }
            known.series.insert(key.as_slice().into(), made.clone());
            made
        });
        known.key = key;
        series
    }

    fn make_series(
        &self,
        filter: &IstioStats,
        facts: &Facts<'_>,
        values: &Values,
        metrics: &[Metric],
    ) -> Series {
        let standard = facts.labels(filter.reporter, &self.global.program.node);
        let all = &self.global.stats.istio;
        let mut series = Series::default();
        for metric in metrics {
            let Some(labels) = filter.labels(*metric, &standard, values) else { continue };
            match metric {
                Metric::Duration | Metric::RequestBytes | Metric::ResponseBytes => {
                    series.histograms.extend(all.histogram(metric.name(), labels).map(|h| (*metric, h)));
                }
                _ => series.counters.extend(all.counter(metric.name(), labels).map(|c| (*metric, c))),
            }
        }
        series
    }

    /// What the control plane says about an endpoint.
    fn endpoint_peer(&self, host: Option<&Arc<Host>>) -> Option<Rc<Peer>> {
        let text = host?.endpoint.workload.as_deref()?;
        let key = (0, text.as_bytes().to_vec());
        let mut known = self.peers.borrow_mut();
        if let Some(peer) = known.get(&key) {
            return Some(peer.clone());
        }
        let peer = Rc::new(Peer::from_endpoint(text)?);
        known.insert(key, peer.clone());
        Some(peer)
    }
}

/// Who talks to whom.
pub(super) struct Sides<'i> {
    peer: Option<Rc<Peer>>,
    endpoint: Option<Rc<Peer>>,
    /// Says who it is where TLS does not.
    told: Option<Rc<Peer>>,
    peer_san: &'i str,
    own_san: &'i str,
}

impl<'i> Sides<'i> {
    /// The sides as a reporter sees them; `client` and `upstream` are who has told.
    pub(super) fn new(
        reporter: Reporter,
        worker: &Worker,
        host: Option<&Arc<Host>>,
        (client, upstream): (Option<Rc<Peer>>, Option<Rc<Peer>>),
        info: &'i Info,
    ) -> Self {
        let tls = match reporter {
            Reporter::Client => info.upstream_tls.as_deref(),
            Reporter::Server | Reporter::Gateway => info.connection.tls.as_deref(),
        };
        let (peer_san, own_san) = identities(tls);
        let (peer, endpoint, told) = match reporter {
            Reporter::Client => {
                let told = upstream.clone().filter(|_| peer_san.is_empty());
                (upstream.or_else(|| worker.endpoint_peer(host)), None, told)
            }
            Reporter::Server => (client, None, None),
            Reporter::Gateway => (client, upstream, None),
        };
        Self { peer, endpoint, told, peer_san, own_san }
    }

    /// The facts before the end.
    pub(super) fn facts<'f>(&'f self, service: Service<'f>) -> Facts<'f> {
        let peer_san = self.told.as_ref().map_or(self.peer_san, |peer| peer.identity.as_str());
        Facts {
            peer: self.peer.as_deref(),
            endpoint: self.endpoint.as_deref(),
            service,
            peer_san,
            own_san: self.own_san,
            end: None,
        }
    }
}

/// The identities of a TLS session: of the other side, and the own.
fn identities(tls: Option<&TlsInfo>) -> (&str, &str) {
    let peer = tls.and_then(|t| t.peer_uris.first()).map_or("", String::as_str);
    (peer, tls.map_or("", |t| t.own_uri.as_str()))
}

/// Names of response flags, separated by commas.
pub(super) fn flags(info: &Info) -> Cow<'static, str> {
    match info.flags.as_slice() {
        [] => Cow::Borrowed(""),
        [one] => Cow::Borrowed(one.0),
        many => many.iter().map(|flag| flag.0).collect::<Vec<_>>().join(",").into(),
    }
}

/// The metrics of every request.
const HTTP: &[Metric] = &[Metric::Requests, Metric::Duration, Metric::RequestBytes, Metric::ResponseBytes];
/// The metrics of messages in gRPC streams.
const MESSAGES: &[Metric] = &[Metric::RequestMessages, Metric::ResponseMessages];

impl Exchange<'_> {
    /// Reports the request to every filter that counts it.
    pub(crate) fn report_metrics(&mut self) {
        let hcm = self.hcm;
        for filter in &hcm.filters.chain {
            if let FilterKind::IstioStats(stats) = &filter.kind {
                self.report_to(stats);
            }
        }
    }

    /// Whether the filter that counts messages lets others see them.
    fn tells_messages(&self) -> bool {
        let mut chain = self.hcm.filters.chain.iter();
        chain.any(|f| matches!(&f.kind, FilterKind::GrpcStats(stats) if stats.tells))
    }

    fn report_to(&self, filter: &IstioStats) {
        let worker = self.worker;
        let peers = (self.info.client_peer.clone(), self.info.upstream_peer.clone());
        let sides = Sides::new(filter.reporter, worker, self.notes.upstream_host.as_ref(), peers, &self.info);
        let host = self.head.authority.as_deref().filter(|_| filter.host_fallback).unwrap_or_default();
        let host = String::from_utf8_lossy(host);
        let mut facts = sides.facts(Service::new(&self.info.route, self.cluster_config(), &host));
        let values = filter.values(self.source());
        let is_grpc = self.notes.reached_stats && self.head.is_grpc();
        if let Some(counts) = self.notes.grpc_messages.as_ref().filter(|_| is_grpc && self.tells_messages()) {
            let series = worker.series(filter, &facts, &values, MESSAGES);
            series.add(Metric::RequestMessages, counts.request.messages);
            series.add(Metric::ResponseMessages, counts.response.messages);
        }
        let flags = flags(&self.info);
        facts.end = Some(End {
            protocol: if is_grpc { "grpc" } else { "http" },
            status: Some(self.info.status),
            grpc: if is_grpc { grpc::status_of(self.source()) } else { None },
            flags: &flags,
        });
        let series = worker.series(filter, &facts, &values, HTTP);
        series.add(Metric::Requests, 1);
        series.add(Metric::Duration, self.info.start.elapsed().as_millis() as u64);
        series.add(Metric::RequestBytes, self.info.head_received + self.info.received);
        series.add(Metric::ResponseBytes, self.info.head_sent + self.info.sent);
    }
}
