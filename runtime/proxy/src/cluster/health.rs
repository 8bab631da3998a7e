//! Active health checks, after `source/extensions/health_checkers/common/health_checker_base_impl.cc`.
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;

use super::shared::{Host, Shared};
use crate::config::cluster::Cluster;
use crate::config::health::{CheckKind, HealthCheck};
use crate::net::io::Io;
use crate::server::worker::Worker;
use crate::server::{grpc, read_response, write_request};
use crate::stats::FilterStats;

/// Counters of a cluster with health checks.
pub(super) fn statistics() -> FilterStats {
    let stats = FilterStats::default();
    for name in
        ["attempt", "degraded", "failure", "network_failure", "passive_failure", "success", "verify_cluster"]
    {
        stats.declare(name);
    }
    stats
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// The host says so itself.
    Bad,
    /// The answer counts as a failure of the network.
    Retriable,
    Network,
}

/// Checks the hosts of every cluster as long as the worker's program is in use.
pub(crate) fn start(worker: &Rc<Worker>) {
    for (index, cluster) in worker.global.program.clusters.iter().enumerate() {
        for check in 0..cluster.checks.len() {
            let worker = worker.clone();
            tokio::task::spawn_local(async move { watch(&worker, index, check).await });
        }
    }
}

/// Starts a task for each host; hosts that appear later get one when they are seen.
async fn watch(worker: &Rc<Worker>, cluster: usize, check: usize) {
    let mut watched: Vec<Arc<Host>> = Vec::new();
    loop {
        let Some(shared) = worker.global.cluster(cluster) else { return };
        let hosts = shared.hosts.load_full();
        watched.retain(|known| hosts.iter().any(|h| Arc::ptr_eq(h, known)));
        for host in hosts.iter() {
            if !watched.iter().any(|known| Arc::ptr_eq(known, host)) {
                watched.push(host.clone());
                let (worker, host) = (worker.clone(), host.clone());
                tokio::task::spawn_local(async move { check_host(&worker, cluster, check, &host).await });
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn check_host(worker: &Rc<Worker>, index: usize, check: usize, host: &Arc<Host>) {
    let program = worker.global.program.clone();
    let Some((cluster, shared)) = program.clusters.get(index).zip(worker.global.cluster(index)) else {
        return;
    };
    let Some(check) = cluster.checks.get(check) else { return };
    let (mut good, mut bad, mut first) = (0, 0, true);
    while shared.hosts.load().iter().any(|h| Arc::ptr_eq(h, host)) {
        let verdict = tokio::time::timeout(check.timeout, ask(worker, index, cluster, check, host)).await;
        let verdict = verdict.unwrap_or(Verdict::Network);
        note(shared, verdict);
        if verdict == Verdict::Good {
            (good, bad) = (good + 1, 0);
            if first || good >= check.healthy_threshold {
                set(shared, host, false);
            }
        } else {
            (good, bad) = (0, bad + 1);
            if first || verdict == Verdict::Bad || bad >= check.unhealthy_threshold {
                set(shared, host, true);
            }
        }
        first = false;
        let failed = host.failed_check.load(Ordering::Relaxed);
        let used = shared.counters().stats.upstream_cx_total.load(Ordering::Relaxed) > 0;
        let wait = match (used, failed) {
            (false, _) => check.no_traffic_interval,
            (true, true) => check.unhealthy_interval,
            (true, false) => check.interval,
        };
        tokio::time::sleep(wait).await;
    }
}

fn note(shared: &Shared, verdict: Verdict) {
    let Some(stats) = &shared.health_stats else { return };
    stats.add("attempt");
    match verdict {
        Verdict::Good => stats.add("success"),
        Verdict::Bad => stats.add("failure"),
        Verdict::Retriable | Verdict::Network => {
            stats.add("failure");
            stats.add("network_failure");
        }
    }
}

fn set(shared: &Shared, host: &Host, failed: bool) {
    if !failed {
        let back = shared.outlier.is_some_and(|o| o.back_when_healthy);
        if back && host.is_ejected() {
            shared.uneject(host);
        }
    }
    if host.failed_check.swap(failed, Ordering::Relaxed) != failed {
        if !failed {
            host.passed_check();
        }
        shared.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

async fn ask(
    worker: &Rc<Worker>,
    index: usize,
    cluster: &Cluster,
    check: &HealthCheck,
    host: &Host,
) -> Verdict {
    let Some(runtime) = worker.cluster_at(index) else { return Verdict::Network };
    let address = host.endpoint.check_port.map_or(host.address.clone(), |port| host.address.at_port(port));
    let Ok(stream) = runtime.open(host, &address).await else { return Verdict::Network };
    match &check.kind {
        CheckKind::Http { head, expected, retriable } => {
            let mut head = (**head).clone();
            head.authority.get_or_insert_with(|| cluster.name.clone().into_bytes());
            let io = Io::new(stream);
            if write_request(&io, &head, &[], cluster.names).await.is_none() {
                return Verdict::Network;
            }
            let Some((answer, _, _)) = read_response(&io, &mut BytesMut::new(), head.method == b"HEAD").await
            else {
                return Verdict::Network;
            };
            let within = |list: &[(u64, u64)]| {
                list.iter().any(|(start, end)| (*start..*end).contains(&u64::from(answer.status)))
            };
            match (within(expected), within(retriable)) {
                (true, _) => Verdict::Good,
                (false, true) => Verdict::Retriable,
                (false, false) => Verdict::Bad,
            }
        }
        CheckKind::Tcp { send, receive } => tcp(&Io::new(stream), send, receive).await,
        CheckKind::Grpc { service, authority } => {
            let authority = if authority.is_empty() { &cluster.name } else { authority };
            grpc::check_health(stream, authority, service)
                .await
                .map_or(Verdict::Network, |serving| if serving { Verdict::Good } else { Verdict::Bad })
        }
    }
}

async fn tcp(io: &Io, send: &[u8], receive: &[Vec<u8>]) -> Verdict {
    if !send.is_empty() && io.write(&mut send.to_vec()).await.is_err() {
        return Verdict::Network;
    }
    let mut input = BytesMut::new();
    loop {
        let mut rest: &[u8] = &input;
        let all = receive.iter().all(|block| match memchr::memmem::find(rest, block) {
            Some(at) => {
                rest = rest.get(at + block.len()..).unwrap_or_default();
                true
            }
            None => false,
        });
        if all {
            return Verdict::Good;
        }
        if !matches!(io.read(&mut input).await, Ok(1..)) {
            return Verdict::Network;
        }
    }
}
